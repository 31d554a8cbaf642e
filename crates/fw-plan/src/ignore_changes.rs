//! `ignore_changes` of a block as paths into its objects.

use fw_config::Lifecycle;
use fw_diag::{Diagnostic, Diagnostics};
use fw_provider::IgnoredChanges;
use fw_syntax::ast::{StepKind, Traversal};
use fw_value::{Path, Str};

/// What a block ignores. `None`: a path is no path; said in `told`.
pub(crate) fn ignored_changes(lifecycle: &Lifecycle, told: &mut Diagnostics) -> Option<IgnoredChanges> {
    if lifecycle.ignore_all_changes {
        return Some(IgnoredChanges::All);
    }
    let paths: Option<Vec<Path>> = lifecycle.ignore_changes.iter().map(|t| path_of(t, told)).collect();
    paths.map(IgnoredChanges::At)
}

fn path_of(traversal: &Traversal, told: &mut Diagnostics) -> Option<Path> {
    let mut path = Path::root().attribute(Str::clone(&traversal.root.name));
    for step in &traversal.steps {
        path = match &step.kind {
            StepKind::Attribute(name) => path.attribute(Str::clone(name)),
            StepKind::Index(key) if key.is_known() && !key.is_null() => path.index(key.clone()),
            StepKind::Index(_) => {
                let detail = "Only constant keys may be used in ignore_changes.";
                told.push(Diagnostic::error("Invalid ignore_changes expression", detail).at(step.span));
                return None;
            }
        };
    }
    Some(path)
}
