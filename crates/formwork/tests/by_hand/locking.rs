//! Locks on the state, held by somebody else.

use std::time::Duration;

use fw_store::{LocalState, LockRequest, NoWait, StatePaths};

use crate::lab::{Lab, STATE};

const CHANGES: &[&[&str]] = &[
    &["state", "rm", "terraform_data.single"],
    &["state", "mv", "terraform_data.single", "terraform_data.x"],
    &["state", "replace-provider", "-auto-approve", "hashicorp/null", "acme/null"],
    &["state", "push", "new"],
    &["taint", "terraform_data.single"],
    &["untaint", "terraform_data.c[1]"],
];

/// The state of a lab, locked by this process.
fn hold(lab: &Lab) -> LocalState {
    let mut held = LocalState::new(StatePaths::of(lab.root().join("terraform.tfstate")));
    let request = LockRequest { operation: "a test", info: "", timeout: Duration::ZERO };
    held.lock(&request, &mut NoWait).expect("nobody else holds it");
    held
}

#[test]
fn changes_wait_for_the_lock() {
    let lab = Lab::with_state();
    lab.write("new", &STATE.replace("\"serial\": 7", "\"serial\": 8"));
    let mut held = hold(&lab);
    for command in CHANGES {
        let told = lab.fail(command);
        assert!(told.contains("Error: Error acquiring the state lock"), "{command:?}: {told}");
        assert!(told.contains("  Operation: a test\n"), "{command:?}: {told}");
    }
    assert_eq!(lab.read("terraform.tfstate"), STATE);
    assert_eq!(lab.addresses().len(), 15, "looking needs no lock");
    held.unlock().expect("it is held");
    lab.succeed(CHANGES[0]);
}

#[test]
fn the_lock_can_be_passed_over() {
    let lab = Lab::with_state();
    let _held = hold(&lab);
    lab.succeed(&["state", "rm", "-lock=false", "terraform_data.single"]);
    assert!(lab.read("terraform.tfstate").contains("\"serial\": 8"));
    assert!(lab.has(".terraform.tfstate.lock.info"), "the other's lock is left alone");
}

#[test]
fn a_lock_that_becomes_free_in_time_is_taken() {
    let lab = Lab::with_state();
    let mut held = hold(&lab);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| lab.run(&["taint", "-no-color", "-lock-timeout=30s", "terraform_data.single"]));
        // The lock is given back once the command is there: it has opened the file, or will find it free.
        held.unlock().expect("it is held");
        let outcome = waiting.join().expect("no panic");
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    });
    assert!(lab.read("terraform.tfstate").contains("tainted"));
}
