//! The values of bodies in which nothing is written.

use fw_schema::Block;
use fw_value::Value;

/// What an empty body makes: all attributes null, no blocks.
#[must_use]
pub fn empty_block(schema: &Block) -> Value {
    schema.empty_value()
}
