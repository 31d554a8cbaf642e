//! Runs the queries of a configuration: evaluates its `list` blocks, asks providers for what they list, and writes
//! configuration with which that can be imported. Changes nothing and needs no state; how results are shown is the business
//! of the [`View`].

mod configuration;
mod listing;
mod order;

use std::collections::BTreeMap;

use fw_addr::Name;
use fw_diag::{Diagnostic, Diagnostics};
use fw_eval::{Evaluator, Frame, GivenVariable, Phase, prepare_root_variables};
use fw_exec::{Cancel, Kinds};
use fw_ops::Engine;
use fw_value::Value;

use listing::Lists;

/// What is asked for.
pub struct Query<'a> {
    /// The configuration, read with its query files, and its providers.
    pub engine: &'a Engine<'a>,
    /// The root variables that were given.
    pub variables: &'a BTreeMap<Name, GivenVariable>,
    /// Tells a frame of the objects that expressions see.
    pub objects: &'a dyn Fn(&Frame),
    /// Whether configuration is written for what is found.
    pub generate: bool,
    /// Says when to stop.
    pub cancel: &'a Cancel,
    /// Is told what happens.
    pub view: &'a dyn View,
}

/// One instance of a `list` block.
#[derive(Clone, Debug)]
pub struct Listing {
    /// `list.type.name`, with its key.
    pub address: String,
    /// The type of what is listed.
    pub kind: Name,
}

/// What a list has.
#[derive(Clone, Debug)]
pub struct Found {
    /// For people.
    pub display_name: String,
    /// What names it in the real world.
    pub identity: Value,
    /// The version of the identity's schema.
    pub identity_version: i64,
    /// The object, if it was asked for.
    pub object: Option<Value>,
    /// The blocks for it, where they were asked for.
    pub configuration: Option<Configuration>,
}

/// Configuration for what was found.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// A `resource` block.
    pub resource: String,
    /// An `import` block.
    pub import: String,
}

/// Is told what happens.
pub trait View {
    /// A provider is asked for a list, with this configuration.
    fn started(&self, listing: &Listing, config: &Value);
    /// A list has ended.
    fn completed(&self, listing: &Listing, found: &[Found]);
}

/// Runs all queries of a configuration.
#[must_use]
pub fn run(query: &Query<'_>) -> Diagnostics {
    let engine = query.engine;
    let root = engine.config.root();
    if root.lists.is_empty() {
        return nothing_to_do().into();
    }
    let mut told = Diagnostics::new();
    let variables = prepare_root_variables(root, query.variables, Phase::Apply, engine.sources, &mut told);
    if told.has_errors() {
        return told;
    }
    engine.with_providers(query.variables, query.cancel, async |basis| {
        let settings = basis.settings(Phase::Apply, BTreeMap::new());
        let evaluator = Evaluator::new(engine.config, settings, variables).with_frame_hook(query.objects);
        let kinds = Kinds::new(&basis, Phase::Apply);
        let lists = Lists { query, evaluator, kinds };
        lists.run(&mut told).await;
        told
    })
}

fn nothing_to_do() -> Diagnostic {
    let detail = "There is no \"list\" block in this directory. Queries are written in files whose names end with \
                  .tfquery.hcl.";
    Diagnostic::error("No resources to query", detail)
}
