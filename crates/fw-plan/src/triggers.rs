//! `replace_triggered_by`: replacement because something else changes.

use fw_addr::{AbsResource, AbsResourceInstance, InstanceKey};
use fw_diag::{Diagnostic, Diagnostics};
use fw_exec::Action;
use fw_lang::reference::Subject;
use fw_syntax::ast::{Expr, ExprKind, Step, StepKind};
use fw_value::{Path, Type};

use crate::planner::Planner;
use crate::resources::Wanted;

impl Planner<'_> {
    /// Whether the resource or attribute that an expression names is going to change.
    pub(crate) fn is_triggered(&self, expr: &Expr, one: &Wanted, told: &mut Diagnostics) -> bool {
        let Some((resource, key, steps)) = self.trigger(expr, one, told) else { return false };
        let changes = self.changes.borrow();
        let whole = AbsResource { module: one.frame.instance.clone(), resource };
        let first = AbsResourceInstance { module: whole.module.clone(), resource: whole.resource.clone(), key: None };
        changes
            .range((first, None)..)
            .take_while(|((address, _), _)| address.containing() == whole)
            .filter(|((address, deposed), _)| {
                deposed.is_none() && key.as_ref().is_none_or(|k| address.key.as_ref() == Some(k))
            })
            .any(|(_, change)| match change.action {
                Action::NoOp | Action::Read => false,
                _ if steps.is_root() => true,
                // A part of it: whether that part changes.
                Action::Update | Action::DeleteThenCreate | Action::CreateThenDelete | Action::CreateThenForget => {
                    change.before.get_path(&steps) != change.after.get_path(&steps)
                }
                Action::Create | Action::Delete | Action::Forget => true,
            })
    }

    fn trigger(
        &self,
        expr: &Expr,
        one: &Wanted,
        told: &mut Diagnostics,
    ) -> Option<(fw_addr::Resource, Option<InstanceKey>, Path)> {
        let mut references = fw_lang::reference::references(expr, fw_lang::reference::Place::default(), told);
        references.truncate(1);
        let reference = references.pop()?;
        let remaining = path_of(&reference.remaining);
        match reference.subject {
            Subject::ResourceInstance(resource, key) => Some((resource, Some(key), remaining)),
            Subject::Resource(resource) => {
                let key = self.dynamic_key(expr, one, told)?;
                Some((resource, key, remaining))
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

fn path_of(steps: &[Step]) -> Path {
    steps.iter().fold(Path::root(), |path, step| match &step.kind {
        StepKind::Attribute(name) => path.attribute(fw_value::Str::clone(name)),
        StepKind::Index(key) => path.index(key.clone()),
    })
}
