//! What may be said of `moved` blocks once it is known which instances there are: that a block says nothing, that two
//! contradict each other, that what moved away is still declared.

use foldhash::HashMap;
use fw_addr::{AbsResource, InstanceKey, ModuleInstance, ModuleStep, Name, Resource};
use fw_config::{Config, MovedEndpoint};
use fw_diag::{Diagnostic, Diagnostics, SourceMap, Span};
use fw_eval::Evaluator;

use super::statement::{self, Statement};

/// Checks all statements; errors only.
pub(crate) fn validate(config: &Config, evaluator: &Evaluator<'_>, sources: &SourceMap) -> Diagnostics {
    let mut told = Diagnostics::new();
    let statements = statement::gather(config);
    let (mut by_source, mut by_target) = (HashMap::default(), HashMap::default());
    for statement in &statements {
        for frame in evaluator.frames(&statement.module) {
            let one = Absolute::new(statement, &frame.instance);
            if one.from == one.to {
                told.push(one.redundant());
                continue;
            }
            if let Some(declared) = one.still_declared(config, evaluator) {
                told.push(one.still_exists(&start_of(declared, sources)));
            }
            if let Some(other) = by_source.insert(one.from.clone(), one.clone())
                && other.to != one.to
            {
                told.push(one.ambiguous_source(&other, sources));
            }
            if let Some(other) = by_target.insert(one.to.clone(), one.clone())
                && other.from != one.from
            {
                told.push(one.ambiguous_target(&other, sources));
            }
        }
    }
    told
}

pub(super) fn start_of(span: Span, sources: &SourceMap) -> String {
    let file = sources.file(span.file);
    let start = file.position(span.start);
    format!("{}:{},{}", file.name, start.line, start.column)
}

/// What kind of thing a statement moves.
#[derive(Clone, Copy)]
enum What {
    Call,
    ModuleInstance,
    Resource,
    ResourceInstance,
}

impl What {
    fn noun(self) -> &'static str {
        match self {
            Self::Call => "module call",
            Self::ModuleInstance => "module instance",
            Self::Resource => "resource",
            Self::ResourceInstance => "resource instance",
        }
    }

    fn short(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Resource => "resource",
            Self::ModuleInstance | Self::ResourceInstance => "instance",
        }
    }
}

/// One end of a statement, seen from the root.
#[derive(Clone, PartialEq, Eq, Hash)]
struct End {
    module: ModuleInstance,
    resource: Option<(Resource, Option<InstanceKey>)>,
}

impl End {
    fn new(endpoint: &MovedEndpoint, within: &ModuleInstance) -> Self {
        let below = |inner: &ModuleInstance| ModuleInstance(within.0.iter().chain(inner.0.iter()).cloned().collect());
        match endpoint {
            MovedEndpoint::Module(inner) => Self { module: below(inner), resource: None },
            MovedEndpoint::Resource(inner, resource, key) => {
                Self { module: below(inner), resource: Some((resource.clone(), key.clone())) }
            }
        }
    }

    fn key(&self) -> Option<&InstanceKey> {
        match &self.resource {
            Some((_, key)) => key.as_ref(),
            None => self.module.0.last().and_then(|step| step.key.as_ref()),
        }
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.resource {
            None => write!(f, "{}", self.module),
            Some((resource, key)) => {
                let address = AbsResource { module: self.module.clone(), resource: resource.clone() };
                write!(f, "{}", address.instance(key.clone()))
            }
        }
    }
}

/// A statement in one instance of its module.
#[derive(Clone)]
struct Absolute {
    from: End,
    to: End,
    what: What,
    span: Span,
}

impl Absolute {
    fn new(statement: &Statement, within: &ModuleInstance) -> Self {
        let (from, to) = (End::new(&statement.from, within), End::new(&statement.to, within));
        let whole = from.key().is_none() && to.key().is_none();
        let what = match (&from.resource, whole) {
            (None, true) => What::Call,
            (None, false) => What::ModuleInstance,
            (Some(_), true) => What::Resource,
            (Some(_), false) => What::ResourceInstance,
        };
        Self { from, to, what, span: statement.span }
    }

    /// Where the source is declared, if it still is.
    fn still_declared(&self, config: &Config, evaluator: &Evaluator<'_>) -> Option<Span> {
        match &self.from.resource {
            Some((resource, key)) => {
                let frame = evaluator.frame(&self.from.module)?;
                let block = config.modules.get(&self.from.module.path())?.resources.get(resource)?;
                let expansion = frame.expansion(resource);
                let there = expansion.is_none_or(|e| e.has(key.as_ref()));
                (matches!(self.what, What::Resource) || there).then_some(block.span)
            }
            None => {
                let (parent, ModuleStep { name, key }) = self.from.module.parent()?;
                let frame = evaluator.frame(&parent)?;
                let call = config.modules.get(&parent.path())?.calls.get(name)?;
                let there = evaluator.frame(&parent.child(name, key.clone())).is_some();
                drop(frame);
                (matches!(self.what, What::Call) || there).then_some(call.span)
            }
        }
    }

    fn redundant(&self) -> Diagnostic {
        let detail = format!(
            "This statement declares a move from {} to the same address, which is the same as not declaring this move at all.",
            self.from
        );
        Diagnostic::error("Redundant move statement", detail).at(self.span)
    }

    fn still_exists(&self, place: &str) -> Diagnostic {
        let (noun, short) = (self.what.noun(), self.what.short());
        let detail = format!(
            "This statement declares a move from {}, but that {noun} is still declared at {place}.\n\nChange your \
             configuration so that this {short} will be declared as {} instead.",
            self.from, self.to
        );
        Diagnostic::error("Moved object still exists", detail).at(self.span)
    }

    fn ambiguous_source(&self, other: &Self, sources: &SourceMap) -> Diagnostic {
        let detail = format!(
            "A statement at {} declared that {} moved to {}, but this statement instead declares that it moved to {}.\n\nEach \
             {} can move to only one destination {}.",
            start_of(other.span, sources),
            other.from,
            other.to,
            self.to,
            self.what.noun(),
            self.what.short()
        );
        Diagnostic::error("Ambiguous move statements", detail).at(self.span)
    }

    fn ambiguous_target(&self, other: &Self, sources: &SourceMap) -> Diagnostic {
        let detail = format!(
            "A statement at {} declared that {} moved to {}, but this statement instead declares that {} moved there.\n\nEach \
             {} can have moved from only one source {}.",
            start_of(other.span, sources),
            other.from,
            other.to,
            self.from,
            self.what.noun(),
            self.what.short()
        );
        Diagnostic::error("Ambiguous move statements", detail).at(self.span)
    }
}

/// An endpoint in messages about cycles, where a missing key stands for all instances.
pub(super) fn pattern(steps: &[ModuleStep], resource: Option<&(Resource, Option<InstanceKey>)>) -> String {
    let keyed = |key: Option<&InstanceKey>| key.map_or_else(|| "[*]".to_owned(), ToString::to_string);
    let step = |name: &Name, key: Option<&InstanceKey>| format!("module.{name}{}", keyed(key));
    let mut parts: Vec<String> = steps.iter().map(|s| step(&s.name, s.key.as_ref())).collect();
    parts.extend(resource.map(|(resource, key)| format!("{resource}{}", keyed(key.as_ref()))));
    parts.join(".")
}
