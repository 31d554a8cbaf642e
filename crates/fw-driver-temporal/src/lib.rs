//! Drives runs through Temporal.
//!
//! A run's truth is in our database under every engine. Temporal adds that somebody always drives it: a workflow per run
//! advances it, sleeps until its next timer, and is nudged when the run was told something. Its history holds ids and times
//! only, no plans, states, logs or secrets. If Temporal forgets everything, [`TemporalEngine`] starts the workflows anew; while
//! it is away, [`Relay`] looks after the runs itself.
//!
//! Steps reach their workers through the database in the same way as with the embedded engine, so that workers need to know
//! nothing of Temporal.

#[cfg(feature = "temporal")]
mod engine;
#[cfg(feature = "temporal")]
mod link;
#[cfg(feature = "temporal")]
mod look;
#[cfg(feature = "temporal")]
mod relay;
#[cfg(feature = "temporal")]
pub mod workflow;

#[cfg(feature = "temporal")]
pub use engine::{TemporalEngine, TemporalError, TemporalOptions};
#[cfg(feature = "temporal")]
pub use relay::Relay;
