//! References checked against schemas before anything is evaluated: attributes that a resource type does not have. Then,
//! blocks that refer to themselves.

use fw_addr::{ModulePath, Resource};
use fw_config::{Repetition, ResourceBlock, references};
use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_lang::reference::{Reference, Subject};
use fw_schema::{Block, Nesting};
use fw_syntax::ast::{Ident, Step, StepKind};
use fw_value::{Type, Value};

use crate::graph::Node;
use crate::planner::Planner;
use crate::resources::Wanted;

impl Planner<'_> {
    /// What is wrong with the references at a node.
    pub(crate) async fn check_references(&self, node: &Node) -> Diagnostics {
        let mut told = Diagnostics::new();
        let Some((module, references)) = self.references_at(node) else { return told };
        for reference in references {
            if reference.remaining.is_empty() {
                continue;
            }
            let (Subject::Resource(resource) | Subject::ResourceInstance(resource, _)) = &reference.subject else {
                continue;
            };
            let keyed = matches!(reference.subject, Subject::ResourceInstance(..));
            if let Some(schema) = self.schema_of_reference(&module, resource, keyed).await {
                check_steps(&schema.block, &reference.remaining, &mut told);
            }
        }
        told
    }

    fn references_at(&self, node: &Node) -> Option<(ModulePath, Vec<Reference>)> {
        let config = self.input.basis.config;
        let declared = |path: &ModulePath| config.modules.get(path);
        Some(match node {
            Node::Local(path, name) => (path.clone(), references::local(declared(path)?.locals.get(name)?)),
            Node::Output(path, name) => (path.clone(), references::output(declared(path)?.outputs.get(name)?)),
            Node::Check(path, name) => (path.clone(), references::check(declared(path)?.checks.get(name)?)),
            Node::Call(path, name) => {
                let call = declared(path)?.calls.get(name)?;
                let arguments = references::call_arguments(call).into_iter().flat_map(|(_, refs)| refs);
                let repetition = references::repetition(&call.repetition);
                (path.clone(), repetition.into_iter().chain(arguments).collect())
            }
            Node::Provider(provider) => {
                (provider.module.clone(), references::provider(config.provider_block(provider)?))
            }
            Node::Resource(resource) => {
                let block = declared(&resource.module)?.resources.get(&resource.resource)?;
                let mut found = references::resource(block);
                // What would trigger a replacement need not be there.
                let triggers = &block.lifecycle.replace_triggered_by;
                let within = |inner: Span, outer: Span| {
                    inner.file == outer.file && outer.start <= inner.start && inner.end <= outer.end
                };
                found.retain(|reference| !triggers.iter().any(|trigger| within(reference.span, trigger.span)));
                (resource.module.clone(), found)
            }
            Node::Variable(..) | Node::ModuleStart(_) | Node::ModuleDone(_) | Node::Orphan(_) => return None,
        })
    }

    /// The schema of a resource that attributes are read of; `None` where the reference is to all of its instances.
    async fn schema_of_reference(
        &self,
        module: &ModulePath,
        resource: &Resource,
        keyed: bool,
    ) -> Option<std::sync::Arc<fw_schema::Schema>> {
        let block = self.input.basis.config.modules.get(module)?.resources.get(resource)?;
        if !keyed && !matches!(block.repetition, Repetition::Single | Repetition::Enabled(_)) {
            return None;
        }
        self.kinds.schema(&block.provider, resource, None).await.ok()
    }

    /// `ignore_changes` names attributes of the resource itself.
    pub(crate) fn check_ignored(block: &ResourceBlock, schema: &Block, told: &mut Diagnostics) {
        for traversal in &block.lifecycle.ignore_changes {
            let first = first_step(&traversal.root);
            let steps: Vec<Step> = std::iter::once(first).chain(traversal.steps.iter().cloned()).collect();
            check_steps(schema, &steps, told);
        }
    }
}

fn first_step(root: &Ident) -> Step {
    Step { kind: StepKind::Attribute(fw_value::Str::clone(&root.name)), span: root.span }
}

/// The arguments of an instance may not be made of its own results.
pub(crate) fn refuse_self(block: &ResourceBlock, instances: &[Wanted], told: &mut Diagnostics) {
    let found = references::body(&block.body);
    let to_itself = |reference: &&Reference| match &reference.subject {
        Subject::Resource(resource) | Subject::ResourceInstance(resource, _) => *resource == block.resource,
        _ => false,
    };
    for reference in found.iter().filter(to_itself) {
        let subject = reference.subject.to_string();
        for one in instances {
            let whole = block.resource.to_string();
            let own = one.key.as_ref().map_or_else(|| whole.clone(), |key| format!("{whole}{key}"));
            // As terraform: a resource without keys is compared as instance and as resource.
            for _ in [own, whole].iter().filter(|own| **own == subject) {
                let detail = format!("Configuration for {subject} may not refer to itself.");
                told.push(Diagnostic::error("Self-referential block", detail).at(reference.span));
            }
        }
    }
}

/// Follows steps into an object of a schema, as far as the schema alone says what is there.
fn check_steps(schema: &Block, steps: &[Step], told: &mut Diagnostics) {
    let Some((first, rest)) = steps.split_first() else { return };
    let StepKind::Attribute(name) = &first.kind else {
        told.push(only_attributes(first));
        return;
    };
    if let Some(attribute) = schema.attributes.get(name) {
        check_type(&attribute.implied_type(), rest, told);
        return;
    }
    let Some(nested) = schema.blocks.get(name) else {
        let names = schema.attributes.keys().chain(schema.blocks.keys()).map(|n| &**n);
        let hint = fw_syntax::suggestion(name, names).map(|near| format!(" Did you mean \"{near}\"?"));
        let detail = format!(
            "This object has no argument, nested block, or exported attribute named \"{name}\".{}",
            hint.unwrap_or_default()
        );
        told.push(Diagnostic::error("Unsupported attribute", detail).at(first.span));
        return;
    };
    match nested.nesting {
        Nesting::Single | Nesting::Group => check_steps(&nested.block, rest, told),
        Nesting::Set if matches!(rest.first().map(|s| &s.kind), Some(StepKind::Index(_))) => {
            told.push(no_keys(name, rest[0].span));
        }
        Nesting::List | Nesting::Map | Nesting::Set => match rest.split_first() {
            Some((Step { kind: StepKind::Index(_), .. }, inner)) => check_steps(&nested.block, inner, told),
            _ => check_type(&nested.implied_type(), rest, told),
        },
    }
}

fn only_attributes(step: &Step) -> Diagnostic {
    let hint = match &step.kind {
        StepKind::Index(key) => {
            key.as_str().map(|k| format!(" Did you mean to access attribute \"{k}\" using the dot operator?"))
        }
        StepKind::Attribute(_) => None,
    };
    let detail = match hint {
        Some(hint) => format!("Only attribute access is allowed here.{hint}"),
        None => "Only attribute access is allowed here, using the dot operator.".to_owned(),
    };
    Diagnostic::error("Invalid index operation", detail).at(step.span)
}

fn no_keys(block: &str, span: Span) -> Diagnostic {
    let detail = format!(
        "Block type \"{block}\" is represented by a set of objects, and set elements do not have addressable keys. To find \
         elements matching specific criteria, use a \"for\" expression with an \"if\" clause."
    );
    Diagnostic::error("Cannot index a set value", detail).at(span)
}

/// Follows steps into any value of a type; the first that can't be is told.
fn check_type(ty: &Type, steps: &[Step], told: &mut Diagnostics) {
    let mut value = Value::unknown(ty.clone());
    for step in steps {
        let before = told.len();
        value = match &step.kind {
            StepKind::Attribute(name) => fw_lang::attribute(&value, name, step.span, told),
            StepKind::Index(key) => fw_lang::index(&value, key, step.span, told),
        };
        if told.len() > before {
            return;
        }
    }
}
