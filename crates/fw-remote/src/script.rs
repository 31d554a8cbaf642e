//! The scripts of `remote-exec`.

use std::cell::RefCell;

use fw_value::Value;

use crate::connection::Connection;
use crate::session::Session;
use crate::{Around, copy};

/// The texts of the scripts that a block names or holds.
pub(crate) fn collect(config: &Value, around: Around<'_>) -> Result<Vec<Vec<u8>>, String> {
    if let Some(lines) = config.attr_ref("inline").and_then(Value::as_slice) {
        let mut lines = texts(lines, "inline")?;
        lines.push(String::new());
        return Ok(vec![lines.join("\n").into_bytes()]);
    }
    let paths = match config.attr_ref("script").and_then(Value::as_str) {
        Some("") => return Err("invalid empty string in 'script'".to_owned()),
        Some(path) => vec![path.to_owned()],
        None => texts(config.attr_ref("scripts").and_then(Value::as_slice).unwrap_or_default(), "scripts")?,
    };
    paths
        .iter()
        .map(|path| {
            let text = std::fs::read(around.directory.join(path));
            text.map_err(|error| {
                format!("Failed to open script '{path}': open {path}: {}", fw_diag::system_error(&error))
            })
        })
        .collect()
}

fn texts(values: &[Value], name: &str) -> Result<Vec<String>, String> {
    let text = |value: &Value| match value.as_str() {
        None => Err(format!("invalid null string in '{name}'")),
        Some("") => Err(format!("invalid empty string in '{name}'")),
        Some(text) => Ok(text.to_owned()),
    };
    values.iter().map(text).collect()
}

/// Puts a script on the other machine, ready to be run.
pub(crate) async fn upload(
    session: &Session,
    connection: &Connection,
    path: &str,
    script: &[u8],
) -> Result<(), String> {
    if script.len() < 2 {
        return Err("Error reading script: EOF".to_owned());
    }
    if connection.is_windows {
        return copy::content(session, connection, path, script).await;
    }
    let mut text = Vec::new();
    if !script.starts_with(b"#!") {
        text.extend_from_slice(b"#!/bin/sh\n");
    }
    text.extend_from_slice(script);
    copy::content(session, connection, path, &text).await?;
    let command = format!("chmod 0777 {path}");
    let written = RefCell::new(String::new());
    let changed = session.command(&command, &|line| written.borrow_mut().extend([line, "\n"])).await;
    changed.map_err(|why| format!("Error chmodding script file to 0777 in remote machine {why}: {} ", written.borrow()))
}
