//! Providers while something is planned or applied: their schemas, and those that are configured.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use fw_addr::{AbsProviderConfig, Resource, ResourceMode};
use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_provider::{Provider, ProviderSchemas, Providers};
use fw_schema::{Block, Schema};
use fw_syntax::Body;
use fw_value::{Marks, PathMarks, Str, Type, Value};

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
    providers: &'a dyn Providers,
    schemas: RefCell<HashMap<fw_addr::Provider, Arc<ProviderSchemas>>>,
    configured: RefCell<HashMap<AbsProviderConfig, Arc<dyn Provider>>>,
}

impl<'a> Kinds<'a> {
    /// None is configured yet.
    #[must_use]
    pub fn new(providers: &'a dyn Providers) -> Self {
        Self { providers, schemas: RefCell::default(), configured: RefCell::default() }
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

    /// Keeps a provider that was configured.
    pub fn keep(&self, config: &AbsProviderConfig, provider: Arc<dyn Provider>) {
        self.configured.borrow_mut().insert(config.clone(), provider);
    }

    /// All providers that are configured.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<dyn Provider>> {
        self.configured.borrow().values().map(Arc::clone).collect()
    }
}
