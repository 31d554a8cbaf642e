//! `import` blocks against what is declared, as far as it shows without evaluating.

use fw_addr::{InstanceKey, Resource};
use fw_diag::{Diagnostic, Diagnostics};
use fw_lang::reference::{Reference, Subject, references, traversals};
use fw_syntax::ast::Expr;
use fw_value::Type;
use fw_value::convert::convert;

use crate::address::{self, Form};
use crate::model::{Config, Import, MovedEndpoint, Repetition};
use crate::{PLACE, expression};

/// What is wrong with the target and with the id.
pub(super) fn problems(config: &Config, import: &Import) -> Diagnostics {
    let mut found = Diagnostics::new();
    found.append(keys(import));
    if found.is_empty() {
        found.extend(target(config, import));
    }
    if let Some(id) = &import.id {
        found.extend(own_references(&import.target.resource, id));
        if found.is_empty() {
            found.extend(constant_id(id));
        }
    }
    found
}

/// Without `for_each` keys must be constants; with it only `each` may be used in them.
fn keys(import: &Import) -> Diagnostics {
    let mut found = Diagnostics::new();
    let keys = address::dynamic_keys(&import.to);
    if import.for_each.is_none() {
        if !keys.is_empty() {
            expression::refuse(&import.to, &mut found);
        }
        return found;
    }
    for traversal in keys.into_iter().flat_map(traversals) {
        let root = &traversal.root;
        if &*root.name != "each" {
            let detail = format!(
                "There is no variable named \"{}\". Only \"each.key\" and \"each.value\" can be used in import address index \
                 expressions.",
                root.name
            );
            found.push(Diagnostic::error("Unknown variable", detail).at(root.span));
        }
    }
    found
}

fn target(config: &Config, import: &Import) -> Option<Diagnostic> {
    let span = import.to.span;
    let module = config.module(&import.target.module);
    let Some(block) = module.and_then(|m| m.resources.get(&import.target.resource)) else {
        let detail = missing_target(import)?;
        return Some(Diagnostic::error("Configuration for import target does not exist", detail).at(span));
    };
    // Keys that must be evaluated first are left to the plan.
    let traversal = expression::traversal(&import.to, &mut Diagnostics::new())?;
    let Ok(MovedEndpoint::Resource(_, _, key)) = address::parse(&traversal, Form::Instance) else { return None };
    let detail = match (&block.repetition, key) {
        (Repetition::Single | Repetition::Enabled(_) | Repetition::ForEach(_), Some(InstanceKey::Int(_))) => {
            "The target resource does not use count."
        }
        (Repetition::Single | Repetition::Enabled(_) | Repetition::Count(_), Some(InstanceKey::String(_))) => {
            "The target resource does not use for_each."
        }
        (Repetition::Count(_), None) => "The target resource is using count.",
        (Repetition::ForEach(_), None) => "The target resource is using for_each.",
        _ => return None,
    };
    Some(Diagnostic::error("Invalid import 'to' expression", detail).at(span))
}

/// For single resources of the root module, configuration can be generated.
fn missing_target(import: &Import) -> Option<String> {
    if !import.target.module.is_root() {
        return Some(format!(
            "The configuration for the given import target {} does not exist. All target instances must have an associated \
             configuration to be imported.",
            import.target
        ));
    }
    let traversal = expression::traversal(&import.to, &mut Diagnostics::new());
    let parsed = traversal.and_then(|t| address::parse(&t, Form::Instance).ok());
    let single = matches!(parsed, Some(MovedEndpoint::Resource(_, _, None))) && import.for_each.is_none();
    (!single).then(|| {
        "The given import block is not compatible with config generation. The -generate-config-out option cannot be used with \
         import blocks which use for_each, or resources which use for_each or count."
            .to_owned()
    })
}

fn own_references(resource: &Resource, id: &Expr) -> Vec<Diagnostic> {
    let own = |reference: &Reference| match &reference.subject {
        Subject::Resource(other) | Subject::ResourceInstance(other, _) => other == resource,
        _ => false,
    };
    let problem = |reference: Reference| {
        id_problem("The import ID cannot reference the resource being imported.").at(reference.span)
    };
    references(id, PLACE, &mut Diagnostics::new()).into_iter().filter(own).map(problem).collect()
}

fn constant_id(id: &Expr) -> Option<Diagnostic> {
    let value = fw_lang::evaluate_constant(id, &mut Diagnostics::new());
    let detail = if value.is_null() {
        "The import ID cannot be null."
    } else if !value.is_known() {
        return None;
    } else {
        match convert(&value, &Type::String) {
            Err(error) => {
                let detail = format!("Invalid expression value: {}.", expression::reason(&error));
                return Some(Diagnostic::error("Incorrect value type", detail).at(id.span));
            }
            Ok(text) if text.as_str() == Some("") => {
                "The import ID value evaluates to an empty string, please provide a non-empty value."
            }
            Ok(_) => return None,
        }
    };
    Some(id_problem(detail).at(id.span))
}

fn id_problem(detail: &str) -> Diagnostic {
    Diagnostic::error("Invalid import id argument", detail)
}
