//! `check "name" { … }`.

use fw_addr::Name;
use fw_syntax::Block;

use super::{Decoder, OnlyOne, schema};
use crate::model::{Check, ResourceBlock};

impl Decoder<'_> {
    pub(super) fn check(&mut self, block: &Block) -> Option<(Check, Option<ResourceBlock>)> {
        let label = block.labels.first()?;
        if self.overriding {
            self.error("Can't override check blocks", "Override files cannot override check blocks.", block.header);
            return None;
        }
        let content = self.content(&block.body, &schema(&[], &[("data", &["type", "name"]), ("assert", &[])]));
        self.check_name(label, "Invalid check block name");
        let name = Name::clone(&label.name);
        let mut check = Check { name: Name::clone(&name), data: None, asserts: Vec::new(), span: block.header };
        let mut nested = None;
        let mut seen = None;
        for inner in &content.blocks {
            if &*inner.kind.name == "assert" {
                check.asserts.extend(self.rule(inner));
                continue;
            }
            let message = OnlyOne {
                summary: "Multiple data resource blocks",
                detail: "This check block already has a data resource defined at",
            };
            if self.only_one(&mut seen, inner, message) {
                nested = self.data(inner, Some(&name));
                check.data = nested.as_ref().map(|data| data.resource.clone());
            }
        }
        if check.asserts.is_empty() {
            self.error("Zero assert blocks", "Check blocks must have at least one assert block.", block.header);
        }
        Some((check, nested))
    }
}
