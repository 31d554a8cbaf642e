//! The scope of the console: that of the root module, with the function `type`.

use fw_addr::{InstanceKey, Name, Resource};
use fw_diag::{Diagnostics, SourceMap, Span};
use fw_eval::ModuleScope;
use fw_lang::reference::{Place, Subject};
use fw_lang::{Functions, Scope, Templates};
use fw_value::Value;

/// The root module's scope.
pub(super) struct ConsoleScope<'e, 'c>(pub(super) ModuleScope<'e, 'c>);

impl Scope for ConsoleScope<'_, '_> {
    fn value_of(&self, subject: &Subject, span: Span, diagnostics: &mut Diagnostics) -> Value {
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
