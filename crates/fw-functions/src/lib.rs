//! The built-in functions of the Terraform language, as functions on values.
//!
//! No I/O here: files, clock and randomness come through [`Environment`]. Functions that evaluate expressions or templates
//! (`try`, `can`, `templatefile`, `templatestring`) are in `fw-lang`.

mod function;
mod go;

pub use function::{Call, CallError, Environment, Function, Parameter};
