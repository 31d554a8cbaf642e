//! Whether a type is what a schema wants.

use fw_schema::Block;
use fw_value::{PathError, PathStep, Str, Type, Value};

use crate::problems::Problems;

/// Where the type of a value differs from the one its schema implies.
#[must_use]
pub fn assert_value_conforms(schema: &Block, value: &Value) -> Vec<PathError> {
    type_differences(value.ty(), &schema.implied_type())
}

/// Where `given` is not `want`; wherever `want` is dynamic, any type will do.
#[must_use]
pub fn type_differences(given: &Type, want: &Type) -> Vec<PathError> {
    if conforms(given, want) {
        return Vec::new();
    }
    let mut problems = Problems::default();
    compare(given, want, &mut problems);
    problems.finish()
}

/// Whether there is no difference between `given` and `want`.
pub(crate) fn conforms(given: &Type, want: &Type) -> bool {
    fw_value::convert::conforms(given, want)
}

fn compare(given: &Type, want: &Type, problems: &mut Problems) {
    if *want == Type::Dynamic || given == want {
        return;
    }
    match (given, want) {
        (Type::Object(_), Type::Object(_)) => compare_objects(given, want, problems),
        (Type::Tuple(given), Type::Tuple(want)) if given.len() == want.len() => {
            for (i, (given, want)) in given.iter().zip(want.iter()).enumerate() {
                problems.within(PathStep::Index(Value::number(i)), |p| compare(given, want, p));
            }
        }
        (Type::Tuple(given), Type::Tuple(want)) => {
            problems.add(format!("{} elements are required, but got {}", want.len(), given.len()));
        }
        (Type::List(given), Type::List(want)) => {
            let step = PathStep::Index(Value::unknown(Type::Number));
            problems.within(step, |p| compare(given, want, p));
        }
        (Type::Map(given), Type::Map(want)) => {
            let step = PathStep::Index(Value::unknown(Type::String));
            problems.within(step, |p| compare(given, want, p));
        }
        (Type::Set(given), Type::Set(want)) => {
            let step = PathStep::Index(Value::unknown((**given).clone()));
            problems.within(step, |p| compare(given, want, p));
        }
        _ => problems.add(format!("{} required, but received {}", want.friendly_name(), given.friendly_name())),
    }
}

fn compare_objects(given: &Type, want: &Type, problems: &mut Problems) {
    let (Type::Object(given), Type::Object(want)) = (given, want) else { return };
    for attribute in given.attributes() {
        if want.attribute(&attribute.name).is_none() {
            problems.add(format!("unsupported attribute {}", crate::go_text::quoted(&attribute.name)));
        }
    }
    for attribute in want.attributes() {
        match given.attribute(&attribute.name) {
            None => {
                problems.add(format!("missing required attribute {}", crate::go_text::quoted(&attribute.name)));
            }
            Some(given) => {
                let step = PathStep::Attribute(Str::clone(&attribute.name));
                problems.within(step, |p| compare(&given.ty, &attribute.ty, p));
            }
        }
    }
}
