//! `moved`, `removed` and `import` blocks.

use std::sync::Arc;

use fw_addr::{ConfigResource, ResourceMode};
use fw_syntax::Block;
use fw_syntax::ast::{Attribute, Expr};

use super::{Decoder, OnlyOne, schema};
use crate::address::{self, Form};
use crate::expression;
use crate::model::{Import, Moved, MovedEndpoint, Removed, When};

impl Decoder<'_> {
    pub(super) fn moved(&mut self, block: &Block) -> Option<Moved> {
        let content = self.content(&block.body, &schema(&[("from", true), ("to", true)], &[]));
        if self.overriding {
            let detail = "Records of moved objects can appear only in normal files, not in override files.";
            self.error("Cannot override 'moved' blocks", detail, block.header);
            return None;
        }
        let from = content.attribute("from").and_then(|a| self.endpoint(a, Form::Endpoint));
        let to = content.attribute("to").and_then(|a| self.endpoint(a, Form::Endpoint));
        let (from, to) = (from?, to?);
        if matches!(from, MovedEndpoint::Module(_)) != matches!(to, MovedEndpoint::Module(_)) {
            let detail =
                "The \"from\" and \"to\" addresses must either both refer to resources or both refer to modules.";
            self.error("Invalid \"moved\" addresses", detail, block.header);
            return None;
        }
        Some(Moved { from, to, span: block.header })
    }

    fn endpoint(&mut self, attribute: &Attribute, form: Form) -> Option<MovedEndpoint> {
        let traversal = expression::traversal(&attribute.expr, &mut self.diagnostics)?;
        match address::parse(&traversal, form) {
            Ok(endpoint) => Some(endpoint),
            Err(problem) => {
                self.diagnostics.push(problem);
                None
            }
        }
    }

    pub(super) fn removed(&mut self, block: &Block) -> Option<Removed> {
        let schema = schema(&[("from", true)], &[("lifecycle", &[]), ("connection", &[]), ("provisioner", &["type"])]);
        let content = self.content(&block.body, &schema);
        if self.overriding {
            // Terraform ignores them here without a word.
            let detail = "Records of removed objects can appear only in normal files, not in override files.";
            self.error("Cannot override 'removed' blocks", detail, block.header);
            return None;
        }
        let from = content.attribute("from").and_then(|a| self.removed_address(a));
        let mut removed = Removed {
            from: from.clone().unwrap_or(MovedEndpoint::Module(fw_addr::ModuleInstance::root())),
            destroy: true,
            provisioners: Vec::new(),
            connection: None,
            span: block.header,
        };
        let mut connection = None;
        for inner in &content.blocks {
            match &*inner.kind.name {
                "lifecycle" => self.removed_lifecycle(inner, &mut removed),
                "connection" => {
                    let message = OnlyOne {
                        summary: "Duplicate connection block",
                        detail: "This \"removed\" block already has a connection block at",
                    };
                    if self.only_one(&mut connection, inner, message) {
                        removed.connection = Some(inner.body.clone());
                    }
                }
                _ => self.removed_provisioner(inner, &mut removed),
            }
        }
        from.map(|_| removed)
    }

    fn removed_address(&mut self, attribute: &Attribute) -> Option<MovedEndpoint> {
        let endpoint = self.endpoint(attribute, Form::Whole)?;
        if let MovedEndpoint::Resource(_, resource, _) = &endpoint
            && resource.mode == ResourceMode::Data
        {
            let detail = "Data sources are never destroyed, so they are not valid targets of removed blocks. To remove the \
                          data source from state, remove the data source block from configuration.";
            self.error("Data source address not allowed", detail, attribute.expr.span);
            return None;
        }
        Some(endpoint)
    }

    /// Of several, the last that says anything counts.
    fn removed_lifecycle(&mut self, block: &Block, removed: &mut Removed) {
        let content = self.content(&block.body, &schema(&[("destroy", false)], &[]));
        if let Some(attribute) = content.attribute("destroy") {
            removed.destroy = self.boolean(attribute).unwrap_or(true);
        }
    }

    fn removed_provisioner(&mut self, block: &Block, removed: &mut Removed) {
        if matches!(removed.from, MovedEndpoint::Module(ref module) if !module.is_root()) {
            let detail = "Provisioners are valid only when a removed block targets a managed resource.";
            return self.error("Invalid provisioner block", detail, block.header);
        }
        let Some(provisioner) = self.provisioner(block) else { return };
        if provisioner.when != When::Destroy {
            let detail = "Only destroy-time provisioners are valid in \"removed\" blocks. To declare a destroy-time \
                          provisioner, use:\n    when = destroy";
            return self.error("Invalid provisioner block", detail, block.header);
        }
        removed.provisioners.push(provisioner);
    }

    pub(super) fn import(&mut self, block: &Block) -> Option<Import> {
        if self.overriding {
            let detail = "Import blocks can appear only in normal files, not in override files.";
            self.error("Cannot override 'import' blocks", detail, block.header);
            return None;
        }
        let schema =
            schema(&[("provider", false), ("for_each", false), ("id", false), ("identity", false), ("to", true)], &[]);
        let content = self.content(&block.body, &schema);
        let (id, identity) = (content.attribute("id"), content.attribute("identity"));
        match (id, identity) {
            (None, None) => {
                let detail = "The argument \"id\" is required, but no definition was found.";
                self.error("Missing required argument", detail, content.missing);
            }
            (Some(_), Some(identity)) => {
                let detail = "Only one of the \"id\" and \"identity\" arguments may be set, since each names the object to \
                              import.";
                self.error("Invalid import block", detail, identity.name.span);
            }
            _ => {}
        }
        let provider = content.attribute("provider");
        let provider_config = provider.and_then(|a| self.provider_reference(&a.expr, "provider"));
        let to = content.attribute("to")?;
        let (expr, target) = self.import_target(to)?;
        // What is wrong with the block otherwise makes it no import.
        id.or(identity)?;
        Some(Import {
            to: expr,
            target,
            id: id.map(|a| Arc::clone(&a.expr)),
            identity: identity.map(|a| Arc::clone(&a.expr)),
            for_each: content.attribute("for_each").map(|a| Arc::clone(&a.expr)),
            provider: provider_config,
            provider_span: provider.map(|a| a.span),
            span: block.header,
        })
    }

    /// The resource an import is for; the instance is only known once the keys are evaluated.
    fn import_target(&mut self, attribute: &Attribute) -> Option<(Arc<Expr>, ConfigResource)> {
        let expr = match expression::json_text(&attribute.expr) {
            Some(_) => Arc::new(self.native(&attribute.expr)?),
            None => Arc::clone(&attribute.expr),
        };
        let traversal = match address::flatten(&expr) {
            Some(traversal) => Some(Arc::new(traversal)),
            None => expression::traversal(&expr, &mut self.diagnostics),
        };
        let parsed = traversal.map(|t| address::parse(&t, Form::Instance));
        match parsed {
            Some(Ok(MovedEndpoint::Resource(module, resource, _))) if resource.mode == ResourceMode::Managed => {
                return Some((expr, ConfigResource { module: module.path(), resource }));
            }
            Some(Err(problem)) => self.diagnostics.push(problem),
            _ => {}
        }
        self.error("Invalid import address", "Only managed resources can be imported.", attribute.span);
        None
    }
}
