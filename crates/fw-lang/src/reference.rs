//! References: what a traversal of the configuration language names, and which names an expression or a body uses.
//!
//! Parsing knows nothing of what is declared; whether a thing exists is the scope's business.

mod collect;
mod parse;

use std::fmt;

use fw_addr::{InstanceKey, Name, Resource};
use fw_diag::Span;
use fw_syntax::ast::{Step, StepKind};
use fw_value::Content;

pub(crate) use collect::{Bound, variables_in_expr};
pub use collect::{references, references_in_body, traversals};
pub use parse::{Place, parse, parse_instance_key, parse_traversal};

/// What is named, up to the longest address that is one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// `var.name`
    Variable(Name),
    /// `local.name`
    Local(Name),
    /// `module.name`: all instances of the call.
    Module(Name),
    /// `module.name[key]` or, without a key in the text and followed by an attribute, `module.name` of a single instance.
    ModuleInstance(Name, Option<InstanceKey>),
    /// `module.name.output` and `module.name[key].output`.
    ModuleOutput(Name, Option<InstanceKey>, Name),
    /// `type.name`, `data.type.name`, `ephemeral.type.name`: all instances.
    Resource(Resource),
    /// The same with a literal instance key.
    ResourceInstance(Resource, InstanceKey),
    /// `path.module`, `path.root`, `path.cwd`
    Path(Name),
    /// `terraform.workspace`, `terraform.applying`
    Terraform(Name),
    /// `count.index`
    Count(Name),
    /// `each.key`, `each.value`
    Each(Name),
    /// `self`
    SelfObject,
    /// `output.name`, in tests
    Output(Name),
    /// `run.name`, in tests
    Run(Name),
    /// `check.name`
    Check(Name),
}

/// A reference in the source.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// What is named.
    pub subject: Subject,
    /// The steps into its value.
    pub remaining: Vec<Step>,
    /// All of the traversal as far as the subject goes.
    pub span: Span,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keyed = |f: &mut fmt::Formatter<'_>, key: &Option<InstanceKey>| match key {
            Some(key) => write!(f, "{key}"),
            None => Ok(()),
        };
        match self {
            Self::Variable(name) => write!(f, "var.{name}"),
            Self::Local(name) => write!(f, "local.{name}"),
            Self::Module(name) => write!(f, "module.{name}"),
            Self::ModuleInstance(name, key) => {
                write!(f, "module.{name}")?;
                keyed(f, key)
            }
            Self::ModuleOutput(name, key, output) => {
                write!(f, "module.{name}")?;
                keyed(f, key)?;
                write!(f, ".{output}")
            }
            Self::Resource(resource) => write!(f, "{resource}"),
            Self::ResourceInstance(resource, key) => write!(f, "{resource}{key}"),
            Self::Path(name) => write!(f, "path.{name}"),
            Self::Terraform(name) => write!(f, "terraform.{name}"),
            Self::Count(name) => write!(f, "count.{name}"),
            Self::Each(name) => write!(f, "each.{name}"),
            Self::SelfObject => write!(f, "self"),
            Self::Output(name) => write!(f, "output.{name}"),
            Self::Run(name) => write!(f, "run.{name}"),
            Self::Check(name) => write!(f, "check.{name}"),
        }
    }
}

impl fmt::Display for Reference {
    /// The whole reference, steps included: `aws_instance.a[0].tags["x"]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.subject)?;
        self.remaining.iter().try_for_each(|step| write_step(f, step))
    }
}

/// One step as plan JSON and messages write it.
fn write_step(f: &mut fmt::Formatter<'_>, step: &Step) -> fmt::Result {
    match &step.kind {
        StepKind::Attribute(name) => write!(f, ".{name}"),
        StepKind::Index(key) => match key.content() {
            Content::String(text) => write!(f, "[{}]", crate::quote::go(text)),
            Content::Number(number) => write!(f, "[{number}]"),
            _ => write!(f, "[]"),
        },
    }
}
