//! Modules and resources from steps.

use super::traversal::{self, Step, StepKind};
use super::{ParseError, Target};
use crate::{AbsResource, InstanceKey, ModuleInstance, ModuleStep, Name, Resource, ResourceMode};

/// Names of other things, which can't start a resource address.
const RESERVED: [&str; 10] = ["count", "each", "local", "path", "self", "terraform", "var", "template", "lazy", "arg"];

/// Whatever a text names.
pub(super) fn target(text: &str) -> Result<Target, ParseError> {
    let steps = traversal::parse(text)?;
    let (module, rest) = module_prefix(&steps)?;
    match rest.first() {
        None => Ok(Target::Module(module)),
        Some(first) => resource(module, rest, first.offset),
    }
}

/// The module steps at the start, and what is left.
pub(super) fn module_prefix(mut steps: &[Step]) -> Result<(ModuleInstance, &[Step]), ParseError> {
    let mut module = Vec::new();
    let mut first = true;
    while let Some((Step { kind: StepKind::Name(word), offset }, rest)) = steps.split_first()
        && &**word == "module"
    {
        let operator = |message: &str, offset| ParseError::new("Invalid address operator", message, offset);
        let Some((Step { kind: StepKind::Name(name), .. }, rest)) = rest.split_first() else {
            return Err(operator("Prefix \"module.\" must be followed by a module name.", *offset));
        };
        let (key, rest) = match rest.split_first() {
            Some((Step { kind: StepKind::Key(key), .. }, rest)) => (Some(key.clone()), rest),
            Some((Step { kind: StepKind::BadNumber, offset }, _)) => return Err(bad_key(*offset)),
            _ => (None, rest),
        };
        if let Some(Step { kind: StepKind::Key(_) | StepKind::BadNumber, offset }) = rest.first() {
            return Err(operator("Module address prefix must be followed by dot and then a name.", *offset));
        }
        module.push(ModuleStep { name: Name::clone(name), key });
        steps = rest;
        first = false;
    }
    let module = if first { ModuleInstance::root() } else { ModuleInstance(module.into()) };
    Ok((module, steps))
}

fn bad_key(offset: usize) -> ParseError {
    let message =
        format!("Invalid resource instance key: value must be a whole number, between {} and {}.", i64::MIN, i64::MAX);
    ParseError::address(message, offset)
}

fn resource(module: ModuleInstance, steps: &[Step], start: usize) -> Result<Target, ParseError> {
    let (mode, steps) = mode(steps)?;
    let [kind, name, rest @ ..] = steps else {
        return Err(ParseError::address("Resource specification must include a resource type and name.", start));
    };
    let StepKind::Name(kind) = &kind.kind else {
        return Err(ParseError::address("A resource type name is required.", kind.offset));
    };
    let StepKind::Name(name) = &name.kind else {
        return Err(ParseError::address("A resource name is required.", name.offset));
    };
    let resource = Resource { mode, kind: Name::clone(kind), name: Name::clone(name) };
    let resource = AbsResource { module, resource };
    match rest {
        [] => Ok(Target::Resource(resource)),
        [key] => Ok(Target::Instance(resource.instance(Some(instance_key(key)?)))),
        [_, extra, ..] => Err(ParseError::address("Unexpected extra operators after address.", extra.offset)),
    }
}

// The mode, and the steps after what says it.
fn mode(steps: &[Step]) -> Result<(ResourceMode, &[Step]), ParseError> {
    let Some((Step { kind: StepKind::Name(word), offset }, rest)) = steps.split_first() else {
        return Ok((ResourceMode::Managed, steps));
    };
    match &**word {
        "data" => Ok((ResourceMode::Data, rest)),
        "ephemeral" => Ok((ResourceMode::Ephemeral, rest)),
        "resource" => Ok((ResourceMode::Managed, rest)),
        reserved if RESERVED.contains(&reserved) => Err(ParseError::address(
            format!(
                "The keyword \"{reserved}\" is reserved and cannot be used to target a resource address. If you are \
                 targeting a resource type that uses a reserved keyword, please prefix your address with \"resource.\"."
            ),
            *offset,
        )),
        _ => Ok((ResourceMode::Managed, steps)),
    }
}

fn instance_key(step: &Step) -> Result<InstanceKey, ParseError> {
    match &step.kind {
        StepKind::Key(key) => Ok(key.clone()),
        StepKind::BadNumber => Err(bad_key(step.offset)),
        StepKind::Name(_) => {
            Err(ParseError::address("Resource instance key must be given in square brackets.", step.offset))
        }
    }
}
