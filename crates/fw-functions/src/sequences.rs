//! Functions that make sequences of sequences.

use std::cmp::Ordering;

use fw_value::{Marks, Number, Type, Value, convert};

use crate::define::{CallResult, TypeResult, any, fail, fail_at, function, integer, number, param};
use crate::function::{Call, CallError, Function};

pub(crate) fn functions() -> Vec<Function> {
    vec![
        function("concat", "`concat` puts lists one after the other.", [], concat_type, concat)
            .variadic(any("seqs").marked()),
        function(
            "range",
            "`range` gives numbers from a start up to a limit, in steps.",
            [],
            |_| Ok(Type::list(Type::Number)),
            range,
        )
        .variadic(number("params")),
        function(
            "chunklist",
            "`chunklist` divides a list into lists of a size.",
            [
                param("list", Type::list(Type::Dynamic)).marked(),
                number("size").marked().describe("How long each list is; only the last may be shorter."),
            ],
            |arguments| Ok(Type::list(arguments[0].ty().clone())),
            chunk,
        ),
        function(
            "element",
            "`element` gives the element of a list at a place, counting from the start again after the end.",
            [any("list").marked(), number("index")],
            element_type,
            element,
        )
        .maybe_null(),
        function(
            "flatten",
            "`flatten` replaces the lists in a list by their elements.",
            [any("list").marked()],
            flatten_type,
            flatten,
        ),
        function("reverse", "`reverse` turns a sequence round.", [any("list").marked()], reverse_type, reverse),
        function(
            "slice",
            "`slice` cuts some consecutive elements out of a list.",
            [any("list").marked(), number("start_index"), number("end_index")],
            slice_type,
            slice,
        ),
    ]
}

/// A list or tuple of elements that fit the type.
fn sequence(ty: &Type, elements: Vec<Value>) -> Value {
    match ty {
        Type::List(element) => Value::list((**element).clone(), elements),
        _ => Value::tuple(elements),
    }
}

fn concat_type(arguments: &[Value]) -> TypeResult {
    if arguments.is_empty() {
        return fail("at least one argument is required");
    }
    if arguments.iter().all(|v| matches!(v.ty(), Type::List(_))) {
        let types: Vec<Type> = arguments.iter().map(|v| v.ty().clone()).collect();
        if let Some(common) = convert::unify(&types) {
            return Ok(common);
        }
    }
    let mut elements = Vec::new();
    for (index, argument) in arguments.iter().enumerate() {
        match argument.ty() {
            Type::Tuple(types) => elements.extend(types.iter().cloned()),
            Type::List(_) if !argument.is_known() => return Ok(Type::Dynamic),
            Type::List(element) => {
                let length = argument.length_usize().unwrap_or(0);
                elements.extend(std::iter::repeat_n((**element).clone(), length));
            }
            other => {
                let name = other.friendly_name();
                return fail_at(index, format!("all arguments must be lists or tuples; got {name}"));
            }
        }
    }
    Ok(Type::tuple(elements))
}

fn concat(call: &Call<'_>, ty: &Type) -> CallResult {
    let mut marks = Marks::NONE;
    let mut elements = Vec::new();
    for (index, argument) in call.arguments.iter().enumerate() {
        marks |= argument.marks();
        if matches!(ty, Type::List(_)) {
            let converted =
                convert::convert(argument, ty).map_err(|error| CallError::Argument(index, error.to_string()))?;
            elements.extend(converted.elements().cloned());
        } else {
            elements.extend(argument.elements().cloned());
        }
    }
    Ok(sequence(ty, elements).with_marks(marks))
}

const MAX_RANGE: usize = 1024;

fn range(call: &Call<'_>, _: &Type) -> CallResult {
    let numbers: Vec<Number> = call.arguments.iter().filter_map(|v| v.as_number().cloned()).collect();
    let zero = || Number::from(0i64);
    let one_towards =
        |start: &Number, end: &Number| Number::from(if end.compare_exact(start) == Ordering::Less { -1i64 } else { 1 });
    let (start, end, step) = match numbers.as_slice() {
        [end] => (zero(), end.clone(), one_towards(&zero(), end)),
        [start, end] => (start.clone(), end.clone(), one_towards(start, end)),
        [start, end, step] => (start.clone(), end.clone(), step.clone()),
        _ => return fail("must have one, two, or three arguments"),
    };
    // A step of zero is not refused: it runs into the limit, if there is anything to go.
    let down = step.sign() == Ordering::Less;
    match (down, end.compare_exact(&start)) {
        (true, Ordering::Greater) => return fail_at(1, "end must be less than start when step is negative"),
        (false, Ordering::Less) => return fail_at(1, "end must be greater than start when step is positive"),
        _ => {}
    }
    let before_end = if down { Ordering::Greater } else { Ordering::Less };
    let mut found = Vec::new();
    let mut number = start;
    while number.compare_exact(&end) == before_end {
        if found.len() >= MAX_RANGE {
            return fail(
                "more than 1024 values were generated; either decrease the difference between start and end or use a \
                 smaller step",
            );
        }
        found.push(Value::from(number.clone()));
        number = number.add(&step).map_err(|error| CallError::Call(error.to_string()))?;
    }
    Ok(Value::list(Type::Number, found))
}

fn chunk(call: &Call<'_>, _: &Type) -> CallResult {
    let (list, size) = (call.argument(0), call.argument(1));
    let marks = list.marks() | size.marks();
    let size = integer(size).map_err(|message| CallError::Call(format!("invalid size: {message}")))?;
    let Ok(size) = usize::try_from(size) else { return fail("the size argument must be positive") };
    let elements: Vec<Value> = list.elements().cloned().collect();
    let element = list.ty().element().cloned().unwrap_or(Type::Dynamic);
    let size = if size == 0 { elements.len().max(1) } else { size };
    let chunks = elements.chunks(size).map(|chunk| Value::list(element.clone(), chunk.iter().cloned()));
    Ok(Value::list(list.ty().clone(), chunks).with_marks(marks))
}

const EMPTY: &str = "cannot use element function with an empty list";

fn element_type(arguments: &[Value]) -> TypeResult {
    let (list, index) = (&arguments[0], &arguments[1]);
    match list.ty() {
        Type::List(element) => Ok((**element).clone()),
        Type::Tuple(_) if !index.is_known() => Ok(Type::Dynamic),
        Type::Tuple(elements) => {
            let index = integer(index).map_err(|message| CallError::Call(format!("invalid index: {message}")))?;
            if elements.is_empty() {
                return fail(EMPTY);
            }
            let length = i64::try_from(elements.len()).unwrap_or(i64::MAX);
            match usize::try_from(index % length).ok().and_then(|index| elements.get(index)) {
                Some(element) => Ok(element.clone()),
                None => fail(format!(
                    "panic in function implementation: runtime error: index out of range [{}]",
                    index % length
                )),
            }
        }
        other => fail(format!("cannot read elements from {}", other.friendly_name())),
    }
}

fn element(call: &Call<'_>, _: &Type) -> CallResult {
    let list = call.argument(0);
    let index = call.integer(1).map_err(|message| CallError::Call(format!("invalid index: {message}")))?;
    let length = list.length_usize().and_then(|length| i64::try_from(length).ok()).unwrap_or(0);
    if length == 0 {
        return fail(EMPTY);
    }
    let index = usize::try_from(index.rem_euclid(length)).unwrap_or(0);
    Ok(list.elements().nth(index).cloned().unwrap_or_else(Value::dynamic).with_marks(list.marks()))
}

/// The elements of nested sequences in one row and the marks of the sequences. `None` for the row where its length is
/// not known yet.
fn flat(list: &Value) -> (Option<Vec<Value>>, Marks) {
    let mut marks = list.marks();
    let mut known = true;
    let mut out = Vec::new();
    if !list.length().is_known() {
        return (None, marks);
    }
    // A stack of what is left, since nesting has no limit.
    let mut open = vec![list.elements()];
    while let Some(elements) = open.last_mut() {
        let Some(value) = elements.next() else {
            open.pop();
            continue;
        };
        let nested = matches!(value.ty(), Type::List(_) | Type::Set(_) | Type::Tuple(_)) && !value.is_null();
        if !nested {
            known &= value.is_known() || *value.ty() != Type::Dynamic;
            out.push(value.clone());
            continue;
        }
        marks |= value.marks();
        if value.is_known() && value.length().is_known() {
            open.push(value.elements());
        } else {
            known = false;
        }
    }
    (known.then_some(out), marks)
}

fn flatten_type(arguments: &[Value]) -> TypeResult {
    let list = &arguments[0];
    if !list.is_wholly_known() {
        return Ok(Type::Dynamic);
    }
    if !matches!(list.ty(), Type::List(_) | Type::Set(_) | Type::Tuple(_)) {
        return fail("can only flatten lists, sets and tuples");
    }
    Ok(match flat(list).0 {
        Some(elements) => Type::tuple(elements.iter().map(|v| v.ty().clone())),
        None => Type::Dynamic,
    })
}

fn flatten(call: &Call<'_>, ty: &Type) -> CallResult {
    let (elements, marks) = flat(call.argument(0));
    let result = elements.map_or_else(|| Value::unknown(ty.clone()), Value::tuple);
    Ok(result.with_marks(marks))
}

fn reverse_type(arguments: &[Value]) -> TypeResult {
    match arguments[0].ty() {
        Type::Tuple(elements) => Ok(Type::tuple(elements.iter().rev().cloned())),
        Type::List(element) | Type::Set(element) => Ok(Type::list((**element).clone())),
        other => fail_at(0, format!("can only reverse list or tuple values, not {}", other.friendly_name())),
    }
}

fn reverse(call: &Call<'_>, ty: &Type) -> CallResult {
    let list = call.argument(0);
    let mut elements: Vec<Value> = list.elements().cloned().collect();
    elements.reverse();
    Ok(sequence(ty, elements).with_marks(list.marks()))
}

fn slice_type(arguments: &[Value]) -> TypeResult {
    let list = &arguments[0];
    match list.ty() {
        Type::Set(_) => fail_at(
            0,
            "cannot slice a set, because its elements do not have indices; explicitly convert to a list if the ordering \
             of the result is not important",
        ),
        Type::List(_) => slice_bounds(arguments).map(|_| list.ty().clone()),
        Type::Tuple(elements) => Ok(match slice_bounds(arguments)? {
            Some((start, end)) => Type::tuple(elements.iter().take(end).skip(start).cloned()),
            None => Type::Dynamic,
        }),
        _ => fail_at(0, "must be a list or tuple value"),
    }
}

fn slice(call: &Call<'_>, ty: &Type) -> CallResult {
    let list = call.argument(0);
    let bounds = slice_bounds(call.arguments)?;
    let Some((start, end)) = bounds.filter(|_| *ty != Type::Dynamic) else {
        return Ok(Value::dynamic().with_marks(list.marks()));
    };
    let elements = list.elements().take(end).skip(start).cloned().collect();
    Ok(sequence(ty, elements).with_marks(list.marks()))
}

/// Start and end, if both are known; checked as far as things are known.
fn slice_bounds(arguments: &[Value]) -> Result<Option<(usize, usize)>, CallError> {
    let length = match arguments[0].ty() {
        Type::Tuple(elements) => Some(elements.len()),
        _ => arguments[0].length().as_number().and_then(Number::to_usize),
    };
    let start = slice_bound(&arguments[1], 1, "start", length)?;
    let end = slice_bound(&arguments[2], 2, "end", length)?;
    match start.zip(end) {
        Some((start, end)) if start > end => fail_at(1, "start index must not be greater than end index"),
        bounds => Ok(bounds),
    }
}

fn slice_bound(value: &Value, index: usize, what: &str, length: Option<usize>) -> Result<Option<usize>, CallError> {
    if !value.is_known() {
        return Ok(None);
    }
    let bound =
        integer(value).map_err(|message| CallError::Argument(index, format!("invalid {what} index: {message}")))?;
    let Ok(bound) = usize::try_from(bound) else {
        return fail_at(index, format!("{what} index must not be less than zero"));
    };
    if length.is_some_and(|length| bound > length) {
        return fail_at(index, format!("{what} index must not be greater than the length of the list"));
    }
    Ok(Some(bound))
}
