//! What is done at each kind of node.

use std::rc::Rc;

use foldhash::HashSet;
use fw_addr::{AbsProviderConfig, ModulePath, Name};
use fw_diag::{Diagnostic, Diagnostics, Severity};
use fw_eval::{Frame, RepetitionData};
use fw_exec::Checkable;
use fw_state::CheckKind;

use crate::graph::{Node, NodeIndex};
use crate::planner::{Planner, Stage};
use crate::provider_diagnostics;

impl Planner<'_> {
    /// Does what is to do at a node.
    pub(crate) async fn visit(&self, node: NodeIndex) -> Diagnostics {
        let found = self.evaluate_or_plan(node).await;
        let Some(wrong) = self.wrong.get(&node) else { return found };
        // What is wrong with a reference by itself is found again when it is evaluated.
        let known: HashSet<_> = wrong.iter().map(|d| (d.summary.clone(), d.subject)).collect();
        let is_new = |d: &Diagnostic| d.subject.is_none() || !known.contains(&(d.summary.clone(), d.subject));
        let mut told = wrong.clone();
        told.extend(found.into_iter().filter(is_new));
        told
    }

    async fn evaluate_or_plan(&self, node: NodeIndex) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        if self.stage.get() == Stage::Validate {
            let found = self.check_references(&self.graph.nodes[node]).await;
            if found.has_errors() {
                return found;
            }
        }
        match &self.graph.nodes[node] {
            Node::Variable(module, name) => self.visit_variable(module, name, &mut diagnostics),
            Node::Local(module, name) => {
                for frame in self.frames(module) {
                    self.evaluator.local(&frame, name, &mut diagnostics);
                }
            }
            Node::Output(module, name) => self.visit_output(module, name, &mut diagnostics),
            Node::Call(module, name) => {
                for frame in self.frames(module) {
                    self.evaluator.expand_call(&frame, name, &mut diagnostics);
                }
            }
            Node::ModuleStart(_) | Node::ModuleDone(_) => {}
            Node::Provider(config) => self.visit_provider(config, &mut diagnostics).await,
            Node::Resource(resource) => diagnostics = self.visit_resource(resource).await,
            Node::Orphan(resource) => diagnostics = self.visit_orphan(resource).await,
            Node::Check(module, name) => self.visit_check(module, name, &mut diagnostics),
        }
        diagnostics
    }

    fn visit_variable(&self, module: &ModulePath, name: &Name, diagnostics: &mut Diagnostics) {
        let frames = self.frames(module);
        if frames.is_empty() {
            self.without_instances(CheckKind::Variable, module, name);
        }
        for frame in frames {
            self.evaluator.variable(&frame, name, diagnostics);
            let outcomes = self.evaluator.validate_variable(&frame, name, diagnostics);
            let checkable = Checkable::within(&frame.instance, &format!("var.{name}"));
            self.checks.borrow_mut().add(CheckKind::Variable, checkable, &outcomes);
        }
    }

    fn visit_output(&self, module: &ModulePath, name: &Name, diagnostics: &mut Diagnostics) {
        let conditions = self.checks_conditions();
        let frames = self.frames(module);
        if frames.is_empty() {
            self.without_instances(CheckKind::Output, module, name);
        }
        for frame in frames {
            let Some(output) = frame.module.outputs.get(name) else { continue };
            if conditions && !output.preconditions.is_empty() {
                let scope = self.evaluator.scope(&frame, RepetitionData::default());
                let severity = self.condition_severity();
                let summary = "Module output value precondition failed";
                let checkable = Checkable::within(&frame.instance, &format!("output.{name}"));
                let (rules, address) = (&output.preconditions, &checkable.address);
                let outcomes = fw_eval::check_all(rules, &scope, summary, severity, address, diagnostics);
                self.checks.borrow_mut().add(CheckKind::Output, checkable, &outcomes);
            }
            self.evaluator.output(&frame, name, diagnostics);
            self.check_output_marks(&frame, output, diagnostics);
        }
    }

    /// Failed conditions stop a plan, but only warn when the state alone is brought up to date.
    pub(crate) fn condition_severity(&self) -> Severity {
        if self.stage.get() == Stage::Refresh { Severity::Warning } else { Severity::Error }
    }

    async fn visit_provider(&self, config: &AbsProviderConfig, diagnostics: &mut Diagnostics) {
        if let Err(found) = self.configure(config, diagnostics).await {
            diagnostics.append(found);
        }
    }

    async fn configure(&self, config: &AbsProviderConfig, diagnostics: &mut Diagnostics) -> Result<(), Diagnostics> {
        let frame = self.frames(&config.module).into_iter().next();
        let frame = frame.ok_or_else(|| crate::missing_provider_configuration(config, None))?;
        let validating = self.stage.get() == Stage::Validate;
        let elements = self.evaluator.provider_elements(config, &frame, validating, diagnostics);
        let Some(elements) = elements else { return Ok(()) };
        for element in &elements {
            self.configure_one(element, &frame, diagnostics).await?;
        }
        self.kinds.represent(config, elements.first().map(|(first, _)| first)).await
    }

    async fn configure_one(
        &self,
        element: &(AbsProviderConfig, RepetitionData),
        frame: &Rc<Frame>,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let (config, _) = element;
        let schemas = self.kinds.schemas(&config.provider).await?;
        let schema = &schemas.provider.block;
        let before = diagnostics.len();
        let value = self.evaluator.provider_value(element, frame, schema, diagnostics);
        let value = value.unwrap_or_else(|| fw_provider::empty_block(schema));
        if diagnostics.iter().skip(before).any(fw_diag::Diagnostic::is_error) {
            return Ok(());
        }
        let said = self.limited(self.kinds.configure(config, value)).await?;
        let body = self.input.basis.config.provider_block(config).map(|block| &block.body);
        diagnostics.append(provider_diagnostics(said, body, Some(schema), &config.to_string()));
        Ok(())
    }
}
