//! The change of one resource instance: what it says above, and the body with what differs.

use std::sync::Arc;

use fw_addr::ResourceMode;
use fw_exec::{Action, ResourceChange};
use fw_schema::{Block, Schema};
use fw_value::Value;

use super::heading::{Cause, heading};
use crate::human::Schemas;
use crate::human::compare::{Pair, compare_block};
use crate::human::datum::Datum;
use crate::human::diff::Diff;
use crate::human::ink::{Code, Ink};
use crate::human::matcher::Matcher;
use crate::human::portions;
use crate::human::render::{Options, render};

/// A change and what its comparison found.
pub(super) struct Described<'p> {
    pub(super) change: &'p ResourceChange,
    pub(super) diff: Diff,
}

impl Described<'_> {
    pub(super) fn is_moved(&self) -> bool {
        self.change.address != self.change.previous_address
    }
}

/// The changes that are to be shown, with their comparisons.
pub(super) fn described<'p>(
    changes: &'p [ResourceChange],
    is_shown: impl Fn(&ResourceChange) -> bool + Sync,
    schemas: &Schemas,
) -> Vec<Described<'p>> {
    let described = |change| Described { change, diff: compare(change, Matcher::All, schemas) };
    let portions = portions::each(changes, |changes: &'p [ResourceChange]| -> Vec<Described<'p>> {
        changes.iter().filter(|change| is_shown(change)).map(described).collect()
    });
    portions.into_iter().flatten().collect()
}

/// What a change does to an object, as far as it is relevant.
pub(super) fn compare(change: &ResourceChange, relevant: Matcher<'_>, schemas: &Schemas) -> Diff {
    let schema = schema_of(change, schemas);
    // What is only forgotten stays as it is.
    let after = if change.action == Action::Forget { &change.before } else { &change.after };
    let guess;
    let block = match &schema {
        Some(schema) => &schema.block,
        None => {
            let known = if after.is_null() { &change.before } else { after };
            guess = Block::of_object_type(known.ty());
            &guess
        }
    };
    let datum = |value: &Value| Datum::of(&block.mark_sensitive(value.clone()));
    let (before, after) = (datum(&change.before), datum(after));
    let replace = Matcher::places(&change.required_replace);
    compare_block(Pair { replace, relevant, ..Pair::changed(&before, &after) }.of_schema(block), block)
}

fn schema_of(change: &ResourceChange, schemas: &Schemas) -> Option<Arc<Schema>> {
    let schemas = schemas.get(&change.provider.provider)?;
    let resource = &change.address.resource;
    match resource.mode {
        ResourceMode::Managed => schemas.resource(&resource.kind),
        ResourceMode::Data => schemas.data_source(&resource.kind),
        ResourceMode::Ephemeral => schemas.ephemeral_resource(&resource.kind),
    }
}

/// The text of a change, without a newline at its end.
pub(super) fn text(described: &Described<'_>, cause: Cause, ink: Ink, tool: &str) -> String {
    let change = described.change;
    let resource = &change.address.resource;
    let options = Options { show_unchanged: change.importing.is_some(), ..Options::new(ink) };
    let mode = if resource.mode == ResourceMode::Managed { "resource" } else { "data" };
    [
        &heading(change, cause, ink, tool),
        &symbol(change.action, ink, ink.code(Code::Reset)),
        " ",
        mode,
        " \"",
        &resource.kind,
        "\" \"",
        &resource.name,
        "\" ",
        &render(&described.diff, 0, options),
    ]
    .concat()
}

/// The mark before a change. What follows is coloured on its own after `end`.
pub(super) fn symbol(action: Action, ink: Ink, end: &str) -> String {
    let reset = ink.code(Code::Reset);
    let part = |code, text: &str| [ink.code(code), text, reset].concat();
    let symbol = match action {
        Action::NoOp => return "   ".to_owned(),
        Action::Create => "  ".to_owned() + &part(Code::Green, "+"),
        Action::Update => format!("  {}", part(Code::Yellow, "~")),
        Action::Delete => format!("  {}", part(Code::Red, "-")),
        Action::Read => format!(" {}", part(Code::Cyan, "<=")),
        Action::Forget => format!(" {}", part(Code::Red, ".")),
        Action::DeleteThenCreate => format!("{}/{}", part(Code::Red, "-"), part(Code::Green, "+")),
        Action::CreateThenDelete => format!("{}/{}", part(Code::Green, "+"), part(Code::Red, "-")),
        Action::CreateThenForget => format!("{}/{}", part(Code::Green, "+"), part(Code::Red, ".")),
    };
    symbol + end
}
