//! `required_providers` against what the module uses.

use std::collections::{BTreeMap, BTreeSet};

use fw_addr::{Name, Provider};
use fw_diag::{Diagnostic, Diagnostics, Span};

use super::{View, is_default};
use crate::provider_source;

impl View<'_> {
    /// Providers required twice, or used under another name than required.
    pub(super) fn requirements(&self, diagnostics: &mut Diagnostics) {
        let mut seen: BTreeMap<&Provider, &Name> = BTreeMap::new();
        for entry in self.module.required_providers.values() {
            let Some(span) = entry.span else { continue };
            if let Some(first) = seen.get(&entry.source) {
                let detail = format!(
                    "Provider {} with the local name \"{}\" was previously required as \"{first}\". A provider can only be \
                     required once within required_providers.",
                    entry.source.for_display(),
                    entry.name
                );
                diagnostics.push(duplicate(detail, span));
            } else if is_default(&entry.source)
                && entry.name != entry.source.kind
                && self.module.providers.keys().any(|config| config.local_name == entry.source.kind)
            {
                let detail = format!(
                    "Provider {} with the local name \"{}\" was implicitly required via a configuration block as \"{}\". The \
                     provider configuration block name must match the name used in required_providers.",
                    entry.source.for_display(),
                    entry.name,
                    entry.source.kind
                );
                diagnostics.push(duplicate(detail, span));
            }
            seen.insert(&entry.source, &entry.name);
        }
        self.implied_names(&seen, diagnostics);
    }

    /// Resources that leave their provider to the prefix of their type.
    fn implied_names(&self, declared: &BTreeMap<&Provider, &Name>, diagnostics: &mut Diagnostics) {
        let mut fine: BTreeSet<&Name> = BTreeSet::new();
        for resource in self.module.resources.values().filter(|r| r.provider_span.is_none()) {
            let local_name = &resource.provider_config.local_name;
            if fine.contains(local_name) {
                continue;
            }
            if let Err(reason) = provider_source::part(local_name) {
                let detail = format!("\"{local_name}\" is an invalid implied provider local name: {reason}");
                diagnostics.push(Diagnostic::error("Invalid provider local name", detail).at(resource.span));
                continue;
            }
            if self.declared(local_name).is_some() {
                fine.insert(local_name);
                continue;
            }
            let implied = Provider::default_of(local_name);
            if let Some(name) = declared.get(&implied) {
                let detail = format!(
                    "Provider \"{implied}\" was implicitly required via resource \"{}\", but listed in required_providers as \
                     \"{name}\". Either the local name in required_providers must match the resource name, or the \"{name}\" \
                     provider must be assigned within the resource block.",
                    resource.resource
                );
                diagnostics.push(duplicate(detail, resource.span));
            } else {
                fine.insert(local_name);
            }
        }
    }
}

fn duplicate(detail: String, span: Span) -> Diagnostic {
    Diagnostic::warning("Duplicate required provider", detail).at(span)
}
