//! Differences as text. Lines but the first of what is shown are indented; callers write what stands before the first.

mod block;
mod collection;
mod text;

use std::borrow::Cow;

use fw_syntax::deep::guard;
use fw_value::go_quoted;

use super::datum::{Content, Datum};
use super::diff::{Change, Diff, Shown};
use super::ink::{Code, Ink};

/// What is shown and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    pub(super) ink: Ink,
    /// Without `-> null` after what is deleted.
    pub(super) hide_null: bool,
    /// With `# forces replacement` whatever the difference itself says; not handed on to parts.
    pub(super) force_replace: bool,
    /// With what does not change.
    pub(super) show_unchanged: bool,
    /// Without the marks before lines, and without the room for them.
    pub(super) hide_symbols: bool,
}

impl Options {
    pub(super) fn new(ink: Ink) -> Self {
        Self { ink, hide_null: false, force_replace: false, show_unchanged: false, hide_symbols: false }
    }

    /// For the parts of what these options are for.
    fn parts(self) -> Self {
        Self { force_replace: false, ..self }
    }

    fn null_suffix(self, change: Change) -> String {
        if self.hide_null || change != Change::Delete {
            return String::new();
        }
        let reset = self.ink.code(Code::Reset);
        format!(" {}-> null{reset}{reset}", self.ink.code(Code::Grey))
    }

    fn replace_suffix(self, replace: bool) -> String {
        if !replace && !self.force_replace {
            return String::new();
        }
        let reset = self.ink.code(Code::Reset);
        format!(" {}# forces replacement{reset}{reset}", self.ink.code(Code::Red))
    }

    /// The beginning of a line: where there are marks, four columns of them after the indentation.
    fn line(self, indent: usize, change: Change) -> String {
        let mut line = String::with_capacity(4 * indent + 16);
        self.begin_line(&mut line, indent, change);
        line
    }

    /// Appends the beginning of a line.
    fn begin_line(self, out: &mut String, indent: usize, change: Change) {
        out.extend(std::iter::repeat_n(' ', 4 * indent));
        if !self.hide_symbols {
            out.push_str(self.ink.symbol(change));
            out.push(' ');
        }
    }

    fn unchanged(self, what: &str, count: usize) -> String {
        let plural = if count == 1 { "" } else { "s" };
        self.ink.paint(Code::Grey, &format!("# ({count} unchanged {what}{plural} hidden)"))
    }
}

fn spaces(indent: usize) -> String {
    " ".repeat(4 * indent)
}

pub(super) fn render(diff: &Diff, indent: usize, options: Options) -> String {
    guard(|| match &diff.shown {
        Shown::Plain { before, after, text: true } => {
            text::render(diff, before.as_ref(), after.as_ref(), indent, options)
        }
        Shown::Plain { before, after, text: false } => plain(diff, before.as_ref(), after.as_ref(), options),
        Shown::Unknown(before) => unknown(diff, before.as_deref(), indent, options),
        Shown::Sensitive { .. } => {
            let suffix = options.null_suffix(diff.change) + &options.replace_suffix(diff.replace);
            format!("(sensitive value){suffix}")
        }
        Shown::SensitiveBlock { .. } => block::render_hidden(diff, indent, options),
        Shown::Kinds(before, after) => {
            let options = Options { hide_null: true, ..options };
            let (before, after) = (render(before, indent, options), render(after, indent, options));
            format!("{before} {} {after}", options.ink.arrow())
        }
        Shown::WriteOnly { sensitive } => {
            let suffix = options.replace_suffix(diff.replace) + &options.null_suffix(diff.change);
            format!("({}write-only attribute){suffix}", if *sensitive { "sensitive, " } else { "" })
        }
        Shown::List { elements, context } => collection::render_list(diff, elements, *context, indent, options),
        Shown::Set { elements, nested } => collection::render_set(diff, elements, *nested, indent, options),
        Shown::Map { elements, nested } => collection::render_map(diff, elements, *nested, indent, options),
        Shown::Object { attributes, nested } => collection::render_object(diff, attributes, *nested, indent, options),
        Shown::Block { attributes, blocks } => block::render_body(diff, attributes, blocks, indent, options),
    })
}

fn unknown(diff: &Diff, before: Option<&Diff>, indent: usize, options: Options) -> String {
    let replace = options.replace_suffix(diff.replace);
    match before.filter(|_| diff.change != Change::Create) {
        None => "(known after apply)".to_owned() + &replace,
        Some(before) => {
            let before = render(before, indent, Options { hide_null: true, ..options });
            format!("{before} -> (known after apply){replace}")
        }
    }
}

fn plain(diff: &Diff, before: Option<&Datum>, after: Option<&Datum>, options: Options) -> String {
    let replace = options.replace_suffix(diff.replace);
    let (before, after) = (plain_text(before, options), plain_text(after, options));
    match diff.change {
        Change::Create => after + &replace,
        Change::Delete => format!("{before}{}{replace}", options.null_suffix(diff.change)),
        Change::None => format!("{before}{replace}"),
        Change::Update => format!("{before} {} {after}{replace}", options.ink.arrow()),
    }
}

fn plain_text(datum: Option<&Datum>, options: Options) -> String {
    match datum.map(|datum| &datum.content) {
        Some(Content::Bool(b)) => b.to_string(),
        Some(Content::Number(text)) => text.clone(),
        Some(Content::Text(text)) => go_quoted(text),
        // What has elements never comes here: its type says so.
        None | Some(Content::Null | Content::Unknown | Content::Array(_) | Content::Object(_)) => null_text(options),
    }
}

fn null_text(options: Options) -> String {
    options.ink.paint(Code::Grey, "null")
}

/// Lines that go before the one of a part, each without its indentation: changes of sensitivity.
fn warnings(diff: &Diff, indent: usize, options: Options) -> Vec<String> {
    let (before, after, inner, what) = match &diff.shown {
        Shown::Sensitive { inner, before, after } => (*before, *after, inner.change, "attribute value"),
        Shown::SensitiveBlock { inner, before, after } => (*before, *after, *inner, "block"),
        _ => return Vec::new(),
    };
    if before == after || matches!(inner, Change::Create | Change::Delete) {
        return Vec::new();
    }
    let (yellow, reset) = (options.ink.code(Code::Yellow), options.ink.code(Code::Reset));
    let indentation = spaces(indent);
    let says = if before {
        format!("this {what} will no longer be marked as sensitive\n{indentation}  # after applying this change.")
    } else {
        format!(
            "this {what} will be marked as sensitive and will not\n{indentation}  # display in UI output after applying \
             this change."
        )
    };
    let unchanged = if inner == Change::None && what != "block" { " The value is unchanged." } else { "" };
    vec![format!("  # {yellow}Warning{reset}: {says}{reset}{unchanged}")]
}

/// A name as it is written before `=` in a body.
pub(super) fn attribute_name(name: &str) -> Cow<'_, str> {
    if fw_addr::is_identifier(name) { name.into() } else { go_quoted(name).into() }
}

/// `text` with spaces up to a width.
pub(super) fn padded(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(width);
    push_padded(&mut out, text, width);
    out
}

/// Appends `text` with spaces up to a width.
pub(super) fn push_padded(out: &mut String, text: &str, width: usize) {
    out.push_str(text);
    out.extend(std::iter::repeat_n(' ', width.saturating_sub(text.chars().count())));
}

/// Attributes shown even where they do not change, so that people recognise what they see.
fn is_important(name: &str) -> bool {
    matches!(name, "id" | "name" | "tags")
}
