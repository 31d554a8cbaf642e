//! `moved` blocks as statements in the order of their execution: a chain from its start to its end.

use fw_addr::{InstanceKey, ModuleInstance, ModulePath, ModuleStep, Name, Resource};
use fw_config::{Config, Moved, MovedEndpoint};
use fw_diag::{Diagnostic, SourceMap, Span};

/// One `moved` block, seen from the root: it holds for all instances of the module it is in.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    /// The module the block is in.
    pub(super) module: ModulePath,
    pub(super) from: MovedEndpoint,
    pub(super) to: MovedEndpoint,
    pub(super) span: Span,
}

/// All statements of a configuration.
pub(super) fn gather(config: &Config) -> Vec<Statement> {
    let of_module = |module: &fw_config::Module| -> Vec<Statement> {
        let statement = |moved: &Moved| Statement {
            module: module.path.clone(),
            from: moved.from.clone(),
            to: moved.to.clone(),
            span: moved.span,
        };
        module.moved.iter().map(statement).collect()
    };
    config.modules.values().flat_map(|m| of_module(m)).collect()
}

impl Statement {
    /// An endpoint with the declaring module in front; its keys stand for all instances.
    fn full(&self, endpoint: &MovedEndpoint) -> (Vec<ModuleStep>, Option<(Resource, Option<InstanceKey>)>) {
        let declaring = self.module.0.iter().map(|name| ModuleStep { name: Name::clone(name), key: None });
        let (inner, resource): (&ModuleInstance, _) = match endpoint {
            MovedEndpoint::Module(inner) => (inner, None),
            MovedEndpoint::Resource(inner, resource, key) => (inner, Some((resource.clone(), key.clone()))),
        };
        (declaring.chain(inner.0.iter().cloned()).collect(), resource)
    }

    /// Whether this one's target is (or contains, or is within) the other's source: then this one goes first.
    fn feeds(&self, other: &Self) -> bool {
        let (to, to_resource) = self.full(&self.to);
        let (from, from_resource) = other.full(&other.from);
        let depth = to.len().min(from.len());
        let same_key = |a: &Option<InstanceKey>, b: &Option<InstanceKey>| a == b || a.is_none() || b.is_none();
        if !to.iter().zip(&from).take(depth).all(|(a, b)| a.name == b.name && same_key(&a.key, &b.key)) {
            return false;
        }
        match (to_resource, from_resource) {
            (Some((a, ak)), Some((b, bk))) => to.len() == from.len() && a == b && same_key(&ak, &bk),
            (Some(_), None) => to.len() >= from.len(),
            (None, Some(_)) => from.len() >= to.len(),
            (None, None) => true,
        }
    }

    fn describe(&self, sources: &SourceMap) -> String {
        let text = |endpoint: &MovedEndpoint| {
            let (steps, resource) = self.full(endpoint);
            super::validate::pattern(&steps, resource.as_ref())
        };
        let at = super::validate::start_of(self.span, sources);
        format!("\n  - {at}: {} → {}", text(&self.from), text(&self.to))
    }
}

/// The statements, each after those that feed it.
pub(super) fn order(statements: Vec<Statement>, sources: &SourceMap) -> Result<Vec<Statement>, Diagnostic> {
    let mut waiting = statements;
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let fed = |at: usize| waiting.iter().enumerate().any(|(i, other)| i != at && other.feeds(&waiting[at]));
        let (late, ready): (Vec<_>, Vec<_>) = (0..waiting.len()).partition(|at| fed(*at));
        if ready.is_empty() {
            return Err(cycle(&waiting, sources));
        }
        let keep: Vec<Statement> = late.into_iter().map(|at| waiting[at].clone()).collect();
        ordered.extend(ready.into_iter().map(|at| waiting[at].clone()));
        waiting = keep;
    }
    Ok(ordered)
}

fn cycle(statements: &[Statement], sources: &SourceMap) -> Diagnostic {
    let lines: Vec<String> = statements.iter().map(|s| s.describe(sources)).collect();
    let detail = format!(
        "The following chained move statements form a cycle, and so there is no final location to move objects to:{}\n\nA \
         chain of move statements must end with an address that doesn't appear in any other statements, and which typically \
         also refers to an object still declared in the configuration.",
        lines.concat()
    );
    Diagnostic::error("Cyclic dependency in move statements", detail)
}
