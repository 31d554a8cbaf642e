//! Texts made to break parsers. Quadratic work or a used-up stack would show as a test that never ends or a crash; the
//! stack of a test thread is small.

use fw_syntax::ast::ExprKind;

use crate::FILE;

const LEVELS: usize = 10_000;

/// Parses, compares with a copy, and drops all.
fn survives(text: &str) -> usize {
    let (body, problems) = fw_syntax::parse_native(FILE, text);
    let copies: Vec<_> = body.attributes.iter().map(|a| (*a.expr).clone()).collect();
    assert_eq!(copies.len(), body.attributes.len());
    problems.len()
}

#[test]
fn ten_thousand_levels_of_each_kind_of_nesting() {
    let wrap =
        |open: &str, inside: &str, close: &str| format!("{}{inside}{}", open.repeat(LEVELS), close.repeat(LEVELS));
    for (open, inside, close) in [
        ("(", "1", ")"),
        ("[", "1", "]"),
        ("{a=", "1", "}"),
        ("f(", "1", ")"),
        ("a[", "1", "]"),
        ("\"${", "1", "}\""),
        ("[for x in y : ", "1", "]"),
        ("-", "1", ""),
        ("!", "a", ""),
        ("a ? b : ", "c", ""),
        ("a ? ", "c", " : b"),
        ("\"%{if a}${", "1", "}%{endif}\""),
    ] {
        let text = format!("x = {}\n", wrap(open, inside, close));
        assert_eq!(survives(&text), 0, "{open}");
    }
    assert_eq!(survives(&format!("x = a{}\n", "[*]".repeat(LEVELS))), 0);
    assert_eq!(survives(&format!("x = \"{}\"\n", wrap("%{if a}", "b", "%{endif}"))), 0);
    assert_eq!(survives(&format!("x = a{}\n", ".b[0]".repeat(LEVELS))), 0);
    assert_eq!(survives(&wrap("a {\n", "", "}\n")), 0);
    let (body, problems) = fw_syntax::parse_json(FILE, &format!("{{\"a\":{}}}", wrap("[", "1", "]")));
    assert!(problems.is_empty());
    assert_eq!(body.just_attributes().0.len(), 1);
}

#[test]
fn nesting_beyond_the_limit_is_refused_in_one_sentence() {
    for text in [format!("x = {}\n", "[".repeat(1_000_000)), format!("x = {}\n", "(".repeat(1_000_000))] {
        let (_, problems) = fw_syntax::parse_native(FILE, &text);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems.iter().next().unwrap().summary, "Nesting too deep");
    }
    let (_, problems) = fw_syntax::parse_json(FILE, &"[".repeat(1_000_000));
    assert!(problems.iter().any(|p| p.summary == "Nesting too deep"));
}

#[test]
fn long_chains() {
    assert_eq!(survives(&format!("x = 1{}\n", " + 1".repeat(100_000))), 0);
    assert_eq!(survives(&format!("x = a{}\n", " && a".repeat(100_000))), 0);
    assert_eq!(survives(&format!("x = {}e\n", "a ? b : ".repeat(100))), 0);
}

#[test]
fn large_objects_and_bodies() {
    let items: String = (0..20_000).map(|i| format!("  key_{i} = {i}\n")).collect();
    let text = format!("x = {{\n{items}}}\nb {{\n{items}}}\n");
    let (body, problems) = fw_syntax::parse_native(FILE, &text);
    assert!(problems.is_empty());
    let ExprKind::Object(found) = &body.attributes[0].expr.kind else { panic!("not an object") };
    assert_eq!((found.len(), body.blocks[0].body.attributes.len()), (20_000, 20_000));
    assert_eq!(fw_syntax::fmt::format(&text).unwrap().lines().count(), text.lines().count());
    let items: Vec<String> = (0..20_000).map(|i| format!("\"key_{i}\": {i}")).collect();
    let (body, _) = fw_syntax::parse_json(FILE, &format!("{{{}}}", items.join(",")));
    assert_eq!(body.just_attributes().0.len(), 20_000);
}

#[test]
fn three_megabytes_in_a_heredoc() {
    let line = "      some text with ${an.interpolation} and a %{ if x }directive%{ endif } and $ % signs\n";
    let text = format!("x = <<-E\n{}    E\n", line.repeat(3_000_000 / line.len()));
    assert_eq!(survives(&text), 0);
    assert_eq!(survives(&format!("x = <<E\n{}\nE\n", "a\n".repeat(1_500_000))), 0);
}

#[test]
fn much_of_what_is_wrong() {
    for piece in [
        "}\n",
        "{",
        "\"",
        "${",
        "/*",
        "<<E\n",
        "a = \n",
        "a b\n",
        "'",
        "%{",
        "\u{201c}",
        "=",
        "a = [1 2]\n",
        "~}",
        "\\",
        "a.",
        "?:",
    ] {
        let text = piece.repeat(200_000 / piece.len());
        survives(&text);
        survives(&format!("x = \"{text}"));
        survives(&format!("x = {text}"));
        drop(fw_syntax::parse_template(FILE, &text));
        drop(fw_syntax::parse_json(FILE, &text));
    }
}
