//! Expressions read without evaluating them.

use fw_syntax::ast::Expr;
use fw_syntax::shim;
use insta::assert_snapshot;

use crate::{FILE, render};

fn native(text: &str) -> Expr {
    fw_syntax::parse_expression(FILE, text, 0).0.expect("the text is right")
}

fn json(text: &str) -> std::sync::Arc<Expr> {
    fw_syntax::parse_json_expression(FILE, "", text).0.expect("the text is right")
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
        call.map_err(|_problem| ()),
        list.map_err(|_problem| ()),
        map.map_err(|_problem| ())
    )
}

#[test]
fn native_expressions() {
    let texts = ["a", "a.b[0]", "true", "null.x", "\"a.b\"", "f(x, y)", "[a, b]", "{a = 1}", "a + 1", "(a)", "a[b]"];
    let all: String = texts.iter().map(|t| format!("{t}: {}", describe(&native(t)))).collect();
    assert_snapshot!(all, @r#"
        a: traversal Ok("a"), keyword Some("a"), call Err(()), list Err(()), map Err(())
        a.b[0]: traversal Ok("a.b[0]"), keyword None, call Err(()), list Err(()), map Err(())
        true: traversal Ok("true"), keyword Some("true"), call Err(()), list Err(()), map Err(())
        null.x: traversal Ok("null.x"), keyword None, call Err(()), list Err(()), map Err(())
        "a.b": traversal Err("A single static vari"), keyword None, call Err(()), list Err(()), map Err(())
        f(x, y): traversal Err("A single static vari"), keyword None, call Ok("f/2"), list Err(()), map Err(())
        [a, b]: traversal Err("A single static vari"), keyword None, call Err(()), list Ok(2), map Err(())
        {a = 1}: traversal Err("A single static vari"), keyword None, call Err(()), list Err(()), map Ok(1)
        a + 1: traversal Err("A single static vari"), keyword None, call Err(()), list Err(()), map Err(())
        (a): traversal Err("A single static vari"), keyword None, call Err(()), list Err(()), map Err(())
        a[b]: traversal Err("A single static vari"), keyword None, call Err(()), list Err(()), map Err(())
        "#);
}

#[test]
fn json_expressions() {
    let texts = ["\"a\"", "\"a.b[0]\"", "\"${a.b}\"", "\"list(string)\"", "[\"a\"]", "{\"a\": 1}", "true", "5"];
    let all: String = texts.iter().map(|t| format!("{t}: {}", describe(&json(t)))).collect();
    assert_snapshot!(all, @r#"
        "a": traversal Ok("a"), keyword Some("a"), call Err(()), list Err(()), map Err(())
        "a.b[0]": traversal Ok("a.b[0]"), keyword None, call Err(()), list Err(()), map Err(())
        "${a.b}": traversal Err("A single static vari"), keyword None, call Err(()), list Err(()), map Err(())
        "list(string)": traversal Err("A single static vari"), keyword None, call Ok("list/1"), list Err(()), map Err(())
        ["a"]: traversal Err("A single static vari"), keyword None, call Err(()), list Ok(1), map Err(())
        {"a": 1}: traversal Err("A single static vari"), keyword None, call Err(()), list Err(()), map Ok(1)
        true: traversal Ok("true"), keyword Some("true"), call Err(()), list Err(()), map Err(())
        5: traversal Err("A single static vari"), keyword None, call Err(()), list Err(()), map Err(())
        "#);
}

#[test]
fn quoted_references_are_outdated() {
    let (traversal, problems) = shim::quoted_traversal(&native("\"a.b\""), false).unwrap();
    assert_eq!(&*traversal.unwrap().root.name, "a");
    assert_snapshot!(render::diagnostics(&problems, "\"a.b\""), @r#"
        ! Quoted references are deprecated at 1:1-1:6
          In this context, references are expected literally rather than in quotes. Terraform 0.11 and earlier required quotes, but quoted references are now deprecated and will be removed in a future version of Terraform. Remove the quotes surrounding this reference to silence this warning.
        "#);
    assert!(shim::quoted_traversal(&native("a.b"), false).is_none());
    assert!(shim::quoted_traversal(&json("\"a.b\""), false).is_none());
}
