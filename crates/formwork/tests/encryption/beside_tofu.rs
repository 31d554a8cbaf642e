//! OpenTofu and we in one directory: each reads what the other has encrypted.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::directory::{Directory, Ended};
use crate::{PASSPHRASE, assert_hidden, ended, passphrase, secretive, target, usual, with};

/// OpenTofu's program, or nothing, which is said.
#[expect(clippy::print_stdout, reason = "tests say what they skip")]
pub(crate) fn tofu() -> Option<PathBuf> {
    let named = std::env::var_os("FORMWORK_TOFU").map(PathBuf::from);
    if named.is_none() {
        println!("skipped: FORMWORK_TOFU names no program");
    }
    named
}

fn run(tofu: &Path, directory: &Directory, encryption: &str, line: &str) -> Ended {
    // The same environment as ours.
    let own = directory.command(line);
    let mut command = Command::new(tofu);
    command.args(line.split_whitespace()).arg("-no-color").current_dir(directory.path(".")).env_clear();
    command.envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env("TF_ENCRYPTION", encryption).env("TF_CLI_CONFIG_FILE", directory.path("none.tfrc"));
    directory.write("none.tfrc", "");
    ended(command.output().expect("tofu starts"))
}

/// Both work on a state, one after the other.
pub(crate) fn in_turns(tofu: &Path, directory: &Directory, encryption: &str) {
    with(directory, encryption, "init").with_code(0);
    with(directory, encryption, "apply -auto-approve").with_code(0);
    assert_hidden(directory);
    run(tofu, directory, encryption, "init").with_code(0);
    run(tofu, directory, encryption, "plan").with_code(0).saying("No changes.");
    run(tofu, directory, encryption, "apply -auto-approve -replace=terraform_data.a").with_code(0).saying("1 added");
    with(directory, encryption, "plan").with_code(0).saying("No changes.");
    // Backups are read like states.
    with(directory, encryption, "show terraform.tfstate.backup").with_code(0).saying("terraform_data.a");
    with(directory, encryption, "apply -auto-approve -replace=terraform_data.a").with_code(0).saying("1 added");
    run(tofu, directory, encryption, "show terraform.tfstate.backup").with_code(0).saying("terraform_data.a");
    run(tofu, directory, encryption, "output").with_code(0).saying("o = ");
    assert_hidden(directory);
}

#[test]
fn states_with_a_passphrase() {
    let Some(tofu) = tofu() else { return };
    in_turns(&tofu, &secretive(), &usual());
    // As JSON, with every setting, and data that is authenticated only.
    let json = format!(
        "{{\"key_provider\":{{\"pbkdf2\":{{\"k\":{{\"passphrase\":\"{PASSPHRASE}\",\"key_length\":24,\"iterations\":200001,\
         \"hash_function\":\"sha256\",\"salt_length\":12,\"encrypted_metadata_alias\":\"alias\"}}}}}},\"method\":{{\
         \"aes_gcm\":{{\"m\":{{\"keys\":\"key_provider.pbkdf2.k\",\"aad\":[1,2,255]}}}}}},\"state\":{{\"method\":\
         \"method.aes_gcm.m\",\"enforced\":true}}}}"
    );
    in_turns(&tofu, &secretive(), &json);
}

#[test]
fn states_with_fallbacks() {
    let Some(tofu) = tofu() else { return };
    let directory = secretive();
    let both = passphrase("old", PASSPHRASE) + &passphrase("new", "another-horse-battery");
    let encrypted = |methods: &[&str]| both.clone() + &target("state", methods, "");
    with(&directory, &encrypted(&["aes_gcm.old"]), "apply -auto-approve").with_code(0);
    let changing = encrypted(&["aes_gcm.new", "aes_gcm.old"]);
    run(&tofu, &directory, &changing, "apply -auto-approve").with_code(0);
    with(&directory, &encrypted(&["aes_gcm.new"]), "plan").with_code(0).saying("No changes.");
    let back = encrypted(&["aes_gcm.old", "aes_gcm.new"]);
    with(&directory, &back, "apply -auto-approve").with_code(0);
    run(&tofu, &directory, &encrypted(&["aes_gcm.old"]), "plan").with_code(0).saying("No changes.");
}

#[test]
fn states_with_the_keys_of_programs() {
    let Some(tofu) = tofu() else { return };
    let directory = secretive();
    directory.write("program.sh", crate::keys::PROGRAM);
    let encryption = crate::keys::external(&directory)
        + "key_provider \"pbkdf2\" \"k\" {\n  chain = key_provider.external.p\n  iterations = 200000\n}\n"
        + &crate::keys::with_keys_of("key_provider.pbkdf2.k");
    in_turns(&tofu, &directory, &encryption);
    let directory = secretive();
    directory.write("program.sh", crate::keys::PROGRAM);
    let encryption = crate::keys::external(&directory) + &crate::keys::with_keys_of("key_provider.external.p");
    in_turns(&tofu, &directory, &encryption);
}
