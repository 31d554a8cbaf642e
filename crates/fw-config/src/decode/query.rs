//! Query files: `list` blocks, and what they need.

use std::sync::Arc;

use fw_addr::{Name, Provider};
use fw_diag::{Diagnostics, SourceMap};
use fw_syntax::{Block, Body};

use super::{Decoder, FileContent, OnlyOne, schema};
use crate::query::ListBlock;

/// Reads the blocks of a query file.
pub(crate) fn query_file(body: &Body, sources: &SourceMap) -> (FileContent, Diagnostics) {
    let mut decoder = Decoder::new(sources, false);
    let blocks: [(&str, &[&str]); 4] =
        [("list", &["type", "name"]), ("provider", &["name"]), ("variable", &["name"]), ("locals", &[])];
    let content = decoder.content(body, &schema(&[], &blocks));
    let mut file = FileContent::default();
    for block in &content.blocks {
        if &*block.kind.name == "list" {
            file.lists.extend(decoder.list(block));
        } else {
            decoder.block(block, &mut file);
        }
    }
    file.late = decoder.late;
    (file, decoder.diagnostics)
}

impl Decoder<'_> {
    fn list(&mut self, block: &Block) -> Option<ListBlock> {
        let [kind, name] = block.labels.as_slice() else { return None };
        let attributes =
            [("provider", false), ("count", false), ("for_each", false), ("include_resource", false), ("limit", false)];
        let content = self.content(&block.body, &schema(&attributes, &[("config", &[])]));
        self.check_name(kind, "Invalid list block type");
        self.check_name(name, "Invalid list block name");
        let mut config = Body::Merged([].into());
        let mut seen = None;
        for inner in content.blocks_of("config") {
            let message = OnlyOne {
                summary: "Duplicate config block",
                detail: "A list block must contain only one nested \"config\" block. The first is at",
            };
            if self.only_one(&mut seen, inner, message) {
                config = inner.body.clone();
            }
        }
        let Some(provider) = content.attribute("provider") else {
            let detail = "You must specify a provider attribute when defining a list block.";
            self.error("Missing \"provider\" attribute", detail, block.header);
            return None;
        };
        let provider_config = self.provider_reference(&provider.expr, "provider")?;
        let expr = |name: &str| content.attribute(name).map(|attribute| Arc::clone(&attribute.expr));
        Some(ListBlock {
            kind: Name::clone(&kind.name),
            name: Name::clone(&name.name),
            // Found out once the whole module is there.
            provider: Provider::default_of(&provider_config.local_name),
            provider_config,
            repetition: self
                .repetition((content.attribute("count"), content.attribute("for_each"), None), "list blocks"),
            include_resource: expr("include_resource"),
            limit: expr("limit"),
            config,
            kind_span: kind.span,
            span: block.header,
        })
    }
}
