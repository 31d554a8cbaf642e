//! Date and time functions.

use fw_value::{Type, Value};

use crate::define::{CallResult, fail_at, function, number_result, string_result, text};
use crate::function::{Call, CallError, Function};
use crate::go::text::quote;
use crate::go::time::{Civil, Timestamp, parse_duration};

pub(crate) fn functions() -> Vec<Function> {
    vec![
        function(
            "formatdate",
            "`formatdate` writes a time in another way.",
            [text("format"), text("time")],
            string_result,
            format_date,
        ),
        function(
            "timeadd",
            "`timeadd` gives the time that is a duration later than another.",
            [text("timestamp"), text("duration")],
            string_result,
            add,
        )
        .maybe_null(),
        function(
            "timecmp",
            "`timecmp` gives -1, 0 or 1 when the first time is before the second, the same or after it.",
            [text("timestamp_a"), text("timestamp_b")],
            number_result,
            compare,
        ),
        function(
            "timestamp",
            "`timestamp` gives the current time, in UTC as RFC 3339 has it.",
            [],
            string_result,
            |call, _| Ok(utc(call.environment.now())),
        ),
        function(
            "plantimestamp",
            "`plantimestamp` gives the time of the plan, in UTC as RFC 3339 has it.",
            [],
            string_result,
            |call, _| Ok(utc(call.environment.plan_time())),
        )
        .maybe_null(),
    ]
}

fn utc(time: Option<(i64, u32)>) -> Value {
    match time {
        Some((seconds, nanoseconds)) => Timestamp { seconds, nanoseconds, offset: 0 }.rfc3339().into(),
        None => Value::unknown(Type::String),
    }
}

fn add(call: &Call<'_>, _: &Type) -> CallResult {
    let timestamp = Timestamp::parse(call.text(0)).map_err(CallError::Call)?;
    let duration = parse_duration(call.text(1)).map_err(CallError::Call)?;
    Ok(timestamp.plus(duration).rfc3339().into())
}

fn compare(call: &Call<'_>, _: &Type) -> CallResult {
    let parse = |index: usize| {
        Timestamp::parse_lenient(call.text(index)).map_err(|message| CallError::Argument(index, message))
    };
    let (a, b) = (parse(0)?, parse(1)?);
    let order = (a.seconds, a.nanoseconds).cmp(&(b.seconds, b.nanoseconds));
    Ok((order as i64).into())
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

fn format_date(call: &Call<'_>, _: &Type) -> CallResult {
    let timestamp = Timestamp::parse(call.text(1)).map_err(|message| CallError::Argument(1, message))?;
    let civil = timestamp.civil();
    let mut out = String::new();
    let mut rest = call.text(0);
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '\'' => quoted_end(rest),
            'a'..='z' | 'A'..='Z' => rest.find(|c| c != first).unwrap_or(rest.len()),
            _ => rest.find(|c: char| c == '\'' || c.is_ascii_alphabetic()).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(end);
        match first {
            '\'' => push_quoted(&mut out, token)?,
            'a'..='z' | 'A'..='Z' => match verb(token, &civil, timestamp) {
                Ok(text) => out.push_str(&text),
                Err(problem) => {
                    return fail_at(0, format!("invalid date format verb {}{problem}", quote(token)));
                }
            },
            _ => out.push_str(token),
        }
        rest = after;
    }
    Ok(out.into())
}

/// Where a quoted literal ends; two quotes at once are a token of their own.
fn quoted_end(text: &str) -> usize {
    if text.starts_with("''") {
        return 2;
    }
    let mut quotes = text.match_indices('\'').map(|(at, _)| at).skip(1).peekable();
    while let Some(at) = quotes.next() {
        if quotes.next_if_eq(&(at + 1)).is_none() {
            return at + 1;
        }
    }
    text.len()
}

fn push_quoted(out: &mut String, token: &str) -> Result<(), CallError> {
    if token == "''" {
        out.push('\'');
        return Ok(());
    }
    match token.strip_prefix('\'').and_then(|inner| inner.strip_suffix('\'')) {
        Some(inner) => {
            out.push_str(&inner.replace("''", "'"));
            Ok(())
        }
        None => fail_at(0, "unterminated literal '"),
    }
}

/// One verb of a format; the error is what to say after the verb.
fn verb(token: &str, civil: &Civil, timestamp: Timestamp) -> Result<String, String> {
    let two = |n: i64| format!("{n:02}");
    let short = |name: &str| name.chars().take(3).collect::<String>();
    let name = |names: &[&'static str], index: i64| {
        usize::try_from(index).ok().and_then(|index| names.get(index).copied()).unwrap_or_default()
    };
    let half_day = if civil.hour < 12 { "AM" } else { "PM" };
    let hour12 = if civil.hour % 12 == 0 { 12 } else { civil.hour % 12 };
    Ok(match token {
        "YY" => two(civil.year % 100),
        "YYYY" => format!("{:04}", civil.year),
        "M" => civil.month.to_string(),
        "MM" => two(civil.month),
        "MMM" => short(name(&MONTHS, civil.month - 1)),
        "MMMM" => name(&MONTHS, civil.month - 1).to_owned(),
        "D" => civil.day.to_string(),
        "DD" => two(civil.day),
        "EEE" => short(name(&WEEKDAYS, civil.weekday)),
        "EEEE" => name(&WEEKDAYS, civil.weekday).to_owned(),
        "h" => civil.hour.to_string(),
        "hh" => two(civil.hour),
        "H" => hour12.to_string(),
        "HH" => two(hour12),
        "AA" => half_day.to_owned(),
        "aa" => half_day.to_lowercase(),
        "m" => civil.minute.to_string(),
        "mm" => two(civil.minute),
        "s" => civil.second.to_string(),
        "ss" => two(civil.second),
        "Z" => timestamp.offset_rfc3339(),
        "ZZZ" if timestamp.offset_text("") == "+0000" => "UTC".to_owned(),
        "ZZZ" | "ZZZZ" => timestamp.offset_text(""),
        "ZZZZZ" => timestamp.offset_text(":"),
        _ => return Err(verb_problem(token)),
    })
}

fn verb_problem(token: &str) -> String {
    match token.chars().next() {
        Some('Y') => ": year must either be \"YY\" or \"YYYY\"",
        Some('M') => ": month must be \"M\", \"MM\", \"MMM\", or \"MMMM\"",
        Some('D') => ": day of month must either be \"D\" or \"DD\"",
        Some('E') => ": day of week must either be \"EEE\" or \"EEEE\"",
        Some('h') => ": 24-hour must either be \"h\" or \"hh\"",
        Some('H') => ": 12-hour must either be \"H\" or \"HH\"",
        Some('A') => ": must be \"AA\"",
        Some('a') => ": must be \"aa\"",
        Some('m') => ": minute must either be \"m\" or \"mm\"",
        Some('s') => ": second must either be \"s\" or \"ss\"",
        Some('Z') => ": timezone must be Z, ZZZZ, or ZZZZZ",
        _ => "",
    }
    .to_owned()
}
