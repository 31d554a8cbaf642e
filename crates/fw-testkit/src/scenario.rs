//! Scenarios: a text file of configurations and commands, each command followed by what it says. What is expected was
//! recorded from terraform (`FORMWORK_RECORD=terraform`), so that a run of ours is compared with it without it.
//!
//! ```text
//! -- main.tf
//! resource "fwtest_object" "web" { name = "web" }
//! $ apply
//! create fwtest_object.web
//! ```
//!
//! Commands: `plan` and `apply` with terraform's options (`-destroy`, `-refresh-only`, `-refresh=false`, `-target=…`,
//! `-replace=…`), `validate`, `state` (the objects of the state file), `cloud` (the objects of the cloud),
//! `cloud change OBJECT OLD => NEW`, `cloud delete OBJECT`, `state change OLD => NEW`, `provider NAME=VALUE…` (environment
//! of the provider from here on), `calls` (what the provider was asked to do since the last time).

mod objects;
mod oracle;
mod ours;
mod render;

use std::path::Path;

use crate::{Stack, TestProvider};

/// Who runs a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// The engine, in this process.
    Ours,
    /// The terraform binary of the machine.
    Terraform,
}

/// A scenario file.
#[derive(Debug)]
pub struct Scenario {
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    /// A line that says something to the reader.
    Remark(String),
    /// A file of the configuration; without text it is removed.
    File(String, String),
    /// A command, and what is expected of it.
    Command(String, String),
}

impl Scenario {
    /// Reads a scenario.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut parts = Vec::new();
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("-- ") {
                parts.push(Part::File(name.to_owned(), String::new()));
            } else if let Some(command) = line.strip_prefix("$ ") {
                parts.push(Part::Command(command.to_owned(), String::new()));
            } else {
                match parts.last_mut() {
                    Some(Part::File(_, body) | Part::Command(_, body)) => {
                        body.push_str(line);
                        body.push('\n');
                    }
                    Some(Part::Remark(_)) | None => parts.push(Part::Remark(line.to_owned())),
                }
            }
        }
        Self { parts }
    }

    /// The text of the scenario, with what its commands really said.
    ///
    /// # Panics
    /// When something of the outside fails.
    #[must_use]
    pub fn run(&self, host: Host) -> String {
        let mut stack = Stack::default();
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Remark(line) => text.push_str(&format!("{line}\n")),
                Part::File(name, body) => {
                    text.push_str(&format!("-- {name}\n{body}"));
                    if body.trim().is_empty() {
                        drop(std::fs::remove_file(stack.root().join(name)));
                    } else {
                        stack.write(name, body);
                    }
                }
                Part::Command(command, _) => {
                    let said = perform(&mut stack, host, command);
                    text.push_str(&format!("$ {command}\n{said}"));
                    if !said.is_empty() && !said.ends_with("\n\n") {
                        text.push('\n');
                    }
                }
            }
        }
        text
    }
}

fn perform(stack: &mut Stack, host: Host, command: &str) -> String {
    let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
    let arguments: Vec<&str> = rest.split_whitespace().collect();
    match (verb, arguments.as_slice()) {
        ("plan" | "apply" | "validate", _) => match host {
            Host::Ours => ours::run(stack, verb, &arguments),
            Host::Terraform => oracle::run(stack, verb, &arguments),
        },
        ("state", []) => objects::of_state(&stack.state_text()),
        ("state", ["change", ..]) => {
            let (old, new) = rest.trim_start_matches("change").split_once("=>").expect("OLD => NEW");
            change_file(&stack.root().join("terraform.tfstate"), old.trim(), new.trim());
            String::new()
        }
        ("cloud", []) => stack.cloud().objects().iter().map(|o| format!("{o}\n")).collect(),
        ("cloud", ["delete", object]) => {
            stack.cloud().delete(object);
            String::new()
        }
        ("cloud", ["change", object, ..]) => {
            let (_, change) = rest.split_once(object).expect("it was split there");
            let (old, new) = change.split_once("=>").expect("OLD => NEW");
            stack.cloud().change(object, old.trim(), new.trim());
            String::new()
        }
        ("provider", pairs) => {
            let mut provider = TestProvider::default();
            for (name, value) in pairs.iter().map(|p| p.split_once('=').expect("NAME=VALUE")) {
                match name {
                    "protocol" => provider.protocol = value.parse().expect("5 or 6"),
                    _ => provider = provider.with(name, value),
                }
            }
            stack.set_provider(provider);
            String::new()
        }
        ("calls", []) => stack.cloud().take_calls(),
        _ => panic!("no such command: {command}"),
    }
}

fn change_file(path: &Path, old: &str, new: &str) {
    let text = std::fs::read_to_string(path).expect("the file is there");
    assert!(text.contains(old), "{} is {text}", path.display());
    std::fs::write(path, text.replacen(old, new, 1)).expect("the file can be written");
}
