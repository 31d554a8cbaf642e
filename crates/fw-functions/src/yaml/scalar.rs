//! What a scalar stands for.

use fw_value::{Number, Type, Value};
use libyaml_safer::ScalarStyle;

use crate::go::base64;
use crate::go::text::quote;
use crate::go::time::Timestamp;

const STRING: &str = "tag:yaml.org,2002:str";
const BOOL: &str = "tag:yaml.org,2002:bool";
const INTEGER: &str = "tag:yaml.org,2002:int";
const FLOAT: &str = "tag:yaml.org,2002:float";
const NULL: &str = "tag:yaml.org,2002:null";
const TIMESTAMP: &str = "tag:yaml.org,2002:timestamp";
const BINARY: &str = "tag:yaml.org,2002:binary";

/// The value of a scalar with a tag (empty: none); the error is a fragment for people.
pub(super) fn resolve(tag: &str, text: &str, style: ScalarStyle) -> Result<Value, String> {
    if !matches!(tag, "" | STRING | BOOL | INTEGER | FLOAT | NULL | TIMESTAMP | BINARY) {
        return Err(format!("unsupported tag {}", quote(tag)));
    }
    let mut tag = tag;
    if may_be_more_than_text(text) && tag != STRING && tag != BINARY {
        if matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted) {
            return Ok(text.into());
        }
        if let Some(value) = well_known(text) {
            return Ok(value);
        }
        if tag.is_empty() && matches!(text, ".nan" | ".NaN" | ".NAN") {
            return Err("floating point NaN is not supported".to_owned());
        }
        match text.bytes().next() {
            Some(b'.') => {
                if let Some(number) = Number::parse(text) {
                    return Ok(number.into());
                }
            }
            Some(b'0'..=b'9' | b'+' | b'-') => {
                if let Some(timestamp) = timestamp(text).filter(|_| tag.is_empty() || tag == TIMESTAMP) {
                    return Ok(timestamp);
                }
                if is_integer(text) {
                    tag = INTEGER;
                } else if is_float(text) {
                    tag = FLOAT;
                }
            }
            _ => {}
        }
    }
    tagged(tag, text)
}

/// Whether the first character leaves the possibility that a plain scalar is no string.
fn may_be_more_than_text(text: &str) -> bool {
    const FIRST: &[u8] = b"+-0123456789yYnNtTfFoO~.";
    text.bytes().next().is_none_or(|byte| FIRST.contains(&byte))
}

fn well_known(text: &str) -> Option<Value> {
    if let Some(bool) = well_known_bool(text) {
        return Some(bool.into());
    }
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::null(Type::Dynamic),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Number::infinity(false).into(),
        "-.inf" | "-.Inf" | "-.INF" => Number::infinity(true).into(),
        _ => return None,
    })
}

fn well_known_bool(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

fn tagged(tag: &str, text: &str) -> Result<Value, String> {
    let cannot = || format!("cannot parse {} as {tag}", quote(text));
    match tag {
        BINARY if base64::decode(text).is_err() => Err(format!("{}: not valid base64", cannot())),
        BOOL => well_known_bool(text).map(Value::from).ok_or_else(cannot),
        FLOAT | INTEGER => number(text).map(Value::from).ok_or_else(cannot),
        TIMESTAMP => timestamp(text).ok_or_else(cannot),
        NULL => Ok(Value::null(Type::Dynamic)),
        _ => Ok(text.into()),
    }
}

fn timestamp(text: &str) -> Option<Value> {
    let year_first = text.bytes().take_while(u8::is_ascii_digit).count() == 4 && text.as_bytes().get(4) == Some(&b'-');
    let timestamp = if year_first { Timestamp::parse_yaml(text) } else { None };
    timestamp.map(|timestamp| timestamp.rfc3339().into())
}

fn number(text: &str) -> Option<Number> {
    let plain = text.replace('_', "");
    if let Some(number) = Number::parse(&plain) {
        return Some(number);
    }
    let (negative, digits) = match plain.strip_prefix(['-', '+']) {
        Some(digits) => (plain.starts_with('-'), digits),
        None => (false, plain.as_str()),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.split_at_checked(2)? {
        ("0x", digits) => (16, digits),
        ("0o", digits) => (8, digits),
        ("0b", digits) => (2, digits),
        _ => return None,
    };
    let signless = !digits.starts_with(['+', '-']);
    let value = u64::from_str_radix(digits, radix).ok().filter(|_| signless)?;
    if !negative {
        return Some(Number::from(value));
    }
    Some(Number::from(0i64.checked_sub_unsigned(value)?))
}

fn is_integer(text: &str) -> bool {
    let all = |digits: &str, valid: fn(&u8) -> bool| !digits.is_empty() && digits.bytes().all(|b| valid(&b));
    all(text.strip_prefix(['+', '-']).unwrap_or(text), u8::is_ascii_digit)
        || text.strip_prefix("0o").is_some_and(|digits| all(digits, |b| matches!(b, b'0'..=b'7')))
        || text.strip_prefix("0x").is_some_and(|digits| all(digits, u8::is_ascii_hexdigit))
}

fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (text, None),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty()),
        None => digits(mantissa) && !mantissa.is_empty(),
    };
    mantissa_fits && exponent.is_none_or(|exponent| digits(exponent) && !exponent.is_empty())
}
