//! The proposed new object: the configuration, with what only the provider can know taken from the object before.
//!
//! It is what a provider is asked to plan. Nested blocks and attributes of both objects are brought together by index in
//! lists, by key in maps, and in sets by looking for the element that could have come from the same configuration.

use fw_schema::{Attribute, Block, NestedBlock, NestedObject, Nesting};
use fw_value::{ObjectAttribute, Str, Type, Value};

use crate::correlate::{could_come_from, has_configured_part};
use crate::node::Node;

/// What to ask the provider to plan: `config`, where computed attributes that it leaves out have their value in `prior`.
///
/// Both values fit the schema and are unmarked; `prior` is wholly known or null, `config` may be unknown in places.
#[must_use]
pub fn proposed_new(schema: &Block, prior: &Value, config: &Value) -> Value {
    if prior.is_null() && config.is_null() {
        return prior.clone();
    }
    if prior.is_null() {
        // A body in which nothing is written gives the same as no object, and has something to take parts from.
        return merge_block(schema, &schema.empty_value(), config);
    }
    merge_block(schema, prior, config)
}

/// The object a data source (or ephemeral resource) is expected to give once it is read: `config`, where computed
/// attributes that it leaves out are unknown.
#[must_use]
pub fn planned_data_resource_object(schema: &Block, config: &Value) -> Value {
    // Whatever would come from the object before is unknown when that object is.
    merge_block(schema, &Value::unknown(schema.implied_type()), config)
}

fn merge_block(schema: &Block, prior: &Value, config: &Value) -> Value {
    let Type::Object(ty) = config.ty() else { return prior.clone() };
    if config.is_null() || !config.is_known() {
        return prior.clone();
    }
    let parts = ty.attributes().iter().zip(config.elements()).map(|(attribute, config)| {
        let name = &*attribute.name;
        let prior = prior.attr(name).unwrap_or_else(|| Value::null(attribute.ty.clone()));
        match (schema.attributes.get(name), schema.blocks.get(name)) {
            (Some(attribute), _) => merge_attribute(attribute, &prior, config),
            (None, Some(nested)) => merge_nested_block(nested, &prior, config),
            (None, None) => config.clone(),
        }
    });
    let parts = parts.collect();
    config.with_elements(parts)
}

fn merge_attribute(schema: &Attribute, prior: &Value, config: &Value) -> Value {
    if schema.computed && config.is_null() {
        // What was configured once and is not any more can't be kept: the provider did not compute it.
        let was_configured = schema.optional && schema.nested().is_some_and(|o| has_configured_part(o, prior));
        return if was_configured { config.clone() } else { prior.clone() };
    }
    match schema.nested() {
        Some(object) => merge_nested_attribute(object, prior, config),
        None => config.clone(),
    }
}

fn merge_object(schema: &NestedObject, prior: &Value, config: &Value) -> Value {
    let Type::Object(ty) = config.ty() else { return config.clone() };
    if config.is_null() {
        return config.clone();
    }
    if !config.is_known() {
        // An unknown element of a collection is there, so its attributes are.
        let unknown = |a: &ObjectAttribute| (Str::clone(&a.name), Value::unknown(a.ty.clone()));
        return Value::object(ty.attributes().iter().map(unknown));
    }
    let parts = ty.attributes().iter().zip(config.elements()).map(|(attribute, config)| {
        let prior = prior.attr(&attribute.name).unwrap_or_else(|| Value::null(attribute.ty.clone()));
        match schema.attributes.get(&attribute.name) {
            Some(schema) => merge_attribute(schema, &prior, config),
            None => config.clone(),
        }
    });
    let parts = parts.collect();
    config.with_elements(parts)
}

fn merge_node(node: Node<'_>, prior: &Value, config: &Value) -> Value {
    match node {
        Node::Block(block) => proposed_new(block, prior, config),
        Node::Object(object) => merge_object(object, prior, config),
    }
}

fn merge_nested_block(schema: &NestedBlock, prior: &Value, config: &Value) -> Value {
    let node = Node::Block(&schema.block);
    match schema.nesting {
        // Unknown as a whole: made by `dynamic` with an unknown `for_each`.
        _ if !config.is_known() => config.clone(),
        Nesting::Single if config.is_null() => config.clone(),
        Nesting::Single | Nesting::Group => proposed_new(&schema.block, prior, config),
        Nesting::List => merge_list(node, prior, config),
        Nesting::Map => merge_map(node, prior, config),
        Nesting::Set => merge_set(node, prior, config),
    }
}

fn merge_nested_attribute(schema: &NestedObject, prior: &Value, config: &Value) -> Value {
    let node = Node::Object(schema);
    match schema.nesting {
        _ if !config.is_known() || config.is_null() => config.clone(),
        Nesting::Single | Nesting::Group => merge_object(schema, prior, config),
        Nesting::List => merge_list(node, prior, config),
        Nesting::Map => merge_map(node, prior, config),
        Nesting::Set => merge_set(node, prior, config),
    }
}

fn merge_list(node: Node<'_>, prior: &Value, config: &Value) -> Value {
    let elements = config.entries().map(|(index, config)| match prior.index(&index) {
        Some(prior) => merge_node(node, &prior, config),
        None => config.clone(),
    });
    let elements = elements.collect();
    config.with_elements(elements)
}

fn merge_map(node: Node<'_>, prior: &Value, config: &Value) -> Value {
    let elements =
        config.string_entries().map(|(key, config)| match prior.map_ref(key).or_else(|| prior.attr_ref(key)) {
            Some(prior) => merge_node(node, prior, config),
            None => config.clone(),
        });
    let elements = elements.collect();
    config.with_elements(elements)
}

fn merge_set(node: Node<'_>, prior: &Value, config: &Value) -> Value {
    let (Some(wanted), Type::Set(element)) = (config.as_slice(), config.ty()) else { return config.clone() };
    let mut left: Vec<&Value> = prior.as_slice().unwrap_or_default().iter().collect();
    let merged = wanted.iter().map(|config| {
        // Several could be right; then they differ only in what is computed, and the first is as good as any.
        let found = left.iter().position(|prior| could_come_from(node, prior, config));
        match found {
            Some(at) => merge_node(node, left.remove(at), config),
            None => merge_node(node, &Value::null((**element).clone()), config),
        }
    });
    let merged = merged.collect();
    config.with_elements(merged)
}
