//! Runs a command with the terraform binary.

use std::path::PathBuf;
use std::process::Command;

use fw_testkit::Stack;

/// The document.
pub(crate) fn run(stack: &Stack, arguments: &[&str]) -> String {
    let program = stack.provider_program();
    let directory = program.parent().expect("a file is in a directory");
    let settings = format!(
        "provider_installation {{\n  dev_overrides {{\n    \"hashicorp/fwtest\" = \"{}\"\n  }}\n  direct {{}}\n}}\n",
        directory.display()
    );
    let terraform = Terraform { stack, settings: directory.join("settings.tfrc") };
    std::fs::write(&terraform.settings, settings).expect("the settings can be written");
    terraform.call(&["get"]);
    match arguments {
        ["apply", rest @ ..] => {
            terraform.call(&[&["apply", "-auto-approve", "-input=false"], rest].concat());
            String::new()
        }
        ["plan", rest @ ..] => {
            terraform.call(&[&["plan", "-out=saved", "-input=false"], rest].concat());
            terraform.call(&["show", "-json", "saved"])
        }
        ["state"] => terraform.call(&["show", "-json"]),
        ["schemas"] => terraform.call(&["providers", "schema", "-json"]),
        ["outputs"] => terraform.call(&["output", "-json"]),
        ["output", name] => terraform.call(&["output", "-json", name]),
        ["validate"] => without_override_warning(&terraform.call(&["validate", "-json"])),
        ["modules"] => terraform.call(&["modules", "-json"]),
        _ => panic!("no such command: {arguments:?}"),
    }
}

struct Terraform<'a> {
    stack: &'a Stack,
    settings: PathBuf,
}

impl Terraform<'_> {
    fn call(&self, arguments: &[&str]) -> String {
        let output = Command::new("terraform")
            .args(arguments)
            .current_dir(self.stack.root())
            .env("TF_CLI_CONFIG_FILE", &self.settings)
            .env("CHECKPOINT_DISABLE", "1")
            .env_remove("TF_LOG")
            .output()
            .expect("terraform runs");
        let may_fail = arguments.first() == Some(&"validate");
        assert!(may_fail || output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
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
