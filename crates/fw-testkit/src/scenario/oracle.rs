//! Runs a command with the terraform binary.

use std::process::{Command, Output};

use serde_json::Value as Json;

use super::render;
use crate::Stack;

/// What the command says.
pub(super) fn run(stack: &Stack, verb: &str, arguments: &[&str]) -> String {
    let program = stack.provider_program();
    let directory = program.parent().expect("a file is in a directory");
    let settings = format!(
        "provider_installation {{\n  dev_overrides {{\n    \"hashicorp/fwtest\" = \"{}\"\n  }}\n  direct {{}}\n}}\n",
        directory.display()
    );
    let terraform = Terraform { stack, settings: directory.join("settings.tfrc") };
    std::fs::write(&terraform.settings, settings).expect("the settings can be written");
    terraform.call(&["get"]);
    if verb == "validate" {
        let output = terraform.call(&["validate", "-json"]);
        let answer: Json = serde_json::from_slice(&output.stdout).expect("JSON");
        let told = answer["diagnostics"].as_array().cloned().unwrap_or_default();
        return render::report(None, &render::without_override_warning(told));
    }
    let saved = stack.root().join("saved.tfplan");
    let out = format!("-out={}", saved.display());
    let planned = terraform.call(&[&["plan", "-json", "-input=false", &out], arguments].concat());
    let told = diagnostics(&planned);
    if !planned.status.success() {
        return render::report(None, &told);
    }
    let shown = terraform.call(&["show", "-json", "saved.tfplan"]);
    let document: Json = serde_json::from_slice(&shown.stdout).expect("JSON");
    let mut text = render::report(Some(&render::merged(document)), &told);
    if verb == "apply" {
        let applied = terraform.call(&["apply", "-json", "-input=false", "saved.tfplan"]);
        text.push_str(&render::report(None, &diagnostics(&applied)));
    }
    std::fs::remove_file(saved).expect("the plan is there");
    text
}

struct Terraform<'a> {
    stack: &'a Stack,
    settings: std::path::PathBuf,
}

impl Terraform<'_> {
    fn call(&self, arguments: &[&str]) -> Output {
        Command::new("terraform")
            .args(arguments)
            .current_dir(self.stack.root())
            .env("TF_CLI_CONFIG_FILE", &self.settings)
            .env("CHECKPOINT_DISABLE", "1")
            .env_remove("TF_LOG")
            .output()
            .expect("terraform runs")
    }
}

/// The diagnostics in a stream of messages.
fn diagnostics(output: &Output) -> Vec<Json> {
    let text = String::from_utf8_lossy(&output.stdout);
    let messages = text.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
    let told = messages.filter(|m| m["type"] == "diagnostic").map(|mut m| m["diagnostic"].take()).collect();
    render::without_override_warning(told)
}
