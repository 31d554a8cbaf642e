//! Runs a command with the terraform binary.

use fw_testkit::{Stack, Terraform};

/// The document.
pub(crate) fn run(stack: &Stack, arguments: &[&str]) -> String {
    let terraform = Terraform::new(stack);
    let call = |arguments: &[&str]| call(&terraform, arguments);
    match arguments {
        ["apply", rest @ ..] => {
            call(&[&["apply", "-auto-approve", "-input=false"], rest].concat());
            String::new()
        }
        ["plan", rest @ ..] => {
            call(&[&["plan", "-out=saved", "-input=false"], rest].concat());
            call(&["show", "-json", "saved"])
        }
        ["state"] => call(&["show", "-json"]),
        ["schemas"] => call(&["providers", "schema", "-json"]),
        ["outputs"] => call(&["output", "-json"]),
        ["output", name] => call(&["output", "-json", name]),
        ["validate"] => without_override_warning(&call(&["validate", "-json"])),
        ["modules"] => call(&["modules", "-json"]),
        _ => panic!("no such command: {arguments:?}"),
    }
}

fn call(terraform: &Terraform<'_>, arguments: &[&str]) -> String {
    let output = terraform.call(arguments);
    let may_fail = arguments.first() == Some(&"validate");
    assert!(may_fail || output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The result of a validation without the warning that the provider is not an installed one.
fn without_override_warning(text: &str) -> String {
    let mut answer: serde_json::Value = serde_json::from_str(text).expect("JSON");
    let told = answer["diagnostics"].as_array_mut().expect("a list");
    told.retain(|one| one["summary"] != "Provider development overrides are in effect");
    let warnings = told.iter().filter(|one| one["severity"] == "warning").count();
    answer["warning_count"] = warnings.into();
    answer.to_string()
}
