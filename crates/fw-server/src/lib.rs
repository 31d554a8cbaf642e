//! The service's HTTP side: API v1, live events and logs, terraform's `http` backend, status pages, metrics webhooks, and gRPC
//! for workers on other machines and for stacks.
//!
//! It keeps no truth of its own: what is asked for goes to the database and the run driver, what is shown comes from there.

mod app;
mod body;
mod caller;
mod deliver;
mod deployment;
pub mod error;
mod grpc;
mod ids;
mod limiter;
mod live;
mod metrics;
mod middleware;
mod pages;
mod principal;
mod proxies;
mod run_view;
mod server;
mod setup;
mod source;
mod status;
mod store;
mod time;
mod token;
mod tokens;
mod v1;

pub use app::{App, Options};
pub use deliver::deliver;
pub use error::ApiError;
pub use limiter::Limiter;
pub use principal::{Authenticator, Credentials, Principal, Role};
pub use proxies::TrustedProxies;
pub use server::{openapi, serve};
pub use setup::{first_account, first_token, new_token};
pub use token::{MintedToken, hash_token};
