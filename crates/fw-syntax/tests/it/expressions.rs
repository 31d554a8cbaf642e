//! Expressions.

use insta::assert_snapshot;

use crate::check_expressions;

#[test]
fn literals_keep_what_is_written() {
    assert_snapshot!(check_expressions(&[
        "1", "007", "1.50", "1e3", "1E+3", "1.5e-3", "9007199254740993", "true", "false", "null", "\"\"", "1.2.3", "1..2",
        "1.", "0x10", "1_000",
    ]), @"");
}

#[test]
fn operators_bind_in_six_levels_from_the_left() {
    assert_snapshot!(check_expressions(&[
        "a || b && c", "a == b != c", "a < b == c > d", "1 + 2 * 3 - 4 / 5 % 6", "1 - 2 - 3", "-a + b", "-a.b[0]", "!a && b",
        "- - 1", "!!a", "a ? b : c ? d : e", "a ? b ? c : d : e", "(a + b) * c", "a && b ? c || d : e", "a-b", "a - b",
    ]), @"");
}

#[test]
fn references_and_indexes() {
    assert_snapshot!(check_expressions(&[
        "a", "a.b.c", "a[0].b", "a[\"k\"]", "a[\"k${x}\"]", "a[b]", "a[-1]", "a[(1)]", "a[null]", "a[true]", "a.0", "a.0.b",
        "a.0.1", "a.", "a.5c", "(a).b", "f(x).y[0]", "f(x)[y]", "\"s\".a", "[1][0]", "{a = 1}.a", "a[\n0\n]", "a[0", "a[",
    ]), @"");
}

#[test]
fn splats() {
    assert_snapshot!(check_expressions(&[
        "a.*", "a.*.b", "a.*.b.c[0]", "a.*.0.b", "a.*.0.1", "a[*]", "a[*].b[0].c", "a[*][*].b", "a.b[*].c.*.d", "a.*.*", "a.*.",
        "a[*", "a[*b]",
    ]), @"");
}

#[test]
fn calls() {
    assert_snapshot!(check_expressions(&[
        "f()", "f(a, b)", "f(a, b,)", "f(a...)", "f(\na\n,\nb\n)", "provider::aws::arn_parse(x)", "core::upper(x)", "f (a)",
        "f(a b)", "f(a", "f(,)", "f(a...b)", "a::", "a::b", "a::1(b)",
    ]), @"");
}

#[test]
fn tuples_and_objects() {
    assert_snapshot!(check_expressions(&[
        "[]", "[1, 2,]", "[\n1\n,\n2\n]", "[1 2]", "[1", "{}", "{a = 1, b = 2}", "{a = 1\nb = 2\n}", "{a: 1}", "{\"a b\" = 1}",
        "{(a) = 1}", "{\"${a}\" = 1}", "{a.b = 1}", "{1 = 2}", "{true = 1}", "{null = 1}", "{a = 1, a = 2}", "{a}", "{a b}",
        "{a = 1 b = 2}", "{a = 1,\n\n# c\nb = 2}", "{,}", "{a = 1", "{a", "{\"a\"}", "{a = 1;}",
    ]), @"");
}

#[test]
fn for_expressions() {
    assert_snapshot!(check_expressions(&[
        "[for x in y : x]", "[for k, v in y : k if v]", "{for k, v in y : k => v}", "{for k, v in y : k => v... if k}",
        "{\n  for k, v in y :\n  k => v\n}", "[for x in y : x...]", "[for x in y : x => x]", "{for x in y : x}", "[for]",
        "[for x,]", "[for x y]", "[for x in y]", "[for x in y : x y]", "[for in in in : in]", "{for : 1}", "[for x in : x]",
    ]), @"");
}

#[test]
fn newlines_end_expressions_only_outside_of_brackets() {
    assert_snapshot!(check_expressions(&[
        "(a\n+\nb)", "a /* c */ + b # d", "a // c", "a #\n+ b", "a b", "a\n\nb", "", "\u{feff}a",
    ]), @"");
}

#[test]
fn names_are_unicode() {
    assert_snapshot!(check_expressions(&["\u{e9}t\u{e9}", "e\u{301}", "\u{4e2d}\u{6587}.\u{3042}", "_x", "a-b-1", "1a", "\u{2460}"]), @"");
}

#[test]
fn characters_of_other_languages_are_pointed_out() {
    assert_snapshot!(check_expressions(&[
        "'a'", "`a`", "a & b", "a | b", "a ^ b", "~a", "a;b", "\u{201c}a\u{201d}", "a \u{0} b", "\u{1f600}", "a ** b", "@a",
    ]), @"");
}
