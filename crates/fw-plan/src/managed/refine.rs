//! Checks on what a provider planned, and what is made of it.

use fw_diag::{Diagnostic, Diagnostics};
use fw_exec::Kind;
use fw_provider::PlanResponse;
use fw_value::{Marks, Path, PathMarks, PathStep, Value};

use super::Planned;
use crate::resources::Wanted;
use crate::write_only::{self, Answer};

/// The planned value with the marks of the configuration and the schema, but those that are never stored.
pub(super) fn with_marks(kind: &Kind, planned: Value, config: &[PathMarks]) -> Value {
    let kept = config.iter().filter(|place| place.marks.contains(Marks::SENSITIVE));
    let kept: Vec<_> = kept.map(|place| PathMarks { path: place.path.clone(), marks: Marks::SENSITIVE }).collect();
    kind.marked(planned.mark_with_paths(&kept))
}

/// Whether the provider's answer breaks its contract; said in `told`.
pub(super) fn invalid_answer(
    kind: &Kind,
    one: &Wanted,
    (prior, config): (&Value, &Value),
    answer: &PlanResponse,
    told: &mut Diagnostics,
) -> bool {
    let provider = &kind.config.provider;
    let mut refuse = |problem: &fw_value::PathError| {
        let detail = format!(
            "Provider \"{provider}\" planned an invalid value for {}.\n\nThis is a bug in the provider, which should be \
             reported in the provider's own issue tracker.",
            fw_provider::problem_text(&one.address.to_string(), problem)
        );
        told.push(Diagnostic::error("Provider produced invalid plan", detail));
    };
    let wrong_type = fw_provider::assert_value_conforms(&kind.schema.block, &answer.planned);
    wrong_type.iter().for_each(&mut refuse);
    if !wrong_type.is_empty() {
        return true;
    }
    let returned = write_only::returned(Answer::Plan, kind, &one.address, &answer.planned);
    if returned.has_errors() {
        told.append(returned);
        return true;
    }
    if answer.legacy_type_system {
        return false;
    }
    let problems = fw_provider::assert_plan_valid(&kind.schema.block, prior, config, &answer.planned);
    problems.iter().for_each(&mut refuse);
    !problems.is_empty()
}

/// Of the paths whose change needs a new object, those that do change.
pub(super) fn really_changed(
    kind: &Kind,
    one: &Wanted,
    (prior, config): (&Value, &Value),
    planned: &Planned,
    told: &mut Diagnostics,
) -> Vec<Path> {
    if prior.is_null() {
        return Vec::new();
    }
    // A write-only value is null before and after; that it is given is all there is to see.
    let write_only = fw_provider::write_only_values(&kind.schema.block, config);
    let mut changed = Vec::new();
    for path in &planned.requires_replace {
        let (before, after) = (prior.get_path(path), planned.plain.get_path(path));
        if before.is_none() && after.is_none() {
            let detail = format!(
                "Provider \"{}\" has indicated \"requires replacement\" on {} for a non-existent attribute path {}.\n\nThis \
                 is a bug in the provider, which should be reported in the provider's own issue tracker.",
                kind.config.provider, one.address, path
            );
            told.push(Diagnostic::error("Provider produced invalid plan", detail));
            continue;
        }
        if (write_only.contains(path) || before != after) && !changed.contains(path) {
            changed.push(path.clone());
        }
    }
    changed.sort_by_cached_key(place_in_documents);
    changed
}

/// Where terraform's plan documents have a path among others: by its CRC-64 (ISO), as a signed number, in which all keys of
/// collections are alike.
fn place_in_documents(path: &Path) -> i64 {
    let mut sum = u64::MAX;
    for step in &path.0 {
        let text = match step {
            PathStep::Attribute(name) => name.as_bytes(),
            PathStep::Index(_) => b"#",
        };
        for byte in text {
            sum ^= u64::from(*byte);
            for _ in 0..8 {
                let carry = sum & 1 == 1;
                sum >>= 1;
                if carry {
                    sum ^= 0xD800_0000_0000_0000;
                }
            }
        }
    }
    (!sum).cast_signed()
}
