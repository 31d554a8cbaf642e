//! `tostring` and its relatives.

use fw_value::{Marks, Type, Value, convert};

use crate::define::{CallResult, TypeResult, any, fail_at, function};
use crate::function::{Call, Function};
use crate::go::text::quote;

pub(crate) fn functions() -> Vec<Function> {
    let conversion = |name, description, result_type| {
        function(name, description, [any("v").nullable().marked().dynamic()], result_type, convert_value)
            .maybe_null()
            .keeps_marks()
    };
    vec![
        conversion("tobool", "`tobool` makes a bool of its argument.", |v| result_type(v, Type::Bool)),
        conversion("tonumber", "`tonumber` makes a number of its argument.", |v| result_type(v, Type::Number)),
        conversion("tostring", "`tostring` makes a string of its argument.", |v| result_type(v, Type::String)),
        conversion("tolist", "`tolist` makes a list of its argument.", |v| result_type(v, Type::list(Type::Dynamic))),
        conversion("toset", "`toset` makes a set of its argument.", |v| result_type(v, Type::set(Type::Dynamic))),
        conversion("tomap", "`tomap` makes a map of its argument.", |v| result_type(v, Type::map(Type::Dynamic))),
    ]
}

fn result_type(arguments: &[Value], wanted: Type) -> TypeResult {
    let given = arguments[0].ty();
    if convert::unsafe_conversion_exists(given, &wanted) {
        return Ok(wanted);
    }
    fail_at(0, cannot_convert(&given.friendly_name(), &wanted))
}

fn cannot_convert(given: &str, wanted: &Type) -> String {
    format!("cannot convert {given} to {}", wanted.friendly_name_for_constraint())
}

fn convert_value(call: &Call<'_>, wanted: &Type) -> CallResult {
    let value = call.argument(0);
    if let Ok(converted) = convert::convert(value, wanted) {
        return Ok(converted);
    }
    let name = value.ty().friendly_name();
    let quoted = value.as_str().map_or_else(|| "string".to_owned(), quote);
    let message = match (value.ty(), wanted) {
        _ if value.has_mark_deep(Marks::EPHEMERAL) => cannot_convert(&format!("this ephemeral {name}"), wanted),
        _ if value.has_mark_deep(Marks::SENSITIVE) => cannot_convert(&format!("this sensitive {name}"), wanted),
        (Type::String, Type::Bool) => {
            format!("cannot convert {quoted} to bool; only the strings \"true\" or \"false\" are allowed")
        }
        (Type::String, Type::Number) => {
            format!("cannot convert {quoted} to number; given string must be a decimal representation of a number")
        }
        _ => cannot_convert(&name, wanted),
    };
    fail_at(0, message)
}
