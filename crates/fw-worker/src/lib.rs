//! The worker: takes steps of runs from a [`fw_run::Control`] and does them with the engine. The same code works in the
//! process of the service and on another machine; what differs is the `Control`.
//!
//! A [`Worker`] asks for steps and keeps as many slots busy as there is work for. Each step becomes an attempt: beats that
//! keep the lease, a thread on which the engine works, and everything told on the way as output. An apply writes into the
//! stack's journal before a provider is called and after it has answered, so that another attempt can go on after a crash.

mod attempt;
mod directories;
mod environment;
mod execute;
mod hooks;
mod journal;
mod kind;
mod options;
mod output;
mod recovery;
mod report;
mod service;
mod site;
mod source;
mod spares;
mod stock;
mod trouble;
mod worker;

pub use environment::visible_environment;
pub use options::{Limits, Slots, WorkerOptions};
pub use source::SourceError;
pub use worker::{StartError, Worker};
