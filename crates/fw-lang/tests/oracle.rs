//! The answers of terraform 1.11.4 to some thousand expressions (`data/expressions.jsonl`): value bytes, types, errors.

#[path = "support/scope.rs"]
mod scope;

use std::fmt::Write as _;

use fw_diag::{Diagnostics, SourceMap};
use fw_value::{Type, Value, json, msgpack};
use scope::TestScope;

/// The expressions whose answers differ, with the reason why they may.
const EXCEPTIONS: [(&str, &str); 2] = [
    (
        r#"true ? [[1], ["a"]] : tolist(null)"#,
        "the conversion composed for lists beside tuples forgets its first half over there: a valid choice fails",
    ),
    ("pow(-8, 1/3)", "a stack trace of the function follows over there, so the sentence does not end"),
];

struct Case {
    expr: String,
    answer: Answer,
}

enum Answer {
    Value { json: String, ty: String },
    Errors(Vec<(String, String)>),
}

fn cases() -> Vec<Case> {
    include_str!("data/expressions.jsonl").lines().map(case).collect()
}

fn case(line: &str) -> Case {
    let line: serde_json::Value = serde_json::from_str(line).expect("the data is JSON");
    let text = |v: &serde_json::Value| v.as_str().expect("a string").to_owned();
    let answer = match line.get("errors") {
        Some(errors) => {
            let pair = |e: &serde_json::Value| (text(&e[0]), text(&e[1]));
            Answer::Errors(errors.as_array().expect("an array").iter().map(pair).collect())
        }
        None => Answer::Value { json: text(&line["value"]), ty: line["type"].to_string() },
    };
    Case { expr: text(&line["expr"]), answer }
}

/// What an output with this expression gives: the JSON of its value and type, or errors.
fn ours(expr: &str) -> Answer {
    let sources = SourceMap::new();
    let prefix = "output \"o\" {\n  value = ";
    let text = format!("{prefix}{expr}\n}}\n");
    let file = sources.add("main.tf", text.as_str());
    let (body, mut diagnostics) = fw_syntax::parse_native_named(file, "main.tf", &text);
    let scope = TestScope::new(sources).with("path.module", fw_value::Value::string("."));
    let attribute = body.blocks.first().and_then(|b| b.body.attributes.first());
    if diagnostics.has_errors() {
        return errors(&diagnostics);
    }
    let value = fw_lang::evaluate(&attribute.expect("it was written").expr, &scope, &mut diagnostics);
    if diagnostics.has_errors() {
        return errors(&diagnostics);
    }
    let (value, _) = value.unmark_deep();
    let value = as_planned(value);
    // What is not known even after apply is stored as null.
    if !value.is_known() && *value.ty() == Type::Dynamic {
        return Answer::Value { json: "null".into(), ty: "\"dynamic\"".into() };
    }
    let ty = if value.is_null() { "\"absent\"".to_owned() } else { json::type_to_json(value.ty()) };
    match json::marshal(&value, value.ty()) {
        Ok(json) => Answer::Value { json: if value.is_null() { "null".into() } else { json }, ty },
        Err(error) => Answer::Errors(vec![("Failed to serialize state".into(), error.to_string())]),
    }
}

/// As it comes back from a plan, where outputs are written as msgpack: zero loses its sign there.
fn as_planned(value: Value) -> Value {
    let bytes = msgpack::marshal(&value, &Type::Dynamic);
    bytes.ok().and_then(|bytes| msgpack::unmarshal(&bytes, &Type::Dynamic).ok()).unwrap_or(value)
}

fn errors(diagnostics: &Diagnostics) -> Answer {
    let first_line = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    let without_hint = |text: String| text.split(" Did you mean ").next().unwrap_or_default().to_owned();
    let mut all: Vec<_> = diagnostics
        .iter()
        .filter(|d| d.is_error())
        .map(|d| (d.subject, (d.summary.clone(), without_hint(first_line(&d.detail)))))
        .collect();
    all.sort_by_key(|(span, _)| span.map(|s| (s.start, s.end)));
    let mut found: Vec<(String, String)> = Vec::new();
    for (_, error) in all {
        if !found.contains(&error) {
            found.push(error);
        }
    }
    Answer::Errors(found)
}

fn describe(answer: &Answer) -> String {
    match answer {
        Answer::Value { json, ty } => format!("{json} : {ty}"),
        Answer::Errors(errors) => format!("{errors:?}"),
    }
}

fn agree(ours: &Answer, theirs: &Answer) -> bool {
    match (ours, theirs) {
        (Answer::Value { json: a, ty: t }, Answer::Value { json: b, ty: u }) => {
            same_json(a, b) && (t == u || same_type(t, u))
        }
        (Answer::Errors(a), Answer::Errors(b)) => same_errors(a, b),
        _ => false,
    }
}

/// The same but for the escaping of strings: numbers must be written alike.
fn same_json(a: &str, b: &str) -> bool {
    a == b || json::Node::parse(a).is_ok_and(|a| json::Node::parse(b).is_ok_and(|b| a == b))
}

fn same_type(a: &str, b: &str) -> bool {
    let parse = |text: &str| json::type_from_json(text).unwrap_or(Type::Dynamic);
    parse(a) == parse(b)
}

/// The errors in any order. What terraform says of state files it could not write comes down to a value that can't be
/// written.
fn same_errors(ours: &[(String, String)], theirs: &[(String, String)]) -> bool {
    let unstorable = |e: &[(String, String)]| e.iter().any(|(summary, _)| summary.contains("state"));
    if unstorable(ours) || unstorable(theirs) {
        return unstorable(ours) && unstorable(theirs);
    }
    let sorted = |e: &[(String, String)]| {
        let mut e = e.to_vec();
        e.sort();
        e.dedup();
        e
    };
    let cut = |e: &[(String, String)]| {
        let mut e: Vec<_> = e
            .iter()
            .map(|(s, d)| (s.clone(), d.split(" Did you mean ").next().unwrap_or_default().to_owned()))
            .collect();
        e.sort();
        e.dedup();
        e
    };
    sorted(ours) == cut(theirs)
}

#[test]
fn terraform_agrees() {
    let cases = cases();
    let mut report = String::new();
    for case in &cases {
        let ours = ours(&case.expr);
        let excepted = EXCEPTIONS.iter().any(|(expr, _)| *expr == case.expr);
        if agree(&ours, &case.answer) == excepted {
            let note = if excepted { " (an exception no more)" } else { "" };
            writeln!(
                report,
                "{}{note}\n  ours:   {}\n  theirs: {}",
                case.expr,
                describe(&ours),
                describe(&case.answer)
            )
            .expect("strings take all");
        }
    }
    assert!(report.is_empty(), "of {} expressions differ:\n{report}", cases.len());
}
