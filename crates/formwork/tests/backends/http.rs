//! `http`: requests, locks, refusals, crashes, migrations.

use std::process::Stdio;

use crate::directory::Directory;
use crate::server::{Held, Server};
use crate::together::share_a_backend;

fn configuration(block: &str, resources: &str) -> String {
    format!("terraform {{\n{block}\n}}\n{resources}")
}

const ONE: &str = "resource \"terraform_data\" \"a\" {}\n";

#[test]
fn both_programs_share_a_state() {
    share_a_backend(&Server::start(Held::default()).block("shared"), false);
}

#[test]
fn a_state_is_kept_and_locked_at_its_addresses() {
    let server = Server::start(Held::default());
    let directory = Directory::with(&configuration(&server.block("s"), ONE));
    directory.run("init -no-color").with_code(0);
    directory.run("apply -auto-approve -no-color").with_code(0);
    let requests = server.service().requests.clone();
    let wanted = ["LOCK /s", "GET /s", "POST /s", "UNLOCK /s"];
    let mut left = wanted.iter();
    let mut next = left.next();
    for request in &requests {
        if next == Some(&request.as_str()) {
            next = left.next();
        }
    }
    assert_eq!(next, None, "{requests:?}");
    assert!(server.state("/s").contains("\"serial\": 1,"));
    directory.run("state pull").with_code(0).saying("\"serial\": 1,");
    assert!(!directory.has("terraform.tfstate"), "nothing of the state is kept here");
    directory.run("workspace list").with_code(1).complaining("workspaces not supported");
    directory.run("workspace new x").with_code(1).complaining("workspaces not supported");
}

#[test]
fn a_lock_that_stays_behind_is_broken_by_force() {
    let server = Server::start(Held::default());
    let directory = Directory::with(&configuration(&server.block("s"), ONE));
    directory.run("init -no-color").with_code(0);
    let info = r#"{"ID":"abc","Operation":"OperationTypeApply","Who":"me","Created":"2026-11-21T21:12:58Z"}"#;
    server.service().locks.insert("/s".to_owned(), info.as_bytes().to_vec());
    directory.run("plan -no-color").with_code(1).complaining("HTTP remote state already locked: ID=abc");
    directory.answer("force-unlock abc", "no\n").with_code(1).saying("force-unlock cancelled.");
    directory.answer("force-unlock -no-color abc", "yes\n").with_code(0).saying("successfully unlocked!");
    directory.run("plan -no-color").with_code(0);
}

#[test]
fn what_a_killed_apply_has_done_is_not_lost() {
    let server = Server::start(Held::default());
    let slow = "resource \"terraform_data\" \"b\" {\n  depends_on = [terraform_data.a]\n  provisioner \"local-exec\" {\n    \
                command = \"touch begun; sleep 600\"\n  }\n}\n";
    let directory = Directory::with(&configuration(&server.block("s"), &format!("{ONE}{slow}")));
    directory.run("init -no-color").with_code(0);
    let mut command = directory.command("apply -auto-approve -no-color");
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while !directory.has("begun") {
        assert!(child.try_wait().unwrap().is_none(), "it has ended before it was killed");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(server.state("/s"), "", "nothing was stored yet");
    directory.run("state list").with_code(0).saying("terraform_data.a\n");
    directory.run("plan -no-color").with_code(1).complaining("already locked");
    let id = server.service().locks.get("/s").map(|info| String::from_utf8_lossy(info).into_owned()).unwrap();
    let id = id.split('"').nth(3).unwrap().to_owned();
    directory.run(&format!("force-unlock -force {id}")).with_code(0);
    directory.write("main.tf", &configuration(&server.block("s"), ONE));
    // The other was made, and nobody knows how far.
    directory.run("plan -no-color").with_code(0).saying("Plan: 0 to add, 0 to change, 1 to destroy.");
    assert!(server.state("/s").contains("terraform_data"), "with the lock it was stored");
}

#[test]
fn a_state_that_cannot_be_stored_is_saved_here() {
    let server = Server::start(Held::default());
    let directory = Directory::with(&configuration(&server.block("s"), ONE));
    directory.run("init -no-color").with_code(0);
    server.service().refusal = Some(("POST".to_owned(), 500));
    directory
        .run("apply -auto-approve -no-color")
        .with_code(1)
        .complaining("Error saving state: Failed to upload state: POST")
        .complaining("the state has been written to the file \"errored.tfstate\"");
    server.service().refusal = None;
    directory.run("state push errored.tfstate").with_code(0);
    directory.run("plan -no-color").with_code(0).saying("No changes.");
}

#[test]
fn states_go_along_when_the_backend_changes() {
    let server = Server::start(Held::default());
    let directory = Directory::with(ONE);
    directory.run("init -no-color").with_code(0);
    directory.run("apply -auto-approve -no-color").with_code(0);
    directory.write("main.tf", &configuration(&server.block("first"), ONE));
    directory
        .run("init -no-color -input=false")
        .with_code(1)
        .complaining("Can't ask approval for state migration when interactive input is disabled.");
    directory
        .answer("init -no-color", "yes\n")
        .with_code(0)
        .saying("No existing state was found in the newly\n  configured \"http\" backend.");
    assert_eq!(directory.read("terraform.tfstate"), "");
    assert!(directory.read("terraform.tfstate.backup").contains("terraform_data"));
    directory.run("plan -no-color").with_code(0).saying("No changes.");
    directory.write("main.tf", &configuration(&server.block("second"), ONE));
    directory.run("plan -no-color").with_code(1).complaining("Backend configuration block has changed");
    directory.run("init -no-color").with_code(1).complaining("Error: Backend configuration changed");
    directory.run("init -no-color -migrate-state -force-copy").with_code(0).saying("Backend configuration changed!");
    assert!(server.state("/second").contains("terraform_data"));
    directory.write("main.tf", ONE);
    directory.run("plan -no-color").with_code(1).complaining("Unsetting the previously set backend \"http\"");
    directory
        .run("init -no-color -migrate-state -force-copy")
        .with_code(0)
        .saying("Successfully unset the backend \"http\". Terraform will now operate locally.");
    directory.run("plan -no-color").with_code(0).saying("No changes.");
    assert!(directory.read("terraform.tfstate").contains("terraform_data"));
}

#[test]
fn a_saved_plan_goes_to_its_backend() {
    let server = Server::start(Held::default());
    let directory = Directory::with(&configuration(&server.block("s"), ONE));
    directory.run("init -no-color").with_code(0);
    directory.run("plan -no-color -out=p").with_code(0);
    directory.run("apply -no-color p").with_code(0).saying("1 added");
    assert!(server.state("/s").contains("terraform_data"));
}

#[test]
fn other_states_are_read_wherever_they_are() {
    let server = Server::start(Held::default());
    let first = Directory::with(&configuration(&server.block("s"), "output \"o\" {\n  value = \"there\"\n}\n"));
    first.run("init -no-color").with_code(0);
    first.run("apply -auto-approve -no-color").with_code(0);
    let reading = format!(
        "data \"terraform_remote_state\" \"s\" {{\n  backend = \"http\"\n  config = {{\n    address = \"{}/s\"\n  \
         }}\n}}\noutput \"got\" {{\n  value = data.terraform_remote_state.s.outputs.o\n}}\n",
        server.address
    );
    let second = Directory::with(&reading);
    second.run("init -no-color").with_code(0);
    second.run("apply -auto-approve -no-color").with_code(0).saying("got = \"there\"");
    second.write("main.tf", &reading.replace("backend = \"http\"", "backend = \"bogus\""));
    second.run("plan -no-color").with_code(1).complaining("There is no backend type named \"bogus\".");
}
