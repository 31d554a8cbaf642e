//! Whether modules are passed the provider configurations they need, and no others.

mod passed;
mod required;

use std::collections::{BTreeMap, BTreeSet};

use fw_addr::{LocalProviderConfig, Name, Provider};
use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_syntax::BodySchema;

use crate::model::{Config, Module, ModuleCall, PassedProvider, Repetition};

/// Checks all modules, the called before the calling ones.
pub(crate) fn validate(config: &Config, diagnostics: &mut Diagnostics) {
    let mut no_blocks: BTreeMap<fw_addr::ModulePath, Option<Span>> = BTreeMap::new();
    let mut order = Vec::new();
    // Paths sort callers before what they call.
    for (path, module) in &config.modules {
        let call = config.call_of(path);
        let inherited = call.and_then(|(parent, _)| no_blocks.get(&parent.path).copied().flatten());
        let own = call.and_then(|(_, call)| repeated_at(call));
        no_blocks.insert(path.clone(), own.or(inherited));
        order.push((module, call));
    }
    for (module, call) in order.into_iter().rev() {
        let view = View::new(module, call);
        view.requirements(diagnostics);
        view.passed_on(diagnostics);
        if let (Some(_), Some((_, call))) = (view.caller, view.caller) {
            view.no_blocks(no_blocks.get(&module.path).copied().flatten(), diagnostics);
            view.missing(call, diagnostics);
            view.received(call, diagnostics);
            view.empty_blocks(diagnostics);
        }
    }
}

/// Where a call uses something that modules with own provider configurations can't be called with.
fn repeated_at(call: &ModuleCall) -> Option<Span> {
    match &call.repetition {
        Repetition::Count(expr) | Repetition::ForEach(expr) | Repetition::Enabled(expr) => Some(expr.span),
        Repetition::Single => call.depends_on_span,
    }
}

/// A module with what the checks ask about it again and again.
struct View<'a> {
    module: &'a Module,
    caller: Option<(&'a Module, &'a ModuleCall)>,
    /// Blocks with arguments.
    configured: BTreeSet<&'a LocalProviderConfig>,
    /// Blocks without, which only say that a configuration is expected.
    empty: BTreeMap<&'a LocalProviderConfig, Span>,
}

impl<'a> View<'a> {
    fn new(module: &'a Module, caller: Option<(&'a Module, &'a ModuleCall)>) -> Self {
        let mut view = Self { module, caller, configured: BTreeSet::new(), empty: BTreeMap::new() };
        for (address, block) in &module.providers {
            let (_, problems) = block.body.content(&BodySchema::default());
            if problems.has_errors() || block.version.is_some() {
                view.configured.insert(address);
            } else {
                view.empty.insert(address, block.span);
            }
        }
        view
    }

    /// What `required_providers` itself says of a local name.
    fn declared(&self, local_name: &str) -> Option<&'a Provider> {
        declared(self.module, local_name)
    }

    /// Whether `configuration_aliases` has it.
    fn is_alias(&self, config: &LocalProviderConfig) -> bool {
        self.module
            .required_providers
            .get(&config.local_name)
            .is_some_and(|entry| entry.configuration_aliases.contains(config))
    }

    fn received_as(&self, config: &LocalProviderConfig) -> Option<&'a PassedProvider> {
        self.caller.and_then(|(_, call)| call.providers.iter().find(|passed| passed.inside == *config))
    }

    fn text(&self) -> String {
        module_text(self.module)
    }

    fn caller_text(&self) -> String {
        self.caller.map_or_else(|| "the root module".to_owned(), |(parent, _)| module_text(parent))
    }

    /// A module that may be there several times can't have configurations of its own.
    fn no_blocks(&self, span: Option<Span>, diagnostics: &mut Diagnostics) {
        let (Some(span), false) = (span, self.configured.is_empty()) else { return };
        let source = self.caller.map_or("", |(_, call)| call.source.as_str());
        let detail = format!(
            "The module at {} is a legacy module which contains its own local provider configurations, and so calls to it may not \
             use the count, for_each, or depends_on arguments.\n\nIf you also control the module {source:?}, consider updating \
             this module to instead expect provider configurations to be passed by its caller.",
            self.module.path
        );
        let summary = "Module is incompatible with count, for_each, and depends_on";
        diagnostics.push(Diagnostic::error(summary, detail).at(span));
    }

    /// Empty blocks are the way old versions declared what a module expects.
    fn empty_blocks(&self, diagnostics: &mut Diagnostics) {
        let mut by_name: BTreeMap<&Name, Vec<(&LocalProviderConfig, Span)>> = BTreeMap::new();
        for (address, span) in &self.empty {
            by_name.entry(&address.local_name).or_default().push((address, *span));
        }
        for (name, blocks) in by_name {
            let unaliased = blocks.iter().any(|(address, _)| address.alias.is_none());
            let source = self.declared(name).filter(|_| unaliased).map_or_else(|| hashicorp(name), Clone::clone);
            let mut example = format!("    {name} = {{\n      source = \"{}\"\n", source.for_display());
            if blocks.iter().any(|(address, _)| address.alias.is_some()) {
                example.push_str("      configuration_aliases = [\n");
                for (address, _) in &blocks {
                    example.push_str(&format!("        {address},\n"));
                }
                example.push_str("      ]\n");
            }
            let detail = format!(
                "Earlier versions of Terraform used empty provider blocks (\"proxy provider configurations\") for child modules to \
                 declare their need to be passed a provider configuration by their callers. That approach was ambiguous and is now \
                 deprecated.\n\nIf you control this module, you can migrate to the new declaration syntax by removing all of the \
                 empty provider \"{name}\" blocks and then adding or updating an entry like the following to the \
                 required_providers block of {}:\n{example}    }}",
                self.text()
            );
            let first = blocks.iter().map(|(_, span)| *span).min();
            let warning = Diagnostic::warning("Redundant empty provider block", detail);
            diagnostics.push(first.into_iter().fold(warning, Diagnostic::at));
        }
    }
}

fn declared<'a>(module: &'a Module, local_name: &str) -> Option<&'a Provider> {
    module.required_providers.get(local_name).filter(|entry| entry.span.is_some()).map(|entry| &entry.source)
}

fn module_text(module: &Module) -> String {
    if module.path.is_root() { "the root module".to_owned() } else { module.path.to_string() }
}

/// What an undeclared local name means when it is passed on: never a built-in provider.
fn hashicorp(local_name: &str) -> Provider {
    Provider { host: Provider::DEFAULT_HOST.into(), namespace: "hashicorp".into(), kind: local_name.into() }
}

/// Whether it is one of the namespace that names without a source mean.
fn is_default(provider: &Provider) -> bool {
    &*provider.host == Provider::DEFAULT_HOST && &*provider.namespace == "hashicorp"
}
