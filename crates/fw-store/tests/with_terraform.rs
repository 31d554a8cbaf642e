//! Locks between terraform and us, both ways. Needs terraform on PATH, and says so where it is missing.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use fw_store::{LocalState, LockInfo, LockRequest, NoWait, StatePaths};

const CONFIGURATION: &str = r#"
resource "terraform_data" "a" {
  provisioner "local-exec" {
    command = "touch begun; while [ ! -e go ]; do sleep 0.05; done"
  }
}
"#;

fn terraform(directory: &Path) -> Command {
    let mut command = Command::new("terraform");
    command.current_dir(directory).env("CHECKPOINT_DISABLE", "1").env("TF_IN_AUTOMATION", "1");
    command
}

#[expect(clippy::print_stdout, reason = "tests say what they skip")]
/// A directory where terraform can apply; `None` where there is no terraform.
fn initialised() -> Option<tempfile::TempDir> {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("main.tf"), CONFIGURATION).expect("the file can be written");
    match terraform(directory.path()).args(["init", "-input=false"]).output() {
        Ok(output) if output.status.success() => Some(directory),
        Ok(output) => panic!("{}", text(&output)),
        Err(_) => {
            println!("skipped: terraform is not on PATH");
            None
        }
    }
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn state(directory: &Path) -> LocalState {
    LocalState::new(StatePaths::of(directory.join("terraform.tfstate")))
}

const REQUEST: LockRequest<'_> = LockRequest { operation: "OperationTypeApply", info: "", timeout: Duration::ZERO };

#[test]
fn terraform_respects_our_lock() {
    let Some(directory) = initialised() else { return };
    let mut ours = state(directory.path());
    ours.lock(&REQUEST, &mut NoWait).unwrap();
    let id = ours.lock_info().map(|info| info.id.clone()).unwrap();
    let output = terraform(directory.path()).args(["apply", "-auto-approve", "-no-color"]).output().unwrap();
    let told = text(&output);
    assert!(!output.status.success());
    assert!(told.contains("Error acquiring the state lock") && told.contains(&id), "{told}");
    assert!(told.contains("OperationTypeApply"), "{told}");
    ours.unlock().unwrap();
    std::fs::write(directory.path().join("go"), "").unwrap();
    let output = terraform(directory.path()).args(["apply", "-auto-approve", "-no-color"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
fn we_respect_terraforms_lock() {
    let Some(directory) = initialised() else { return };
    let mut child = terraform(directory.path())
        .args(["apply", "-auto-approve"])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while !directory.path().join("begun").exists() {
        assert!(child.try_wait().unwrap().is_none(), "terraform ended early");
        std::thread::yield_now();
    }
    let refused = state(directory.path()).lock(&REQUEST, &mut NoWait).unwrap_err();
    let holder = refused.holder.clone().unwrap_or_default();
    assert_eq!(refused.diagnostic().summary, "Error acquiring the state lock");
    assert_eq!((holder.operation.as_str(), holder.path.as_str()), ("OperationTypeApply", "terraform.tfstate"));
    assert!(holder != LockInfo::default() && refused.to_string().contains(&format!("ID:        {}", holder.id)));
    std::fs::write(directory.path().join("go"), "").unwrap();
    assert!(child.wait().unwrap().success());
    let mut ours = state(directory.path());
    ours.lock(&REQUEST, &mut NoWait).unwrap();
    let (found, _) = ours.read().unwrap();
    assert_eq!(found.unwrap_or_default().instances().count(), 1);
    ours.unlock().unwrap();
}
