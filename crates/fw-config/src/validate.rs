//! What can be said of a whole configuration without providers' schemas and without evaluating: references to what is not
//! declared or not available where they stand, arguments of module calls, missing provider configurations.

mod calls;
mod imports;
mod scope;
mod subject;

use fw_addr::{LocalProviderConfig, ModulePath, Name, Resource};
use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_lang::reference::{Place, Reference, Subject, parse_traversal};

use crate::model::{CheckRule, Config, Import, Module, ModuleCall, Output, Repetition, ResourceBlock, Variable};
use crate::references::traversals_in_body;
use crate::testing::{Run, TestFile};
use scope::{Scope, Surroundings};

/// What was found in a configuration.
#[derive(Debug, Default)]
pub struct Findings {
    /// What keeps everything else from being looked at.
    pub fundamental: Diagnostics,
    /// What is wrong in no particular block that others depend on.
    pub general: Diagnostics,
    /// What is wrong in single blocks: nobody looks at what depends on these.
    pub by_block: Vec<(ModulePath, Part, Diagnostics)>,
}

impl Findings {
    /// All of it.
    pub fn all(&self) -> impl Iterator<Item = &Diagnostic> {
        let of_blocks = self.by_block.iter().flat_map(|(_, _, found)| found.iter());
        self.fundamental.iter().chain(self.general.iter()).chain(of_blocks)
    }
}

/// A part of a module that something can be wrong in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A variable, with what the module's call gives it.
    Variable(Name),
    /// A name of `locals`.
    Local(Name),
    /// A provider configuration, by local name and alias.
    Provider(LocalProviderConfig),
    /// A resource, data source or ephemeral resource.
    Resource(Resource),
    /// A module call, without its arguments.
    Call(Name),
    /// A check.
    Check(Name),
    /// An output.
    Output(Name),
}

/// Checks a configuration that was loaded without errors.
#[must_use]
pub fn validate(config: &Config) -> Findings {
    let mut findings = Findings::default();
    for module in config.modules.values() {
        findings.general.extend(module.deferred.iter().cloned());
        let mut validator = Validator { config, module, findings: &mut findings, diagnostics: Diagnostics::new() };
        validator.module();
        let rest = validator.diagnostics;
        findings.general.append(rest);
    }
    findings
}

/// What the assertions of a run refer to that is not there. What variables and locals they name is told when they are
/// evaluated.
#[must_use]
pub fn check_references(config: &Config, file: &TestFile, run: &Run) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let runs: Vec<&Name> = file.runs.iter().map(|run| &run.name).collect();
    for rule in &run.asserts {
        for expr in [&rule.condition, &rule.error_message] {
            let mut scope = Scope::new(config, config.root(), Surroundings::default());
            for traversal in fw_lang::reference::traversals(expr) {
                match parse_traversal(traversal, Place::Test) {
                    Ok(reference) => match &reference.subject {
                        Subject::Run(name) if !runs.contains(&name) => {
                            diagnostics.push(undeclared_run(name, &runs, reference.span));
                        }
                        Subject::Output(name) if !config.root().outputs.contains_key(name) => {
                            diagnostics.push(subject::undeclared_output(config.root(), name, reference.span));
                        }
                        Subject::Run(_)
                        | Subject::Output(_)
                        | Subject::Variable(_)
                        | Subject::Local(_)
                        | Subject::Count(_)
                        | Subject::Each(_) => {}
                        _ => scope.reference(&reference),
                    },
                    Err(problem) => diagnostics.push(*problem),
                }
            }
            diagnostics.append(scope.finish_all());
        }
    }
    diagnostics
}

fn undeclared_run(name: &str, runs: &[&Name], span: Span) -> Diagnostic {
    let near = fw_syntax::suggestion(name, runs.iter().map(|name| &***name));
    let hint = near.map_or_else(String::new, |near| format!(" Did you mean \"{near}\"?"));
    let detail = format!("There is no run \"{name}\" declared in this test suite.{hint}");
    Diagnostic::error("Reference to undeclared run block", detail).at(span)
}

struct Validator<'a, 'd> {
    config: &'a Config,
    module: &'a Module,
    findings: &'d mut Findings,
    /// Of the block that is looked at.
    diagnostics: Diagnostics,
}

impl<'a> Validator<'a, '_> {
    fn module(&mut self) {
        let module = self.module;
        for variable in module.variables.values() {
            self.variable(variable);
            self.is_of(Part::Variable(Name::clone(&variable.name)));
        }
        for (name, local) in &module.locals {
            self.expr(&local.expr, Surroundings::default());
            self.is_of(Part::Local(Name::clone(name)));
        }
        for provider in module.providers.values().filter(|provider| provider.answers.is_none()) {
            if let Some(for_each) = &provider.for_each {
                self.expr(for_each, Surroundings::default());
            }
            let around = Surroundings { each: provider.for_each.is_some(), ..Surroundings::default() };
            self.body(&provider.body, around);
            self.is_of(Part::Provider(provider.address.clone()));
        }
        for resource in module.resources.values() {
            self.resource(resource);
            self.is_of(Part::Resource(resource.resource.clone()));
        }
        module.calls.values().for_each(|call| self.call(call));
        for check in module.checks.values() {
            self.rules(&check.asserts, Surroundings { check: Some(&check.name), ..Surroundings::default() });
            self.is_of(Part::Check(Name::clone(&check.name)));
        }
        for output in module.outputs.values() {
            self.output(output);
            self.is_of(Part::Output(Name::clone(&output.name)));
        }
        module.imports.iter().for_each(|import| self.import(import));
    }

    /// What was found since the last part belongs to this one.
    fn is_of(&mut self, part: Part) {
        let found = std::mem::take(&mut self.diagnostics);
        if !found.is_empty() {
            self.findings.by_block.push((self.module.path.clone(), part, found));
        }
    }

    fn variable(&mut self, variable: &Variable) {
        self.rules(&variable.validations, Surroundings::default());
    }

    fn output(&mut self, output: &Output) {
        if output.ephemeral && self.module.path.is_root() {
            let detail = "Ephemeral outputs are not allowed in context of a root module";
            self.diagnostics.push(Diagnostic::error("Ephemeral output not allowed", detail).at(output.span));
        }
        self.expr(&output.expr, Surroundings::default());
        self.rules(&output.preconditions, Surroundings::default());
        self.depends_on(&output.depends_on, Surroundings::default());
    }

    fn resource(&mut self, resource: &ResourceBlock) {
        self.provider_of(resource);
        self.repetition(&resource.repetition);
        let around = Surroundings::repeated(&resource.repetition).in_check(resource.check.as_ref());
        let with_self = Surroundings { own: true, ..around };
        self.body(&resource.body, around);
        // Triggers are looked at by the plan only, as terraform does it.
        self.rules(&resource.lifecycle.preconditions, around);
        self.rules(&resource.lifecycle.postconditions, with_self);
        if let Some(connection) = &resource.connection {
            self.body(connection, with_self);
        }
        for provisioner in &resource.provisioners {
            self.body(&provisioner.body, with_self);
            if let Some(connection) = &provisioner.connection {
                self.body(connection, with_self);
            }
        }
        self.depends_on(&resource.depends_on, around);
    }

    /// A key is there where the configuration has elements, and nowhere else.
    fn provider_element(&mut self, resource: &ResourceBlock) {
        let config = &resource.provider_config;
        let (found, passed) = self.config.resolve_passed(
            &self.module.path,
            &self.module.provider_of(&config.local_name),
            config.alias.as_ref(),
        );
        let Some(block) = self.config.provider_block(&found) else { return };
        let key =
            resource.provider_key.as_ref().or_else(|| passed.as_ref().and_then(|(_, passed)| passed.key.as_ref()));
        let (detail, span) = match (block.for_each.is_some(), key) {
            (true, None) => (
                "A reference to a provider configuration which uses for_each requires an instance key. Passing a collection of \
                 provider instances into a child module is not allowed.",
                resource.provider_span.unwrap_or(resource.span),
            ),
            (false, Some(key)) => {
                ("An instance key can be specified only for a provider configuration that uses for_each.", key.span)
            }
            _ => return,
        };
        self.diagnostics.push(Diagnostic::error("Invalid provider configuration reference", detail).at(span));
    }

    /// A configuration that is named must be there; only the default one of the root module is there by itself.
    fn provider_of(&mut self, resource: &ResourceBlock) {
        let path = &self.module.path;
        let found = self.config.resolve_provider(path, &resource.provider_config);
        self.provider_element(resource);
        if found.alias.is_none() && found.module.is_root() || self.config.provider_block(&found).is_some() {
            return;
        }
        let address =
            if path.is_root() { resource.resource.to_string() } else { format!("{path}.{}", resource.resource) };
        let detail = format!(
            "To work with {address} its original provider configuration at {found} is required, but it has been removed. This \
             occurs when a provider configuration is removed while objects created by that provider still exist in the state. \
             Re-add the provider configuration to destroy {address}, after which you can remove the provider configuration \
             again."
        );
        self.findings.fundamental.push(Diagnostic::error("Provider configuration not present", detail));
    }

    fn call(&mut self, call: &'a ModuleCall) {
        self.repetition(&call.repetition);
        self.depends_on(&call.depends_on, Surroundings::repeated(&call.repetition));
        self.is_of(Part::Call(Name::clone(&call.name)));
        let Some(child) = self.config.module(&self.module.path.child(&call.name)) else { return };
        let (attributes, problems) = calls::arguments(call, child);
        self.findings.fundamental.append(problems);
        for attribute in attributes {
            self.expr(&attribute.expr, Surroundings::repeated(&call.repetition));
            let found = std::mem::take(&mut self.diagnostics);
            if !found.is_empty() {
                let part = Part::Variable(Name::from(&*attribute.name.name));
                self.findings.by_block.push((child.path.clone(), part, found));
            }
        }
    }

    fn import(&mut self, import: &Import) {
        self.diagnostics.extend(imports::problems(self.config, import));
        if let Some(for_each) = &import.for_each {
            self.expr(for_each, Surroundings::default());
        }
        let around = Surroundings { each: import.for_each.is_some(), ..Surroundings::default() };
        for id in [&import.id, &import.identity].into_iter().flatten() {
            self.expr(id, around);
        }
    }

    fn repetition(&mut self, repetition: &Repetition) {
        if let Repetition::Count(expr) | Repetition::ForEach(expr) | Repetition::Enabled(expr) = repetition {
            self.expr(expr, Surroundings::default());
        }
    }

    fn expr(&mut self, expr: &fw_syntax::ast::Expr, around: Surroundings<'_>) {
        let mut scope = Scope::new(self.config, self.module, around);
        fw_lang::reference::traversals(expr).into_iter().for_each(|t| scope.traversal(t));
        self.diagnostics.append(scope.finish());
    }

    fn body(&mut self, body: &fw_syntax::Body, around: Surroundings<'_>) {
        let mut scope = Scope::new(self.config, self.module, around);
        traversals_in_body(body, &mut |t| scope.traversal(t));
        self.diagnostics.append(scope.finish());
    }

    fn rules(&mut self, rules: &[CheckRule], around: Surroundings<'_>) {
        for rule in rules {
            let mut scope = Scope::new(self.config, self.module, around);
            for expr in [&rule.condition, &rule.error_message] {
                fw_lang::reference::traversals(expr).into_iter().for_each(|t| scope.traversal(t));
            }
            self.diagnostics.append(scope.finish());
        }
    }

    /// These name whole objects.
    fn depends_on(&mut self, references: &[Reference], around: Surroundings<'_>) {
        let mut undeclared = Diagnostics::new();
        for reference in references {
            if let (Some(first), Some(last)) = (reference.remaining.first(), reference.remaining.last()) {
                let detail = "References in depends_on must be to a whole object (resource, etc), not to an attribute of an object.";
                let problem = Diagnostic::error("Invalid depends_on reference", detail);
                self.diagnostics.push(problem.at(first.span.to(last.span)));
                continue;
            }
            // Terraform says no more than the first of these.
            if undeclared.is_empty() {
                let mut scope = Scope::new(self.config, self.module, Surroundings { whole: true, ..around });
                scope.reference(reference);
                undeclared = scope.finish();
            }
        }
        self.diagnostics.append(undeclared);
    }
}
