//! `metadata functions -json`.

use fw_functions::{FunctionDescription, ParameterDescription};
use fw_value::json::type_to_json;

use super::writer::Writer;

/// The signatures of all built-in functions, without a newline at the end.
#[must_use]
pub fn functions() -> String {
    let mut w = Writer::default();
    w.object(|w| {
        w.key("format_version").string("1.0");
        w.key("function_signatures").object(|w| {
            fw_functions::metadata().iter().for_each(|function| one(function, w.key(function.name)));
        });
    });
    w.into_text()
}

fn one(function: &FunctionDescription, w: &mut Writer) {
    w.object(|w| {
        w.text_if_any("description", function.description);
        w.key("return_type").raw(&type_to_json(&function.return_type));
        if !function.parameters.is_empty() {
            w.key("parameters").array(|w| function.parameters.iter().for_each(|one| parameter(one, w)));
        }
        if let Some(variadic) = &function.variadic {
            parameter(variadic, w.key("variadic_parameter"));
        }
    });
}

fn parameter(parameter: &ParameterDescription, w: &mut Writer) {
    w.object(|w| {
        w.text_if_any("name", parameter.name);
        w.text_if_any("description", parameter.description);
        w.flag("is_nullable", parameter.nullable);
        w.key("type").raw(&type_to_json(&parameter.ty));
    });
}
