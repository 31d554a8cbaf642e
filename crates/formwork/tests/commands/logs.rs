//! `TF_LOG` and its like.

use crate::directory::Directory;

fn directory() -> Directory {
    Directory::with("resource \"terraform_data\" \"a\" {\n  input = 1\n}\n")
}

#[test]
fn nothing_is_logged_unasked() {
    let ended = directory().set("TF_LOG", "off").run("plan -no-color").with_code(0);
    assert_eq!(ended.err, "");
}

#[test]
fn our_own_lines() {
    let ended = directory().set("TF_LOG", "debug").run("apply -auto-approve -no-color").with_code(0);
    for line in ["[INFO]  CLI args: []string{\"formwork\", \"apply\"", "[DEBUG] state: wrote ", "[INFO]  applying: 1 "]
    {
        assert!(ended.err.contains(line), "{line}: {}", ended.err);
    }
    let ended = directory().set("TF_LOG_CORE", "info").run("plan").with_code(0);
    assert!(ended.err.contains("[INFO] ") && !ended.err.contains("[DEBUG]"), "{}", ended.err);
    let ended = directory().set("TF_LOG_PROVIDER", "trace").run("plan").with_code(0);
    assert!(!ended.err.contains("[INFO] "), "{}", ended.err);
    let ended = directory().set("TF_LOG", "loud").run("plan").with_code(0);
    assert_eq!(ended.err.matches("Invalid log level: \"LOUD\"").count(), 1, "{}", ended.err);
}

#[test]
fn lines_as_json() {
    let ended = directory().set("TF_LOG", "json").run("plan").with_code(0);
    let lines = ended.err.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect(line));
    assert!(lines.inspect(|line| assert!(line["@timestamp"].is_string())).any(|line| line["@level"] == "info"));
}

#[test]
fn a_file_instead_of_standard_error() {
    let directory = directory().set("TF_LOG", "info").set("TF_LOG_PATH", "log");
    directory.run("plan -no-color").with_code(0);
    let ended = directory.run("plan -no-color").with_code(0);
    assert_eq!(ended.err, "");
    assert_eq!(directory.read("log").matches("CLI args").count(), 2);
    let nowhere = directory.set("TF_LOG_PATH", "missing/log");
    nowhere
        .run("plan -no-color")
        .with_code(0)
        .complaining("Error opening log file: open missing/log: no such file or directory");
}
