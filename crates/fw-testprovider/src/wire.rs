//! Schemas and values as they travel.

use fw_plugin_proto::tfplugin::{DynamicValue, Function, ResourceIdentitySchema, function, resource_identity_schema};
use fw_plugin_proto::{Bytes, Message as _, tfplugin6};
use fw_schema::{Attribute, AttributeType, NestedObject, Nesting, Schema, StringKind};
use fw_value::{Type, Value, json, msgpack};
use tonic::Status;

use crate::catalogue::{FunctionKind, Identity};

/// Writes schemas for one version; only attributes differ.
macro_rules! schemas {
    ($module:ident, $version:ident, |$attribute:ident| { $($more:tt)* }) => {
        mod $module {
            use std::collections::BTreeMap;

            use fw_plugin_proto::{Bytes, Message as _, $version};
            use fw_schema::{Attribute, Block, NestedBlock, Schema};
            use fw_value::Str;
            use $version::schema as wire;

            use super::{kind, nesting, type_of};

            pub(super) fn schema(from: &Schema) -> Bytes {
                let block = Some(block(&from.block));
                $version::Schema { version: from.version, block }.encode_to_vec().into()
            }

            fn block(from: &Block) -> wire::Block {
                wire::Block {
                    version: 0,
                    attributes: attributes(&from.attributes),
                    block_types: from.blocks.iter().map(|(name, nested)| nested_block(name, nested)).collect(),
                    description: from.description.clone(),
                    description_kind: kind(from.description_kind),
                    deprecated: from.deprecated,
                }
            }

            pub(super) fn attributes(from: &BTreeMap<Str, Attribute>) -> Vec<wire::Attribute> {
                from.iter().map(|(name, $attribute)| wire::Attribute {
                    name: name.to_string(),
                    r#type: type_of($attribute),
                    description: $attribute.description.clone(),
                    required: $attribute.required,
                    optional: $attribute.optional,
                    computed: $attribute.computed,
                    sensitive: $attribute.sensitive,
                    description_kind: kind($attribute.description_kind),
                    deprecated: $attribute.deprecated,
                    write_only: $attribute.write_only,
                    $($more)*
                }).collect()
            }

            fn nested_block(name: &Str, from: &NestedBlock) -> wire::NestedBlock {
                wire::NestedBlock {
                    type_name: name.to_string(),
                    block: Some(block(&from.block)),
                    nesting: nesting(from.nesting),
                    min_items: i64::try_from(from.min_items).unwrap_or_default(),
                    max_items: i64::try_from(from.max_items).unwrap_or_default(),
                }
            }
        }
    };
}

schemas!(version5, tfplugin5, |attribute| {});
schemas!(version6, tfplugin6, |attribute| { nested_type: super::nested(attribute) });

/// A schema as a message of one version.
pub(crate) fn schema(protocol: u32, from: &Schema) -> Bytes {
    if protocol == 5 { version5::schema(from) } else { version6::schema(from) }
}

fn nested(attribute: &Attribute) -> Option<tfplugin6::schema::Object> {
    let object = |from: &NestedObject| tfplugin6::schema::Object {
        attributes: version6::attributes(&from.attributes),
        nesting: nesting(from.nesting),
    };
    match &attribute.ty {
        AttributeType::Nested(from) => Some(object(from)),
        AttributeType::Value(_) => None,
    }
}

fn type_of(attribute: &Attribute) -> Bytes {
    match &attribute.ty {
        AttributeType::Value(ty) => type_json(ty),
        AttributeType::Nested(_) => Bytes::new(),
    }
}

fn type_json(ty: &Type) -> Bytes {
    json::type_to_json(ty).into()
}

fn kind(from: StringKind) -> i32 {
    match from {
        StringKind::Plain => 0,
        StringKind::Markdown => 1,
    }
}

/// The numbers agree for blocks and objects.
fn nesting(from: Nesting) -> i32 {
    match from {
        Nesting::Single => 1,
        Nesting::List => 2,
        Nesting::Set => 3,
        Nesting::Map => 4,
        Nesting::Group => 5,
    }
}

/// An identity schema as a message.
pub(crate) fn identity(from: &Identity) -> Bytes {
    let attribute = |(name, required): &(&str, bool)| resource_identity_schema::IdentityAttribute {
        name: (*name).to_owned(),
        r#type: type_json(&Type::String),
        required_for_import: *required,
        optional_for_import: !*required,
        description: String::new(),
    };
    let identity_attributes = from.attributes.iter().map(attribute).collect();
    ResourceIdentitySchema { version: from.version, identity_attributes }.encode_to_vec().into()
}

/// A function as a message.
pub(crate) fn function(from: &FunctionKind) -> Bytes {
    let parameter = |p: &crate::catalogue::Parameter| function::Parameter {
        name: p.name.to_owned(),
        r#type: type_json(&p.ty),
        allow_null_value: p.allow_null,
        allow_unknown_values: p.allow_unknown,
        ..function::Parameter::default()
    };
    let message = Function {
        parameters: from.parameters.iter().map(parameter).collect(),
        variadic_parameter: from.variadic.as_ref().map(parameter),
        r#return: Some(function::Return { r#type: type_json(&from.result) }),
        summary: from.summary.to_owned(),
        deprecation_message: from.deprecation.to_owned(),
        ..Function::default()
    };
    message.encode_to_vec().into()
}

/// A value received. What does not fit is a mistake of the host.
pub(crate) fn decode(from: Option<&DynamicValue>, ty: &Type) -> Result<Value, Status> {
    let Some(from) = from else { return Ok(Value::null(ty.clone())) };
    let value = if from.msgpack.is_empty() && !from.json.is_empty() {
        json::unmarshal(&from.json, ty)
    } else if from.msgpack.is_empty() {
        return Ok(Value::null(ty.clone()));
    } else {
        msgpack::unmarshal(&from.msgpack, ty)
    };
    value.map_err(|e| Status::invalid_argument(format!("the host sent a wrong value: {}: {}", e.path, e.message)))
}

/// A value to send.
pub(crate) fn encode(value: &Value, ty: &Type) -> Result<DynamicValue, Status> {
    let msgpack = msgpack::marshal(value, ty).map_err(|e| Status::internal(format!("{}: {}", e.path, e.message)))?;
    Ok(DynamicValue { msgpack: msgpack.into(), ..DynamicValue::default() })
}

/// A value to send in JSON, in which nothing may be unknown.
pub(crate) fn encode_json(value: &Value, ty: &Type) -> Result<DynamicValue, Status> {
    let json = json::marshal(value, ty).map_err(|e| Status::internal(format!("{}: {}", e.path, e.message)))?;
    Ok(DynamicValue { json: json.into(), ..DynamicValue::default() })
}
