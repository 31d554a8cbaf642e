//! References to provider configurations: `aws`, `aws.west`.

use std::sync::Arc;

use fw_addr::{LocalProviderConfig, Name};
use fw_diag::Diagnostics;
use fw_syntax::ast::{Expr, ExprKind, Ident, Step, StepKind, Traversal};

use super::Decoder;
use crate::expression;

impl Decoder<'_> {
    /// The provider configuration an expression names, and which of its elements: `aws.by_region[each.key]`.
    pub(super) fn provider_element(
        &mut self,
        expr: &Expr,
        argument: &str,
    ) -> Option<(LocalProviderConfig, Option<Arc<Expr>>)> {
        match &expr.kind {
            ExprKind::Index { collection, key, .. } => {
                let config = self.provider_reference(collection, argument)?;
                Some((config, Some(Arc::new(Expr::clone(key)))))
            }
            ExprKind::Traversal(traversal) => {
                let [alias, Step { kind: StepKind::Index(key), span }] = traversal.steps.as_slice() else {
                    return Some((self.provider_reference(expr, argument)?, None));
                };
                let config = Traversal { steps: vec![alias.clone()], ..Traversal::clone(traversal) };
                let config = Expr { kind: ExprKind::Traversal(config.into()), ..Expr::clone(expr) };
                let key = Expr { kind: ExprKind::Literal(key.clone()), span: *span };
                Some((self.provider_reference(&config, argument)?, Some(Arc::new(key))))
            }
            _ => Some((self.provider_reference(expr, argument)?, None)),
        }
    }

    /// The provider configuration an expression names. `argument` is where it stands: `provider` or `providers`.
    pub(super) fn provider_reference(&mut self, expr: &Expr, argument: &str) -> Option<LocalProviderConfig> {
        let traversal = self.provider_traversal(expr, argument)?;
        let root = &traversal.root;
        let alias = match traversal.steps.as_slice() {
            [] => None,
            [step] => match &step.kind {
                StepKind::Attribute(alias) => Some(Name::clone(alias)),
                StepKind::Index(_) => {
                    let detail = "Provider name must either stand alone or be followed by a period and then a configuration alias.";
                    self.error(BAD_REFERENCE, detail, step.span);
                    return None;
                }
            },
            _ => {
                self.bad_provider_reference(expr, argument);
                return None;
            }
        };
        self.check_local_name(&root.name, root.span);
        Some(LocalProviderConfig { local_name: Name::clone(&root.name), alias })
    }

    fn provider_traversal(&mut self, expr: &Expr, argument: &str) -> Option<Traversal> {
        if let Some(text) = expression::quoted(expr).map(ToOwned::to_owned) {
            let (traversal, problems) = expression::from_text(&text, expr.span, 1);
            self.diagnostics.append(problems);
            self.unquoted(expr, "reference");
            if traversal.is_none() {
                self.bad_provider_reference(expr, argument);
            }
            return traversal;
        }
        // What is nothing but an interpolation is not taken for a text.
        if expression::is_quoted(expr) && !expression::is_wrapped(expr) {
            self.error(BAD_REFERENCE, "A provider configuration reference must not be given in quotes.", expr.span);
            return None;
        }
        let traversal = expression::traversal(expr, &mut Diagnostics::new());
        if traversal.is_none() {
            self.bad_provider_reference(expr, argument);
        }
        traversal.map(|t| Traversal::clone(&t))
    }

    fn bad_provider_reference(&mut self, expr: &Expr, argument: &str) {
        let detail = format!(
            "The {argument} argument requires a provider type name, optionally followed by a period and then a \
             configuration alias."
        );
        self.error(BAD_REFERENCE, detail, expr.span);
    }

    /// The provider configuration that a key of a `providers` map names.
    pub(super) fn provider_key(&mut self, key: &Ident) -> LocalProviderConfig {
        self.check_local_name(&key.name, key.span);
        LocalProviderConfig { local_name: Name::clone(&key.name), alias: None }
    }
}

/// `name` or `name.alias`; what follows does not count.
pub(super) fn compact(traversal: &Traversal) -> Option<LocalProviderConfig> {
    let alias = match traversal.steps.first().map(|step| &step.kind) {
        None => None,
        Some(StepKind::Attribute(alias)) => Some(Name::clone(alias)),
        Some(StepKind::Index(_)) => return None,
    };
    Some(LocalProviderConfig { local_name: Name::clone(&traversal.root.name), alias })
}

const BAD_REFERENCE: &str = "Invalid provider configuration reference";
