//! Filling values in by their schema: what is still open while planning, what the cloud decides, what was stored.

use std::collections::BTreeMap;

use fw_schema::{Attribute, AttributeType, Block, NestedBlock, NestedObject, Nesting};
use fw_value::json::{self, Node};
use fw_value::{Path, PathStep, Str, Type, Value};

/// The planned value: computed attributes that nobody set are unknown, write-only ones null.
pub(crate) fn open(block: &Block, value: &Value) -> Value {
    body(&block.attributes, &block.blocks, value)
}

fn body(attributes: &BTreeMap<Str, Attribute>, blocks: &BTreeMap<Str, NestedBlock>, value: &Value) -> Value {
    let Type::Object(object) = value.ty() else { return value.clone() };
    if value.is_null() || !value.is_known() {
        return value.clone();
    }
    let change = |(declared, element): (&fw_value::ObjectAttribute, &Value)| {
        if let Some(attribute) = attributes.get(&declared.name) {
            open_attribute(attribute, element)
        } else if let Some(nested) = blocks.get(&declared.name) {
            each(nested.nesting, element, &|one| open(&nested.block, one))
        } else {
            element.clone()
        }
    };
    value.with_elements(object.attributes().iter().zip(value.elements()).map(change).collect())
}

fn open_attribute(attribute: &Attribute, value: &Value) -> Value {
    if attribute.write_only {
        return Value::null(value.ty().clone());
    }
    if attribute.computed && value.is_null() {
        return Value::unknown(value.ty().clone());
    }
    match &attribute.ty {
        AttributeType::Nested(nested) => each(nested.nesting, value, &|one| open_object(nested, one)),
        AttributeType::Value(_) => value.clone(),
    }
}

fn open_object(nested: &NestedObject, value: &Value) -> Value {
    body(&nested.attributes, &BTreeMap::new(), value)
}

/// Changes the objects of a nested structure.
fn each(nesting: Nesting, value: &Value, change: &dyn Fn(&Value) -> Value) -> Value {
    match nesting {
        Nesting::Single | Nesting::Group => change(value),
        Nesting::List | Nesting::Set | Nesting::Map if value.is_null() || !value.is_known() => value.clone(),
        Nesting::List | Nesting::Set | Nesting::Map => value.with_elements(value.elements().map(change).collect()),
    }
}

/// The value with everything unknown decided, always in the same way.
pub(crate) fn decide(value: &Value) -> Value {
    let decided: Result<Value, std::convert::Infallible> =
        value.transform(&mut |path, value| Ok(if value.is_known() { value } else { decision(path, value.ty()) }));
    match decided {
        Ok(value) => value,
    }
}

fn decision(path: &Path, ty: &Type) -> Value {
    match ty {
        Type::String | Type::Dynamic => Value::string(format!("computed-{}", place(path))),
        Type::Number => Value::number(42),
        Type::Bool => Value::bool(true),
        Type::List(element) => Value::list((**element).clone(), [decision(path, element)]),
        Type::Set(element) => Value::set((**element).clone(), [decision(path, element)]),
        Type::Map(element) => Value::map((**element).clone(), [("computed", decision(path, element))]),
        Type::Tuple(elements) => Value::tuple(elements.iter().map(|element| decision(path, element))),
        Type::Object(object) => {
            let attribute = |a: &fw_value::ObjectAttribute| {
                (Str::clone(&a.name), decision(&path.clone().attribute(Str::clone(&a.name)), &a.ty))
            };
            Value::object(object.attributes().iter().map(attribute))
        }
    }
}

/// The names on a path; indexes of sets have no short form.
fn place(path: &Path) -> String {
    let name = |step: &PathStep| match step {
        PathStep::Attribute(name) => name.to_string(),
        PathStep::Index(key) => match (key.as_str(), key.as_number()) {
            (Some(text), _) => text.to_owned(),
            (None, Some(number)) => number.to_string(),
            (None, None) => "element".to_owned(),
        },
    };
    path.steps().iter().map(name).collect::<Vec<_>>().join("-")
}

/// An object of the type of a schema from JSON that may have more or fewer attributes: what is missing comes from `base`.
pub(crate) fn from_json(node: &Node, ty: &Type, base: &Value) -> Result<Value, String> {
    let Type::Object(object) = ty else { return Err("no object".to_owned()) };
    let attribute = |(declared, old): (&fw_value::ObjectAttribute, &Value)| match node.get(&declared.name) {
        None => Ok(old.clone()),
        Some(node) if declared.ty == Type::Dynamic => dynamic(node, old),
        Some(node) => json::value_of_node(node, &declared.ty).map_err(|e| e.message),
    };
    let with_name = |pair: (&fw_value::ObjectAttribute, &Value)| {
        attribute(pair).map_err(|message| format!("{}: {message}", pair.0.name))
    };
    let values: Result<Vec<Value>, String> = object.attributes().iter().zip(base.elements()).map(with_name).collect();
    Ok(base.with_elements(values?))
}

/// A value of an attribute of any type: states write the type beside it, files of the cloud do not.
fn dynamic(node: &Node, old: &Value) -> Result<Value, String> {
    let wrapped =
        node.as_object().is_some_and(|m| m.len() == 2) && node.get("type").is_some() && node.get("value").is_some();
    if wrapped && let Ok(value) = json::value_of_node(node, &Type::Dynamic) {
        return Ok(value);
    }
    if *old.ty() != Type::Dynamic
        && let Ok(value) = json::value_of_node(node, old.ty())
    {
        return Ok(value);
    }
    let text = node.to_string();
    let ty = json::implied_type(&text).map_err(|e| e.to_string())?;
    json::unmarshal_str(&text, &ty).map_err(|e| e.message)
}

/// The object with one attribute replaced.
pub(crate) fn with(object: &Value, name: &str, value: Value) -> Value {
    let Type::Object(ty) = object.ty() else { return object.clone() };
    let Some(position) = ty.index_of(name) else { return object.clone() };
    let mut elements: Vec<Value> = object.elements().cloned().collect();
    if let Some(element) = elements.get_mut(position) {
        *element = value;
    }
    object.with_elements(elements)
}

/// The text of a string attribute.
pub(crate) fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.attr_ref(name)?.as_str()
}
