//! Asking providers for lists, one after the other.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use fw_addr::{AbsProviderConfig, InstanceKey, Name, Resource, ResourceMode};
use fw_config::query::ListBlock;
use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_eval::{Evaluator, Expansion, Frame, ModuleScope, RepetitionData};
use fw_exec::Kinds;
use fw_lang::reference::Subject;
use fw_plan::provider_diagnostics;
use fw_provider::{ListRequest, ListedObject, Provider, ProviderSchemas};
use fw_schema::Schema;
use fw_syntax::ast::Expr;
use fw_value::convert::convert;
use fw_value::{Marks, Str, Type, Value};

use crate::order::{References, ordered};
use crate::{Found, Listing, Query, configuration};

/// How many results are wanted where nothing is said.
const LIMIT: i64 = 100;

/// The lists of a configuration.
pub(crate) struct Lists<'a> {
    pub(crate) query: &'a Query<'a>,
    pub(crate) evaluator: Evaluator<'a>,
    pub(crate) kinds: Kinds<'a>,
}

/// What references to lists mean: results by type and name.
type Results = BTreeMap<Name, BTreeMap<Name, Value>>;

/// A list with what its provider says of it.
pub(crate) struct Offered<'b> {
    pub(crate) block: &'b ListBlock,
    pub(crate) schemas: Arc<ProviderSchemas>,
    schema: Arc<Schema>,
    provider: Arc<dyn Provider>,
}

impl Lists<'_> {
    /// Asks for all of them, until something is wrong.
    pub(crate) async fn run(&self, told: &mut Diagnostics) {
        let root = self.evaluator.config().root();
        let mut references = References::new();
        for (address, block) in &root.lists {
            match self.schema(block).await {
                Ok((_, schema)) => drop(references.insert(address.clone(), block.references(&schema.block, told))),
                Err(problems) => told.append(problems),
            }
        }
        if told.has_errors() {
            return;
        }
        let mut results = Results::new();
        for address in ordered(root, &references, told) {
            if self.query.cancel.is_cancelled() || told.has_errors() {
                return;
            }
            let Some(block) = root.lists.get(&address) else { continue };
            let value = self.list(block, &results, told).await;
            results.entry(Name::clone(&block.kind)).or_default().insert(Name::clone(&block.name), value);
        }
    }

    async fn schema(&self, block: &ListBlock) -> Result<(Arc<ProviderSchemas>, Arc<Schema>), Diagnostics> {
        let schemas = self.kinds.schemas(&block.provider).await?;
        let schema = schemas.lists.get(&block.kind).ok_or_else(|| {
            let provider = block.provider.for_display();
            let detail = format!("The provider {provider} does not support list resource type \"{}\".", block.kind);
            Diagnostic::error("Invalid list resource type", detail).at(block.kind_span)
        })?;
        Ok((schemas, schema))
    }

    /// All instances of a block; what references to it mean.
    async fn list(&self, block: &ListBlock, results: &Results, told: &mut Diagnostics) -> Value {
        let frame = self.evaluator.root();
        let answers = Arc::new(answers(results));
        let scope = |repetition| self.evaluator.scope(&frame, repetition).with_answers(Some(Arc::clone(&answers)));
        let expansion = Expansion::evaluate(&block.repetition, &scope(RepetitionData::default()), false, told);
        let offered = match self.offered(block, &frame, told).await {
            Ok(Some(offered)) => offered,
            Ok(None) => return Value::dynamic(),
            Err(problems) => {
                told.append(problems);
                return Value::dynamic();
            }
        };
        let Some(expansion) = expansion else { return Value::dynamic() };
        let mut values = Vec::new();
        for (key, repetition) in expansion.instances() {
            let scope = scope(repetition);
            let found = self.instance(&offered, key.as_ref(), &scope, told).await;
            values.push((key, as_value(&found)));
            if told.has_errors() {
                break;
            }
        }
        whole(&expansion, values)
    }

    /// A list with its provider, configured. Without, what is wrong has been told.
    async fn offered<'b>(
        &self,
        block: &'b ListBlock,
        frame: &Rc<Frame>,
        told: &mut Diagnostics,
    ) -> Result<Option<Offered<'b>>, Diagnostics> {
        let (schemas, schema) = self.schema(block).await?;
        let config = self.evaluator.config().resolve_provider(&frame.module.path, &block.provider_config);
        if self.kinds.configured(&config).is_none() {
            self.configure(&config, frame, &schemas, told).await?;
        }
        let Some(provider) = self.kinds.configured(&config) else { return Ok(None) };
        Ok(Some(Offered { block, schemas, schema, provider }))
    }

    async fn configure(
        &self,
        config: &AbsProviderConfig,
        frame: &Rc<Frame>,
        schemas: &ProviderSchemas,
        told: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let schema = &schemas.provider.block;
        let mut found = Diagnostics::new();
        let element = (config.clone(), RepetitionData::default());
        let value = self.evaluator.provider_value(&element, frame, schema, &mut found);
        let value = value.unwrap_or_else(|| fw_provider::empty_block(schema));
        let failed = found.has_errors();
        told.append(found);
        if failed {
            return Ok(());
        }
        let said = self.kinds.configure(config, value).await?;
        let body = self.evaluator.config().provider_block(config).map(|block| &block.body);
        told.append(provider_diagnostics(said, body, Some(schema), &config.to_string()));
        Ok(())
    }

    async fn instance(
        &self,
        offered: &Offered<'_>,
        key: Option<&InstanceKey>,
        scope: &ModuleScope<'_, '_>,
        told: &mut Diagnostics,
    ) -> Vec<Found> {
        let block = offered.block;
        let key_text = key.map_or_else(String::new, ToString::to_string);
        let listing = Listing { address: format!("{}{key_text}", block.address()), kind: Name::clone(&block.kind) };
        let Some((request, shown)) = self.request(offered, scope, told) else { return Vec::new() };
        let kind = Str::clone(&request.kind);
        let (include, limit) = (Value::bool(request.include_resource), Value::number(request.limit));
        let said = offered.provider.validate_list(&kind, request.config.clone(), include, limit).await;
        let place =
            |said| provider_diagnostics(said, Some(&block.config), Some(&offered.schema.block), &listing.address);
        let said = place(said.diagnostics);
        let failed = said.has_errors();
        told.append(said);
        if failed {
            return Vec::new();
        }
        self.query.view.started(&listing, &shown);
        let answer = offered.provider.list(request).await;
        told.append(place(answer.diagnostics));
        let objects = answer.value.unwrap_or_default().into_iter().enumerate();
        let mut found = Vec::new();
        for (index, object) in objects {
            found.push(self.found(offered, &configuration::name_of(block, key, index), object, told).await);
        }
        self.query.view.completed(&listing, &found);
        found
    }

    /// What the provider is asked, and what of its configuration may be shown. Nothing where it cannot be evaluated.
    fn request(
        &self,
        offered: &Offered<'_>,
        scope: &ModuleScope<'_, '_>,
        told: &mut Diagnostics,
    ) -> Option<(ListRequest, Value)> {
        let block = offered.block;
        let mut found = Diagnostics::new();
        let schema = &offered.schema.block;
        let config = fw_exec::marked(schema, self.evaluator.body(&block.config, schema, scope, &mut found));
        let shown = without_secrets(&config);
        let config = config.unmark_deep().0;
        if !found.has_errors() && !config.is_wholly_known() {
            found.push(unknown("config", block.span));
        }
        let include = block.include_resource.as_deref();
        let include = include.map(|expr| argument(expr, "include_resource", &Type::Bool, scope, &mut found));
        let include = include.and_then(|value| value.as_bool()).unwrap_or(false);
        let limit = block.limit.as_deref().map(|expr| argument(expr, "limit", &Type::Number, scope, &mut found));
        let limit = limit.and_then(|value| value.as_number()?.to_i64()).unwrap_or(LIMIT);
        if limit < 0 {
            let span = block.limit.as_deref().map_or(block.span, |expr| expr.span);
            let detail = "The value of \"limit\" must not be negative.";
            found.push(Diagnostic::error("Invalid limit argument", detail).at(span));
        }
        let failed = found.has_errors();
        told.append(found);
        let include_resource = include || self.query.generate;
        let kind = Str::clone(&block.kind);
        (!failed).then_some((ListRequest { kind, config, include_resource, limit }, shown))
    }

    async fn found(&self, offered: &Offered<'_>, name: &str, listed: ListedObject, told: &mut Diagnostics) -> Found {
        let kind = &offered.block.kind;
        let version = offered.schemas.identity(kind).map_or(0, |schema| schema.version);
        let mut configuration = None;
        if let Some(object) = listed.object.as_ref().filter(|_| self.query.generate) {
            let resource = Resource { mode: ResourceMode::Managed, kind: Name::clone(kind), name: name.into() };
            let object = self.configurable(offered, object, told).await;
            configuration = configuration::write(offered, &resource, &object, &listed.identity);
        }
        Found {
            display_name: listed.display_name,
            identity: listed.identity,
            identity_version: version,
            object: listed.object,
            configuration,
        }
    }

    /// What of an object can be configured, where its provider says that.
    async fn configurable(&self, offered: &Offered<'_>, object: &Value, told: &mut Diagnostics) -> Value {
        if !offered.schemas.capabilities.generate_resource_config {
            return object.clone();
        }
        let kind = Str::clone(&offered.block.kind);
        let answer = offered.provider.generate_config(&kind, object.clone()).await;
        told.append(provider_diagnostics(answer.diagnostics, None, None, &offered.block.address()));
        answer.value.unwrap_or_else(|| object.clone())
    }
}

/// The arguments that are neither sensitive nor ephemeral, in no part of them.
fn without_secrets(config: &Value) -> Value {
    let is_plain = |value: &Value| value.marks_deep() == Marks::NONE;
    let plain = config.string_entries().filter(|(_, value)| is_plain(value));
    Value::object(plain.map(|(name, value)| (Str::clone(name), value.clone())).collect::<Vec<_>>())
}

/// The value of an argument, of its type. With errors, an unknown one.
fn argument(expr: &Expr, name: &str, ty: &Type, scope: &ModuleScope<'_, '_>, told: &mut Diagnostics) -> Value {
    let before = told.len();
    let value = fw_lang::evaluate(expr, scope, told).unmark_deep().0;
    if told.iter().skip(before).any(Diagnostic::is_error) {
        return Value::unknown(ty.clone());
    }
    if !value.is_known() {
        told.push(unknown(name, expr.span));
        return value;
    }
    convert(&value, ty).unwrap_or_else(|error| {
        let detail = format!("The value of \"{name}\" is not suitable: {error}.");
        told.push(Diagnostic::error(format!("Invalid {name} argument"), detail).at(expr.span));
        Value::unknown(ty.clone())
    })
}

fn unknown(name: &str, span: Span) -> Diagnostic {
    let detail = format!("The value of \"{name}\" of a list block must be known when the query is run.");
    Diagnostic::error(format!("Invalid {name} argument"), detail).at(span)
}

/// What references to lists of each type mean.
fn answers(results: &Results) -> BTreeMap<Subject, Value> {
    let one = |(kind, by_name): (&Name, &BTreeMap<Name, Value>)| {
        let resource = Resource { mode: ResourceMode::Managed, kind: "list".into(), name: Name::clone(kind) };
        (Subject::Resource(resource), Value::object(by_name.clone()))
    };
    results.iter().map(one).collect()
}

/// What a reference to one instance means.
fn as_value(found: &[Found]) -> Value {
    let one = |found: &Found| {
        Value::object([
            ("display_name", Value::string(&found.display_name)),
            ("identity", found.identity.clone()),
            ("state", found.object.clone().unwrap_or_else(|| Value::null(Type::Dynamic))),
        ])
    };
    Value::object([("data", Value::tuple(found.iter().map(one)))])
}

/// What a reference to all instances means.
fn whole(expansion: &Expansion, values: Vec<(Option<InstanceKey>, Value)>) -> Value {
    match expansion {
        Expansion::ForEach(_) => {
            let entry = |(key, value)| match key {
                Some(InstanceKey::String(key)) => Some((key, value)),
                Some(InstanceKey::Int(_)) | None => None,
            };
            Value::object(values.into_iter().filter_map(entry).collect::<Vec<_>>())
        }
        Expansion::Count(_) => Value::tuple(values.into_iter().map(|(_, value)| value)),
        _ => values.into_iter().next().map_or_else(Value::dynamic, |(_, value)| value),
    }
}
