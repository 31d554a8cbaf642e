//! Names bound around an expression: `for` and template variables, iterators of `dynamic` blocks, the element of a splat.

use fw_value::Value;

/// The innermost frame, or none.
pub(crate) type Locals<'e> = Option<&'e Frame<'e>>;

/// What one construct binds, and the frame around it.
pub(crate) struct Frame<'e> {
    pub(crate) bindings: Bindings<'e>,
    pub(crate) around: Locals<'e>,
}

/// What is bound.
pub(crate) enum Bindings<'e> {
    /// The variables of a `for`.
    For { key: Option<(&'e str, &'e Value)>, value: (&'e str, &'e Value) },
    /// The element of a splat.
    Item(&'e Value),
    /// The iterator of a `dynamic` block: an object of `key` and `value`.
    Iterator(&'e str, &'e Value),
    /// The variables of a template, and nothing else: names around it and references are out of reach.
    Template(&'e [(fw_value::Str, Value)]),
}

/// What a root name is.
pub(crate) enum Found<'e> {
    /// Bound here.
    Local(&'e Value),
    /// Not bound, and no reference can be meant.
    Nothing,
    /// Not bound: a reference.
    Reference,
}

/// Looks a root name up.
pub(crate) fn find<'e>(name: &str, locals: Locals<'e>) -> Found<'e> {
    let mut next = locals;
    while let Some(frame) = next {
        match &frame.bindings {
            Bindings::For { key, value } => {
                if value.0 == name {
                    return Found::Local(value.1);
                }
                if let Some((key_name, key)) = key
                    && *key_name == name
                {
                    return Found::Local(key);
                }
            }
            Bindings::Iterator(iterator, object) if *iterator == name => return Found::Local(object),
            Bindings::Item(_) | Bindings::Iterator(..) => {}
            Bindings::Template(variables) => {
                return variables.iter().find(|(n, _)| &**n == name).map_or(Found::Nothing, |(_, v)| Found::Local(v));
            }
        }
        next = frame.around;
    }
    Found::Reference
}

/// The element of the innermost splat.
pub(crate) fn splat_item(locals: Locals<'_>) -> Value {
    let mut next = locals;
    while let Some(frame) = next {
        if let Bindings::Item(value) = &frame.bindings {
            return (*value).clone();
        }
        next = frame.around;
    }
    Value::dynamic()
}
