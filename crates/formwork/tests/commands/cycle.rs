//! From nothing to resources and back.

use crate::directory::Directory;

const CONFIGURATION: &str = r#"
variable "a" {
  default = "x"
}
resource "terraform_data" "one" {
  input = var.a
}
resource "terraform_data" "two" {
  count = 2
  input = terraform_data.one.output
}
output "o" {
  value = terraform_data.two[1].output
}
"#;

#[test]
fn plan_apply_change_destroy() {
    let directory = Directory::with(CONFIGURATION);
    directory.run("init -no-color").with_code(0).saying("has been successfully initialized!");
    directory.run("validate -no-color").with_code(0).saying("Success! The configuration is valid.");
    directory
        .run("plan -no-color")
        .with_code(0)
        .saying("Plan: 3 to add, 0 to change, 0 to destroy.")
        .saying("You didn't use the -out option");
    assert!(!directory.has("terraform.tfstate"), "a plan leaves no state behind");
    directory.run("plan -no-color -detailed-exitcode").with_code(2);
    directory
        .run("apply -no-color -auto-approve")
        .with_code(0)
        .saying("Apply complete! Resources: 3 added, 0 changed, 0 destroyed.\n\nOutputs:\n\no = \"x\"\n");
    directory.run("plan -no-color -detailed-exitcode").with_code(0).saying("No changes.");
    directory
        .run("apply -no-color -auto-approve -var a=y")
        .with_code(0)
        .saying("Apply complete! Resources: 0 added, 3 changed, 0 destroyed.");
    directory.run("output -raw o").with_code(0).saying("y");
    directory.run("destroy -no-color -auto-approve").with_code(0).saying("Destroy complete! Resources: 3 destroyed.");
    directory.run("state list").with_code(0);
    directory.run("show -no-color").with_code(0).saying("The state file is empty. No resources are represented.");
}

#[test]
fn approval_is_asked_for() {
    let directory = Directory::with(CONFIGURATION);
    let declined = directory.answer("apply -no-color", "no\n").with_code(1);
    declined.saying("Only 'yes' will be accepted to approve.").saying("\nApply cancelled.\n");
    assert!(!directory.has("terraform.tfstate"));
    directory.answer("apply -no-color", "").with_code(1).complaining("error asking for approval: EOF");
    directory.answer("apply -no-color", "yes\n").with_code(0).saying("Apply complete! Resources: 3 added");
    directory.answer("destroy -no-color", "yes please\n").with_code(1).saying("Destroy cancelled.");
    directory.answer("destroy -no-color", "yes\n").with_code(0).saying("Destroy complete! Resources: 3 destroyed.");
}

#[test]
fn saved_plans() {
    let directory = Directory::with(CONFIGURATION);
    directory.run("plan -no-color -out=planned").with_code(0).saying("Saved the plan to: planned");
    directory.run("show -no-color planned").with_code(0).saying("Plan: 3 to add, 0 to change, 0 to destroy.");
    let json = directory.run("show -json planned").with_code(0);
    let document: serde_json::Value = serde_json::from_str(&json.out).expect("it is JSON");
    assert_eq!(document["resource_changes"].as_array().map(Vec::len), Some(3));
    directory.run("destroy planned -no-color").with_code(1).complaining("Destroy can't be called with a plan file");
    directory.run("apply -no-color planned").with_code(0).saying("Apply complete! Resources: 3 added");
    directory.run("apply -no-color planned").with_code(1).complaining("Error: Saved plan is stale");
    // Whatever else is wrong with the command.
    directory.run("apply -no-color -var=none=1 planned").with_code(1).complaining("Error: Saved plan is stale");
    directory
        .run("apply -no-color nothing")
        .with_code(1)
        .complaining("Failed to load \"nothing\" as a plan file")
        .complaining("stat nothing: no such file or directory");
}

#[test]
fn refresh_and_targets() {
    let directory = Directory::with(CONFIGURATION);
    directory
        .run("plan -no-color -target=terraform_data.one")
        .with_code(0)
        .saying("Plan: 1 to add")
        .saying("Warning: Resource targeting is in effect");
    directory.run("apply -auto-approve -no-color").with_code(0);
    directory.run("refresh -no-color").with_code(0).saying("Outputs:\n\no = \"x\"\n");
    directory
        .run("plan -no-color -replace=terraform_data.one")
        .with_code(0)
        .saying("will be replaced, as requested")
        .saying("1 to add, 2 to change, 1 to destroy.");
    directory.run("plan -no-color -refresh-only -detailed-exitcode").with_code(0).saying("still matches");
    directory.run("plan -no-color -destroy").with_code(0).saying("Plan: 0 to add, 0 to change, 3 to destroy.");
}

#[test]
fn outputs() {
    let directory = Directory::with(
        "output \"s\" {\n  value     = \"hidden\"\n  sensitive = true\n}\noutput \"l\" {\n  value = [1]\n}\n",
    );
    directory.run("output -no-color").with_code(0).saying("Warning: No outputs found");
    directory.run("apply -auto-approve -no-color").with_code(0).saying("s = <sensitive>");
    directory.run("output -no-color s").with_code(0).saying("\"hidden\"");
    directory.run("output -raw s").with_code(0).saying("hidden");
    directory.run("output -raw l -no-color").with_code(1).complaining("Unsupported value for raw output");
    directory.run("output -no-color nope").with_code(1).complaining("Output \"nope\" not found");
    let json = directory.run("output -json").with_code(0);
    let document: serde_json::Value = serde_json::from_str(&json.out).expect("it is JSON");
    assert_eq!(document["s"]["value"], "hidden");
    assert_eq!(document["l"]["value"], serde_json::json!([1]));
}

#[test]
fn events() {
    let directory = Directory::with(CONFIGURATION);
    let ended = directory.run("apply -json -auto-approve").with_code(0);
    let types: Vec<String> = ended
        .out
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("every line is JSON"))
        .map(|event| event["type"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(types.first().map(String::as_str), Some("version"));
    assert_eq!(types.iter().filter(|kind| *kind == "apply_complete").count(), 3);
    assert_eq!(types.last().map(String::as_str), Some("outputs"));
    let refused = directory.run("apply -json").with_code(1);
    refused.saying("Plan file or auto-approve required");
}

#[test]
fn partial_plans_of_failed_planning() {
    let directory = Directory::with(
        "resource \"terraform_data\" \"a\" {\n  input = 1\n}\nresource \"terraform_data\" \"b\" {\n  lifecycle {\n    \
         precondition {\n      condition     = terraform_data.a.input == 2\n      error_message = \"Not two.\"\n    }\n  \
         }\n}\n",
    );
    let ended = directory.run("plan -no-color -out=failed").with_code(1);
    ended.saying("then encountered a problem").complaining("Not two.");
    directory.run("apply -no-color failed").with_code(1).complaining("Cannot apply incomplete plan");
    directory.write("main.tf", "resource \"terraform_data\" \"a\" {\n  input = var.nope\n}\n");
    let ended = directory.run("plan -no-color").with_code(1);
    assert_eq!(ended.out, "", "a configuration that is wrong by itself has no plan");
    ended.complaining("Reference to undeclared input variable");
}

#[test]
fn checks_are_told_once() {
    let directory = Directory::with(
        r#"
resource "terraform_data" "a" {
  input = 1
}
check "size" {
  assert {
    condition     = terraform_data.a.output > 1
    error_message = "Too small."
  }
}
"#,
    );
    let count = |text: &str, what: &str| text.matches(what).count();
    let applied = directory.run("apply -no-color -auto-approve").with_code(0);
    assert_eq!(count(&applied.out, "Check block assertion"), 1, "{}", applied.out);
    assert_eq!(count(&applied.out, "Check block assertion failed"), 1, "{}", applied.out);
    directory.run("destroy -no-color -auto-approve").with_code(0);
    // Who is asked must know.
    let asked = directory.answer("apply -no-color", "yes\n").with_code(0);
    assert_eq!(count(&asked.out, "Check block assertion known after apply"), 1, "{}", asked.out);
    assert_eq!(count(&asked.out, "Check block assertion failed"), 1, "{}", asked.out);
}

#[test]
fn a_targeted_destroy_leaves_outputs() {
    let directory = Directory::with(CONFIGURATION);
    directory.run("apply -no-color -auto-approve").with_code(0);
    directory
        .run("apply -no-color -auto-approve -destroy -target=terraform_data.two[0]")
        .with_code(0)
        .saying("1 destroyed.\n\nOutputs:\n\no = \"x\"\n");
}
