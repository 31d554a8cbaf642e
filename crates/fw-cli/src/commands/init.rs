//! `init`: sets up the backend, installs modules and providers.

mod backend;
mod migration;
mod view;

use std::path::PathBuf;
use std::sync::Arc;

use fw_config::Config;
use fw_config::testing::Tests;
use fw_diag::{Diagnostic, Diagnostics};
use fw_install::{
    Event, Events, InitOptions, Installer, InstallingTests, directory_from_module, install_modules, installed_before,
    requirements,
};
use fw_ops::{Runtime, project};
use fw_views::human::TOOL;
use fw_views::json::providers_of_state;

use crate::backend::StateFlags;
use crate::flags::{Arguments, Flag};
use crate::session::{Exit, Session};
use crate::state_access::OpenState;
use view::InitView;

const FLAGS: &[Flag] = &[
    Flag::switch("backend"),
    Flag::switch("cloud"),
    Flag::text("backend-config"),
    Flag::switch("create-backend"),
    Flag::switch("force-copy"),
    Flag::text("from-module"),
    Flag::switch("get"),
    Flag::switch("input"),
    Flag::switch("json"),
    Flag::switch("lock"),
    Flag::duration("lock-timeout"),
    Flag::text("lockfile"),
    Flag::switch("migrate-state"),
    Flag::text("plugin-dir"),
    Flag::switch("reconfigure"),
    Flag::switch("upgrade"),
    Flag::text("test-directory"),
    Flag::switch("ignore-remote-version"),
    Flag::text("var"),
    Flag::text("var-file"),
    Flag::text("target"),
];

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    let (arguments, error) = Arguments::parse(FLAGS, arguments);
    let view = Arc::new(InitView::new(session, arguments.switch("json", false)));
    if let Some(error) = error {
        return view.finish(session, &error.into());
    }
    let told = check(&arguments);
    if told.has_errors() {
        return view.finish(session, &told);
    }
    if let Some(source) = arguments.text("from-module").filter(|source| !source.is_empty())
        && let Err(told) = copy_module(session, source, &view)
    {
        return view.finish(session, &told);
    }
    if project::is_empty(&session.surroundings) {
        view.empty();
        return Exit::Success;
    }
    match initialise(session, &arguments, &view) {
        Ok(told) => {
            view.blank();
            let exit = view.finish(session, &told);
            if exit == Exit::Success {
                view.success(session.in_automation);
            }
            exit
        }
        Err(told) => view.finish(session, &told),
    }
}

/// Makes a module the root module of the directory.
fn copy_module(session: &Session, source: &str, view: &InitView) -> Result<(), Diagnostics> {
    if !project::is_empty(&session.surroundings) {
        let summary = "The working directory already contains files. The -from-module option requires\nan empty directory into \
                       which a copy of the referenced module will be placed.\n\nTo initialize the configuration already in \
                       this working directory, omit the\n-from-module option.";
        return Err(Diagnostic::error(summary, "").into());
    }
    view.heading(
        "copying_configuration_message",
        &format!("Copying configuration from {}...", fw_value::go_quoted(source)),
    );
    let files = session.surroundings.files();
    let told = directory_from_module(&session.site(), &files, source, &session.sources)?;
    session.report(&told);
    view.blank();
    Ok(())
}

fn check(arguments: &Arguments) -> Diagnostics {
    let mut told = Diagnostics::new();
    if !arguments.positional.is_empty() {
        told.push(Diagnostic::error("Too many command line arguments. Did you mean to use -chdir?", ""));
    }
    if arguments.switch("migrate-state", false) && arguments.switch("reconfigure", false) {
        let detail = "The -migrate-state and -reconfigure options are mutually-exclusive.";
        told.push(Diagnostic::error("Invalid init options", detail));
    }
    if !matches!(arguments.text("lockfile"), None | Some("" | "readonly")) {
        let detail = format!(
            "The -lockfile option accepts only \"readonly\", and not \"{}\".",
            arguments.text("lockfile").unwrap_or_default()
        );
        told.push(Diagnostic::error("Invalid dependency lockfile mode", detail));
    }
    told
}

fn initialise(session: &Session, arguments: &Arguments, view: &Arc<InitView>) -> Result<Diagnostics, Diagnostics> {
    let files = session.surroundings.files();
    let (root, mut problems) = fw_config::load_module(".", fw_addr::ModulePath::root(), &files, &session.sources);
    let (tests, of_tests) = fw_config::testing::read(".", session.test_directory(arguments), &files, &session.sources);
    problems.append(of_tests);
    let with_backend = arguments.switch("backend", true) && arguments.switch("cloud", true);
    if with_backend {
        view.heading("initializing_backend_message", "Initializing the backend...");
    }
    // With modules, their errors and those of the root module are told together.
    if problems.has_errors() && (!root.has_calls || !arguments.switch("get", true)) {
        return Err(unusable(problems));
    }
    let mut told = Diagnostics::new();
    if with_backend {
        told.append(backend::set_up(session, &root, arguments, view)?);
    }
    let (config, problems) = modules(session, tests, arguments, view);
    if problems.has_errors() {
        return Err(problems);
    }
    told.append(problems);
    match providers(session, &config, arguments, view) {
        Ok(more) => {
            told.append(more);
            Ok(told)
        }
        Err(problems) => {
            told.append(problems);
            Err(told)
        }
    }
}

/// The configuration cannot be read.
fn unusable(problems: Diagnostics) -> Diagnostics {
    let summary = format!(
        "{TOOL} encountered problems during initialisation, including problems\nwith the configuration, described \
         below.\n\nThe {TOOL} configuration must be valid before initialization so that\n{TOOL} can determine which \
         modules and providers need to be installed."
    );
    let mut told = Diagnostics::from(Diagnostic::error(summary, ""));
    told.append(problems);
    told
}

fn modules(session: &Session, mut tests: Tests, arguments: &Arguments, view: &Arc<InitView>) -> (Config, Diagnostics) {
    if !arguments.switch("get", true) {
        return session.load_with_tests(session.test_directory(arguments));
    }
    let files = session.surroundings.files();
    let upgrade = arguments.switch("upgrade", false);
    let known = installed_before(&session.site());
    let (mut config, mut problems) = install_modules(&session.site(), &files, upgrade, &**view, &session.sources);
    if problems.has_errors() {
        return (config, problems);
    }
    if config.root().calls.is_empty() && tests.calls().next().is_some() {
        view.event(&Event::Modules { upgrade });
    }
    let installing = InstallingTests { site: &session.site(), files: &files, upgrade, known: &known };
    let (modules, told) = installing.modules(&tests, &**view, &session.sources);
    problems.append(told);
    tests.modules = modules;
    config.tests = Arc::new(tests);
    problems.append(fw_config::testing::mismatches(&config));
    (config, problems)
}

fn providers(
    session: &Session,
    config: &Config,
    arguments: &Arguments,
    view: &Arc<InitView>,
) -> Result<Diagnostics, Diagnostics> {
    // A state that cannot be found or read needs no providers that we could know of.
    let state =
        session.backend().and_then(|b| OpenState::read(b.state(&StateFlags::default())?, "Error refreshing state: "));
    let of_state = match state {
        Ok(state) => providers_of_state(&state),
        Err(_) if !arguments.switch("backend", true) => Default::default(),
        Err(problems) => return Err(problems),
    };
    let required = requirements(config, of_state)?;
    let options = InitOptions {
        upgrade: arguments.switch("upgrade", false),
        lock_file_read_only: arguments.text("lockfile") == Some("readonly"),
        plugin_directories: arguments.texts("plugin-dir").into_iter().map(PathBuf::from).collect(),
    };
    let runtime = Runtime::start()
        .map_err(|error| Diagnostics::from(Diagnostic::error("Failed to start threads", error.to_string())))?;
    let installer = Installer::new(session.site(), Arc::<InitView>::clone(view));
    let told = runtime.block_on(installer.initialize(&required, &options, &session.sources));
    if told.has_errors() { Err(told) } else { Ok(told) }
}
