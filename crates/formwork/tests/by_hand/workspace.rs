//! `workspace`.

use crate::lab::{Lab, STATE, document};

const CREATED: &str = "Created and switched to workspace \"foo\"!\n\n\
    You're now on a new, empty workspace. Workspaces isolate their state,\n\
    so if you run \"terraform plan\" Terraform will not see any existing state\n\
    for this configuration.\n";

#[test]
fn from_new_to_delete() {
    let lab = Lab::with_state();
    assert_eq!(lab.succeed(&["workspace", "list"]), "* default\n\n");
    assert_eq!(lab.succeed(&["workspace", "new", "foo"]), CREATED);
    assert_eq!(lab.succeed(&["workspace", "list"]), "  default\n* foo\n\n");
    assert_eq!(lab.succeed(&["workspace", "show"]), "foo\n");
    assert_eq!(lab.read(".terraform/environment"), "foo");
    assert!(lab.fail(&["state", "list"]).starts_with("No state file was found!"), "the workspace has its own state");
    assert!(lab.fail(&["workspace", "delete", "foo"]).contains("is your active workspace."));
    assert_eq!(lab.succeed(&["workspace", "select", "default"]), "Switched to workspace \"default\".\n");
    assert_eq!(lab.succeed(&["workspace", "select", "default"]), "");
    assert_eq!(lab.succeed(&["workspace", "delete", "foo"]), "Deleted workspace \"foo\"!\n");
    assert!(!lab.has("terraform.tfstate.d/foo"));
}

#[test]
fn a_state_to_begin_with() {
    let lab = Lab::with_state();
    assert_eq!(lab.succeed(&["workspace", "new", "-state=terraform.tfstate", "foo"]), CREATED);
    let copied = document(&lab.read("terraform.tfstate.d/foo/terraform.tfstate"));
    assert_eq!(copied["serial"], 1);
    assert_ne!(copied["lineage"], document(STATE)["lineage"]);
    assert_eq!(copied["resources"], document(STATE)["resources"]);
    lab.succeed(&["state", "rm", "null_resource.n"]);
    assert_eq!(lab.read("terraform.tfstate"), STATE, "the workspace's state was changed");
    lab.succeed(&["workspace", "select", "default"]);
    let told = lab.fail(&["workspace", "delete", "foo"]);
    assert!(told.contains("Error: Workspace is not empty"), "{told}");
    assert!(told.contains("\n  - terraform_data.c[1] (deposed object 0badcafe)\n"), "{told}");
    assert!(!told.contains("data.terraform_remote_state"), "{told}");
    let told = lab.succeed(&["workspace", "delete", "-force", "foo"]);
    assert!(told.starts_with("Deleted workspace \"foo\"!\nWARNING: \"foo\" was non-empty.\n"), "{told}");
}

#[test]
fn select_can_create() {
    let lab = Lab::new();
    assert!(lab.fail(&["workspace", "select", "foo"]).starts_with("\nWorkspace \"foo\" doesn't exist.\n"));
    assert_eq!(lab.succeed(&["workspace", "select", "-or-create", "foo"]), CREATED);
}

#[test]
fn names_and_numbers_of_arguments() {
    let lab = Lab::new();
    assert!(lab.fail(&["workspace", "new", "a b"]).contains("The workspace name \"a b\" is not allowed."));
    assert!(lab.fail(&["workspace", "new", "default"]).contains("already exists"));
    assert!(lab.fail(&["workspace", "new", "a", "b"]).starts_with("Expected a single argument: NAME.\n"));
    assert!(lab.fail(&["workspace", "delete", "nope"]).starts_with("Workspace \"nope\" doesn't exist.\n"));
    assert!(lab.files().is_empty());
}

#[test]
fn the_environment_overrides() {
    let mut lab = Lab::with_state();
    lab.set("TF_WORKSPACE", "foo");
    assert_eq!(lab.succeed(&["workspace", "show"]), "foo\n");
    assert!(lab.succeed(&["workspace", "list"]).contains("is being overridden using the TF_WORKSPACE environment"));
    assert!(lab.fail(&["workspace", "new", "bar"]).contains("You cannot create a new workspace"));
    assert!(lab.fail(&["workspace", "select", "default"]).contains("currently overridden"));
    assert!(lab.fail(&["state", "list"]).starts_with("No state file was found!"));
}
