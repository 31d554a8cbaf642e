//! Flags as Go's flag package has them, which scripts rely on: one dash or two, `-name=value` or `-name value`, switches
//! only with `=`, and no flags after the first positional argument.

use std::time::Duration;

use fw_value::go_quoted;

/// A flag that a command takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flag {
    /// Its name without dashes.
    pub(crate) name: &'static str,
    /// What it takes.
    pub(crate) takes: Takes,
}

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// Nothing, or `=true` and `=false`.
    Switch,
    /// Text.
    Text,
    /// A whole number.
    Number,
    /// A duration like `1m30s`.
    Duration,
}

impl Flag {
    /// A switch.
    #[must_use]
    pub(crate) const fn switch(name: &'static str) -> Self {
        Self { name, takes: Takes::Switch }
    }

    /// A flag with text.
    #[must_use]
    pub(crate) const fn text(name: &'static str) -> Self {
        Self { name, takes: Takes::Text }
    }

    /// A flag with a number.
    #[must_use]
    pub(crate) const fn number(name: &'static str) -> Self {
        Self { name, takes: Takes::Number }
    }

    /// A flag with a duration.
    #[must_use]
    pub(crate) const fn duration(name: &'static str) -> Self {
        Self { name, takes: Takes::Duration }
    }
}

/// Why flags cannot be parsed, in Go's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FlagError(pub(crate) String);

/// The arguments of a command, parsed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// Flags in the order given, with their values; switches have `true` or `false`.
    given: Vec<(&'static str, String)>,
    /// What follows the flags.
    pub(crate) positional: Vec<String>,
}

impl Arguments {
    /// Parses arguments. On an error the flags before it are there all the same, since they may say how to tell of it.
    #[must_use]
    pub(crate) fn parse(known: &[Flag], arguments: &[String]) -> (Self, Option<FlagError>) {
        let mut parsed = Self::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let Some(name) = argument.strip_prefix('-').filter(|name| !name.is_empty()) else {
                parsed.positional.push(argument.clone());
                break;
            };
            let name = name.strip_prefix('-').unwrap_or(name);
            if name.is_empty() {
                break;
            }
            match parsed.flag_given(known, argument, name, &mut rest) {
                Ok(flag) => parsed.given.push(flag),
                Err(error) => return (parsed, Some(FlagError(error))),
            }
        }
        parsed.positional.extend(rest.cloned());
        (parsed, None)
    }

    fn flag_given<'a>(
        &self,
        known: &[Flag],
        argument: &str,
        name: &str,
        rest: &mut impl Iterator<Item = &'a String>,
    ) -> Result<(&'static str, String), String> {
        if name.starts_with(['-', '=']) {
            return Err(format!("bad flag syntax: {argument}"));
        }
        let (name, value) = name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value)));
        let Some(flag) = known.iter().find(|flag| flag.name == name) else {
            return Err(if name == "help" || name == "h" {
                "flag: help requested".to_owned()
            } else {
                format!("flag provided but not defined: -{name}")
            });
        };
        if flag.takes == Takes::Switch {
            let value = value.unwrap_or("true");
            let is_on = switch(value)
                .ok_or_else(|| format!("invalid boolean value {} for -{name}: parse error", go_quoted(value)))?;
            return Ok((flag.name, is_on.to_string()));
        }
        let value = match value {
            Some(value) => value,
            None => rest.next().ok_or_else(|| format!("flag needs an argument: -{name}"))?,
        };
        let valid = match flag.takes {
            Takes::Number => number(value).map(drop),
            Takes::Duration => duration(value).map(drop).ok_or("parse error"),
            Takes::Switch | Takes::Text => Ok(()),
        };
        valid.map_err(|why| format!("invalid value {} for flag -{name}: {why}", go_quoted(value)))?;
        Ok((flag.name, value.to_owned()))
    }

    /// Whether a switch is on; the last one given counts.
    #[must_use]
    pub(crate) fn switch(&self, name: &str, default: bool) -> bool {
        self.text(name).map_or(default, |value| value == "true")
    }

    /// The value of a flag; the last one given counts.
    #[must_use]
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.given.iter().rev().find(|(given, _)| *given == name).map(|(_, value)| value.as_str())
    }

    /// All values of a flag that may be repeated.
    #[must_use]
    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        self.given.iter().filter(|(given, _)| *given == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The value of a flag with a number.
    #[must_use]
    pub(crate) fn number(&self, name: &str, default: i64) -> i64 {
        self.text(name).and_then(|value| number(value).ok()).unwrap_or(default)
    }

    /// The value of a flag with a duration; a negative one counts as none.
    #[must_use]
    pub(crate) fn duration(&self, name: &str) -> Duration {
        self.text(name).and_then(duration).unwrap_or_default()
    }

    /// All flags in the order given.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.given.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

fn switch(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn number(text: &str) -> Result<i64, &'static str> {
    let (digits, sign) = text.strip_prefix('-').map_or((text.strip_prefix('+').unwrap_or(text), 1), |rest| (rest, -1));
    let prefixes = [("0x", 16), ("0X", 16), ("0b", 2), ("0B", 2), ("0o", 8), ("0O", 8), ("0", 8), ("", 10)];
    let (digits, radix) = prefixes
        .into_iter()
        .find_map(|(prefix, radix)| digits.strip_prefix(prefix).filter(|d| !d.is_empty()).map(|d| (d, radix)))
        .unwrap_or((digits, 10));
    let parsed = i128::from_str_radix(&digits.replace('_', ""), radix).map_err(|error| match error.kind() {
        std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => "value out of range",
        _ => "parse error",
    })?;
    i64::try_from(parsed * sign).map_err(|_out_of_range| "value out of range")
}

/// A duration as Go writes it; a negative one is no time at all.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let (rest, negative) =
        text.strip_prefix('-').map_or((text.strip_prefix('+').unwrap_or(text), false), |r| (r, true));
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = rest;
    let mut seconds = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (amount, after) = rest.split_at(digits);
        let unit_end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let factor = match unit {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        seconds += amount.parse::<f64>().ok()? * factor;
        rest = after;
    }
    if negative { Some(Duration::ZERO) } else { Duration::try_from_secs_f64(seconds).ok() }
}

#[cfg(test)]
mod tests;
