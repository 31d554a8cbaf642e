//! A directory with a configuration and a state, planned and applied inside the test's process.

mod remote_states;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fw_addr::{AbsResourceInstance, Name, Provider, Target};
use fw_config::Config;
use fw_diag::{Diagnostics, SourceMap};
use fw_eval::{GivenVariable, VariableSource};
use fw_exec::Mode;
use fw_ops::{
    ApplyRequest, Disk, Engine, Level, PlanRequest, ProviderSource, Runtime, Supply, SupplyOptions, Surroundings,
};
use fw_plan::PlanOptions;
use fw_plugin_host::Launcher;
use fw_state::State;
use fw_store::{LocalState, PersistPolicy, Recorder, StatePaths};
use fw_value::Value;

use crate::report::{Applied, Planned};
use crate::{Cloud, TestProvider};

/// A directory with a configuration, a state and a cloud.
#[derive(Debug)]
pub struct Stack {
    directory: Directory,
    provider: TestProvider,
    variables: BTreeMap<Name, GivenVariable>,
}

/// A directory that goes with the test, or one that stays.
#[derive(Debug)]
enum Directory {
    Own(tempfile::TempDir),
    Other(PathBuf),
}

impl Directory {
    fn path(&self) -> &Path {
        match self {
            Self::Own(directory) => directory.path(),
            Self::Other(path) => path,
        }
    }
}

/// What a plan is asked for.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    options: PlanOptions,
}

impl Ask {
    /// What terraform's options say.
    ///
    /// # Panics
    /// When one of them is unknown.
    #[must_use]
    pub fn of(arguments: &[&str]) -> Self {
        let one = |ask: Self, argument: &&str| match argument.split_once('=').unwrap_or((argument, "")) {
            ("-destroy", _) => ask.destroy(),
            ("-refresh-only", _) => ask.refresh_only(),
            ("-refresh", "false") => ask.without_refresh(),
            ("-target", address) => ask.target(address),
            ("-replace", address) => ask.replace(address),
            _ => panic!("no such option: {argument}"),
        };
        arguments.iter().fold(Self::default(), one)
    }

    /// `-destroy`
    #[must_use]
    pub fn destroy(mut self) -> Self {
        self.options.mode = Mode::Destroy;
        self
    }

    /// `-refresh-only`
    #[must_use]
    pub fn refresh_only(mut self) -> Self {
        self.options.mode = Mode::RefreshOnly;
        self
    }

    /// `-refresh=false`
    #[must_use]
    pub fn without_refresh(mut self) -> Self {
        self.options.refresh = false;
        self
    }

    /// `-target=ADDRESS`
    ///
    /// # Panics
    /// When it is no address.
    #[must_use]
    pub fn target(mut self, address: &str) -> Self {
        self.options.targets.push(address.parse::<Target>().expect("an address"));
        self
    }

    /// `-replace=ADDRESS`
    ///
    /// # Panics
    /// When it is no address.
    #[must_use]
    pub fn replace(mut self, address: &str) -> Self {
        self.options.force_replace.push(address.parse::<AbsResourceInstance>().expect("an address"));
        self
    }

    /// As the planner takes it.
    #[must_use]
    pub fn options(&self) -> &PlanOptions {
        &self.options
    }
}

impl Default for Stack {
    fn default() -> Self {
        Self::with_provider(TestProvider::default())
    }
}

impl Stack {
    /// With this `main.tf`.
    #[must_use]
    pub fn new(main: &str) -> Self {
        let stack = Self::default();
        stack.write("main.tf", main);
        stack
    }

    /// With the scriptable provider started in this way.
    ///
    /// # Panics
    /// When no directory can be made.
    #[must_use]
    pub fn with_provider(provider: TestProvider) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(directory.path().join("root")).expect("a directory");
        Self { directory: Directory::Own(directory), provider, variables: BTreeMap::new() }
    }

    /// The stack of another process, by its [`Self::directory`].
    #[must_use]
    pub fn existing(directory: PathBuf) -> Self {
        let provider = TestProvider::default();
        Self { directory: Directory::Other(directory), provider, variables: BTreeMap::new() }
    }

    /// Holds everything of the stack.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Starts the provider in another way from now on.
    pub fn set_provider(&mut self, provider: TestProvider) {
        self.provider = provider;
    }

    /// The root module's directory.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.directory.path().join("root")
    }

    /// Where the program of the scriptable provider is, for other hosts.
    #[must_use]
    pub fn provider_program(&self) -> PathBuf {
        self.provider.install(&self.directory.path().join("provider"), &self.cloud_directory())
    }

    fn cloud_directory(&self) -> PathBuf {
        self.directory.path().join("cloud")
    }

    /// The cloud.
    #[must_use]
    pub fn cloud(&self) -> Cloud {
        Cloud::new(self.cloud_directory())
    }

    /// Writes a file, in a directory of a module perhaps.
    ///
    /// # Panics
    /// When it can't be written.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().expect("below the root")).expect("the directory can be made");
        std::fs::write(path, text).expect("the file can be written");
    }

    /// Gives a root variable a value.
    pub fn set_variable(&mut self, name: &str, value: Value) {
        self.variables.insert(name.into(), GivenVariable { value, source: VariableSource::Program });
    }

    /// The state as it is on disk.
    ///
    /// # Panics
    /// When it can't be read.
    #[must_use]
    pub fn state(&self) -> State {
        self.local().read().expect("the state can be read").0.unwrap_or_default()
    }

    /// The text of the state file; empty when there is none.
    #[must_use]
    pub fn state_text(&self) -> String {
        std::fs::read_to_string(self.state_path()).unwrap_or_default()
    }

    fn state_path(&self) -> PathBuf {
        self.root().join("terraform.tfstate")
    }

    fn local(&self) -> LocalState {
        LocalState::new(StatePaths::of(self.state_path()))
    }

    /// Validates the configuration.
    #[must_use]
    pub fn validate(&self) -> Planned {
        self.with_engine(|engine, loaded| {
            let request = PlanRequest {
                state: Arc::new(State::new()),
                options: &PlanOptions::default(),
                variables: &self.variables,
                hooks: &fw_plan::NoHooks,
                cancel: &fw_plan::Cancel::default(),
            };
            let mut diagnostics = loaded;
            if !diagnostics.has_errors() {
                diagnostics.append(engine.validate(&request));
            }
            Planned::new(None, &diagnostics, engine.sources)
        })
    }

    /// Plans.
    #[must_use]
    pub fn plan(&self) -> Planned {
        self.plan_as(&Ask::default())
    }

    /// Plans what is asked for.
    #[must_use]
    pub fn plan_as(&self, ask: &Ask) -> Planned {
        self.with_engine(|engine, loaded| self.plan_with(engine, loaded, ask))
    }

    /// Plans and applies.
    #[must_use]
    pub fn apply(&self) -> Applied {
        self.apply_as(&Ask::default())
    }

    /// Plans what is asked for, and applies the plan if it is without errors. Each has providers of its own, as with a plan
    /// that was saved.
    #[must_use]
    pub fn apply_as(&self, ask: &Ask) -> Applied {
        let planned = self.plan_as(ask);
        self.with_engine(|engine, _| self.apply_with(engine, planned))
    }

    fn plan_with(&self, engine: &Engine<'_>, loaded: Diagnostics, ask: &Ask) -> Planned {
        if loaded.has_errors() {
            return Planned::new(None, &loaded, engine.sources);
        }
        let request = PlanRequest {
            state: Arc::new(self.state()),
            options: &ask.options,
            variables: &self.variables,
            hooks: &fw_plan::NoHooks,
            cancel: &fw_plan::Cancel::default(),
        };
        let outcome = engine.plan(&request);
        let mut diagnostics = loaded;
        diagnostics.append(outcome.diagnostics);
        Planned::new(Some(outcome.plan), &diagnostics, engine.sources)
    }

    fn apply_with(&self, engine: &Engine<'_>, planned: Planned) -> Applied {
        let Some(plan) = planned.plan.as_ref().filter(|p| !p.errored) else {
            return Applied { planned, told: String::new(), json: Vec::new() };
        };
        let mut local = self.local();
        let state = local.read().expect("the state can be read").0.unwrap_or_default();
        let recorder = Recorder::start(local, &state, PersistPolicy::default()).expect("a journal");
        let request = ApplyRequest {
            plan,
            variables: &self.variables,
            recorder: &fw_ops::Durable(&recorder),
            hooks: &fw_apply::NoHooks,
            cancel: &fw_apply::Cancel::default(),
        };
        let outcome = engine.apply(&request);
        let (_, written) = recorder.finish();
        written.expect("the state can be written");
        let told = crate::told(&outcome.diagnostics, engine.sources);
        let json = crate::report::json(&outcome.diagnostics, engine.sources);
        Applied { planned, told, json }
    }

    /// Works with an engine on the configuration, and what was told while it was loaded.
    ///
    /// # Panics
    /// When something of the outside fails.
    pub fn with_engine<T>(&self, work: impl FnOnce(&Engine<'_>, Diagnostics) -> T) -> T {
        let surroundings = Surroundings {
            variables: BTreeMap::new(),
            root: self.root(),
            started_in: self.root(),
            home: None,
            level: Level::default(),
            arguments: Vec::new(),
        };
        let sources = SourceMap::new();
        let (config, loaded) = self.load(&sources);
        let runtime = Runtime::start().expect("threads");
        let supply = Supply::new(self.supply());
        let engine = Engine {
            surroundings: &surroundings,
            config: &config,
            sources: &sources,
            workspace: "default",
            supply: &supply,
            providers: None,
            runtime: &runtime,
            parallelism: 10,
        };
        let result = work(&engine, loaded);
        runtime.block_on(supply.shutdown());
        result
    }

    fn load(&self, sources: &SourceMap) -> (Config, Diagnostics) {
        fw_config::load_tree(".", &Disk::new(self.root()), sources, &|call, _| Err(fw_config::not_installed(call)))
    }

    fn supply(&self) -> SupplyOptions {
        let program = ProviderSource::Program { path: self.provider_program(), content_hash: None };
        SupplyOptions {
            sources: BTreeMap::from([(Provider::default_of("fwtest"), program)]),
            // A test that is killed takes its providers along.
            launcher: Some(Launcher { program: crate::program("formwork"), arguments: vec!["__exec-plugin".into()] }),
            environment: fw_plugin_host::Environment::default(),
            directory: self.root(),
            tls: false,
            schema_cache: None,
            log: None,
            remote_states: Arc::new(remote_states::NoRemoteStates),
        }
    }
}
