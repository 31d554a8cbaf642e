//! How an object could be found again that is about to be made, should nobody hear what came of it.

use fw_exec::Kind;
use fw_value::{Marks, Str, Value};

/// The identity that the object will have, as far as the provider can import by it: what was planned as its identity, and
/// otherwise attributes of the same names. `None` if a part that is needed is not known, or a secret.
pub(crate) fn identity(kind: &Kind, planned: Option<&Value>, after: &Value) -> Option<Value> {
    let schema = kind.schemas.identity(&kind.name)?;
    let mut parts = Vec::new();
    let mut names_it = false;
    for (name, attribute) in &schema.attributes {
        let known = |value: &&Value| !value.is_null() && value.is_wholly_known();
        let given = planned.and_then(|planned| planned.attr_ref(name)).filter(known);
        let importable = attribute.required_for_import || attribute.optional_for_import;
        let told = |value: &&Value| importable && known(value) && !value.has_mark_deep(Marks::SENSITIVE);
        let part = given
            .or_else(|| after.attr_ref(name).filter(told))
            .and_then(|value| fw_value::convert::convert(value, &attribute.ty).ok());
        if part.is_none() && attribute.required_for_import {
            return None;
        }
        names_it |= part.is_some() && attribute.required_for_import;
        parts.push((Str::clone(name), part.unwrap_or_else(|| Value::null(attribute.ty.clone()))));
    }
    names_it.then(|| Value::object(parts))
}
