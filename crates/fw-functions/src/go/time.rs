//! Dates and durations: Go's `time` package, as far as the functions show it.

use super::text::quote;

/// A point in time with an offset from UTC, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timestamp {
    /// Seconds since the Unix epoch.
    pub(crate) seconds: i64,
    pub(crate) nanoseconds: u32,
    /// Seconds east of UTC.
    pub(crate) offset: i64,
}

/// The fields of a date as a clock at the timestamp's offset shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
    /// From Sunday, which is 0.
    pub(crate) weekday: i64,
}

/// What Go's parser could not use: which part of the layout, the text there, or a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ParseError {
    element: &'static str,
    value: String,
    message: String,
}

impl ParseError {
    fn at(element: &'static str, value: &str) -> Self {
        Self { element, value: value.to_owned(), message: String::new() }
    }

    fn with_message(element: &'static str, value: &str, message: impl Into<String>) -> Self {
        Self { element, value: value.to_owned(), message: message.into() }
    }
}

impl Timestamp {
    /// Parses RFC 3339, strictly. The error is a fragment for people.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (timestamp, leniency) = parse_leniently(text).map_err(|error| explain_clock(&error))?;
        match leniency {
            Some(error) => Err(explain_clock(&error)),
            None => Ok(timestamp),
        }
    }

    /// Parses what Go's `time.Parse` takes for RFC 3339, which is a little more.
    pub(crate) fn parse_lenient(text: &str) -> Result<Self, String> {
        parse_leniently(text).map(|(timestamp, _)| timestamp).map_err(|error| explain(&error))
    }

    /// Parses the forms of timestamps that YAML knows, where date and time of day may have short fields.
    pub(crate) fn parse_yaml(text: &str) -> Option<Self> {
        let mut reader = Reader { rest: text };
        let year = reader.year().ok()?;
        reader.separator("-").ok()?;
        let month = reader.field("01", false, 1..=12).ok()?;
        reader.separator("-").ok()?;
        let day = reader.two_digits("02", false).ok()?;
        let introducer = reader.rest.chars().next();
        let (mut second_of_day, mut nanoseconds, mut offset) = (0, 0, 0);
        if introducer.is_some() {
            reader.rest = reader.rest.strip_prefix(['T', 't', ' '])?;
            let hour = reader.field("15", false, 0..=23).ok()?;
            reader.separator(":").ok()?;
            let minute = reader.field("04", false, 0..=59).ok()?;
            reader.separator(":").ok()?;
            second_of_day = hour * 3600 + minute * 60 + reader.field("05", false, 0..=59).ok()?;
            nanoseconds = reader.fraction();
            if introducer != Some(' ') {
                offset = reader.offset().ok()?;
            }
        }
        let valid = reader.rest.is_empty() && (1..=days_in(year, month)).contains(&day);
        let days = days_since_epoch(year, month, day);
        valid.then_some(Self { seconds: days * 86_400 + second_of_day - offset, nanoseconds, offset })
    }

    /// The time `nanoseconds` later, at the same offset.
    pub(crate) fn plus(self, nanoseconds: i64) -> Self {
        let total = i64::from(self.nanoseconds) + nanoseconds.rem_euclid(1_000_000_000);
        Self {
            seconds: self.seconds + nanoseconds.div_euclid(1_000_000_000) + total.div_euclid(1_000_000_000),
            nanoseconds: u32::try_from(total.rem_euclid(1_000_000_000)).unwrap_or_default(),
            offset: self.offset,
        }
    }

    /// The date and time of day at its offset.
    pub(crate) fn civil(self) -> Civil {
        let local = self.seconds + self.offset;
        let (days, second) = (local.div_euclid(86_400), local.rem_euclid(86_400));
        let (year, month, day) = date_of(days);
        Civil {
            year,
            month,
            day,
            hour: second / 3600,
            minute: second / 60 % 60,
            second: second % 60,
            weekday: (days + 4).rem_euclid(7),
        }
    }

    /// The offset as `+hh<colon>mm`.
    pub(crate) fn offset_text(self, colon: &str) -> String {
        let minutes = self.offset / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        format!("{sign}{:02}{colon}{:02}", minutes.abs() / 60, minutes.abs() % 60)
    }

    /// The offset as RFC 3339 wants it: `Z` for UTC.
    pub(crate) fn offset_rfc3339(self) -> String {
        if self.offset == 0 { "Z".to_owned() } else { self.offset_text(":") }
    }

    /// RFC 3339 without fractions of a second.
    pub(crate) fn rfc3339(self) -> String {
        let Civil { year, month, day, hour, minute, second, .. } = self.civil();
        let sign = if year < 0 { "-" } else { "" };
        let year = year.abs();
        format!("{sign}{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{}", self.offset_rfc3339())
    }
}

/// What Go's parser takes for this layout, and what RFC 3339 has against it.
fn parse_leniently(text: &str) -> Result<(Timestamp, Option<ParseError>), ParseError> {
    let mut reader = Reader { rest: text };
    let year = reader.year()?;
    reader.separator("-")?;
    let month = reader.field("01", true, 1..=12)?;
    reader.separator("-")?;
    let day = reader.two_digits("02", true)?;
    reader.separator("T")?;
    let hour_text = reader.rest;
    let hour = reader.field("15", false, 0..=23)?;
    let one_digit_hour = hour_text.as_bytes().get(1) == Some(&b':');
    reader.separator(":")?;
    let minute = reader.field("04", true, 0..=59)?;
    reader.separator(":")?;
    let second = reader.field("05", true, 0..=59)?;
    let comma = reader.rest.starts_with(',');
    let nanoseconds = reader.fraction();
    let offset_text = reader.rest;
    let offset = reader.offset()?;
    if !reader.rest.is_empty() {
        return Err(ParseError::with_message("", reader.rest, format!(": extra text: {}", quote(reader.rest))));
    }
    if day < 1 || day > days_in(year, month) {
        return Err(ParseError::with_message("", "", ": day out of range"));
    }
    let days = days_since_epoch(year, month, day);
    let timestamp =
        Timestamp { seconds: days * 86_400 + hour * 3600 + minute * 60 + second - offset, nanoseconds, offset };
    let leniency = if one_digit_hour {
        let first = hour_text.get(..1).unwrap_or_default();
        Some(ParseError::with_message("15", first, ": hour must have two digits"))
    } else if comma {
        Some(ParseError::with_message(".", ",", ": sub-second separator must be a period"))
    } else if offset.abs() >= 24 * 3600 {
        Some(ParseError::with_message("Z07:00", offset_text, ": timezone hour out of range"))
    } else if offset_text.ends_with("60") {
        Some(ParseError::with_message("Z07:00", offset_text, ": timezone minute out of range"))
    } else {
        None
    };
    Ok((timestamp, leniency))
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a str> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn year(&mut self) -> Result<i64, ParseError> {
        let hold = self.rest;
        let digits = self.take(4).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
        digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| ParseError::at("2006", hold))
    }

    fn separator(&mut self, separator: &'static str) -> Result<(), ParseError> {
        self.rest = self.rest.strip_prefix(separator).ok_or_else(|| ParseError::at(separator, self.rest))?;
        Ok(())
    }

    fn two_digits(&mut self, element: &'static str, exactly: bool) -> Result<i64, ParseError> {
        let count = self.rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
        let hold = self.rest;
        let digits = if count == 0 || exactly && count == 1 { None } else { self.take(count) };
        digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| ParseError::at(element, hold))
    }

    fn field(
        &mut self,
        element: &'static str,
        exactly: bool,
        range: std::ops::RangeInclusive<i64>,
    ) -> Result<i64, ParseError> {
        let number = self.two_digits(element, exactly)?;
        if range.contains(&number) {
            Ok(number)
        } else {
            Err(ParseError::with_message(element, self.rest, format!(": {element} out of range")))
        }
    }

    fn fraction(&mut self) -> u32 {
        let Some(digits) = self.rest.strip_prefix(['.', ',']) else { return 0 };
        let count = digits.bytes().take_while(u8::is_ascii_digit).count();
        if count == 0 {
            return 0;
        }
        let (digits, rest) = digits.split_at(count);
        self.rest = rest;
        digits.bytes().chain(std::iter::repeat(b'0')).take(9).fold(0, |n, digit| n * 10 + u32::from(digit - b'0'))
    }

    fn offset(&mut self) -> Result<i64, ParseError> {
        if let Some(rest) = self.rest.strip_prefix('Z') {
            self.rest = rest;
            return Ok(0);
        }
        let hold = self.rest;
        let fail = || ParseError::at("Z07:00", hold);
        let text = self.take(6).ok_or_else(fail)?;
        let bytes = text.as_bytes();
        let digit = |at: usize| bytes.get(at).filter(|b| b.is_ascii_digit()).map(|b| i64::from(b - b'0'));
        let (hour, minute) = match (digit(1), digit(2), digit(4), digit(5)) {
            (Some(a), Some(b), Some(c), Some(d)) if bytes[3] == b':' => (10 * a + b, 10 * c + d),
            _ => return Err(fail()),
        };
        if hour > 24 || minute > 60 {
            return Err(ParseError::with_message("Z07:00", self.rest, ": time zone offset out of range"));
        }
        match bytes[0] {
            b'+' => Ok((hour * 60 + minute) * 60),
            b'-' => Ok(-(hour * 60 + minute) * 60),
            _ => Err(fail()),
        }
    }
}

/// [`explain`] with more to say about the time of day.
fn explain_clock(error: &ParseError) -> String {
    let value = &error.value;
    match error.element {
        "15" if value.contains(':') => format!("{WRONG}: hour must be between 0 and 23 inclusive"),
        "15" if !value.is_empty() && value.len() != 2 => format!("{WRONG}: hour must have exactly two digits"),
        "04" if !value.is_empty() && value.len() != 2 => format!("{WRONG}: minute must have exactly two digits"),
        _ => explain(error),
    }
}

const WRONG: &str = "not a valid RFC3339 timestamp";

fn explain(error: &ParseError) -> String {
    let value = &error.value;
    if error.element.is_empty() && value.is_empty() && !error.message.is_empty() {
        return format!("{WRONG}{}", error.message);
    }
    let what = match error.element {
        "2006" => "year",
        "01" => "month",
        "02" => "day of month",
        "15" => "hour",
        "04" => "minute",
        "05" => "second",
        "Z07:00" => "UTC offset",
        "T" => return format!("{WRONG}: missing required time introducer 'T'"),
        ":" | "-" if value.is_empty() => {
            return format!("{WRONG}: end of string where {} is expected", quote(error.element));
        }
        ":" | "-" => return format!("{WRONG}: found {} where {} is expected", quote(value), quote(error.element)),
        _ => "timestamp segment",
    };
    if value.is_empty() {
        return format!("{WRONG}: end of string before {what}");
    }
    format!("{WRONG}: cannot use {} as {what}", quote(value))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from the epoch to a date of the Gregorian calendar, counted in years that start in March so that the leap day
/// comes last.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

/// `time.ParseDuration`: nanoseconds.
pub(crate) fn parse_duration(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quote(text));
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    // Go counts up to 2^63, so that the least duration can be written.
    let most = 1u64 << 63;
    let mut total = 0u64;
    while !rest.is_empty() {
        let (whole, after) = digits(rest);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => digits(after),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let unit_length = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let (unit_text, after) = after.split_at(unit_length);
        if unit_text.is_empty() {
            return Err(format!("time: missing unit in duration {}", quote(text)));
        }
        let unit = unit_of(unit_text)
            .ok_or_else(|| format!("time: unknown unit {} in duration {}", quote(unit_text), quote(text)))?;
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_error| invalid())? };
        let part = whole.checked_mul(unit).filter(|n| *n <= most).ok_or_else(invalid)? + fraction_of(fraction, unit);
        total = total.checked_add(part).filter(|n| *n <= most && part <= most).ok_or_else(invalid)?;
        rest = after;
    }
    if negative {
        return Ok(0i64.wrapping_sub_unsigned(total));
    }
    i64::try_from(total).map_err(|_error| invalid())
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

fn unit_of(text: &str) -> Option<u64> {
    Some(match text {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// The digits after the point, in nanoseconds; like Go in floating point, from as many digits as fit.
fn fraction_of(digits: &str, unit: u64) -> u64 {
    let (mut number, mut scale) = (0u64, 1u64);
    for digit in digits.bytes() {
        let Some(next) = number.checked_mul(10).and_then(|n| n.checked_add(u64::from(digit - b'0'))) else { break };
        let Some(next_scale) = scale.checked_mul(10) else { break };
        (number, scale) = (next, next_scale);
    }
    // Exact where Go's double is: units are at most 3.6e12 and what is beyond a nanosecond is cut off.
    let nanoseconds = u128::from(number) * u128::from(unit) / u128::from(scale);
    u64::try_from(nanoseconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps() {
        let parse = |text: &str| Timestamp::parse(text).map(Timestamp::rfc3339);
        assert_eq!(parse("2024-02-29T13:04:05.5+01:00").unwrap(), "2024-02-29T13:04:05+01:00");
        assert_eq!(parse("0000-01-01T00:00:00Z").unwrap(), "0000-01-01T00:00:00Z");
        assert_eq!(parse("2023-02-29T00:00:00Z").unwrap_err(), "not a valid RFC3339 timestamp: day out of range");
        assert_eq!(
            parse("2024-13-01T00:00:00Z").unwrap_err(),
            r#"not a valid RFC3339 timestamp: cannot use "-01T00:00:00Z" as month"#
        );
        assert_eq!(
            parse("2024-02-29T13:04Z").unwrap_err(),
            r#"not a valid RFC3339 timestamp: found "Z" where ":" is expected"#
        );
    }

    #[test]
    fn durations() {
        assert_eq!(parse_duration("-1.5h2m").unwrap(), -5_520_000_000_000);
        assert_eq!(parse_duration("2562047h47m16.854775807s").unwrap(), i64::MAX);
        assert_eq!(parse_duration("1").unwrap_err(), r#"time: missing unit in duration "1""#);
        assert_eq!(parse_duration("1h-5m").unwrap_err(), r#"time: unknown unit "h-" in duration "1h-5m""#);
        assert_eq!(parse_duration("2562048h").unwrap_err(), r#"time: invalid duration "2562048h""#);
    }

    #[test]
    fn dates_there_and_back() {
        for days in (-800_000..800_000).step_by(37) {
            let (year, month, day) = date_of(days);
            assert_eq!(days_since_epoch(year, month, day), days);
        }
    }
}
