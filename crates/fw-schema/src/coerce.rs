//! Values made to fit a schema: missing optional attributes filled with null, conversions done.

use std::collections::BTreeMap;

use fw_value::convert::convert;
use fw_value::{Content, PathError, PathStep, Str, Type, Value};

use crate::{Block, NestedBlock, Nesting};

impl Block {
    /// The value as one of this schema's implied type. Attributes that may be left out become null, blocks that are not
    /// there are as if none were written; unknown stays unknown, null stays null.
    ///
    /// # Errors
    /// Where and why it does not fit.
    pub fn coerce_value(&self, value: &Value) -> Result<Value, PathError> {
        if value.is_null() {
            return Ok(Value::null(self.implied_type()).with_marks(value.marks()));
        }
        if !value.is_known() {
            return Ok(Value::unknown(self.implied_type()).with_marks(value.marks()));
        }
        let (Type::Object(given), Content::Object(_)) = (value.ty(), value.content()) else {
            return Err(PathError::here("an object is required"));
        };
        let known = |name: &Str| self.attributes.contains_key(name) || self.blocks.contains_key(name);
        if let Some(extra) = given.attributes().iter().find(|a| !known(&a.name)) {
            return Err(PathError::here(format!("unexpected attribute {}", fw_value::go_quoted(&extra.name))));
        }
        let mut values = Vec::with_capacity(self.attributes.len() + self.blocks.len());
        for (name, attribute) in &self.attributes {
            let given = match value.attr_ref(name) {
                Some(given) => given.clone(),
                None if attribute.computed || attribute.optional => attribute.empty_value(),
                None => {
                    return Err(PathError::here(format!("attribute {} is required", fw_value::go_quoted(name))));
                }
            };
            let converted = convert(&given, &attribute.conversion_type())
                .map_err(|error| error.under(PathStep::Attribute(Str::clone(name))))?;
            values.push((Str::clone(name), converted));
        }
        for (name, nested) in &self.blocks {
            let coerced = match value.attr_ref(name) {
                None => nested.empty_value(),
                Some(given) => {
                    nested.coerce(given).map_err(|error| error.under(PathStep::Attribute(Str::clone(name))))?
                }
            };
            values.push((Str::clone(name), coerced));
        }
        Ok(Value::object(values).with_marks(value.marks()))
    }
}

impl NestedBlock {
    fn coerce(&self, value: &Value) -> Result<Value, PathError> {
        if matches!(self.nesting, Nesting::Single | Nesting::Group) {
            return self.block.coerce_value(value);
        }
        let element = self.block.implied_type();
        let ty = || match self.nesting {
            Nesting::Set => Type::set(element.clone()),
            Nesting::Map => Type::map(element.clone()),
            Nesting::List | Nesting::Single | Nesting::Group => Type::list(element.clone()),
        };
        if value.is_null() {
            return Ok(Value::null(ty()));
        }
        if !value.is_known() {
            return Ok(Value::unknown(ty()));
        }
        let kind = match self.nesting {
            Nesting::Set => "set",
            Nesting::Map => "map",
            Nesting::List | Nesting::Single | Nesting::Group => "list",
        };
        if !value.can_iterate() {
            return Err(PathError::here(format!("must be a {kind}")));
        }
        let mut elements = Vec::with_capacity(value.entries().len());
        for (key, given) in value.entries() {
            let coerced = self.block.coerce_value(given).map_err(|error| error.under(PathStep::Index(key.clone())))?;
            elements.push((key, coerced));
        }
        self.gather(value, element, elements).map(|v| v.with_marks(value.marks()))
    }

    fn gather(&self, given: &Value, element: Type, elements: Vec<(Value, Value)>) -> Result<Value, PathError> {
        if self.nesting != Nesting::Map {
            let values = elements.into_iter().map(|(_, v)| v);
            return Ok(if self.nesting == Nesting::Set {
                Value::set(element, values)
            } else {
                sequence(element, values.collect())
            });
        }
        let mut named: BTreeMap<Str, Value> = BTreeMap::new();
        for (key, value) in elements {
            let Some(key) = key.as_shared_str() else { return Err(PathError::here("must be a map")) };
            named.insert(Str::clone(key), value);
        }
        // What was an object stays one, and what can't be a map becomes one.
        let was_object = matches!(given.ty(), Type::Object(_));
        let differs = named.values().any(|v| Some(v.ty()) != given.ty().element());
        Ok(if named.is_empty() {
            Value::map::<Str>(element, [])
        } else if was_object || differs {
            Value::object(named)
        } else {
            Value::map(element, named)
        })
    }
}

/// A list, or a tuple where the types differ because attributes are dynamic.
fn sequence(element: Type, values: Vec<Value>) -> Value {
    if values.iter().all(|v| *v.ty() == element) { Value::list(element, values) } else { Value::tuple(values) }
}
