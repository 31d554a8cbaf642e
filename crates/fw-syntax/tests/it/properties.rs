//! What holds for every text.

use proptest::prelude::*;

use crate::FILE;

const PIECES: &[&str] = &[
    "a",
    "b1",
    " ",
    " = ",
    "\n",
    "\"",
    "${",
    "}",
    "{",
    "[",
    "]",
    "(",
    ")",
    ",",
    "1",
    "1.5",
    ".",
    "*",
    "...",
    "=>",
    "? ",
    " : ",
    "%{",
    "if ",
    "for ",
    " in ",
    "else",
    "endif",
    "endfor",
    "<<E\n",
    "<<-E\n",
    "\nE\n",
    "# c\n",
    "/* c */",
    "-",
    "!",
    "&&",
    "~",
    "\\n",
    "$${",
    "\u{e9}",
    "\r\n",
    "null",
    "::",
    "resource \"a\" \"b\" {\n",
    "x = 1\n",
];

/// Texts made of pieces of the language, so that they are nearly right.
fn nearly_right() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(PIECES), 0..60).prop_map(|p| p.concat())
}

proptest! {
    #[test]
    fn nothing_panics_and_spans_are_inside(text in nearly_right()) {
        let (body, problems) = fw_syntax::parse_native(FILE, &text);
        for problem in &problems {
            let subject = problem.subject.expect("syntax problems have a place");
            prop_assert!(subject.start <= subject.end && subject.end as usize <= text.len());
            prop_assert!(text.is_char_boundary(subject.start as usize) && text.is_char_boundary(subject.end as usize));
        }
        for attribute in &body.attributes {
            let span = attribute.name.span;
            prop_assert_eq!(text.get(span.start as usize..span.end as usize), Some(&*attribute.name.name));
        }
        drop(fw_syntax::parse_template(FILE, &text));
        drop(fw_syntax::parse_traversal(FILE, &text));
    }

    #[test]
    fn formatting_changes_nothing_twice_and_no_meaning(text in nearly_right()) {
        if let Ok(once) = fw_syntax::fmt::format(&text) {
            let (before, _) = fw_syntax::parse_native(FILE, &text);
            let (after, problems) = fw_syntax::parse_native(FILE, &once);
            prop_assert!(problems.is_empty());
            prop_assert_eq!(before.attributes.len(), after.attributes.len());
            prop_assert_eq!(before.blocks.len(), after.blocks.len());
        }
    }

    #[test]
    fn any_json_is_read_or_refused(text in "[\\[\\]{}\",:a1\\\\ntu\n -.]{0,40}") {
        let (body, problems) = fw_syntax::parse_json(FILE, &text);
        drop(body.just_attributes());
        let sound = serde_like_is_sound(&text);
        if sound {
            prop_assert!(problems.is_empty());
        }
    }
}

/// Whether brackets and quotes balance to nothing at all: the one sound text that is easy to tell.
fn serde_like_is_sound(text: &str) -> bool {
    matches!(text.trim(), "{}" | "[]")
}
