//! Providers while something is planned or applied: their schemas, and those that are configured.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use foldhash::HashMap;
use fw_addr::{AbsProviderConfig, AbsResourceInstance, ConfigResource, Resource, ResourceMode};
use fw_config::{Config, Module};
use fw_diag::{Diagnostic, Diagnostics, Severity, Span};
use fw_eval::Phase;
use fw_provider::{Provider, ProviderDiagnostics, ProviderSchemas, Providers};
use fw_schema::{Block, Schema};
use fw_syntax::Body;
use fw_value::{Marks, PathMarks, Str, Type, Value};

use crate::Basis;

/// What one needs to know to work with objects of a resource.
#[derive(Clone)]
pub struct Kind {
    /// The resource type.
    pub name: Str,
    /// Its schema.
    pub schema: Arc<Schema>,
    /// All that its provider offers.
    pub schemas: Arc<ProviderSchemas>,
    /// The provider, configured.
    pub provider: Arc<dyn Provider>,
    /// The configuration of the provider.
    pub config: AbsProviderConfig,
    /// The configuration of the resource, where there is one.
    pub body: Option<Body>,
    /// What the module tells the provider by `provider_meta`.
    pub meta: Option<Value>,
}

impl Kind {
    /// The value with the marks the schema gives it beside its own.
    #[must_use]
    pub fn marked(&self, value: Value) -> Value {
        marked(&self.schema.block, value)
    }

    /// The null of the schema's type.
    #[must_use]
    pub fn null(&self) -> Value {
        Value::null(self.schema.implied_type())
    }

    /// What is known of an object of which nothing is.
    #[must_use]
    pub fn unknown(&self) -> Value {
        Value::unknown(self.schema.implied_type())
    }

    /// The type of identities and the version of their schema, where the type has any.
    #[must_use]
    pub fn identity(&self) -> Option<(Type, u64)> {
        let schema = self.schemas.identity(&self.name)?;
        Some((schema.implied_type(), u64::try_from(schema.version).unwrap_or(0)))
    }
}

/// The value with the marks a schema gives it beside its own.
#[must_use]
pub fn marked(schema: &Block, value: Value) -> Value {
    let paths = schema.sensitive_paths(&value).into_iter();
    let paths: Vec<_> = paths.map(|path| PathMarks { path, marks: Marks::SENSITIVE }).collect();
    value.mark_with_paths(&paths)
}

/// The providers of one plan or apply.
pub struct Kinds<'a> {
    config: &'a Config,
    providers: &'a dyn Providers,
    /// Only for its own sake the configuration is looked at.
    validating: bool,
    schemas: RefCell<HashMap<fw_addr::Provider, Arc<ProviderSchemas>>>,
    configured: RefCell<HashMap<AbsProviderConfig, Arc<dyn Provider>>>,
}

impl<'a> Kinds<'a> {
    /// None is configured yet.
    #[must_use]
    pub fn new(basis: &Basis<'a>, phase: Phase) -> Self {
        Self {
            config: basis.config,
            providers: basis.providers,
            validating: phase == Phase::Validate,
            schemas: RefCell::default(),
            configured: RefCell::default(),
        }
    }

    /// The schemas of a provider.
    ///
    /// # Errors
    /// When the provider can't be started, or does not tell them.
    pub async fn schemas(&self, provider: &fw_addr::Provider) -> Result<Arc<ProviderSchemas>, Diagnostics> {
        if let Some(known) = self.schemas.borrow().get(provider) {
            return Ok(Arc::clone(known));
        }
        let schemas = self.providers.schemas(provider).await?;
        self.schemas.borrow_mut().insert(provider.clone(), Arc::clone(&schemas));
        Ok(schemas)
    }

    /// The schema of a resource type; `span` is where the configuration names it.
    ///
    /// # Errors
    /// As [`Self::schemas`], and when the provider has no such type.
    pub async fn schema(
        &self,
        provider: &fw_addr::Provider,
        resource: &Resource,
        span: Option<Span>,
    ) -> Result<Arc<Schema>, Diagnostics> {
        let schemas = self.schemas(provider).await?;
        let (found, what) = match resource.mode {
            ResourceMode::Managed => (schemas.resource(&resource.kind), "resource type"),
            ResourceMode::Data => (schemas.data_source(&resource.kind), "data source"),
            ResourceMode::Ephemeral => (schemas.ephemeral_resource(&resource.kind), "ephemeral resource"),
        };
        found.ok_or_else(|| {
            let detail =
                format!("The provider {} does not support {what} \"{}\".", provider.for_display(), resource.kind);
            let diagnostic = Diagnostic::error(format!("Invalid {what}"), detail);
            span.map_or(diagnostic.clone(), |span| diagnostic.at(span)).into()
        })
    }

    /// The provider of a configuration, once it is configured.
    #[must_use]
    pub fn configured(&self, config: &AbsProviderConfig) -> Option<Arc<dyn Provider>> {
        self.configured.borrow().get(config).map(Arc::clone)
    }

    /// All that is needed for a resource; `None` where its provider is not configured. `span` is where the configuration
    /// names the resource type.
    ///
    /// # Errors
    /// As [`Self::schema`], and when `provider_meta` of the module is wrong.
    pub async fn kind(
        &self,
        place: &ConfigResource,
        config: &AbsProviderConfig,
        span: Option<Span>,
    ) -> Result<Option<Kind>, Diagnostics> {
        let schema = self.schema(&config.provider, &place.resource, span).await?;
        let schemas = self.schemas(&config.provider).await?;
        let Some(provider) = self.configured(config) else { return Ok(None) };
        let module = self.config.modules.get(&place.module);
        let body = module.and_then(|m| m.resources.get(&place.resource)).map(|block| block.body.clone());
        let meta = match module {
            Some(module) if !self.validating => provider_meta(module, &config.provider, &schemas)?,
            Some(_) | None => None,
        };
        let name = Str::clone(&place.resource.kind);
        Ok(Some(Kind { name, schema, schemas, provider, config: config.clone(), body, meta }))
    }

    /// The same for one instance, for which something else than the provider may do the work.
    #[must_use]
    pub fn of_instance<'k>(&self, kind: &'k Kind, instance: &AbsResourceInstance) -> Cow<'k, Kind> {
        match self.providers.stand_in(instance, &kind.provider) {
            None => Cow::Borrowed(kind),
            Some(provider) => Cow::Owned(Kind { provider, ..kind.clone() }),
        }
    }

    /// Makes a provider ready with a configuration, or one that has it already. Returns what it said; with errors, it is not
    /// ready.
    ///
    /// # Errors
    /// When the provider can't be started.
    pub async fn configure(
        &self,
        config: &AbsProviderConfig,
        value: Value,
    ) -> Result<ProviderDiagnostics, Diagnostics> {
        // What comes from ephemeral resources ends with them.
        let lasts = !value.has_mark_deep(Marks::EPHEMERAL);
        let value = value.unmark_deep().0;
        if !self.validating
            && let Some((provider, told)) = self.providers.again(config, &value)
        {
            self.configured.borrow_mut().insert(config.clone(), provider);
            return Ok(told);
        }
        let provider = self.providers.start(config).await?;
        let failed = |told: &ProviderDiagnostics| told.iter().any(|one| one.severity == Severity::Error);
        let mut told = provider.validate_provider(value.clone()).await.diagnostics;
        if !self.validating && !failed(&told) {
            told.extend(provider.configure(value.clone()).await.diagnostics);
            if !failed(&told) && lasts {
                self.providers.configured(config, &value, &told);
            }
        }
        if !failed(&told) {
            self.configured.borrow_mut().insert(config.clone(), provider);
        }
        Ok(told)
    }

    /// Lets one of the elements of a configuration with `for_each` stand for all of them, where only schemas matter. One that
    /// is not configured does where there are none. A configuration without elements stands for itself.
    ///
    /// # Errors
    /// When that can't be started.
    pub async fn represent(
        &self,
        whole: &AbsProviderConfig,
        by: Option<&AbsProviderConfig>,
    ) -> Result<(), Diagnostics> {
        if by == Some(whole) {
            return Ok(());
        }
        let provider = match by.and_then(|by| self.configured(by)) {
            Some(provider) => provider,
            None => self.providers.start(whole).await?,
        };
        self.configured.borrow_mut().insert(whole.clone(), provider);
        Ok(())
    }

    /// The same kind with another element of its provider configuration; nothing if that is not there.
    #[must_use]
    pub fn with_element(&self, kind: &Kind, config: AbsProviderConfig) -> Option<Kind> {
        let provider = self.configured(&config)?;
        Some(Kind { provider, config, ..kind.clone() })
    }

    /// All providers that are configured.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<dyn Provider>> {
        self.configured.borrow().values().map(Arc::clone).collect()
    }
}

/// What a module tells a provider about itself.
fn provider_meta(
    module: &Module,
    provider: &fw_addr::Provider,
    schemas: &ProviderSchemas,
) -> Result<Option<Value>, Diagnostics> {
    let Some(body) = module.provider_meta.get(provider) else { return Ok(None) };
    let none = Schema::default();
    let schema = schemas.provider_meta.as_ref().unwrap_or(&none);
    let mut told = Diagnostics::new();
    let value = fw_lang::decode(body, &schema.block, fw_lang::constants(), &mut told);
    if told.has_errors() { Err(told) } else { Ok(Some(value.unmark_deep().0)) }
}
