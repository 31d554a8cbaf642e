//! Expressions read without evaluating them.

use fw_syntax::ast::Expr;
use fw_syntax::shim;
use insta::assert_snapshot;

use crate::{FILE, render};

fn native(text: &str) -> Expr {
    fw_syntax::parse_expression(FILE, text, 0).0.unwrap()
}

fn json(text: &str) -> std::sync::Arc<Expr> {
    fw_syntax::parse_json_expression(FILE, "", text).0.unwrap()
}

fn describe(expr: &Expr) -> String {
    let traversal = shim::expr_as_traversal(expr).map(|t| format!("{}{}", t.root.name, render::steps(&t.steps)));
    let call = shim::expr_as_call(expr).map(|c| format!("{}/{}", c.name.name, c.args.len()));
    let [list, map] = [shim::expr_list(expr).map(<[_]>::len), shim::expr_map(expr).map(<[_]>::len)];
    let said = |e: fw_diag::Diagnostics| e.iter().next().map_or(String::new(), |d| d.detail.chars().take(20).collect());
    format!(
        "traversal {:?}, keyword {:?}, call {:?}, list {:?}, map {:?}\n",
        traversal.map_err(said),
        shim::expr_as_keyword(expr),
        call.map_err(|_| ()),
        list.map_err(|_| ()),
        map.map_err(|_| ())
    )
}

#[test]
fn native_expressions() {
    let texts = ["a", "a.b[0]", "true", "null.x", "\"a.b\"", "f(x, y)", "[a, b]", "{a = 1}", "a + 1", "(a)", "a[b]"];
    let all: String = texts.iter().map(|t| format!("{t}: {}", describe(&native(t)))).collect();
    assert_snapshot!(all, @"");
}

#[test]
fn json_expressions() {
    let texts = ["\"a\"", "\"a.b[0]\"", "\"${a.b}\"", "\"list(string)\"", "[\"a\"]", "{\"a\": 1}", "true", "5"];
    let all: String = texts.iter().map(|t| format!("{t}: {}", describe(&json(t)))).collect();
    assert_snapshot!(all, @"");
}

#[test]
fn quoted_references_are_outdated() {
    let (traversal, problems) = shim::quoted_traversal(&native("\"a.b\""), false).unwrap();
    assert_eq!(&*traversal.unwrap().root.name, "a");
    assert_snapshot!(render::diagnostics(&problems, "\"a.b\""), @"");
    assert!(shim::quoted_traversal(&native("a.b"), false).is_none());
    assert!(shim::quoted_traversal(&json("\"a.b\""), false).is_none());
}
