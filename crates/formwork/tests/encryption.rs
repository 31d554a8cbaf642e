//! Encryption of states and plans: that nothing lies about in plain text, that what is wrong is refused, where keys come
//! from; and together with OpenTofu where `FORMWORK_TOFU` names it: one writes, the other reads.

#[path = "encryption/beside_tofu.rs"]
mod beside_tofu;
#[path = "commands/directory.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod directory;
#[path = "encryption/elsewhere.rs"]
mod elsewhere;
#[path = "encryption/files.rs"]
mod files;
#[path = "encryption/keys.rs"]
mod keys;
#[path = "backends/listener.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod listener;
#[path = "backends/server.rs"]
mod server;
#[path = "encryption/wrong.rs"]
mod wrong;

use std::path::Path;

use directory::{Directory, Ended};

/// What must not be seen anywhere.
const SECRET: &str = "hidden-in-the-state";
const PASSPHRASE: &str = "correct-horse-battery";

/// A resource and an output with a secret.
const CONFIGURATION: &str = "variable \"secret\" {}\nresource \"terraform_data\" \"a\" {\n  input = var.secret\n}\noutput \"o\" \
    {\n  value = terraform_data.a.output\n}\n";

/// A key provider and the method `method.aes_gcm.NAME` with its keys. The fewest iterations make the least work.
fn passphrase(name: &str, text: &str) -> String {
    format!(
        "key_provider \"pbkdf2\" \"{name}\" {{\n  passphrase = \"{text}\"\n  iterations = 200000\n}}\nmethod \"aes_gcm\" \
         \"{name}\" {{\n  keys = key_provider.pbkdf2.{name}\n}}\n"
    )
}

/// What is encrypted with a method, and then with which others.
fn target(kind: &str, methods: &[&str], more: &str) -> String {
    let (first, rest) = methods.split_first().expect("there is a method");
    let fallback = if rest.is_empty() { String::new() } else { target("fallback", rest, "") };
    format!("{kind} {{\n  method = method.{first}\n{more}{fallback}}}\n")
}

/// States and plans, with one passphrase.
fn usual() -> String {
    passphrase("k", PASSPHRASE) + &target("state", &["aes_gcm.k"], "") + &target("plan", &["aes_gcm.k"], "")
}

/// A directory with a configuration and a secret.
fn secretive() -> Directory {
    Directory::with(CONFIGURATION).set("TF_VAR_secret", SECRET)
}

/// Runs a command with `TF_ENCRYPTION`.
fn with(directory: &Directory, encryption: &str, line: &str) -> Ended {
    let output = directory.command(line).arg("-no-color").env("TF_ENCRYPTION", encryption).output();
    ended(output.expect("the program starts"))
}

fn ended(output: std::process::Output) -> Ended {
    Ended {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The files below a directory that have one of the texts in them.
fn files_with(directory: &Path, texts: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).expect("it can be listed") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            found.extend(files_with(&path, texts));
            continue;
        }
        let content = std::fs::read(&path).expect("it can be read");
        if texts.iter().any(|text| content.windows(text.len()).any(|part| part == text.as_bytes())) {
            found.push(path.display().to_string());
        }
    }
    found
}

/// That no file has a secret in it.
#[track_caller]
fn assert_hidden(directory: &Directory) {
    assert_eq!(files_with(&directory.path("."), &[SECRET, PASSPHRASE]), Vec::<String>::new());
}
