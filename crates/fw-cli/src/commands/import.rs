//! `import`: takes an existing object over into the state.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fw_addr::{AbsResourceInstance, Name, ResourceMode};
use fw_config::Config;
use fw_diag::{Diagnostic, Diagnostics, Span};
use fw_eval::GivenVariable;
use fw_exec::{Cancel, EphemeralStep};
use fw_ops::{PlanRequest, Surroundings, project, variables};
use fw_plan::{ImportOutcome, PlanOptions};
use fw_provider::ImportTarget;
use fw_state::DeposedKey;
use fw_value::go_quoted;
use fw_views::json::providers_of_state;

use crate::bench::{Bench, BenchOptions};
use crate::flags::{Arguments, Flag};
use crate::planning::{self, VARIABLE_FLAGS};
use crate::session::{Exit, Session};
use crate::spoken::Usage;
use crate::state_access::{Locking, OpenState};
use crate::view::View;

const FLAGS: &[Flag] = &[
    Flag::text("config"),
    Flag::switch("allow-missing-config"),
    Flag::switch("input"),
    Flag::switch("lock"),
    Flag::duration("lock-timeout"),
    Flag::number("parallelism"),
    Flag::text("provider"),
    Flag::text("state"),
    Flag::text("target"),
    Flag::text("state-out"),
    Flag::text("backup"),
    Flag::switch("ignore-remote-version"),
];

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    import(session, arguments).unwrap_or_else(|exit| exit)
}

fn import(session: &Session, arguments: &[String]) -> Result<Exit, Exit> {
    let flags: Vec<Flag> = FLAGS.iter().chain(VARIABLE_FLAGS).copied().collect();
    let arguments = session.parse_flags("import", &flags, arguments, Usage::Before)?;
    let [address, id] = arguments.positional.as_slice() else {
        return Err(session.wrong_count("import", "The import command expects two arguments."));
    };
    let address = target(session, address)?;
    let config = configuration(session, &arguments)?;
    check_block(session, &config, &address)?;
    let failed = |problems: Diagnostics| session.finish_apart(problems);
    let backend = session.backend().map_err(failed)?;
    let store = backend.state(&planning::state_flags(&arguments)).map_err(failed)?;
    let mut open = OpenState::open(session, store, Locking::of(&arguments), "OperationTypeInvalid").map_err(failed)?;
    let options = BenchOptions {
        workspace: &backend.workspace,
        parallelism: usize::try_from(arguments.number("parallelism", 10)).unwrap_or(1).max(1),
        of_state: providers_of_state(&open.state),
    };
    let outcome = Bench::set_up(session, config, options)
        .and_then(|bench| take_over(session, &bench, &open, &arguments, (&address, id)))
        .and_then(|(state, told)| match open.store.persist(&state) {
            Ok(_) => Ok(told),
            Err(error) => Err(Diagnostic::error("Failed to save state", error.chain()).into()),
        });
    let (told, succeeded) = match outcome {
        Ok(told) => (told, true),
        Err(problems) => (problems, false),
    };
    if succeeded {
        session.output_line(
            "\x1b[32m",
            "\nImport successful!\n\nThe resources that were imported are shown above. These resources are now in\nyour \
             Terraform state and will henceforth be managed by Terraform.\n",
        );
    }
    session.report_apart(&told);
    session.report_apart(&open.close());
    Ok(if succeeded { Exit::Success } else { Exit::Failure })
}

/// Asks the provider for the object; the state with it.
fn take_over(
    session: &Session,
    bench: &Bench<'_>,
    open: &OpenState,
    arguments: &Arguments,
    (address, id): (&AbsResourceInstance, &str),
) -> Result<(Arc<fw_state::State>, Diagnostics), Diagnostics> {
    let (given, mut told) = variables_of(session, &bench.config, arguments)?;
    let view = View::new(session, false);
    let cancel = Arc::new(Cancel::default());
    session.cancel_on_interrupt(&view, &cancel);
    let request = PlanRequest {
        state: Arc::new(open.state.clone()),
        options: &PlanOptions { parallelism: bench.parallelism, ..PlanOptions::default() },
        variables: &given,
        hooks: &Lines { session, view: &view },
        cancel: &cancel,
    };
    let ImportOutcome { state, diagnostics } =
        bench.engine().import(&request, address, ImportTarget::Id(id.to_owned()));
    session.interrupts.stop_listening();
    view.finish_progress();
    told.append(diagnostics);
    if told.has_errors() { Err(told) } else { Ok((state, told)) }
}

/// What this command says in its own words; the rest is said as by a plan.
struct Lines<'a> {
    session: &'a Session,
    view: &'a View<'a>,
}

impl fw_plan::Hooks for Lines<'_> {
    fn importing(&self, address: &AbsResourceInstance, id: &str) {
        self.session.output_line("\x1b[1m", &format!("{address}: Importing from ID {}...", go_quoted(id)));
    }

    fn imported(&self, address: &AbsResourceInstance, _id: &str) {
        self.session.output_line("\x1b[1m\x1b[32m", &format!("{address}: Import prepared!"));
        self.session.output_line("\x1b[32m", &format!("  Prepared {} for import", address.resource.kind));
    }

    fn refreshing(&self, address: &AbsResourceInstance, deposed: Option<&DeposedKey>, id: Option<&str>) {
        self.view.plan_hooks().refreshing(address, deposed, id);
    }

    fn refreshed(&self, address: &AbsResourceInstance, deposed: Option<&DeposedKey>, id: Option<&str>) {
        self.view.plan_hooks().refreshed(address, deposed, id);
    }

    fn reading(&self, address: &AbsResourceInstance) {
        self.view.plan_hooks().reading(address);
    }

    fn read(&self, address: &AbsResourceInstance, id: Option<&str>) {
        self.view.plan_hooks().read(address, id);
    }

    fn ephemeral(&self, address: &AbsResourceInstance, what: EphemeralStep, failed: bool) {
        self.view.plan_hooks().ephemeral(address, what, failed);
    }
}

fn variables_of(
    session: &Session,
    config: &Config,
    arguments: &Arguments,
) -> Result<(BTreeMap<Name, GivenVariable>, Diagnostics), Diagnostics> {
    let root = config.root();
    let from = planning::variables(arguments);
    let (mut given, told) =
        variables::gather(root, &session.surroundings, &from, fw_lang::constants(), &session.sources);
    if told.has_errors() {
        return Err(told);
    }
    if arguments.switch("input", true) && session.may_ask() {
        session.ask_for_variables(root, &mut given)?;
    }
    Ok((given, told))
}

fn target(session: &Session, text: &str) -> Result<AbsResourceInstance, Exit> {
    let address: AbsResourceInstance = text.parse().map_err(|error: fw_addr::ParseError| {
        let file = session.sources.add("<import-address>", text);
        let at = u32::try_from(error.offset).unwrap_or_default();
        let end = u32::try_from(text.len()).unwrap_or(at).min(at.saturating_add(1)).max(at);
        let problem = Diagnostic::error(&*error.summary, &*error.message).at(Span::new(file, at, end));
        session.report_apart(&problem.into());
        session.out(
            "For information on valid syntax, see:\n\
             https://developer.hashicorp.com/terraform/cli/state/resource-addressing\n",
        );
        Exit::Failure
    })?;
    if address.resource.mode != ResourceMode::Managed {
        let summary = "A managed resource address is required. Importing into a data resource is not allowed.";
        return Err(session.finish_apart(Diagnostic::error(summary, "")));
    }
    Ok(address)
}

/// The configuration of the working directory, or of the one that `-config` names.
fn configuration(session: &Session, arguments: &Arguments) -> Result<Config, Exit> {
    let surroundings = match arguments.text("config").filter(|path| !path.is_empty()) {
        Some(path) => elsewhere(&session.surroundings, session.surroundings.resolve(path)),
        None => session.surroundings.clone(),
    };
    if project::is_empty(&surroundings) {
        let detail = format!(
            "The directory {} does not contain any Terraform configuration files (.tf or .tf.json). To specify a different \
             configuration directory, use the -config=\"...\" command line option.",
            surroundings.root.display()
        );
        return Err(session.finish_apart(Diagnostic::error("No Terraform configuration files", detail)));
    }
    let (config, problems) = project::load(&surroundings, &session.sources);
    if problems.has_errors() { Err(session.finish_apart(problems)) } else { Ok(config) }
}

/// The same surroundings with the root module in another directory; what is installed stays where it is.
fn elsewhere(surroundings: &Surroundings, root: PathBuf) -> Surroundings {
    let mut changed = surroundings.clone();
    let data = surroundings.data_directory();
    changed.variables.insert("TF_DATA_DIR".to_owned(), Path::new(&data).display().to_string());
    changed.root = root;
    changed
}

fn check_block(session: &Session, config: &Config, address: &AbsResourceInstance) -> Result<(), Exit> {
    let Some(module) = config.module(&address.module.path()) else {
        let detail = format!(
            "{} is not defined in the configuration. Please add configuration for this module before importing into it.",
            address.module
        );
        return Err(session.finish_apart(Diagnostic::error("Import to non-existent module", detail)));
    };
    if module.resources.contains_key(&address.resource) {
        return Ok(());
    }
    let place = if address.module.is_root() { "the root module".to_owned() } else { address.module.to_string() };
    let (kind, name) = (go_quoted(&address.resource.kind), go_quoted(&address.resource.name));
    let (red, bold, reset) =
        (session.codes("\x1b[0m\x1b[1m\x1b[31m"), session.codes("\x1b[0m\x1b[1m"), session.codes("\x1b[0m"));
    Err(session.fail_line(&format!(
        "{red}Error:{bold} resource address {} does not exist in the configuration.{reset}\n\n\
         Before importing this resource, please create its configuration in {place}. For example:\n\n\
         resource {kind} {name} {{\n  # (resource arguments)\n}}\n",
        go_quoted(&address.to_string())
    )))
}
