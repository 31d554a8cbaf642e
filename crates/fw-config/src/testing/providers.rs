//! Providers that runs choose, against what they are in the configuration.

use std::collections::BTreeMap;

use fw_addr::{Name, Provider};
use fw_diag::{Diagnostic, Diagnostics, Span};

use super::TestFile;
use crate::model::{Config, PassedProvider};

/// Says which runs take a provider of their file for another one. As with terraform, a name of a file means what the first
/// run that passes it takes it for, and only runs of the main configuration are held to that.
#[must_use]
pub fn mismatches(config: &Config) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for file in config.tests.files.values() {
        let mut taken: BTreeMap<&Name, Provider> = BTreeMap::new();
        for run in &file.runs {
            let under_test = config.tests.modules.get(&file.module_path(run)).unwrap_or(config);
            for passed in &run.providers {
                let wanted = under_test.root().provider_of(&passed.inside.local_name);
                let known = taken.entry(&passed.outside.local_name).or_insert_with(|| wanted.clone());
                if *known != wanted && run.module.is_none() {
                    diagnostics.push(mismatch(file, passed, known, &wanted));
                }
            }
        }
    }
    diagnostics
}

fn mismatch(file: &TestFile, passed: &PassedProvider, known: &Provider, wanted: &Provider) -> Diagnostic {
    let (inside, outside, path) = (&passed.inside.local_name, &passed.outside.local_name, &file.path);
    let detail = format!(
        "The local name \"{outside}\" in {path} represents provider \"{known}\", but \"{inside}\" in the root module represents \
         \"{wanted}\".\n\nThis means the provider definition for \"{outside}\" within {path}, or other provider definitions with \
         the same name, have been referenced by multiple run blocks and assigned to different provider types."
    );
    let span = Span { start: passed.inside_span.start, ..passed.span };
    Diagnostic::error("Provider type mismatch", detail).at(span)
}
