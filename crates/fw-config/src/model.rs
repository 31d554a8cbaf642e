//! The model: what each block of a module declares.

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_addr::{ConfigResource, LocalProviderConfig, ModuleInstance, ModulePath, Name, Provider, Resource};
use fw_diag::{Diagnostics, Span};
use fw_lang::reference::{Reference, Subject};
use fw_syntax::Body;
use fw_syntax::ast::Expr;
use fw_value::{Type, Value};
use indexmap::IndexMap;

use crate::query::ListBlock;
use crate::source::ModuleSource;
use crate::testing::Tests;

/// The whole tree of modules, the root and all called ones.
#[derive(Clone, Debug)]
pub struct Config {
    /// Modules by path; the root is always there.
    pub modules: BTreeMap<ModulePath, Arc<Module>>,
    /// The tests, where they were read with it.
    pub tests: Arc<Tests>,
    /// What single instances of modules are instead, by addresses in which missing keys stand for all; the first counts.
    pub instead: Vec<(ModuleInstance, Arc<Module>)>,
}

/// One module: all its files read and merged.
#[derive(Clone, Debug)]
pub struct Module {
    /// Where it stands in the tree.
    pub path: ModulePath,
    /// The directory it was read from, as `path.module` gives it.
    pub directory: String,
    /// The source address it is called by; empty for the root.
    pub source: String,
    /// `terraform { required_version }` constraints.
    pub required_versions: Vec<(String, Span)>,
    /// `terraform { backend }`, in the root only.
    pub backend: Option<Backend>,
    /// `terraform { encryption }`, which counts in the root only; those of override files are laid over the first.
    pub encryption: Vec<Encryption>,
    /// Where `terraform { cloud }` is written.
    pub cloud: Option<Span>,
    /// `terraform { required_providers }` and implied ones, by local name.
    pub required_providers: BTreeMap<Name, RequiredProvider>,
    /// `provider` blocks by local name and alias.
    pub providers: BTreeMap<LocalProviderConfig, ProviderBlock>,
    /// `terraform { provider_meta }` bodies.
    pub provider_meta: BTreeMap<Provider, Body>,
    /// `variable` blocks.
    pub variables: BTreeMap<Name, Variable>,
    /// All `locals`.
    pub locals: BTreeMap<Name, LocalValue>,
    /// `output` blocks.
    pub outputs: BTreeMap<Name, Output>,
    /// `module` blocks with a source that can be understood.
    pub calls: BTreeMap<Name, ModuleCall>,
    /// Whether there are `module` blocks, of whatever source.
    pub has_calls: bool,
    /// `list` blocks, where query files were read, by address.
    pub lists: BTreeMap<String, ListBlock>,
    /// `resource`, `data` and `ephemeral` blocks, also the `data` nested in `check`.
    pub resources: Resources,
    /// `moved` blocks.
    pub moved: Vec<Moved>,
    /// `removed` blocks.
    pub removed: Vec<Removed>,
    /// `import` blocks, in the root only.
    pub imports: Vec<Import>,
    /// `check` blocks.
    pub checks: BTreeMap<Name, Check>,
    /// What is wrong but said only once all modules could be read.
    pub deferred: Diagnostics,
}

/// `backend "kind" { … }`.
#[derive(Clone, Debug)]
pub struct Backend {
    /// The label.
    pub kind: Name,
    /// Its settings.
    pub body: Body,
    /// The header.
    pub span: Span,
}

/// `encryption { … }`.
#[derive(Clone, Debug)]
pub struct Encryption {
    /// Its settings.
    pub body: Body,
    /// The header.
    pub span: Span,
}

/// A provider a module needs.
#[derive(Clone, Debug)]
pub struct RequiredProvider {
    /// The local name.
    pub name: Name,
    /// The global name.
    pub source: Provider,
    /// Version constraints as written, each with its place.
    pub constraints: Vec<(String, Span)>,
    /// Configurations that the caller must pass.
    pub configuration_aliases: Vec<LocalProviderConfig>,
    /// Where it is declared; `None` when only implied by use.
    pub span: Option<Span>,
}

/// `provider "name" { … }`.
#[derive(Clone, Debug)]
pub struct ProviderBlock {
    /// Local name and alias.
    pub address: LocalProviderConfig,
    /// Arguments for the provider.
    pub body: Body,
    /// `for_each`: a configuration per element.
    pub for_each: Option<Arc<Expr>>,
    /// Deprecated `version`, which counts as a constraint.
    pub version: Option<(String, Span)>,
    /// The header.
    pub span: Span,
    /// Of a block that stands in a test file: what its references mean, instead of what they mean in the module.
    pub answers: Option<Arc<BTreeMap<Subject, Value>>>,
}

/// `variable "name" { … }`.
#[derive(Clone, Debug)]
pub struct Variable {
    /// The name.
    pub name: Name,
    /// For people.
    pub description: Option<String>,
    /// The type constraint; [`Type::Dynamic`] without one.
    pub ty: Type,
    /// Defaults of `optional()` attributes within the type.
    pub type_defaults: Option<Arc<fw_value::convert::Defaults>>,
    /// The default, converted; `None` when a value must be given.
    pub default: Option<Value>,
    /// `validation` blocks.
    pub validations: Vec<CheckRule>,
    /// Must not be shown.
    pub sensitive: bool,
    /// Must not be stored.
    pub ephemeral: bool,
    /// Whether null may be given (default true).
    pub nullable: bool,
    /// Whether command-line text is an HCL expression (complex types) and not the string itself.
    pub parse_as_hcl: bool,
    /// The header.
    pub span: Span,
}

/// One name of a `locals` block.
#[derive(Clone, Debug)]
pub struct LocalValue {
    /// The name.
    pub name: Name,
    /// Its value.
    pub expr: Arc<Expr>,
    /// The attribute.
    pub span: Span,
}

/// `output "name" { … }`.
#[derive(Clone, Debug)]
pub struct Output {
    /// The name.
    pub name: Name,
    /// For people.
    pub description: Option<String>,
    /// Its value.
    pub expr: Arc<Expr>,
    /// Extra dependencies.
    pub depends_on: Vec<Reference>,
    /// Must not be shown.
    pub sensitive: bool,
    /// Must not be stored.
    pub ephemeral: bool,
    /// `precondition` blocks.
    pub preconditions: Vec<CheckRule>,
    /// The header.
    pub span: Span,
}

/// A condition that must hold: `validation`, `precondition`, `postcondition`, `assert`.
#[derive(Clone, Debug)]
pub struct CheckRule {
    /// Must be true.
    pub condition: Arc<Expr>,
    /// Told when it is not.
    pub error_message: Arc<Expr>,
    /// The block.
    pub span: Span,
}

/// How often a resource or module is there.
#[derive(Clone, Debug)]
pub enum Repetition {
    /// Once, without a key.
    Single,
    /// `count`
    Count(Arc<Expr>),
    /// `for_each`
    ForEach(Arc<Expr>),
    /// `lifecycle { enabled }`: once without a key, or not at all.
    Enabled(Arc<Expr>),
}

/// `module "name" { … }`.
#[derive(Clone, Debug)]
pub struct ModuleCall {
    /// The name.
    pub name: Name,
    /// The source as written.
    pub source: String,
    /// The source, understood.
    pub address: ModuleSource,
    /// Where the source is written.
    pub source_span: Span,
    /// Version constraint as written, for registry sources.
    pub version: Option<(String, Span)>,
    /// What of source and version is found out only while modules are read.
    pub late: Option<Arc<LateCall>>,
    /// Arguments: the variables of the called module.
    pub body: Body,
    /// How often.
    pub repetition: Repetition,
    /// Extra dependencies.
    pub depends_on: Vec<Reference>,
    /// The first of `depends_on`; set also when the list is empty.
    pub depends_on_span: Option<Span>,
    /// `providers = { … }`.
    pub providers: Vec<PassedProvider>,
    /// The header.
    pub span: Span,
}

/// A source or a version that is no constant.
#[derive(Clone, Debug)]
pub struct LateCall {
    /// The source.
    pub source: Option<Arc<Expr>>,
    /// The version.
    pub version: Option<Arc<Expr>>,
    /// What is wrong with them where only constants are allowed.
    pub problems: Diagnostics,
}

/// One pair of a call's `providers` map.
#[derive(Clone, Debug)]
pub struct PassedProvider {
    /// The name inside the called module.
    pub inside: LocalProviderConfig,
    /// Where that is written.
    pub inside_span: Span,
    /// The name in the calling module.
    pub outside: LocalProviderConfig,
    /// Where that is written.
    pub outside_span: Span,
    /// Which of its elements, where it has `for_each`.
    pub key: Option<Arc<Expr>>,
    /// The pair.
    pub span: Span,
}

/// `resource`, `data` or `ephemeral` block.
#[derive(Clone, Debug)]
pub struct ResourceBlock {
    /// Mode, type and name.
    pub resource: Resource,
    /// The provider configuration as the module names it (explicit, or the default of the type's prefix).
    pub provider_config: LocalProviderConfig,
    /// Which of its elements, where it has `for_each`.
    pub provider_key: Option<Arc<Expr>>,
    /// The provider.
    pub provider: Provider,
    /// Where `provider = …` is written.
    pub provider_span: Option<Span>,
    /// How often.
    pub repetition: Repetition,
    /// Extra dependencies.
    pub depends_on: Vec<Reference>,
    /// The first of `depends_on`; set also when the list is empty.
    pub depends_on_span: Option<Span>,
    /// Arguments for the provider; the meta-arguments are taken out.
    pub body: Body,
    /// `lifecycle`.
    pub lifecycle: Lifecycle,
    /// `provisioner` blocks in order.
    pub provisioners: Vec<Provisioner>,
    /// `connection` block of the resource.
    pub connection: Option<Body>,
    /// The `check` block it is nested in.
    pub check: Option<Name>,
    /// The label that names the type.
    pub kind_span: Span,
    /// The header.
    pub span: Span,
}

/// The resources of a module in the order of their addresses, found by hash.
pub type Resources = IndexMap<Resource, Arc<ResourceBlock>, foldhash::fast::RandomState>;

/// `lifecycle { … }`.
#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    /// `None` when not written.
    pub create_before_destroy: Option<bool>,
    /// Plans that would destroy it are errors.
    pub prevent_destroy: bool,
    /// Where `prevent_destroy` is written.
    pub prevent_destroy_span: Option<Span>,
    /// Attributes whose configuration is ignored after creation.
    pub ignore_changes: Vec<fw_syntax::ast::Traversal>,
    /// `ignore_changes = all`.
    pub ignore_all_changes: bool,
    /// Expressions whose change replaces it.
    pub replace_triggered_by: Vec<Expr>,
    /// `precondition` blocks.
    pub preconditions: Vec<CheckRule>,
    /// `postcondition` blocks.
    pub postconditions: Vec<CheckRule>,
}

/// `provisioner "kind" { … }`.
#[derive(Clone, Debug)]
pub struct Provisioner {
    /// The label.
    pub kind: Name,
    /// Its arguments.
    pub body: Body,
    /// `connection` block within it.
    pub connection: Option<Body>,
    /// When it runs.
    pub when: When,
    /// What its failure does.
    pub on_failure: OnFailure,
    /// The header.
    pub span: Span,
}

/// When a provisioner runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// After creation.
    Create,
    /// Before destruction.
    Destroy,
}

/// What the failure of a provisioner does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// Taints or keeps the object.
    Fail,
    /// Is only told.
    Continue,
}

/// `moved { … }`, in the module it is written in.
#[derive(Clone, Debug)]
pub struct Moved {
    /// Old address.
    pub from: MovedEndpoint,
    /// New address.
    pub to: MovedEndpoint,
    /// The block.
    pub span: Span,
}

/// An address relative to the module the block is in. Instance keys may be left out: then it means all instances.
#[derive(Clone, Debug, PartialEq)]
pub enum MovedEndpoint {
    /// `module.a` or `module.a["x"].module.b`
    Module(ModuleInstance),
    /// A resource or one instance of it.
    Resource(ModuleInstance, Resource, Option<fw_addr::InstanceKey>),
}

/// `removed { … }`.
#[derive(Clone, Debug)]
pub struct Removed {
    /// What is no longer managed, relative to the module the block is in; never with keys.
    pub from: MovedEndpoint,
    /// Whether the real object is destroyed (default true).
    pub destroy: bool,
    /// Destroy-time provisioners.
    pub provisioners: Vec<Provisioner>,
    /// How they connect.
    pub connection: Option<Body>,
    /// The block.
    pub span: Span,
}

/// `import { … }`.
#[derive(Clone, Debug)]
pub struct Import {
    /// The address expression: a resource instance whose key may use `each`.
    pub to: Arc<Expr>,
    /// The resource `to` names, without keys.
    pub target: ConfigResource,
    /// The id.
    pub id: Option<Arc<Expr>>,
    /// The identity, instead of the id.
    pub identity: Option<Arc<Expr>>,
    /// One import per element.
    pub for_each: Option<Arc<Expr>>,
    /// The provider configuration.
    pub provider: Option<LocalProviderConfig>,
    /// Where it is written.
    pub provider_span: Option<Span>,
    /// The block.
    pub span: Span,
}

/// `check "name" { … }`.
#[derive(Clone, Debug)]
pub struct Check {
    /// The name.
    pub name: Name,
    /// The nested data source.
    pub data: Option<Resource>,
    /// `assert` blocks.
    pub asserts: Vec<CheckRule>,
    /// The header.
    pub span: Span,
}

impl Config {
    /// The root module.
    #[must_use]
    pub fn root(&self) -> &Module {
        &self.modules[&ModulePath::root()]
    }
}
