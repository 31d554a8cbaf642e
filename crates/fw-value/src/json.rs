//! Values and types as JSON, directed by types, as state files and provider protocols have them; and a JSON reader and
//! tree that lose nothing: number texts, order of keys and repeated keys.

mod marshal;
mod node;
mod reader;
#[cfg(test)]
mod tests;
mod type_codec;
mod unmarshal;
mod write;

pub use marshal::{marshal, marshal_into};
pub use node::Node;
pub use reader::{JsonError, Kind, Reader};
pub use type_codec::{implied_type, read_type, type_from_json, type_of_node, type_to_json};
pub use unmarshal::{read_value, unmarshal, unmarshal_str, value_of_node};
pub use write::push_string;

pub(crate) use unmarshal::{actual_element, object_from};
