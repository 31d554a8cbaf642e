//! Where values of variables come from.

use crate::directory::Directory;

const CONFIGURATION: &str = r#"
variable "a" {
  type        = number
  description = "About a."
}
variable "s" {
  default = "default"
}
output "shown" {
  value = "${var.a} ${var.s}"
}
"#;

#[test]
fn later_sources_win() {
    let directory = Directory::with(CONFIGURATION).set("TF_VAR_s", "environment").set("TF_VAR_a", "1");
    let shown = |line: &str, expected: &str| {
        directory.run(line).with_code(0).saying(&format!("shown = \"{expected}\""));
    };
    shown("plan -no-color", "1 environment");
    directory.write("terraform.tfvars", "s = \"tfvars\"\n");
    shown("plan -no-color", "1 tfvars");
    directory.write("terraform.tfvars.json", "{\"s\": \"tfvars.json\"}\n");
    shown("plan -no-color", "1 tfvars.json");
    directory.write("b.auto.tfvars", "s = \"b\"\n");
    directory.write("a.auto.tfvars", "s = \"a\"\n");
    shown("plan -no-color", "1 b");
    directory.write("given", "s = \"file\"\n");
    shown("plan -no-color -var-file=given", "1 file");
    shown("plan -no-color -var-file=given -var s=argument", "1 argument");
    shown("plan -no-color -var s=argument -var-file=given", "1 file");
}

#[test]
fn missing_ones_are_asked_for() {
    let directory = Directory::with(CONFIGURATION);
    let ended = directory.answer("plan -no-color", "5\n").with_code(0);
    ended.saying("var.a\n  About a.\n\n  Enter a value: ").saying("shown = \"5 default\"");
    let ended = directory.run("plan -no-color -input=false").with_code(1);
    assert_eq!(ended.out, "");
    ended.complaining("No value for required variable");
    let quiet = Directory::with(CONFIGURATION).set("TF_INPUT", "0");
    quiet.answer("plan -no-color", "5\n").with_code(1).complaining("No value for required variable");
}

#[test]
fn wrong_ones() {
    let directory = Directory::with(CONFIGURATION);
    directory
        .run("plan -no-color -var a")
        .with_code(1)
        .complaining("The given -var option \"a\" is not correctly specified");
    directory.run("plan -no-color -var b=1").with_code(1).complaining("Value for undeclared variable");
    directory
        .run("plan -no-color -var-file=none")
        .with_code(1)
        .complaining("Given variables file none does not exist.");
    directory
        .run("plan -no-color -var a=x")
        .with_code(1)
        .saying("Planning failed.")
        .complaining("Invalid value for input variable");
    directory.write("given", "undeclared = 1\na = 1\n");
    directory.run("plan -no-color -var-file=given").with_code(0).saying("Warning: Value for undeclared variable");
    directory
        .run("plan -no-color -var-file=given -compact-warnings")
        .with_code(0)
        .saying("\nWarnings:\n\n- Value for undeclared variable\n")
        .saying("without -compact-warnings.");
}
