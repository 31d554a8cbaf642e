//! Functions on sets.

use std::collections::HashSet;

use fw_value::{Marks, Refinement, Type, Value, convert};

use crate::collections::equality_key;
use crate::define::{CallResult, TypeResult, any, fail, fail_at, function, param};
use crate::function::{Call, CallError, Function, Parameter};

fn set(name: &'static str) -> Parameter {
    param(name, Type::set(Type::Dynamic)).dynamic()
}

pub(crate) fn functions() -> Vec<Function> {
    vec![
        function("setunion", "`setunion` gives the elements of all sets.", [set("first_set")], set_type, union)
            .variadic(set("other_sets")),
        function(
            "setintersection",
            "`setintersection` gives the elements that all sets have.",
            [set("first_set")],
            set_type,
            intersection,
        )
        .variadic(set("other_sets")),
        function(
            "setsubtract",
            "`setsubtract` gives the elements of the first set that the second does not have.",
            [set("a"), set("b")],
            set_type,
            subtract,
        ),
        function(
            "setproduct",
            "`setproduct` gives all combinations of one element of each set.",
            [],
            product_type,
            product,
        )
        .variadic(
            any("sets")
                .marked()
                .unknown()
                .describe("Sets, lists or tuples; the result is a list in order when there is no set among them."),
        ),
    ]
}

fn set_type(arguments: &[Value]) -> TypeResult {
    let mut types = Vec::new();
    for argument in arguments {
        let Some(element) = argument.ty().element() else { return Ok(Type::Dynamic) };
        // An empty set of nothing in particular fits all others.
        let empty = argument.is_known() && argument.length_usize() == Some(0);
        if !(empty && *element == Type::Dynamic) {
            types.push(element.clone());
        }
    }
    if types.is_empty() {
        return Ok(Type::set(Type::Dynamic));
    }
    match convert::unify(&types) {
        Some(element) => Ok(Type::set(element)),
        None => fail("given sets must all have compatible element types"),
    }
}

fn converted(call: &Call<'_>, ty: &Type) -> Result<Vec<Value>, CallError> {
    let convert = |(index, v): (usize, &Value)| {
        convert::convert(v, ty).map_err(|error| CallError::Argument(index, error.to_string()))
    };
    call.arguments.iter().enumerate().map(convert).collect()
}

fn element_of(ty: &Type) -> Type {
    ty.element().cloned().unwrap_or(Type::Dynamic)
}

fn union(call: &Call<'_>, ty: &Type) -> CallResult {
    let sets = converted(call, ty)?;
    Ok(Value::set(element_of(ty), sets.iter().flat_map(Value::elements).cloned()))
}

fn intersection(call: &Call<'_>, ty: &Type) -> CallResult {
    filtered(call, ty, |in_other| in_other)
}

fn subtract(call: &Call<'_>, ty: &Type) -> CallResult {
    filtered(call, ty, |in_other| !in_other)
}

fn filtered(call: &Call<'_>, ty: &Type, keep: fn(bool) -> bool) -> CallResult {
    let sets = converted(call, ty)?;
    if !sets.iter().all(Value::is_wholly_known) {
        return Ok(Value::unknown(ty.clone()));
    }
    let Some((first, others)) = sets.split_first() else { return Ok(Value::unknown(ty.clone())) };
    let mut kept: Vec<Value> = first.elements().cloned().collect();
    for other in others {
        let keys: HashSet<String> = other.elements().map(equality_key).collect();
        kept.retain(|v| keep(keys.contains(&equality_key(v))));
    }
    Ok(Value::set(element_of(ty), kept))
}

fn product_type(arguments: &[Value]) -> TypeResult {
    if arguments.len() < 2 {
        return fail("at least two arguments are required");
    }
    let mut lists_only = true;
    let mut elements = Vec::new();
    for (index, argument) in arguments.iter().enumerate() {
        elements.push(match argument.ty() {
            Type::Set(element) => {
                lists_only = false;
                (**element).clone()
            }
            Type::List(element) => (**element).clone(),
            Type::Tuple(types) if types.is_empty() => Type::Dynamic,
            Type::Tuple(types) => match convert::unify(types) {
                Some(element) => element,
                None => return fail_at(index, "all elements must be of the same type"),
            },
            _ => return fail_at(index, "a set or a list is required"),
        });
    }
    let element = Type::tuple(elements);
    Ok(if lists_only { Type::list(element) } else { Type::set(element) })
}

/// More combinations than this are nobody's intention, and would not fit into memory.
const MAX_PRODUCT: usize = 1 << 26;

fn product(call: &Call<'_>, ty: &Type) -> CallResult {
    let marks = call.arguments.iter().fold(Marks::NONE, |marks, v| marks | v.marks());
    if call.arguments.iter().any(|v| !v.is_known() || !v.length().is_known()) {
        return Ok(unknown_product(call.arguments, ty).with_marks(marks));
    }
    let total = call.arguments.iter().try_fold(1usize, |total, v| total.checked_mul(v.elements().len()));
    let Some(total) = total.filter(|total| *total <= MAX_PRODUCT) else { return fail("too many combinations") };
    let element = element_of(ty);
    let types = element.tuple_elements().unwrap_or_default();
    let mut columns: Vec<Vec<Value>> = Vec::new();
    for (argument, ty) in call.arguments.iter().zip(types) {
        let column = argument.elements().map(|v| convert::convert(v, ty));
        columns.push(column.collect::<Result<_, _>>().map_err(|error| CallError::Call(error.to_string()))?);
    }
    let combination = |number: usize| {
        let mut rest = number;
        let mut picked: Vec<Value> = Vec::with_capacity(columns.len());
        for column in columns.iter().rev() {
            picked.push(column[rest % column.len()].clone());
            rest /= column.len();
        }
        picked.reverse();
        Value::tuple(picked)
    };
    let combinations = (0..total).map(combination);
    let result = match ty {
        Type::List(_) => Value::list(element.clone(), combinations),
        _ => Value::set(element.clone(), combinations),
    };
    Ok(result.with_marks(marks))
}

/// What can be said of the length: beyond these bounds nothing, as in go-cty.
fn unknown_product(arguments: &[Value], ty: &Type) -> Value {
    let mut most = 1u64;
    for argument in arguments {
        let length = match argument.ty() {
            Type::Tuple(types) => u64::try_from(types.len()).ok(),
            _ => argument.range().length_max,
        };
        most = match length.filter(|length| *length <= 1024).map(|length| most * length) {
            Some(product) if product <= 2048 => product,
            _ => return Value::unknown(ty.clone()),
        };
    }
    let least = u64::from(most > 0);
    Value::unknown_refined(ty.clone(), Refinement::length_between(Some(least), Some(most)))
}
