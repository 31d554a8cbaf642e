//! Everything that is written here: states, backups, plans, journals, states that could not be saved.

use crate::{PASSPHRASE, SECRET, assert_hidden, passphrase, secretive, target, usual, with};

#[test]
fn nothing_is_left_in_plain_text() {
    let directory = secretive();
    with(&directory, &usual(), "init").with_code(0);
    with(&directory, &usual(), "apply -auto-approve").with_code(0).saying(SECRET);
    assert_hidden(&directory);
    with(&directory, &usual(), "plan -out=planned -replace=terraform_data.a").with_code(0);
    with(&directory, &usual(), "apply planned").with_code(0).saying("1 added");
    assert!(directory.has("terraform.tfstate.backup"));
    with(&directory, &usual(), "state mv terraform_data.a terraform_data.b").with_code(0);
    with(&directory, &usual(), "taint terraform_data.b").with_code(0);
    with(&directory, &usual(), "workspace new -state=terraform.tfstate other").with_code(0);
    with(&directory, &usual(), "state list").with_code(0).saying("terraform_data.b");
    with(&directory, &usual(), "refresh").with_code(0);
    assert!(directory.has("terraform.tfstate.d/other/terraform.tfstate"));
    assert_hidden(&directory);
    // What is shown is not encrypted.
    with(&directory, &usual(), "state pull").with_code(0).saying(SECRET);
    with(&directory, &usual(), "show planned").with_code(0).saying(SECRET);
    with(&directory, &usual(), "show -json planned").with_code(0).saying(SECRET);
    with(&directory, &usual(), "show terraform.tfstate").with_code(0).saying(SECRET);
    with(&directory, &usual(), "graph -plan=planned").with_code(0).saying("terraform_data.a");
    with(&directory, &usual(), "output").with_code(0).saying(SECRET);
}

#[test]
fn the_block_of_the_configuration_may_use_variables() {
    let directory = secretive().set("TF_VAR_passphrase", PASSPHRASE);
    let block = passphrase("k", "${local.all}") + &target("state", &["aes_gcm.k"], "");
    directory.write(
        "encryption.tf",
        &format!(
            "variable \"passphrase\" {{\n  sensitive = true\n  ephemeral = true\n}}\nlocals {{\n  all = \
             \"${{var.passphrase}}!\"\n}}\nterraform {{\n  encryption {{\n{block}}}\n}}\n"
        ),
    );
    directory.run("apply -auto-approve").with_code(0);
    assert_hidden(&directory);
    directory.run("output -raw o").with_code(0).saying(SECRET);
    // Override files and the environment are laid over it, down to the single setting.
    directory.write(
        "x_override.tf.json",
        "{\"terraform\": {\"encryption\": {\"key_provider\": {\"pbkdf2\": {\"k\": {\"iterations\": 200001}}}}}}",
    );
    directory.run("apply -auto-approve -replace=terraform_data.a").with_code(0);
    let other = "key_provider \"pbkdf2\" \"k\" {\n  passphrase = \"another-horse-battery\"\n}\n";
    with(&directory, other, "plan").with_code(1).complaining("decryption failed for all provided methods");
    with(&directory, "", "plan").with_code(0).saying("No changes.");
    directory.write("second.tf", "terraform {\n  encryption {}\n}\n");
    directory.run("plan").with_code(1).complaining("Duplicate encryption configuration");
}

#[test]
fn keys_are_changed_by_way_of_a_fallback() {
    let directory = secretive();
    let both = passphrase("old", PASSPHRASE) + &passphrase("new", "another-horse-battery");
    let only = |name: &str| both.clone() + &target("state", &[name], "");
    with(&directory, &only("aes_gcm.old"), "apply -auto-approve").with_code(0);
    with(&directory, &only("aes_gcm.new"), "plan").with_code(1).complaining("no decryption key available");
    let changing = both.clone() + &target("state", &["aes_gcm.new", "aes_gcm.old"], "  enforced = true\n");
    let before = directory.read("terraform.tfstate");
    with(&directory, &changing, "plan").with_code(0).saying("No changes.");
    assert_eq!(directory.read("terraform.tfstate"), before, "only what is written is encrypted anew");
    with(&directory, &changing, "apply -auto-approve").with_code(0).saying("0 added, 0 changed");
    with(&directory, &only("aes_gcm.new"), "plan").with_code(0).saying("No changes.");
    with(&directory, &only("aes_gcm.old"), "plan").with_code(1);
}

#[test]
fn a_state_in_plain_text_is_encrypted_and_back() {
    let directory = secretive();
    directory.run("apply -auto-approve").with_code(0);
    let keys = passphrase("k", PASSPHRASE) + "method \"unencrypted\" \"u\" {}\n";
    let plain = "encountered unencrypted payload without unencrypted method configured";
    with(&directory, &usual(), "apply -auto-approve").with_code(1).complaining(plain);
    let there = keys.clone() + &target("state", &["aes_gcm.k", "unencrypted.u"], "");
    with(&directory, &there, "plan").with_code(0).saying("Warning: Unencrypted method configured");
    with(&directory, &there, "apply -auto-approve -replace=terraform_data.a").with_code(0);
    assert_hidden(&directory);
    let back = keys + &target("state", &["unencrypted.u", "aes_gcm.k"], "");
    with(&directory, &back, "apply -auto-approve").with_code(0);
    assert!(directory.read("terraform.tfstate").contains(SECRET));
    directory.run("plan").with_code(0).saying("No changes.");
}

#[test]
fn a_state_that_could_not_be_saved_is_saved_encrypted() {
    let directory = secretive();
    // The state is not written where this is.
    directory.write(".terraform.tfstate.next.tmp/in-the-way", "");
    let failed = with(&directory, &usual(), "apply -auto-approve").with_code(1);
    failed.complaining("the state has been written to the file \"errored.tfstate\"");
    assert!(directory.has("errored.tfstate"));
    assert_hidden(&directory);
    std::fs::remove_dir_all(directory.path(".terraform.tfstate.next.tmp")).expect("it is there");
    with(&directory, &usual(), "state push errored.tfstate").with_code(0);
    with(&directory, &usual(), "plan").with_code(0).saying("No changes.");
    assert_hidden(&directory);
}

#[test]
fn a_saved_plan_remembers_that_states_are_encrypted() {
    let directory = secretive();
    let block = passphrase("k", PASSPHRASE) + &target("state", &["aes_gcm.k"], "");
    directory.write("encryption.tf", &format!("terraform {{\n  encryption {{\n{block}}}\n}}\n"));
    directory.run("plan -out=planned").with_code(0);
    std::fs::remove_file(directory.path("encryption.tf")).expect("it is there");
    directory.run("apply planned").with_code(0);
    assert!(directory.read("terraform.tfstate").contains("encrypted_data"));
}
