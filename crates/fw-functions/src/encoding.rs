//! Functions that encode text.

use fw_value::{Type, Value};

use crate::define::{CallResult, TypeResult, fail, fail_at, function, redacted, string_result, text};
use crate::function::{Call, CallError, Function};
use crate::go::charset::Charset;
use crate::go::text::quote;
use crate::go::{base64, csv, deflate};

pub(crate) fn functions() -> Vec<Function> {
    vec![
        function(
            "base64encode",
            "`base64encode` encodes a string in Base64.",
            [text("str")],
            string_result,
            |call, _| Ok(base64::encode(call.text(0).as_bytes()).into()),
        ),
        function(
            "base64decode",
            "`base64decode` decodes Base64 that stands for a string.",
            [text("str").marked()],
            string_result,
            decode,
        )
        .keeps_marks(),
        function(
            "base64gzip",
            "`base64gzip` compresses a string with gzip and encodes that in Base64.",
            [text("str")],
            string_result,
            |call, _| Ok(base64::encode(&deflate::gzip(call.text(0).as_bytes())).into()),
        ),
        function(
            "textencodebase64",
            "`textencodebase64` encodes a string in a character encoding, and that in Base64.",
            [text("string"), text("encoding")],
            string_result,
            encode_text,
        ),
        function(
            "textdecodebase64",
            "`textdecodebase64` decodes Base64 that stands for text in a character encoding.",
            [text("source"), text("encoding")],
            string_result,
            decode_text,
        ),
        function(
            "urlencode",
            "`urlencode` escapes a string for use in a URL.",
            [text("str")],
            string_result,
            |call, _| Ok(escape(call.text(0)).into()),
        ),
        function(
            "csvdecode",
            "`csvdecode` makes a list of objects of comma-separated values with a line of names.",
            [text("str")],
            csv_type,
            csv_rows,
        ),
    ]
}

fn decode(call: &Call<'_>, _: &Type) -> CallResult {
    let argument = call.argument(0);
    let Ok(bytes) = base64::decode(call.text(0)) else {
        let shown = redacted(quote(call.text(0)), argument.marks());
        return fail(format!("failed to decode base64 data {shown}"));
    };
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Value::from(text).with_marks(argument.marks())),
        Err(_) => fail("the result of decoding the provided string is not valid UTF-8"),
    }
}

fn charset(call: &Call<'_>) -> Result<&'static Charset, CallError> {
    let name = call.text(1);
    Charset::named(name).map_or_else(
        || {
            let name = quote(name);
            fail_at(1, format!("{name} is not a supported IANA encoding name or alias in this Terraform version"))
        },
        Ok,
    )
}

fn encode_text(call: &Call<'_>, _: &Type) -> CallResult {
    let charset = charset(call)?;
    match charset.encode(call.text(0)) {
        Some(bytes) => Ok(base64::encode(&bytes).into()),
        None => {
            fail_at(0, format!("the given string contains characters that cannot be represented in {}", charset.name))
        }
    }
}

fn decode_text(call: &Call<'_>, _: &Type) -> CallResult {
    let charset = charset(call)?;
    let bytes = base64::decode(call.text(0)).map_err(|offset| {
        CallError::Argument(0, format!("the given value is has an invalid base64 symbol at offset {offset}"))
    })?;
    match charset.decode(&bytes) {
        Some(text) => Ok(text.into()),
        None => fail_at(0, format!("the given string contains symbols that are not defined for {}", charset.name)),
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn csv_error((line, problem): csv::Error) -> CallError {
    CallError::Call(format!("CSV parse error on line {line}: {problem}"))
}

fn csv_type(arguments: &[Value]) -> TypeResult {
    let Some(source) = arguments[0].as_str() else { return Ok(Type::Dynamic) };
    let Some(header) = csv::Reader::new(source).record() else { return fail("missing header line") };
    let header = header.map_err(csv_error)?;
    let mut names = std::collections::HashSet::new();
    if let Some(name) = header.iter().find(|name| !names.insert(name.as_str())) {
        return fail(format!("duplicate column name {}", quote(name)));
    }
    Ok(Type::list(Type::object(header.iter().map(|name| (name.as_str(), Type::String)))))
}

fn csv_rows(call: &Call<'_>, ty: &Type) -> CallResult {
    let mut reader = csv::Reader::new(call.text(0));
    let header = reader.record().transpose().map_err(csv_error)?.unwrap_or_default();
    let mut rows = Vec::new();
    while let Some(record) = reader.record() {
        let start = reader.record_line();
        let record = record.map_err(csv_error)?;
        if record.len() != header.len() {
            return Err(csv_error((start, "wrong number of fields")));
        }
        let fields = record.into_iter().map(Value::from);
        rows.push(Value::object(header.iter().map(String::as_str).zip(fields)));
    }
    Ok(Value::list(ty.element().cloned().unwrap_or(Type::Dynamic), rows))
}
