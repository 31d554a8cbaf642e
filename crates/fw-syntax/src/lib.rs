//! HCL native syntax and Terraform JSON: text to tree and diagnostics; and the formatter. Never fails, never panics: what
//! can't be read is left out of the tree and said in a diagnostic.

pub mod ast;
mod body;
pub mod deep;
mod entry;
pub mod fmt;
mod invalid;
mod json;
mod literal;
mod names;
mod parser;
mod place;
mod scanner;
pub mod shim;
mod suggest;
mod text;
mod token;

pub use body::{Block, BlockSchema, Body, BodyContent, BodySchema, ContentAttribute, JsonBody, Lenient, Shape};
pub use entry::{
    parse_expression, parse_native, parse_native_named, parse_template, parse_template_named, parse_traversal,
};
pub use json::{parse_json, parse_json_expression, parse_json_named};
pub use suggest::suggestion;
