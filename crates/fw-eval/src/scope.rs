//! What references mean inside one module instance.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use fw_addr::{InstanceKey, Name, Resource, ResourceMode};
use fw_diag::{Diagnostic, Diagnostics, SourceMap, Span};
use fw_functions::{CallError, Environment, Function};
use fw_lang::reference::{Place, Subject};
use fw_lang::{Functions, ProviderFunction, Scope, Templates};
use fw_value::{Marks, Type, Value};

use crate::{Evaluator, Expansion, Frame, Phase, RepetitionData};

/// The scope of expressions in one frame, for one instance of a resource or call where that matters.
pub struct ModuleScope<'e, 'c> {
    evaluator: &'e Evaluator<'c>,
    frame: Rc<Frame>,
    repetition: RepetitionData,
    self_object: Option<Value>,
    answers: Option<Arc<BTreeMap<Subject, Value>>>,
    variable: Option<(Name, Value)>,
}

impl<'e, 'c> ModuleScope<'e, 'c> {
    pub(crate) fn new(evaluator: &'e Evaluator<'c>, frame: Rc<Frame>, repetition: RepetitionData) -> Self {
        Self { evaluator, frame, repetition, self_object: None, answers: None, variable: None }
    }

    /// The same where `self` means this object.
    #[must_use]
    pub fn with_self(mut self, object: Value) -> Self {
        self.self_object = Some(object);
        self
    }

    /// The same for what stands in a test file, where references mean just these values.
    #[must_use]
    pub fn with_answers(mut self, answers: Option<Arc<BTreeMap<Subject, Value>>>) -> Self {
        self.answers = answers;
        self
    }

    /// The same where a variable has that value.
    pub(crate) fn with_variable(mut self, name: &Name, value: Value) -> Self {
        self.variable = Some((Name::clone(name), value));
        self
    }

    /// The frame.
    #[must_use]
    pub fn frame(&self) -> &Rc<Frame> {
        &self.frame
    }

    fn unexpanded(&self) -> bool {
        self.evaluator.settings().phase == Phase::Validate
    }

    fn whole_resource(&self, resource: &Resource) -> Value {
        let memo = self.frame.memo.borrow();
        let Some(values) = memo.resources.get(resource) else {
            // Not expanded: excluded by targets, or only its configuration is looked at.
            return Value::dynamic();
        };
        if let Some(whole) = &values.whole {
            return whole.clone();
        }
        let partial = self.evaluator.settings().phase == Phase::Plan;
        let one = |key: Option<InstanceKey>| values.instance(key.as_ref()).unwrap_or(&values.missing).clone();
        let whole = match &*values.expansion {
            Expansion::Single => one(None),
            Expansion::Disabled => Value::null(values.missing.ty().clone()),
            Expansion::Count(n) => {
                let planned = values.keys().filter_map(|key| match key {
                    InstanceKey::Int(i) => Some(i + 1),
                    InstanceKey::String(_) => None,
                });
                // While planning, instances that targets leave out are not there.
                let count = if partial { planned.max().unwrap_or(0) } else { *n };
                Value::tuple((0..count).map(|i| one(Some(InstanceKey::Int(i)))))
            }
            Expansion::ForEach(elements) => {
                let keys = elements.iter().map(|(key, _)| (key, Some(InstanceKey::String(Name::clone(key)))));
                let keys = keys.filter(|(_, key)| !partial || values.instance(key.as_ref()).is_some());
                Value::object(keys.map(|(name, key)| (Name::clone(name), one(key))).collect::<Vec<_>>())
            }
            Expansion::UnexpandedCount | Expansion::UnexpandedForEach => Value::dynamic(),
        };
        drop(memo);
        if let Some(values) = self.frame.memo.borrow_mut().resources.get_mut(resource) {
            values.whole = Some(whole.clone());
        }
        whole
    }

    fn missing(what: &str, name: &Name, span: Span, diagnostics: &mut Diagnostics) -> Value {
        let detail = format!("The \"{what}\" object does not have an attribute named \"{name}\".");
        diagnostics.push(Diagnostic::error(format!("Invalid \"{what}\" attribute"), detail).at(span));
        Value::dynamic()
    }

    fn count(&self, name: &Name, span: Span, diagnostics: &mut Diagnostics) -> Value {
        if &**name != "index" {
            let detail = format!(
                "The \"count\" object does not have an attribute named \"{name}\". The only supported attribute is \
                 count.index, which is the index of each instance of a resource block that has the \"count\" argument set."
            );
            diagnostics.push(Diagnostic::error("Invalid \"count\" attribute", detail).at(span));
            return Value::dynamic();
        }
        self.repetition.count_index.clone().unwrap_or_else(|| {
            let detail = "The \"count\" object can only be used in \"module\", \"resource\", and \"data\" blocks, and only \
                 when the \"count\" argument is set.";
            diagnostics.push(Diagnostic::error("Reference to \"count\" in non-counted context", detail).at(span));
            Value::unknown(Type::Number)
        })
    }

    fn each(&self, name: &Name, span: Span, diagnostics: &mut Diagnostics) -> Value {
        let found = match &**name {
            "key" => &self.repetition.each_key,
            "value" => &self.repetition.each_value,
            _ => {
                let detail = format!(
                    "The \"each\" object does not have an attribute named \"{name}\". The supported attributes are each.key \
                     and each.value, the current key and value pair of the \"for_each\" attribute set."
                );
                diagnostics.push(Diagnostic::error("Invalid \"each\" attribute", detail).at(span));
                return Value::dynamic();
            }
        };
        found.clone().unwrap_or_else(|| {
            let detail = "The \"each\" object can be used only in \"module\" or \"resource\" blocks, and only when the \
                 \"for_each\" argument is set.";
            diagnostics.push(Diagnostic::error("Reference to \"each\" in context without for_each", detail).at(span));
            Value::dynamic()
        })
    }

    fn path(&self, name: &Name, span: Span, diagnostics: &mut Diagnostics) -> Value {
        let settings = self.evaluator.settings();
        match &**name {
            "module" => Value::string(&self.frame.module.directory),
            "root" => Value::string(&settings.root_directory),
            "cwd" => Value::string(&settings.working_directory),
            _ => Self::missing("path", name, span, diagnostics),
        }
    }

    fn terraform(&self, name: &Name, span: Span, diagnostics: &mut Diagnostics) -> Value {
        let settings = self.evaluator.settings();
        match &**name {
            "workspace" => Value::string(&settings.workspace),
            "applying" => Value::bool(settings.phase == Phase::Apply).with_marks(Marks::EPHEMERAL),
            _ => Self::missing("terraform", name, span, diagnostics),
        }
    }
}

impl Scope for ModuleScope<'_, '_> {
    fn value_of(&self, subject: &Subject, span: Span, diagnostics: &mut Diagnostics) -> Value {
        if let Some(answer) = self.answers.as_ref().and_then(|answers| answers.get(subject)) {
            return answer.clone();
        }
        if let (Subject::Variable(name), Some((own, value))) = (subject, &self.variable)
            && name == own
        {
            return value.clone();
        }
        match subject {
            Subject::Variable(name) => self.evaluator.variable(&self.frame, name, diagnostics),
            Subject::Local(name) => self.evaluator.local(&self.frame, name, diagnostics),
            // Parts are asked for by themselves, and are else steps into these.
            Subject::Module(name) | Subject::ModuleInstance(name, _) | Subject::ModuleOutput(name, ..) => {
                self.evaluator.whole_call(&self.frame, name, diagnostics)
            }
            Subject::Resource(resource) | Subject::ResourceInstance(resource, _) => self.whole_resource(resource),
            Subject::Path(name) => self.path(name, span, diagnostics),
            Subject::Terraform(name) => self.terraform(name, span, diagnostics),
            Subject::Count(name) => self.count(name, span, diagnostics),
            Subject::Each(name) => self.each(name, span, diagnostics),
            Subject::SelfObject => self.self_object.clone().unwrap_or_else(|| {
                let detail = "The \"self\" object is not available in this context. This object can be used only in \
                     resource provisioner, connection, and postcondition blocks.";
                diagnostics.push(Diagnostic::error("Invalid \"self\" reference", detail).at(span));
                Value::dynamic()
            }),
            Subject::Output(_) | Subject::Run(_) | Subject::Check(_) => {
                let detail = "Outputs, runs and checks can be referred to in test files only.";
                diagnostics.push(Diagnostic::error("Reference to unavailable object", detail).at(span));
                Value::dynamic()
            }
        }
    }

    fn resource_instance(
        &self,
        resource: &Resource,
        key: &InstanceKey,
        _span: Span,
        _diagnostics: &mut Diagnostics,
    ) -> Option<Value> {
        let memo = self.frame.memo.borrow();
        let values = memo.resources.get(resource)?;
        if resource.mode == ResourceMode::Ephemeral && self.unexpanded() {
            return Some(Value::dynamic());
        }
        values.instance(Some(key)).cloned()
    }

    fn module_instance(
        &self,
        name: &Name,
        key: &InstanceKey,
        _span: Span,
        diagnostics: &mut Diagnostics,
    ) -> Option<Value> {
        let expansion = self.evaluator.expand_call(&self.frame, name, diagnostics)?;
        if self.unexpanded() || !expansion.has(Some(key)) {
            return None;
        }
        Some(self.evaluator.call_instance(&self.frame, name, Some(key.clone()), diagnostics))
    }

    fn module_output(
        &self,
        call: &Name,
        key: Option<&InstanceKey>,
        output: &Name,
        _span: Span,
        diagnostics: &mut Diagnostics,
    ) -> Option<Value> {
        let expansion = self.evaluator.expand_call(&self.frame, call, diagnostics)?;
        let child = if self.unexpanded() {
            if key.is_none() && *expansion != Expansion::Single {
                return None;
            }
            self.evaluator.frame(&self.frame.instance.child(call, None))?
        } else {
            self.evaluator.frame(&self.frame.instance.child(call, key.cloned()))?
        };
        child.module.outputs.contains_key(output).then(|| self.evaluator.output(&child, output, diagnostics))
    }

    fn functions(&self) -> &dyn Functions {
        self
    }

    fn place(&self) -> Place {
        if self.answers.is_some() { Place::Test } else { Place::Module }
    }

    fn sources(&self) -> Option<&SourceMap> {
        Some(self.evaluator.settings().sources)
    }

    fn templates(&self) -> Option<&Templates> {
        Some(self.evaluator.templates())
    }
}

impl Functions for ModuleScope<'_, '_> {
    fn builtin(&self, name: &str) -> Option<&Function> {
        fw_functions::builtin(name)
    }

    fn call_provider(&self, provider: &str, function: &str, arguments: &[Value]) -> Option<Result<Value, CallError>> {
        let required = self.frame.module.required_providers.get(provider)?;
        self.evaluator.settings().provider_functions.call(&required.source, function, arguments)
    }

    fn provider_function(&self, provider: &str, function: &str) -> ProviderFunction {
        match self.frame.module.required_providers.get(provider) {
            Some(required) => self.evaluator.settings().provider_functions.find(&required.source, function),
            None => ProviderFunction::NoProvider,
        }
    }

    fn names(&self) -> Vec<&str> {
        fw_functions::names().collect()
    }

    fn environment(&self) -> &dyn Environment {
        self.evaluator.settings().environment
    }
}
