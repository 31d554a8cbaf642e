//! A deployment as clients see it: what its runs and its state add up to.

mod resources;
mod status;

pub(crate) use resources::{Resources, mask_state};
pub(crate) use status::{Status, status_of};
