//! `module "name" { … }`.

use std::sync::Arc;

use fw_addr::{LocalProviderConfig, Name};
use fw_diag::{Diagnostics, Span};
use fw_lang::reference::Reference;
use fw_syntax::ast::{Attribute, Expr, ObjectItem, ObjectKey};
use fw_syntax::{Block, Body};

use super::{Decoder, schema};
use crate::expression;
use crate::model::{ModuleCall, PassedProvider, Repetition};
use crate::source::ModuleSource;

/// A `module` block, of which an overriding one may leave out all.
pub(crate) struct CallDeclaration {
    pub(crate) name: Name,
    pub(crate) source: Option<CallSource>,
    pub(crate) version: Option<(String, Span)>,
    pub(crate) body: Body,
    pub(crate) repetition: Repetition,
    pub(crate) depends_on: Vec<Reference>,
    pub(crate) depends_on_span: Option<Span>,
    pub(crate) providers: Vec<PassedProvider>,
    pub(crate) span: Span,
}

/// What `source` says.
pub(crate) struct CallSource {
    text: String,
    address: Option<ModuleSource>,
    span: Span,
}

impl CallSource {
    /// Text, address and place; `None` where it cannot be used, which has been diagnosed.
    pub(super) fn into_parts(self) -> Option<(String, ModuleSource, Span)> {
        Some((self.text, self.address?, self.span))
    }
}

impl CallDeclaration {
    /// The call; `None` without a usable source, which has been diagnosed.
    pub(crate) fn finish(self) -> Option<ModuleCall> {
        let source = self.source?;
        Some(ModuleCall {
            name: self.name,
            source: source.text,
            address: source.address?,
            source_span: source.span,
            version: self.version,
            body: self.body,
            repetition: self.repetition,
            depends_on: self.depends_on,
            depends_on_span: self.depends_on_span,
            providers: self.providers,
            span: self.span,
        })
    }
}

impl Decoder<'_> {
    pub(super) fn module_call(&mut self, block: &Block) -> Option<CallDeclaration> {
        let schema = schema(
            &[
                ("source", true),
                ("version", false),
                ("count", false),
                ("for_each", false),
                ("depends_on", false),
                ("providers", false),
            ],
            &[("_", &[]), ("lifecycle", &[]), ("locals", &[]), ("provider", &["type"])],
        );
        let label = block.labels.first()?;
        let (content, rest) = self.partial(&block.body, &schema);
        self.check_name(label, "Invalid module instance name");
        let version = content.attribute("version").and_then(|a| self.constraint(a));
        let source =
            content.attribute("source").and_then(|a| self.call_source(a, content.attribute("version").is_some()));
        let repetition = self.repetition(content.attribute("count"), content.attribute("for_each"));
        let mut call = CallDeclaration {
            name: Name::clone(&label.name),
            source,
            version,
            body: rest.clone(),
            repetition,
            depends_on: Vec::new(),
            depends_on_span: None,
            providers: Vec::new(),
            span: block.header,
        };
        if let Some(attribute) = content.attribute("depends_on") {
            (call.depends_on, call.depends_on_span) = self.depends_on(attribute);
            call.depends_on_span = call.depends_on_span.or(Some(block.header));
        }
        if let Some(attribute) = content.attribute("providers") {
            call.providers = self.passed_providers(attribute);
        }
        self.reserved_blocks(&content, &["lifecycle", "locals", "provider"], "module");
        call.body = self.escaped(rest, &content, "module input variables", "module");
        Some(call)
    }

    pub(super) fn call_source(&mut self, attribute: &Attribute, has_version: bool) -> Option<CallSource> {
        let span = attribute.expr.span;
        let text = self.string(attribute)?;
        let parsed = if has_version {
            ModuleSource::parse_registry(&text).map_err(|reason| {
                let detail = format!(
                    "Failed to parse module registry address: {reason}.\n\nTerraform assumed that you intended a module \
                     registry source address because you also set the argument \"version\", which applies only to registry \
                     modules."
                );
                ("Invalid registry module source address", detail)
            })
        } else {
            ModuleSource::parse(&text).map_err(|detail| ("Invalid module source address", detail))
        };
        let address = parsed.map_err(|(summary, detail)| self.error(summary, detail, span)).ok();
        Some(CallSource { text: text.to_string(), address, span })
    }

    /// `count` or `for_each`, not both.
    pub(super) fn repetition(&mut self, count: Option<&Attribute>, for_each: Option<&Attribute>) -> Repetition {
        if let (Some(_), Some(for_each)) = (count, for_each) {
            let detail = "The \"count\" and \"for_each\" meta-arguments are mutually-exclusive, only one should be used to be \
                          explicit about the number of resources to be created.";
            self.error("Invalid combination of \"count\" and \"for_each\"", detail, for_each.name.span);
        }
        match (count, for_each) {
            (Some(count), _) => Repetition::Count(Arc::clone(&count.expr)),
            (None, Some(for_each)) => Repetition::ForEach(Arc::clone(&for_each.expr)),
            (None, None) => Repetition::Single,
        }
    }

    pub(super) fn passed_providers(&mut self, attribute: &Attribute) -> Vec<PassedProvider> {
        let Some(pairs) = expression::pairs(&attribute.expr, &mut self.diagnostics) else { return Vec::new() };
        let mut passed: Vec<PassedProvider> = Vec::new();
        for pair in pairs {
            let Some((inside, key_span)) = self.inside_provider(pair) else { continue };
            let Some(outside) = self.provider_reference(&pair.value, "providers") else { continue };
            let span = pair.key.span().to(pair.value.span);
            if let Some(first) = passed.iter().find(|p| p.inside == inside) {
                let detail = format!(
                    "A provider configuration was already passed to {inside} at {}. Each child provider configuration can \
                     be assigned only once.",
                    self.place(first.span)
                );
                self.error("Duplicate provider address", detail, pair.value.span);
                continue;
            }
            let outside_span = first_name(&pair.value);
            passed.push(PassedProvider { inside, inside_span: key_span, outside, outside_span, span });
        }
        passed
    }

    fn inside_provider(&mut self, pair: &ObjectItem) -> Option<(LocalProviderConfig, Span)> {
        match &pair.key {
            ObjectKey::Name(ident) => Some((self.provider_key(ident), ident.span)),
            ObjectKey::Expr(key) => {
                let address = self.provider_reference(key, "providers")?;
                Some((address, first_name(key)))
            }
        }
    }
}

/// Where the local name of a provider reference is written.
fn first_name(expr: &Expr) -> Span {
    let traversal = expression::traversal(expr, &mut Diagnostics::new());
    if let Some(traversal) = traversal {
        return traversal.root.span;
    }
    let quoted = expression::quoted(expr).map(|text| text.split('.').next().map_or(0, str::len));
    let length = quoted.and_then(|n| u32::try_from(n).ok());
    length.map_or(expr.span, |n| Span { start: expr.span.start + 1, end: expr.span.start + 1 + n, ..expr.span })
}
