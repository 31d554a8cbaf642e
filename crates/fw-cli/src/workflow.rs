//! What plan, apply, destroy, refresh and console have in common: from the working directory to a plan, and from a plan to
//! a new state.

mod applying;
mod preparing;

pub(crate) use applying::apply;
pub(crate) use preparing::{Made, Prepared};
