//! The order in which people read diagnostics.

use std::path::MAIN_SEPARATOR;

use crate::{Diagnostic, Diagnostics, SourceMap};

/// Warnings, then errors; of each first what has no place, then files with short paths before those further down, and within
/// a file from top to bottom. What is equal in all this stays in the order it was found.
#[must_use]
pub fn in_reading_order(diagnostics: &Diagnostics, sources: &SourceMap) -> Diagnostics {
    let mut ordered: Vec<&Diagnostic> = diagnostics.iter().collect();
    ordered.sort_by_cached_key(|diagnostic| key(diagnostic, sources));
    ordered.into_iter().cloned().collect()
}

fn key(diagnostic: &Diagnostic, sources: &SourceMap) -> impl Ord + use<> {
    let place = diagnostic.subject.map(|span| {
        let name = sources.file(span.file).name.clone();
        (name.matches(MAIN_SEPARATOR).count(), name, span.start, span.end)
    });
    (diagnostic.is_error(), place)
}
