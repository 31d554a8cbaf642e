//! `validate`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fw_config::Config;
use fw_diag::render::WIDTH_OFF_TERMINAL;
use fw_diag::{Diagnostic, Diagnostics};
use fw_install::LockFile;
use fw_ops::PlanRequest;
use fw_plan::PlanOptions;
use fw_state::State;
use fw_views::human::COMMAND;

use crate::bench::{Bench, BenchOptions};
use crate::flags::{Arguments, Flag};
use crate::session::{Exit, Session};

const FLAGS: &[Flag] = &[
    Flag::switch("json"),
    Flag::switch("no-tests"),
    Flag::text("test-directory"),
    Flag::text("var"),
    Flag::text("var-file"),
];

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    let (arguments, error) = Arguments::parse(FLAGS, arguments);
    let is_json = arguments.switch("json", false);
    if let Some(error) = error {
        let told = error.into();
        return if is_json { show(session, true, &told) } else { session.usage_error("validate", &told) };
    }
    if arguments.positional.len() > 1 {
        let told =
            Diagnostic::error("Too many command line arguments", "Expected at most one positional argument.").into();
        return if is_json { show(session, true, &told) } else { session.usage_error("validate", &told) };
    }
    let directory = arguments.positional.first().map_or(".", String::as_str);
    show(session, is_json, &validate(session, directory, &arguments))
}

fn validate(session: &Session, directory: &str, arguments: &Arguments) -> Diagnostics {
    let (config, mut told) = if directory == "." && !arguments.switch("no-tests", false) {
        session.load_with_tests(session.test_directory(arguments))
    } else if directory == "." {
        session.load()
    } else {
        let files = session.surroundings.files();
        fw_config::load_tree(directory, &files, &session.sources, &|call, _| Err(fw_config::not_installed(call)))
    };
    if told.has_errors() {
        return told;
    }
    told.extend(session.development_overrides());
    let missing = missing_providers(session, &config);
    if missing.has_errors() {
        told.append(missing);
        return told;
    }
    let options = BenchOptions { workspace: fw_store::DEFAULT_WORKSPACE, parallelism: 10, of_state: BTreeSet::new() };
    let bench = match Bench::set_up(session, config, options) {
        Ok(bench) => bench,
        Err(problems) => {
            told.append(problems);
            return told;
        }
    };
    let cancel = Arc::new(fw_exec::Cancel::default());
    let stop = Arc::clone(&cancel);
    session.interrupts.listen(move |_| stop.cancel());
    let engine = bench.engine();
    for config in std::iter::once(&bench.config).chain(bench.config.tests.modules.values()) {
        told.append(fw_ops::Engine { config, ..engine }.validate(&PlanRequest {
            state: Arc::new(State::new()),
            options: &PlanOptions::default(),
            variables: &BTreeMap::new(),
            hooks: &fw_plan::NoHooks,
            cancel: &cancel,
        }));
    }
    session.interrupts.stop_listening();
    told
}

/// Providers that `init` has not installed yet.
fn missing_providers(session: &Session, config: &Config) -> Diagnostics {
    let Ok(locks) = LockFile::load(&session.surroundings.root, &session.sources) else { return Diagnostics::new() };
    let site = session.site();
    let elsewhere = site.config.dev_overrides();
    let missing = config.required_providers().into_keys().filter(|provider| {
        let supplied = provider.is_builtin() || site.reattached.contains(provider) || elsewhere.contains_key(provider);
        !supplied && locks.get(provider).is_none()
    });
    let told = missing.map(|provider| {
        let detail = format!(
            "This configuration requires provider {provider}, but that provider isn't available. You may be able to install \
             it automatically by running:\n  {COMMAND} init"
        );
        Diagnostic::error("Missing required provider", detail)
    });
    let mut all = Diagnostics::new();
    all.extend(told);
    all
}

fn show(session: &Session, is_json: bool, told: &Diagnostics) -> Exit {
    if is_json {
        session.out(&format!("{}\n", fw_views::json::validate(told, &session.sources)));
        return Exit::of(told);
    }
    session.report(told);
    if !told.has_errors() {
        let but = if told.is_empty() { "" } else { ", but there were some validation warnings as shown above" };
        let success = session.colored("\x1b[32m\x1b[1m", "Success!");
        let width = session.output_width().unwrap_or(WIDTH_OFF_TERMINAL);
        let text = fw_diag::render::wrap(&format!("{success} The configuration is valid{but}."), width);
        session.out(&format!("{text}\n{}\n", session.codes("\x1b[0m")));
    }
    Exit::of(told)
}
