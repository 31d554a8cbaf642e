//! Diagnostics as text and JSON, in the forms the terraform CLI gives them.

mod consolidate;
mod json;
mod order;
mod snippet;
mod text;
mod wrap;

pub use consolidate::consolidate_warnings;
pub use json::json;
pub use order::in_reading_order;
pub use text::{Options, WIDTH_OFF_TERMINAL, text, warnings_compact};
pub use wrap::wrap;
