//! Strings: on one line, over several, or as the JSON they hold.

use fw_value::go_quoted;

use super::{Options, null_text};
use crate::human::compare::compare_json;
use crate::human::datum::Datum;
use crate::human::diff::{Change, Diff, Shown};
use crate::human::lcs::{self, Step};

/// A string looked at more closely.
enum Reading<'a> {
    Null,
    Json(Datum),
    Lines(&'a str),
    Line(&'a str),
}

impl<'a> Reading<'a> {
    fn of(datum: Option<&'a Datum>) -> Self {
        let Some(text) = datum.and_then(Datum::as_text) else { return Self::Null };
        match Datum::of_json(text) {
            Some(json) => Self::Json(json),
            None if text.contains('\n') => Self::Lines(text.trim()),
            None => Self::Line(text),
        }
    }

    fn is_lines(&self) -> bool {
        matches!(self, Self::Lines(_))
    }

    /// In quotes, as text among text.
    fn quoted(&self, options: Options) -> String {
        match self {
            Self::Null | Self::Json(_) => null_text(options),
            Self::Lines(text) | Self::Line(text) => go_quoted(text),
        }
    }

    fn lines(&self, options: Options) -> Vec<String> {
        match self {
            Self::Null | Self::Json(_) => vec![null_text(options)],
            Self::Lines(text) | Self::Line(text) => text.split('\n').map(str::to_owned).collect(),
        }
    }
}

pub(super) fn render(
    diff: &Diff,
    before: Option<&Datum>,
    after: Option<&Datum>,
    indent: usize,
    options: Options,
) -> String {
    let replace = options.replace_suffix(diff.replace);
    match diff.change {
        Change::Create | Change::None => match Reading::of(after) {
            Reading::Json(json) => {
                let before = (diff.change == Change::None).then_some(&json);
                render_json(diff, before, Some(&json), indent, options)
            }
            Reading::Lines(text) => render_lines(diff, unchanged_lines(text, indent, options), indent, options),
            reading => format!("{}{replace}", reading.quoted(options)),
        },
        Change::Delete => match Reading::of(before) {
            Reading::Json(json) => render_json(diff, Some(&json), None, indent, options),
            Reading::Lines(text) => render_lines(diff, unchanged_lines(text, indent, options), indent, options),
            // `null -> null` would say nothing.
            Reading::Null => format!("{}{replace}", null_text(options)),
            Reading::Line(text) => format!("{}{}{replace}", go_quoted(text), options.null_suffix(diff.change)),
        },
        Change::Update => render_update(diff, (before, after), indent, options),
    }
}

fn render_update(diff: &Diff, (old, new): (Option<&Datum>, Option<&Datum>), indent: usize, options: Options) -> String {
    match (Reading::of(old), Reading::of(new)) {
        (Reading::Json(before), Reading::Json(after)) => {
            render_json(diff, Some(&before), Some(&after), indent, options)
        }
        (Reading::Json(_), _) | (_, Reading::Json(_)) => {
            let alone = |before: Option<&Datum>, after: Option<&Datum>, change| Diff {
                shown: Shown::Plain { before: before.cloned(), after: after.cloned(), text: true },
                change,
                replace: false,
            };
            let kinds =
                Shown::Kinds(Box::new(alone(old, None, Change::Delete)), Box::new(alone(None, new, Change::Create)));
            super::render(&Diff { shown: kinds, change: diff.change, replace: diff.replace }, indent, options)
        }
        (before, after) if !before.is_lines() && !after.is_lines() => {
            let (before, after) = (before.quoted(options), after.quoted(options));
            format!("{before} {} {after}{}", options.ink.arrow(), options.replace_suffix(diff.replace))
        }
        (before, after) => {
            let lines = changed_lines(&before.lines(options), &after.lines(options), indent, options);
            render_lines(diff, lines, indent, options)
        }
    }
}

/// One piece of JSON, or the difference of two, in the syntax of the language.
fn render_json(diff: &Diff, before: Option<&Datum>, after: Option<&Datum>, indent: usize, options: Options) -> String {
    let json = compare_json(before, after);
    let mut inner = Options { hide_null: true, ..options.parts() };
    let only_whitespace = json.change == Change::None && diff.change == Change::Update;
    let (mut whitespace, mut replace) = ("", String::new());
    // Creations and deletions are marked before each part of the JSON, which is enough.
    let mut change = if diff.change == Change::Update { Change::Update } else { Change::None };
    if only_whitespace {
        whitespace = if diff.replace { " # whitespace changes force replacement" } else { " # whitespace changes" };
        inner.show_unchanged = true;
        change = Change::None;
    } else {
        replace = options.replace_suffix(diff.replace);
    }
    let text = super::render(&json, indent + 1, inner);
    if !text.contains('\n') {
        return format!("jsonencode({text}){whitespace}{replace}");
    }
    let start = options.line(indent + 1, change);
    let end = options.line(indent, Change::None);
    format!("jsonencode({whitespace}\n{start}{text}{replace}\n{end}){}", options.null_suffix(diff.change))
}

fn unchanged_lines(text: &str, indent: usize, options: Options) -> Vec<String> {
    let start = options.line(indent + 1, Change::None);
    text.split('\n').map(|line| format!("{start}{line}")).collect()
}

fn changed_lines(before: &[String], after: &[String], indent: usize, options: Options) -> Vec<String> {
    let (old, new) = lcs::classes(before, after, |line| lcs::fingerprint(line), |a, b| a == b);
    let line = |change, text: &str| format!("{}{text}", options.line(indent + 1, change));
    let steps = lcs::steps(&old, &new, |_, _| false);
    let lines = steps.into_iter().map(|step| match step {
        Step::Old(i) => line(Change::Delete, &before[i]),
        Step::New(j) => line(Change::Create, &after[j]),
        Step::Both(i, _) => line(Change::None, &before[i]),
    });
    lines.collect()
}

fn render_lines(diff: &Diff, lines: Vec<String>, indent: usize, options: Options) -> String {
    let (replace, null) = (options.replace_suffix(diff.replace), options.null_suffix(diff.change));
    format!("<<-EOT{replace}\n{}\n{}EOT{null}", lines.join("\n"), options.line(indent, Change::None))
}
