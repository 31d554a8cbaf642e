//! Documents on many lines, without what no two runs have in common.

use fw_value::json::Node;
use regex::Regex;

/// The document, or the text where it is none.
pub(crate) fn normalized(text: &str) -> String {
    let Ok(mut document) = Node::parse(text) else { return text.to_owned() };
    sort_relevant(&mut document);
    let mut pretty = String::new();
    write(&document, 0, &mut pretty);
    let volatile = [
        ("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID"),
        ("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", "TIME"),
        ("(\"deposed(_key)?\":)\"[0-9a-f]{8}\"", "${1}\"DEPOSED\""),
    ];
    volatile.iter().fold(pretty, |text, (pattern, name)| {
        Regex::new(pattern).expect("a pattern").replace_all(&text, *name).into_owned()
    })
}

/// On one line where it is short.
fn write(node: &Node, indent: usize, out: &mut String) {
    let compact = node.to_string();
    let line = |out: &mut String, indent: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', indent));
    };
    match node {
        Node::Object(members) if compact.len() > 100 => {
            out.push('{');
            for (i, (name, member)) in members.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                line(out, indent + 1);
                Node::String(name.clone()).write_compact(out);
                out.push(':');
                write(member, indent + 1, out);
            }
            line(out, indent);
            out.push('}');
        }
        Node::Array(elements) if compact.len() > 100 => {
            out.push('[');
            for (i, element) in elements.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                line(out, indent + 1);
                write(element, indent + 1, out);
            }
            line(out, indent);
            out.push(']');
        }
        _ => out.push_str(&compact),
    }
}

/// Terraform gives relevant attributes in no order.
fn sort_relevant(document: &mut Node) {
    let Node::Object(members) = document else { return };
    for (name, member) in members {
        if let (true, Node::Array(elements)) = (name == "relevant_attributes", member) {
            elements.sort_by_key(ToString::to_string);
        }
    }
}
