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

#[test]
fn calls_that_wait_for_each_other_are_the_critical_path() {
    let slow = |name: &str, after: &str| {
        format!(
            "resource \"fwtest_object\" \"{name}\" {{\n  name = \"{name}\"\n  tags = {{ after = \"{after}\" }}\n  script = \
             jsonencode({{ create = {{ delay_ms = 200 }} }})\n}}\n"
        )
    };
    let required =
        "terraform {\n  required_providers {\n    fwtest = {\n      source = \"hashicorp/fwtest\"\n    }\n  }\n}\n";
    let chain = [slow("a", ""), slow("b", "${fwtest_object.a.id}"), slow("beside", "")].concat();
    let directory = Directory::with(&(required.to_owned() + &chain)).with_provider();
    let ended = directory.run("apply -auto-approve -json -timings").with_code(0);
    let line = ended.out.lines().find(|line| line.contains("\"type\":\"timings\"")).expect("it tells of times");
    let times: serde_json::Value = serde_json::from_str(line).expect("it is JSON");
    let number = |place: &str| times["timings"][place].as_f64().expect(place);
    let calls = times["timings"]["calls"].as_array().expect("there are calls");
    let applies = calls.iter().find(|calls| calls["method"] == "ApplyResourceChange").expect("objects were made");
    let (path, all) = (applies["critical"].as_f64().expect("a number"), applies["seconds"].as_f64().expect("a number"));
    assert!(path >= 0.4 && all >= path + 0.2, "the two after each other, not the one beside: {times:#}");
    assert!(number("critical") >= path && number("critical") <= number("total"), "{times:#}");
    assert!((number("ratio") - number("total") / number("critical")).abs() < 1e-9, "{times:#}");
    let ended = directory.run("plan -no-color -timings").with_code(0);
    assert!(ended.err.contains("times that is the total."), "{}", ended.err);
}
