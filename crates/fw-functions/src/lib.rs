//! The built-in functions of the Terraform language, as functions on values.
//!
//! No I/O here: files, clock and randomness come through [`Environment`]. Functions that evaluate expressions or templates
//! (`try`, `can`, `templatefile`, `templatestring`) are in `fw-lang`; here they are only described.

mod collections;
mod conversions;
mod crypto;
mod dates;
mod deferred;
mod define;
mod encoding;
mod environment;
mod files;
mod format;
mod function;
mod go;
mod json;
mod maps;
mod metadata;
mod networks;
mod numbers;
mod registry;
mod regular;
mod sensitivity;
mod sequences;
mod sets;
mod strings;
mod yaml;

pub use environment::{Environment, Isolated};
pub use function::{Call, CallError, Function, Parameter};
pub use metadata::{FunctionDescription, ParameterDescription, metadata};
pub use registry::{all, builtin, names};
