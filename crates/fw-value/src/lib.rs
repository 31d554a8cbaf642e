//! Terraform's values and types, bit for bit: 512-bit numbers printed as Go prints them, NFC strings, the set order,
//! unknowns with refinements, marks, conversion and unification, JSON and msgpack codecs.
//!
//! Values are immutable and cheap to clone (everything large is behind an `Arc`). A value carries its type, its marks,
//! and a summary of what is inside it, so that [`Value::is_wholly_known`] and [`Value::marks_deep`] cost nothing.

pub mod convert;
mod deep;
pub mod json;
mod marks;
pub mod msgpack;
mod number;
mod path;
mod refinement;
mod text;
mod type_text;
mod types;
mod value;

pub use marks::Marks;
pub use number::{NotANumber, Number};
pub use path::{Path, PathError, PathMarks, PathStep};
pub use refinement::{Range, Refinement};
pub use text::{normalize, safe_prefix};
pub use type_text::go_quoted;
pub use types::{ObjectAttribute, ObjectType, Type};
pub use value::{Content, Entries, OperationError, Value};

/// The string of the language: immutable, shared, NFC-normalised where it is a value.
pub type Str = std::sync::Arc<str>;

/// Values and types nested more deeply than this are refused wherever they come from: no real one comes near it, and
/// the stack stays safe.
pub const MAX_DEPTH: usize = 1_000;
