//! Expressions evaluated in a [`Scope`]: operators, templates, `for`, splats, references, calls; type expressions;
//! `dynamic` blocks; bodies decoded by schema. Synchronous, no I/O, no state: whoever implements the scope decides what a
//! reference means.

pub mod reference;
mod scope;

pub use scope::{Functions, Scope};
