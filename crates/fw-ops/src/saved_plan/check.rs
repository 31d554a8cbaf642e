//! Whether a saved plan may still be applied, and with which variables.

use std::collections::BTreeMap;

use fw_addr::Name;
use fw_config::Module;
use fw_diag::{Diagnostic, Diagnostics, SourceMap};
use fw_eval::{GivenVariable, VariableSource};
use fw_install::LockFile;
use fw_lang::Scope;
use fw_state::State;
use fw_value::Value;

use super::SavedPlan;
use crate::Surroundings;
use crate::variables::{VariableArgument, gather, gather_arguments};

const CHANGED: &str = "Can't change variable when applying a saved plan";
const IGNORED: &str = "Ignoring variable when applying a saved plan";

impl SavedPlan {
    /// Whether the plan can be applied to the state as it is now, with the lock file as it is now.
    ///
    /// # Errors
    /// When planning has failed, or something has changed since: as a diagnostic.
    pub fn check_applicable(&self, state: &State, lock_file: Option<&str>) -> Result<(), Diagnostic> {
        if self.plan.errored {
            return Err(Diagnostic::error(
                "Cannot apply incomplete plan",
                "Terraform encountered an error when generating this plan, so it cannot be applied.",
            ));
        }
        let planned = &self.plan.previous_state;
        if !planned.lineage.is_empty() && planned.lineage != state.lineage {
            return Err(Diagnostic::error(
                "Saved plan does not match the given state",
                "The given plan file can not be applied because it was created from a different state lineage.",
            ));
        }
        if planned.serial != state.serial || planned.lineage != state.lineage {
            return Err(Diagnostic::error(
                "Saved plan is stale",
                "The given plan file can no longer be applied because the state was changed by another operation after the \
                 plan was created.",
            ));
        }
        if !same_selections(self.lock_file.as_deref(), lock_file) {
            return Err(Diagnostic::error(
                "Inconsistent dependency lock file",
                "The given plan file was created with a different set of external dependency selections than the current \
                 configuration. A saved plan can be applied only to the same configuration it was created from.\n\nCreate a \
                 new plan from the updated configuration.",
            ));
        }
        Ok(())
    }

    /// The ephemeral variables to apply with, from all sources. All others are in the plan: that they are given again is
    /// fine when they are the same, else an error or, from the environment, a warning.
    #[must_use]
    pub fn gather_variables(
        &self,
        module: &Module,
        surroundings: &Surroundings,
        arguments: &[VariableArgument],
        constants: &dyn Scope,
        sources: &SourceMap,
    ) -> (BTreeMap<Name, GivenVariable>, Diagnostics) {
        let (given, mut told) = gather(module, surroundings, arguments, constants, sources);
        let from_arguments = gather_arguments(module, surroundings, arguments, constants, sources);
        let mut kept = BTreeMap::new();
        for (name, variable) in given {
            let declared = module.variables.get(&name);
            if declared.is_some_and(|v| v.ephemeral) {
                kept.insert(name, variable);
                continue;
            }
            let explicit = from_arguments.contains_key(&name) || variable.source == VariableSource::Environment;
            if let Some(problem) =
                self.problem(&name, &variable, declared.is_some_and(|v| v.sensitive)).filter(|_| explicit)
            {
                told.push(problem);
            }
        }
        for name in self.plan.ephemeral_variables.iter().filter(|name| !kept.contains_key(*name)) {
            let detail = format!(
                "The ephemeral input variable \"{name}\" was set during the plan phase, and so must also be set during the \
                 apply phase."
            );
            told.push(Diagnostic::error("No value for required variable", detail));
        }
        (kept, told)
    }

    /// What is wrong with giving a variable that the plan fixes.
    fn problem(&self, name: &Name, given: &GivenVariable, sensitive: bool) -> Option<Diagnostic> {
        let planned = match self.plan.variables.get(name) {
            Some(planned) => planned,
            None if given.source == VariableSource::Argument => {
                let detail = format!(
                    "A variable named \"{name}\" was assigned on the command line, but the root module does not declare a \
                     variable of that name. To use this value, add a \"variable\" block to the configuration."
                );
                return Some(Diagnostic::error("Value for undeclared variable", detail));
            }
            None => return None,
        };
        if same(planned, &given.value) {
            return None;
        }
        let shown = |value: &Value| match sensitive {
            true => "(sensitive value)".to_owned(),
            false => fw_lang::compact(&value.clone().unmark_deep().0),
        };
        let detail = |verb: &str, how: &str| {
            format!(
                "The variable {name} cannot be {verb} when applying a saved plan file, because a saved plan includes the \
                 variable values that were set when it was created. The saved plan specifies {} as the value whereas during \
                 apply the value {} was set by {how}. To declare an ephemeral variable which is not saved in the plan file, \
                 use ephemeral = true.",
                shown(planned),
                shown(&given.value),
            )
        };
        let set = "set using the -var and -var-file options";
        Some(match &given.source {
            VariableSource::Environment => Diagnostic::warning(IGNORED, detail("overriden", "an environment variable")),
            VariableSource::File(span) => {
                let how = "a .tfvars file passed through -var-file argument";
                Diagnostic::error(CHANGED, detail(set, how)).at(*span)
            }
            VariableSource::Argument => Diagnostic::error(CHANGED, detail(set, "a CLI argument")),
            VariableSource::Prompt => Diagnostic::error(CHANGED, detail(set, "interactive input")),
            VariableSource::Program => return None,
        })
    }
}

/// Whether two values given for a variable are the same; text from the command line may stand for a number.
fn same(planned: &Value, given: &Value) -> bool {
    let (planned, given) = (planned.clone().unmark_deep().0, given.clone().unmark_deep().0);
    planned == given || fw_value::convert::convert(&given, planned.ty()).is_ok_and(|converted| converted == planned)
}

/// Whether two lock files select the same packages, however they are written.
fn same_selections(planned: Option<&str>, now: Option<&str>) -> bool {
    let selected = |text: Option<&str>| {
        let sources = SourceMap::new();
        LockFile::parse(fw_install::LOCK_FILE_NAME, text.unwrap_or_default(), &sources).ok()
    };
    planned == now || selected(planned) == selected(now)
}
