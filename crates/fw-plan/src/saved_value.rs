//! Values of changes as they come out of a plan file, whether the plan is saved or not: it knows no negative zero.

use fw_value::{Value, msgpack};

/// The value, as it was saved and read again.
pub(crate) fn saved(value: Value) -> Value {
    if !value.any_part(|part| part.as_number().is_some_and(|number| number.is_zero() && number.has_minus())) {
        return value;
    }
    let (plain, marks) = value.clone().unmark_deep_with_paths();
    let ty = plain.ty().clone();
    let again = msgpack::marshal(&plain, &ty).and_then(|bytes| msgpack::unmarshal(&bytes, &ty));
    again.map_or(value, |again| again.mark_with_paths(&marks))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fw_value::{Marks, Number};

    #[test]
    fn zero_loses_its_sign_and_nothing_else_changes() {
        let minus = Value::number(Number::parse("0").unwrap().negate()).with_marks(Marks::SENSITIVE);
        let value = Value::tuple([minus, Value::number(1), Value::unknown(fw_value::Type::String)]);
        let zero = Value::number(0).with_marks(Marks::SENSITIVE);
        let same = Value::tuple([zero, Value::number(1), Value::unknown(fw_value::Type::String)]);
        let text = format!("{:?}", saved(value));
        assert_eq!(text, format!("{same:?}"));
    }
}
