//! Patterns where Go and the `regex` crate differ.

use super::Regexp;

fn first(pattern: &str, text: &str) -> Result<Option<String>, String> {
    match Regexp::new(pattern) {
        Ok(regexp) => Ok(regexp.first(text).and_then(|parts| parts[0].map(str::to_owned))),
        Err(error) => Err(format!("{} in {}", error.problem, error.part)),
    }
}

#[test]
fn the_same_meaning() {
    for (pattern, text, expected) in [
        (r"\d+", "１２3", Some("3")),
        (r"\w+", "é_a", Some("_a")),
        (r"\s", "\u{a0} ", Some(" ")),
        (r"\bfoo\b", "éfoo", Some("foo")),
        (r"\Bo", "foo", Some("o")),
        (r"\Qa.b\E+", "xa.bb", Some("a.bb")),
        (r"a{,2}", "a{,2}", Some("a{,2}")),
        (r"[a&&b]+", "&a", Some("&a")),
        (r"[]a]", "]", Some("]")),
        (r"[[:alpha:]-]+", "1a-b", Some("a-b")),
        (r"\012", "\n", Some("\n")),
        (r"\x{4e2d}", "中", Some("中")),
        (r"\p{Greek}+", "abγδ", Some("γδ")),
        (r"\pN", "a1", Some("1")),
        (r"(?U)a+", "aaa", Some("a")),
        (r"(?P<1a>x)", "x", Some("x")),
        (r"#a b", "#a b", Some("#a b")),
        (r"\_\-\/", "_-/", Some("_-/")),
        (r"[^\x00-\x{10FFFF}]", "a", None),
        ("a$", "a\n", None),
    ] {
        assert_eq!(first(pattern, text).unwrap().as_deref(), expected, "{pattern}");
    }
}

#[test]
fn errors() {
    for (pattern, expected) in [
        ("(", "missing closing ) in ("),
        (")", "unexpected ) in )"),
        ("[a", "missing closing ] in [a"),
        ("[z-a]", "invalid character class range in z-a"),
        ("*a", "missing argument to repetition operator in *"),
        ("a**", "invalid nested repetition operator in **"),
        ("a{1001}", "invalid repeat count in {1001}"),
        (r"\C", r"invalid escape sequence in \C"),
        (r"\1", r"invalid escape sequence in \1"),
        ("\\", "trailing backslash at end of expression in "),
        ("(?=a)", "invalid or unsupported Perl syntax in (?="),
        ("(?P<n", "invalid named capture in (?P<n"),
        (r"\p{Nope}", r"invalid character class range in \p{Nope}"),
        ("[[:nope:]]", "invalid character class range in [:nope:]"),
    ] {
        assert_eq!(first(pattern, "").unwrap_err(), expected, "{pattern}");
    }
}

#[test]
fn replacing() {
    let replace = |pattern: &str, text: &str, template: &str| Regexp::new(pattern).unwrap().replace_all(text, template);
    assert_eq!(replace("(a)(b)?", "aab", "[$1|${2}|$$|$1a|$"), "[a||$||$[a|b|$||$");
    assert_eq!(replace("(?P<x>.)", "ab", "<$x>"), "<a><b>");
    assert_eq!(replace("a*", "baac", "-"), "-b-c-");
}
