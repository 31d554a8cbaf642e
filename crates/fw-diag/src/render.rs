//! Diagnostics as text and JSON, in the forms the terraform CLI gives them.

mod consolidate;
mod json;
mod snippet;
mod text;
mod wrap;

pub use consolidate::consolidate_warnings;
pub use json::json;
pub use text::{Options, text, warnings_compact};
pub use wrap::wrap;
