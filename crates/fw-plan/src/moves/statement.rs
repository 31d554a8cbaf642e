//! `moved` blocks as statements.

use fw_addr::{ConfigResource, InstanceKey, ModuleInstance, ModulePath, ModuleStep, Name, Resource};
use fw_config::{Config, Moved, MovedEndpoint};
use fw_diag::{Diagnostic, SourceMap, Span};

use super::order;

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

    /// The resources at its ends.
    pub(super) fn resources(&self) -> impl Iterator<Item = ConfigResource> {
        [&self.from, &self.to].into_iter().filter_map(|endpoint| {
            let (steps, resource) = self.full(endpoint);
            let module = ModulePath(steps.into_iter().map(|step| step.name).collect());
            Some(ConfigResource { module, resource: resource?.0 })
        })
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

/// The statements, each after those that it depends on; otherwise as they were written.
pub(super) fn order(statements: Vec<Statement>, sources: &SourceMap) -> Result<Vec<Statement>, Diagnostic> {
    let order = order::order(&statements);
    let mut statements: Vec<Option<Statement>> = statements.into_iter().map(Some).collect();
    let mut take = |at: usize| statements.get_mut(at).and_then(Option::take);
    match order {
        Ok(order) => Ok(order.into_iter().filter_map(take).collect()),
        Err(circle) => Err(cycle(&circle.into_iter().filter_map(&mut take).collect::<Vec<_>>(), sources)),
    }
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
