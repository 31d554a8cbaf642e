//! Expressions evaluated in a [`Scope`]: operators, templates, `for`, splats, references, calls; type expressions;
//! `dynamic` blocks; bodies decoded by schema. Synchronous, no I/O, no state: whoever implements the scope decides what a
//! reference means.

mod access;
mod constant;
pub mod decode;
mod describe;
mod eval;
pub mod format;
mod quote;
pub mod reference;
mod scope;
mod templates;
pub mod typeexpr;

pub use access::{attribute, index};
pub use constant::{constants, evaluate_constant};
pub use decode::{decode, find};
pub use describe::{Telling, compact, expression_values, expression_values_telling};
pub use eval::{evaluate, evaluate_as};
pub use scope::{Functions, ProviderFunction, Scope, Signature};
pub use templates::Templates;
