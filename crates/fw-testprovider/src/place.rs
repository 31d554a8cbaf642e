//! Places in values, as scripts write them: `tags.colour`, `list_block[0].name`, `map["a b"]`.

use fw_plugin_proto::tfplugin::AttributePath;
use fw_plugin_proto::tfplugin::attribute_path::{Step, step::Selector};
use fw_value::{Path, PathStep, Type, Value};

/// Reads a place.
pub(crate) fn parse(text: &str) -> Result<Path, String> {
    let mut path = Path::root();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('[') {
            let (key, after) = after.split_once(']').ok_or_else(|| format!("missing ] in path {text:?}"))?;
            path = path.index(index(key));
            rest = after;
        } else {
            let name = rest.strip_prefix('.').unwrap_or(rest);
            let end = name.find(['.', '[']).unwrap_or(name.len());
            let (name, after) = name.split_at(end);
            if name.is_empty() {
                return Err(format!("empty name in path {text:?}"));
            }
            path = path.attribute(name);
            rest = after;
        }
    }
    Ok(path)
}

fn index(key: &str) -> Value {
    match key.parse::<i64>() {
        Ok(number) => Value::number(number),
        Err(_text) => Value::string(key.trim_matches('"')),
    }
}

/// A place as it travels.
pub(crate) fn to_wire(path: &Path) -> AttributePath {
    let selector = |step: &PathStep| match step {
        PathStep::Attribute(name) => Selector::AttributeName(name.to_string()),
        PathStep::Index(key) => match key.as_number().and_then(fw_value::Number::to_i64) {
            Some(index) => Selector::ElementKeyInt(index),
            None => Selector::ElementKeyString(key.as_str().unwrap_or_default().to_owned()),
        },
    };
    AttributePath { steps: path.steps().iter().map(|step| Step { selector: Some(selector(step)) }).collect() }
}

/// The value with what is at a place replaced. In maps and objects without types a dot is as good as an index.
pub(crate) fn replace(
    value: &Value,
    steps: &[PathStep],
    make: &dyn Fn(&Value) -> Result<Value, String>,
) -> Result<Value, String> {
    let Some((first, rest)) = steps.split_first() else { return make(value) };
    let position = position(value, first).ok_or_else(|| format!("nothing at step {first:?} of the path"))?;
    let mut elements: Vec<Value> = value.elements().cloned().collect();
    let element = elements.get_mut(position).ok_or("the index is out of range")?;
    *element = replace(element, rest, make)?;
    Ok(value.with_elements(elements))
}

fn position(value: &Value, step: &PathStep) -> Option<usize> {
    match step {
        PathStep::Attribute(name) => match value.ty() {
            Type::Object(object) if !value.is_null() && value.is_known() => object.index_of(name),
            _ => value.as_map()?.iter().position(|(key, _)| key == name),
        },
        PathStep::Index(key) => match key.as_str() {
            Some(text) => value.as_map()?.iter().position(|(key, _)| **key == *text),
            None => usize::try_from(key.as_number()?.to_i64()?).ok(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_replaced() {
        let path = parse("list[1].name").unwrap();
        assert_eq!(path, Path::root().attribute("list").index(Value::number(1)).attribute("name"));
        let element = |name: &str| Value::object([("name", Value::string(name))]);
        let ty = Type::object([("name", Type::String)]);
        let value = Value::object([("list", Value::list(ty.clone(), [element("a"), element("b")]))]);
        let changed = replace(&value, path.steps(), &|_| Ok(Value::string("c"))).unwrap();
        assert_eq!(changed, Value::object([("list", Value::list(ty, [element("a"), element("c")]))]));
        assert!(replace(&value, parse("list[7]").unwrap().steps(), &|v| Ok(v.clone())).is_err());
        assert!(parse("a..b").is_err());
        assert!(parse("a[1").is_err());
    }
}
