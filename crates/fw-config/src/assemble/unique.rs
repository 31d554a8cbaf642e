//! Adding the blocks of a primary file, each name once.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use fw_addr::{Name, Resource, ResourceMode};
use fw_diag::Span;

use super::Assembler;
use crate::decode::{FileContent, ProviderMeta, RequiredProviders};
use crate::model::{Backend, Check, Encryption, ProviderBlock, ResourceBlock};
use crate::query::ListBlock;

impl Assembler<'_> {
    /// Takes over what a primary file declares.
    pub(crate) fn add(&mut self, file: FileContent) {
        self.required_versions.extend(file.required_versions);
        self.late.append(file.late);
        self.set_backends(file.backends);
        self.set_clouds(file.clouds);
        self.add_encryption(file.encryption, true);
        for block in file.required_providers {
            self.add_required_providers(block);
        }
        for meta in file.provider_meta {
            self.add_provider_meta(meta);
        }
        for provider in file.providers {
            self.add_provider(provider);
        }
        for variable in file.variables {
            let name = Name::clone(&variable.name);
            self.add_named(|s| &mut s.variables, &name, variable, |v| v.span, VARIABLE);
        }
        for local in file.locals {
            let name = Name::clone(&local.name);
            self.add_named(|s| &mut s.locals, &name, local, |l| l.span, LOCAL);
        }
        for output in file.outputs {
            let name = Name::clone(&output.name);
            self.add_named(|s| &mut s.outputs, &name, output, |o| o.span, OUTPUT);
        }
        for call in file.calls {
            let name = Name::clone(&call.name);
            self.add_named(|s| &mut s.calls, &name, call, |c| c.span, CALL);
        }
        self.resources.reserve(file.resources.len());
        for resource in file.resources {
            self.add_resource(resource);
        }
        for (check, data) in file.checks {
            self.add_check(check, data.map(Arc::new));
        }
        for list in file.lists {
            self.add_list(list);
        }
        self.moved.extend(file.moved);
        self.removed.extend(file.removed);
        self.imports.extend(file.imports);
    }

    fn add_named<T>(
        &mut self,
        map: impl Fn(&mut Self) -> &mut BTreeMap<Name, T>,
        name: &Name,
        declaration: T,
        span_of: impl Fn(&T) -> Span,
        words: Words,
    ) {
        let span = span_of(&declaration);
        let first = match map(self).entry(Name::clone(name)) {
            Entry::Vacant(entry) => {
                entry.insert(declaration);
                return;
            }
            Entry::Occupied(entry) => span_of(entry.get()),
        };
        let detail = format!(
            "{} named \"{name}\" was already {} at {}. {} must {} within a module.",
            words.one,
            words.verb,
            self.place(first),
            words.all,
            words.unique
        );
        self.error(words.summary, detail, span);
    }

    fn add_list(&mut self, list: ListBlock) {
        let address = list.address();
        if let Some(first) = self.lists.get(&address) {
            let detail = format!(
                "A list {:?} resource named {:?} was already declared at {}. List resource names must be unique per type in \
                 each module.",
                &*list.kind,
                &*list.name,
                self.place(first.span)
            );
            self.error(&format!("Duplicate list {:?} configuration", &*list.kind), detail, list.span);
            return;
        }
        self.lists.insert(address, list);
    }

    pub(super) fn set_backends(&mut self, backends: Vec<Backend>) {
        for backend in backends {
            if let Some(first) = &self.backend {
                let detail = format!(
                    "A module may have only one backend configuration. The backend was previously configured at {}.",
                    self.place(first.span)
                );
                self.error("Duplicate backend configuration", detail, backend.span);
            } else {
                self.backend = Some(backend);
            }
        }
    }

    /// One per module, and one per override file.
    pub(super) fn add_encryption(&mut self, blocks: Vec<Encryption>, is_primary: bool) {
        let mut first = self.encryption.first().map(|block| block.span).filter(|_| is_primary);
        for block in blocks {
            let Some(known) = first.replace(block.span) else {
                self.encryption.push(block);
                continue;
            };
            let whose = if is_primary { "A module may" } else { "Each override file may" };
            let detail = format!(
                "{whose} have only one encryption configuration. Encryption was previously configured at {}.",
                self.place(known)
            );
            self.error("Duplicate encryption configuration", detail, block.span);
        }
    }

    pub(super) fn set_clouds(&mut self, clouds: Vec<Span>) {
        for cloud in clouds {
            if let Some(first) = self.cloud {
                let detail = format!(
                    "A module may have only one 'cloud' block configuring HCP Terraform or Terraform Enterprise. The 'cloud' \
                     block was previously configured at {}.",
                    self.place(first)
                );
                self.error("Duplicate HCP Terraform configurations", detail, cloud);
            } else {
                self.cloud = Some(cloud);
            }
        }
    }

    fn add_required_providers(&mut self, block: RequiredProviders) {
        if let Some(first) = &self.required_providers {
            let detail = format!(
                "A module may have only one required providers configuration. The required providers were previously configured \
                 at {}.",
                self.place(first.span)
            );
            self.error("Duplicate required providers configuration", detail, block.span);
        } else {
            self.required_providers = Some(block);
        }
    }

    fn add_provider_meta(&mut self, meta: ProviderMeta) {
        if let Some(first) = self.provider_meta.get(&meta.name) {
            let detail = format!(
                "A provider_meta block for provider \"{}\" was already declared at {}. Providers may only have one provider_meta \
                 block per module.",
                meta.name,
                self.place(first.span)
            );
            self.error("Duplicate provider_meta block", detail, meta.span);
        } else {
            self.provider_meta.insert(Name::clone(&meta.name), meta);
        }
    }

    fn add_provider(&mut self, provider: ProviderBlock) {
        let Some(first) = self.providers.get(&provider.address) else {
            self.providers.insert(provider.address.clone(), provider);
            return;
        };
        let (name, place) = (&provider.address.local_name, self.place(first.span));
        let detail = match &provider.address.alias {
            None => format!(
                "A default (non-aliased) provider configuration for \"{name}\" was already given at {place}. If multiple \
                 configurations are required, set the \"alias\" argument for alternative configurations."
            ),
            Some(alias) => format!(
                "A provider configuration for \"{name}\" with alias \"{alias}\" was already given at {place}. Each configuration \
                 for the same provider must have a distinct alias."
            ),
        };
        self.error("Duplicate provider configuration", detail, provider.span);
    }

    fn add_resource(&mut self, resource: Arc<ResourceBlock>) {
        let Some(first) = self.resources.get(&resource.resource) else {
            self.resources.insert(resource.resource.clone(), resource);
            return;
        };
        let Resource { mode, kind, name } = &resource.resource;
        let (block, what) = match mode {
            ResourceMode::Managed => ("resource", "resource"),
            ResourceMode::Data => ("data", "data resource"),
            ResourceMode::Ephemeral => ("ephemeral", "ephemeral resource"),
        };
        let within = if resource.check.is_some() { ", including within check blocks" } else { "" };
        let detail = format!(
            "A {kind} {what} named \"{name}\" was already declared at {}. Resource names must be unique per type in each \
             module{within}.",
            self.place(first.span)
        );
        let summary = match mode {
            ResourceMode::Managed => format!("Duplicate resource \"{kind}\" configuration"),
            ResourceMode::Data | ResourceMode::Ephemeral => format!("Duplicate {block} \"{kind}\" configuration"),
        };
        self.error(&summary, detail, resource.span);
    }

    fn add_check(&mut self, check: Check, data: Option<Arc<ResourceBlock>>) {
        if let Some(first) = self.checks.get(&check.name) {
            let detail = format!(
                "A check block named \"{}\" was already declared at {}. Check blocks must be unique within each module.",
                check.name,
                self.place(first.span)
            );
            self.error(&format!("Duplicate check \"{}\" configuration", check.name), detail, check.span);
            return;
        }
        if let Some(data) = data {
            self.add_resource(data);
        }
        self.checks.insert(Name::clone(&check.name), check);
    }
}

/// The words of a message about a second declaration.
#[derive(Clone, Copy)]
struct Words {
    summary: &'static str,
    one: &'static str,
    verb: &'static str,
    all: &'static str,
    unique: &'static str,
}

const VARIABLE: Words = Words {
    summary: "Duplicate variable declaration",
    one: "A variable",
    verb: "declared",
    all: "Variable names",
    unique: "be unique",
};
const LOCAL: Words = Words {
    summary: "Duplicate local value definition",
    one: "A local value",
    verb: "defined",
    all: "Local value names",
    unique: "be unique",
};
const OUTPUT: Words = Words {
    summary: "Duplicate output definition",
    one: "An output",
    verb: "defined",
    all: "Output names",
    unique: "be unique",
};
const CALL: Words = Words {
    summary: "Duplicate module call",
    one: "A module call",
    verb: "defined",
    all: "Module calls",
    unique: "have unique names",
};
