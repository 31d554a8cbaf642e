//! The same configurations read by this crate and by `terraform validate`, where that program is present: both must
//! complain of the same things in the same places.
//!
//! Cases are in `tests/cases`: configurations separated by lines of `====`, files within one by `-- name --`. A case that
//! begins with a comment `# differs: …` is only checked not to crash; the comment says why.

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
    let later = if diagnostics.has_errors() { Found::new() } else { tuples(&validate(&config), &sources) };
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

/// The difference between the two, as lines; empty when there is none.
fn difference(files: &Memory) -> Option<String> {
    let (config, mut mine, later) = ours(files);
    let theirs = terraforms(files, &config)?;
    if !has(&theirs, &WANTS_PLUGINS) {
        mine.extend(later);
    }
    let known = |(_, place, text): &&(String, String, String)| {
        let beside = |summaries: &[&str]| summaries.iter().any(|s| text.starts_with(s));
        !beside(&WANTS_PLUGINS) && !beside(&ECHOES) && !place.starts_with(":0,0")
    };
    let theirs: Found = theirs.iter().filter(known).cloned().collect();
    let mine: Found = mine.iter().filter(known).cloned().collect();
    let lines = |sign: char, a: &Found, b: &Found| -> String {
        a.difference(b).map(|(severity, place, text)| format!("  {sign} {severity} {place} {text}\n")).collect()
    };
    Some(lines('-', &theirs, &mine) + &lines('+', &mine, &theirs))
}

#[test]
fn complains_as_terraform() {
    if Command::new("terraform").arg("version").output().is_err() {
        println!("skipped: no terraform program on the path");
        return;
    }
    let mut report = String::new();
    let mut compared = 0;
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut paths: Vec<_> = std::fs::read_dir(directory).expect("cases").map(|e| e.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        let all = std::fs::read_to_string(&path).expect("a text file");
        for (number, case) in all.split("====\n").enumerate() {
            let files = files_of(case);
            if case.starts_with("# differs:") {
                ours(&files);
                continue;
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            match difference(&files) {
                Some(lines) if lines.is_empty() => compared += 1,
                Some(lines) => report.push_str(&format!("{name} case {number}:\n{case}{lines}\n")),
                None => report.push_str(&format!("{name} case {number}: terraform gave no answer\n{case}\n")),
            }
        }
    }
    println!("{compared} configurations compared");
    // The differences known today are mostly what only evaluation or schemas can tell; the number may only fall.
    const KNOWN_DIFFERENCES: usize = 75;
    let differing = report.lines().filter(|line| line.contains(".txt case ")).count();
    assert!(differing <= KNOWN_DIFFERENCES, "{differing} differ; terraform says -, we say +:\n{report}");
}
