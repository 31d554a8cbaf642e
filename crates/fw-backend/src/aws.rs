//! What it takes to speak to AWS: credentials, signatures, endpoints. Own code for the few calls that a backend makes,
//! where a client of each service would be many times larger.

mod chain;
mod client;
mod connect;
mod endpoint;
mod instance;
mod profile;
mod role;
mod sign;
mod sts;
mod xml;

pub(crate) use chain::{Sources, resolve};
pub(crate) use client::{Aws, CallError};
pub(crate) use connect::{attributes, connected};
pub(crate) use endpoint::{Endpoints, Service, is_region};
pub(crate) use role::{AssumeRole, duration};
pub(crate) use sign::encode;
pub(crate) use sts::account;
pub(crate) use xml::{element, elements};

/// Who signs.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) key: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials")
    }
}
