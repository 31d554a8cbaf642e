//! The `providers` maps of module calls.

use fw_addr::LocalProviderConfig;
use fw_diag::{Diagnostic, Diagnostics};

use super::{View, declared, hashicorp, is_default};
use crate::model::{ModuleCall, PassedProvider};

impl View<'_> {
    /// What this module passes on to those it calls.
    pub(super) fn passed_on(&self, diagnostics: &mut Diagnostics) {
        for passed in self.module.calls.values().flat_map(|call| &call.providers) {
            // Aliases are never inherited; they are checked where they arrive.
            if passed.outside.alias.is_some() {
                continue;
            }
            let name = &passed.outside.local_name;
            let configured = self.configured.contains(&passed.outside);
            let assumed = hashicorp(name).for_display();
            if !configured && self.declared(name).is_none() {
                let detail = format!(
                    "There is no explicit declaration for local provider name \"{name}\" in {}, so Terraform is assuming you mean \
                     to pass a configuration for provider \"{assumed}\".\n\nTo clarify your intent and silence this warning, add \
                     to {} a required_providers entry named \"{name}\" with source = \"{assumed}\", or a different source address \
                     if appropriate.",
                    self.text(),
                    self.caller_text()
                );
                diagnostics.push(Diagnostic::warning(UNDEFINED, detail).at(passed.outside_span));
                continue;
            }
            let Some((_, call)) = self.caller else { continue };
            if !configured && self.received_as(&passed.outside).is_none() {
                let detail = format!(
                    "The configuration for {} expects to inherit a configuration for provider {assumed} with local name \
                     \"{name}\", but {} doesn't pass a configuration under that name.\n\nTo satisfy this requirement, add an entry \
                     for \"{name}\" to the \"providers\" argument in the module \"{}\" block.",
                    self.text(),
                    self.caller_text(),
                    call.name
                );
                diagnostics.push(Diagnostic::warning(MISSING, detail).at(call.span));
            }
        }
    }

    /// Configurations that have to be passed in and are not.
    pub(super) fn missing(&self, call: &ModuleCall, diagnostics: &mut Diagnostics) {
        for passed in call.providers.iter().filter(|passed| self.configured.contains(&passed.inside)) {
            let detail = format!(
                "The configuration of {} has its own local configuration for {}, and so it cannot accept an overridden \
                 configuration provided by {}.",
                self.text(),
                passed.inside,
                self.caller_text()
            );
            let problem = Diagnostic::error("Cannot override provider configuration", detail);
            diagnostics.push(problem.at(passed.inside_span));
        }
        for entry in self.module.required_providers.values() {
            for alias in &entry.configuration_aliases {
                if self.configured.contains(alias) || self.received_as(alias).is_some() {
                    continue;
                }
                let detail = format!(
                    "The child module requires an additional configuration for provider {}, with the local name \
                     \"{alias}\".\n\nRefer to the module's documentation to understand the intended purpose of this additional \
                     provider configuration, and then add an entry for {alias} in the \"providers\" meta-argument in the module \
                     block to choose which provider configuration the module should use for that purpose.",
                    entry.source.for_display()
                );
                diagnostics.push(Diagnostic::error(MISSING, detail).at(call.span));
            }
        }
    }

    /// Configurations that are passed in.
    pub(super) fn received(&self, call: &ModuleCall, diagnostics: &mut Diagnostics) {
        for passed in &call.providers {
            self.received_one(passed, diagnostics);
        }
    }

    fn received_one(&self, passed: &PassedProvider, diagnostics: &mut Diagnostics) {
        let inside = &passed.inside;
        let by_name = self.declared(&inside.local_name);
        let provider = by_name.cloned().unwrap_or_else(|| hashicorp(&inside.local_name));
        let plain = LocalProviderConfig { alias: None, ..inside.clone() };
        let is_declared = by_name.is_some() && plain == *inside;
        if !is_declared && !self.is_alias(inside) && !self.empty.contains_key(inside) {
            let shown = provider.for_display();
            let problem = if is_default(&provider) {
                let detail = format!(
                    "There is no explicit declaration for local provider name \"{inside}\" in {}, so Terraform is assuming you \
                     mean to pass a configuration for \"{shown}\".\n\nIf you also control the child module, add a \
                     required_providers entry named \"{inside}\" with the source address \"{shown}\".",
                    self.text()
                );
                Diagnostic::warning(UNDEFINED, detail)
            } else {
                let detail = format!(
                    "The child module does not declare any provider requirement with the local name \"{inside}\".\n\nIf you also \
                     control the child module, you can add a required_providers entry named \"{inside}\" with the source address \
                     \"{shown}\" to accept this provider configuration."
                );
                Diagnostic::error(UNDEFINED, detail)
            };
            diagnostics.push(problem.at(passed.inside_span));
        }
        let Some((parent, _)) = self.caller else { return };
        let outside = &passed.outside;
        let given = declared(parent, &outside.local_name).cloned().unwrap_or_else(|| hashicorp(&outside.local_name));
        if given == provider {
            return;
        }
        let detail = format!(
            "The local name \"{outside}\" in {} represents provider \"{}\", but \"{inside}\" in {} represents \"{}\".\n\nEach \
             provider has its own distinct configuration schema and provider types, so this module's \"{inside}\" can be assigned \
             only a configuration for {}, which is not required by {}.",
            self.caller_text(),
            given.for_display(),
            self.text(),
            provider.for_display(),
            provider.for_display(),
            self.text()
        );
        diagnostics.push(Diagnostic::error("Provider type mismatch", detail).at(passed.outside_span));
    }
}

const UNDEFINED: &str = "Reference to undefined provider";
const MISSING: &str = "Missing required provider configuration";
