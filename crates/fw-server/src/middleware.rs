//! What happens to every request around its endpoint.

mod fence;
mod headers;
mod idempotency;
mod identify;
mod slash;
mod surround;

pub(crate) use fence::{deadline, limit_body, too_large};
pub(crate) use headers::secure;
pub(crate) use idempotency::once;
pub(crate) use identify::{Client, RequestId, identify};
pub(crate) use slash::TrimSlash;
pub(crate) use surround::surround;
