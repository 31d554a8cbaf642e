//! States that are kept elsewhere, and those of others.

use crate::directory::Directory;
use crate::server::{Held, Server};
use crate::{CONFIGURATION, PASSPHRASE, SECRET, assert_hidden, passphrase, target, usual, with};

#[test]
fn states_in_a_backend() {
    let server = Server::start(Held::default());
    let directory = Directory::with(&format!("terraform {{\n{}\n}}\n{CONFIGURATION}", server.block("s")))
        .set("TF_VAR_secret", SECRET);
    with(&directory, &usual(), "init").with_code(0);
    with(&directory, &usual(), "apply -auto-approve").with_code(0);
    let stored = server.state("/s");
    assert!(stored.contains("encrypted_data") && !stored.contains(SECRET), "{stored}");
    with(&directory, &usual(), "plan").with_code(0).saying("No changes.");
    with(&directory, &usual(), "state pull").with_code(0).saying(SECRET);
    assert_hidden(&directory);
    directory.run("plan").with_code(1).complaining("This state file is encrypted");
    // A backend that refuses leaves it encrypted here.
    server.service().refusal = Some(("POST".to_owned(), 500));
    with(&directory, &usual(), "apply -auto-approve -replace=terraform_data.a").with_code(1);
    server.service().refusal = None;
    assert!(directory.has("errored.tfstate"));
    assert_hidden(&directory);
    with(&directory, &usual(), "state push errored.tfstate").with_code(0);
    with(&directory, &usual(), "plan").with_code(0).saying("No changes.");
    // It comes home encrypted too.
    directory.write("main.tf", CONFIGURATION);
    with(&directory, &usual(), "init -migrate-state -force-copy").with_code(0);
    assert!(directory.read("terraform.tfstate").contains("encrypted_data"));
    with(&directory, &usual(), "plan").with_code(0).saying("No changes.");
    assert_hidden(&directory);
}

#[test]
fn states_of_others() {
    let (others, directory) = (crate::secretive(), Directory::empty());
    with(&others, &usual(), "apply -auto-approve").with_code(0);
    let read = |name: &str| {
        format!(
            "data \"terraform_remote_state\" \"{name}\" {{\n  backend = \"local\"\n  config = {{\n    path = \"{}\"\n  \
             }}\n}}\noutput \"{name}\" {{\n  value = data.terraform_remote_state.{name}.outputs.o\n}}\n",
            others.path("terraform.tfstate").display()
        )
    };
    directory.write("main.tf", &(read("a") + "module \"m\" {\n  source = \"./m\"\n}\n"));
    directory.write("m/main.tf", &read("b"));
    with(&directory, "", "init").with_code(0);
    with(&directory, "", "plan").with_code(1).complaining("This state file is encrypted");
    let keys = passphrase("k", PASSPHRASE) + &passphrase("wrong", "incorrect-horse-battery");
    let remote = |inner: &str| format!("{keys}remote_state_data_sources {{\n{inner}}}\n");
    let by_default = remote(&target("default", &["aes_gcm.k"], ""));
    with(&directory, &by_default, "plan").with_code(0).saying(&format!("+ a = \"{SECRET}\""));
    let named = |name: &str, method: &str| target(&format!("remote_state_data_source \"{name}\""), &[method], "");
    let each = remote(&(named("a", "aes_gcm.k") + &named("m.b", "aes_gcm.k")));
    with(&directory, &each, "plan").with_code(0).saying(&format!("+ a = \"{SECRET}\""));
    let one_wrong = remote(&(target("default", &["aes_gcm.k"], "") + &named("m.b", "aes_gcm.wrong")));
    let ended = with(&directory, &one_wrong, "plan").with_code(1).complaining("no decryption key available");
    assert!(ended.err.contains("m.b") || ended.err.contains("module.m.data"), "{}", ended.err);
}
