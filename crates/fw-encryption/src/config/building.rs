//! From what is written to targets with their methods and key providers.

mod reference;

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_backend::Settings;
use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_syntax::ast::Attribute;
use fw_syntax::{Block, Body, BodyContent, BodySchema};
use fw_value::convert::convert;
use fw_value::{Content as ValueContent, Type, Value};

use super::Sources;
use super::written::{Named, Written, WrittenTarget};
use crate::keys::{Kind, Provider};
use crate::method::Method;
use crate::target::{Content, Target};
use reference::{Found, reference};

/// Fallbacks of fallbacks, and providers chained to others, are not more than these.
const DEEPEST: usize = 100;

/// Makes targets. What can't be made is told of once.
pub(super) struct Building<'a, 's> {
    written: &'a Written,
    sources: &'a Sources<'s>,
    told: &'a mut Diagnostics,
    /// Where the block is, if it is one alone.
    place: Option<Span>,
    /// Providers that were made; nothing where that has failed.
    made: BTreeMap<Named, Option<Arc<Provider>>>,
}

fn target_schema(is_outermost: bool) -> BodySchema {
    let attributes: &[(&str, bool)] =
        if is_outermost { &[("method", false), ("enforced", false)] } else { &[("method", false)] };
    BodySchema::new(attributes, &[("fallback", &[])])
}

impl<'a, 's> Building<'a, 's> {
    pub(super) fn new(
        written: &'a Written,
        sources: &'a Sources<'s>,
        place: Option<Span>,
        told: &'a mut Diagnostics,
    ) -> Self {
        Self { written, sources, told, place, made: BTreeMap::new() }
    }

    fn error(&mut self, summary: impl Into<String>, detail: impl Into<String>, span: impl Into<Option<Span>>) {
        let problem = Diagnostic::error(summary, detail.into());
        self.told.push(Diagnostic { subject: span.into(), ..problem });
    }

    fn content(&mut self, body: &Body, schema: &BodySchema) -> Option<BodyContent> {
        let (content, problems) = body.content(schema);
        let failed = problems.has_errors();
        self.told.append(problems);
        (!failed).then_some(content)
    }

    /// A target; nothing after errors.
    pub(super) fn target(&mut self, name: &str, content: Content, target: &WrittenTarget) -> Option<Target> {
        let mut methods = Vec::new();
        let is_outermost = !name.starts_with("remote.");
        let mut next = Some((target.body.clone(), is_outermost));
        while let Some((body, is_outermost)) = next.take() {
            let written = self.content(&body, &target_schema(is_outermost))?;
            methods.push(self.referred_method(&written)?);
            let mut fallbacks = written.blocks_of("fallback");
            next = fallbacks.next().map(|block| (block.body.clone(), false));
            if let Some(second) = fallbacks.next() {
                self.error("Duplicate fallback block", "Only one fallback block is allowed.", second.header);
                return None;
            }
            if methods.len() > DEEPEST {
                self.error("Too many fallbacks", format!("There may be {DEEPEST} fallbacks at most."), body.missing());
                return None;
            }
        }
        if target.is_enforced && methods.iter().any(|method| matches!(method, Method::Unencrypted)) {
            let detail = "Unable to use unencrypted method since the enforced flag is set.";
            self.error("Unencrypted method is forbidden", detail, self.place);
            return None;
        }
        Some(Target::new(name, content, methods))
    }

    fn referred_method(&mut self, content: &BodyContent) -> Option<Method> {
        let attribute = content.attribute("method");
        let span = attribute.map_or(content.missing, |attribute| attribute.expr.span);
        let named = match attribute.map_or(Found::Nothing, |attribute| reference(&attribute.expr, "method")) {
            Found::Named(named) => named,
            Found::Other => {
                let detail = "Expected method of form method.<type>.<name>";
                self.error("Invalid encryption method identifier", detail, span);
                return None;
            }
            Found::Nothing => {
                let detail = "A single static variable reference is required: only attribute access and indexing with \
                              constant keys. No calculations, function calls, template expressions, etc are allowed here.";
                self.error("Invalid expression", detail, span);
                return None;
            }
        };
        let Some(block) = self.written.methods.get(&named) else {
            let detail =
                format!("There is no method {:?} {:?} block declared in the encryption block.", named.0, named.1);
            self.error("Reference to undeclared encryption method", detail, span);
            return None;
        };
        self.method(&named, block)
    }

    fn method(&mut self, named: &Named, block: &Block) -> Option<Method> {
        match named.0.as_str() {
            "unencrypted" => {
                self.content(&block.body, &BodySchema::default())?;
                Some(Method::Unencrypted)
            }
            "aes_gcm" => {
                let content = self.content(&block.body, &BodySchema::new(&[("keys", true), ("aad", false)], &[]))?;
                let keys = self.provider(content.attribute("keys")?, &mut Vec::new())?;
                let associated = match content.attribute("aad") {
                    Some(attribute) => self.bytes(named, attribute)?,
                    None => Vec::new(),
                };
                Some(Method::AesGcm { keys, associated })
            }
            "external" => {
                let attributes = [("keys", false), ("encrypt_command", true), ("decrypt_command", true)];
                let content = self.content(&block.body, &BodySchema::new(&attributes, &[]))?;
                let keys = match content.attribute("keys") {
                    Some(attribute) => Some(self.provider(attribute, &mut Vec::new())?),
                    None => None,
                };
                let encrypt = self.command(named, content.attribute("encrypt_command")?)?;
                let decrypt = self.command(named, content.attribute("decrypt_command")?)?;
                Some(Method::External { keys, encrypt, decrypt })
            }
            other => {
                let detail = format!("encryption method with ID {other} not found");
                self.error(format!("Error fetching encryption method {other:?}"), detail, None);
                None
            }
        }
    }

    /// The key provider that an attribute refers to. `stack` are those that need it.
    fn provider(&mut self, attribute: &Attribute, stack: &mut Vec<Named>) -> Option<Arc<Provider>> {
        let span = attribute.expr.span;
        let Found::Named(named) = reference(&attribute.expr, "key_provider") else {
            let detail = "The key_provider symbol must be followed by two more attribute names specifying the type and name \
                          of the selected key provider.";
            self.error("Invalid Key Provider expression format", detail, span);
            return None;
        };
        if let Some(made) = self.made.get(&named) {
            return made.clone();
        }
        let Some(block) = self.written.providers.get(&named) else {
            let detail =
                format!("There is no key_provider {:?} {:?} block declared in the encryption block.", named.0, named.1);
            self.error("Reference to undeclared key provider", detail, span);
            return None;
        };
        if stack.contains(&named) || stack.len() >= DEEPEST {
            let address = |(kind, name): &Named| format!("key_provider.{kind}.{name}");
            let way: Vec<String> = stack.iter().chain([&named]).map(address).collect();
            let detail = format!(
                "Cannot load {} due to circular reference between key providers. Stack trace {}",
                address(&named),
                way.join(" -> ")
            );
            self.error("Circular reference detected", detail, None);
            return None;
        }
        stack.push(named.clone());
        let provider = fw_syntax::deep::guard(|| self.make_provider(&named, block, stack)).map(Arc::new);
        stack.pop();
        self.made.insert(named, provider.clone());
        provider
    }

    fn make_provider(&mut self, named: &Named, block: &Block, stack: &mut Vec<Named>) -> Option<Provider> {
        let address = format!("key_provider.{}.{}", named.0, named.1);
        let Some(kind) = Kind::of(&named.0) else {
            let why = if ["gcp_kms", "azure_vault"].contains(&named.0.as_str()) { "supported" } else { "found" };
            let detail = format!("key provider with ID {} not {why}", named.0);
            self.error(format!("Error fetching key_provider {:?}", named.0), detail, None);
            return None;
        };
        let mut own = vec![("encrypted_metadata_alias", false)];
        if kind == Kind::Pbkdf2 {
            own.push(("chain", false));
        }
        let (content, rest, problems) = block.body.partial_content(&BodySchema::new(&own, &[]));
        self.told.append(problems);
        let chain = match content.attribute("chain") {
            Some(attribute) => Some(self.provider(attribute, stack)?),
            None => None,
        };
        let alias = match content.attribute("encrypted_metadata_alias") {
            Some(attribute) => self.value(&address, attribute, &Type::String)?.as_str().map(str::to_owned),
            None => None,
        };
        let stored_as = alias.filter(|alias| !alias.is_empty()).unwrap_or_else(|| address.clone());
        let scope = (self.sources.scope)(&format!("encryption.{address}"), block.header);
        let mut problems = Diagnostics::new();
        let value = fw_lang::decode(&rest, &kind.schema(), &*scope, &mut problems).unmark_deep().0;
        let failed = problems.has_errors();
        self.told.extend(problems.into_iter().map(|problem| without_secrets(problem, &address)));
        if failed {
            return None;
        }
        if !value.is_wholly_known() {
            self.error("Unsuitable value type", format!("{address}: Unsuitable value: value must be known"), None);
            return None;
        }
        match kind.build(&Settings { value: &value, around: self.sources.around }, chain.is_some()) {
            Ok(provider) => Some(Provider { stored_as, provider, chain }),
            Err(why) => {
                let detail = format!("{stored_as} failed with error: {why}");
                self.error("Unable to build encryption key data", detail, None);
                None
            }
        }
    }

    /// A value of a type. Nothing after an error.
    fn value(&mut self, address: &str, attribute: &Attribute, ty: &Type) -> Option<Value> {
        let scope = (self.sources.scope)(&format!("encryption.{address}"), attribute.span);
        let mut problems = Diagnostics::new();
        let value = fw_lang::evaluate(&attribute.expr, &*scope, &mut problems);
        let failed = problems.has_errors();
        self.told.extend(problems.into_iter().map(|problem| without_secrets(problem, address)));
        if failed {
            return None;
        }
        let problem = match convert(&value.unmark_deep().0, ty) {
            Ok(value) if value.is_wholly_known() => return Some(value),
            Ok(_) => "value must be known".to_owned(),
            Err(error) => error.to_string(),
        };
        self.error("Unsuitable value type", format!("{address}: Unsuitable value: {problem}"), None);
        None
    }

    fn bytes(&mut self, named: &Named, attribute: &Attribute) -> Option<Vec<u8>> {
        let address = format!("method.{}.{}", named.0, named.1);
        let value = self.value(&address, attribute, &Type::list(Type::Number))?;
        let byte = |value: &Value| match value.content() {
            ValueContent::Number(number) => number.to_i64().and_then(|number| u8::try_from(number).ok()),
            _ => None,
        };
        let bytes: Option<Vec<u8>> = value.elements().map(byte).collect();
        if bytes.is_none() {
            let detail = format!("{address}: Unsuitable value: numbers from 0 to 255 are required");
            self.error("Unsuitable value type", detail, None);
        }
        bytes
    }

    fn command(&mut self, named: &Named, attribute: &Attribute) -> Option<Vec<String>> {
        let address = format!("method.{}.{}", named.0, named.1);
        let value = self.value(&address, attribute, &Type::list(Type::String))?;
        let words: Vec<String> = value.elements().filter_map(Value::as_str).map(str::to_owned).collect();
        let name = &attribute.name.name;
        let why = match words.first() {
            None => format!("the {name} option is required"),
            Some(first) if first.is_empty() => format!("the first entry of {name} must not be empty"),
            Some(_) => return Some(words),
        };
        self.error("Invalid method configuration", format!("invalid method configuration: {why}"), None);
        None
    }
}

/// A problem with settings that may be secrets: their text and values are not shown.
fn without_secrets(problem: Diagnostic, address: &str) -> Diagnostic {
    let detail = format!("{address}: {}", problem.detail);
    Diagnostic { subject: None, context: None, values: Vec::new(), call: None, detail, ..problem }
}
