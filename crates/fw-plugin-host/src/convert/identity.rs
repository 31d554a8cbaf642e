//! Schemas of resource identities.

use std::collections::BTreeMap;

use fw_plugin_proto::tfplugin::ResourceIdentitySchema;
use fw_plugin_proto::{Bytes, Message as _};
use fw_provider::{IdentityAttribute, IdentitySchema};
use fw_value::Str;

use super::value::type_from_json;

/// Decodes and converts an identity schema.
pub(crate) fn decode(bytes: &Bytes) -> Result<IdentitySchema, String> {
    let from = ResourceIdentitySchema::decode(bytes.clone())
        .map_err(|e| format!("the identity schema cannot be decoded: {e}"))?;
    let mut attributes = BTreeMap::new();
    for one in from.identity_attributes {
        let ty = type_from_json(&one.r#type).map_err(|e| format!("identity attribute {:?}: {e}", one.name))?;
        let attribute = IdentityAttribute {
            ty,
            required_for_import: one.required_for_import,
            optional_for_import: one.optional_for_import,
            description: one.description,
        };
        attributes.insert(Str::from(one.name), attribute);
    }
    Ok(IdentitySchema { version: from.version, attributes })
}
