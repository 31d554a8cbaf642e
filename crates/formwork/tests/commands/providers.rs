//! What providers are asked, and how often.

use crate::directory::Directory;

const REQUIRED: &str = "terraform {\n  required_providers {\n    fwtest = { source = \"hashicorp/fwtest\" }\n  }\n}\n";

fn directory(configuration: &str) -> Directory {
    Directory::with(&format!("{REQUIRED}{configuration}")).with_provider()
}

/// How often providers were called that way.
fn calls(directory: &Directory, call: &str) -> usize {
    let log = directory.read("cloud/calls.log");
    let begin = |line: &&str| line.contains(&format!("\"call\":\"{call}\"")) && line.contains("\"begin\"");
    log.lines().filter(begin).count()
}

#[test]
fn what_a_plan_has_configured_serves_the_apply_that_follows() {
    let directory = directory("resource \"fwtest_object\" \"o\" {\n  name = \"o\"\n}\n");
    directory.run("apply -auto-approve").with_code(0);
    assert_eq!(calls(&directory, "configure"), 1);
    assert_eq!(calls(&directory, "create"), 1);
    directory.run("destroy -auto-approve").with_code(0);
    assert_eq!(calls(&directory, "configure"), 2);
}

#[test]
fn what_is_configured_otherwise_in_the_end_is_another_provider() {
    let configuration = "resource \"terraform_data\" \"t\" {\n  input = \"here\"\n}\n\
         provider \"fwtest\" {\n  region = terraform_data.t.output\n}\n\
         resource \"fwtest_object\" \"o\" {\n  name = \"o\"\n}\n";
    let directory = directory(configuration);
    directory.run("apply -auto-approve").with_code(0);
    assert_eq!(calls(&directory, "configure"), 2);
}

#[test]
fn objects_are_imported_by_their_identity() {
    let resource = "resource \"fwtest_identity\" \"i\" {\n  name = \"it\"\n  note = \"noted\"\n}\n";
    let directory = directory(resource);
    directory.run("apply -auto-approve").with_code(0);
    std::fs::remove_file(directory.path("terraform.tfstate")).expect("there is a state");
    let import =
        |identity: &str| format!("{REQUIRED}{resource}import {{\n  to       = fwtest_identity.i\n  {identity}\n}}\n");
    directory.write("main.tf", &import("identity = { region = \"here\" }"));
    directory.run("plan -no-color").with_code(1).complaining("The identity attribute \"name\" is required.");
    directory.write("main.tf", &import("identity = { name = \"it\", colour = \"red\" }"));
    directory.run("plan -no-color").with_code(1).complaining("has no attribute \"colour\"");
    directory.write("main.tf", &import("identity = { name = \"it\" }"));
    directory.run("plan -no-color").with_code(0).saying("Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.");
    directory.run("apply -auto-approve -no-color").with_code(0).saying("1 imported");
    let state = directory.read("terraform.tfstate");
    assert!(state.contains("\"id\": \"it-1\"") && state.contains("\"identity\": {"), "{state}");
}
