//! What a provider offers: its schemas by name, each converted when it is first asked for.
//!
//! A large provider has a thousand resource types and a plan uses ten of them, so a [`SchemaTable`] knows all names but
//! makes only the schemas somebody wants, each once.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use fw_schema::Schema;
use fw_value::{Str, Type};

/// What a provider offers.
#[derive(Debug, Default)]
pub struct ProviderSchemas {
    /// The provider's own configuration.
    pub provider: Schema,
    /// `provider_meta` in `terraform` blocks.
    pub provider_meta: Option<Schema>,
    /// Managed resource types.
    pub resources: SchemaTable<Schema>,
    /// Data sources.
    pub data_sources: SchemaTable<Schema>,
    /// Ephemeral resource types.
    pub ephemeral: SchemaTable<Schema>,
    /// Lists of resources, by the type of what they list.
    pub lists: SchemaTable<Schema>,
    /// Actions.
    pub actions: SchemaTable<Schema>,
    /// Identity schemas of managed resource types.
    pub identities: SchemaTable<IdentitySchema>,
    /// Functions.
    pub functions: SchemaTable<FunctionSignature>,
    /// What the server can do.
    pub capabilities: Capabilities,
}

impl ProviderSchemas {
    /// The schema of a managed resource type.
    #[must_use]
    pub fn resource(&self, kind: &str) -> Option<Arc<Schema>> {
        self.resources.get(kind)
    }

    /// The schema of a data source.
    #[must_use]
    pub fn data_source(&self, kind: &str) -> Option<Arc<Schema>> {
        self.data_sources.get(kind)
    }

    /// The schema of an ephemeral resource type.
    #[must_use]
    pub fn ephemeral_resource(&self, kind: &str) -> Option<Arc<Schema>> {
        self.ephemeral.get(kind)
    }

    /// The identity schema of a managed resource type.
    #[must_use]
    pub fn identity(&self, kind: &str) -> Option<Arc<IdentitySchema>> {
        self.identities.get(kind)
    }

    /// The signature of a function.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<Arc<FunctionSignature>> {
        self.functions.get(name)
    }
}

/// Makes one entry of a [`SchemaTable`], or says what is wrong with what the provider sent.
type Make<T> = Box<dyn Fn() -> Result<T, String> + Send + Sync>;

struct Entry<T> {
    made: OnceLock<Result<Arc<T>, String>>,
    make: Make<T>,
}

impl<T> Entry<T> {
    fn get(&self) -> &Result<Arc<T>, String> {
        self.made.get_or_init(|| (self.make)().map(Arc::new))
    }
}

/// Things by name, made on first use.
pub struct SchemaTable<T> {
    entries: BTreeMap<Str, Entry<T>>,
}

impl<T> Default for SchemaTable<T> {
    fn default() -> Self {
        Self { entries: BTreeMap::new() }
    }
}

impl<T> fmt::Debug for SchemaTable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.entries.keys()).finish()
    }
}

impl<T> SchemaTable<T> {
    /// Adds one that is made when it is first asked for.
    pub fn insert_lazy(&mut self, name: impl Into<Str>, make: impl Fn() -> Result<T, String> + Send + Sync + 'static) {
        self.entries.insert(name.into(), Entry { made: OnceLock::new(), make: Box::new(make) });
    }

    /// Adds one that is there already.
    pub fn insert(&mut self, name: impl Into<Str>, one: impl Into<Arc<T>>) {
        let entry = Entry {
            made: OnceLock::from(Ok(one.into())),
            make: Box::new(|| Err("made when it was inserted".to_owned())),
        };
        self.entries.insert(name.into(), entry);
    }

    /// The one of this name, if there is one and the provider described it properly.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Arc<T>> {
        self.entries.get(name)?.get().as_ref().ok().map(Arc::clone)
    }

    /// What is wrong with the one of this name; `None` when nothing is, or there is none.
    #[must_use]
    pub fn problem(&self, name: &str) -> Option<&str> {
        self.entries.get(name)?.get().as_ref().err().map(String::as_str)
    }

    /// Whether there is one of this name; does not make it.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// All names, sorted; makes nothing.
    pub fn names(&self) -> impl Iterator<Item = &Str> {
        self.entries.keys()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All that are properly described, sorted by name. Makes every one: for `providers schema`, not for plans.
    pub fn all(&self) -> impl Iterator<Item = (&Str, Arc<T>)> {
        self.entries.iter().filter_map(|(name, entry)| Some((name, Arc::clone(entry.get().as_ref().ok()?))))
    }
}

impl<T, N: Into<Str>, A: Into<Arc<T>>> FromIterator<(N, A)> for SchemaTable<T> {
    fn from_iter<I: IntoIterator<Item = (N, A)>>(all: I) -> Self {
        let mut table = Self::default();
        for (name, one) in all {
            table.insert(name, one);
        }
        table
    }
}

/// Server capabilities of the protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Wants PlanResourceChange for destroys.
    pub plan_destroy: bool,
    /// Works without GetProviderSchema being called on its process.
    pub schema_optional: bool,
    /// Implements MoveResourceState.
    pub move_resource_state: bool,
    /// Implements GenerateResourceConfig.
    pub generate_resource_config: bool,
}

/// The identity of a resource type: attributes that name an object in the real world.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IdentitySchema {
    /// Stored with each object.
    pub version: i64,
    /// By name.
    pub attributes: BTreeMap<Str, IdentityAttribute>,
}

impl IdentitySchema {
    /// The type of identity values: an object of all attributes.
    #[must_use]
    pub fn implied_type(&self) -> Type {
        Type::object(self.attributes.iter().map(|(name, a)| (Str::clone(name), a.ty.clone())))
    }
}

/// One attribute of an identity.
#[derive(Clone, Debug, PartialEq)]
pub struct IdentityAttribute {
    /// What it holds.
    pub ty: Type,
    /// Must be given to import by identity.
    pub required_for_import: bool,
    /// May be given to import by identity.
    pub optional_for_import: bool,
    /// For people.
    pub description: String,
}

/// A provider-defined function.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionSignature {
    /// Positional parameters.
    pub parameters: Vec<FunctionParameter>,
    /// Takes the rest of the arguments.
    pub variadic: Option<FunctionParameter>,
    /// The type of the result.
    pub result: Type,
    /// For people.
    pub summary: String,
    /// For people.
    pub description: String,
    /// Not empty: using it gives a warning with this text.
    pub deprecation: String,
}

/// A parameter of a provider-defined function.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionParameter {
    /// For people.
    pub name: String,
    /// What it takes.
    pub ty: Type,
    /// Null may be given.
    pub allow_null: bool,
    /// Unknown may be given.
    pub allow_unknown: bool,
    /// For people.
    pub description: String,
}
