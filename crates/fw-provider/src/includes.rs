//! Whether a value can be what an unknown value turned out to be.

use fw_value::{Number, Range, Type, Value};

use crate::conform::conforms;

/// Whether `value` is certainly not among the values that `placeholder` allows; unknown parts count as fitting.
pub(crate) fn excludes(placeholder: &Value, value: &Value) -> bool {
    let range = placeholder.range();
    if range.is_null || value.is_null() {
        return if range.is_null { !value.is_null() } else { range.not_null };
    }
    if !conforms(value.ty(), placeholder.ty()) {
        return true;
    }
    match value.ty() {
        Type::String => value.as_str().is_some_and(|text| !text.starts_with(&*range.string_prefix)),
        Type::Number => outside_bounds(&range, &value.range()),
        Type::List(_) | Type::Set(_) | Type::Map(_) => outside_length(&range, value),
        Type::Dynamic | Type::Bool | Type::Tuple(_) | Type::Object(_) => false,
    }
}

fn outside_bounds(allowed: &Range, value: &Range) -> bool {
    let below = |low: &Option<(Number, bool)>, high: &Option<(Number, bool)>| match (low, high) {
        (Some((low, low_in)), Some((high, high_in))) => high < low || high == low && !(*low_in && *high_in),
        _ => false,
    };
    below(&allowed.number_min, &value.number_max) || below(&value.number_min, &allowed.number_max)
}

fn outside_length(allowed: &Range, value: &Value) -> bool {
    let length = value.range();
    length.length_max.is_some_and(|max| max < allowed.length_min)
        || allowed.length_max.is_some_and(|max| length.length_min > max)
}
