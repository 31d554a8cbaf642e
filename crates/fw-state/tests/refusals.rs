//! Files that are no state, in terraform's words.

use fw_state::{ReadError, read};

fn problems(text: &str) -> Vec<String> {
    match read(text.as_bytes()) {
        Ok(_) => vec!["a state".to_owned()],
        Err(ReadError::Empty) => vec!["empty".to_owned()],
        Err(ReadError::Unusable(problems)) => problems.iter().map(|p| format!("{}: {}", p.summary, p.detail)).collect(),
    }
}

#[test]
fn what_is_no_state_is_told_from_what_is_a_newer_one() {
    for (text, expected) in [
        ("", "empty"),
        (
            "{\"version\":4,",
            "Unsupported state file format: The state file could not be parsed as JSON: syntax error at byte offset 13.",
        ),
        (
            "hello",
            "Unsupported state file format: The state file could not be parsed as JSON: syntax error at byte offset 1.",
        ),
        (
            "{\"version\":\"a\"}",
            "Unsupported state file format: The version in the state file is string. A positive whole number is required.",
        ),
        (
            "{\"version\":4.5}",
            "Unsupported state file format: The version in the state file is number 4.5. A positive whole number is required.",
        ),
        (
            "{\"version\":-1}",
            "Unsupported state file format: The version in the state file is number -1. A positive whole number is required.",
        ),
        (
            "[]",
            "Unsupported state file format: The version in the state file is array. A positive whole number is required.",
        ),
        (
            "{\"version\":5}",
            "Unsupported state file format: The state file uses format version 5, which is not supported by Terraform 1.11.4. This state file may have been created by a newer version of Terraform.",
        ),
        (
            "{\"version\":5,\"terraform_version\":\"9.1.0\"}",
            "Unsupported state file format: The state file uses format version 5, which is not supported by Terraform 1.11.4. This state file was created by Terraform 9.1.0.",
        ),
        (
            "{\"version\":0}",
            "Unsupported state file format: The state file uses JSON syntax but has a version number of zero. There was never a JSON-based state format zero, so this state file is invalid and cannot be processed.",
        ),
        (
            "{}",
            "Unsupported state file format: The state file does not have a \"version\" attribute, which is required to identify the format version.",
        ),
        (
            "{\"version\":2,\"terraform_version\":\"0x.1\"}",
            "Invalid Terraform version string: State file claims to have been written by Terraform version \"0x.1\", which is not a valid version string.",
        ),
        (
            "{\"version\":3,\"modules\":[{\"path\":[\"roo\"]}]}",
            "State format upgrade failed: Error upgrading state file format from version 3 to version 4: state contains invalid module path []string{\"roo\"}.",
        ),
    ] {
        let found = problems(text);
        assert_eq!(found[0], expected, "{text}");
        // What is no JSON object has no version either.
        let is_object = text.starts_with('{') && text.ends_with('}');
        assert_eq!(
            found.len(),
            if is_object || text.is_empty() || text.starts_with("tfstate") { 1 } else { 2 },
            "{text}: {found:?}"
        );
    }
    assert!(problems("{\"version\":4,\"serial\":\"x\"}")[0].starts_with("Invalid state file format: "));
}

#[test]
fn all_that_is_wrong_is_told_in_one_go() {
    let text = r#"{"version":4,"terraform_version":"zz","outputs":{"a":{"value":1,"type":"str"},"b":{"value":"x","type":"number"}},
      "resources":[{"mode":"x","type":"a","name":"b"},{"mode":"managed","type":"a","name":"b","module":"foo"},
      {"mode":"managed","type":"a","name":"b","provider":"provider.aws","instances":[{"index_key":true},{"index_key":1.5},
      {"status":"q"},{"deposed":"x"},{"dependencies":["a"]},{},{},{"deposed":"00000001"},{"deposed":"00000001"},
      {"sensitive_attributes":[[{"type":"zz"}]]},{"private":"%"}]},
      {"mode":"managed","type":"a","name":"c","provider":"zz","instances":[{}]}]}"#;
    let found = problems(text);
    for expected in [
        "Invalid Terraform version string: State file claims to have been written by Terraform version \"zz\", which is not a valid version string.",
        "Invalid resource mode in state: State contains a resource with mode \"x\" (\"a\" \"b\") which is not supported.",
        "Invalid module instance address: A module instance address must begin with \"module.\".",
        "Invalid resource instance metadata in state: Resource a.b has an instance with the invalid instance key true.",
        "Invalid resource instance metadata in state: Instance a.b has invalid status \"q\".",
        "Invalid resource instance metadata in state: Instance a.b has an object with deposed key \"x\", which is not correctly formatted.",
        "Invalid address: Resource specification must include a resource type and name.",
        "Duplicate resource instance in state: Instance a.b appears multiple times in the state file.",
        "Duplicate resource instance in state: Instance a.b deposed object \"00000001\" appears multiple times in the state file.",
        "Unsupported path step: Unsupported path step type \"zz\"",
        "Invalid provider configuration address in state: Resource a.c has the invalid provider configuration address \"zz\".",
        "Invalid output value type in state: The state file has an invalid type specification for output \"a\": invalid primitive type name \"str\".",
        "Invalid output value saved in state: The state file has an invalid value for output \"b\": a number is required.",
    ] {
        assert!(found.iter().any(|problem| problem == expected), "{expected}\nis not in\n{found:#?}");
    }
}

#[test]
fn deep_nesting_is_no_danger() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let text = format!(
        "{{\"version\":4,\"resources\":[{{\"mode\":\"managed\",\"type\":\"a\",\"name\":\"b\",\"provider\":\"provider.a\",\"instances\":[{{\"attributes\":{{\"a\":{deep}}}}}]}}]}}"
    );
    let expected =
        "Invalid resource instance metadata in state: Instance a.b has attributes that are nested too deeply.";
    assert_eq!(problems(&text), [expected]);
    assert_ne!(problems(&format!("{{\"version\":{deep}}}")), ["a state"]);
    assert_ne!(problems(&format!("{{\"version\":3,\"modules\":{deep}}}")), ["a state"]);
}
