//! Files that are right.

use insta::assert_snapshot;

use crate::check;

#[test]
fn attributes_and_blocks_with_places() {
    assert_snapshot!(check("a = 1 # one\n/* two */ b = \"x\"\nresource \"t\" n {\n  c = [\n    2,\n  ]\n\n  inner {}\n}\nempty {\n}\n"), @"");
}

#[test]
fn blocks_on_one_line_hold_one_attribute() {
    assert_snapshot!(check("a { b = 1 }\nc {}\nd { e = { f = 1 } }\n"), @"");
}

#[test]
fn line_endings_byte_order_mark_and_a_missing_last_newline() {
    assert_snapshot!(check("\u{feff}a = 1\r\nb {\r\n  c = <<E\r\n x\r\nE\r\n}\r\nd = 2"), @"");
}

#[test]
fn nothing_at_all() {
    assert_snapshot!(check(""), @"");
    assert_snapshot!(check("\n# only a comment"), @"");
}
