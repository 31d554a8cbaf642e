//! `run "name" { … }`.

use std::collections::BTreeMap;

use fw_addr::{AbsResourceInstance, Name, ResourceMode, Target};
use fw_diag::Span;
use fw_lang::reference::{Place, parse_traversal};
use fw_syntax::ast::{Attribute, Expr, Traversal};
use fw_syntax::{Block, Body};

use super::{Decoder, OVERRIDES, schema};
use crate::address::{self, Form};
use crate::decode::OnlyOne;
use crate::expression;
use crate::model::{ModuleCall, MovedEndpoint, Repetition};
use crate::testing::{Command, Run, RunOptions};

impl Decoder<'_> {
    pub(super) fn run(&mut self, block: &Block) -> Option<Run> {
        let attributes = [("command", false), ("providers", false), ("expect_failures", false), ("state_key", false)];
        let blocks = [
            ("plan_options", &[][..]),
            ("assert", &[]),
            ("variables", &[]),
            ("module", &[]),
            OVERRIDES[0],
            OVERRIDES[1],
            OVERRIDES[2],
        ];
        let label = block.labels.first()?;
        let content = self.content(&block.body, &schema(&attributes, &blocks));
        self.check_name(label, "Invalid run block name");
        let mut run = Run {
            name: Name::clone(&label.name),
            command: content.attribute("command").and_then(|a| self.command(a)).unwrap_or_default(),
            options: RunOptions::default(),
            variables: BTreeMap::new(),
            module: None,
            providers: Vec::new(),
            asserts: Vec::new(),
            expect_failures: Vec::new(),
            overrides: Vec::new(),
            state_key: content.attribute("state_key").and_then(|a| self.string(a)).map(|key| key.to_string()),
            span: block.header,
        };
        let (mut variables, mut module) = (None, None);
        for inner in &content.blocks {
            match &*inner.kind.name {
                "plan_options" => run.options = self.plan_options(inner),
                "assert" => run.asserts.extend(self.rule(inner)),
                "variables" => {
                    let message = OnlyOne {
                        summary: "Multiple \"variables\" blocks",
                        detail: "This run block already has a variables block defined at",
                    };
                    if self.only_one(&mut variables, inner, message) {
                        run.variables = self.test_variables(inner);
                    }
                }
                "module" => {
                    let message = OnlyOne {
                        summary: "Multiple \"module\" blocks",
                        detail: "This run block already has a module block defined at",
                    };
                    self.only_one(&mut module, inner, message);
                    run.module = self.run_module(&label.name, inner);
                }
                _ => self.add_override(inner, &mut run.overrides),
            }
        }
        if let Some(attribute) = content.attribute("providers") {
            run.providers = self.passed_providers(attribute);
        }
        if let Some(attribute) = content.attribute("expect_failures") {
            self.expected_failures(attribute, &mut run);
        }
        Some(run)
    }

    fn command(&mut self, attribute: &Attribute) -> Option<Command> {
        match expression::keyword(&attribute.expr).as_deref() {
            Some("apply") => Some(Command::Apply),
            Some("plan") => Some(Command::Plan),
            _ => {
                let detail =
                    "The \"command\" argument requires one of the following keywords without quotes: apply or plan.";
                self.error("Invalid \"command\" keyword", detail, attribute.expr.span);
                None
            }
        }
    }

    fn run_module(&mut self, run: &Name, block: &Block) -> Option<ModuleCall> {
        let content = self.content(&block.body, &schema(&[("source", false), ("version", false)], &[]));
        let version = content.attribute("version").and_then(|a| self.constraint(a));
        let Some(attribute) = content.attribute("source") else {
            let detail = "You must specify a source attribute when executing alternate modules during test executions.";
            self.error("Missing \"source\" attribute for module block", detail, block.header);
            return None;
        };
        let (source, address, source_span) = self
            .call_source(attribute, content.attribute("version").is_some(), false)?
            .into_parts(&mut self.diagnostics)?;
        Some(ModuleCall {
            name: Name::clone(run),
            source,
            address,
            source_span,
            version,
            late: None,
            body: Body::Merged([].into()),
            repetition: Repetition::Single,
            depends_on: Vec::new(),
            depends_on_span: None,
            providers: Vec::new(),
            span: block.header,
        })
    }

    fn plan_options(&mut self, block: &Block) -> RunOptions {
        let names = [("mode", false), ("refresh", false), ("replace", false), ("target", false)];
        let content = self.content(&block.body, &schema(&names, &[]));
        let mut options = RunOptions::default();
        if let Some(attribute) = content.attribute("mode") {
            match expression::keyword(&attribute.expr).as_deref() {
                Some("refresh-only") => options.refresh_only = true,
                Some("normal") => {}
                _ => {
                    let detail = "The \"mode\" argument requires one of the following keywords without quotes: normal or \
                                  refresh-only";
                    self.error("Invalid \"mode\" keyword", detail, attribute.expr.span);
                }
            }
        }
        if let Some(attribute) = content.attribute("refresh") {
            options.refresh = self.boolean(attribute).unwrap_or(true);
            if options.refresh_only && !options.refresh {
                let detail =
                    "The \"refresh\" option cannot be set to false when running a test in \"refresh-only\" mode.";
                self.error("Incompatible plan options", detail, attribute.span);
            }
        }
        for (traversal, _) in content.attribute("replace").map(|a| self.traversals(a)).unwrap_or_default() {
            options.replace.extend(self.replaced(&traversal));
        }
        for (traversal, _) in content.attribute("target").map(|a| self.traversals(a)).unwrap_or_default() {
            options.targets.extend(self.targeted(&traversal));
        }
        options
    }

    /// The addresses of a list, written as references.
    fn traversals(&mut self, attribute: &Attribute) -> Vec<(Traversal, Span)> {
        let items = expression::list(&attribute.expr, &mut self.diagnostics).unwrap_or_default();
        items.iter().filter_map(|item| Some((self.static_reference(item)?, item.span))).collect()
    }

    fn static_reference(&mut self, item: &Expr) -> Option<Traversal> {
        let Some(text) = expression::quoted(item).map(ToOwned::to_owned) else {
            return expression::traversal(item, &mut self.diagnostics).map(|found| Traversal::clone(&found));
        };
        let (traversal, problems) = expression::from_text(&text, item.span, 1);
        self.diagnostics.append(problems);
        self.unquoted(item, "reference");
        traversal
    }

    fn endpoint_of(&mut self, traversal: &Traversal) -> Option<MovedEndpoint> {
        address::parse(traversal, Form::Endpoint).map_err(|problem| self.diagnostics.push(problem)).ok()
    }

    fn replaced(&mut self, traversal: &Traversal) -> Option<AbsResourceInstance> {
        let span = traversal.steps.last().map_or(traversal.root.span, |step| traversal.root.span.to(step.span));
        match self.endpoint_of(traversal)? {
            MovedEndpoint::Resource(module, resource, key) if resource.mode == ResourceMode::Managed => {
                Some(AbsResourceInstance { module, resource, key })
            }
            MovedEndpoint::Resource(..) => {
                let detail = "You can only target managed resources for forced replacements.";
                self.error("Can only target managed resources for forced replacements", detail, span);
                None
            }
            MovedEndpoint::Module(_) => {
                let detail = "A resource instance address is required here. The module path must be followed by a resource \
                              instance specification.";
                self.error("Invalid address", detail, span);
                None
            }
        }
    }

    fn targeted(&mut self, traversal: &Traversal) -> Option<Target> {
        let text = match self.endpoint_of(traversal)? {
            MovedEndpoint::Module(module) => module.to_string(),
            MovedEndpoint::Resource(module, resource, key) => AbsResourceInstance { module, resource, key }.to_string(),
        };
        text.parse().ok()
    }

    fn expected_failures(&mut self, attribute: &Attribute, run: &mut Run) {
        for (traversal, _) in self.traversals(attribute) {
            match parse_traversal(&traversal, Place::Test) {
                Ok(reference) => run.expect_failures.push(reference),
                Err(problem) => self.diagnostics.push(*problem),
            }
        }
    }
}
