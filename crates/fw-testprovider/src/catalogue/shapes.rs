//! A schema with every shape there is: types, nested blocks and nested attributes in all nestings, in each other.

use fw_schema::{Attribute, Nesting};
use fw_value::{Type, Value};

use super::Kind;
use super::common;
use super::declare::{block, computed, either, nested, optional, required, schema, structure};

/// As a resource and as a data source.
pub(super) fn resource(protocol: u32) -> Kind {
    let mut attributes: Vec<(&str, Attribute)> = common().into();
    attributes.extend(values());
    if protocol > 5 {
        attributes.extend(structures());
    }
    Kind {
        schema: schema(3, block(attributes, blocks())),
        force_new: &["immutable"],
        defaults: vec![("with_default", Value::string("the default"))],
        ..Kind::default()
    }
}

/// Attributes of every type.
fn values() -> Vec<(&'static str, Attribute)> {
    let object = || Type::object([("text", Type::String), ("number", Type::Number), ("flags", Type::list(Type::Bool))]);
    vec![
        ("name", optional(Type::String)),
        ("text", optional(Type::String)),
        ("number", optional(Type::Number)),
        ("flag", optional(Type::Bool)),
        ("immutable", optional(Type::String)),
        ("with_default", either(Type::String)),
        ("texts", optional(Type::list(Type::String))),
        ("number_set", optional(Type::set(Type::Number))),
        ("text_set", optional(Type::set(Type::String))),
        ("number_map", optional(Type::map(Type::Number))),
        ("lists", optional(Type::map(Type::list(Type::set(Type::String))))),
        ("object", optional(object())),
        ("object_list", optional(Type::list(object()))),
        ("object_set", optional(Type::set(object()))),
        ("object_map", optional(Type::map(object()))),
        ("tuple", optional(Type::tuple([Type::String, Type::Number, object()]))),
        ("anything", optional(Type::Dynamic)),
        ("anything_computed", either(Type::Dynamic)),
        ("secret", Attribute { sensitive: true, ..optional(Type::String) }),
        ("secret_map", Attribute { sensitive: true, ..optional(Type::map(Type::String)) }),
        ("secret_computed", Attribute { sensitive: true, ..computed(Type::String) }),
        ("number_computed", computed(Type::Number)),
        ("flag_computed", computed(Type::Bool)),
        ("texts_computed", computed(Type::list(Type::String))),
        ("map_either", either(Type::map(Type::String))),
        ("set_either", either(Type::set(Type::String))),
        ("object_computed", computed(object())),
        ("outdated", Attribute { deprecated: true, ..optional(Type::String) }),
    ]
}

/// What is inside of each nested thing.
fn inside() -> Vec<(&'static str, Attribute)> {
    vec![
        ("name", required(Type::String)),
        ("note", optional(Type::String)),
        ("size", either(Type::Number)),
        ("uid", computed(Type::String)),
        ("secret", Attribute { sensitive: true, ..optional(Type::String) }),
    ]
}

/// What is inside of elements of sets; one sensitive attribute would hide the whole set.
fn inside_sets() -> Vec<(&'static str, Attribute)> {
    inside().into_iter().filter(|(name, _)| *name != "secret").collect()
}

/// Nested attributes.
fn structures() -> Vec<(&'static str, Attribute)> {
    let deep = || structure(Nesting::List, vec![("key", required(Type::String)), ("tag", either(Type::String))]);
    let with_deep = || inside().into_iter().chain([("deep", deep())]).collect::<Vec<_>>();
    let computed_list = Attribute { optional: false, computed: true, ..structure(Nesting::List, inside()) };
    let either_single = Attribute { computed: true, ..structure(Nesting::Single, inside()) };
    vec![
        ("nested_single", structure(Nesting::Single, with_deep())),
        ("nested_list", structure(Nesting::List, with_deep())),
        ("nested_set", structure(Nesting::Set, inside_sets())),
        ("nested_map", structure(Nesting::Map, with_deep())),
        ("nested_computed", computed_list),
        ("nested_either", either_single),
        ("nested_secret", Attribute { sensitive: true, ..structure(Nesting::Map, inside()) }),
    ]
}

/// Nested blocks.
fn blocks() -> Vec<(&'static str, fw_schema::NestedBlock)> {
    let inner = || block([("key", required(Type::String)), ("value", either(Type::String))], []);
    let outer = || {
        block(
            inside(),
            [
                ("inner_list", nested(Nesting::List, inner(), 0, 0)),
                ("inner_set", nested(Nesting::Set, inner(), 0, 3)),
                ("inner_single", nested(Nesting::Single, inner(), 0, 0)),
            ],
        )
    };
    // In sets an element is found again by its value, so nothing inside is computed.
    let plain = || block([("name", required(Type::String)), ("note", optional(Type::String))], []);
    let dynamic = || block([("key", optional(Type::String)), ("value", optional(Type::Dynamic))], []);
    let group = block([("mode", optional(Type::String)), ("level", optional(Type::Number))], []);
    vec![
        ("single_block", nested(Nesting::Single, outer(), 0, 0)),
        ("group_block", nested(Nesting::Group, group, 0, 0)),
        ("list_block", nested(Nesting::List, outer(), 0, 0)),
        ("limited_block", nested(Nesting::List, plain(), 0, 2)),
        ("set_block", nested(Nesting::Set, plain(), 0, 0)),
        ("computed_set_block", nested(Nesting::Set, block(inside_sets(), []), 0, 0)),
        ("map_block", nested(Nesting::Map, outer(), 0, 0)),
        ("dynamic_block", nested(Nesting::List, dynamic(), 0, 0)),
        ("dynamic_map_block", nested(Nesting::Map, dynamic(), 0, 0)),
    ]
}
