//! Files that are right.

use insta::assert_snapshot;

use crate::check;

#[test]
fn attributes_and_blocks_with_places() {
    assert_snapshot!(check("a = 1 # one\n/* two */ b = \"x\"\nresource \"t\" n {\n  c = [\n    2,\n  ]\n\n  inner {}\n}\nempty {\n}\n"), @r#"
        a@0-1 = 1 @4-5
        b@22-23 = <"x"> @26-29
        resource@30-38 "t"@39-42 "n"@43-44 {@45-46
          c@49-50 = [2] @53-65
          inner@69-74 {@75-76
          }@76-77
        }@78-79
        empty@80-85 {@86-87
        }@88-89
        "#);
}

#[test]
fn blocks_on_one_line_hold_one_attribute() {
    assert_snapshot!(check("a { b = 1 }\nc {}\nd { e = { f = 1 } }\n"), @r#"
        a@0-1 {@2-3
          b@4-5 = 1 @8-9
        }@10-11
        c@12-13 {@14-15
        }@15-16
        d@17-18 {@19-20
          e@21-22 = {f = 1} @25-34
        }@35-36
        "#);
}

#[test]
fn line_endings_byte_order_mark_and_a_missing_last_newline() {
    assert_snapshot!(check("\u{feff}a = 1\r\nb {\r\n  c = <<E\r\n x\r\nE\r\n}\r\nd = 2"), @r#"
        a@3-4 = 1 @7-8
        d@36-37 = 2 @40-41
        b@10-11 {@12-13
          c@17-18 = <" x\r\n"> @21-31
        }@33-34
        "#);
}

#[test]
fn nothing_at_all() {
    assert_snapshot!(check(""), @"");
    assert_snapshot!(check("\n# only a comment"), @"");
}
