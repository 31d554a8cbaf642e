//! Failures that a run expects: they are taken out of what was told, and those that are missing are told instead.

use fw_config::testing::Run;
use fw_diag::{Diagnostic, Diagnostics, Severity};
use fw_lang::reference::{Reference, Subject};

/// Says what failures cannot be expected of.
pub(crate) fn impossible(run: &Run) -> Diagnostics {
    let is_checkable = |reference: &&Reference| {
        matches!(
            reference.subject,
            Subject::Variable(_)
                | Subject::Output(_)
                | Subject::Check(_)
                | Subject::Resource(_)
                | Subject::ResourceInstance(..)
        )
    };
    let problem = |reference: &Reference| {
        let detail = format!(
            "You cannot expect failures from {}. You can only expect failures from checkable objects such as input variables, \
             output values, check blocks, managed resources and data sources.",
            reference.subject
        );
        Diagnostic::error("Invalid `expect_failures` reference", detail).at(reference.span)
    };
    run.expect_failures.iter().filter(|reference| !is_checkable(reference)).map(problem).collect()
}

/// What a run expects, and what of it has come.
pub(crate) struct Expected<'r> {
    references: &'r [Reference],
    came: Vec<bool>,
}

impl<'r> Expected<'r> {
    pub(crate) fn of(run: &'r Run) -> Self {
        Self { references: &run.expect_failures, came: vec![false; run.expect_failures.len()] }
    }

    /// Whether the condition of an object was expected to fail.
    fn expects(&mut self, object: &str) -> bool {
        let mut found = false;
        for (reference, came) in self.references.iter().zip(&mut self.came) {
            if names(&reference.subject, object) {
                *came = true;
                found = true;
            }
        }
        found
    }

    /// What remains of what was told: without the failures that were expected, and with those of checks that were not as
    /// errors.
    pub(crate) fn filter(&mut self, told: Diagnostics) -> Diagnostics {
        let mut left = Diagnostics::new();
        for mut one in told {
            let Some(object) = one.checked.as_deref().filter(|_| fails(&one)) else {
                left.push(one);
                continue;
            };
            if self.expects(object) {
                continue;
            }
            // A check that fails is more than a warning here.
            if is_check(object) {
                one.severity = Severity::Error;
            }
            left.push(one);
        }
        left
    }

    /// The same for the plan of an apply: failures that are expected still keep it from being applied.
    pub(crate) fn while_planning(&mut self, told: Diagnostics) -> Diagnostics {
        let mut left = Diagnostics::new();
        for one in told {
            // An apply says again what checks find.
            if one.of_check {
                continue;
            }
            if one.is_error()
                && let Some(object) = one.checked.as_deref().map(ToOwned::to_owned)
                && self.expects(&object)
            {
                let detail = format!(
                    "A custom condition within {object} failed during the planning stage and prevented the requested apply \
                     operation. While this was an expected failure, the apply operation could not be executed and so the \
                     overall test case will be marked as a failure and the original diagnostic included in the test report."
                );
                left.push(Diagnostic::warning("Expected failure while planning", detail));
            }
            left.push(one);
        }
        left
    }

    /// Failures that have not come.
    pub(crate) fn missing(&self) -> Diagnostics {
        let absent = self.references.iter().zip(&self.came).filter(|(_, came)| !**came);
        let problem = |(reference, _): (&Reference, &bool)| {
            let detail =
                format!("The checkable object, {}, was expected to report an error but did not.", reference.subject);
            Diagnostic::error("Missing expected failure", detail).at(reference.span)
        };
        absent.map(problem).collect()
    }
}

/// Whether it says that a condition does not hold.
fn fails(told: &Diagnostic) -> bool {
    told.checked.is_some() && told.summary != fw_eval::CHECK_UNDECIDED
}

/// Whether an object is a check, in whatever module.
fn is_check(object: &str) -> bool {
    object.starts_with("check.") || object.contains(".check.")
}

/// Whether a reference names an object, or the resource that it is an instance of.
fn names(subject: &Subject, object: &str) -> bool {
    let name = subject.to_string();
    object == name
        || matches!(subject, Subject::Resource(_))
            && object.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('['))
}
