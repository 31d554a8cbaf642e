//! JSON syntax.

use fw_syntax::BodySchema;
use fw_syntax::ast::{ExprKind, TemplatePart};
use insta::assert_snapshot;

use crate::{FILE, check_json, render};

fn schema() -> BodySchema {
    BodySchema::new(
        &[("description", false), ("must", false)],
        &[("resource", &["type", "name"]), ("variable", &["name"]), ("locals", &[])],
    )
}

#[test]
fn objects_are_bodies_blocks_and_labels() {
    let text = r#"{
  "//": "a comment",
  "description": "text",
  "resource": {"a": {"b": {"x": 1, "//": 2}, "c": [{"x": 1}, {"x": 2}]}},
  "variable": {"v": null, "w": {}},
  "locals": [{"l": [true, null, 1.50, 1e3]}, {"m": {"k": "v"}}]
}"#;
    assert_snapshot!(check_json(text, &schema()), @"");
}

#[test]
fn arrays_of_objects_are_one_body() {
    assert_snapshot!(check_json(r#"[{"locals": {"a": 1}}, {"resource": [{"a": {"b": {}}}, {"a": {"b": {}}}]}]"#, &schema()), @"");
}

#[test]
fn strings_are_templates_and_so_are_keys_of_objects() {
    assert_snapshot!(check_json(r#"{"locals": {"a": "${b}", "c": "x${d}\n\"y\"", "e": {"k${f}": "$${g}"}, "h": "%{if i}j%{endif}"}}"#, &schema()), @"");
}

#[test]
fn things_twice() {
    assert_snapshot!(check_json(r#"{"description": 1, "description": 2, "locals": {"a": 1, "a": 2}, "resource": {"a": {"b": {}}, "a": {"b": {}}}}"#, &schema()), @"");
}

#[test]
fn things_of_the_wrong_kind() {
    assert_snapshot!(check_json(r#"{"locals": 1, "resource": "x", "variable": {"a": 5}, "desription": 1}"#, &schema()), @"");
    assert_snapshot!(check_json(r#"{"resource": {"a": {}}, "locals": [[]], "variable": [1]}"#, &schema()), @"");
    assert_snapshot!(check_json("5", &schema()), @"");
}

#[test]
fn broken_texts() {
    for_each_broken();
}

fn for_each_broken() {
    let texts = [
        "", "{", "{\"a\"", "{\"a\":", "{\"a\": 1", "{\"a\": 1,}", "[1,]", "[1", "{\"a\" 1}", "{\"a\" = 1}", "{\"a\", 1}", "{a: 1}",
        "{1: 2}", "[1: 2]", "{\"a\": [1}", "{\"a\": 1]", "{\"a\": tru}", "{\"a\": undefined}", "{\"a\": 01}", "{\"a\": 1.}", "{\"a\": +1}",
        "{\"a\": \"\\x\"}", "{\"a\": \"b", "{\"a\": \"b\nc\"}", "{} x", "{\"a\": 'b'}", "{\"a\": 1 \"b\": 2}", "// c\n{}",
    ];
    let one = |text: &&str| {
        let (_, problems) = fw_syntax::parse_json(FILE, text);
        format!("{}\n{}", text.replace('\n', "\u{23ce}"), render::diagnostics(&problems, text))
    };
    assert_snapshot!(texts.iter().map(one).collect::<String>(), @"");
}

/// What is at a span of a text.
fn at(text: &str, span: fw_diag::Span) -> &str {
    text.get(span.start as usize..span.end as usize).unwrap()
}

#[test]
fn places_inside_strings_are_right_behind_escapes_too() {
    let text = r#"{"a": "\u0041\n${first}\t${second.third}"}"#;
    let (body, _) = fw_syntax::parse_json(FILE, text);
    let (attributes, _) = body.just_attributes();
    let ExprKind::Template(template) = &attributes[0].expr.kind else { panic!("not a template") };
    let found: Vec<_> = template
        .parts
        .iter()
        .filter_map(|p| if let TemplatePart::Interpolation(e) = p { Some(at(text, e.span)) } else { None })
        .collect();
    assert_eq!(found, ["first", "second.third"]);
}

#[test]
fn a_string_that_is_no_template_says_so_only_when_evaluated() {
    let text = r#"{"a": "${", "b": {"k": 1, "k": 2}}"#;
    let (body, problems) = fw_syntax::parse_json_named(FILE, "main.tf.json", text);
    assert!(problems.is_empty());
    let (attributes, problems) = body.just_attributes();
    assert!(problems.is_empty());
    let ExprKind::Template(template) = &attributes[0].expr.kind else { panic!("not a template") };
    let json = template.json.as_ref().unwrap();
    assert_eq!(&*json.text, "${");
    assert_snapshot!(render::diagnostics(&json.diagnostics, text), @"");
    let ExprKind::Object(items) = &attributes[1].expr.kind else { panic!("not an object") };
    let fw_syntax::ast::ObjectKey::Expr(key) = &items[1].key else { panic!("not an expression") };
    let ExprKind::Template(key) = &key.kind else { panic!("not a template") };
    assert_snapshot!(render::diagnostics(&key.json.as_ref().unwrap().diagnostics, text), @"");
}

#[test]
fn what_diagnostics_are_in() {
    let text = r#"{"resource": {"a": {"b": [{"x": {"y": 1}}]}}, "n": 1}"#;
    let (body, _) = fw_syntax::parse_json(FILE, text);
    let outline: Vec<_> = body.outline().into_iter().map(|(s, header)| format!("{} {header}\n", at(text, s))).collect();
    assert_snapshot!(outline.concat(), @"");
}
