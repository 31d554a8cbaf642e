//! References: what a traversal of the configuration language names.

use fw_addr::{InstanceKey, Name, Resource};
use fw_diag::Span;
use fw_syntax::ast::Step;

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
