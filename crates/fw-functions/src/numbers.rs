//! Numeric functions.

use std::cmp::Ordering;

use fw_value::{Number, Type, Value, convert};
use num_bigint::BigInt;
use num_traits::Num;

use crate::define::{CallResult, TypeResult, any, fail, fail_at, function, integer, number, number_result, redacted};
use crate::function::{Call, CallError, Function};
use crate::go::float::{log, power};
use crate::go::text::quote;

pub(crate) fn functions() -> Vec<Function> {
    vec![
        function("abs", "`abs` gives a number without its sign.", [number("num").marked()], number_result, absolute),
        function("ceil", "`ceil` rounds a number up to a whole one.", [number("num")], number_result, |call, _| {
            Ok(call.number(0).ceil().into())
        }),
        function("floor", "`floor` rounds a number down to a whole one.", [number("num")], number_result, |call, _| {
            Ok(call.number(0).floor().into())
        }),
        function(
            "log",
            "`log` gives the logarithm of a number to a base.",
            [number("num"), number("base")],
            number_result,
            |call, _| from_float(log(call.float(0)?) / log(call.float(1)?)),
        ),
        function(
            "pow",
            "`pow` raises the first number to the power of the second.",
            [number("num"), number("power")],
            number_result,
            |call, _| from_float(power(call.float(0)?, call.float(1)?)),
        ),
        function(
            "signum",
            "`signum` gives -1, 0 or 1 for negative numbers, zero and positive numbers.",
            [number("num")],
            number_result,
            |call, _| Ok(call.integer(0).map_err(CallError::Call)?.signum().into()),
        ),
        function("max", "`max` gives the greatest of its arguments.", [], number_result, |call, _| {
            extreme(call, Ordering::Greater)
        })
        .variadic(number("numbers").dynamic()),
        function("min", "`min` gives the least of its arguments.", [], number_result, |call, _| {
            extreme(call, Ordering::Less)
        })
        .variadic(number("numbers").dynamic()),
        function(
            "parseint",
            "`parseint` reads a whole number written to a base from 2 to 62.",
            [any("number").marked(), number("base").marked()],
            parse_integer_type,
            parse_integer,
        )
        .keeps_marks(),
        function("sum", "`sum` adds up the numbers of a list, set or tuple.", [any("list")], number_result, sum),
    ]
}

fn absolute(call: &Call<'_>, _: &Type) -> CallResult {
    let argument = call.argument(0);
    Ok(Value::from(call.number(0).abs()).with_marks(argument.marks()))
}

fn from_float(float: f64) -> CallResult {
    match Number::from_f64(float) {
        Some(number) => Ok(number.into()),
        None => fail("panic in function implementation: Float.SetFloat64(NaN)"),
    }
}

fn extreme(call: &Call<'_>, wanted: Ordering) -> CallResult {
    let numbers = call.arguments.iter().filter_map(Value::as_number);
    let found = numbers.reduce(|best, n| if n.compare_exact(best) == wanted { n } else { best });
    match found {
        Some(number) => Ok(number.clone().into()),
        None => fail("must pass at least one number"),
    }
}

fn parse_integer_type(arguments: &[Value]) -> TypeResult {
    match arguments.first().map(Value::ty) {
        Some(Type::String) | None => Ok(Type::Number),
        Some(other) => fail_at(0, format!("first argument must be a string, not {}", other.friendly_name())),
    }
}

fn parse_integer(call: &Call<'_>, _: &Type) -> CallResult {
    let (text, base) = (call.argument(0), call.argument(1));
    let base_number = integer(base).map_err(|message| CallError::Argument(1, message))?;
    let Some(radix) = u32::try_from(base_number).ok().filter(|radix| (2..=62).contains(radix)) else {
        return fail_at(1, "base must be a whole number between 2 and 62 inclusive");
    };
    let marks = text.marks() | base.marks();
    match parse_to_base(call.text(0), radix) {
        Some(number) => Ok(Value::from(Number::from_bigint(&number)).with_marks(marks)),
        None => {
            let text = redacted(quote(call.text(0)), text.marks());
            let base = redacted(base_number.to_string(), base.marks());
            fail_at(0, format!("cannot parse {text} as a base {base} integer"))
        }
    }
}

/// Go's `big.Int.SetString`: above base 36 capitals are worth more than small letters.
fn parse_to_base(text: &str, radix: u32) -> Option<BigInt> {
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let number = if radix <= 36 {
        BigInt::from_str_radix(digits, radix).ok()?
    } else {
        let values: Option<Vec<u8>> =
            digits.bytes().map(|b| digit_value(b).filter(|v| u32::from(*v) < radix)).collect();
        BigInt::from_radix_be(num_bigint::Sign::Plus, &values?, radix)?
    };
    Some(if negative { -number } else { number })
}

fn digit_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'z' => Some(digit - b'a' + 10),
        b'A'..=b'Z' => Some(digit - b'A' + 36),
        _ => None,
    }
}

fn sum(call: &Call<'_>, _: &Type) -> CallResult {
    let list = call.argument(0);
    if !list.can_iterate() {
        return fail_at(0, "cannot sum noniterable");
    }
    if list.length_usize() == Some(0) {
        return fail_at(0, "cannot sum an empty list");
    }
    if !matches!(list.ty(), Type::List(_) | Type::Set(_) | Type::Tuple(_)) {
        let name = list.ty().friendly_name();
        return fail_at(0, format!("argument must be list, set, or tuple. Received {name}"));
    }
    if !list.is_wholly_known() {
        return Ok(Value::unknown(Type::Number));
    }
    let mut total: Option<Number> = None;
    for element in list.elements() {
        let converted = convert::convert(element, &Type::Number).ok().filter(|v| !v.is_null());
        let Some(number) = converted.as_ref().and_then(Value::as_number) else {
            return fail_at(0, "argument must be list, set, or tuple of number values");
        };
        total = Some(match total {
            None => number.clone(),
            Some(total) => match total.add(number) {
                Ok(total) => total,
                Err(_) => return fail("can't compute sum of opposing infinities"),
            },
        });
    }
    Ok(total.unwrap_or_default().into())
}
