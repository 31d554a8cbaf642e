//! `module "name" { … }`.

use std::sync::Arc;

use fw_addr::{LocalProviderConfig, Name};
use fw_diag::{Diagnostics, Span};
use fw_lang::reference::Reference;
use fw_syntax::ast::{Attribute, Expr, ObjectItem, ObjectKey};
use fw_syntax::{Block, Body, BodyContent};

use super::{Decoder, OnlyOne, schema};
use crate::expression;
use crate::model::{LateCall, ModuleCall, PassedProvider, Repetition};
use crate::source::ModuleSource;

/// A `module` block, of which an overriding one may leave out all.
pub(crate) struct CallDeclaration {
    pub(crate) name: Name,
    pub(crate) source: Option<CallSource>,
    pub(crate) version: Option<CallVersion>,
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
    late: Option<Late>,
}

/// What `version` says.
pub(crate) struct CallVersion {
    constraint: Option<(String, Span)>,
    late: Option<Late>,
}

/// An expression that is no constant, and what is wrong with it where only constants are allowed.
struct Late {
    expr: Arc<Expr>,
    problems: Diagnostics,
}

impl Late {
    /// An attribute whose value depends on something. Nothing if it is a constant, or no good as one for other reasons.
    fn of(attribute: &Attribute, is_text: bool) -> Option<Self> {
        let mut problems = Diagnostics::new();
        let refers = !fw_lang::reference::traversals(&attribute.expr).is_empty();
        // What is wrong with it is told where nothing but constants is allowed.
        if is_text {
            expression::string(&attribute.expr, &mut problems);
        } else {
            expression::constant(&attribute.expr, &mut problems);
        }
        let calls = problems.iter().any(|problem| problem.summary == "Function calls not allowed");
        (refers || calls).then(|| Self { expr: Arc::clone(&attribute.expr), problems })
    }
}

impl CallSource {
    /// Text, address and place, where only a constant will do; `None` where it cannot be used, which is diagnosed.
    pub(super) fn into_parts(self, told: &mut Diagnostics) -> Option<(String, ModuleSource, Span)> {
        if let Some(late) = self.late {
            told.append(late.problems);
            return None;
        }
        Some((self.text, self.address?, self.span))
    }
}

impl CallDeclaration {
    /// The call; `None` without a usable source, which has been diagnosed.
    pub(crate) fn finish(self) -> Option<ModuleCall> {
        let source = self.source?;
        let (version, late_version) = self.version.map_or((None, None), |version| (version.constraint, version.late));
        let late = (source.late.is_some() || late_version.is_some()).then(|| LateCall {
            source: source.late.as_ref().map(|late| Arc::clone(&late.expr)),
            version: late_version.as_ref().map(|late| Arc::clone(&late.expr)),
            problems: [source.late, late_version].into_iter().flatten().flat_map(|late| late.problems).collect(),
        });
        // What is found out later has no address yet.
        let address = if late.is_some() { Some(ModuleSource::Local(String::new())) } else { source.address };
        Some(ModuleCall {
            name: self.name,
            source: source.text,
            address: address?,
            source_span: source.span,
            version,
            late: late.map(Arc::new),
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
        let version = content.attribute("version").map(|attribute| self.call_version(attribute));
        let later = version.as_ref().is_some_and(|version| version.late.is_some());
        let source = content.attribute("source").and_then(|a| self.call_source(a, version.is_some(), later));
        let enabled = enabled(&content);
        let arguments = (content.attribute("count"), content.attribute("for_each"), enabled.as_ref());
        let repetition = self.repetition(arguments, "module instances");
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
        match &enabled {
            Some(_) => self.call_lifecycle(&content),
            // Without the argument that OpenTofu adds there is no such block.
            None => self.reserved_blocks(&content, &["lifecycle"], "module"),
        }
        self.reserved_blocks(&content, &["locals", "provider"], "module");
        call.body = self.escaped(rest, &content, "module input variables", "module");
        Some(call)
    }

    fn call_version(&mut self, attribute: &Attribute) -> CallVersion {
        match Late::of(attribute, false) {
            Some(late) => CallVersion { constraint: None, late: Some(late) },
            None => CallVersion { constraint: self.constraint(attribute), late: None },
        }
    }

    /// What `source` says. How it is understood depends on the version, which may be known later only.
    pub(super) fn call_source(&mut self, attribute: &Attribute, has_version: bool, later: bool) -> Option<CallSource> {
        let span = attribute.expr.span;
        if let Some(late) = Late::of(attribute, true) {
            return Some(CallSource { text: String::new(), address: None, span, late: Some(late) });
        }
        let text = self.string(attribute)?;
        if later {
            return Some(CallSource { text: text.to_string(), address: None, span, late: None });
        }
        let parsed = ModuleSource::of_call(&text, has_version);
        let address = parsed.map_err(|(summary, detail)| self.error(summary, detail, span)).ok();
        Some(CallSource { text: text.to_string(), address, span, late: None })
    }

    fn call_lifecycle(&mut self, content: &BodyContent) {
        let mut seen = None;
        for block in content.blocks_of("lifecycle") {
            let message = OnlyOne {
                summary: "Duplicate lifecycle block",
                detail: "This module already has a lifecycle block at",
            };
            if self.only_one(&mut seen, block, message) {
                self.content(&block.body, &schema(&[("enabled", false)], &[]));
            }
        }
    }

    /// `count`, `for_each` or `enabled`, not several.
    pub(super) fn repetition(
        &mut self,
        (count, for_each, enabled): (Option<&Attribute>, Option<&Attribute>, Option<&Attribute>),
        what: &str,
    ) -> Repetition {
        if let Some(enabled) = enabled {
            return self.optional((count, for_each), enabled, what);
        }
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

    fn optional(
        &mut self,
        (count, for_each): (Option<&Attribute>, Option<&Attribute>),
        enabled: &Attribute,
        what: &str,
    ) -> Repetition {
        let which = match (count, for_each) {
            (None, None) => return Repetition::Enabled(Arc::clone(&enabled.expr)),
            (Some(_), None) => r#""count" and "enabled""#,
            (None, Some(_)) => r#""enabled" and "for_each""#,
            (Some(_), Some(_)) => r#""count", "enabled", and "for_each""#,
        };
        let verb = if what == "resources" { "may" } else { "should" };
        let detail = format!(
            "The {which} meta-arguments are mutually-exclusive. Only one {verb} be used to be explicit about the number of \
             {what} to be created."
        );
        let spans = [count, for_each, Some(enabled)].into_iter().flatten().map(|attribute| attribute.name.span);
        let span =
            spans.reduce(|one, other| Span { start: one.start.min(other.start), end: one.end.max(other.end), ..one });
        self.error(&format!("Invalid combination of {which}"), detail, span.unwrap_or(enabled.name.span));
        Repetition::Enabled(Arc::clone(&enabled.expr))
    }

    pub(super) fn passed_providers(&mut self, attribute: &Attribute) -> Vec<PassedProvider> {
        let Some(pairs) = expression::pairs(&attribute.expr, &mut self.diagnostics) else { return Vec::new() };
        let mut passed: Vec<PassedProvider> = Vec::new();
        for pair in pairs {
            let Some((inside, key_span)) = self.inside_provider(pair) else { continue };
            let Some((outside, key)) = self.provider_element(&pair.value, "providers") else { continue };
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
            passed.push(PassedProvider { inside, inside_span: key_span, outside, outside_span, key, span });
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

/// The argument `enabled` of the first `lifecycle` block.
pub(super) fn enabled(content: &BodyContent) -> Option<Attribute> {
    let block = content.blocks_of("lifecycle").next()?;
    let (content, _, _) = block.body.partial_content(&schema(&[("enabled", false)], &[]));
    content.attributes.into_iter().next()
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
