//! Everything a step works with: the stack's files in a directory, the configuration, its providers, values of variables.

mod installing;
mod remote_states;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use fw_addr::{Name, Provider};
use fw_config::Config;
use fw_diag::{Diagnostic, Diagnostics, SourceMap};
use fw_eval::{GivenVariable, VariableSource};
use fw_exec::{Cancel, Plan};
use fw_install::LOCK_FILE_NAME;
use fw_ops::saved_plan::{SavedBackend, SavedPlan, Snapshot};
use fw_ops::variables::VariableArgument;
use fw_ops::{Engine, Level, ProviderSource, Runtime, Supply, SupplyOptions, Surroundings};
use fw_plugin_host::{Environment, LogLevel, LogRecord, LogSink};
use fw_provider::Providers as _;
use fw_run::{AccountId, Assignment, StepInput, Stream};
use fw_state::State;
use fw_views::human::Schemas;
use fw_views::json::providers_of_state;
use serde_json::value::RawValue;

use crate::directories::Lease;
use crate::execute::Executor;
use crate::kind::{Kind, provider_environment};
use crate::output::Told;
use crate::service::Service;
use crate::source::{below, unpack};
use crate::spares::Recipe;
use crate::stock::{Key, LogTarget, Running};
use crate::trouble::Trouble;

/// The workspace of all stacks: each stack is its own.
const WORKSPACE: &str = "default";

/// The files of a stack in a directory, before their configuration is read.
pub(crate) struct Files {
    lease: Lease,
    pub(crate) surroundings: Surroundings,
    pub(crate) sources: Arc<SourceMap>,
    pub(crate) input: StepInput,
    parallelism: usize,
}

/// A configuration with its providers, ready to be worked on.
pub(crate) struct Site<'e> {
    executor: &'e Executor,
    pub(crate) files: Files,
    pub(crate) config: Config,
    /// Taken away at the end.
    providers: Option<Running>,
    kind: Kind,
    programs: BTreeMap<Provider, ProviderSource>,
    cancel: Arc<Cancel>,
    pub(crate) variables: BTreeMap<Name, GivenVariable>,
    /// Warnings met on the way.
    pub(crate) warnings: Diagnostics,
}

impl Files {
    /// Unpacks the stack's files.
    pub(crate) fn prepare(
        executor: &Executor,
        service: &Service,
        assignment: &Assignment,
        sources: &Arc<SourceMap>,
    ) -> Result<Self, Trouble> {
        let input = service.input()?;
        let lease = executor.directories.lease(assignment.stack).map_err(|error| {
            Trouble::environment("No working directory", format!("A working directory cannot be made: {error}."))
        })?;
        let packed = service.get(&input.source.object)?;
        let wrong = |error: crate::SourceError| match error {
            crate::SourceError::Io(error) => Trouble::environment("Cannot unpack the configuration", error.to_string()),
            other => Trouble::configuration(Diagnostic::error("Unusable configuration", format!("{other}."))),
        };
        unpack(input.source.format, &packed, &lease.tree(), executor.options.limits).map_err(wrong)?;
        let root = match below(&input.source.directory).map_err(wrong)? {
            None => lease.tree(),
            Some(directory) => lease.tree().join(directory),
        };
        if !root.is_dir() {
            let detail = format!("The configuration has no directory \"{}\".", input.source.directory);
            return Err(Trouble::configuration(Diagnostic::error("No such directory", detail)));
        }
        if let Some(lock_file) = &input.lock_file {
            write_lock_file(&root, &service.get(lock_file)?)?;
        }
        let variables = environment(executor, service, assignment.account, &input, &lease.data())?;
        let (home, level) = (executor.options.home.clone(), Level::default());
        let started_in = root.clone();
        let surroundings =
            Surroundings { variables, started_in, root, home, level, arguments: early_variables(service, &input)? };
        let parallelism = match input.settings.parallelism {
            0 => 10,
            given => usize::from(given),
        };
        Ok(Self { lease, surroundings, sources: Arc::clone(sources), input, parallelism })
    }

    /// Makes the lock file the given one.
    pub(crate) fn lock(&self, text: &str) -> Result<(), Trouble> {
        write_lock_file(&self.surroundings.root, text.as_bytes())
    }

    fn lock_file(&self) -> Option<String> {
        std::fs::read_to_string(self.surroundings.resolve(LOCK_FILE_NAME)).ok()
    }
}

fn write_lock_file(root: &Path, text: &[u8]) -> Result<(), Trouble> {
    let failed = |error: std::io::Error| Trouble::environment("Cannot write the lock file", error.to_string());
    std::fs::write(root.join(LOCK_FILE_NAME), text).map_err(failed)
}

/// What the stack sees of the environment, and what it adds to it.
fn environment(
    executor: &Executor,
    service: &Service,
    account: AccountId,
    input: &StepInput,
    data: &Path,
) -> Result<BTreeMap<String, String>, Trouble> {
    let mut variables = executor.options.environment.clone();
    if let Some((_, more)) = executor.options.account_environment.as_ref().filter(|(whose, _)| *whose == account) {
        variables.extend(more.clone());
    }
    variables.extend(input.settings.environment.clone());
    if let Some(secrets) = &input.settings.secrets {
        let secrets: BTreeMap<String, String> = serde_json::from_slice(&service.get(secrets)?)
            .map_err(|error| Trouble::internal("The stack's secrets cannot be read", error.to_string()))?;
        variables.extend(secrets);
    }
    variables.insert("TF_DATA_DIR".to_owned(), data.to_string_lossy().into_owned());
    Ok(variables)
}

impl<'e> Site<'e> {
    /// Reads the configuration and installs its providers. `config` is given where it is not that of the files.
    pub(crate) fn set_up(
        executor: &'e Executor,
        service: &Service,
        told: &Told,
        files: Files,
        (config, state): (Option<Config>, &State),
    ) -> Result<Self, Trouble> {
        let site = files.installation(executor);
        let (config, mut warnings) = match config {
            Some(config) => (config, Diagnostics::new()),
            None => fw_install::install_modules(
                &site,
                &files.surroundings.files(),
                false,
                &installing::Tell(told.clone()),
                &files.sources,
            ),
        };
        if warnings.has_errors() {
            return Err(Trouble::configuration(warnings));
        }
        if let Some(refused) = encryption(&config, &files.surroundings) {
            return Err(Trouble::configuration(refused));
        }
        let (variables, more) = variables(service, &files, &config)?;
        warnings.append(more);
        if warnings.has_errors() {
            return Err(Trouble::configuration(warnings));
        }
        let sources = installing::install(executor, told, &files, site, (&config, providers_of_state(state)))?;
        let kind = Kind::new(&files.surroundings, &sources);
        let warm = files.key(&kind).and_then(|key| executor.stock.take(&key, &executor.runtime));
        let providers = match warm {
            Some(warm) => warm,
            None => spare(executor, &files, &kind)?.unwrap_or_else(|| start(executor, &files, &sources)),
        };
        providers.log.set(told.downgrade());
        let (providers, cancel) = (Some(providers), Arc::clone(&service.cancel));
        Ok(Self { executor, files, config, providers, kind, programs: sources, cancel, variables, warnings })
    }

    fn supply(&self) -> &Supply {
        &self.providers.as_ref().expect("they are there until the end").supply
    }

    /// The engine over it.
    pub(crate) fn engine(&self) -> Engine<'_> {
        Engine {
            surroundings: &self.files.surroundings,
            config: &self.config,
            sources: &self.files.sources,
            workspace: WORKSPACE,
            supply: self.supply(),
            providers: None,
            runtime: self.runtime(),
            parallelism: self.files.parallelism,
        }
    }

    fn runtime(&self) -> &Runtime {
        &self.executor.runtime
    }

    /// The schemas of providers.
    pub(crate) fn schemas(&self, of: impl IntoIterator<Item = Provider>) -> Result<Schemas, Diagnostics> {
        let mut schemas = Schemas::new();
        for provider in of {
            let found = self.runtime().block_on(self.supply().schemas(&provider))?;
            schemas.insert(provider, found);
        }
        Ok(schemas)
    }

    /// How many provider calls may run at a time.
    pub(crate) fn parallelism(&self) -> usize {
        self.files.parallelism
    }

    /// The text of the lock file.
    pub(crate) fn lock_file(&self) -> Option<String> {
        self.files.lock_file()
    }

    /// The plan with what it was made from.
    pub(crate) fn saved(&self, plan: Plan) -> SavedPlan {
        SavedPlan {
            plan,
            snapshot: Snapshot::of(&self.config, &self.files.sources),
            lock_file: self.lock_file(),
            workspace: WORKSPACE.to_owned(),
            backend: SavedBackend { kind: "service".to_owned(), settings: BTreeMap::new() },
        }
    }
}

impl Drop for Site<'_> {
    /// Keeps the providers for the next step, or ends them. Those that were told to stop serve nobody any more.
    fn drop(&mut self) {
        let Some(providers) = self.providers.take() else { return };
        match self.files.key(&self.kind) {
            Some(key) if !self.cancel.is_cancelled() => self.executor.stock.give(key, providers, self.runtime()),
            Some(_) | None => providers.end(self.runtime()),
        }
        if !self.programs.is_empty() {
            self.executor.spares.want(&self.kind, || recipe(self.executor, &self.files, &self.programs));
        }
    }
}

/// Nothing is started yet.
fn start(executor: &Executor, files: &Files, sources: &BTreeMap<Provider, ProviderSource>) -> Running {
    let Recipe { options, log } = recipe(executor, files, sources);
    Running::new(Supply::new(options), log)
}

fn recipe(executor: &Executor, files: &Files, sources: &BTreeMap<Provider, ProviderSource>) -> Recipe {
    let log = Arc::new(LogTarget::default());
    let environment = provider_environment(&files.surroundings).into_iter();
    let options = SupplyOptions {
        sources: sources.clone(),
        launcher: executor.options.launcher.clone(),
        environment: Environment::Exactly(environment.map(|(name, value)| (name.into(), value.into())).collect()),
        directory: files.surroundings.root.clone(),
        tls: files.surroundings.variable("TF_DISABLE_PLUGIN_TLS").is_none(),
        schema_cache: Some(executor.options.directory.join("schemas")),
        log: log_sink(&files.surroundings, &log),
        remote_states: Arc::new(remote_states::NoStates),
    };
    Recipe { options, log }
}

/// Providers that are started already.
fn spare(executor: &Executor, files: &Files, kind: &Kind) -> Result<Option<Running>, Trouble> {
    let place = &files.surroundings.root;
    let failed = |error: std::io::Error| Trouble::environment("Cannot use the working directory", error.to_string());
    executor.spares.take(kind, place, &executor.runtime).map_err(failed)
}

impl Files {
    /// What providers for these files have. A directory below the top is made anew each time, so that nothing can go on
    /// running in it.
    fn key(&self, kind: &Kind) -> Option<Key> {
        let root = &self.surroundings.root;
        let stays = *root == self.lease.tree() && kind.programs() > 0;
        stays.then(|| Key { directory: root.clone(), kind: kind.clone() })
    }

    fn installation(&self, executor: &Executor) -> fw_install::Site {
        let mut config = executor.options.cli_config.clone();
        if config.plugin_cache_dir.is_none() {
            config.plugin_cache_dir = Some(executor.options.directory.join("providers"));
            // The cache is our own, and the lock file that of this run.
            config.plugin_cache_may_break_dependency_lock_file = true;
        }
        let environment = fw_install::Environment {
            variables: self.surroundings.variables.clone(),
            home: self.surroundings.home.clone(),
            working_directory: self.surroundings.root.clone(),
        };
        fw_install::Site::new(self.surroundings.root.clone(), self.lease.data(), config, environment)
    }
}

/// States of the service lie where it keeps them, encrypted with its keys. Who asks for keys of their own is not left in
/// the belief that they are used.
fn encryption(config: &Config, surroundings: &Surroundings) -> Option<Diagnostic> {
    let summary = "Encryption of states is not supported by the service";
    if let Some(block) = config.root().encryption.first() {
        let detail = "The service encrypts states and plans with keys of its own, and cannot use those of an encryption \
                      block. Remove the block from configurations that the service runs.";
        return Some(Diagnostic::error(summary, detail).at(block.span));
    }
    surroundings.variable("TF_ENCRYPTION")?;
    let detail = "The service encrypts states and plans with keys of its own, and cannot use those of TF_ENCRYPTION. Unset it \
                  for stacks of the service.";
    Some(Diagnostic::error(summary, detail))
}

/// Values of root variables: those of the environment and of files that are read by themselves, then the run's own.
fn variables(
    service: &Service,
    files: &Files,
    config: &Config,
) -> Result<(BTreeMap<Name, GivenVariable>, Diagnostics), Trouble> {
    let (root, constants) = (config.root(), fw_lang::constants());
    let (mut given, mut told) = fw_ops::variables::gather(root, &files.surroundings, &[], constants, &files.sources);
    let Some(digest) = &files.input.variables else { return Ok((given, told)) };
    let values: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(&service.get(digest)?)
        .map_err(|error| Trouble::internal("The values of variables cannot be read", error.to_string()))?;
    for (name, text) in values {
        let Some(declared) = root.variables.get(name.as_str()) else {
            let detail = format!(
                "A value was given for a variable named \"{name}\", but the root module does not declare a variable of that \
                 name. To use this value, add a \"variable\" block to the configuration."
            );
            told.push(Diagnostic::error("Value for undeclared variable", detail));
            continue;
        };
        match literal(text.get()) {
            Ok(value) => {
                let variable = GivenVariable { value, source: VariableSource::Program };
                given.insert(Name::clone(&declared.name), variable);
            }
            Err(error) => told.push(Diagnostic::error("Invalid value for variable", format!("{name}: {error}."))),
        }
    }
    Ok((given, told))
}

/// The values of variables as a command would be given them, for what is found out before modules are read.
fn early_variables(service: &Service, input: &StepInput) -> Result<Vec<VariableArgument>, Trouble> {
    let Some(digest) = &input.variables else { return Ok(Vec::new()) };
    let values: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&service.get(digest)?)
        .map_err(|error| Trouble::internal("The values of variables cannot be read", error.to_string()))?;
    let argument = |(name, value): (String, serde_json::Value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        VariableArgument::Value(format!("{name}={text}"))
    };
    Ok(values.into_iter().map(argument).collect())
}

/// A value as JSON has it.
fn literal(text: &str) -> Result<fw_value::Value, String> {
    let ty = fw_value::json::implied_type(text).map_err(|error| error.to_string())?;
    fw_value::json::unmarshal_str(text, &ty).map_err(|error| error.message)
}

/// Takes what providers log, if the stack wants it: as with the command line, by `TF_LOG_PROVIDER` or `TF_LOG`.
fn log_sink(surroundings: &Surroundings, target: &Arc<LogTarget>) -> Option<LogSink> {
    let wanted = ["TF_LOG_PROVIDER", "TF_LOG"].into_iter().find_map(|name| surroundings.variable(name))?;
    let lowest = match wanted.to_ascii_uppercase().as_str() {
        "OFF" => return None,
        "DEBUG" => LogLevel::Debug,
        "INFO" => LogLevel::Info,
        "WARN" => LogLevel::Warn,
        "ERROR" => LogLevel::Error,
        _ => LogLevel::Trace,
    };
    let target = Arc::clone(target);
    Some(Arc::new(move |record: LogRecord| {
        let told = target.get().filter(|_| record.level >= lowest);
        if let Some(told) = told {
            let fields: String = record.fields.iter().map(|(name, value)| format!(" {name}={value}")).collect();
            told.line(Stream::Provider, &format!("{:?} {}: {}{fields}", record.level, record.plugin, record.message));
        }
    }))
}
