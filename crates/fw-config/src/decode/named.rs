//! `variable`, `locals` and `output` blocks.

mod variable;

use std::sync::Arc;

use fw_addr::Name;
use fw_diag::Span;
use fw_lang::reference::Reference;
use fw_syntax::Block;
use fw_syntax::ast::Expr;

use super::{BAD_NAME, Decoder, schema};
use crate::model::{CheckRule, LocalValue, Output};

pub(crate) use variable::VariableDeclaration;

/// An `output` block, of which an overriding one may leave out all.
pub(crate) struct OutputDeclaration {
    pub(crate) name: Name,
    pub(crate) description: Option<String>,
    pub(crate) expr: Option<Arc<Expr>>,
    pub(crate) depends_on: Vec<Reference>,
    pub(crate) depends_on_span: Option<Span>,
    pub(crate) sensitive: Option<bool>,
    pub(crate) ephemeral: Option<bool>,
    pub(crate) preconditions: Vec<CheckRule>,
    pub(crate) span: Span,
}

impl OutputDeclaration {
    /// The output itself; `None` without a value, which has been diagnosed.
    pub(crate) fn finish(self) -> Option<Output> {
        Some(Output {
            name: self.name,
            description: self.description,
            expr: self.expr?,
            depends_on: self.depends_on,
            sensitive: self.sensitive.unwrap_or(false),
            ephemeral: self.ephemeral.unwrap_or(false),
            preconditions: self.preconditions,
            span: self.span,
        })
    }
}

impl Decoder<'_> {
    pub(super) fn locals(&mut self, block: &Block, locals: &mut Vec<LocalValue>) {
        let (attributes, problems) = block.body.just_attributes();
        self.diagnostics.append(problems);
        for attribute in attributes {
            if !fw_addr::is_identifier(&attribute.name.name) {
                self.error("Invalid local value name", BAD_NAME, attribute.name.span);
            }
            let name = Name::clone(&attribute.name.name);
            locals.push(LocalValue { name, expr: attribute.expr, span: attribute.span });
        }
    }

    pub(super) fn output(&mut self, block: &Block) -> Option<OutputDeclaration> {
        let schema = schema(
            &[
                ("description", false),
                ("value", true),
                ("depends_on", false),
                ("sensitive", false),
                ("ephemeral", false),
            ],
            &[("precondition", &[]), ("postcondition", &[])],
        );
        let label = block.labels.first()?;
        let content = self.content(&block.body, &schema);
        self.check_name(label, "Invalid output name");
        let depends_on = content.attribute("depends_on");
        let mut output = OutputDeclaration {
            name: Name::clone(&label.name),
            description: content.attribute("description").and_then(|a| self.string(a)).map(|s| s.to_string()),
            expr: content.attribute("value").map(|a| Arc::clone(&a.expr)),
            depends_on: Vec::new(),
            depends_on_span: None,
            sensitive: content.attribute("sensitive").and_then(|a| self.boolean(a)),
            ephemeral: content.attribute("ephemeral").and_then(|a| self.boolean(a)),
            preconditions: Vec::new(),
            span: block.header,
        };
        if let Some(attribute) = depends_on {
            (output.depends_on, output.depends_on_span) = self.depends_on(attribute);
        }
        for inner in &content.blocks {
            if &*inner.kind.name == "precondition" {
                output.preconditions.extend(self.rule(inner));
            } else {
                let detail = "Output values can only have preconditions, not postconditions.";
                self.error("Postconditions are not allowed", detail, inner.header);
            }
        }
        Some(output)
    }
}
