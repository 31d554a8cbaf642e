//! Numbers: parsing, arithmetic, printing.

use super::*;

fn n(text: &str) -> Number {
    Number::parse(text).unwrap()
}

#[test]
fn text_forms() {
    for (input, expected) in [
        ("1", "1"),
        ("-0", "-0"),
        ("007", "7"),
        (".5", "0.5"),
        ("5.", "5"),
        ("+1", "1"),
        ("1e2", "100"),
        ("1p3", "8"),
        ("0.1", "0.1"),
        ("1e-7", "0.0000001"),
        ("9007199254740993", "9007199254740993"),
        ("Inf", "+Inf"),
    ] {
        assert_eq!(n(input).to_string(), expected, "{input}");
    }
    for bad in ["", " 1", "0x10", "1_000", "NaN", "1e", "--1", ".", "e5", "1.2.3", "1e99999999999999999999"] {
        assert!(Number::parse(bad).is_none(), "{bad}");
    }
}

#[test]
fn known_results() {
    assert_eq!(n("0.1").add(&n("0.2")).unwrap(), n("0.3"));
    assert_eq!(n("1").divide(&n("3")).unwrap().multiply(&n("3")).unwrap(), n("1"));
    assert_eq!(n("-5").modulo(&n("3")).unwrap(), n("-2"));
    assert_eq!(n("5").modulo(&n("-3")).unwrap(), n("2"));
    assert_eq!(n("5").modulo(&n("0")).unwrap(), n("5"));
    assert_eq!(n("0").divide(&n("0")), Err(NotANumber));
    assert!(n("5").divide(&n("0")).unwrap().is_infinite());
    assert_eq!(n("1234567890123").to_short_string(), "1.23456789e+12");
    assert_eq!(n("1000000").to_go_string(), "1e+06");
}
