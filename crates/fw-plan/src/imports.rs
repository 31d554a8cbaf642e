//! `import` blocks: which objects they take over, to which addresses.

use std::collections::BTreeMap;

use fw_addr::{
    AbsResourceInstance, ConfigResource, InstanceKey, ModuleInstance, ModuleStep, Name, Resource, ResourceMode,
};
use fw_config::Import;
use fw_diag::{Diagnostic, Diagnostics};
use fw_eval::{Expansion, RepetitionData};
use fw_exec::Importing;
use fw_lang::Scope;
use fw_syntax::ast::{Expr, ExprKind, Step, StepKind};
use fw_value::{Content, Marks, Str, Value};

use crate::planner::Planner;

/// An import that the configuration asks for, its id evaluated.
#[derive(Clone, Debug)]
pub(crate) struct PlannedImport {
    pub(crate) id: Str,
}

impl PlannedImport {
    /// As the plan records it.
    pub(crate) fn importing(&self) -> Importing {
        Importing { id: Some(self.id.to_string()), identity: None, unknown: false }
    }
}

/// Imports whose resource has no block, so that there is nothing to plan them by.
pub(crate) fn without_configuration(planner: &Planner<'_>, told: &mut Diagnostics) {
    let config = planner.input.basis.config;
    for import in &config.root().imports {
        let target = &import.target;
        if config.modules.get(&target.module).is_some_and(|m| m.resources.contains_key(&target.resource)) {
            continue;
        }
        let detail = format!(
            "The configuration for the given import target {target} does not exist. If you wish to automatically generate \
             config for this resource, use the -generate-config-out option within terraform plan. Otherwise, make sure the \
             target resource exists within your configuration. For example:\n\n  terraform plan \
             -generate-config-out=generated.tf"
        );
        let summary = "Configuration for import target does not exist";
        let diagnostic = if planner.input.options.generate_config {
            let detail =
                format!("Generating the configuration of {target} is not supported yet: write a block for it.");
            Diagnostic::error("Configuration can't be generated", detail)
        } else {
            Diagnostic::error(summary, detail)
        };
        told.push(diagnostic.at(import.to.span));
    }
}

impl Planner<'_> {
    /// What is imported to instances of a resource. What such an import refers to has been evaluated.
    pub(crate) fn imports_of(
        &self,
        resource: &ConfigResource,
        told: &mut Diagnostics,
    ) -> BTreeMap<AbsResourceInstance, PlannedImport> {
        let mut imports: BTreeMap<AbsResourceInstance, (PlannedImport, &Import)> = BTreeMap::new();
        for import in self.input.basis.config.root().imports.iter().filter(|i| i.target == *resource) {
            for repetition in self.repetitions(import, told) {
                let scope = self.evaluator.scope(&self.evaluator.root(), repetition);
                let Some(address) = address(&import.to, &scope, told) else { continue };
                let Some(id) = import.id.as_ref().and_then(|id| import_id(id, &scope, told)) else { continue };
                match imports.get(&address) {
                    Some((_, first)) => told.push(self.duplicate(&address, first, import)),
                    None => drop(imports.insert(address, (PlannedImport { id }, import))),
                }
            }
            if import.identity.is_some() {
                let detail = "Importing by identity is not supported yet: import by id.";
                told.push(Diagnostic::error("Unsupported import by identity", detail).at(import.span));
            }
        }
        imports.into_iter().map(|(address, (import, _))| (address, import)).collect()
    }

    fn repetitions(&self, import: &Import, told: &mut Diagnostics) -> Vec<RepetitionData> {
        let Some(for_each) = &import.for_each else { return vec![RepetitionData::default()] };
        let scope = self.evaluator.scope(&self.evaluator.root(), RepetitionData::default());
        let expansion = Expansion::for_each(for_each, &scope, told);
        expansion.map(|e| e.instances().into_iter().map(|(_, data)| data).collect()).unwrap_or_default()
    }

    fn duplicate(&self, address: &AbsResourceInstance, first: &Import, second: &Import) -> Diagnostic {
        let at = self.input.basis.sources.describe(first.span);
        let detail = format!(
            "An import block for the resource \"{address}\" was already declared at {at}. A resource can have only one import \
             block."
        );
        Diagnostic::error(format!("Duplicate import configuration for \"{address}\""), detail).at(second.to.span)
    }
}

/// Imports to instances that the configuration does not have.
pub(crate) fn without_instance(address: &AbsResourceInstance) -> Diagnostic {
    let detail = format!(
        "The configuration for the given import {address} does not exist. All target instances must have an associated \
         configuration to be imported."
    );
    Diagnostic::error("Configuration for import target does not exist", detail)
}

fn import_id(expr: &Expr, scope: &dyn Scope, told: &mut Diagnostics) -> Option<Str> {
    let before = told.len();
    let value = fw_lang::evaluate_as(expr, &fw_value::Type::String, scope, told);
    if told.iter().skip(before).any(Diagnostic::is_error) {
        return None;
    }
    let mut refuse = |why: &str| {
        told.push(Diagnostic::error("Invalid import id argument", why).at(expr.span));
        None
    };
    if value.marks().contains(Marks::EPHEMERAL) {
        return refuse("The import ID cannot be ephemeral.");
    }
    match value.content() {
        Content::String(id) if id.is_empty() => {
            refuse("The import ID value evaluates to an empty string, please provide a non-empty value.")
        }
        Content::String(id) => Some(Str::clone(id)),
        Content::Null => refuse("The import ID cannot be null."),
        _ => refuse(
            "The import block \"id\" argument depends on resource attributes that cannot be determined until apply, so \
             Terraform cannot plan to import this resource.",
        ),
    }
}

/// One part of an address.
enum Part {
    Name(Name),
    Key(InstanceKey),
}

/// The instance that `to` names; its keys may be expressions.
fn address(to: &Expr, scope: &dyn Scope, told: &mut Diagnostics) -> Option<AbsResourceInstance> {
    let parts = parts(to, scope, told)?;
    let found = assemble(&parts);
    if found.is_none() {
        let detail = "An import block must name one resource instance by its address.";
        told.push(Diagnostic::error("Invalid import address", detail).at(to.span));
    }
    found
}

fn parts(to: &Expr, scope: &dyn Scope, told: &mut Diagnostics) -> Option<Vec<Part>> {
    // The outermost part is the last one.
    let mut reversed = Vec::new();
    let mut current = to;
    loop {
        match &current.kind {
            ExprKind::Index { collection, key, .. } => {
                let value = fw_lang::evaluate(key, scope, told);
                reversed.push(key_part(&value, key, told)?);
                current = collection;
            }
            ExprKind::Relative { source, steps } => {
                reversed.extend(steps.iter().rev().filter_map(step_part));
                current = source;
            }
            ExprKind::Traversal(traversal) => {
                reversed.extend(traversal.steps.iter().rev().filter_map(step_part));
                reversed.push(Part::Name(Name::clone(&traversal.root.name)));
                reversed.reverse();
                return Some(reversed);
            }
            _ => return Some(Vec::new()),
        }
    }
}

fn step_part(step: &Step) -> Option<Part> {
    match &step.kind {
        StepKind::Attribute(name) => Some(Part::Name(Name::clone(name))),
        StepKind::Index(key) => instance_key(key).map(Part::Key),
    }
}

fn instance_key(value: &Value) -> Option<InstanceKey> {
    match value.content() {
        Content::String(key) => Some(InstanceKey::String(Name::clone(key))),
        Content::Number(index) => index.to_i64().map(InstanceKey::Int),
        _ => None,
    }
}

fn key_part(value: &Value, key: &Expr, told: &mut Diagnostics) -> Option<Part> {
    let plain = value.clone().unmark_deep().0;
    let found = if value.is_marked() { None } else { instance_key(&plain) };
    if found.is_none() {
        let detail = "Import block 'to' address contains an invalid key: it must be a known string or whole number that is \
                      neither sensitive nor ephemeral.";
        told.push(Diagnostic::error("Import block 'to' address contains an invalid key", detail).at(key.span));
    }
    found.map(Part::Key)
}

/// `module.a[0].kind.name["k"]` from its parts.
fn assemble(parts: &[Part]) -> Option<AbsResourceInstance> {
    let mut parts = parts.iter().peekable();
    let name = |part: Option<&Part>| match part {
        Some(Part::Name(name)) => Some(Name::clone(name)),
        Some(Part::Key(_)) | None => None,
    };
    let mut steps = Vec::new();
    let mut first = name(parts.next())?;
    while &*first == "module" {
        let module = name(parts.next())?;
        let key = match parts.peek() {
            Some(Part::Key(key)) => Some(key.clone()),
            Some(Part::Name(_)) | None => None,
        };
        if key.is_some() {
            parts.next();
        }
        steps.push(ModuleStep { name: module, key });
        first = name(parts.next())?;
    }
    let resource_name = name(parts.next())?;
    let key = match parts.next() {
        Some(Part::Key(key)) => Some(key.clone()),
        Some(Part::Name(_)) => return None,
        None => None,
    };
    let resource = Resource { mode: ResourceMode::Managed, kind: first, name: resource_name };
    Some(AbsResourceInstance { module: ModuleInstance(steps.into()), resource, key })
}
