//! Functions on the marks of values.

use fw_value::{Content, Marks, Type, Value};

use crate::define::{any, first_type, function};
use crate::function::{Function, Parameter};

fn value() -> Parameter {
    any("value").unknown().nullable().marked().dynamic()
}

pub(crate) fn functions() -> Vec<Function> {
    vec![
        function(
            "sensitive",
            "`sensitive` gives its argument, as something not to be shown.",
            [value()],
            first_type,
            |call, _| Ok(call.argument(0).clone().with_marks(Marks::SENSITIVE)),
        )
        .maybe_null(),
        function(
            "nonsensitive",
            "`nonsensitive` gives its argument, as something that may be shown.",
            [value()],
            first_type,
            |call, _| Ok(call.argument(0).clone().without_marks(Marks::SENSITIVE)),
        )
        .maybe_null(),
        function(
            "issensitive",
            "`issensitive` says whether its argument is not to be shown.",
            [value()],
            |_| Ok(Type::Bool),
            |call, _| {
                let value = call.argument(0);
                Ok(match (value.has_mark(Marks::SENSITIVE), value.is_known()) {
                    (true, _) => true.into(),
                    (false, true) => false.into(),
                    (false, false) => Value::unknown(Type::Bool),
                })
            },
        ),
        function(
            "ephemeralasnull",
            "`ephemeralasnull` gives its argument with nulls where it is ephemeral.",
            [value()],
            first_type,
            |call, _| Ok(without_ephemeral(call.argument(0))),
        )
        .maybe_null(),
    ]
}

fn without_ephemeral(value: &Value) -> Value {
    if !value.has_mark_deep(Marks::EPHEMERAL) {
        return value.clone();
    }
    let replaced = value.transform(&mut |_, v| {
        Ok::<_, std::convert::Infallible>(if !v.has_mark(Marks::EPHEMERAL) {
            v
        } else if matches!(v.content(), Content::Unknown(_)) {
            // Unknown may still turn out not to be ephemeral.
            Value::unknown(v.ty().clone()).with_marks(v.marks().without(Marks::EPHEMERAL))
        } else {
            Value::null(v.ty().clone()).with_marks(v.marks().without(Marks::EPHEMERAL))
        })
    });
    match replaced {
        Ok(value) => value,
        Err(never) => match never {},
    }
}
