//! Diagnostics as text and JSON, in the forms the terraform CLI gives them.

mod json;
mod snippet;
#[cfg(test)]
mod tests;
mod text;
mod wrap;

pub use json::json;
pub use text::{Options, text, warnings_compact};
pub use wrap::wrap;
