//! A case: files, and commands followed by the documents they give.

use fw_testkit::{Host, Stack};

use crate::{normal, oracle, ours};

enum Part {
    Remark(String),
    File(String, String),
    Command(String),
}

/// A case file: `-- NAME` begins a file, `$ COMMAND` a command.
pub(crate) struct Case {
    parts: Vec<Part>,
}

impl Case {
    pub(crate) fn parse(text: &str) -> Self {
        let mut parts = Vec::new();
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("-- ") {
                parts.push(Part::File(name.to_owned(), String::new()));
            } else if let Some(command) = line.strip_prefix("$ ") {
                parts.push(Part::Command(command.to_owned()));
            } else {
                match parts.last_mut() {
                    Some(Part::File(_, body)) => body.push_str(&format!("{line}\n")),
                    // What a command gives is not read: it is compared as text.
                    Some(Part::Command(_)) => {}
                    Some(Part::Remark(_)) | None => parts.push(Part::Remark(line.to_owned())),
                }
            }
        }
        Self { parts }
    }

    /// The text of the case with what its commands really give.
    pub(crate) fn run(&self, host: Host) -> String {
        let stack = Stack::default();
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Remark(line) => text.push_str(&format!("{line}\n")),
                Part::File(name, body) => {
                    text.push_str(&format!("-- {name}\n{body}"));
                    stack.write(name, body);
                }
                Part::Command(command) => {
                    let document = perform(&stack, host, command);
                    text.push_str(&format!("$ {command}\n{}\n", document.trim_end()));
                }
            }
        }
        text
    }
}

fn perform(stack: &Stack, host: Host, command: &str) -> String {
    let arguments: Vec<&str> = command.split_whitespace().collect();
    match arguments.as_slice() {
        ["delete", object] => {
            stack.cloud().delete(object);
            String::new()
        }
        _ => normal::normalized(&match host {
            Host::Ours => ours::run(stack, &arguments),
            Host::Terraform => oracle::run(stack, &arguments),
        }),
    }
}
