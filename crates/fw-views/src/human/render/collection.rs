//! Lists, sets, maps and objects.

use fw_value::{Str, go_quoted};

use super::{Options, attribute_name, is_important, padded, render, spaces, warnings};
use crate::human::diff::{Change, Diff, Shown};

/// Appends the line, or lines, of an element.
fn push_element(diff: &Diff, indent: usize, before: &str, after: &str, options: Options, out: &mut String) {
    out.push_str(&options.line(indent, diff.change));
    out.push_str(before);
    out.push_str(&render(diff, indent, options));
    out.push_str(after);
    out.push('\n');
}

fn push_warnings(diff: &Diff, indent: usize, options: Options, out: &mut String) {
    for warning in warnings(diff, indent, options) {
        out.push_str(&spaces(indent));
        out.push_str(&warning);
        out.push('\n');
    }
}

fn push_unchanged(what: &str, count: usize, indent: usize, options: Options, out: &mut String) {
    if count > 0 {
        out.push_str(&options.line(indent, Change::None));
        out.push_str(&options.unchanged(what, count));
        out.push('\n');
    }
}

fn push_end(diff: &Diff, indent: usize, bracket: char, options: Options, out: &mut String) {
    out.push_str(&options.line(indent, Change::None));
    out.push(bracket);
    out.push_str(&options.null_suffix(diff.change));
}

pub(super) fn render_list(diff: &Diff, elements: &[Diff], context: bool, indent: usize, options: Options) -> String {
    let replace = options.replace_suffix(diff.replace);
    if elements.is_empty() {
        return format!("[]{}{replace}", options.null_suffix(diff.change));
    }
    let inner = Options { hide_null: true, ..options.parts() };
    let neighbour = Options { show_unchanged: true, ..options.parts() };
    let mut out = format!("[{replace}\n");
    // Unchanged elements since the last one shown.
    let mut held: Vec<&Diff> = Vec::new();
    let mut follows_change = false;
    for element in elements {
        let is_unchanged = element.change == Change::None;
        if is_unchanged && !follows_change && !options.show_unchanged {
            held.push(element);
            continue;
        }
        follows_change = false;
        let mut element_options = inner;
        if context {
            // The neighbours of a change tell people where in the list they are.
            if let Some((last, others)) = held.split_last() {
                push_unchanged("element", others.len(), indent + 1, inner, &mut out);
                push_element(last, indent + 1, "", ",", neighbour, &mut out);
            }
            held.clear();
            if is_unchanged {
                element_options = neighbour;
            } else {
                follows_change = true;
            }
        }
        push_warnings(element, indent + 1, element_options, &mut out);
        push_element(element, indent + 1, "", ",", element_options, &mut out);
    }
    push_unchanged("element", held.len(), indent + 1, options, &mut out);
    push_end(diff, indent, ']', options, &mut out);
    out
}

pub(super) fn render_set(diff: &Diff, elements: &[Diff], nested: bool, indent: usize, options: Options) -> String {
    let replace = options.replace_suffix_of_whole(diff, nested);
    if elements.is_empty() {
        return format!("[]{}{replace}", options.null_suffix(diff.change));
    }
    let inner = Options { hide_null: true, force_replace: diff.replace && nested, ..options };
    let mut out = format!("[{replace}\n");
    let mut unchanged = 0;
    for element in elements {
        if element.change == Change::None && !options.show_unchanged {
            unchanged += 1;
            continue;
        }
        push_warnings(element, indent + 1, options, &mut out);
        push_element(element, indent + 1, "", ",", inner, &mut out);
    }
    push_unchanged("element", unchanged, indent + 1, options, &mut out);
    push_end(diff, indent, ']', options, &mut out);
    out
}

pub(super) fn render_map(
    diff: &Diff,
    elements: &[(Str, Diff)],
    nested: bool,
    indent: usize,
    options: Options,
) -> String {
    let replace = options.replace_suffix_of_whole(diff, nested);
    if elements.is_empty() {
        return format!("{{}}{}{replace}", options.null_suffix(diff.change));
    }
    let inner = Options {
        hide_null: diff.change == Change::Delete || nested,
        force_replace: diff.replace && nested,
        ..options
    };
    let keys: Vec<String> = elements.iter().map(|(key, _)| go_quoted(key)).collect();
    let width = if nested { 0 } else { keys.iter().map(String::len).max().unwrap_or_default() };
    let mut out = format!("{{{replace}\n");
    let mut unchanged = 0;
    for (key, (_, element)) in keys.iter().zip(elements) {
        if element.change == Change::None && !options.show_unchanged {
            unchanged += 1;
            continue;
        }
        push_warnings(element, indent + 1, options, &mut out);
        let comma = if matches!(element.shown, Shown::Object { .. }) { "," } else { "" };
        push_element(element, indent + 1, &format!("{} = ", padded(key, width)), comma, inner, &mut out);
    }
    push_unchanged("element", unchanged, indent + 1, options, &mut out);
    push_end(diff, indent, '}', options, &mut out);
    out
}

pub(super) fn render_object(
    diff: &Diff,
    attributes: &[(Str, Diff)],
    nested: bool,
    indent: usize,
    options: Options,
) -> String {
    let replace = options.replace_suffix(diff.replace);
    if attributes.is_empty() {
        return format!("{{}}{}{replace}", options.null_suffix(diff.change));
    }
    let inner = Options { hide_null: !nested, ..options.parts() };
    let names: Vec<_> = attributes.iter().map(|(name, _)| attribute_name(name)).collect();
    let width = names.iter().map(|name| name.len()).max().unwrap_or_default();
    let mut out = format!("{{{replace}\n");
    let mut unchanged = 0;
    for (written, (name, attribute)) in names.iter().zip(attributes) {
        let important = is_important(name);
        if attribute.change == Change::None && !options.show_unchanged && !important {
            unchanged += 1;
            continue;
        }
        let attribute_options = Options { show_unchanged: inner.show_unchanged || important, ..inner };
        push_warnings(attribute, indent + 1, options, &mut out);
        let before = format!("{} = ", padded(written, width));
        push_element(attribute, indent + 1, &before, "", attribute_options, &mut out);
    }
    push_unchanged("attribute", unchanged, indent + 1, options, &mut out);
    push_end(diff, indent, '}', options, &mut out);
    out
}

impl Options {
    /// Collections of nested attributes leave it to their elements to say that they force a replacement.
    fn replace_suffix_of_whole(self, diff: &Diff, nested: bool) -> String {
        self.replace_suffix(diff.replace && !nested)
    }
}
