//! Many warnings of one kind as one.

use std::collections::HashMap;

use crate::{Diagnostic, Diagnostics, Severity};

/// Failed checks are all shown, however many there are.
const NEVER_CONSOLIDATED: &str = "Check block assertion";

/// One diagnostic and how many more like it there are.
pub(super) struct Group<'a> {
    pub(super) first: &'a Diagnostic,
    pub(super) more: usize,
}

/// Warnings with a place that have the same summary, grouped at the first of them; all else alone.
pub(super) fn groups<'a>(diagnostics: impl IntoIterator<Item = &'a Diagnostic>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut by_summary: HashMap<&str, usize> = HashMap::new();
    for diagnostic in diagnostics {
        let groupable = diagnostic.severity == Severity::Warning
            && diagnostic.subject.is_some()
            && !diagnostic.summary.starts_with(NEVER_CONSOLIDATED);
        if groupable {
            if let Some(i) = by_summary.get(&*diagnostic.summary) {
                groups[*i].more += 1;
                continue;
            }
            by_summary.insert(&diagnostic.summary, groups.len());
        }
        groups.push(Group { first: diagnostic, more: 0 });
    }
    groups
}

/// The diagnostics with warnings of one kind made one, which says how many more there are: what terraform shows.
#[must_use]
pub fn consolidate_warnings(diagnostics: &Diagnostics) -> Diagnostics {
    let consolidated = groups(diagnostics).into_iter().map(|group| {
        let mut shown = group.first.clone();
        let note = match group.more {
            0 => return shown,
            1 => "(and one more similar warning elsewhere)".to_owned(),
            more => format!("(and {more} more similar warnings elsewhere)"),
        };
        if !shown.detail.is_empty() {
            shown.detail.push_str("\n\n");
        }
        shown.detail.push_str(&note);
        shown
    });
    consolidated.collect()
}
