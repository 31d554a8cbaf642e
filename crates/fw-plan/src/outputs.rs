//! Changes of root outputs.

use std::collections::BTreeSet;
use std::rc::Rc;

use fw_addr::{ModuleInstance, ModulePath, Name};
use fw_config::Output;
use fw_diag::{Diagnostic, Diagnostics};
use fw_eval::Frame;
use fw_exec::{Action, Mode, OutputChange};
use fw_state::OutputState;
use fw_value::{Marks, Type, Value};

use crate::planner::Planner;

impl Planner<'_> {
    /// What an output may carry: sensitive values only if it says so, ephemeral ones likewise.
    pub(crate) fn check_output_marks(&self, frame: &Rc<Frame>, output: &Output, told: &mut Diagnostics) {
        let value = self.evaluator.output(frame, &output.name, &mut Diagnostics::new());
        let own = value.marks_deep();
        if frame.instance.is_root() && !output.sensitive && own.contains(Marks::SENSITIVE) {
            let detail = "To reduce the risk of accidentally exporting sensitive data that was intended to be only internal, \
                 Terraform requires that any root module output containing sensitive data be explicitly marked as \
                 sensitive, to confirm your intent.\n\nIf you do intend to export this data, annotate the output value as \
                 sensitive by adding the following argument:\n    sensitive = true";
            told.push(Diagnostic::error("Output refers to sensitive values", detail).at(output.span));
        }
        if !output.ephemeral && own.contains(Marks::EPHEMERAL) {
            let detail = "This output value is not declared as returning an ephemeral value, so it cannot be set to a result \
                 derived from an ephemeral value.";
            told.push(Diagnostic::error("Ephemeral value not allowed", detail).at(output.expr.span));
        }
    }

    /// The outputs of all instances of called modules that have a value.
    pub(crate) fn module_outputs(&self, evaluated: impl Fn(&ModulePath, &Name) -> bool) -> Vec<(ModuleInstance, Name)> {
        let mut all = Vec::new();
        if self.input.options.mode == Mode::Destroy {
            return all;
        }
        for (path, module) in self.input.basis.config.modules.iter().filter(|(path, _)| !path.is_root()) {
            for name in module.outputs.keys().filter(|name| evaluated(path, name)) {
                for frame in self.evaluator.frames(path) {
                    if !self.evaluator.output(&frame, name, &mut Diagnostics::new()).is_null() {
                        all.push((frame.instance.clone(), Name::clone(name)));
                    }
                }
            }
        }
        all
    }

    /// An output as it is before everything is destroyed, once the state is up to date; where that is known.
    fn renewed(&self, root: &Rc<Frame>, output: &Output) -> Option<OutputState> {
        if self.input.only_destroys() {
            return None;
        }
        let value = self.evaluator.output(root, &output.name, &mut Diagnostics::new()).unmark_deep().0;
        let known = value.is_wholly_known() && !value.is_null();
        known.then_some(OutputState { value, sensitive: output.sensitive })
    }

    /// The changes of all root outputs, declared or stored, sorted by name.
    pub(crate) fn output_changes(&self, evaluated: impl Fn(&Name) -> bool) -> Vec<OutputChange> {
        let root = self.evaluator.root();
        let stored = &self.input.state.outputs;
        let names: BTreeSet<Name> =
            root.module.outputs.keys().cloned().chain(stored.keys().map(|n| Name::from(n.as_str()))).collect();
        let mut changes = Vec::new();
        for name in names {
            let declared = root.module.outputs.get(&name);
            let before = stored.get(&*name);
            let destroying = self.input.options.mode == Mode::Destroy;
            let renewed = declared.filter(|output| destroying && !output.ephemeral && evaluated(&name));
            let renewed = renewed.and_then(|output| self.renewed(&root, output));
            let before = if destroying { renewed.as_ref().or(before) } else { before };
            let before_value =
                before.map_or_else(|| Value::null(Type::Dynamic), |o| crate::saved_value::saved(o.value.clone()));
            let after = match declared {
                _ if destroying && self.input.options.is_partial() => continue,
                // Nobody asked for those that are gone.
                None if self.input.options.is_partial() => continue,
                Some(output) if output.ephemeral => continue,
                Some(_) if !destroying && !evaluated(&name) => continue,
                Some(_) if !destroying => self.evaluator.output(&root, &name, &mut Diagnostics::new()),
                Some(_) | None => Value::null(Type::Dynamic),
            };
            let sensitive = declared.is_some_and(|o| o.sensitive) || before.is_some_and(|o| o.sensitive);
            let was_sensitive = before.is_some_and(|o| o.sensitive);
            let after_plain = crate::saved_value::saved(after.unmark_deep().0);
            let action = match (before, after_plain.is_null()) {
                (None, true) => Action::NoOp,
                (None, false) => Action::Create,
                (Some(_), true) if declared.is_none() || destroying => Action::Delete,
                (Some(_), _) if after_plain != before_value => Action::Update,
                (Some(_), _) if declared.is_some_and(|o| o.sensitive) != was_sensitive => Action::Update,
                (Some(_), _) => Action::NoOp,
            };
            if destroying && before.is_none() {
                continue;
            }
            let mark = |value: Value, on: bool| if on { value.with_marks(Marks::SENSITIVE) } else { value };
            changes.push(OutputChange {
                name,
                action,
                before: mark(before_value, was_sensitive),
                after: mark(after_plain, sensitive),
                sensitive,
            });
        }
        changes
    }
}
