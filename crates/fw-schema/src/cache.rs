//! What is derived from a schema once and then asked for with every resource instance.

use std::sync::OnceLock;

use fw_value::{Type, Value};

/// Derived facts of a [`crate::Block`], computed when first asked for. Not part of the schema: all caches are equal.
///
/// Invariant: a block that was asked for its type is not changed any more; whoever edits a schema builds a new one or
/// resets this to the default.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    pub(crate) implied_type: OnceLock<Type>,
    pub(crate) empty_value: OnceLock<Value>,
    pub(crate) conversion_type: OnceLock<Type>,
    pub(crate) blocks_as_attributes: OnceLock<bool>,
    pub(crate) empty_and_null: OnceLock<bool>,
    pub(crate) has_sensitive: OnceLock<bool>,
    pub(crate) has_write_only: OnceLock<bool>,
}

impl PartialEq for Cache {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}
