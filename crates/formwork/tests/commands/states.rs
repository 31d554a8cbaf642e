//! States that are locked, broken, elsewhere.

use std::fs;

use crate::directory::Directory;

const CONFIGURATION: &str = "resource \"terraform_data\" \"a\" {\n  input = 1\n}\n";

#[test]
fn unreadable_states_are_left_alone() {
    let directory = Directory::with(CONFIGURATION);
    directory.run("apply -auto-approve -no-color").with_code(0);
    let good = directory.read("terraform.tfstate");
    for (broken, complaint) in [
        ("garbage".to_owned(), "The state file could not be parsed as JSON"),
        (good.replace("\"version\": 4", "\"version\": 99"), "The state file uses format\nversion 99"),
    ] {
        directory.write("terraform.tfstate", &broken);
        directory.run("apply -auto-approve -no-color").with_code(1).complaining(complaint);
        directory.run("output -no-color").with_code(1);
        assert_eq!(directory.read("terraform.tfstate"), broken);
        assert!(!directory.has(".terraform.tfstate.lock.info"), "the lock is given back");
    }
}

#[test]
fn other_files_of_a_state() {
    let directory = Directory::with(CONFIGURATION);
    directory
        .run("apply -auto-approve -no-color -state=other -state-out=new")
        .with_code(0)
        .saying("Warning: Deprecated flag: -state")
        .saying("State path: new");
    assert!(directory.has("new") && !directory.has("other") && !directory.has("terraform.tfstate"));
    directory.run("destroy -auto-approve -no-color -state=new -backup=kept").with_code(0);
    assert!(directory.read("kept").contains("terraform_data"));
    assert!(!directory.read("new").contains("terraform_data"));
}

#[test]
fn states_of_workspaces() {
    let directory = Directory::with(CONFIGURATION);
    directory.run("workspace new second").with_code(0);
    directory.run("apply -auto-approve -no-color").with_code(0);
    assert!(directory.has("terraform.tfstate.d/second/terraform.tfstate") && !directory.has("terraform.tfstate"));
    assert_eq!(directory.read(".terraform/environment"), "second");
    let other = directory.set("TF_WORKSPACE", "third");
    other.run("plan -no-color").with_code(0).saying("1 to add");
}

#[test]
fn states_that_cannot_be_written() {
    let directory = Directory::with(CONFIGURATION);
    fs::create_dir(directory.path("terraform.tfstate")).expect("a directory can be made");
    directory.run("apply -auto-approve -no-color").with_code(1).complaining("Error");
}
