//! Values for what a provider would compute: those that a test gives, and otherwise empty or random ones.

use fw_schema::{Attribute, Block, NestedObject, Nesting};
use fw_value::convert::convert;
use fw_value::{Content, Str, Type, Value};

/// What is to be filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blank {
    /// Computed attributes that are null.
    Null,
    /// Computed attributes that are not known.
    Unknown,
}

/// Fills in what is computed.
pub(crate) struct Filling<'a> {
    /// What is to be filled in.
    pub(crate) blank: Blank,
    /// Values by name of attribute; `None` where all is to be unknown.
    pub(crate) given: Option<&'a Value>,
    /// Where they are written, in words.
    pub(crate) place: &'a str,
    /// What could not be used.
    pub(crate) problems: Vec<String>,
}

impl Filling<'_> {
    /// The object with everything filled in.
    pub(crate) fn fill(&mut self, schema: &Block, value: &Value) -> Value {
        let given = self.given.cloned().unwrap_or_else(Value::empty_object);
        self.block(schema, value, &given)
    }

    fn block(&mut self, schema: &Block, value: &Value, given: &Value) -> Value {
        if !value.is_known() || value.is_null() {
            return value.clone();
        }
        let mut parts = Vec::new();
        for (name, part) in value.string_entries() {
            let own = member(given, name);
            parts.push(match (schema.attributes.get(name), schema.blocks.get(name)) {
                (Some(attribute), _) => self.attribute(name, attribute, part, own.as_ref()),
                (None, Some(nested)) => {
                    let own = own.unwrap_or_else(Value::empty_object);
                    self.nested(nested.nesting, part, &mut |filling, one| filling.block(&nested.block, one, &own))
                }
                (None, None) => part.clone(),
            });
        }
        value.with_elements(parts)
    }

    fn attribute(&mut self, name: &str, schema: &Attribute, value: &Value, given: Option<&Value>) -> Value {
        let is_blank = match self.blank {
            Blank::Null => value.is_null(),
            Blank::Unknown => !value.is_known(),
        };
        if schema.computed && is_blank {
            return self.computed(name, schema, given);
        }
        match schema.nested() {
            Some(object) => {
                let own = given.cloned().unwrap_or_else(Value::empty_object);
                self.nested(object.nesting, value, &mut |filling, one| filling.object(object, one, &own))
            }
            None => value.clone(),
        }
    }

    fn object(&mut self, schema: &NestedObject, value: &Value, given: &Value) -> Value {
        if !value.is_known() || value.is_null() {
            return value.clone();
        }
        let mut parts = Vec::new();
        for (name, part) in value.string_entries() {
            parts.push(match schema.attributes.get(name) {
                Some(attribute) => self.attribute(name, attribute, part, member(given, name).as_ref()),
                None => part.clone(),
            });
        }
        value.with_elements(parts)
    }

    fn nested(&mut self, nesting: Nesting, value: &Value, fill: &mut dyn FnMut(&mut Self, &Value) -> Value) -> Value {
        if !value.is_known() || value.is_null() {
            return value.clone();
        }
        match nesting {
            Nesting::Single | Nesting::Group => fill(self, value),
            Nesting::List | Nesting::Set | Nesting::Map => {
                let parts = value.elements().map(|one| fill(self, one)).collect();
                value.with_elements(parts)
            }
        }
    }

    fn computed(&mut self, name: &str, schema: &Attribute, given: Option<&Value>) -> Value {
        let ty = schema.implied_type();
        if self.given.is_none() {
            return Value::unknown(ty);
        }
        let Some(given) = given else { return generated(schema) };
        if let Some(object) = schema.nested()
            && matches!(object.nesting, Nesting::Single | Nesting::Group)
            && matches!(given.content(), Content::Object(_) | Content::Map(_))
        {
            return self.whole_object(object, given);
        }
        match convert(given, &ty) {
            Ok(value) => value,
            Err(error) => {
                self.problems.push(format!(
                    "Terraform could not compute a value for the target type {} with the mocked data defined at {} with the \
                     attribute \"{name}\": {error}.",
                    ty.friendly_name(),
                    self.place
                ));
                Value::null(ty)
            }
        }
    }

    /// A nested object of which some attributes are given.
    fn whole_object(&mut self, schema: &NestedObject, given: &Value) -> Value {
        let parts: Vec<_> = schema
            .attributes
            .iter()
            .map(|(name, attribute)| {
                let value = match member(given, name) {
                    Some(one) => self.computed(name, attribute, Some(&one)),
                    None => generated(attribute),
                };
                (Str::clone(name), value)
            })
            .collect();
        Value::object(parts)
    }
}

/// One member of an object or a map.
fn member(of: &Value, name: &str) -> Option<Value> {
    of.string_entries().find(|(key, _)| &***key == name).map(|(_, value)| value.clone())
}

/// A value that nobody gave.
fn generated(schema: &Attribute) -> Value {
    match schema.nested() {
        Some(object) if matches!(object.nesting, Nesting::Single | Nesting::Group) => Value::object(
            object.attributes.iter().map(|(name, one)| (Str::clone(name), generated(one))).collect::<Vec<_>>(),
        ),
        _ => generated_of(&schema.implied_type()),
    }
}

fn generated_of(ty: &Type) -> Value {
    match ty {
        Type::String => Value::string(random_text()),
        Type::Number => Value::number(0),
        Type::Bool => Value::bool(false),
        Type::Object(_) => {
            let parts = ty.attributes().unwrap_or_default().iter();
            Value::object(parts.map(|one| (Str::clone(&one.name), generated_of(&one.ty))).collect::<Vec<_>>())
        }
        Type::Tuple(_) => Value::tuple(ty.tuple_elements().unwrap_or_default().iter().map(generated_of)),
        _ => Value::empty_of(ty).unwrap_or_else(|| Value::null(ty.clone())),
    }
}

/// Eight letters and digits.
fn random_text() -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut bytes = [0; 8];
    fw_ops::random_bytes(&mut bytes);
    bytes.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}
