//! Trees and diagnostics as text.

use std::fmt::Write;

use fw_diag::{Diagnostics, SourceMap, Span};
use fw_syntax::{
    Body, BodySchema,
    ast::{BinaryOp, Expr, ExprKind, For, NativeBody, ObjectKey, Step, StepKind, TemplatePart, UnaryOp},
};
use fw_value::{Content, Value};

pub(crate) fn diagnostics(problems: &Diagnostics, text: &str) -> String {
    let sources = SourceMap::new();
    let file = sources.add("", text);
    let place = |span: Span| {
        let (start, end) = (sources.file(file).position(span.start), sources.file(file).position(span.end));
        format!("{}:{}-{}:{}", start.line, start.column, end.line, end.column)
    };
    let mut out = String::new();
    for problem in problems {
        let at = problem.subject.map_or(String::new(), |s| format!(" at {}", place(s)));
        let within = problem.context.map_or(String::new(), |s| format!(" in {}", place(s)));
        writeln!(out, "  ! {}{at}{within}\n    {}", problem.summary, problem.detail.replace('\n', "\u{23ce}"))
            .expect("strings take text");
    }
    out
}

pub(crate) fn names(body: &NativeBody) -> String {
    let attributes = body.attributes.iter().map(|a| a.name.name.to_string());
    let blocks = body.blocks.iter().map(|b| {
        let labels: String = b.labels.iter().map(|l| format!(" {:?}", &*l.name)).collect();
        format!("{}{labels} {{{}}}", b.kind.name, names(&b.body))
    });
    attributes.chain(blocks).collect::<Vec<_>>().join(", ")
}

pub(crate) fn body(body: &NativeBody, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    let mut out = String::new();
    for attribute in &body.attributes {
        let (name, value) = (&attribute.name, expr(&attribute.expr));
        writeln!(out, "{indent}{}@{} = {value} @{}", name.name, span(name.span), span(attribute.expr.span))
            .expect("strings take text");
    }
    for block in &body.blocks {
        let label = |l: &fw_syntax::ast::Ident| format!(" {:?}@{}", &*l.name, span(l.span));
        let labels: String = block.labels.iter().map(label).collect();
        let (open, close) = (span(block.open), span(block.close));
        writeln!(out, "{indent}{}@{}{labels} {{@{open}", block.kind.name, span(block.kind.span))
            .expect("strings take text");
        writeln!(out, "{}{indent}}}@{close}", self::body(&block.body, depth + 1)).expect("strings take text");
    }
    out
}

pub(crate) fn content(body: &Body, schema: &BodySchema, text: &str) -> String {
    let (content, problems) = body.content(schema);
    let mut out = diagnostics(&problems, text);
    for attribute in &content.attributes {
        writeln!(out, "{} = {}", attribute.name.name, expr(&attribute.expr)).expect("strings take text");
    }
    for block in &content.blocks {
        let labels: String = block.labels.iter().map(|l| format!(" {:?}", &*l.name)).collect();
        writeln!(out, "{}{labels}", block.kind.name).expect("strings take text");
        let (attributes, problems) = block.body.just_attributes();
        for attribute in attributes {
            writeln!(out, "  {} = {}", attribute.name.name, expr(&attribute.expr)).expect("strings take text");
        }
        out.push_str(&diagnostics(&problems, text));
    }
    out
}

fn span(span: Span) -> String {
    format!("{}-{}", span.start, span.end)
}

pub(crate) fn value(value: &Value) -> String {
    match value.content() {
        Content::Null => "null".to_owned(),
        Content::Unknown(_) => "?".to_owned(),
        Content::Bool(b) => b.to_string(),
        Content::Number(n) => n.to_string(),
        Content::String(s) => format!("{:?}", &**s),
        other => format!("{other:?}"),
    }
}

pub(crate) fn steps(steps: &[Step]) -> String {
    let step = |s: &Step| match &s.kind {
        StepKind::Attribute(name) => format!(".{name}"),
        StepKind::Index(key) => format!("[{}]", value(key)),
    };
    steps.iter().map(step).collect()
}

pub(crate) fn parts(parts: &[TemplatePart]) -> String {
    let part = |p: &TemplatePart| match p {
        TemplatePart::Literal(text, _) => format!("{:?}", &**text),
        TemplatePart::Interpolation(e) => format!("${{{}}}", expr(e)),
        TemplatePart::If { condition, then, otherwise, .. } => {
            format!("%if({} {} {})", expr(condition), self::parts(then), self::parts(otherwise))
        }
        TemplatePart::For { key, value, collection, body, .. } => {
            let key = key.as_ref().map_or(String::new(), |k| format!("{}, ", k.name));
            format!("%for({key}{} in {} {})", value.name, expr(collection), self::parts(body))
        }
    };
    format!("<{}>", parts.iter().map(part).collect::<Vec<_>>().join(" "))
}

pub(crate) fn expr(e: &Expr) -> String {
    match &e.kind {
        ExprKind::Literal(v) => value(v),
        ExprKind::Template(t) => parts(&t.parts),
        ExprKind::Traversal(t) => format!("{}{}", t.root.name, steps(&t.steps)),
        ExprKind::Relative { source, steps: s } => format!("({}){}", expr(source), steps(s)),
        ExprKind::Index { collection, key, .. } => format!("(index {} {})", expr(collection), expr(key)),
        ExprKind::Splat { source, each, style, .. } => format!("({style:?}-splat {} {})", expr(source), expr(each)),
        ExprKind::SplatItem => "_".to_owned(),
        ExprKind::Call(call) => {
            let last = if call.expand_last { "..." } else { "" };
            format!("{}({}{last})", call.name.name, list(&call.args))
        }
        ExprKind::Conditional(c) => {
            format!("({} ? {} : {})", expr(&c.condition), expr(&c.then), expr(&c.otherwise))
        }
        ExprKind::Binary { op, left, right } => format!("({} {} {})", expr(left), operator(*op), expr(right)),
        ExprKind::Unary { op: UnaryOp::Negate, operand, .. } => format!("-({})", expr(operand)),
        ExprKind::Unary { op: UnaryOp::Not, operand, .. } => format!("!({})", expr(operand)),
        ExprKind::Tuple(items) => format!("[{}]", list(items)),
        ExprKind::Object(items) => {
            let key = |k: &ObjectKey| match k {
                ObjectKey::Name(name) => name.name.to_string(),
                ObjectKey::Expr(e) => format!("({})", expr(e)),
            };
            let items: Vec<_> = items.iter().map(|i| format!("{} = {}", key(&i.key), expr(&i.value))).collect();
            format!("{{{}}}", items.join(", "))
        }
        ExprKind::For(f) => for_expression(f),
        ExprKind::Parentheses(e) => format!("({})", expr(e)),
    }
}

fn list(items: &[Expr]) -> String {
    items.iter().map(expr).collect::<Vec<_>>().join(", ")
}

fn for_expression(f: &For) -> String {
    let name = f.key.as_ref().map_or(String::new(), |k| format!("{}, ", k.name));
    let key = f.result_key.as_ref().map_or(String::new(), |k| format!("{} => ", expr(k)));
    let group = if f.group { " ..." } else { "" };
    let condition = f.condition.as_ref().map_or(String::new(), |c| format!(" if {}", expr(c)));
    let result = expr(&f.result);
    format!("(for {name}{} in {} : {key}{result}{group}{condition})", f.value.name, expr(&f.collection))
}

fn operator(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Or => "||",
        BinaryOp::And => "&&",
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterOrEqual => ">=",
        BinaryOp::Less => "<",
        BinaryOp::LessOrEqual => "<=",
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Modulo => "%",
    }
}
