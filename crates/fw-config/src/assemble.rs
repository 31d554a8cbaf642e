//! Puts the files of one module together: finds what is declared twice, lays override files over the others.

mod over;
mod unique;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::HashMap;
use fw_addr::{LocalProviderConfig, ModulePath, Name, Provider};
use fw_diag::{Diagnostic, Diagnostics, SourceMap, Span};
use fw_syntax::Body;

use crate::decode::{CallDeclaration, OutputDeclaration, ProviderMeta, RequiredProviders, VariableDeclaration};
use crate::model::{
    Backend, Check, Config, Encryption, Import, LocalValue, Module, Moved, ProviderBlock, Removed, RequiredProvider,
    Resources,
};
use crate::query::ListBlock;

/// A module while its files are read.
pub(crate) struct Assembler<'a> {
    sources: &'a SourceMap,
    diagnostics: Diagnostics,
    late: Diagnostics,
    required_versions: Vec<(String, Span)>,
    backend: Option<Backend>,
    cloud: Option<Span>,
    encryption: Vec<Encryption>,
    required_providers: Option<RequiredProviders>,
    provider_meta: BTreeMap<Name, ProviderMeta>,
    providers: BTreeMap<LocalProviderConfig, ProviderBlock>,
    variables: BTreeMap<Name, VariableDeclaration>,
    locals: BTreeMap<Name, LocalValue>,
    outputs: BTreeMap<Name, OutputDeclaration>,
    calls: BTreeMap<Name, CallDeclaration>,
    resources: Resources,
    moved: Vec<Moved>,
    removed: Vec<Removed>,
    imports: Vec<Import>,
    checks: BTreeMap<Name, Check>,
    lists: BTreeMap<String, ListBlock>,
}

impl<'a> Assembler<'a> {
    pub(crate) fn new(sources: &'a SourceMap) -> Self {
        Self {
            sources,
            diagnostics: Diagnostics::new(),
            late: Diagnostics::new(),
            required_versions: Vec::new(),
            backend: None,
            cloud: None,
            encryption: Vec::new(),
            required_providers: None,
            provider_meta: BTreeMap::new(),
            providers: BTreeMap::new(),
            variables: BTreeMap::new(),
            locals: BTreeMap::new(),
            outputs: BTreeMap::new(),
            calls: BTreeMap::new(),
            resources: Resources::default(),
            moved: Vec::new(),
            removed: Vec::new(),
            imports: Vec::new(),
            checks: BTreeMap::new(),
            lists: BTreeMap::new(),
        }
    }

    fn place(&self, span: Span) -> String {
        self.sources.describe(span)
    }

    fn error(&mut self, summary: &str, detail: impl Into<String>, span: Span) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(span));
    }

    /// The module, with the providers of its resources found out.
    pub(crate) fn finish(mut self, path: ModulePath, directory: &str) -> (Module, Diagnostics) {
        self.backend_or_cloud();
        let mut required: BTreeMap<Name, RequiredProvider> = BTreeMap::new();
        for entry in self.required_providers.take().into_iter().flat_map(|block| block.entries) {
            required.insert(Name::clone(&entry.name), entry);
        }
        let mut sources: HashMap<Name, Provider> = HashMap::default();
        for resource in self.resources.values_mut() {
            let local_name = &resource.provider_config.local_name;
            let source = sources.entry(Name::clone(local_name)).or_insert_with(|| source_of(&required, local_name));
            Arc::make_mut(resource).provider = source.clone();
        }
        for list in self.lists.values_mut() {
            list.provider = source_of(&required, &list.provider_config.local_name);
        }
        self.resources.sort_unstable_keys();
        let provider_meta: BTreeMap<Provider, Body> = std::mem::take(&mut self.provider_meta)
            .into_iter()
            .map(|(name, meta)| (source_of(&required, &name), meta.body))
            .collect();
        self.check_import_blocks();
        let mut module = Module {
            path,
            source: String::new(),
            directory: directory.to_owned(),
            required_versions: self.required_versions,
            backend: self.backend,
            cloud: self.cloud,
            encryption: self.encryption,
            required_providers: required,
            providers: self.providers,
            provider_meta,
            variables: self.variables.into_iter().map(|(name, v)| (name, v.finish())).collect(),
            locals: self.locals,
            outputs: self.outputs.into_iter().filter_map(|(name, o)| Some((name, o.finish()?))).collect(),
            has_calls: !self.calls.is_empty(),
            calls: self.calls.into_iter().filter_map(|(name, c)| Some((name, c.finish()?))).collect(),
            resources: self.resources,
            moved: self.moved,
            removed: self.removed,
            imports: self.imports,
            checks: self.checks,
            lists: self.lists,
            deferred: self.late,
        };
        imply_providers(&mut module);
        (module, self.diagnostics)
    }

    /// A module has one or the other.
    fn backend_or_cloud(&mut self) {
        if let (Some(backend), Some(cloud)) = (&self.backend, self.cloud) {
            let detail = format!(
                "A module may declare either one 'cloud' block OR one 'backend' block configuring a state backend. The \
                 'cloud' block is configured at {}; a backend is configured at {}. Remove the backend block to configure HCP \
                 Terraform or Terraform Enteprise.",
                self.place(cloud),
                self.place(backend.span)
            );
            let span = backend.span;
            self.error("Both a backend and cloud configuration are present", detail, span);
        }
    }

    fn check_import_blocks(&mut self) {
        let mut seen: BTreeMap<String, Span> = BTreeMap::new();
        let mut problems = Diagnostics::new();
        for import in &self.imports {
            let span = import.to.span;
            let text = self.sources.snippet(span);
            if import.for_each.is_none() {
                if let Some(first) = seen.get(&text) {
                    let detail = format!(
                        "An import block for the resource \"{text}\" was already declared at {}. A resource can have only one \
                         import block.",
                        self.sources.describe(*first)
                    );
                    let summary = format!("Duplicate import configuration for \"{text}\"");
                    problems.push(Diagnostic::error(summary, detail).at(span));
                } else {
                    seen.insert(text, import.span);
                }
            }
            let target = &import.target;
            let advice = match target.module.0.first() {
                None if self.resources.contains_key(&target.resource) => {
                    "Use the provider argument in the target resource block to configure the provider for a resource with \
                     explicit provider configuration."
                }
                Some(call) if self.calls.contains_key(call) => {
                    "Use the providers argument within the module block to configure providers for all resources within a \
                     module, including imported resources."
                }
                _ => continue,
            };
            if let Some(provider) = import.provider_span {
                let detail = format!(
                    "The provider argument can only be specified in import blocks that will generate configuration.\n\n{advice}"
                );
                problems.push(Diagnostic::error("Invalid import provider argument", detail).at(provider));
            }
        }
        self.diagnostics.append(problems);
    }
}

/// The provider a local name means.
fn source_of(required: &BTreeMap<Name, RequiredProvider>, local_name: &str) -> Provider {
    required.get(local_name).map_or_else(|| Provider::default_of(local_name), |entry| entry.source.clone())
}

/// Adds the providers that are used without being required.
fn imply_providers(module: &mut Module) {
    let configured = module.providers.keys().map(|config| Name::clone(&config.local_name));
    let used = module.resources.values().map(|resource| Name::clone(&resource.provider_config.local_name));
    let listing = module.lists.values().map(|list| Name::clone(&list.provider_config.local_name));
    let names: BTreeSet<Name> = configured.chain(used).chain(listing).collect();
    for name in names {
        module.required_providers.entry(Name::clone(&name)).or_insert_with(|| RequiredProvider {
            source: Provider::default_of(&name),
            name,
            constraints: Vec::new(),
            configuration_aliases: Vec::new(),
            span: None,
        });
    }
}

/// Says which import blocks are for resources of modules that don't declare them.
pub(crate) fn check_imports(config: &Config, diagnostics: &mut Diagnostics) {
    for import in &config.root().imports {
        let target = &import.target;
        let declared = config.modules.get(&target.module).is_some_and(|m| m.resources.contains_key(&target.resource));
        if !target.module.is_root() && !declared {
            let detail = format!(
                "The configuration for the given import target {target} does not exist. All target instances must have an \
                 associated configuration to be imported."
            );
            let summary = "Configuration for import target does not exist";
            diagnostics.push(Diagnostic::error(summary, detail).at(import.to.span));
        }
    }
}
