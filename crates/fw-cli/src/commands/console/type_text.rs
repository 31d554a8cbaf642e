//! Types as the function `type` of the console shows them.

use fw_value::Type;

/// The type in several lines.
pub(super) fn type_text(ty: &Type) -> String {
    let mut text = String::new();
    write(ty, 0, &mut text);
    text
}

fn write(ty: &Type, depth: usize, out: &mut String) {
    match ty {
        Type::Dynamic => out.push_str("dynamic"),
        Type::Bool => out.push_str("bool"),
        Type::Number => out.push_str("number"),
        Type::String => out.push_str("string"),
        Type::List(element) => collection("list", element, depth, out),
        Type::Set(element) => collection("set", element, depth, out),
        Type::Map(element) => collection("map", element, depth, out),
        Type::Tuple(elements) if elements.is_empty() => out.push_str("tuple([])"),
        Type::Tuple(elements) => {
            out.push_str("tuple([\n");
            for element in elements.iter() {
                line("", element, depth + 1, out);
            }
            out.push_str(&format!("{}])", indent(depth)));
        }
        Type::Object(object) if object.attributes().is_empty() => out.push_str("object({})"),
        Type::Object(object) => {
            out.push_str("object({\n");
            for attribute in object.attributes() {
                line(&format!("{}: ", attribute.name), &attribute.ty, depth + 1, out);
            }
            out.push_str(&format!("{}}})", indent(depth)));
        }
    }
}

fn collection(kind: &str, element: &Type, depth: usize, out: &mut String) {
    let is_simple = matches!(element, Type::Dynamic | Type::Bool | Type::Number | Type::String);
    out.push_str(kind);
    out.push('(');
    if is_simple {
        write(element, depth, out);
    } else {
        out.push('\n');
        line("", element, depth + 1, out);
        out.push_str(&indent(depth));
    }
    out.push(')');
}

fn line(label: &str, ty: &Type, depth: usize, out: &mut String) {
    out.push_str(&indent(depth));
    out.push_str(label);
    write(ty, depth, out);
    out.push_str(",\n");
}

fn indent(depth: usize) -> String {
    " ".repeat(4 * depth)
}
