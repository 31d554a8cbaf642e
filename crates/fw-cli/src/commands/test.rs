//! `test`.

mod human;
mod json;
mod report;

use std::collections::BTreeSet;
use std::sync::Arc;

use fw_config::testing::TEST_DIRECTORY;
use fw_diag::{Diagnostic, Diagnostics};
use fw_ops::variables::gather_for_tests;
use fw_test::{Status, Stop, Suite, SuiteOutcome};
use fw_views::human::Schemas;

use crate::bench::{Bench, BenchOptions};
use crate::flags::{Arguments, Flag};
use crate::planning;
use crate::session::{Exit, Session};
use crate::view::View;

const FLAGS: &[Flag] = &[
    Flag::text("cloud-run"),
    Flag::text("filter"),
    Flag::switch("json"),
    Flag::text("junit-xml"),
    Flag::text("test-directory"),
    Flag::text("var"),
    Flag::text("var-file"),
    Flag::switch("verbose"),
];

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    let (arguments, error) = Arguments::parse(FLAGS, arguments);
    let view = View::new(session, arguments.switch("json", false));
    if let Some(error) = error {
        return view.usage_error("test", &error.into());
    }
    if arguments.text("cloud-run").is_some_and(|source| !source.is_empty()) {
        let detail = "Tests can't be run by HCP Terraform or Terraform Enterprise.";
        return view.finish(&Diagnostic::error("Unsupported option", detail).into());
    }
    match prepare(session, &arguments) {
        Ok((bench, told)) => {
            view.report(&told);
            execute(session, &arguments, &view, &bench)
        }
        Err(told) => view.finish(&told),
    }
}

impl Session {
    /// Where test files are beside the root module's directory.
    pub(crate) fn test_directory<'a>(&self, arguments: &'a Arguments) -> &'a str {
        arguments.text("test-directory").filter(|directory| !directory.is_empty()).unwrap_or(TEST_DIRECTORY)
    }
}

fn prepare<'s>(session: &'s Session, arguments: &Arguments) -> Result<(Bench<'s>, Diagnostics), Diagnostics> {
    let directory = session.test_directory(arguments);
    let (config, mut told) = session.load_with_tests(directory);
    if directory != TEST_DIRECTORY && !session.surroundings.resolve(directory).is_dir() {
        let detail = format!("Requested test directory {directory} does not exist.");
        told.push(Diagnostic::warning("Test directory does not exist", detail));
    }
    if told.has_errors() {
        return Err(told);
    }
    let (surroundings, sources) = (&session.surroundings, &session.sources);
    let given = (&*planning::variables(arguments), None);
    told.append(gather_for_tests(config.root(), surroundings, given, fw_lang::constants(), sources).1);
    if told.has_errors() {
        return Err(told);
    }
    let options = BenchOptions { workspace: fw_store::DEFAULT_WORKSPACE, parallelism: 10, of_state: BTreeSet::new() };
    match Bench::set_up(session, config, options) {
        Ok(bench) => Ok((bench, told)),
        Err(problems) => {
            told.append(problems);
            Err(told)
        }
    }
}

fn execute(session: &Session, arguments: &Arguments, view: &View<'_>, bench: &Bench<'_>) -> Exit {
    let stop = Arc::new(Stop::default());
    session.stop_on_interrupt(view, &stop);
    let schemas = || schemas(bench);
    let human = human::Human { session, schemas: &schemas };
    let json = view.stream().map(|stream| json::Json::new(session, Arc::clone(stream), &schemas));
    let filters: Vec<String> = arguments.texts("filter").into_iter().map(str::to_owned).collect();
    let outcome = fw_test::run(&Suite {
        config: &bench.config,
        surroundings: &session.surroundings,
        sources: &session.sources,
        workspace: &bench.workspace,
        supply: &bench.supply,
        runtime: &bench.runtime,
        filters: &filters,
        variables: &planning::variables(arguments),
        directory: session.test_directory(arguments),
        stop: &stop,
        view: json.as_ref().map_or(&human as &dyn fw_test::View, |json| json),
        errored_state: session.surroundings.resolve("errored_test.tfstate"),
        verbose: arguments.switch("verbose", false),
    });
    session.interrupts.stop_listening();
    let told = match arguments.text("junit-xml").filter(|path| !path.is_empty()) {
        Some(path) => report::save(session, path, &outcome, stop.is_requested()),
        None => Diagnostics::new(),
    };
    view.report(&told);
    if told.has_errors() { Exit::Failure } else { exit_of(&outcome) }
}

fn exit_of(outcome: &SuiteOutcome) -> Exit {
    if outcome.status() > Status::Pass { Exit::Failure } else { Exit::Success }
}

/// The schemas of all providers; as far as they can be had.
fn schemas(bench: &Bench<'_>) -> Schemas {
    bench.schemas(bench.config.required_providers().into_keys()).unwrap_or_default()
}
