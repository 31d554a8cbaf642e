//! Diagnostics as values: what is wrong, where in the user's files, and what to do.
//!
//! This crate prints nothing. [`render`] turns a diagnostic into text or JSON; callers decide where it goes.

mod diagnostic;
pub mod render;
mod source;
mod system;

pub use diagnostic::{Diagnostic, Diagnostics, ExpressionValue, FunctionCall, FunctionSignature, Severity};
pub use source::{FileId, Position, SourceMap, Span};
pub use system::system_error;
