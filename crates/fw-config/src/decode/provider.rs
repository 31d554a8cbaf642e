//! `provider "name" { … }`.

use std::sync::Arc;

use fw_addr::{LocalProviderConfig, Name};
use fw_diag::Diagnostic;
use fw_syntax::Block;

use super::{BAD_NAME, Decoder, schema};
use crate::model::ProviderBlock;

/// Arguments that may mean something one day.
const RESERVED_ARGUMENTS: [&str; 3] = ["count", "depends_on", "source"];

impl Decoder<'_> {
    pub(super) fn provider(&mut self, block: &Block) -> Option<ProviderBlock> {
        let schema = schema(
            &[
                ("alias", false),
                ("version", false),
                ("count", false),
                ("depends_on", false),
                ("for_each", false),
                ("source", false),
            ],
            &[("_", &[]), ("lifecycle", &[]), ("locals", &[])],
        );
        let label = block.labels.first()?;
        let (content, rest) = self.partial(&block.body, &schema);
        self.check_local_name(&label.name, block.header);
        let mut address = LocalProviderConfig { local_name: Name::clone(&label.name), alias: None };
        if let Some(attribute) = content.attribute("alias") {
            let alias = self.string(attribute);
            if alias.as_ref().is_none_or(|a| !fw_addr::is_identifier(a)) {
                // This message has no place; nor has terraform's.
                let detail = format!("An alias must be a valid name. {BAD_NAME}");
                self.diagnostics.push(Diagnostic::error("Invalid provider configuration alias", detail));
            }
            address.alias = alias;
        }
        let version = content.attribute("version").and_then(|attribute| {
            let detail = "Terraform 0.13 and earlier allowed provider version constraints inside the provider configuration \
                          block, but that is now deprecated and will be removed in a future version of Terraform. To \
                          silence this warning, move the provider version constraint into the required_providers block.";
            let summary = "Version constraints inside provider configuration blocks are deprecated";
            self.diagnostics.push(Diagnostic::warning(summary, detail).at(attribute.expr.span));
            self.constraint(attribute)
        });
        for attribute in content.attributes.iter().filter(|a| RESERVED_ARGUMENTS.contains(&&*a.name.name)) {
            let detail = format!(
                "The provider argument name \"{}\" is reserved for use by Terraform in a future version.",
                attribute.name.name
            );
            self.error("Reserved argument name in provider block", detail, attribute.name.span);
        }
        let for_each = content.attribute("for_each");
        if let (Some(attribute), None) = (for_each, content.attribute("alias")) {
            let detail = "The for_each argument of a provider block creates several configurations, which need an alias to be \
                          referred to by. Set the alias argument too.";
            self.error("Alias required when using \"for_each\"", detail, attribute.name.span);
        }
        let for_each = for_each.map(|attribute| Arc::clone(&attribute.expr));
        self.reserved_blocks(&content, &["lifecycle", "locals"], "provider");
        let body = self.escaped(rest, &content, "provider-specific", "provider");
        Some(ProviderBlock { address, body, for_each, version, span: block.header, answers: None })
    }
}
