//! Ctrl-C while a provider works.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::directory::{Directory, Ended};

fn directory(step: &str) -> Directory {
    let configuration = format!(
        r#"
terraform {{
  required_providers {{
    fwtest = {{
      source = "hashicorp/fwtest"
    }}
  }}
}}
resource "fwtest_object" "first" {{
  name = "first"
}}
resource "fwtest_object" "second" {{
  name   = "second"
  tags   = {{ after = fwtest_object.first.id }}
  script = jsonencode({{ {step} }})
}}
resource "fwtest_object" "third" {{
  name = "third"
  tags = {{ after = fwtest_object.second.id }}
}}
"#
    );
    Directory::with(&configuration).with_provider().set("TF_LOG_PROVIDER", "trace")
}

/// A command whose provider is at work.
pub(crate) struct Running(Child);

impl Running {
    /// Starts a command and waits for the provider to say `begun` in its log.
    fn start(directory: &Directory, line: &str) -> Self {
        let mut command = directory.command(line);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut told = BufReader::new(child.stderr.take().expect("piped"));
        let mut line = String::new();
        let mut all = String::new();
        while !line.contains("begun") {
            line.clear();
            let read = told.read_line(&mut line).expect("it can be read");
            all.push_str(&line);
            assert!(read > 0, "it has ended early:\n{all}");
        }
        child.stderr = Some(told.into_inner());
        Self(child)
    }

    /// Starts a command whose output says when it is at work.
    pub(crate) fn begin(directory: &Directory, line: &str) -> Self {
        let mut command = directory.command(line);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(command.spawn().expect("it starts"))
    }

    pub(crate) fn interrupt(&self) {
        let process = Pid::from_raw(i32::try_from(self.0.id()).expect("process ids are small"));
        kill(process, Signal::SIGINT).expect("it runs");
    }

    /// Waits for this text in the output.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        let out = self.0.stdout.as_mut().expect("piped");
        let mut seen = Vec::new();
        let mut byte = [0];
        while !String::from_utf8_lossy(&seen).contains(text) {
            assert!(out.read(&mut byte).expect("it can be read") > 0, "{}", String::from_utf8_lossy(&seen));
            seen.push(byte[0]);
        }
        String::from_utf8_lossy(&seen).into_owned()
    }

    pub(crate) fn end(self) -> Ended {
        let output = self.0.wait_with_output().expect("it ends");
        Ended {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

#[test]
fn once_ends_an_apply_gently() {
    let directory = directory("create = { log = \"begun\", hang = true, stoppable = true }");
    let mut running = Running::start(&directory, "apply -auto-approve -no-color");
    running.interrupt();
    let out = running.wait_for("Stopping operation...");
    assert!(out.contains("Interrupt received.\nPlease wait for Terraform to exit or data loss may occur."), "{out}");
    running.end().with_code(1);
    let state = directory.read("terraform.tfstate");
    assert!(state.contains("\"first\"") && !state.contains("\"third\""), "{state}");
    assert!(!directory.has(".terraform.tfstate.lock.info"));
}

#[test]
fn twice_ends_an_apply_at_once() {
    let directory = directory("create = { log = \"begun\", hang = true }");
    let mut running = Running::start(&directory, "apply -auto-approve -no-color");
    running.interrupt();
    running.wait_for("Stopping operation...");
    running.interrupt();
    running.end().with_code(1).complaining("Two interrupts received.").complaining("Error: operation canceled");
    assert!(directory.read("terraform.tfstate").contains("\"first\""));
    assert!(!directory.has(".terraform.tfstate.lock.info"));
}

#[test]
fn twice_ends_a_plan_at_once() {
    let directory = directory("plan = { log = \"begun\", hang = true }");
    let mut running = Running::start(&directory, "plan -no-color");
    running.interrupt();
    running.wait_for("Stopping operation...");
    running.interrupt();
    let ended = running.end().with_code(1).complaining("Error: operation canceled");
    assert!(!ended.out.contains("Plan:"), "{}", ended.out);
    assert!(!directory.has(".terraform.tfstate.lock.info") && !directory.has("terraform.tfstate"));
}

#[test]
fn others_wait_for_the_lock() {
    let directory = directory("create = { log = \"begun\", hang = true }");
    let mut running = Running::start(&directory, "apply -auto-approve -no-color");
    directory
        .run("plan -no-color")
        .with_code(1)
        .complaining("Error acquiring the state lock")
        .complaining("Operation: OperationTypeApply");
    directory.run("plan -no-color -lock-timeout=10ms").with_code(1).complaining("Error acquiring the state lock");
    running.interrupt();
    running.wait_for("Stopping operation...");
    running.interrupt();
    running.end().with_code(1);
}

#[test]
fn twice_ends_a_plan_whose_provider_does_not_start() {
    let directory = directory("");
    let program = directory.read("programs/terraform-provider-fwtest");
    let hanging = program.replace("exec ", "export FW_TESTPROVIDER_START=hang\necho begun >&2\nexec ");
    directory.write("programs/terraform-provider-fwtest", &hanging);
    let mut running = Running::start(&directory, "plan -no-color");
    running.interrupt();
    running.wait_for("Stopping operation...");
    let since = std::time::Instant::now();
    running.interrupt();
    running.end().with_code(1).complaining("Error: operation canceled");
    assert!(since.elapsed() < std::time::Duration::from_secs(30), "it did not wait for the provider");
}
