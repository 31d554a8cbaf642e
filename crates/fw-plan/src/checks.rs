//! What conditions say, gathered by configuration object.

use fw_addr::{ModuleInstance, ModulePath, Name};
use fw_config::{CheckRule, Config, ResourceBlock};
use fw_diag::{Diagnostic, Diagnostics, Severity};
use fw_eval::{Frame, Outcome, RepetitionData};
use fw_exec::{CheckTable, Checkable, Mode};
use fw_state::{CheckKind, CheckResults};
use fw_value::Value;

use crate::graph::Node;
use crate::planner::{Planner, Stage};
use crate::resources::Wanted;

/// Everything that has conditions, by its address in the configuration.
fn declared(config: &Config) -> impl Iterator<Item = (CheckKind, String)> + '_ {
    config.modules.iter().flat_map(|(path, module)| {
        let within = |name: String| if path.is_root() { name } else { format!("{path}.{name}") };
        let resources = module.resources.values().filter(|r| has_conditions(r)).map(|r| r.resource.to_string());
        let outputs = module.outputs.values().filter(|o| !o.preconditions.is_empty());
        let variables = module.variables.values().filter(|v| !v.validations.is_empty());
        let resources = resources.map(|name| (CheckKind::Resource, name));
        let outputs = outputs.map(|o| (CheckKind::Output, format!("output.{}", o.name)));
        let checks = module.checks.keys().map(|name| (CheckKind::Check, format!("check.{name}")));
        let variables = variables.map(|v| (CheckKind::Variable, format!("var.{}", v.name)));
        let all = resources.chain(outputs).chain(checks).chain(variables);
        all.map(move |(kind, name)| (kind, within(name))).collect::<Vec<_>>()
    })
}

/// Whether a resource block has any conditions.
pub(crate) fn has_conditions(block: &ResourceBlock) -> bool {
    !block.lifecycle.preconditions.is_empty() || !block.lifecycle.postconditions.is_empty()
}

impl Planner<'_> {
    /// Whether conditions count: not while the configuration alone is looked at, and not when all is to be destroyed.
    pub(crate) fn checks_conditions(&self) -> bool {
        self.stage.get() != Stage::Validate && self.input.options.mode != Mode::Destroy
    }

    /// What conditions have said by the end of a plan.
    pub(crate) fn check_results(&self) -> CheckResults {
        let config = self.input.basis.config;
        let mut table = self.checks.borrow_mut();
        if self.input.options.mode == Mode::Destroy {
            // Nothing is checked on the way out; outputs of the root alone are come to.
            *table = CheckTable::default();
            let outputs = config.root().outputs.values().filter(|o| !o.preconditions.is_empty());
            for output in outputs.filter(|_| !self.input.options.is_partial()) {
                let output = Checkable::within(&ModuleInstance::root(), &format!("output.{}", output.name));
                table.expect(CheckKind::Output, output.config, [output.address]);
            }
        } else if !self.input.options.is_partial() {
            for (path, module) in &config.modules {
                let frames = self.frames(path);
                for name in module.checks.keys() {
                    let frames = frames.iter().filter(|frame| frame.module.checks.contains_key(name));
                    let mut instances = frames.map(|frame| check_block(frame, name)).peekable();
                    if let Some(first) = instances.peek() {
                        let config = first.config.clone();
                        table.expect(CheckKind::Check, config, instances.map(|one| one.address));
                    }
                }
            }
        } else {
            // Of a part only that is said which is certain: that there is nothing to check.
            for (path, module) in config.modules.iter().filter(|(path, _)| self.has_no_instances(path)) {
                for name in module.checks.keys() {
                    table.expect(CheckKind::Check, format!("{path}.check.{name}"), []);
                }
            }
        }
        for (kind, name) in declared(config) {
            table.declare(kind, name);
        }
        table.results()
    }

    /// Whether it is known that a module has none.
    fn has_no_instances(&self, path: &ModulePath) -> bool {
        let call = path.parent().map(|(parent, name)| Node::Call(parent, Name::clone(name)));
        call.is_some_and(|call| self.has_run(&call)) && self.frames(path).is_empty()
    }

    /// A data source nested in a check block failed: so does the check.
    pub(crate) fn nested_data_failed(&self, check: &Name, one: &Wanted, told: &Diagnostics) {
        let problem = |d: &fw_diag::Diagnostic| Outcome::Fail(format!("{}: {}", d.summary, d.detail));
        let outcomes: Vec<_> = told.iter().filter(|d| d.is_error()).map(problem).collect();
        if !outcomes.is_empty() {
            self.failed_checks.borrow_mut().insert((one.frame.instance.clone(), Name::clone(check)));
        }
        self.checks.borrow_mut().add(CheckKind::Check, check_block(&one.frame, check), &outcomes);
    }

    /// Runs conditions of a resource instance; with `object`, `self` means it.
    pub(crate) fn resource_conditions(
        &self,
        rules: &[CheckRule],
        summary: &str,
        one: &Wanted,
        object: Option<Value>,
        told: &mut Diagnostics,
    ) {
        if rules.is_empty() || !self.checks_conditions() {
            return;
        }
        let mut scope = self.evaluator.scope(&one.frame, one.repetition.clone());
        if let Some(object) = object {
            scope = scope.with_self(object);
        }
        let severity = self.condition_severity();
        let outcomes = fw_eval::check_all(rules, &scope, summary, severity, &one.address, told);
        self.checks.borrow_mut().add(CheckKind::Resource, Checkable::resource(&one.address), &outcomes);
    }

    /// Where a module has no instances, none of its conditions can fail.
    pub(crate) fn without_instances(&self, kind: CheckKind, path: &ModulePath, name: &Name) {
        let Some(module) = self.input.basis.config.modules.get(path) else { return };
        let (has_rules, prefix) = match kind {
            CheckKind::Variable => (module.variables.get(name).is_some_and(|v| !v.validations.is_empty()), "var"),
            CheckKind::Output => (module.outputs.get(name).is_some_and(|o| !o.preconditions.is_empty()), "output"),
            CheckKind::Check => (true, "check"),
            CheckKind::Resource => (false, ""),
        };
        if has_rules && self.checks_conditions() {
            self.checks.borrow_mut().expect(kind, format!("{path}.{prefix}.{name}"), []);
        }
    }

    /// The assertions of a check block: what fails is only a warning.
    pub(crate) fn visit_check(&self, module: &ModulePath, name: &Name, told: &mut Diagnostics) {
        if !self.checks_conditions() {
            return;
        }
        let frames = self.frames(module);
        if frames.is_empty() {
            self.without_instances(CheckKind::Check, module, name);
        }
        for frame in frames {
            let Some(check) = frame.module.checks.get(name) else { continue };
            if self.failed_checks.borrow().contains(&(frame.instance.clone(), Name::clone(name))) {
                continue;
            }
            let scope = self.evaluator.scope(&frame, RepetitionData::default());
            let mut found = Diagnostics::new();
            let summary = fw_eval::CHECK_FAILED;
            let block = check_block(&frame, name);
            let (asserts, severity) = (&check.asserts, Severity::Warning);
            let outcomes = fw_eval::check_all(asserts, &scope, summary, severity, &block.address, &mut found);
            told.extend(found.into_iter().map(Diagnostic::of_check));
            self.checks.borrow_mut().add(CheckKind::Check, block, &outcomes);
        }
    }
}

fn check_block(frame: &Frame, name: &str) -> Checkable {
    Checkable::within(&frame.instance, &format!("check.{name}"))
}
