//! One reference against what is declared and available.

use fw_addr::{InstanceKey, Name, Resource, ResourceMode};
use fw_diag::{Diagnostic, Span};
use fw_lang::reference::{Reference, Subject};
use fw_syntax::ast::StepKind;

use super::scope::Scope;
use crate::model::{Module, ModuleCall, Repetition};

pub(super) fn check(scope: &mut Scope<'_>, reference: &Reference) {
    let span = reference.span;
    match &reference.subject {
        Subject::Variable(name) => variable(scope, name, span),
        Subject::Local(name) => local(scope, name, span),
        Subject::Module(name) | Subject::ModuleInstance(name, _) => {
            call(scope, name, span);
        }
        Subject::ModuleOutput(name, key, output) => {
            if let Some(call) = call(scope, name, span) {
                module_output(scope, call, key.as_ref(), output, span);
            }
        }
        Subject::Resource(resource) => {
            let attribute = matches!(reference.remaining.first().map(|s| &s.kind), Some(StepKind::Attribute(_)));
            resource_instance(scope, resource, None, attribute, span);
        }
        Subject::ResourceInstance(resource, key) => resource_instance(scope, resource, Some(key), false, span),
        Subject::Path(name) => path(scope, name, span),
        Subject::Terraform(name) => terraform(scope, name, span),
        Subject::Count(name) => count(scope, name, span),
        Subject::Each(name) => each(scope, name, span),
        Subject::SelfObject => {
            if !scope.around.own {
                let detail = "The \"self\" object is not available in this context. This object can be used only in resource \
                              provisioner, connection, and postcondition blocks.";
                unavailable(scope, "Invalid \"self\" reference", detail, span);
            }
        }
        // These are of test files.
        Subject::Output(_) | Subject::Run(_) | Subject::Check(_) => {}
    }
}

fn unavailable(scope: &mut Scope<'_>, summary: &str, detail: impl Into<String>, span: Span) {
    scope.unavailable.push(Diagnostic::error(summary, detail).at(span));
}

fn undeclared(scope: &mut Scope<'_>, summary: &str, detail: impl Into<String>, span: Span) {
    scope.undeclared.push(Diagnostic::error(summary, detail).at(span));
}

fn did_you_mean<'n>(given: &str, names: impl Iterator<Item = &'n Name>) -> Option<String> {
    let near = fw_syntax::suggestion(given, names.map(|name| &**name))?;
    Some(format!(" Did you mean \"{near}\"?"))
}

fn module_text(module: &Module) -> String {
    if module.path.is_root() { "the root module".to_owned() } else { module.path.to_string() }
}

fn variable(scope: &mut Scope<'_>, name: &Name, span: Span) {
    let variables = &scope.module.variables;
    if variables.contains_key(name) {
        return;
    }
    let hint = did_you_mean(name, variables.keys())
        .unwrap_or_else(|| format!(" This variable can be declared with a variable \"{name}\" {{}} block."));
    let detail = format!("An input variable with the name \"{name}\" has not been declared.{hint}");
    unavailable(scope, "Reference to undeclared input variable", detail, span);
}

fn local(scope: &mut Scope<'_>, name: &Name, span: Span) {
    let locals = &scope.module.locals;
    if locals.contains_key(name) {
        return;
    }
    let hint = did_you_mean(name, locals.keys()).unwrap_or_default();
    let detail = format!("A local value with the name \"{name}\" has not been declared.{hint}");
    unavailable(scope, "Reference to undeclared local value", detail, span);
}

/// An output that an assertion names and the module does not have.
pub(super) fn undeclared_output(module: &Module, name: &Name, span: Span) -> Diagnostic {
    let hint = did_you_mean(name, module.outputs.keys()).unwrap_or_default();
    let detail = format!("An output value with the name \"{name}\" has not been declared.{hint}");
    Diagnostic::error("Reference to undeclared output value", detail).at(span)
}

fn call<'a>(scope: &mut Scope<'a>, name: &Name, span: Span) -> Option<&'a ModuleCall> {
    let module = scope.module;
    if let Some(call) = module.calls.get(name) {
        return Some(call);
    }
    let hint = did_you_mean(name, module.calls.keys()).unwrap_or_default();
    let detail = format!("No module call named \"{name}\" is declared in {}.{hint}", module_text(module));
    undeclared(scope, "Reference to undeclared module", detail, span);
    None
}

/// An output that the called module does not have. Whether a key is needed or fits is said when it is evaluated.
fn module_output(scope: &mut Scope<'_>, call: &ModuleCall, key: Option<&InstanceKey>, output: &Name, span: Span) {
    let Some(child) = scope.config.module(&scope.module.path.child(&call.name)) else { return };
    let single = matches!(call.repetition, Repetition::Single | Repetition::Enabled(_));
    if single != key.is_none() || child.outputs.contains_key(output) {
        return;
    }
    let length = u32::try_from(output.len() + 1).unwrap_or(0);
    let step = Span { start: span.end.saturating_sub(length), ..span };
    let detail = format!("This object does not have an attribute named \"{output}\".");
    unavailable(scope, "Unsupported attribute", detail, step);
}

fn resource_instance(
    scope: &mut Scope<'_>,
    resource: &Resource,
    key: Option<&InstanceKey>,
    attribute: bool,
    span: Span,
) {
    let Some(block) = scope.module.resources.get(resource) else {
        let detail = undeclared_resource(scope.module, resource);
        return undeclared(scope, "Reference to undeclared resource", detail, span);
    };
    if block.check.is_some() && block.check.as_ref() != scope.around.check {
        let detail = format!(
            "The referenced data resource \"{}\" \"{}\" is not available from this context.",
            resource.kind, resource.name
        );
        return undeclared(scope, "Reference to scoped resource", detail, span);
    }
    if scope.around.whole {
        return;
    }
    let argument = match (&block.repetition, key) {
        (Repetition::Single | Repetition::Enabled(_), Some(_)) => {
            let detail = format!(
                "Because {resource} does not have \"count\" or \"for_each\" set, references to it must not include an index key. \
                 Remove the bracketed index to refer to the single instance of this resource."
            );
            return undeclared(scope, "Unexpected resource instance key", detail, span);
        }
        (Repetition::Count(_), None) if attribute => ("count", "count.index"),
        (Repetition::ForEach(_), None) if attribute => ("for_each", "each.key"),
        _ => return,
    };
    let (argument, example) = argument;
    let detail = format!(
        "Because {resource} has \"{argument}\" set, its attributes must be accessed on specific instances.\n\nFor example, to \
         correlate with indices of a referring resource, use:\n    {resource}[{example}]"
    );
    undeclared(scope, "Missing resource instance key", detail, span);
}

fn undeclared_resource(module: &Module, resource: &Resource) -> String {
    let what = match resource.mode {
        ResourceMode::Managed => "A managed resource",
        ResourceMode::Data => "A data resource",
        ResourceMode::Ephemeral => "An ephemeral resource",
    };
    let (kind, name) = (&resource.kind, &resource.name);
    let mut detail = format!("{what} \"{kind}\" \"{name}\" has not been declared in {}.", module_text(module));
    if resource.mode == ResourceMode::Managed {
        let data = Resource { mode: ResourceMode::Data, ..resource.clone() };
        if module.resources.contains_key(&data) {
            detail.push_str(&format!("\n\nDid you mean the data resource {data}?"));
        }
    }
    detail
}

fn path(scope: &mut Scope<'_>, name: &Name, span: Span) {
    const NAMES: [&str; 3] = ["cwd", "module", "root"];
    if NAMES.contains(&&**name) {
        return;
    }
    let hint = fw_syntax::suggestion(name, NAMES).map(|near| format!(" Did you mean \"{near}\"?")).unwrap_or_default();
    let detail = format!("The \"path\" object does not have an attribute named \"{name}\".{hint}");
    unavailable(scope, "Invalid \"path\" attribute", detail, span);
}

fn terraform(scope: &mut Scope<'_>, name: &Name, span: Span) {
    let detail = match &**name {
        "workspace" | "applying" => return,
        "env" => {
            "The terraform.env attribute was deprecated in v0.10 and removed in v0.12. The \"state environment\" concept was \
             renamed to \"workspace\" in v0.12, and so the workspace name can now be accessed using the terraform.workspace \
             attribute."
                .to_owned()
        }
        other => format!(
            "The \"terraform\" object does not have an attribute named \"{other}\". The only supported attributes are \
             terraform.workspace, the name of the currently-selected workspace, and terraform.applying, a boolean which is true \
             only during apply."
        ),
    };
    unavailable(scope, "Invalid \"terraform\" attribute", detail, span);
}

fn count(scope: &mut Scope<'_>, name: &Name, span: Span) {
    if &**name != "index" {
        let detail = format!(
            "The \"count\" object does not have an attribute named \"{name}\". The only supported attribute is count.index, which \
             is the index of each instance of a resource block that has the \"count\" argument set."
        );
        unavailable(scope, "Invalid \"count\" attribute", detail, span);
    } else if !scope.around.count {
        let detail = "The \"count\" object can only be used in \"module\", \"resource\", and \"data\" blocks, and only when the \
                      \"count\" argument is set.";
        unavailable(scope, "Reference to \"count\" in non-counted context", detail, span);
    }
}

fn each(scope: &mut Scope<'_>, name: &Name, span: Span) {
    match &**name {
        "key" | "value" if scope.around.each => {}
        "key" => {
            let detail = "The \"each\" object can be used only in \"module\" or \"resource\" blocks, and only when the \
                          \"for_each\" argument is set.";
            unavailable(scope, "Reference to \"each\" in context without for_each", detail, span);
        }
        "value" => {
            let detail = "A reference to \"each.value\" has been used in a context in which it is unavailable, such as when the \
                          configuration no longer contains the value in its \"for_each\" expression. Remove this reference to \
                          each.value in your configuration to work around this error.";
            unavailable(scope, "each.value cannot be used in this context", detail, span);
        }
        other => {
            let detail = format!(
                "The \"each\" object does not have an attribute named \"{other}\". The supported attributes are each.key and \
                 each.value, the current key and value pair of the \"for_each\" attribute set."
            );
            unavailable(scope, "Invalid \"each\" attribute", detail, span);
        }
    }
}
