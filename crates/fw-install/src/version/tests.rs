//! What terraform 1.11.4 selects and prints, observed with a mirror of these versions.

use super::*;

const AVAILABLE: [&str; 6] = ["1.0.0", "1.2.0", "1.2.5", "2.0.0-beta1", "2.1.0", "3.0.0-rc1"];

fn selected(constraints: &str) -> String {
    let versions: Vec<Version> = AVAILABLE.iter().map(|v| v.parse().unwrap()).collect();
    let constraints: Constraints = constraints.parse().unwrap();
    constraints.newest(&versions).map_or_else(|| "none".to_owned(), ToString::to_string)
}

fn normal(constraints: &str) -> String {
    match constraints.parse::<Constraints>() {
        Ok(constraints) => constraints.to_string(),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn the_newest_admitted_version_is_selected() {
    for (constraints, expected) in [
        ("1.2", "1.2.0"),
        ("~> 1", "1.2.5"),
        ("~> 1.2.0", "1.2.5"),
        ("!= 1.2", "2.1.0"),
        ("<= 1.2", "1.2.0"),
        ("<= 1", "1.0.0"),
        ("1", "1.0.0"),
        (">= 1.2, != 2.1", "1.2.5"),
        ("> 1, < 2", "1.2.5"),
        ("> 5", "none"),
        ("=1.2.0+meta", "none"),
    ] {
        assert_eq!(selected(constraints), expected, "{constraints}");
    }
}

#[test]
fn prereleases_must_be_named_exactly() {
    for (constraints, expected) in [
        (">= 3.0.0-rc1", "none"),
        ("3.0.0-rc1", "3.0.0-rc1"),
        ("~> 2.0.0-beta1", "none"),
        (">= 2.0.0-beta1, < 2.0.0", "none"),
        ("> 2.0.0-beta0", "2.1.0"),
        ("3.0.0-rc1, > 3", "none"),
        ("3.0.0-rc1, >= 2", "3.0.0-rc1"),
        ("2.0.0-beta1, ~> 2.0", "none"),
        ("~> 2.0.0-beta1, 2.0.0-beta1", "2.0.0-beta1"),
    ] {
        assert_eq!(selected(constraints), expected, "{constraints}");
    }
}

#[test]
fn constraints_have_a_normal_form() {
    for (constraints, expected) in [
        ("~> 1.0, >= 1.2, != 1.2.5", "~> 1.0, >= 1.2.0, != 1.2.5"),
        (">= 1", ">= 1.0.0"),
        ("<2,>1.0,>=1.0.0,<= 2.0.0", "> 1.0.0, >= 1.0.0, <= 2.0.0, < 2.0.0"),
        ("~> 1", "~> 1.0"),
        ("1.2.0, 1.2.0", "1.2.0"),
        (">=1.0.0 , >=1.0", ">= 1.0.0"),
        ("!= 1.2.0, ~> 1.2, >= 0.9, < 3", ">= 0.9.0, ~> 1.2, != 1.2.0, < 3.0.0"),
        ("~> 2.0.0-beta1, >= 1.0.0", ">= 1.0.0, ~> 2.0.0-beta1"),
        (
            "<= 1.0.0, ~> 1.0, ~> 1.0.0, >= 1.0.0, != 1.0.0, < 1.0.0, 1.0.0, > 1.0.0",
            "> 1.0.0, >= 1.0.0, 1.0.0, ~> 1.0.0, ~> 1.0, <= 1.0.0, < 1.0.0, != 1.0.0",
        ),
        ("> 1.0-x", "> 1.0.0-x"),
        (">1-beta", "> 1.0.0-beta"),
        ("1.0.0+a, 1.0.0+b", "1.0.0+a, 1.0.0+b"),
        (">= 01.2", ">= 1.2.0"),
        ("v1.2.0", "error: a \"v\" prefix should not be used"),
        (
            "> 1.0.0.0",
            "error: invalid specification \"1.0.0.0\": too many numbered portions; only three are allowed (major, minor, patch)",
        ),
    ] {
        assert_eq!(normal(constraints), expected, "{constraints}");
    }
}

#[test]
fn what_is_no_constraint_is_refused() {
    for wrong in [
        "",
        "1.x",
        "=>1",
        "1.0 2.0",
        ">= 1.0,",
        ", 1.0",
        "1..0",
        "^1.0",
        "*",
        "1.*",
        ">= a",
        "! 1.0",
        "== 1.0",
        "> 99999999999999999999",
        "1.0-",
        "1.0.0-é",
    ] {
        assert!(wrong.parse::<Constraints>().is_err(), "{wrong}");
    }
}
