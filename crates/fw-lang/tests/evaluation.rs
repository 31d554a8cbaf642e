//! Evaluation from outside: what is asked of the scope, what is said of errors, how deep it goes.

#[path = "support/scope.rs"]
mod scope;

use fw_diag::{Diagnostics, SourceMap};
use fw_value::{Marks, Value};
use scope::TestScope;

fn evaluate(text: &str, bind: impl FnOnce(TestScope) -> TestScope) -> (Value, Diagnostics, Vec<String>) {
    let sources = SourceMap::new();
    let file = sources.add("main.tf", text);
    let (expr, mut diagnostics) = fw_syntax::parse_expression(file, text, 0);
    let scope = bind(TestScope::new(sources));
    let value = fw_lang::evaluate(&expr.expect("it parses"), &scope, &mut diagnostics);
    let asked = scope.asked.borrow().clone();
    (value, diagnostics, asked)
}

fn object() -> Value {
    Value::object([("id", Value::string("x"))])
}

#[test]
fn one_instance_is_asked_for_alone() {
    for text in ["a.b[3].id", "a.b[local.n].id", "a.b[local.n + 0].id"] {
        let bind = |s: TestScope| s.with("a.b[3]", object()).with("local.n", Value::number(3));
        let (value, diagnostics, asked) = evaluate(text, bind);
        assert!(diagnostics.is_empty(), "{text}: {diagnostics:?}");
        assert_eq!(value.as_str(), Some("x"), "{text}");
        assert!(!asked.contains(&"a.b".to_owned()), "{text} asked for {asked:?}");
    }
}

#[test]
fn one_output_of_one_module_instance_is_asked_for_alone() {
    let bind = |s: TestScope| s.with("module.m[\"k\"].out", Value::string("y")).with("each.key", Value::string("k"));
    let (value, diagnostics, asked) = evaluate("module.m[each.key].out", bind);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(value.as_str(), Some("y"));
    assert_eq!(asked, ["each.key", "module.m[\"k\"].out"]);
}

#[test]
fn a_secret_key_makes_the_element_secret() {
    let bind = |s: TestScope| s.with("a.b[3]", object()).with("var.n", Value::number(3).with_marks(Marks::SENSITIVE));
    let (value, _, _) = evaluate("a.b[var.n].id", bind);
    assert!(value.marks_deep().contains(Marks::SENSITIVE));
}

#[test]
fn a_wrong_reference_is_said_even_inside_try() {
    let (_, diagnostics, _) = evaluate("try(var.nope, 1)", |s| s);
    let summaries: Vec<_> = diagnostics.iter().map(|d| d.summary.as_str()).collect();
    assert_eq!(summaries, ["Reference to undeclared input variable"]);
}

#[test]
fn values_of_references_come_with_the_error() {
    let (_, diagnostics, _) = evaluate("local.l + 1", |s| s.with("local.l", Value::string("x")));
    let first = diagnostics.iter().next().expect("there is one");
    assert_eq!(first.detail, "Unsuitable value for left operand: a number is required.");
    assert_eq!(first.values.len(), 1);
    assert_eq!((&*first.values[0].traversal, &*first.values[0].statement), ("local.l", "is \"x\""));
}

#[test]
fn ten_thousand_levels_do_not_overflow() {
    let text = format!("{}1{}", "(1 + ".repeat(10_000), ")".repeat(10_000));
    let (value, diagnostics, _) = evaluate(&text, |s| s);
    assert!(diagnostics.is_empty());
    assert_eq!(value.as_number().and_then(fw_value::Number::to_i64), Some(10_001));
}

#[test]
fn values_print_in_the_syntax_of_the_language() {
    let value =
        Value::object([("a", Value::tuple([Value::number(1), Value::string("x")])), ("b", Value::string("l\nm"))]);
    let expected = "{\n  \"a\" = [\n    1,\n    \"x\",\n  ]\n  \"b\" = <<-EOT\n  l\n  m\n  EOT\n}";
    assert_eq!(fw_lang::format::format_value(&value, 0), expected);
}

#[test]
fn calls_of_providers_functions_are_checked_by_their_signatures() {
    let told = |text: &str| {
        let (_, diagnostics, _) = evaluate(text, |s| s);
        let one = diagnostics.iter().next().expect("it is refused").clone();
        (one.summary, one.detail, one.call.and_then(|call| call.signature).map(|s| s.parameters.len()))
    };
    let refused = |summary: &str, detail: &str, parameters| (summary.to_owned(), detail.to_owned(), parameters);
    let invalid = "Invalid function argument";
    assert_eq!(
        told("provider::test::refuse(\"a\", \"2\")"),
        refused(invalid, "Invalid value for \"second\" parameter: it is never right.", Some(2))
    );
    assert_eq!(
        told("provider::test::refuse(\"a\", \"b\")"),
        refused(invalid, "Invalid value for \"second\" parameter: a number is required.", Some(2))
    );
    assert_eq!(
        told("provider::test::refuse(\"a\", 2, 3)"),
        refused(
            "Too many function arguments",
            "Function \"provider::test::refuse\" expects only 2 argument(s).",
            Some(2)
        )
    );
    assert_eq!(
        told("provider::test::other()"),
        refused(
            "Unknown provider function",
            "The function \"other\" is not available from the provider \"test\".",
            None
        )
    );
    assert!(told("provider::missing::other()").1.contains("Ensure that provider name \"missing\" is declared"));
}
