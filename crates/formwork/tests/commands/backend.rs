//! Settings of the backend, and states that move with them.

use crate::directory::Directory;

fn configuration(backend: &str) -> String {
    format!("terraform {{\n{backend}\n}}\nresource \"terraform_data\" \"a\" {{}}\n")
}

#[test]
fn states_follow_the_backend() {
    let directory = Directory::with(&configuration(""));
    directory.run("apply -auto-approve").with_code(0);
    directory.write("main.tf", &configuration("backend \"local\" {\n  path = \"kept/first\"\n}"));
    directory
        .run("plan -no-color")
        .with_code(1)
        .complaining("Initial configuration of the requested backend \"local\"");
    directory.run("init -no-color -input=false").with_code(1);
    directory.answer("init -no-color", "yes\n").with_code(0).saying("Successfully configured the backend \"local\"!");
    directory.run("plan -no-color").with_code(0).saying("No changes.");
    assert!(directory.read(".terraform/terraform.tfstate").contains("\"path\": \"kept/first\""));
    directory.write("main.tf", &configuration("backend \"local\" {\n  path = \"kept/second\"\n}"));
    directory.run("plan -no-color").with_code(1).complaining("Backend configuration block has changed");
    directory.run("init -no-color").with_code(1).complaining("Error: Backend configuration changed");
    directory.run("init -no-color -migrate-state -force-copy").with_code(0);
    directory.run("plan -no-color").with_code(0).saying("No changes.");
    directory.write("main.tf", &configuration("backend \"local\" {\n  path = \"kept/third\"\n}"));
    directory.run("init -no-color -reconfigure").with_code(0);
    directory.run("plan -no-color").with_code(0).saying("1 to add");
}

#[test]
fn settings_that_are_wrong() {
    let directory = Directory::empty();
    for (backend, complaint) in [
        (
            "backend \"local\" {\n  pth = \"x\"\n}",
            "An argument named \"pth\" is not expected here. Did you mean \"path\"?",
        ),
        ("backend \"local\" {\n  path = \"\"\n}", "The \"path\" attribute value must not be empty."),
        ("backend \"local\" {\n  path = var.x\n}", "Undefined variable var.x"),
        ("backend \"oss\" {\n}", "Unsupported backend type"),
        ("backend \"bogus\" {\n}", "There is no backend type named \"bogus\"."),
        ("cloud {\n}", "Unsupported backend type"),
    ] {
        directory.write("main.tf", &configuration(backend));
        directory.run("init -no-color").with_code(1).complaining(complaint);
    }
}

#[test]
fn settings_of_the_command_line() {
    let directory = Directory::with(&configuration("backend \"local\" {\n}"));
    directory.run("init -no-color -backend-config=path=given").with_code(0);
    directory.run("apply -auto-approve").with_code(0);
    assert!(directory.has("given") && !directory.has("terraform.tfstate"));
}
