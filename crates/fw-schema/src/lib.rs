//! Schemas of what providers (and the language itself) let users write: attributes, nested blocks, and the value type
//! each implies. Pure data and the algorithms on it; decoding of bodies by schema is in `fw-lang`.

mod cache;
mod coerce;
mod empty;
mod legacy;
mod schema;
mod sensitive;
mod validate;

pub use cache::Cache;
pub use schema::{Attribute, AttributeType, Block, NestedBlock, NestedObject, Nesting, Schema, StringKind};
