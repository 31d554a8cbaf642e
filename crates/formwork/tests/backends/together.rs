//! Both programs in one directory: each opens what the other has set up, reads what it has written, waits for its lock.

use std::process::Command;

use crate::directory::{Directory, Ended};
use crate::reading::outputs_are_read;

/// Whether terraform is installed; says so where it is not.
#[expect(clippy::print_stdout, reason = "tests say what they skip")]
pub(crate) fn has_terraform() -> bool {
    let found = Command::new("terraform").arg("version").output().is_ok_and(|output| output.status.success());
    if !found {
        println!("skipped: terraform is not on PATH");
    }
    found
}

/// Runs terraform in a directory.
pub(crate) fn terraform(directory: &Directory, line: &str) -> Ended {
    let mut command = Command::new("terraform");
    command.args(line.split_whitespace()).current_dir(directory.path("."));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", directory.path("."));
    command.env("CHECKPOINT_DISABLE", "1").env("TF_CLI_CONFIG_FILE", directory.path("none.tfrc"));
    directory.write("none.tfrc", "");
    let output = command.output().expect("terraform starts");
    Ended {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn configuration(block: &str, more: &str) -> String {
    format!(
        "terraform {{\n{block}\n}}\nresource \"terraform_data\" \"a\" {{\n  input = \"{more}\"\n}}\noutput \"o\" {{\n  value = \
         terraform_data.a.output\n}}\n"
    )
}

/// What holds for every backend: `block` is its block. With workspaces where it has them.
pub(crate) fn share_a_backend(block: &str, has_workspaces: bool) {
    share_a_backend_in(&Directory::empty(), block, has_workspaces);
}

/// The same in a directory that has files of its own.
pub(crate) fn share_a_backend_in(directory: &Directory, block: &str, has_workspaces: bool) {
    if !has_terraform() {
        return;
    }
    directory.write("main.tf", &configuration(block, "first"));
    terraform(directory, "init -input=false").with_code(0);
    let record = directory.read(".terraform/terraform.tfstate");
    directory.run("plan -no-color").with_code(0).saying("1 to add");
    directory.run("apply -auto-approve -no-color").with_code(0).saying("1 added");
    terraform(directory, "plan -no-color").with_code(0).saying("No changes.");
    // A record of our own is byte for byte terraform's.
    directory.run("init -reconfigure -no-color -input=false").with_code(0);
    assert_eq!(directory.read(".terraform/terraform.tfstate"), record);
    directory.write("main.tf", &configuration(block, "second"));
    terraform(directory, "apply -auto-approve -no-color").with_code(0).saying("1 changed");
    directory.run("plan -no-color").with_code(0).saying("No changes.");
    directory.run("output -raw o").with_code(0).saying("second");
    outputs_are_read(directory, block, "second", has_workspaces);
    if has_workspaces {
        terraform(directory, "workspace new theirs").with_code(0);
        directory.run("workspace list").with_code(0).saying("* theirs");
        directory.run("workspace new ours").with_code(0);
        directory.run("apply -auto-approve -no-color").with_code(0).saying("1 added");
        terraform(directory, "workspace list").with_code(0).saying("* ours");
        terraform(directory, "plan -no-color").with_code(0).saying("No changes.");
        terraform(directory, "workspace select default").with_code(0);
        directory.run("workspace delete -force ours").with_code(0);
        terraform(directory, "workspace delete theirs").with_code(0);
        directory.run("workspace list").with_code(0).saying("* default\n\n");
    }
    locks_are_respected(directory, block);
    directory.run("destroy -auto-approve -no-color").with_code(0).saying("1 destroyed");
    terraform(directory, "state list").with_code(0);
}

/// While one applies, the other cannot; each way round.
fn locks_are_respected(directory: &Directory, block: &str) {
    let own = env!("CARGO_BIN_EXE_formwork");
    for (first, second) in [("terraform", own), (own, "terraform")] {
        // What holds the lock runs the other.
        let command = format!("{second} apply -auto-approve -no-color > told 2>&1 || true");
        let resource = format!(
            "resource \"terraform_data\" \"holder\" {{\n  triggers_replace = \"{}\"\n  provisioner \"local-exec\" {{\n    \
             command = \"{command}\"\n  }}\n}}\n",
            first.len()
        );
        directory.write("holder.tf", &resource);
        let line = "apply -auto-approve -no-color";
        let ended = if first == "terraform" { terraform(directory, line) } else { directory.run(line) };
        ended.with_code(0);
        let told = directory.read("told");
        assert!(told.contains("Error acquiring the state lock"), "{first} holds the lock of {block}:\n{told}");
    }
    std::fs::remove_file(directory.path("holder.tf")).expect("it was written");
    directory.run("apply -auto-approve -no-color").with_code(0).saying("1 destroyed");
}
