//! `inmem`: good for one command.

use crate::directory::Directory;

const CONFIGURATION: &str =
    "terraform {\n  backend \"inmem\" {}\n}\nresource \"terraform_data\" \"a\" {}\noutput \"o\" {\n  value = 1\n}\n";

#[test]
fn a_state_lives_as_long_as_the_program() {
    let directory = Directory::with(CONFIGURATION);
    directory
        .run("show -no-color")
        .with_code(1)
        .complaining("Initial configuration of the requested backend \"inmem\"");
    directory.run("init -no-color").with_code(0).saying("Successfully configured the backend \"inmem\"!");
    directory.run("apply -auto-approve -no-color").with_code(0).saying("1 added").saying("o = 1");
    directory.run("apply -auto-approve -no-color").with_code(0).saying("1 added");
    directory.run("workspace list").with_code(0).saying("* default");
    assert!(!directory.has("terraform.tfstate"));
}

#[test]
fn a_lock_of_the_settings_holds() {
    let directory = Directory::with(&CONFIGURATION.replace("{}\n}\nresource", "{\n  lock_id = \"x1\"\n}\n}\nresource"));
    directory.run("init -no-color").with_code(0);
    directory.run("plan -no-color").with_code(1).complaining("ID:        x1");
    directory.run("plan -no-color -lock=false").with_code(0);
}
