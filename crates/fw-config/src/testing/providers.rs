//! Providers that runs choose, against what they are in the configuration.

use fw_diag::{Diagnostic, Diagnostics, Span};

use super::{Run, TestFile};
use crate::model::{Config, PassedProvider};

/// Says which runs take a provider of their file for another one.
#[must_use]
pub fn mismatches(config: &Config) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for file in config.tests.files.values() {
        for run in &file.runs {
            let under_test = config.tests.modules.get(&file.module_path(run)).unwrap_or(config);
            diagnostics.extend(run.providers.iter().filter_map(|one| mismatch(config, under_test, file, run, one)));
        }
    }
    diagnostics
}

fn mismatch(
    config: &Config,
    under_test: &Config,
    file: &TestFile,
    run: &Run,
    passed: &PassedProvider,
) -> Option<Diagnostic> {
    let (inside, outside) = (&passed.inside.local_name, &passed.outside.local_name);
    // What the module declares is what the name means in the file, too.
    if under_test.root().required_providers.get(inside).is_some_and(|required| required.span.is_some()) {
        return None;
    }
    let wanted = under_test.root().provider_of(inside);
    let given = config.root().provider_of(outside);
    // A name that only the run's own module knows means what it means there.
    if wanted == given || run.module.is_some() && inside == outside {
        return None;
    }
    let path = &file.path;
    let detail = format!(
        "The local name \"{outside}\" in {path} represents provider \"{given}\", but \"{inside}\" in the root module represents \
         \"{wanted}\".\n\nThis means the provider definition for \"{outside}\" within {path}, or other provider definitions with \
         the same name, have been referenced by multiple run blocks and assigned to different provider types."
    );
    let span = Span { start: passed.inside_span.start, ..passed.span };
    Some(Diagnostic::error("Provider type mismatch", detail).at(span))
}
