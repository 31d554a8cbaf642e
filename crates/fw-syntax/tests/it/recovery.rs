//! Files that are wrong: everything wrong is said at once, and what is right is read.

use insta::assert_snapshot;

use crate::check_problems;

#[test]
fn each_item_is_judged_by_itself() {
    assert_snapshot!(check_problems("a = \nb = 2\nc = [1 2]\nd = f(\n  1 2\n)\ne = 3\nf { g = }\nh = 4\n"), @"");
}

#[test]
fn inside_blocks_too() {
    assert_snapshot!(check_problems("x \"y\" {\n  a = 1 +\n  b = 2\n  c\n  d = \"${e\"\n  f = 3\n}\ny {\n  g = )\n}\nz {}\n"), @"");
}

#[test]
fn unclosed_things() {
    assert_snapshot!(check_problems("a {\n  b = 1\n"), @"");
    assert_snapshot!(check_problems("a = [\n  1,\n"), @"");
    assert_snapshot!(check_problems("a = {\n  b = 1\n"), @"");
    assert_snapshot!(check_problems("a = f(1,\n"), @"");
    assert_snapshot!(check_problems("a = \"b\n"), @"");
    assert_snapshot!(check_problems("a = <<E\nb\n"), @"");
    assert_snapshot!(check_problems("a { b = 1"), @"");
    assert_snapshot!(check_problems("a /* b\n"), @"");
    assert_snapshot!(check_problems("a = (1\n"), @"");
}

#[test]
fn stray_things() {
    assert_snapshot!(check_problems("}\na = 1\n"), @"");
    assert_snapshot!(check_problems("\"a\" = 1\nb = 2\n\"c\" = 3\n"), @"");
    assert_snapshot!(check_problems("1 = 2\n= 3\na = 1\n"), @"");
    assert_snapshot!(check_problems("a = 1, b = 2\nc = 3 d = 4\ne = 5\n"), @"");
    assert_snapshot!(check_problems("a {} b {}\nc = 1\n"), @"");
}

#[test]
fn headers_of_blocks() {
    assert_snapshot!(check_problems("a \"b\"\n{\n}\n"), @"");
    assert_snapshot!(check_problems("a \"b\" = 1\nc \"d\" 5 {}\n"), @"");
    assert_snapshot!(check_problems("a \"${b}\" {\n}\n"), @"");
    assert_snapshot!(check_problems("a \"b {\n}\n"), @"");
    assert_snapshot!(check_problems("a\nb\nc = 1\n"), @"");
}

#[test]
fn blocks_on_one_line() {
    assert_snapshot!(check_problems("a { b = 1, c = 2 }\nd = 1\n"), @"");
    assert_snapshot!(check_problems("a { b = 1\n}\nd = 1\n"), @"");
    assert_snapshot!(check_problems("a { b {} }\nd = 1\n"), @"");
    assert_snapshot!(check_problems("a { b }\nd = 1\n"), @"");
    assert_snapshot!(check_problems("a { 1 }\nd = 1\n"), @"");
}

#[test]
fn an_argument_is_set_once() {
    assert_snapshot!(check_problems("a = 1\nb {\n  a = 2\n  a = 3\n}\na = 4\n"), @"");
}
