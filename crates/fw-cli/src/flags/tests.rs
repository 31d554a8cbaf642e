//! Flags, checked against what Go's package does.

use super::{Arguments, Flag, duration};
use std::time::Duration;

const KNOWN: &[Flag] = &[
    Flag::switch("lock"),
    Flag::switch("json"),
    Flag::text("out"),
    Flag::text("var"),
    Flag::number("parallelism"),
    Flag::duration("lock-timeout"),
];

fn parse(line: &str) -> (Arguments, Option<String>) {
    let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    let (parsed, error) = Arguments::parse(KNOWN, &arguments);
    (parsed, error.map(|e| e.0))
}

#[test]
fn both_ways_of_giving_values() {
    let (parsed, error) = parse("-out a --out=b -lock=false -json -var x=1 -var=y=2 file -json=false");
    assert_eq!(error, None);
    assert_eq!(parsed.text("out"), Some("b"));
    assert!(!parsed.switch("lock", true));
    assert!(parsed.switch("json", false));
    assert_eq!(parsed.texts("var"), ["x=1", "y=2"]);
    assert_eq!(parsed.positional, ["file", "-json=false"]);
}

#[test]
fn a_double_dash_ends_the_flags() {
    assert_eq!(parse("-json -- -out").0.positional, ["-out"]);
    assert_eq!(parse("- -out").0.positional, ["-", "-out"]);
}

#[test]
fn what_is_wrong() {
    for (line, expected) in [
        ("-bogus", "flag provided but not defined: -bogus"),
        ("-lock=xx", "invalid boolean value \"xx\" for -lock: parse error"),
        ("-lock-timeout=xx", "invalid value \"xx\" for flag -lock-timeout: parse error"),
        ("-parallelism=a", "invalid value \"a\" for flag -parallelism: parse error"),
        (
            "-parallelism=99999999999999999999",
            "invalid value \"99999999999999999999\" for flag -parallelism: value out of range",
        ),
        ("-out", "flag needs an argument: -out"),
        ("---out", "bad flag syntax: ---out"),
        ("-=out", "bad flag syntax: -=out"),
        ("-help=true", "flag: help requested"),
    ] {
        assert_eq!(parse(line).1.as_deref(), Some(expected), "{line}");
    }
}

#[test]
fn flags_before_an_error_count() {
    let (parsed, error) = parse("-json -bogus -lock=false");
    assert!(error.is_some());
    assert!(parsed.switch("json", false) && parsed.switch("lock", true));
}

#[test]
fn durations() {
    for (text, expected) in [
        ("1m30s", Some(Duration::from_secs(90))),
        ("1.5h", Some(Duration::from_secs(5400))),
        ("10ms", Some(Duration::from_millis(10))),
        ("0", Some(Duration::ZERO)),
        ("-3s", Some(Duration::ZERO)),
        ("3", None),
        ("", None),
        ("s", None),
    ] {
        assert_eq!(duration(text), expected, "{text}");
    }
}

#[test]
fn numbers_in_other_bases() {
    assert_eq!(parse("-parallelism=0x10").0.number("parallelism", 1), 16);
    assert_eq!(parse("-parallelism -3").0.number("parallelism", 1), -3);
    assert_eq!(parse("-parallelism=0").0.number("parallelism", 1), 0);
}
