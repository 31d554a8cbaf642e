//! Conditions with messages, and `depends_on`: what several kinds of blocks share.

use std::sync::Arc;

use fw_addr::Resource;
use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_lang::reference::{Reference, Subject, parse_traversal, references, traversals};
use fw_syntax::Block;
use fw_syntax::ast::{Attribute, Expr};

use super::{Decoder, schema};
use crate::model::CheckRule;
use crate::{PLACE, expression};

impl Decoder<'_> {
    /// A block of `condition` and `error_message`; `None` when anything is wrong with it.
    pub(super) fn rule(&mut self, block: &Block) -> Option<CheckRule> {
        let before = self.diagnostics.len();
        let (condition, error_message) = self.rule_parts(block);
        let failed = self.diagnostics.iter().skip(before).any(Diagnostic::is_error);
        let rule = CheckRule { condition: condition?, error_message: error_message?, span: block.header };
        (!failed).then_some(rule)
    }

    /// The expression itself; a JSON string is one in native syntax, not a template.
    pub(super) fn native(&mut self, expr: &Expr) -> Option<Expr> {
        let Some(text) = expression::json_text(expr) else { return Some(expr.clone()) };
        let (expr, problems) = fw_syntax::parse_expression(expr.span.file, text, expr.span.start);
        self.diagnostics.append(problems);
        expr
    }

    /// The condition and the message, as far as they are there.
    pub(super) fn rule_parts(&mut self, block: &Block) -> (Option<Arc<Expr>>, Option<Arc<Expr>>) {
        let kind = &block.kind.name;
        if self.overriding {
            let detail = format!("Override files cannot override \"{kind}\" blocks.");
            self.error(&format!("Can't override {kind} blocks"), detail, block.header);
            return (None, None);
        }
        let schema = schema(&[("condition", true), ("error_message", true)], &[]);
        let content = self.content(&block.body, &schema);
        let condition = content.attribute("condition").map(|a| Arc::clone(&a.expr));
        if let Some(condition) = &condition
            && traversals(condition).is_empty()
        {
            let detail = "The condition expression must refer to at least one object from elsewhere in the configuration, or \
                          else its result would not be checking anything.";
            self.error(&format!("Invalid {kind} expression"), detail, condition.span);
        }
        (condition, content.attribute("error_message").map(|a| Arc::clone(&a.expr)))
    }

    /// Says that a rule of a resource refers to the resource itself by its name.
    pub(super) fn rule_of(&mut self, resource: &Resource, block: &Block) -> Option<CheckRule> {
        let rule = self.rule(block)?;
        for expr in [&rule.condition, &rule.error_message] {
            let found = references(expr, PLACE, &mut Diagnostics::new());
            let own = |r: &Reference| match &r.subject {
                Subject::Resource(other) | Subject::ResourceInstance(other, _) => other == resource,
                _ => false,
            };
            if found.iter().any(own) {
                let detail = format!("Configuration for {resource} may not refer to itself.");
                self.error(&format!("Invalid reference in {}", block.kind.name), detail, expr.span);
            }
        }
        Some(rule)
    }

    /// The references of `depends_on`, and where the list begins. What is no reference is said later, with what is not
    /// declared.
    pub(super) fn depends_on(&mut self, attribute: &Attribute) -> (Vec<Reference>, Option<Span>) {
        let mut found = Vec::new();
        let Some(items) = expression::list(&attribute.expr, &mut self.diagnostics) else { return (found, None) };
        let first = items.first().map_or(attribute.expr.span, |item| item.span);
        for item in items {
            let traversal = match expression::quoted(item).map(ToOwned::to_owned) {
                Some(text) => {
                    let (traversal, problems) = expression::from_text(&text, item.span, 1);
                    self.diagnostics.append(problems);
                    self.unquoted(item, "reference");
                    if traversal.is_none() && text.is_empty() {
                        expression::refuse(item, &mut self.diagnostics);
                    }
                    traversal.map(Arc::new)
                }
                None => expression::traversal(item, &mut self.diagnostics),
            };
            let Some(traversal) = traversal else { continue };
            match parse_traversal(&traversal, PLACE) {
                Ok(reference) => found.push(reference),
                Err(problem) => self.late.push(*problem),
            }
        }
        (found, Some(first))
    }
}
