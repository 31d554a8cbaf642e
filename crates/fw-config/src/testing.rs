//! Tests of a configuration: what the files `*.tftest.hcl` and `*.tftest.json` say. Nothing is evaluated here but the
//! constants of mocks.

mod providers;
mod read;

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_addr::{AbsResourceInstance, LocalProviderConfig, ModulePath, Name, ResourceMode, Target};
use fw_diag::Span;
use fw_lang::reference::Reference;
use fw_syntax::ast::Expr;
use fw_value::Value;

use crate::model::{CheckRule, Config, ModuleCall, MovedEndpoint, PassedProvider, ProviderBlock};

pub use providers::mismatches;
pub use read::{installed_modules, read};

pub use crate::validate::check_references;

/// Where test files are besides the root module's directory, if nobody says otherwise.
pub const TEST_DIRECTORY: &str = "tests";

/// All tests of a configuration.
#[derive(Clone, Debug, Default)]
pub struct Tests {
    /// The files by path.
    pub files: BTreeMap<String, TestFile>,
    /// The modules that runs execute instead of the configuration, by [`TestFile::module_path`].
    pub modules: BTreeMap<ModulePath, Config>,
}

impl Tests {
    /// The modules that runs execute: where they are installed, and the calls.
    pub fn calls(&self) -> impl Iterator<Item = (ModulePath, &ModuleCall)> {
        self.files
            .values()
            .flat_map(|file| file.runs.iter().filter_map(|run| Some((file.module_path(run), run.module.as_ref()?))))
    }
}

/// One test file.
#[derive(Clone, Debug)]
pub struct TestFile {
    /// Its path.
    pub path: String,
    /// `variables`
    pub variables: BTreeMap<Name, TestVariable>,
    /// `provider` and `mock_provider` blocks.
    pub providers: BTreeMap<LocalProviderConfig, TestProvider>,
    /// `override_…` blocks.
    pub overrides: Vec<Override>,
    /// `run` blocks in order.
    pub runs: Vec<Run>,
}

impl TestFile {
    /// What a run's own module is installed as: `test.tests.main.setup`.
    #[must_use]
    pub fn module_path(&self, run: &Run) -> ModulePath {
        ModulePath::root().child(&self.dotted_name()).child(&run.name)
    }

    /// The file as a name with dots: `test.tests.main`.
    #[must_use]
    pub fn dotted_name(&self) -> String {
        let name = SUFFIXES.iter().find_map(|suffix| self.path.strip_suffix(suffix));
        format!("test.{}", name.unwrap_or(&self.path).replace('/', "."))
    }
}

/// The value of a variable.
#[derive(Clone, Debug)]
pub struct TestVariable {
    /// The value.
    pub expr: Arc<Expr>,
    /// Where the name is written.
    pub span: Span,
}

/// `provider "name" { … }` or `mock_provider "name" { … }`.
#[derive(Clone, Debug)]
pub struct TestProvider {
    /// The configuration; of a mock it is empty.
    pub block: ProviderBlock,
    /// What the mock makes up.
    pub mock: Option<Arc<Mock>>,
    /// Where files with more of it are, until they are read.
    pub(crate) mock_source: Option<(String, Span)>,
    /// Where the name is written.
    pub(crate) name_span: Span,
}

/// What a mocked provider makes up.
#[derive(Clone, Debug, Default)]
pub struct Mock {
    /// Whether that is known in plans.
    pub during: During,
    /// By kind of resource.
    pub types: BTreeMap<(ResourceMode, Name), MockType>,
    /// By address.
    pub overrides: Vec<Override>,
}

/// `mock_resource "type" { … }` or `mock_data "type" { … }`.
#[derive(Clone, Debug)]
pub struct MockType {
    /// Values of computed attributes: an object.
    pub defaults: Value,
    /// Where they are written.
    pub defaults_span: Option<Span>,
    /// Whether they are known in plans.
    pub during: Option<During>,
    /// The header.
    pub span: Span,
}

/// When values that are made up are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum During {
    /// Not before the apply.
    #[default]
    Apply,
    /// In the plan already.
    Plan,
}

/// `override_resource`, `override_data` or `override_module`.
#[derive(Clone, Debug)]
pub struct Override {
    /// What is overridden.
    pub target: MovedEndpoint,
    /// Its computed attributes, or the module's outputs: an object.
    pub values: Value,
    /// Whether they are known in plans; `None` where nothing is said.
    pub during: Option<During>,
    /// The header.
    pub span: Span,
    /// Where the target is written.
    pub target_span: Span,
    /// Where the values are written.
    pub values_span: Option<Span>,
}

impl Override {
    /// The target as messages name it.
    #[must_use]
    pub fn target_name(&self) -> String {
        target_name(&self.target)
    }
}

/// A target as messages name it.
pub(crate) fn target_name(target: &MovedEndpoint) -> String {
    match target {
        MovedEndpoint::Module(module) => module.to_string(),
        MovedEndpoint::Resource(module, resource, key) => {
            let within = if module.is_root() { String::new() } else { format!("{module}.") };
            let key = key.as_ref().map_or_else(String::new, ToString::to_string);
            format!("{within}{resource}{key}")
        }
    }
}

/// `run "name" { … }`.
#[derive(Clone, Debug)]
pub struct Run {
    /// The name.
    pub name: Name,
    /// What it does.
    pub command: Command,
    /// `plan_options`
    pub options: RunOptions,
    /// `variables`
    pub variables: BTreeMap<Name, TestVariable>,
    /// The module it executes instead of the configuration.
    pub module: Option<ModuleCall>,
    /// Which providers of the file take the place of those of the configuration; empty for all.
    pub providers: Vec<PassedProvider>,
    /// `assert`
    pub asserts: Vec<CheckRule>,
    /// What has to fail.
    pub expect_failures: Vec<Reference>,
    /// `override_…` blocks.
    pub overrides: Vec<Override>,
    /// Which state it works on, if not that of its module.
    pub state_key: Option<String>,
    /// The header.
    pub span: Span,
}

/// What a run does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Command {
    /// `plan`
    Plan,
    /// `apply`
    #[default]
    Apply,
}

/// How a run plans.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// `mode = refresh-only`
    pub refresh_only: bool,
    /// `refresh`
    pub refresh: bool,
    /// `target`
    pub targets: Vec<Target>,
    /// `replace`
    pub replace: Vec<AbsResourceInstance>,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self { refresh_only: false, refresh: true, targets: Vec::new(), replace: Vec::new() }
    }
}

/// How the names of files with tests end.
const SUFFIXES: [&str; 4] = [".tftest.hcl", ".tftest.json", ".tofutest.hcl", ".tofutest.json"];

/// Whether a file holds tests.
pub(crate) fn is_test_file(name: &str) -> bool {
    crate::files::is_kept(name) && SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}
