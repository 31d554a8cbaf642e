//! The world fails: full disks, missing permissions, broken files, providers that misbehave. Nothing that was done may be
//! lost, and the exit code says that something is wrong.

#![expect(clippy::print_stdout, reason = "says what it skips")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use fw_testkit::TestProvider;

use crate::directory::{Directory, Ended};

const COUNTER: &str = "variable \"n\" {\n  default = 1\n}\nresource \"terraform_data\" \"a\" {\n  input = var.n\n}\n";

fn ended(command: &mut Command) -> Ended {
    let output = command.output().expect("it runs");
    Ended {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs a shell script that may mount, where this machine allows it. `$FORMWORK` is the program.
fn with_mounts(directory: &Directory, script: &str) -> Option<Ended> {
    let run = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--map-root-user", "sh", "-ec", script]).current_dir(directory.path("."));
        command.env("FORMWORK", env!("CARGO_BIN_EXE_formwork")).env("HOME", directory.path("."));
        command.env("CHECKPOINT_DISABLE", "1").env_remove("TF_CLI_CONFIG_FILE").env_remove("TF_LOG");
        command
    };
    fs::create_dir_all(directory.path("disk")).expect("a directory can be made");
    let allowed = run("mount -t tmpfs -o size=64k none disk").status().is_ok_and(|status| status.success());
    if !allowed {
        println!("skipped: this machine does not let us mount");
        return None;
    }
    Some(ended(&mut run(script)))
}

/// Makes a small disk with a state on it, and has the disk filled while the second apply runs.
const FILLED_WHILE_APPLYING: &str = r#"
mount -t tmpfs -o size=200k none disk
cp main.tf disk; cd disk
$FORMWORK apply -auto-approve -no-color > /dev/null
cp terraform.tfstate ../before
code=0; $FORMWORK apply -auto-approve -no-color -var n=2 || code=$?
cp terraform.tfstate ../after
rm fill
$FORMWORK state pull > ../recovered
exit $code
"#;

#[test]
fn a_disk_that_fills_while_applying() {
    let directory = Directory::with(
        r#"variable "n" {
  default = 1
}
resource "terraform_data" "first" {
  input = var.n
}
resource "terraform_data" "filler" {
  depends_on       = [terraform_data.first]
  triggers_replace = var.n
  provisioner "local-exec" {
    command = "[ ${var.n} = 1 ] || dd if=/dev/zero of=fill bs=1k 2>/dev/null || true"
  }
}
resource "terraform_data" "last" {
  depends_on = [terraform_data.filler]
  input      = "${var.n}-${join("", [for i in range(1000) : "xxyyzz"])}"
}
"#,
    );
    let Some(ended) = with_mounts(&directory, FILLED_WHILE_APPLYING) else { return };
    let ended = ended.with_code(1).complaining("Error: Failed to save state").complaining("no space left on device");
    // There is no room for errored.tfstate either.
    let ended = ended.complaining("Error: Failed to create local state file");
    let json = ended.err.split_once("errored.tfstate\n\n").expect("the state follows").1.trim();
    let shown: serde_json::Value = serde_json::from_str(json).expect("a state");
    assert_eq!(shown["resources"][1]["name"], "first");
    assert_eq!(directory.read("after"), directory.read("before"), "the state file is as it was");
    let recovered: serde_json::Value = serde_json::from_str(&directory.read("recovered")).expect("a state");
    let input = &recovered["resources"][1]["instances"][0]["attributes"]["input"]["value"];
    assert_eq!(input, "2", "what was done before is not lost");
}

#[test]
fn a_full_disk_that_only_the_state_is_on() {
    let directory = Directory::with(&format!(
        "terraform {{\n  backend \"local\" {{\n    path = \"disk/terraform.tfstate\"\n  }}\n}}\n{COUNTER}resource \
         \"terraform_data\" \"filler\" {{\n  depends_on       = [terraform_data.a]\n  triggers_replace = var.n\n  \
         provisioner \"local-exec\" {{\n    command = \"[ ${{var.n}} = 1 ] || dd if=/dev/zero of=disk/fill bs=1k 2>/dev/null \
         || true\"\n  }}\n}}\nresource \"terraform_data\" \"last\" {{\n  depends_on = [terraform_data.filler]\n  input      \
         = \"${{var.n}}-${{join(\"\", [for i in range(1000) : \"xxyyzz\"])}}\"\n}}\n"
    ));
    let script = "mount -t tmpfs -o size=200k none disk\n$FORMWORK init -no-color > /dev/null\n$FORMWORK apply -auto-approve \
                  -no-color > /dev/null\ncp disk/terraform.tfstate before\ncode=0; $FORMWORK apply -auto-approve -no-color -var \
                  n=2 || code=$?\ncp disk/terraform.tfstate after\nexit $code";
    let Some(ended) = with_mounts(&directory, script) else { return };
    ended.with_code(1).complaining("Error: Failed to persist state to backend").complaining("errored.tfstate");
    assert_eq!(directory.read("after"), directory.read("before"));
    let rescued: serde_json::Value = serde_json::from_str(&directory.read("errored.tfstate")).expect("a state");
    assert_eq!(rescued["resources"][0]["instances"][0]["attributes"]["input"]["value"], "2");
}

#[test]
fn a_disk_that_is_full_from_the_start() {
    let directory = Directory::with(COUNTER);
    let script = "mount -t tmpfs -o size=64k none disk\ncp main.tf disk; cd disk\n$FORMWORK apply -auto-approve -no-color > \
                  /dev/null\ncp terraform.tfstate ../before\ndd if=/dev/zero of=fill bs=1k 2> /dev/null || true\ncode=0; \
                  $FORMWORK apply -auto-approve -no-color -var n=2 || code=$?\ncp terraform.tfstate ../after\nexit $code";
    let Some(ended) = with_mounts(&directory, script) else { return };
    let ended = ended.with_code(1).complaining("no space left on device");
    assert!(!ended.out.contains("Modifying"), "nothing is begun that could not be written down: {}", ended.out);
    assert_eq!(directory.read("after"), directory.read("before"));
}

/// Runs the program as somebody who owns nothing, where this machine allows it.
fn as_nobody(directory: &Directory, line: &str) -> Option<Ended> {
    let program = directory.path("formwork");
    if !program.exists() {
        fs::copy(env!("CARGO_BIN_EXE_formwork"), &program).expect("it can be copied");
        fs::set_permissions(directory.path("."), fs::Permissions::from_mode(0o755)).expect("it is ours");
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program).args(line.split_whitespace());
    command.current_dir(directory.path(".")).env_clear().env("HOME", "/nonexistent").env("CHECKPOINT_DISABLE", "1");
    let found = command.output().ok().filter(|output| output.status.code() != Some(127));
    if found.is_none() {
        println!("skipped: this machine does not let us be somebody else");
    }
    found.map(|output| Ended {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

#[test]
fn states_of_others() {
    let directory = Directory::with(COUNTER);
    directory.run("apply -auto-approve -no-color").with_code(0);
    let before = directory.read("terraform.tfstate");
    let mode = |mode| {
        let path = directory.path("terraform.tfstate");
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
    };
    mode(0o644);
    let Some(shown) = as_nobody(&directory, "show -no-color") else { return };
    if shown.err.contains("Operation not permitted") {
        println!("skipped: this machine does not let us be somebody else");
        return;
    }
    shown.with_code(0).saying("terraform_data.a");
    let run = |line: &str| as_nobody(&directory, line).expect("it could be done before");
    for line in ["apply -auto-approve -no-color -var n=2", "plan -no-color", "state rm -no-color terraform_data.a"] {
        let ended = run(line).with_code(1).complaining("Error: Error acquiring the state lock");
        ended.complaining("Error message: open terraform.tfstate: permission denied");
    }
    mode(0o600);
    for (line, complaint) in [
        ("show -no-color", "Error: Failed to load state: open terraform.tfstate: permission denied"),
        ("output -no-color", "Error: open terraform.tfstate: permission denied"),
        ("state list", "Failed to load state: open terraform.tfstate: permission denied"),
        ("plan -no-color -lock=false", "Error: error loading state: open terraform.tfstate: permission denied"),
    ] {
        run(line).with_code(1).complaining(complaint);
    }
    assert_eq!(directory.read("terraform.tfstate"), before);
    fs::remove_file(directory.path("terraform.tfstate")).expect("it is ours");
    run("apply -auto-approve -no-color").with_code(1).complaining("permission denied");
    assert!(!directory.has("terraform.tfstate"));
}

#[test]
fn plan_files_that_are_none() {
    let directory = Directory::with(COUNTER);
    directory.run("plan -no-color -out=good").with_code(0);
    let good = fs::read(directory.path("good")).expect("a plan");
    let half = good.get(..good.len() / 2).expect("it is long enough").to_vec();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 0x10;
    for (name, bytes) in [
        ("empty", Vec::new()),
        ("rubbish", b"rubbish\n".to_vec()),
        ("archive", b"PK\x03\x04 and no more".to_vec()),
        ("half", half),
        ("flipped", flipped),
    ] {
        fs::write(directory.path(name), bytes).expect("it can be written");
        let ended = directory.run(&format!("apply -no-color {name}")).with_code(1).complaining("Error: ");
        assert!(!ended.err.contains("panicked"), "{}", ended.err);
        assert!(!directory.has("terraform.tfstate") && !directory.has(".terraform.tfstate.lock.info"));
    }
    directory.run("apply -no-color missing").with_code(1).complaining("missing");
    directory.run("apply -no-color good").with_code(0);
    directory.run("apply -no-color good").with_code(1).complaining("Error: Saved plan is stale");
}

fn with_script(step: &str) -> Directory {
    let configuration = format!(
        "terraform {{\n  required_providers {{\n    fwtest = {{\n      source = \"hashicorp/fwtest\"\n    }}\n  }}\n}}\nresource \
         \"fwtest_object\" \"first\" {{\n  name = \"first\"\n}}\nresource \"fwtest_object\" \"second\" {{\n  name   = \
         \"second\"\n  tags   = {{ after = fwtest_object.first.id }}\n  script = jsonencode({{ {step} }})\n}}\n"
    );
    Directory::with(&configuration).with_provider()
}

#[test]
fn a_provider_that_crashes_while_applying() {
    let directory = with_script("create = { panic = \"all is lost\" }");
    directory
        .run("apply -auto-approve -no-color")
        .with_code(1)
        .complaining("all is lost")
        .complaining("with fwtest_object.second");
    let state = directory.read("terraform.tfstate");
    assert!(state.contains("\"first\"") && !state.contains("\"second-"), "{state}");
    assert!(!directory.has(".terraform.tfstate.lock.info") && !directory.has(".terraform.tfstate.journal"));
    directory.write("main.tf", &directory.read("main.tf").replace("panic", "log"));
    directory.run("apply -auto-approve -no-color").with_code(0).saying("1 added, 0 changed, 0 destroyed");
}

#[test]
fn providers_that_do_not_start() {
    for how in ["exit", "garbage", "core", "protocol", "netrpc", "certificate"] {
        let directory = with_script("");
        directory.run("apply -auto-approve -no-color").with_code(0);
        let before = directory.read("terraform.tfstate");
        let broken = TestProvider::default().with("FW_TESTPROVIDER_START", how);
        let _program = broken.install(&directory.path("programs"), &directory.path("cloud"));
        let ended = directory.run("apply -auto-approve -no-color").with_code(1).complaining("Error: ");
        assert!(ended.err.contains("fwtest") && !ended.err.contains("panicked at"), "{how}: {}", ended.err);
        assert_eq!(directory.read("terraform.tfstate"), before, "{how}");
        assert!(!directory.has(".terraform.tfstate.lock.info"), "{how}");
    }
}

#[test]
fn sensitive_values_silence_local_exec() {
    let directory = Directory::with(
        r#"variable "secret" {
  default   = "hunter2"
  sensitive = true
}
resource "terraform_data" "a" {
  provisioner "local-exec" {
    command = "echo ${var.secret}; echo more"
  }
  provisioner "local-exec" {
    command = "echo $SECRET"
    environment = {
      SECRET = var.secret
    }
  }
  provisioner "local-exec" {
    command = "echo plain"
  }
}
"#,
    );
    let ended = directory.run("apply -auto-approve -no-color").with_code(0);
    assert!(!ended.out.contains("hunter2") && !ended.err.contains("hunter2"), "{}", ended.out);
    ended.out.lines().filter(|line| line.contains("(local-exec): ")).for_each(|line| {
        let harmless = line.contains("(output suppressed due to sensitive value in config)") || line.contains("plain");
        assert!(harmless, "{line}");
    });
    ended.saying("terraform_data.a (local-exec): plain");
}

#[test]
fn a_cloud_that_is_asked_too_much_is_asked_again() {
    let object = "terraform {\n  required_providers {\n    fwtest = {\n      source = \"hashicorp/fwtest\"\n    }\n  \
                  }\n}\nresource \"fwtest_object\" \"a\" {\n  name = \"a\"\n}\n";
    let directory = Directory::with(object).with_provider();
    directory.run("apply -auto-approve").with_code(0);
    let run = |line: &str, script: serde_json::Value| {
        ended(directory.command(line).env("FW_TESTPROVIDER_SCRIPT", script.to_string()))
    };
    let detail = "operation error: api error Throttling: Rate exceeded";
    let once = serde_json::json!({"read": {"error": {"summary": "reading", "detail": detail}, "times": 1}});
    let read = run("plan -no-color -timings", once).with_code(0).saying("No changes.");
    assert!(read.err.contains("ReadResource: 2 x"), "{}", read.err);
    let once = serde_json::json!({"create": {"error": "429 Too Many Requests", "times": 1}});
    let create = run("apply -no-color -auto-approve -replace=fwtest_object.a -timings", once).with_code(1);
    assert!(create.err.contains("ApplyResourceChange: 2 x"), "a deletion, and a creation once: {}", create.err);
}
