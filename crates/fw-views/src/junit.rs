//! Reports of tests in the format of JUnit, byte for byte as Go writes it.

use std::fmt::Write;
use std::time::Duration;

/// What came of a file.
pub struct TestSuite<'a> {
    /// The file.
    pub name: &'a str,
    /// Its runs.
    pub cases: Vec<TestCase<'a>>,
}

/// What came of a run.
pub struct TestCase<'a> {
    /// The run.
    pub name: &'a str,
    /// How it ended.
    pub result: TestResult,
    /// How long it took and when it began; of what was skipped there is neither.
    pub time: Option<(Duration, (i64, u32))>,
    /// What was told beside errors.
    pub warnings: String,
}

/// How a run ended.
pub enum TestResult {
    /// As it should.
    Pass,
    /// Not at all: the message and why.
    Skipped(String, String),
    /// With a failure: the message, and all that was told.
    Failure(String, String),
    /// With an error: the message, and all that was told.
    Error(String, String),
}

/// The report.
#[must_use]
pub fn report(suites: &[TestSuite<'_>]) -> String {
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><testsuites>".to_owned();
    for suite in suites {
        write_suite(suite, &mut out);
    }
    if !suites.is_empty() {
        out.push('\n');
    }
    out.push_str("</testsuites>");
    out
}

fn write_suite(suite: &TestSuite<'_>, out: &mut String) {
    let count = |wanted: fn(&TestResult) -> bool| suite.cases.iter().filter(|case| wanted(&case.result)).count();
    write!(
        out,
        "\n  <testsuite name=\"{}\" tests=\"{}\" skipped=\"{}\" failures=\"{}\" errors=\"{}\">",
        escaped(suite.name),
        suite.cases.len(),
        count(|result| matches!(result, TestResult::Skipped(..))),
        count(|result| matches!(result, TestResult::Failure(..))),
        count(|result| matches!(result, TestResult::Error(..))),
    )
    .expect("strings take all");
    for case in &suite.cases {
        write_case(suite.name, case, out);
    }
    if !suite.cases.is_empty() {
        out.push_str("\n  ");
    }
    out.push_str("</testsuite>");
}

fn write_case(file: &str, case: &TestCase<'_>, out: &mut String) {
    write!(out, "\n    <testcase name=\"{}\" classname=\"{}\"", escaped(case.name), escaped(file))
        .expect("strings take all");
    if let Some((elapsed, began)) = case.time {
        let seconds = seconds(elapsed);
        let timestamp = crate::time::seconds(began);
        write!(out, " time=\"{seconds}\" timestamp=\"{timestamp}\"").expect("strings take all");
    }
    out.push('>');
    let detail = match &case.result {
        TestResult::Pass => None,
        TestResult::Skipped(message, body) => Some(("skipped", message, body)),
        TestResult::Failure(message, body) => Some(("failure", message, body)),
        TestResult::Error(message, body) => Some(("error", message, body)),
    };
    let mut is_empty = true;
    if let Some((name, message, body)) = detail {
        let body = cdata(body);
        write!(out, "\n      <{name} message=\"{}\">{body}</{name}>", escaped(message)).expect("strings take all");
        is_empty = false;
    }
    if !case.warnings.is_empty() {
        write!(out, "\n      <system-err>{}</system-err>", cdata(&case.warnings)).expect("strings take all");
        is_empty = false;
    }
    out.push_str(if is_empty { "</testcase>" } else { "\n    </testcase>" });
}

/// Seconds as Go prints a float: as few digits as say it.
fn seconds(elapsed: Duration) -> String {
    let mut text = format!("{}.{:09}", elapsed.as_secs(), elapsed.subsec_nanos());
    text.truncate(text.trim_end_matches('0').len());
    text.truncate(text.trim_end_matches('.').len());
    text
}

fn cdata(text: &str) -> String {
    format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' => out.push_str("&#x9;"),
            '\n' => out.push_str("&#xA;"),
            '\r' => out.push_str("&#xD;"),
            other => out.push(other),
        }
    }
    out
}
