//! The same configurations read by this crate and by `terraform validate`, where that program is present: both must
//! complain of the same things in the same places.
//!
//! Cases are in `tests/cases`: configurations separated by lines of `====`, files within one by `-- name --`. A case may
//! begin with comments that name the differences:
//!
//! - `# only terraform: SUMMARY`: told where expressions are evaluated or schemas known, which is not this crate's work;
//! - `# only here: SUMMARY`: told in addition to what terraform says, which stops at an earlier problem;
//! - `# differs: REASON`: not compared at all.
//!
//! A named difference that is none any more fails the test. What this crate says is recorded in `tests/snapshots` as well, so
//! that the cases mean something without terraform.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use fw_config::manifest::{Manifest, ManifestEntry};
use fw_config::{Config, Files, load_tree, not_installed, validate};
use fw_diag::{Diagnostic, SourceMap};

/// What terraform says when it can't go on for want of plugins: then it has only read the configuration.
const WANTS_PLUGINS: [&str; 2] = ["Missing required provider", "Missing required provisioner plugin"];

/// Consequences of an earlier problem that terraform tells as well.
const ECHOES: [&str; 1] = ["Unknown variable"];

type Found = BTreeSet<(String, String, String)>;

struct Memory(BTreeMap<String, String>);

impl Files for Memory {
    fn list(&self, directory: &str) -> Result<Vec<String>, String> {
        let prefix = if directory == "." { String::new() } else { format!("{directory}/") };
        let inside = |name: &String| name.strip_prefix(&prefix).filter(|rest| !rest.contains('/')).map(str::to_owned);
        let names: Vec<String> = self.0.keys().filter_map(inside).collect();
        if names.is_empty() && directory != "." { Err("no such directory".to_owned()) } else { Ok(names) }
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.0.get(path).map(|text| text.clone().into_bytes()).ok_or_else(|| "no such file".to_owned())
    }
}

fn files_of(case: &str) -> Memory {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut current = "main.tf".to_owned();
    for line in case.split_inclusive('\n') {
        match line.trim_end().strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --")) {
            Some(name) => {
                current = name.to_owned();
                files.entry(current.clone()).or_default();
            }
            None => files.entry(current.clone()).or_default().push_str(line),
        }
    }
    Memory(files)
}

fn place(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let Some(span) = diagnostic.subject else { return String::new() };
    let file = sources.file(span.file);
    let (start, end) = (file.position(span.start), file.position(span.end));
    let column = if span.start == span.end { end.column + 1 } else { end.column };
    format!("{}:{},{}-{},{column}", file.name, start.line, start.column, end.line)
}

fn tuples<'d>(diagnostics: impl IntoIterator<Item = &'d Diagnostic>, sources: &SourceMap) -> Found {
    let severity = |d: &Diagnostic| if d.is_error() { "error" } else { "warning" }.to_owned();
    diagnostics.into_iter().map(|d| (severity(d), place(d, sources), text(&d.summary, &d.detail))).collect()
}

fn text(summary: &str, detail: &str) -> String {
    format!("{summary} | {}", detail.replace('\n', "⏎"))
}

/// What this crate says when reading, and what it says after.
fn ours(files: &Memory) -> (Config, Found, Found) {
    let sources = SourceMap::new();
    let (config, diagnostics) = load_tree(".", files, &sources, &|call, _| Err(not_installed(call)));
    let later = if diagnostics.has_errors() { Found::new() } else { tuples(validate(&config).all(), &sources) };
    (config, tuples(&diagnostics, &sources), later)
}

fn terraforms(files: &Memory, config: &Config) -> Option<Found> {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a file is in a directory")).expect("create a directory");
        std::fs::write(path, text).expect("write a file");
    };
    files.0.iter().for_each(|(name, text)| write(name, text));
    let installed = config.modules.values().map(|module| ManifestEntry {
        key: Manifest::key(&module.path),
        source: config.call_of(&module.path).map_or_else(String::new, |(_, call)| call.address.to_string()),
        version: String::new(),
        dir: module.directory.clone(),
    });
    write(".terraform/modules/modules.json", &installed.collect::<Manifest>().to_json());
    write("cli.tfrc", "");
    let run = Command::new("terraform")
        .args(["validate", "-json", "-no-color"])
        .current_dir(directory.path())
        .env("TF_CLI_CONFIG_FILE", directory.path().join("cli.tfrc"))
        .env("CHECKPOINT_DISABLE", "1")
        .output()
        .expect("terraform runs");
    let answer: serde_json::Value = serde_json::from_slice(&run.stdout).ok()?;
    let found = answer["diagnostics"].as_array()?.iter().map(|d| {
        let string = |v: &serde_json::Value| v.as_str().unwrap_or_default().to_owned();
        let range = &d["range"];
        let place = if range.is_object() {
            format!(
                "{}:{},{}-{},{}",
                string(&range["filename"]),
                range["start"]["line"],
                range["start"]["column"],
                range["end"]["line"],
                range["end"]["column"]
            )
        } else {
            String::new()
        };
        (string(&d["severity"]), place, text(&string(&d["summary"]), &string(&d["detail"])))
    });
    Some(found.collect())
}

fn has(found: &Found, summaries: &[&str]) -> bool {
    found.iter().any(|(_, _, text)| summaries.iter().any(|s| text.starts_with(s)))
}

/// A configuration, and the summaries of what only one side says.
struct Case {
    name: String,
    text: String,
    files: Memory,
    only_terraform: BTreeSet<String>,
    only_here: BTreeSet<String>,
    compared: bool,
}

impl Case {
    fn new(name: String, text: &str) -> Self {
        let header: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("# ")).collect();
        let named = |what: &str| header.iter().filter_map(|line| line.strip_prefix(what)).map(str::to_owned).collect();
        let body: String = text.split_inclusive('\n').skip_while(|line| line.starts_with("# ")).collect();
        Self {
            name,
            files: files_of(&body),
            only_terraform: named("only terraform: "),
            only_here: named("only here: "),
            compared: !header.iter().any(|line| line.starts_with("differs: ")),
            text: text.to_owned(),
        }
    }

    /// The difference between the two, as lines; empty when there is none but those named.
    fn difference(&self) -> Option<String> {
        let (config, mut mine, later) = ours(&self.files);
        let theirs = terraforms(&self.files, &config)?;
        if !has(&theirs, &WANTS_PLUGINS) {
            mine.extend(later);
        }
        let known = |(_, place, text): &&(String, String, String)| {
            let beside = |summaries: &[&str]| summaries.iter().any(|s| text.starts_with(s));
            !beside(&WANTS_PLUGINS) && !beside(&ECHOES) && !place.starts_with(":0,0")
        };
        let theirs: Found = theirs.iter().filter(known).cloned().collect();
        let mine: Found = mine.iter().filter(known).cloned().collect();
        Some(side('-', &theirs, &mine, &self.only_terraform) + &side('+', &mine, &theirs, &self.only_here))
    }

    /// What this crate says, for the record.
    fn record(&self) -> String {
        let (_, loading, validating) = ours(&self.files);
        let lines = loading.iter().chain(&validating);
        let lines: String = lines.map(|(severity, place, text)| format!("  {severity} {place} {text}\n")).collect();
        format!("{}\n{lines}", self.name)
    }
}

/// What one side says and the other does not, without what is named; and what is named for nothing.
fn side(sign: char, of: &Found, other: &Found, named: &BTreeSet<String>) -> String {
    let mut unused: BTreeSet<&str> = named.iter().map(String::as_str).collect();
    let mut lines = String::new();
    for (severity, place, text) in of.difference(other) {
        let summary = text.split(" | ").next().unwrap_or_default();
        if named.contains(summary) {
            unused.remove(summary);
        } else {
            lines.push_str(&format!("  {sign} {severity} {place} {text}\n"));
        }
    }
    lines.extend(unused.into_iter().map(|summary| format!("  {sign} named for nothing: {summary}\n")));
    lines
}

/// All cases, by file.
fn all_cases() -> BTreeMap<String, Vec<Case>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let paths = std::fs::read_dir(directory).expect("cases").map(|entry| entry.expect("an entry").path());
    let read = |path: std::path::PathBuf| {
        let all = std::fs::read_to_string(&path).expect("a text file");
        let name = path.file_stem().expect("a file").to_string_lossy().into_owned();
        let cases = all.split("====\n").enumerate().map(|(i, case)| Case::new(format!("{name} {i}"), case)).collect();
        (name, cases)
    };
    paths.map(read).collect()
}

#[test]
fn complains_as_recorded() {
    for (name, cases) in all_cases() {
        let record: String = cases.iter().map(Case::record).collect();
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name, record);
        });
    }
}

#[test]
fn complains_as_terraform() {
    if Command::new("terraform").arg("version").output().is_err() {
        println!("skipped: no terraform program on the path");
        return;
    }
    let cases: Vec<Case> = all_cases().into_values().flatten().filter(|case| case.compared).collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        let mut report = String::new();
        while let Some(case) = cases.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
            match case.difference() {
                Some(lines) if lines.is_empty() => {}
                Some(lines) => report.push_str(&format!("{}:\n{}{lines}\n", case.name, case.text)),
                None => report.push_str(&format!("{}: terraform gave no answer\n{}\n", case.name, case.text)),
            }
        }
        report
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(8);
    let report: String = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(report.is_empty(), "terraform says -, we say +:\n{report}");
    println!("{} configurations compared", cases.len());
}
