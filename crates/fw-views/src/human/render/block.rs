//! Bodies: resources and nested blocks.

use std::borrow::Cow;

use fw_value::{Str, go_quoted};

use super::{Options, attribute_name, is_important, push_padded, render, spaces, warnings};
use crate::human::diff::{BlockGroup, Change, Diff, Shown};

pub(super) fn render_body(
    diff: &Diff,
    attributes: &[(Str, Diff)],
    blocks: &[BlockGroup],
    indent: usize,
    options: Options,
) -> String {
    let replace = options.replace_suffix(diff.replace);
    if attributes.is_empty() && blocks.is_empty() {
        return format!("{{}}{replace}");
    }
    let mut out = String::with_capacity(128);
    out.push('{');
    out.push_str(&replace);
    out.push('\n');
    push_attributes(attributes, indent + 1, options, &mut out);
    let mut unchanged = 0;
    for group in blocks {
        let parts = if group.is_set { Options { force_replace: diff.replace, ..options } } else { options };
        unchanged += push_group(group, !attributes.is_empty(), indent + 1, parts, &mut out);
    }
    if unchanged > 0 {
        let line = options.line(indent + 1, Change::None);
        out.push_str(&format!("\n{line}{}\n", options.unchanged("block", unchanged)));
    }
    options.begin_line(&mut out, indent, Change::None);
    out.push('}');
    out
}

fn push_attributes(attributes: &[(Str, Diff)], indent: usize, options: Options, out: &mut String) {
    let names: Vec<Cow<'_, str>> = attributes.iter().map(|(name, _)| attribute_name(name)).collect();
    let width = names.iter().map(|name| name.len()).max().unwrap_or_default();
    let mut unchanged = 0;
    for (written, (name, attribute)) in names.iter().zip(attributes) {
        let important = is_important(name);
        if attribute.change == Change::None && !options.show_unchanged && !important {
            unchanged += 1;
            continue;
        }
        let inner = Options { show_unchanged: options.show_unchanged || important, ..options.parts() };
        push_warnings(attribute, indent, options, out);
        options.begin_line(out, indent, attribute.change);
        push_padded(out, written, width);
        out.push_str(" = ");
        out.push_str(&render(attribute, indent, inner));
        out.push('\n');
    }
    if unchanged > 0 {
        let line = options.line(indent, Change::None);
        out.push_str(&format!("{line}{}\n", options.unchanged("attribute", unchanged)));
    }
}

fn push_warnings(diff: &Diff, indent: usize, options: Options, out: &mut String) {
    for warning in warnings(diff, indent, options) {
        out.push_str(&format!("{}{warning}\n", spaces(indent)));
    }
}

/// Appends the blocks of one type. Returns how many are left out because they do not change.
fn push_group(group: &BlockGroup, after_attributes: bool, indent: usize, options: Options, out: &mut String) -> usize {
    let mut unchanged = 0;
    let mut first = true;
    for (label, block) in &group.blocks {
        let hidden = hidden_as_group(group, block);
        let block = hidden.as_ref().unwrap_or(block);
        if block.change == Change::None && !options.show_unchanged {
            unchanged += 1;
            continue;
        }
        if first && after_attributes {
            out.push('\n');
            first = false;
        }
        let inner = Options { force_replace: group.replace, ..options };
        push_warnings(block, indent, inner, out);
        let label = label.as_ref().map_or_else(String::new, |label| format!(" {}", go_quoted(label)));
        let name = attribute_name(&group.name);
        let line = inner.line(indent, block.change);
        out.push_str(&format!("{line}{name}{label} {}\n", render(block, indent, inner)));
    }
    unchanged
}

/// The block as it is shown where all blocks of its type are hidden.
fn hidden_as_group(group: &BlockGroup, block: &Diff) -> Option<Diff> {
    let (before, after) = (group.sensitive_before, group.sensitive_after);
    let hidden = match block.change {
        Change::Create => after,
        Change::Delete => before,
        Change::Update | Change::None => before || after,
    };
    let change = if block.change == Change::None && before != after { Change::Update } else { block.change };
    let shown = Shown::SensitiveBlock { inner: block.change, before, after };
    hidden.then_some(Diff { shown, change, replace: block.replace })
}

pub(super) fn render_hidden(diff: &Diff, indent: usize, options: Options) -> String {
    let line = options.line(indent, Change::None);
    format!(
        "{{{}\n{line}  # At least one attribute in this block is (or was) sensitive,\n{line}  # so its contents will not \
         be displayed.\n{line}}}",
        options.replace_suffix(diff.replace)
    )
}
