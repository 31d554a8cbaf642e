//! Laying override files over the primary ones: what each kind of block lets itself be overridden in.

use std::sync::Arc;

use fw_addr::{Name, ResourceMode};
use fw_diag::{Diagnostics, Span};
use fw_syntax::Body;

use super::Assembler;
use crate::decode::{CallDeclaration, FileContent, OutputDeclaration, RequiredProviders, VariableDeclaration};
use crate::model::{LocalValue, ProviderBlock, Repetition, ResourceBlock};

impl Assembler<'_> {
    /// Takes over what an override file says.
    pub(crate) fn lay_over(&mut self, file: FileContent) {
        self.late.append(file.late);
        if !file.required_versions.is_empty() {
            self.required_versions = file.required_versions;
        }
        if !file.backends.is_empty() || !file.clouds.is_empty() {
            (self.backend, self.cloud) = (None, None);
            self.set_backends(file.backends);
            self.set_clouds(file.clouds);
        }
        self.add_encryption(file.encryption, false);
        for block in file.required_providers {
            self.over_required_providers(block);
        }
        for meta in file.provider_meta {
            self.provider_meta.insert(Name::clone(&meta.name), meta);
        }
        for provider in file.providers {
            self.over_provider(provider);
        }
        for variable in file.variables {
            self.over_variable(variable);
        }
        for local in file.locals {
            self.over_local(local);
        }
        for output in file.outputs {
            self.over_output(output);
        }
        for call in file.calls {
            self.over_call(call);
        }
        for resource in file.resources {
            self.over_resource(Arc::unwrap_or_clone(resource));
        }
    }

    fn over_required_providers(&mut self, block: RequiredProviders) {
        let Some(base) = &mut self.required_providers else {
            self.required_providers = Some(block);
            return;
        };
        for entry in block.entries {
            base.entries.retain(|kept| kept.name != entry.name);
            base.entries.push(entry);
        }
    }

    fn over_provider(&mut self, over: ProviderBlock) {
        if let Some(base) = self.providers.get_mut(&over.address) {
            base.version = over.version.or(base.version.take());
            base.body = overridden(&base.body, over.body);
            return;
        }
        let Some(alias) = &over.address.alias else {
            // Without a configuration there is an implied, empty one to lay this over.
            self.providers.insert(over.address.clone(), over);
            return;
        };
        let detail = format!(
            "There is no {} provider configuration with the alias \"{alias}\". An override file can only override an aliased \
             provider configuration that was already defined in a primary configuration file.",
            over.address.local_name
        );
        self.error("Missing base provider configuration for override", detail, over.span);
    }

    fn over_variable(&mut self, over: VariableDeclaration) {
        let Some(base) = self.variables.get_mut(&over.name) else {
            let detail = format!(
                "There is no variable named \"{}\". An override file can only override a variable that was already declared in a \
                 primary configuration file.",
                over.name
            );
            return self.error("Missing base variable declaration to override", detail, over.span);
        };
        let problems: Diagnostics = base.merge(over);
        self.diagnostics.append(problems);
    }

    fn over_local(&mut self, over: LocalValue) {
        if let Some(base) = self.locals.get_mut(&over.name) {
            *base = over;
            return;
        }
        let detail = format!(
            "There is no local value named \"{}\". An override file can only override a local value that was already defined in \
             a primary configuration file.",
            over.name
        );
        self.error("Missing base local value definition to override", detail, over.span);
    }

    fn over_output(&mut self, over: OutputDeclaration) {
        let Some(base) = self.outputs.get_mut(&over.name) else {
            let detail = format!(
                "There is no output named \"{}\". An override file can only override an output that was already defined in a \
                 primary configuration file.",
                over.name
            );
            return self.error("Missing base output definition to override", detail, over.span);
        };
        base.description = over.description.or(base.description.take());
        base.expr = over.expr.or(base.expr.take());
        base.sensitive = over.sensitive.or(base.sensitive);
        base.ephemeral = over.ephemeral.or(base.ephemeral);
        self.no_depends_on(over.depends_on.is_empty(), over.depends_on_span);
    }

    fn over_call(&mut self, over: CallDeclaration) {
        let Some(base) = self.calls.get_mut(&over.name) else {
            let detail = format!(
                "There is no module call named \"{}\". An override file can only override a module call that was defined in a \
                 primary configuration file.",
                over.name
            );
            return self.error("Missing module call to override", detail, over.span);
        };
        base.source = over.source.or(base.source.take());
        base.version = over.version.or(base.version.take());
        over_repetition(&mut base.repetition, over.repetition);
        base.body = overridden(&base.body, over.body);
        if !over.providers.is_empty() {
            base.providers = over.providers;
        }
        self.no_depends_on(over.depends_on.is_empty(), over.depends_on_span);
    }

    fn over_resource(&mut self, over: ResourceBlock) {
        let Some(base) = self.resources.get_mut(&over.resource) else {
            let (what, block) = match over.resource.mode {
                ResourceMode::Managed => ("resource", "resource"),
                ResourceMode::Data => ("data resource", "data"),
                ResourceMode::Ephemeral => ("ephemeral resource", "ephemeral"),
            };
            let detail = format!(
                "There is no {} {what} named \"{}\". An override file can only override a {block} block defined in a primary \
                 configuration file.",
                over.resource.kind, over.resource.name
            );
            return self.error(&format!("Missing {what} to override"), detail, over.span);
        };
        let base = Arc::make_mut(base);
        over_repetition(&mut base.repetition, over.repetition);
        if over.provider_span.is_some() {
            base.provider_config = over.provider_config;
            base.provider_key = over.provider_key;
            base.provider_span = over.provider_span;
        }
        base.connection = over.connection.or(base.connection.take());
        if !over.provisioners.is_empty() {
            base.provisioners = over.provisioners;
        }
        let (lifecycle, changes) = (&mut base.lifecycle, over.lifecycle);
        lifecycle.create_before_destroy = changes.create_before_destroy.or(lifecycle.create_before_destroy);
        lifecycle.ignore_all_changes |= changes.ignore_all_changes;
        if !changes.ignore_changes.is_empty() {
            lifecycle.ignore_changes = changes.ignore_changes;
        }
        if changes.prevent_destroy_span.is_some() {
            lifecycle.prevent_destroy = changes.prevent_destroy;
            lifecycle.prevent_destroy_span = changes.prevent_destroy_span;
        }
        base.body = overridden(&base.body, over.body);
        self.no_depends_on(over.depends_on.is_empty(), over.depends_on_span);
    }

    fn no_depends_on(&mut self, is_empty: bool, span: Option<Span>) {
        if let (false, Some(span)) = (is_empty, span) {
            self.error("Unsupported override", "The depends_on argument may not be overridden.", span);
        }
    }
}

/// `count` wins where both are given by different files.
fn over_repetition(base: &mut Repetition, over: Repetition) {
    match (&base, &over) {
        (_, Repetition::Single) | (Repetition::Count(_), Repetition::ForEach(_)) => {}
        _ => *base = over,
    }
}

/// A body whose arguments and block types are replaced by those of another.
fn overridden(base: &Body, over: Body) -> Body {
    Body::overridden(base.clone(), over)
}
