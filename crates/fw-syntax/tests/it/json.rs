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
    assert_snapshot!(check_json(text, &schema()), @r#"
        description = <"text">
        resource "a" "b"
          x = 1
        resource "a" "c"
          x = 1
        resource "a" "c"
          x = 2
        variable "w"
        locals
          l = [true, null, 1.5, 1000]
        locals
          m = {(<"k">) = <"v">}
        "#);
}

#[test]
fn arrays_of_objects_are_one_body() {
    assert_snapshot!(check_json(r#"[{"locals": {"a": 1}}, {"resource": [{"a": {"b": {}}}, {"a": {"b": {}}}]}]"#, &schema()), @r#"
        locals
          a = 1
        resource "a" "b"
        resource "a" "b"
        "#);
}

#[test]
fn strings_are_templates_and_so_are_keys_of_objects() {
    assert_snapshot!(check_json(r#"{"locals": {"a": "${b}", "c": "x${d}\n\"y\"", "e": {"k${f}": "$${g}"}, "h": "%{if i}j%{endif}"}}"#, &schema()), @r#"
        locals
          a = <${b}>
          c = <"x" ${d} "\n\"y\"">
          e = {(<"k" ${f}>) = <"${g}">}
          h = <%if(i <"j"> <>)>
        "#);
}

#[test]
fn things_twice() {
    assert_snapshot!(check_json(r#"{"description": 1, "description": 2, "locals": {"a": 1, "a": 2}, "resource": {"a": {"b": {}}, "a": {"b": {}}}}"#, &schema()), @r#"
          ! Duplicate argument at 1:20-1:33 in 1:20-1:33
            The argument "description" was already set at main.tf.json:1,2-18.
        description = 1
        locals
          a = 1
          ! Duplicate attribute definition at 1:57-1:60
            The argument "a" was already set at main.tf.json:1,49-55.
        resource "a" "b"
        resource "a" "b"
        "#);
}

#[test]
fn things_of_the_wrong_kind() {
    assert_snapshot!(check_json(r#"{"locals": 1, "resource": "x", "variable": {"a": 5}, "desription": 1}"#, &schema()), @r#"
        ! Incorrect JSON value type at 1:12-1:13
          Either a JSON object or a JSON array is required, representing the contents of one or more "locals" blocks.
        ! Incorrect JSON value type at 1:27-1:30
          Either a JSON object or JSON array of objects is required here, to specify type labels for this block.
        ! Missing block label at 1:27-1:30
          At least one object property is required, whose name represents the resource block's type.
        ! Incorrect JSON value type at 1:50-1:51
          Either a JSON object or a JSON array is required, representing the contents of one or more "variable" blocks.
        ! Extraneous JSON object property at 1:54-1:66 in 1:54-1:66
          No argument or block type is named "desription". Did you mean "description"?
        "#);
    assert_snapshot!(check_json(r#"{"resource": {"a": {}}, "locals": [[]], "variable": [1]}"#, &schema()), @r#"
          ! Missing block label at 1:20-1:21
            At least one object property is required, whose name represents the resource block's name.
          ! Incorrect JSON value type at 1:54-1:55
            A JSON object is required here, to specify name labels for this block.
          ! Missing block label at 1:53-1:54
            At least one object property is required, whose name represents the variable block's name.
        locals
          ! Incorrect JSON value type at 1:36-1:37
            A JSON object is required here, setting the arguments for this block.
        "#);
    assert_snapshot!(check_json("5", &schema()), @r#"
        ! Root value must be object at 1:1-1:2
          The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.
        "#);
}

#[test]
fn broken_texts() {
    for_each_broken();
}

#[expect(clippy::too_many_lines, reason = "a list of texts and what is said of them")]
fn for_each_broken() {
    let texts = [
        "",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\": 1",
        "{\"a\": 1,}",
        "[1,]",
        "[1",
        "{\"a\" 1}",
        "{\"a\" = 1}",
        "{\"a\", 1}",
        "{a: 1}",
        "{1: 2}",
        "[1: 2]",
        "{\"a\": [1}",
        "{\"a\": 1]",
        "{\"a\": tru}",
        "{\"a\": undefined}",
        "{\"a\": 01}",
        "{\"a\": 1.}",
        "{\"a\": +1}",
        "{\"a\": \"\\x\"}",
        "{\"a\": \"b",
        "{\"a\": \"b\nc\"}",
        "{} x",
        "{\"a\": 'b'}",
        "{\"a\": 1 \"b\": 2}",
        "// c\n{}",
    ];
    let one = |text: &&str| {
        let (_, problems) = fw_syntax::parse_json(FILE, text);
        format!("{}\n{}", text.replace('\n', "\u{23ce}"), render::diagnostics(&problems, text))
    };
    assert_snapshot!(texts.iter().map(one).collect::<String>(), @r#"
          ! Missing value at 1:1-1:1
            The JSON data ends prematurely.
          ! Root value must be object at 1:1-1:1
            The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.
        {
          ! Missing value at 1:2-1:2
            The JSON data ends prematurely.
          ! Invalid object property name at 1:2-1:2
            A JSON object property name must be a string
          ! Root value must be object at 1:1-1:2
            The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.
        {"a"
          ! Missing property value colon at 1:5-1:5
            A colon must appear between an object property's name and its value.
          ! Root value must be object at 1:1-1:2
            The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.
        {"a":
          ! Missing value at 1:6-1:6
            The JSON data ends prematurely.
          ! Unclosed object at 1:1-1:2
            No closing brace was found for this JSON object.
          ! Root value must be object at 1:1-1:2
            The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.
        {"a": 1
          ! Unclosed object at 1:1-1:2
            No closing brace was found for this JSON object.
          ! Root value must be object at 1:1-1:2
            The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.
        {"a": 1,}
          ! Trailing comma in object at 1:8-1:9
            JSON does not permit a trailing comma after the final property in an object.
          ! Root value must be object at 1:1-1:2
            The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.
        [1,]
          ! Trailing comma in array at 1:3-1:4
            JSON does not permit a trailing comma after the final value in an array.
          ! Root value must be object at 1:1-1:2
            The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.
        [1
          ! Unclosed object at 1:1-1:2
            No closing bracket was found for this JSON array.
          ! Root value must be object at 1:1-1:2
            The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.
        {"a" 1}
          ! Missing property value colon at 1:6-1:7
            A colon must appear between an object property's name and its value.
          ! Root value must be object at 1:1-1:2
            The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.
        {"a" = 1}
          ! Missing property value colon at 1:6-1:7
            JSON uses a colon as its name/value delimiter, not an equals sign.
          ! Root value must be object at 1:1-1:2
            The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.
        {"a", 1}
          ! Missing object value at 1:5-1:6
            A JSON object attribute must have a value, introduced by a colon.
          ! Root value must be object at 1:1-1:2
            The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.
        {a: 1}
          ! Invalid JSON keyword at 1:2-1:3
            "a" is not a valid JSON keyword.
          ! Invalid object property name at 1:2-1:3
            A JSON object property name must be a string
          ! Root value must be object at 1:1-1:2
            The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.
        {1: 2}
          ! Invalid object property name at 1:2-1:3
            A JSON object property name must be a string
          ! Root value must be object at 1:1-1:2
            The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.
        [1: 2]
          ! Invalid array value at 1:7-1:7
            A colon is not used to introduce values in a JSON array.
          ! Root value must be object at 1:1-1:2
            The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.
        {"a": [1}
          ! Mismatched brackets at 1:10-1:10
            A JSON array must be closed with a bracket, not a brace.
          ! Unclosed object at 1:1-1:2
            No closing brace was found for this JSON object.
          ! Root value must be object at 1:1-1:2
            The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.
        {"a": 1]
          ! Mismatched braces at 1:9-1:9
            A JSON object must be closed with a brace, not a bracket.
          ! Root value must be object at 1:1-1:2
            The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.
        {"a": tru}
          ! Invalid JSON keyword at 1:7-1:10
            "tru" is not a valid JSON keyword. Did you mean "true"?
        {"a": undefined}
          ! Invalid JSON keyword at 1:7-1:16
            The JavaScript identifier "undefined" cannot be used in JSON.
        {"a": 01}
          ! Invalid JSON number at 1:7-1:9
            There is a syntax error in the given JSON number.
        {"a": 1.}
          ! Invalid JSON number at 1:7-1:9
            There is a syntax error in the given JSON number.
        {"a": +1}
          ! Invalid JSON number at 1:7-1:9
            There is a syntax error in the given JSON number.
        {"a": "\x"}
          ! Invalid JSON string at 1:10-1:11 in 1:7-1:11
            There is a syntax error in the given JSON string.
        {"a": "b
          ! Invalid JSON string at 1:9-1:9 in 1:7-1:9
            There is a syntax error in the given JSON string.
          ! Unclosed object at 1:1-1:2
            No closing brace was found for this JSON object.
          ! Root value must be object at 1:1-1:2
            The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.
        {"a": "b⏎c"}
          ! Invalid JSON string at 1:9-2:1 in 1:7-1:9
            There is a syntax error in the given JSON string.
          ! Missing attribute seperator comma at 2:4-2:4
            A comma must appear between each property definition in an object.
          ! Root value must be object at 1:1-1:2
            The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.
        {} x
          ! Extraneous data after value at 1:4-1:5
            Extra characters appear after the JSON value.
        {"a": 'b'}
          ! Invalid start of value at 1:7-1:8
            A JSON value must start with a brace, a bracket, a number, a string, or a keyword.
          ! Missing attribute seperator comma at 1:8-1:8
            A comma must appear between each property definition in an object.
          ! Root value must be object at 1:1-1:2
            The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.
        {"a": 1 "b": 2}
          ! Missing attribute seperator comma at 1:16-1:16
            A comma must appear between each property definition in an object.
          ! Root value must be object at 1:1-1:2
            The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.
        // c⏎{}
          ! Invalid start of value at 1:1-1:2
            A JSON value must start with a brace, a bracket, a number, a string, or a keyword.
          ! Root value must be object at 1:1-1:2
            The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.
        "#);
}

/// What is at a span of a text.
fn at(text: &str, span: fw_diag::Span) -> &str {
    text.get(span.start as usize..span.end as usize).expect("spans lie in the text")
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
    assert_snapshot!(render::diagnostics(&json.diagnostics, text), @r#"
        ! Missing expression at 1:10-1:10
          Expected the start of an expression, but found the end of the file.
        "#);
    let ExprKind::Object(items) = &attributes[1].expr.kind else { panic!("not an object") };
    let fw_syntax::ast::ObjectKey::Expr(key) = &items[1].key else { panic!("not an expression") };
    let ExprKind::Template(key) = &key.kind else { panic!("not a template") };
    assert_snapshot!(render::diagnostics(&key.json.as_ref().unwrap().diagnostics, text), @r#"
        ! Duplicate object attribute at 1:27-1:30
          An attribute named "k" was already defined at main.tf.json:1,19-22.
        "#);
}

#[test]
fn what_diagnostics_are_in() {
    let text = r#"{"resource": {"a": {"b": [{"x": {"y": 1}}]}}, "n": 1}"#;
    let (body, _) = fw_syntax::parse_json(FILE, text);
    let outline: Vec<_> = body.outline().into_iter().map(|(s, header)| format!("{} {header}\n", at(text, s))).collect();
    assert_snapshot!(outline.concat(), @r#"
        {"a": {"b": [{"x": {"y": 1}}]}} resource
        {"b": [{"x": {"y": 1}}]} resource.a
        [{"x": {"y": 1}}] resource.a.b
        {"x": {"y": 1}} resource.a.b[0]
        {"y": 1} resource.a.b[0].x
        "#);
}
