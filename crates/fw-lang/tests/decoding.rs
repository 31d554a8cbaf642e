//! Bodies decoded by schema: conversion, nested blocks, `dynamic` blocks, places of problems.

#[path = "support/scope.rs"]
mod scope;

use std::sync::Arc;

use fw_diag::{Diagnostics, SourceMap};
use fw_schema::{Attribute, Block, NestedBlock, Nesting};
use fw_syntax::Body;
use fw_value::{Path, Type, Value};
use scope::TestScope;

fn schema() -> Block {
    let inner = Block { attributes: [("x".into(), Attribute::optional(Type::String))].into(), ..Block::default() };
    let nested = NestedBlock { block: Arc::new(inner), nesting: Nesting::List, min_items: 0, max_items: 2 };
    Block {
        attributes: [("n".into(), Attribute::optional(Type::Number))].into(),
        blocks: [("b".into(), nested)].into(),
        ..Block::default()
    }
}

fn decode(text: &str) -> (Value, Vec<String>) {
    let sources = SourceMap::new();
    let file = sources.add("main.tf", text);
    let (body, mut diagnostics) = fw_syntax::parse_native_named(file, "main.tf", text);
    let scope = TestScope::new(sources).with("local.unknown", Value::dynamic());
    let value = fw_lang::decode(&Body::Native(body), &schema(), &scope, &mut diagnostics);
    (value, diagnostics.iter().map(|d| format!("{}: {}", d.summary, d.detail)).collect())
}

#[test]
fn attributes_are_converted_and_blocks_gathered() {
    let (value, problems) = decode("n = \"5\"\nb {\n  x = 1\n}\n");
    assert!(problems.is_empty(), "{problems:?}");
    let block = Value::object([("x", Value::string("1"))]);
    let blocks = Value::list(block.ty().clone(), [block]);
    assert_eq!(value, Value::object([("b", blocks), ("n", Value::number(5))]));
    assert_eq!(*value.ty(), schema().implied_type());
}

#[test]
fn dynamic_blocks_are_expanded() {
    let (value, problems) =
        decode("dynamic \"b\" {\n  for_each = [\"p\", \"q\"]\n  content {\n    x = \"${b.key}${b.value}\"\n  }\n}\n");
    assert!(problems.is_empty(), "{problems:?}");
    let texts: Vec<_> = value
        .attr_ref("b")
        .expect("it is there")
        .elements()
        .filter_map(|e| e.attr_ref("x")?.as_str().map(str::to_owned))
        .collect();
    assert_eq!(texts, ["0p", "1q"]);
}

#[test]
fn an_unknown_for_each_makes_all_the_blocks_unknown() {
    let (value, problems) = decode("dynamic \"b\" {\n  for_each = local.unknown\n  content {}\n}\n");
    assert!(problems.is_empty(), "{problems:?}");
    assert!(!value.attr_ref("b").expect("it is there").is_known());
}

#[test]
fn problems_have_the_words_people_know() {
    assert_eq!(
        decode("n = \"x\"\n").1,
        ["Incorrect attribute value type: Inappropriate value for attribute \"n\": a number is required."]
    );
    assert_eq!(decode("b {}\nb {}\nb {}\n").1, ["Too many b blocks: No more than 2 \"b\" blocks are allowed"]);
    assert_eq!(
        decode("dynamic \"b\" {\n  for_each = 5\n  content {}\n}\n").1,
        ["Invalid dynamic for_each value: Cannot use a number value in for_each. An iterable collection is required."]
    );
}

#[test]
fn paths_lead_to_places() {
    let text = "n = 5\nb {\n  x = \"here\"\n}\n";
    let sources = SourceMap::new();
    let file = sources.add("main.tf", text);
    let (body, _): (_, Diagnostics) = fw_syntax::parse_native_named(file, "main.tf", text);
    let path = Path::root().attribute("b").index(Value::number(0)).attribute("x");
    let span = fw_lang::find(&Body::Native(body), &schema(), &path).expect("it is there");
    assert_eq!(sources.snippet(span), "\"here\"");
}
