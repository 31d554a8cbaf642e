//! Runs a command with the terraform binary.

use std::process::Output;

use serde_json::Value as Json;

use super::render;
use crate::{Stack, Terraform};

/// What the command says.
pub(super) fn run(stack: &Stack, verb: &str, arguments: &[&str]) -> String {
    let terraform = Terraform::new(stack);
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

/// The diagnostics in a stream of messages.
fn diagnostics(output: &Output) -> Vec<Json> {
    let text = String::from_utf8_lossy(&output.stdout);
    let messages = text.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
    let told = messages.filter(|m| m["type"] == "diagnostic").map(|mut m| m["diagnostic"].take()).collect();
    render::without_override_warning(told)
}
