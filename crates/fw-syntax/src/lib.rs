//! HCL native syntax and Terraform JSON: text to tree and diagnostics; and the formatter. Never fails, never panics: what
//! can't be read is left out of the tree and said in a diagnostic.

pub mod ast;
mod body;
pub mod deep;

pub use body::{Block, BlockSchema, Body, BodyContent, BodySchema, ContentAttribute};
