//! A deployment as clients see it: what its runs and its state add up to.

mod answers;
mod resources;
mod shown;
mod status;

pub(crate) use answers::Answers;
pub(crate) use resources::{Resources, mask_state};
pub(crate) use shown::{Json, Looks, sees_all, shown};
pub(crate) use status::{Status, status_of};
