//! What is wrong with a configuration, without schemas and evaluation: `complain DIRECTORY` prints a line for each
//! diagnostic, as `severity file:line,column-line,column summary | detail`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people at a terminal")]

use fw_config::manifest::Manifest;
use fw_config::{Files, installed, load_tree, validate};
use fw_diag::{Diagnostic, SourceMap};

struct Disk;

impl Files for Disk {
    fn list(&self, directory: &str) -> Result<Vec<String>, String> {
        let entries = std::fs::read_dir(directory).map_err(|error| error.to_string())?;
        let files = entries.flatten().filter(|entry| entry.path().is_file());
        Ok(files.filter_map(|entry| entry.file_name().into_string().ok()).collect())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(path).map_err(|error| error.to_string())
    }
}

fn main() {
    let Some(directory) = std::env::args().nth(1) else {
        eprintln!("usage: complain DIRECTORY");
        return;
    };
    let sources = SourceMap::new();
    let manifest = Manifest::default();
    let (config, mut diagnostics) = load_tree(&directory, &Disk, &sources, &installed(&manifest));
    if !diagnostics.has_errors() {
        diagnostics.extend(validate(&config).all().cloned());
    }
    diagnostics.iter().for_each(|diagnostic| println!("{}", line(diagnostic, &sources)));
}

fn line(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let severity = if diagnostic.is_error() { "error" } else { "warning" };
    let place = diagnostic.subject.map_or_else(String::new, |span| {
        let file = sources.file(span.file);
        let (start, end) = (file.position(span.start), file.position(span.end));
        format!("{}:{},{}-{},{}", file.name, start.line, start.column, end.line, end.column)
    });
    format!("{severity} {place} {} | {}", diagnostic.summary, diagnostic.detail.replace('\n', "⏎"))
}
