//! What the parsers and the formatter do, seen from outside: text in, tree and diagnostics out, as text.
//!
//! [`check`], [`check_expressions`], [`check_json`] and their like are the only ways the tests look at results.

mod bodies;
mod corpus;
mod expressions;
mod files;
mod format;
mod json;
mod limits;
mod properties;
mod recovery;
mod render;
mod shims;
mod templates;

use fw_diag::FileId;
use fw_syntax::{Body, BodySchema};

const FILE: FileId = FileId(0);

/// The tree of a file in native syntax, with spans, and what is wrong with it.
fn check(text: &str) -> String {
    let (body, problems) = fw_syntax::parse_native_named(FILE, "main.tf", text);
    format!("{}{}", render::body(&body, 0), render::diagnostics(&problems, text))
}

/// What is wrong with a file in native syntax, and the names of what was read all the same.
fn check_problems(text: &str) -> String {
    let (body, problems) = fw_syntax::parse_native_named(FILE, "main.tf", text);
    format!("{}read: {}\n", render::diagnostics(&problems, text), render::names(&body))
}

/// Expressions, one a line, each with its tree without spans or with what is wrong.
fn check_expressions(expressions: &[&str]) -> String {
    let one = |text: &&str| {
        let (expr, problems) = fw_syntax::parse_expression(FILE, text, 0);
        let tree = expr.map_or(String::new(), |e| format!("    {}\n", render::expr(&e)));
        format!(
            "{}\n{tree}{}",
            text.replace('\n', "\u{23ce}").replace('\r', "\u{240d}"),
            render::diagnostics(&problems, text)
        )
    };
    expressions.iter().map(one).collect()
}

/// The same for templates without delimiters.
fn check_templates(templates: &[&str]) -> String {
    let one = |text: &&str| {
        let (template, problems) = fw_syntax::parse_template(FILE, text);
        let tree = template.map_or(String::new(), |t| format!("    {}\n", render::parts(&t.parts)));
        format!(
            "{}\n{tree}{}",
            text.replace('\n', "\u{23ce}").replace('\r', "\u{240d}"),
            render::diagnostics(&problems, text)
        )
    };
    templates.iter().map(one).collect()
}

/// What a body in native syntax holds by a schema.
fn check_content(text: &str, schema: &BodySchema) -> String {
    let (body, problems) = fw_syntax::parse_native_named(FILE, "main.tf", text);
    let problems = render::diagnostics(&problems, text);
    format!("{problems}{}", render::content(&Body::Native(body), schema, text))
}

/// What a body in JSON syntax holds by a schema.
fn check_json(text: &str, schema: &BodySchema) -> String {
    let (body, problems) = fw_syntax::parse_json_named(FILE, "main.tf.json", text);
    format!("{}{}", render::diagnostics(&problems, text), render::content(&body, schema, text))
}
