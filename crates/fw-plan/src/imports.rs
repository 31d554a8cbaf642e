//! `import` blocks: which objects they take over, to which addresses.

use std::collections::BTreeMap;

use fw_addr::{
    AbsResourceInstance, ConfigResource, InstanceKey, ModuleInstance, ModuleStep, Name, Resource, ResourceMode,
};
use fw_config::Import;
use fw_diag::{Diagnostic, Diagnostics};
use fw_eval::{Expansion, RepetitionData};
use fw_exec::{Importing, Kind};
use fw_lang::Scope;
use fw_provider::ImportTarget;
use fw_syntax::ast::{Expr, ExprKind, Step, StepKind};
use fw_value::{Content, Marks, Str, Type, Value};

use crate::planner::Planner;

/// An import that the configuration asks for, evaluated.
#[derive(Clone, Debug)]
pub(crate) struct PlannedImport {
    pub(crate) target: ImportTarget,
}

impl PlannedImport {
    /// As the plan records it.
    pub(crate) fn importing(&self) -> Importing {
        let (id, identity) = match &self.target {
            ImportTarget::Id(id) => (Some(id.clone()), None),
            ImportTarget::Identity(identity) => (None, Some(identity.clone())),
        };
        Importing { id, identity, unknown: false }
    }

    /// As people are told of it while they wait.
    pub(crate) fn shown(&self) -> String {
        self.importing().shown().unwrap_or_default()
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
        let detail = if planner.input.options.generate_config && !crate::generate::is_possible(import) {
            "The given import block is not compatible with config generation. The -generate-config-out option cannot be used \
             with import blocks which use for_each, or resources which use for_each or count."
                .to_owned()
        } else {
            format!(
                "The configuration for the given import target {target} does not exist. If you wish to automatically \
                 generate config for this resource, use the -generate-config-out option within terraform plan. Otherwise, \
                 make sure the target resource exists within your configuration. For example:\n\n  terraform plan \
                 -generate-config-out=generated.tf"
            )
        };
        let summary = "Configuration for import target does not exist";
        told.push(Diagnostic::error(summary, detail).at(import.to.span));
    }
}

impl Planner<'_> {
    /// What is imported to instances of a resource. What such an import refers to has been evaluated.
    pub(crate) fn imports_of(
        &self,
        resource: &ConfigResource,
        kind: &Kind,
        told: &mut Diagnostics,
    ) -> BTreeMap<AbsResourceInstance, PlannedImport> {
        let mut imports: BTreeMap<AbsResourceInstance, (PlannedImport, &Import)> = BTreeMap::new();
        for import in self.input.basis.config.root().imports.iter().filter(|i| i.target == *resource) {
            for repetition in self.repetitions(import, told) {
                let scope = self.evaluator.scope(&self.evaluator.root(), repetition);
                let Some(address) = address(&import.to, &scope, told) else { continue };
                let Some(target) = target(import, kind, &scope, told) else { continue };
                match imports.get(&address) {
                    Some((_, first)) => told.push(self.duplicate(&address, first, import)),
                    None => drop(imports.insert(address, (PlannedImport { target }, import))),
                }
            }
        }
        imports.into_iter().map(|(address, (import, _))| (address, import)).collect()
    }

    fn repetitions(&self, import: &Import, told: &mut Diagnostics) -> Vec<RepetitionData> {
        let Some(for_each) = &import.for_each else { return vec![RepetitionData::default()] };
        let scope = self.evaluator.scope(&self.evaluator.root(), RepetitionData::default());
        // Unlike those of resources, imports may go through lists, by index.
        let value = fw_lang::evaluate(for_each, &scope, &mut Diagnostics::new());
        if let (Type::List(_) | Type::Tuple(_), Content::Sequence(_), false) =
            (value.ty(), value.content(), value.is_marked())
        {
            let one = |(key, element): (Value, &Value)| RepetitionData {
                each_key: Some(key),
                each_value: Some(element.clone()),
                ..RepetitionData::default()
            };
            return (0_u64..).map(Value::number).zip(value.elements()).map(one).collect();
        }
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

/// Which object an import is about.
fn target(import: &Import, kind: &Kind, scope: &dyn Scope, told: &mut Diagnostics) -> Option<ImportTarget> {
    match (&import.id, &import.identity) {
        (Some(id), _) => import_id(id, scope, told).map(|id| ImportTarget::Id(id.to_string())),
        (None, Some(identity)) => import_identity(identity, kind, scope, told).map(ImportTarget::Identity),
        (None, None) => None,
    }
}

fn import_identity(expr: &Expr, kind: &Kind, scope: &dyn Scope, told: &mut Diagnostics) -> Option<Value> {
    let before = told.len();
    let value = fw_lang::evaluate(expr, scope, told);
    if told.iter().skip(before).any(Diagnostic::is_error) {
        return None;
    }
    let mut refuse = |why: &str| {
        told.push(Diagnostic::error("Invalid import identity argument", why).at(expr.span));
        None
    };
    let Some(schema) = kind.schemas.identity(&kind.name) else {
        return refuse(&format!(
            "The resource type \"{}\" has no identity, so that it can be imported by id only.",
            kind.name
        ));
    };
    if value.has_mark_deep(Marks::EPHEMERAL) {
        return refuse("The import identity cannot be ephemeral.");
    }
    let value = value.unmark_deep().0;
    if value.is_null() {
        return refuse("The import identity cannot be null.");
    }
    if !value.is_wholly_known() {
        return refuse(
            "The import block \"identity\" argument depends on resource attributes that cannot be determined until apply, so \
             Terraform cannot plan to import this resource.",
        );
    }
    let strange = value.string_entries().find(|(name, _)| !schema.attributes.contains_key(&***name));
    if let Some((name, _)) = strange {
        return refuse(&format!("The identity of {} has no attribute \"{name}\".", kind.name));
    }
    let mut attributes = Vec::new();
    for (name, attribute) in &schema.attributes {
        let given = value.attr_ref(name).or_else(|| value.map_ref(name)).filter(|given| !given.is_null());
        let part = match given.map(|given| fw_value::convert::convert(given, &attribute.ty)) {
            Some(Ok(part)) => part,
            Some(Err(problem)) => {
                return refuse(&format!("The identity attribute \"{name}\" is unsuitable: {problem}."));
            }
            None if attribute.required_for_import => {
                return refuse(&format!("The identity attribute \"{name}\" is required."));
            }
            None => Value::null(attribute.ty.clone()),
        };
        attributes.push((Str::clone(name), part));
    }
    Some(Value::object(attributes))
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
