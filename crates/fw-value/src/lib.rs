//! Terraform's values and types, bit for bit: 512-bit numbers printed as Go prints them, NFC strings, the set order,
//! unknowns with refinements, marks, conversion and unification, JSON and msgpack codecs.
//!
//! Values are immutable and cheap to clone (everything large is behind an `Arc`). A value carries its type, its marks,
//! and a summary of what is inside it, so that [`Value::is_wholly_known`] and [`Value::marks_deep`] cost nothing.

mod marks;
mod number;
mod path;
mod refinement;
mod types;
mod value;

pub use marks::Marks;
pub use number::Number;
pub use path::{Path, PathMarks, PathStep};
pub use refinement::Refinement;
pub use types::{ObjectAttribute, ObjectType, Type};
pub use value::{Content, Value};

/// The string of the language: immutable, shared, NFC-normalised where it is a value.
pub type Str = std::sync::Arc<str>;
