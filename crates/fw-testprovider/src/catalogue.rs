//! Everything this provider offers: resource types, data sources, ephemeral resources, functions.

mod declare;
mod functions;
mod kinds;
mod shapes;

use std::collections::BTreeMap;

use fw_schema::Schema;
use fw_value::{Type, Value};

use declare::{block, computed, nested, optional, schema};

/// A resource type, data source or ephemeral resource type.
#[derive(Default)]
pub(crate) struct Kind {
    pub(crate) schema: Schema,
    /// Changing these needs a new object.
    pub(crate) force_new: &'static [&'static str],
    /// What these are when nobody sets them.
    pub(crate) defaults: Vec<(&'static str, Value)>,
    /// These change whenever anything else does.
    pub(crate) on_change: &'static [&'static str],
    /// Plans and states as the old SDK makes them.
    pub(crate) legacy: bool,
    /// How its objects are named in the real world.
    pub(crate) identity: Option<Identity>,
}

/// An identity: string attributes and whether each is required for import.
pub(crate) struct Identity {
    pub(crate) version: i64,
    pub(crate) attributes: Vec<(&'static str, bool)>,
}

impl Identity {
    /// The type of its values.
    pub(crate) fn implied_type(&self) -> Type {
        Type::object(self.attributes.iter().map(|(name, _)| (*name, Type::String)))
    }
}

/// The result of a function, or why there is none and which argument is at fault.
pub(crate) type Outcome = Result<Value, (String, Option<usize>)>;

/// A function.
pub(crate) struct FunctionKind {
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) variadic: Option<Parameter>,
    pub(crate) result: Type,
    pub(crate) summary: &'static str,
    pub(crate) deprecation: &'static str,
    pub(crate) run: fn(&[Value]) -> Outcome,
}

/// A parameter of a function.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) ty: Type,
    pub(crate) allow_null: bool,
    pub(crate) allow_unknown: bool,
}

/// What there is.
pub(crate) struct Catalogue {
    pub(crate) provider: Schema,
    pub(crate) provider_meta: Schema,
    pub(crate) resources: BTreeMap<&'static str, Kind>,
    pub(crate) data_sources: BTreeMap<&'static str, Kind>,
    pub(crate) ephemeral: BTreeMap<&'static str, Kind>,
    pub(crate) functions: BTreeMap<&'static str, FunctionKind>,
    pub(crate) lists: BTreeMap<&'static str, Kind>,
    pub(crate) actions: BTreeMap<&'static str, Kind>,
}

impl Catalogue {
    /// For one protocol version: version 5 has no nested attributes.
    pub(crate) fn new(protocol: u32) -> Self {
        Self {
            provider: provider(),
            provider_meta: schema(0, block([("module_name", optional(Type::String))], [])),
            resources: kinds::resources(protocol),
            data_sources: kinds::data_sources(protocol),
            ephemeral: kinds::ephemeral(),
            functions: functions::all(),
            lists: kinds::lists(),
            actions: kinds::actions(),
        }
    }
}

fn provider() -> Schema {
    let features = block([("fast", optional(Type::Bool)), ("prefix", optional(Type::String))], []);
    let mut token = optional(Type::String);
    token.sensitive = true;
    let attributes = [
        ("cloud", optional(Type::String)),
        ("region", optional(Type::String)),
        ("script", optional(Type::String)),
        ("token", token),
    ];
    schema(0, block(attributes, [("features", nested(fw_schema::Nesting::List, features, 0, 1))]))
}

/// The attributes that every scripted kind has.
fn common() -> [(&'static str, fw_schema::Attribute); 2] {
    [("id", computed(Type::String)), ("script", optional(Type::String))]
}
