//! What diagnostics say they are in: `resource "aws_instance" "a"`, or in JSON `resource.aws_instance.a[1]`.

use fw_diag::Span;

use super::Body;
use crate::{
    ast::{NativeBlock, NativeBody},
    deep,
    json::{JsonKind, JsonValue},
};

/// JSON below this depth is said to be in what is around it there, so that the paths don't grow without end.
const DEEPEST: usize = 64;

/// The parts of a body and what to call them. Of parts inside each other the outer comes first.
pub(super) fn outline(body: &Body) -> Vec<(Span, String)> {
    match body {
        Body::Native(body) => native(body),
        Body::Json(body) => {
            let mut found = Vec::new();
            json(body.value(), &mut String::new(), 0, &mut found);
            found
        }
        Body::Merged(_) | Body::Given(_) | Body::Overridden(_) => Vec::new(),
    }
}

fn native(body: &NativeBody) -> Vec<(Span, String)> {
    let header = |block: &NativeBlock| {
        let labels = block.labels.iter().map(|label| format!(" {:?}", &*label.name));
        std::iter::once(block.kind.name.to_string()).chain(labels).collect::<String>()
    };
    body.blocks.iter().map(|block| (block.kind.span.to(block.close), header(block))).collect()
}

fn json(value: &JsonValue, path: &mut String, depth: usize, found: &mut Vec<(Span, String)>) {
    if depth > DEEPEST {
        return;
    }
    let mut inside = |inner: &JsonValue, step: String| {
        if !matches!(inner.kind, JsonKind::Object(_) | JsonKind::Array(_)) {
            return;
        }
        let length = path.len();
        path.push_str(&step);
        found.push((inner.span, path.strip_prefix('.').unwrap_or(path).to_owned()));
        deep::guard(|| json(inner, path, depth + 1, found));
        path.truncate(length);
    };
    match &value.kind {
        JsonKind::Object(object) => {
            object.properties.iter().for_each(|p| inside(&p.value, format!(".{}", p.name.text)));
        }
        JsonKind::Array(items) => items.iter().enumerate().for_each(|(i, item)| inside(item, format!("[{i}]"))),
        _ => {}
    }
}
