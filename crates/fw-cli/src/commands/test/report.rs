//! The report for JUnit.

use fw_diag::{Diagnostic, Diagnostics, render, system_error};
use fw_test::{FileOutcome, RunOutcome, Status, SuiteOutcome};
use fw_views::junit::{TestCase, TestResult, TestSuite, report};

use crate::session::Session;

/// Writes the report to a file.
pub(super) fn save(session: &Session, path: &str, outcome: &SuiteOutcome, interrupted: bool) -> Diagnostics {
    let suites: Vec<TestSuite<'_>> = outcome
        .files
        .iter()
        .map(|file| TestSuite {
            name: &file.path,
            cases: file.runs.iter().map(|run| case(session, file, run, interrupted)).collect(),
        })
        .collect();
    match std::fs::write(session.surroundings.resolve(path), report(&suites)) {
        Ok(()) => Diagnostics::new(),
        Err(error) => {
            let summary = format!("error saving JUnit XML to file {}", fw_value::go_quoted(path));
            Diagnostic::error(summary, format!("open {path}: {}", system_error(&error))).into()
        }
    }
}

fn case<'a>(session: &Session, file: &FileOutcome, run: &'a RunOutcome, interrupted: bool) -> TestCase<'a> {
    let result = match run.status {
        Status::Pass => TestResult::Pass,
        Status::Pending | Status::Skip => {
            let (message, body) = why_skipped(file, run, interrupted);
            TestResult::Skipped(message, body)
        }
        Status::Fail => TestResult::Failure(failure(run), plain(session, &run.diagnostics)),
        Status::Error => TestResult::Error("Encountered an error".to_owned(), plain(session, &run.diagnostics)),
    };
    let shows_all = matches!(result, TestResult::Failure(..) | TestResult::Error(..));
    TestCase {
        name: &run.name,
        time: run.started.map(|started| (run.elapsed, started)),
        warnings: if shows_all { String::new() } else { plain(session, &run.diagnostics) },
        result,
    }
}

fn why_skipped(file: &FileOutcome, run: &RunOutcome, interrupted: bool) -> (String, String) {
    if interrupted {
        let body =
            "Terraform received an interrupt and stopped gracefully. This caused all remaining testcases to be skipped";
        return ("Testcase skipped due to an interrupt".to_owned(), body.to_owned());
    }
    let before = file.runs.iter().take_while(|other| other.name != run.name);
    match before.filter(|other| other.status == Status::Error).last() {
        Some(errored) => (
            "Testcase skipped due to a previous testcase error".to_owned(),
            format!(
                "Previous testcase {} ended in error, which caused the remaining tests in the file to be skipped",
                fw_value::go_quoted(&errored.name)
            ),
        ),
        None => (String::new(), String::new()),
    }
}

/// How many assertions do not hold, and what the first says.
fn failure(run: &RunOutcome) -> String {
    let mut failed = run.diagnostics.iter().filter(|told| told.is_error());
    let first = failed.next().map(|told| told.detail.clone()).unwrap_or_default();
    let count = 1 + failed.count();
    let including = if count > 1 { ", including" } else { "" };
    format!("{count} of {} assertions failed{including}: {first}", run.asserts)
}

fn plain(session: &Session, told: &Diagnostics) -> String {
    let options = render::Options { width: None, color: false };
    told.iter().map(|one| render::text(one, &session.sources, options)).collect()
}
