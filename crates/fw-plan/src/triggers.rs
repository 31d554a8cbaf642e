//! `replace_triggered_by`: replacement because something else changes.

use fw_addr::{AbsResource, AbsResourceInstance, InstanceKey, ModuleInstance};
use fw_diag::{Diagnostic, Diagnostics};
use fw_exec::Action;
use fw_lang::reference::Subject;
use fw_syntax::ast::{Expr, ExprKind, Step, StepKind};
use fw_value::{Path, Type};

use crate::planner::Planner;
use crate::resources::Wanted;

/// What an expression of `replace_triggered_by` names.
struct Trigger {
    resource: fw_addr::Resource,
    /// `None`: all instances.
    key: Option<Option<InstanceKey>>,
    /// A part of the instance; the root for all of it.
    part: Path,
}

impl Planner<'_> {
    /// Whether the resource or attribute that an expression names is going to change.
    pub(crate) fn is_triggered(&self, expr: &Expr, one: &Wanted, told: &mut Diagnostics) -> bool {
        let Some(trigger) = self.trigger(expr, one, told) else { return false };
        if !one.frame.module.resources.contains_key(&trigger.resource) {
            let module = module_name(&one.frame.instance);
            let detail = format!("A resource {} has not been declared in {module}", trigger.name());
            told.push(Diagnostic::error("Reference to undeclared resource", detail).at(expr.span));
            return false;
        }
        let changes = self.changes.borrow();
        let whole = AbsResource { module: one.frame.instance.clone(), resource: trigger.resource.clone() };
        let first = AbsResourceInstance { module: whole.module.clone(), resource: whole.resource.clone(), key: None };
        let mut found = changes
            .range((first, None)..)
            .take_while(|((address, _), _)| address.containing() == whole)
            .filter(|((address, deposed), _)| {
                deposed.is_none() && trigger.key.as_ref().is_none_or(|key| address.key == *key)
            })
            .map(|(_, change)| change)
            .peekable();
        if found.peek().is_none() {
            let module = module_name(&one.frame.instance);
            told.push(Diagnostic::error(format!("no change found for {} in {module}", trigger.name()), ""));
            return false;
        }
        found.any(|change| match change.action {
            // A new object is no change of one that others know.
            Action::NoOp | Action::Read | Action::Create | Action::Delete | Action::Forget => false,
            Action::Update | Action::DeleteThenCreate | Action::CreateThenDelete | Action::CreateThenForget => {
                trigger.part.is_root() || change.before.get_path(&trigger.part) != change.after.get_path(&trigger.part)
            }
        })
    }

    fn trigger(&self, expr: &Expr, one: &Wanted, told: &mut Diagnostics) -> Option<Trigger> {
        let mut references = fw_lang::reference::references(expr, fw_lang::reference::Place::default(), told);
        references.truncate(1);
        let reference = references.pop()?;
        let part = path_of(&reference.remaining);
        match reference.subject {
            Subject::ResourceInstance(resource, key) => Some(Trigger { resource, key: Some(Some(key)), part }),
            Subject::Resource(resource) => {
                let key = self.dynamic_key(expr, one, told)?;
                // A part is that of one instance.
                let key = if key.is_none() && part.is_root() { None } else { Some(key) };
                Some(Trigger { resource, key, part })
            }
            _ => None,
        }
    }

    /// The key of `a[each.key]` or `a[count.index]`.
    fn dynamic_key(&self, expr: &Expr, one: &Wanted, told: &mut Diagnostics) -> Option<Option<InstanceKey>> {
        let mut inner = expr;
        loop {
            match &inner.kind {
                ExprKind::Index { key, .. } => {
                    let scope = self.evaluator.scope(&one.frame, one.repetition.clone());
                    let value = fw_lang::evaluate(key, &scope, told);
                    let key = match value.ty() {
                        Type::Number => value.as_number().and_then(fw_value::Number::to_i64).map(InstanceKey::Int),
                        _ => value.as_shared_str().cloned().map(InstanceKey::String),
                    };
                    if key.is_none() {
                        let detail = "Only known keys can be used to refer to an instance in replace_triggered_by.";
                        told.push(Diagnostic::error("Invalid replace_triggered_by expression", detail).at(expr.span));
                        return None;
                    }
                    return Some(key);
                }
                ExprKind::Relative { source, .. } => inner = source,
                _ => return Some(None),
            }
        }
    }
}

impl Trigger {
    /// As messages name it.
    fn name(&self) -> String {
        let root = AbsResource { module: ModuleInstance::root(), resource: self.resource.clone() };
        root.instance(self.key.clone().flatten()).to_string()
    }
}

fn module_name(module: &ModuleInstance) -> String {
    if module.is_root() { "the root module".to_owned() } else { module.to_string() }
}

fn path_of(steps: &[Step]) -> Path {
    steps.iter().fold(Path::root(), |path, step| match &step.kind {
        StepKind::Attribute(name) => path.attribute(fw_value::Str::clone(name)),
        StepKind::Index(key) => path.index(key.clone()),
    })
}
