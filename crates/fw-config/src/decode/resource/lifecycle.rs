//! `lifecycle { … }`.

use fw_addr::{Resource, ResourceMode};
use fw_diag::Diagnostic;
use fw_lang::reference::{Subject, parse_traversal, traversals};
use fw_syntax::Block;
use fw_syntax::ast::{Attribute, Expr, Traversal};

use super::super::{Decoder, schema};
use crate::model::Lifecycle;
use crate::{PLACE, expression};

/// Arguments that only managed resources have.
const MANAGED_ONLY: [&str; 4] = ["create_before_destroy", "prevent_destroy", "ignore_changes", "replace_triggered_by"];

/// Says how often the resource is there, and is looked at with `count` and `for_each`.
const ENABLED: &str = "enabled";

impl Decoder<'_> {
    pub(super) fn lifecycle(&mut self, resource: &Resource, block: &Block) -> Lifecycle {
        let arguments = [&MANAGED_ONLY[..], &[ENABLED]].concat();
        let arguments: Vec<_> = arguments.into_iter().map(|name| (name, false)).collect();
        let schema = schema(&arguments, &[("precondition", &[]), ("postcondition", &[])]);
        let content = self.content(&block.body, &schema);
        let mut lifecycle = Lifecycle::default();
        if resource.mode == ResourceMode::Managed {
            for attribute in &content.attributes {
                self.lifecycle_argument(attribute, &mut lifecycle);
            }
        } else {
            for attribute in content.attributes.iter().filter(|attribute| &*attribute.name.name != ENABLED) {
                self.managed_only(attribute, resource.mode);
            }
        }
        for inner in &content.blocks {
            let Some(rule) = self.rule_of(resource, inner) else { continue };
            if &*inner.kind.name == "precondition" {
                lifecycle.preconditions.push(rule);
            } else {
                lifecycle.postconditions.push(rule);
            }
        }
        lifecycle
    }

    fn managed_only(&mut self, attribute: &Attribute, mode: ResourceMode) {
        let what = if mode == ResourceMode::Data { "data" } else { "ephemeral" };
        let detail = format!(
            "The lifecycle argument \"{}\" is defined only for managed resources (\"resource\" blocks), and is not valid for \
             {what} resources.",
            attribute.name.name
        );
        self.error(&format!("Invalid {what} resource lifecycle argument"), detail, attribute.name.span);
    }

    fn lifecycle_argument(&mut self, attribute: &Attribute, lifecycle: &mut Lifecycle) {
        match &*attribute.name.name {
            "create_before_destroy" => lifecycle.create_before_destroy = self.boolean(attribute),
            "prevent_destroy" => {
                lifecycle.prevent_destroy = self.boolean(attribute).unwrap_or(false);
                lifecycle.prevent_destroy_span = Some(attribute.span);
            }
            "ignore_changes" => self.ignore_changes(attribute, lifecycle),
            "replace_triggered_by" => self.replace_triggered_by(attribute, lifecycle),
            _ => {}
        }
    }

    fn ignore_changes(&mut self, attribute: &Attribute, lifecycle: &mut Lifecycle) {
        let expr = &*attribute.expr;
        if expression::keyword(expr).as_deref() == Some("all") {
            lifecycle.ignore_all_changes = true;
            return;
        }
        let Some(items) = expression::list(expr, &mut self.diagnostics) else { return };
        let mut star = None;
        for item in items {
            if is_star(item) {
                star = Some(item.span);
                let detail = "The [\"*\"] form of ignore_changes wildcard is was deprecated and is now invalid. Use \
                              \"ignore_changes = all\" to ignore changes to all attributes.";
                self.error("Invalid ignore_changes wildcard", detail, expr.span);
                continue;
            }
            lifecycle.ignore_changes.extend(self.ignored(item));
        }
        if let Some(star) = star
            && !lifecycle.ignore_changes.is_empty()
        {
            let detail = "Cannot mix wildcard string \"*\" with non-wildcard references.";
            self.error("Invalid ignore_changes ruleset", detail, star);
        }
    }

    fn ignored(&mut self, item: &Expr) -> Option<Traversal> {
        if let Some(text) = expression::quoted(item).map(ToOwned::to_owned) {
            let (traversal, problems) = expression::from_text(&text, item.span, 1);
            self.diagnostics.append(problems);
            self.unquoted(item, "reference");
            return traversal;
        }
        expression::traversal(item, &mut self.diagnostics).map(|t| Traversal::clone(&t))
    }

    fn replace_triggered_by(&mut self, attribute: &Attribute, lifecycle: &mut Lifecycle) {
        let Some(items) = expression::list(&attribute.expr, &mut self.diagnostics) else { return };
        for item in items {
            let Some(item) = self.native(item) else { continue };
            // Terraform says no more than what is wrong with the first.
            let problems = trigger_problems(&item);
            if !problems.is_empty() {
                self.diagnostics.extend(problems);
                return;
            }
            lifecycle.replace_triggered_by.push(item);
        }
    }
}

fn is_star(item: &Expr) -> bool {
    let text = expression::quoted(item).or_else(|| expression::json_text(item).map(|t| &**t));
    text == Some("*")
}

/// A trigger names exactly one resource, keys of which may be `count.index` and `each.key`.
fn trigger_problems(item: &Expr) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let mut resources = 0;
    for traversal in traversals(item) {
        let reference = match parse_traversal(traversal, PLACE) {
            Ok(reference) => reference,
            Err(mut problem) => {
                problem.subject = Some(item.span);
                return vec![*problem];
            }
        };
        match &reference.subject {
            Subject::Resource(_) | Subject::ResourceInstance(..) => resources += 1,
            Subject::Count(_) => {}
            Subject::Each(name) if &**name == "key" => {}
            Subject::Each(_) => {
                let detail = "Only each.key may be used in replace_triggered_by.";
                let summary = "Invalid each reference in replace_triggered_by expression";
                problems.push(Diagnostic::error(summary, detail).at(item.span));
            }
            _ => {
                let detail = "Only resources, count.index, and each.key may be used in replace_triggered_by.";
                let summary = "Invalid reference in replace_triggered_by expression";
                problems.push(Diagnostic::error(summary, detail).at(item.span));
            }
        }
    }
    let detail = match resources {
        0 => "Missing resource reference in replace_triggered_by expression.",
        1 => return problems,
        _ => "Multiple resource references in replace_triggered_by expression.",
    };
    problems.push(Diagnostic::error("Invalid replace_triggered_by expression", detail).at(item.span));
    problems
}
