//! The service's HTTP side: API v1, live events and logs, terraform's `http` backend, status pages, metrics and webhooks.
//!
//! It keeps no truth of its own: what is asked for goes to the database and the run driver, what is shown comes from there.

pub mod error;
mod limiter;
mod metrics;
mod middleware;
mod principal;
mod proxies;
mod time;
mod token;

pub use error::ApiError;
pub use limiter::Limiter;
pub use principal::{Authenticator, Credentials, Principal, Role};
pub use proxies::TrustedProxies;
pub use token::{MintedToken, hash_token};
