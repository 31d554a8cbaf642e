//! A deployment as clients see it: what its runs and its state add up to.

mod resources;
mod shown;
mod status;

pub(crate) use resources::{Resources, mask_state};
pub(crate) use shown::{Json, Looks, shown};
pub(crate) use status::{Status, status_of};
