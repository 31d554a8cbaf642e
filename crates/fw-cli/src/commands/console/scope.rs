//! The scope of the console: that of the root module, with the function `type`.

use fw_addr::{InstanceKey, Name, Resource, ResourceMode};
use fw_diag::{Diagnostic, Diagnostics, SourceMap, Span};
use fw_eval::ModuleScope;
use fw_lang::reference::{Place, Subject};
use fw_lang::{Functions, Scope, Templates};
use fw_value::Value;

/// The root module's scope.
pub(super) struct ConsoleScope<'e, 'c>(pub(super) ModuleScope<'e, 'c>);

impl ConsoleScope<'_, '_> {
    /// What is wrong with a reference to a resource that there is not. Elsewhere this is found before anything is evaluated.
    fn undeclared(&self, subject: &Subject) -> Option<Diagnostic> {
        let (Subject::Resource(resource) | Subject::ResourceInstance(resource, _)) = subject else { return None };
        if self.0.frame().module.resources.contains_key(resource) {
            return None;
        }
        let mode = match resource.mode {
            ResourceMode::Managed => "A managed",
            ResourceMode::Data => "A data",
            ResourceMode::Ephemeral => "An ephemeral",
        };
        let detail = format!(
            "{mode} resource \"{}\" \"{}\" has not been declared in the root module.",
            resource.kind, resource.name
        );
        Some(Diagnostic::error("Reference to undeclared resource", detail))
    }
}

impl Scope for ConsoleScope<'_, '_> {
    fn value_of(&self, subject: &Subject, span: Span, diagnostics: &mut Diagnostics) -> Value {
        if let Some(problem) = self.undeclared(subject) {
            diagnostics.push(problem.at(span));
            return Value::dynamic();
        }
        self.0.value_of(subject, span, diagnostics)
    }

    fn resource_instance(
        &self,
        resource: &Resource,
        key: &InstanceKey,
        span: Span,
        diagnostics: &mut Diagnostics,
    ) -> Option<Value> {
        self.0.resource_instance(resource, key, span, diagnostics)
    }

    fn module_instance(
        &self,
        name: &Name,
        key: &InstanceKey,
        span: Span,
        diagnostics: &mut Diagnostics,
    ) -> Option<Value> {
        self.0.module_instance(name, key, span, diagnostics)
    }

    fn module_output(
        &self,
        name: &Name,
        key: Option<&InstanceKey>,
        output: &Name,
        span: Span,
        diagnostics: &mut Diagnostics,
    ) -> Option<Value> {
        self.0.module_output(name, key, output, span, diagnostics)
    }

    fn functions(&self) -> &dyn Functions {
        self.0.functions()
    }

    fn place(&self) -> Place {
        self.0.place()
    }

    fn sources(&self) -> Option<&SourceMap> {
        self.0.sources()
    }

    fn templates(&self) -> Option<&Templates> {
        self.0.templates()
    }

    fn is_console(&self) -> bool {
        true
    }
}
