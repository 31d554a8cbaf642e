//! The configuration of a run: with the providers of its file, and without the modules that it overrides.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fw_addr::{AbsProviderConfig, LocalProviderConfig, ModulePath};
use fw_config::testing::{Mock, Override, Run, TestFile, TestProvider};
use fw_config::{Config, Module, MovedEndpoint};
use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_syntax::ast::{Expr, ExprKind};
use fw_value::Value;

use crate::answers::{Answers, Known, Site, of_provider};

/// A configuration, and which of its providers are mocked.
pub(crate) struct Configured {
    pub(crate) config: Config,
    pub(crate) mocks: BTreeMap<AbsProviderConfig, Arc<Mock>>,
}

/// The providers of a file that a run uses, by the addresses they have in its module.
fn chosen<'f>(
    file: &'f TestFile,
    run: &Run,
    told: &mut Diagnostics,
) -> BTreeMap<LocalProviderConfig, &'f TestProvider> {
    if run.providers.is_empty() {
        return file.providers.iter().map(|(address, provider)| (address.clone(), provider)).collect();
    }
    let mut chosen = BTreeMap::new();
    for passed in &run.providers {
        match file.providers.get(&passed.outside) {
            Some(provider) => {
                chosen.insert(passed.inside.clone(), provider);
            }
            None => {
                let detail = "This provider block references a provider definition that does not exist.";
                let summary = format!("Missing provider definition for {}", passed.outside);
                let span = Span { start: passed.outside_span.start, ..passed.span };
                told.push(Diagnostic::error(summary, detail).at(span));
            }
        }
    }
    chosen
}

/// Puts the providers of the file into the configuration, as far as it uses them.
pub(crate) fn configure(base: &Config, file: &TestFile, run: &Run, told: &mut Diagnostics) -> Configured {
    let mut configured = Configured { config: base.clone(), mocks: BTreeMap::new() };
    configured.config.tests = Arc::default();
    override_modules(&mut configured.config, file, run);
    let chosen = chosen(file, run, told);
    let Some(root) = configured.config.modules.get_mut(&ModulePath::root()) else { return configured };
    let root = Arc::make_mut(root);
    for (address, provider) in chosen {
        let block = fw_config::ProviderBlock { address: address.clone(), ..provider.block.clone() };
        let known_as = AbsProviderConfig {
            module: ModulePath::root(),
            provider: root.provider_of(&address.local_name),
            alias: address.alias.clone(),
            key: None,
        };
        root.providers.insert(address, fw_config::ProviderBlock { answers: Some(Arc::default()), ..block });
        if let Some(mock) = &provider.mock {
            configured.mocks.insert(known_as, Arc::clone(mock));
        }
    }
    configured
}

/// Finds what the references of the file's providers mean; those that nothing uses do not matter.
pub(crate) fn answer_providers(config: &mut Config, known: &Known<'_>, told: &mut Diagnostics) {
    let used = used(config);
    let root_path = ModulePath::root();
    let Some(root) = config.modules.get_mut(&root_path) else { return };
    let root = Arc::make_mut(root);
    let names: Vec<_> = root.providers.keys().cloned().collect();
    for name in names {
        let known_as = AbsProviderConfig {
            module: ModulePath::root(),
            provider: root.provider_of(&name.local_name),
            alias: name.alias.clone(),
            key: None,
        };
        let Some(block) = root.providers.get_mut(&name).filter(|block| block.answers.is_some()) else { continue };
        if !used.contains(&known_as) {
            root.providers.remove(&name);
            continue;
        }
        let mut answers = Answers::new();
        let written = fw_config::ProviderBlock { answers: None, ..block.clone() };
        for reference in of_provider(&written) {
            known.look_up(reference, Site::Provider, &mut answers, told);
        }
        block.answers = Some(Arc::new(answers));
    }
}

/// The provider configurations that resources of a configuration work with.
fn used(config: &Config) -> BTreeSet<AbsProviderConfig> {
    let of_module = |module: &Arc<Module>| {
        let found =
            module.resources.values().map(|block| config.resolve_provider(&module.path, &block.provider_config));
        found.collect::<Vec<_>>()
    };
    config.modules.values().flat_map(of_module).collect()
}

/// The overrides that count for a run: its own before those of the file.
pub(crate) fn overrides<'t>(file: &'t TestFile, run: &'t Run) -> impl Iterator<Item = &'t Override> {
    run.overrides.iter().chain(&file.overrides)
}

/// Leaves of overridden modules, or of overridden instances of modules, nothing but their outputs.
fn override_modules(config: &mut Config, file: &TestFile, run: &Run) {
    let mut done: BTreeSet<ModulePath> = BTreeSet::new();
    for one in overrides(file, run) {
        let MovedEndpoint::Module(target) = &one.target else { continue };
        let path = target.path();
        let Some(module) = config.modules.get(&path).filter(|_| !done.contains(&path)) else { continue };
        if target.0.iter().any(|step| step.key.is_some()) {
            let mut module = Module::clone(module);
            only_outputs(&mut module, one);
            config.instead.push((target.clone(), Arc::new(module)));
            continue;
        }
        done.insert(path.clone());
        let is_below = |other: &ModulePath| other.0.len() > path.0.len() && other.0.starts_with(&path.0);
        config.modules.retain(|other, _| !is_below(other));
        if let Some(module) = config.modules.get_mut(&path) {
            only_outputs(Arc::make_mut(module), one);
        }
    }
}

fn only_outputs(module: &mut Module, with: &Override) {
    module.resources.clear();
    module.calls.clear();
    module.locals.clear();
    module.checks.clear();
    module.providers.clear();
    module.moved.clear();
    module.removed.clear();
    let span = with.values_span.unwrap_or(with.span);
    for (name, output) in &mut module.outputs {
        let given = with.values.string_entries().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
        let value = given.unwrap_or_else(|| Value::null(fw_value::Type::Dynamic));
        output.expr = Arc::new(Expr { kind: ExprKind::Literal(value), span });
        output.depends_on.clear();
        output.preconditions.clear();
    }
}
