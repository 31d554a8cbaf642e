//! Programs that give keys or encrypt: each says in a line what it is, reads JSON, and answers with JSON.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A program that has not answered by then never will.
const PATIENCE: Duration = Duration::from_secs(60);

/// The version of the protocols of both kinds of programs.
const VERSION: u64 = 1;

#[derive(Deserialize)]
struct Header {
    magic: String,
    version: u64,
}

/// What a program has written, once it has ended well.
struct Written {
    out: Vec<u8>,
    err: String,
}

/// Runs a program. `kind` is what it is called in errors; its first line must hold the `magic` word.
pub(crate) fn ask<T: DeserializeOwned>(
    command: &[String],
    kind: &str,
    magic: &str,
    input: Vec<u8>,
) -> Result<T, String> {
    let Written { out, err } = run(command, kind, input)?;
    let said = || if err.is_empty() { String::new() } else { format!("\n\nStderr:\n-------\n{err}") };
    let text = String::from_utf8_lossy(&out);
    let (header, rest) = text.split_once('\n').ok_or_else(|| format!("the {kind} has written no header{}", said()))?;
    // The answers hold keys, so of what is wrong with them only the place is told.
    let place = |error: &serde_json::Error| format!("line {} column {}", error.line(), error.column());
    let header: Header = serde_json::from_str(header)
        .map_err(|error| format!("failed to unmarshal header from {kind} ({}){}", place(&error), said()))?;
    if header.magic != magic {
        return Err(format!("invalid magic received from {kind}: {}", header.magic));
    }
    if header.version != VERSION {
        return Err(format!("invalid version number received from {kind}: {}", header.version));
    }
    serde_json::from_str(rest)
        .map_err(|error| format!("the {kind} returned an invalid JSON response ({}){}", place(&error), said()))
}

fn run(command: &[String], kind: &str, input: Vec<u8>) -> Result<Written, String> {
    let (program, arguments) = command.split_first().ok_or_else(|| format!("the {kind} has no name"))?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("the {kind} cannot be started ({program}: {error})"))?;
    let (send, receive) = mpsc::channel();
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not read what it is told may have all it needs. The thread ends when the program does.
        std::thread::spawn(move || drop(stdin.write_all(&input)));
    }
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let other = send.clone();
    std::thread::spawn(move || drop(send.send((true, all_of(out)))));
    std::thread::spawn(move || drop(other.send((false, all_of(err)))));
    let until = Instant::now() + PATIENCE;
    let mut written = Written { out: Vec::new(), err: String::new() };
    for _ in 0..2 {
        match receive.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok((true, bytes)) => written.out = bytes,
            Ok((false, bytes)) => written.err = String::from_utf8_lossy(&bytes).into_owned(),
            Err(_) => return Err(given_up(child, kind)),
        }
    }
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(written),
            Ok(Some(status)) => {
                return Err(format!(
                    "the {kind} exited with a non-zero exit code ({status})\n\nStderr:\n-------\n{}",
                    written.err
                ));
            }
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(5)),
            Ok(None) => return Err(given_up(child, kind)),
            Err(error) => return Err(format!("the {kind} failed ({error})")),
        }
    }
}

fn all_of(stream: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        // What could be read counts; a program that breaks off says so by its exit code.
        drop(stream.read_to_end(&mut bytes));
    }
    bytes
}

fn given_up(mut child: Child, kind: &str) -> String {
    drop(child.kill());
    drop(child.wait());
    format!("the {kind} did not end within {} seconds", PATIENCE.as_secs())
}
