//! `terraform { … }`.

use fw_addr::{LocalProviderConfig, Name, Provider};
use fw_diag::{Diagnostics, Span};
use fw_syntax::Block;
use fw_syntax::ast::{Attribute, Expr, ObjectKey};
use fw_value::convert::convert;
use fw_value::{Str, Type};

use super::{Decoder, FileContent, ProviderMeta, RequiredProviders, schema};
use crate::model::{Backend, Encryption, RequiredProvider};
use crate::version::Constraints;
use crate::{COMPATIBLE_VERSION, expression, provider_source};

impl Decoder<'_> {
    pub(super) fn terraform(&mut self, block: &Block, file: &mut FileContent) {
        let schema = schema(
            &[("required_version", false), ("experiments", false), ("language", false)],
            &[
                ("backend", &["type"]),
                ("cloud", &[]),
                ("encryption", &[]),
                ("required_providers", &[]),
                ("provider_meta", &["provider"]),
            ],
        );
        let content = self.content(&block.body, &schema);
        if let Some(attribute) = content.attribute("required_version") {
            let version = self.constraint(attribute).map(|(text, _)| (text, attribute.span));
            file.required_versions.extend(version);
        }
        if let Some(attribute) = content.attribute("experiments") {
            let detail = "Experimental features are intended only for gathering early feedback on new language designs, \
                          and so are available only in alpha releases of Terraform.";
            self.error("Module uses experimental features", detail, attribute.name.span);
        }
        if let Some(attribute) = content.attribute("language") {
            self.language(attribute);
        }
        for inner in &content.blocks {
            match &*inner.kind.name {
                "backend" => file.backends.extend(backend(inner)),
                "cloud" => file.clouds.push(inner.header),
                "encryption" => file.encryption.push(Encryption { body: inner.body.clone(), span: inner.header }),
                "required_providers" => file.required_providers.extend(self.required_providers(inner)),
                "provider_meta" => file.provider_meta.extend(self.provider_meta(inner)),
                _ => {}
            }
        }
    }

    fn language(&mut self, attribute: &Attribute) {
        let span = attribute.expr.span;
        match expression::keyword(&attribute.expr).as_deref() {
            Some("TF2021") => {}
            Some(_) => {
                let detail = format!(
                    "Terraform v{COMPATIBLE_VERSION} only supports language edition TF2021. This module requires a newer \
                     version of Terraform CLI."
                );
                self.error("Unsupported language edition", detail, span);
            }
            None => {
                let detail = format!(
                    "The language argument expects a bare language edition keyword. Terraform {COMPATIBLE_VERSION} \
                     supports only language edition TF2021, which is the default."
                );
                self.error("Invalid language edition", detail, span);
            }
        }
    }

    /// A version constraint: `required_version`, `version` of a provider block or module call.
    pub(super) fn constraint(&mut self, attribute: &Attribute) -> Option<(String, Span)> {
        let span = attribute.expr.span;
        let value = expression::constant(&attribute.expr, &mut self.diagnostics)?;
        let Ok(value) = convert(&value, &Type::String) else {
            let detail = format!("A string value is required for {}.", attribute.name.name);
            self.error(BAD_CONSTRAINT, detail, span);
            return None;
        };
        let text = value.as_str()?;
        self.check_constraint(text, span).then(|| (text.to_owned(), span))
    }

    fn check_constraint(&mut self, text: &str, span: Span) -> bool {
        let fits = Constraints::parse(text).is_some();
        if !fits {
            self.error(BAD_CONSTRAINT, "This string does not use correct version constraint syntax.", span);
        }
        fits
    }

    fn provider_meta(&mut self, block: &Block) -> Option<ProviderMeta> {
        let label = block.labels.first()?;
        if !self.check_local_name(&label.name, block.header) {
            return None;
        }
        let (attributes, problems) = block.body.just_attributes();
        self.diagnostics.append(problems);
        for attribute in &attributes {
            expression::constant(&attribute.expr, &mut self.diagnostics);
        }
        Some(ProviderMeta { name: Name::clone(&label.name), body: block.body.clone(), span: block.header })
    }

    /// Says that a text is no local name of a provider; returns whether it is one.
    pub(super) fn check_local_name(&mut self, name: &str, span: Span) -> bool {
        let detail = match provider_source::part(name) {
            Ok(folded) if folded == name => return true,
            Ok(folded) => {
                format!("Provider names must be normalized. Replace \"{name}\" with \"{folded}\" to fix this error.")
            }
            Err(reason) => format!("{name} is an invalid provider local name: {reason}"),
        };
        self.error("Invalid provider local name", detail, span);
        false
    }

    fn required_providers(&mut self, block: &Block) -> Option<RequiredProviders> {
        let (attributes, problems) = block.body.just_attributes();
        let failed = problems.has_errors();
        self.diagnostics.append(problems);
        if failed {
            return None;
        }
        let entries = attributes.iter().filter_map(|a| self.required_provider(a)).collect();
        Some(RequiredProviders { span: block.header, entries })
    }

    fn required_provider(&mut self, attribute: &Attribute) -> Option<RequiredProvider> {
        let name = &attribute.name.name;
        let expr = &*attribute.expr;
        if !self.check_local_name(name, expr.span) {
            return None;
        }
        let mut entry = RequiredProvider {
            name: Name::clone(name),
            source: Provider::default_of(name),
            constraints: Vec::new(),
            configuration_aliases: Vec::new(),
            span: Some(expr.span),
        };
        let Some(pairs) = expression::pairs(expr, &mut Diagnostics::new()) else {
            return self.legacy_requirement(entry, expr);
        };
        for pair in pairs {
            let (key, key_span) = match &pair.key {
                ObjectKey::Name(ident) => (Some(Str::clone(&ident.name)), ident.span),
                // A key that is no constant has been refused, and its value is not looked at.
                ObjectKey::Expr(key) => {
                    let key_value = expression::constant(key, &mut self.diagnostics);
                    (key_value.and_then(|v| v.as_shared_str().cloned()), key.span)
                }
            };
            let Some(key) = key else { continue };
            self.requirement_pair(&mut entry, &key, key_span, &pair.value);
        }
        Some(entry)
    }

    /// `aws = "~> 5.0"`, the form of old versions.
    fn legacy_requirement(&mut self, mut entry: RequiredProvider, expr: &Expr) -> Option<RequiredProvider> {
        let value = expression::constant(expr, &mut Diagnostics::new());
        let text = value.and_then(|v| convert(&v, &Type::String).ok()).and_then(|v| v.as_shared_str().cloned());
        let Some(text) = text else {
            let detail = "required_providers entries must be strings or objects.";
            self.error("Invalid required_providers object", detail, expr.span);
            return None;
        };
        if self.check_constraint(&text, expr.span) {
            entry.constraints.push((text.to_string(), expr.span));
        }
        Some(entry)
    }

    fn requirement_pair(&mut self, entry: &mut RequiredProvider, key: &str, key_span: Span, value: &Expr) {
        match key {
            "version" => {
                let Some(text) = literal_string(value) else {
                    return self.error(BAD_CONSTRAINT, "Version must be specified as a string.", value.span);
                };
                if self.check_constraint(&text, value.span) {
                    entry.constraints.push((text.to_string(), value.span));
                }
            }
            "source" => {
                let Some(text) = literal_string(value) else {
                    return self.error("Invalid source", "Source must be specified as a string.", value.span);
                };
                match provider_source::parse(&text) {
                    Ok(source) => entry.source = source,
                    Err(error) => self.error(error.summary, error.detail, value.span),
                }
            }
            "configuration_aliases" => self.configuration_aliases(entry, value),
            _ => {
                let detail = "required_providers objects can only contain \"version\", \"source\" and \
                              \"configuration_aliases\" attributes. To configure a provider, use a \"provider\" block.";
                self.error("Invalid required_providers object", detail, key_span);
            }
        }
    }

    fn configuration_aliases(&mut self, entry: &mut RequiredProvider, value: &Expr) {
        let Some(items) = expression::list(value, &mut self.diagnostics) else { return };
        for item in items {
            let Some(traversal) = expression::traversal(item, &mut self.diagnostics) else { continue };
            let Some(address) = super::provider_ref::compact(&traversal) else {
                let detail = "Configuration aliases can only contain references to local provider configuration names in the \
                              format of provider.alias";
                self.error("Invalid configuration_aliases value", detail, value.span);
                continue;
            };
            if address.local_name != entry.name {
                let detail = format!(
                    "Configuration aliases must be prefixed with the provider name. Expected \"{}\", but found \"{}\".",
                    entry.name, address.local_name
                );
                self.error("Invalid configuration_aliases value", detail, value.span);
                continue;
            }
            push_alias(&mut entry.configuration_aliases, address);
        }
    }
}

fn push_alias(aliases: &mut Vec<LocalProviderConfig>, address: LocalProviderConfig) {
    if !aliases.contains(&address) {
        aliases.push(address);
    }
}

/// A constant that is a string without conversion.
fn literal_string(expr: &Expr) -> Option<Str> {
    let value = expression::constant(expr, &mut Diagnostics::new())?;
    value.as_shared_str().cloned()
}

fn backend(block: &Block) -> Option<Backend> {
    let label = block.labels.first()?;
    Some(Backend { kind: Name::clone(&label.name), body: block.body.clone(), span: block.header })
}

const BAD_CONSTRAINT: &str = "Invalid version constraint";
