//! `provisioner "kind" { … }`.

use fw_addr::Name;
use fw_diag::Diagnostic;
use fw_lang::reference::traversals;
use fw_syntax::ast::{Attribute, StepKind, Traversal};
use fw_syntax::{Block, Body};
use fw_value::Str;

use super::{Decoder, OnlyOne, schema};
use crate::expression;
use crate::model::{OnFailure, Provisioner, When};

/// Kinds that were once part of terraform.
const REMOVED: [&str; 4] = ["chef", "habitat", "puppet", "salt-masterless"];

impl Decoder<'_> {
    pub(super) fn provisioner(&mut self, block: &Block) -> Option<Provisioner> {
        let label = block.labels.first()?;
        if REMOVED.contains(&&*label.name) {
            let detail = format!(
                "The \"{}\" provisioner was deprecated in Terraform 0.13.4 has been removed from Terraform. Visit \
                 https://learn.hashicorp.com/collections/terraform/provision for alternatives to using provisioners that \
                 are a better fit for the Terraform workflow.",
                label.name
            );
            self.error(&format!("The \"{}\" provisioner has been removed", label.name), detail, label.span);
            return None;
        }
        let schema =
            schema(&[("when", false), ("on_failure", false)], &[("_", &[]), ("connection", &[]), ("lifecycle", &[])]);
        let (content, rest) = self.partial(&block.body, &schema);
        let mut provisioner = Provisioner {
            kind: Name::clone(&label.name),
            body: rest.clone(),
            connection: None,
            when: When::Create,
            on_failure: OnFailure::Fail,
            span: block.header,
        };
        if let Some(attribute) = content.attribute("when") {
            match self.keyword(attribute).as_deref() {
                Some("create") => {}
                Some("destroy") => provisioner.when = When::Destroy,
                _ => self.bad_keyword(attribute, "create or destroy"),
            }
        }
        if provisioner.when == When::Destroy {
            self.only_self(&rest);
        }
        if let Some(attribute) = content.attribute("on_failure") {
            match self.keyword(attribute).as_deref() {
                Some("fail") => {}
                Some("continue") => provisioner.on_failure = OnFailure::Continue,
                _ => self.bad_keyword(attribute, "continue or fail"),
            }
        }
        let mut seen = None;
        for inner in content.blocks_of("connection") {
            let message = OnlyOne {
                summary: "Duplicate connection block",
                detail: "This provisioner already has a connection block at",
            };
            if self.only_one(&mut seen, inner, message) {
                if provisioner.when == When::Destroy {
                    self.only_self(&inner.body);
                }
                provisioner.connection = Some(inner.body.clone());
            }
        }
        self.reserved_blocks(&content, &["lifecycle"], "provisioner");
        // The word is misspelled in terraform too.
        provisioner.body = self.escaped(rest, &content, "provisioner-typpe-specific", "provisioner");
        Some(provisioner)
    }

    /// A keyword, perhaps still in quotes.
    fn keyword(&mut self, attribute: &Attribute) -> Option<Str> {
        if let Some(text) = self.unquoted(&attribute.expr, "keyword") {
            return Some(Str::from(text));
        }
        expression::keyword(&attribute.expr)
    }

    fn bad_keyword(&mut self, attribute: &Attribute, allowed: &str) {
        let name = &attribute.name.name;
        let detail = format!("The \"{name}\" argument requires one of the following keywords: {allowed}.");
        self.error(&format!("Invalid \"{name}\" keyword"), detail, attribute.expr.span);
    }

    /// What runs when a resource is destroyed may refer to nothing but the resource itself.
    pub(super) fn only_self(&mut self, body: &Body) {
        let (attributes, _) = body.just_attributes();
        for attribute in &attributes {
            for _ in traversals(&attribute.expr).into_iter().filter(|t| !is_own(t)) {
                let detail = "Destroy-time provisioners and their connection configurations may only reference attributes of \
                              the related resource, via 'self', 'count.index', or 'each.key'.\n\nReferences to other \
                              resources during the destroy phase can cause dependency cycles and interact poorly with \
                              create_before_destroy.";
                let problem = Diagnostic::error("Invalid reference from destroy provisioner", detail);
                self.diagnostics.push(problem.at(attribute.expr.span));
            }
        }
    }
}

fn is_own(traversal: &Traversal) -> bool {
    let first = traversal.steps.first().map(|s| &s.kind);
    match &*traversal.root.name {
        "self" | "path" | "terraform" | "count" => true,
        "each" => matches!(first, Some(StepKind::Attribute(name)) if &**name == "key"),
        _ => false,
    }
}
