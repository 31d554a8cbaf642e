//! `local-exec`: a command on this machine.

use std::cell::RefCell;

use fw_value::Value;

use crate::input::{Command, Provisioners};

/// Of what a command writes, messages show no more than its end.
const SHOWN_OUTPUT: usize = 8 * 1024;

/// What went wrong: headline and details.
pub(crate) type Failure = (&'static str, String);

/// Runs the command of a `local-exec` block.
pub(crate) async fn run(
    config: &Value,
    provisioners: &dyn Provisioners,
    output: &(dyn for<'l> Fn(&'l str) + '_),
) -> Result<(), Failure> {
    let Some(text) = config.attr_ref("command").and_then(Value::as_str).filter(|text| !text.is_empty()) else {
        return Err(("Invalid local-exec provisioner command", "The command must be a non-empty string.".to_owned()));
    };
    let command = command(config, text);
    let quiet = config.attr_ref("quiet").is_some_and(Value::is_true);
    if quiet {
        output("local-exec: Executing: Suppressed by quiet=true");
    } else {
        let quoted: Vec<_> = command.arguments.iter().map(|argument| fw_value::go_quoted(argument)).collect();
        output(&format!("Executing: [{}]", quoted.join(" ")));
    }
    let written = RefCell::new(String::new());
    let line = |line: &str| {
        keep_end(&mut written.borrow_mut(), line);
        output(line);
    };
    provisioners.command(&command, &line).await.map_err(|why| {
        let detail = format!("Error running command '{text}': {why}. Output: {}", written.borrow());
        ("local-exec provisioner error", detail)
    })
}

fn command(config: &Value, text: &str) -> Command {
    let strings = |name| {
        let found = config.attr_ref(name).and_then(Value::as_slice).unwrap_or_default().iter();
        found.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    let mut arguments = strings("interpreter");
    if arguments.is_empty() {
        let shell = if cfg!(windows) { ["cmd", "/C"] } else { ["/bin/sh", "-c"] };
        arguments.extend(shell.map(str::to_owned));
    }
    arguments.push(text.to_owned());
    let environment = config.attr_ref("environment").and_then(Value::as_map).unwrap_or_default().iter();
    Command {
        arguments,
        directory: config.attr_ref("working_dir").and_then(Value::as_str).map(str::to_owned),
        environment: environment.filter_map(|(k, v)| Some((k.to_string(), v.as_str()?.to_owned()))).collect(),
    }
}

fn keep_end(written: &mut String, line: &str) {
    written.push_str(line);
    written.push('\n');
    if written.len() > SHOWN_OUTPUT {
        let mut from = written.len() - SHOWN_OUTPUT;
        while !written.is_char_boundary(from) {
            from += 1;
        }
        written.drain(..from);
    }
}
