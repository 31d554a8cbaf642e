//! API v1: an endpoint each, a file per kind of thing.

pub(crate) mod accounts;
pub(crate) mod deployments;
pub(crate) mod feed;
pub(crate) mod runs;
pub(crate) mod schedules;
pub(crate) mod stacks;
pub(crate) mod states;
pub(crate) mod streams;
pub(crate) mod system;
pub(crate) mod terraform;
pub(crate) mod webhooks;
