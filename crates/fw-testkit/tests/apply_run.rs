//! Applies that are stopped, killed or limited, and providers that die or never answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use fw_apply::{Hooks, Operating};
use fw_exec::Cancel;
use fw_ops::{ApplyRequest, Engine, PlanRequest};
use fw_plan::PlanOptions;
use fw_state::State;
use fw_store::{LocalState, LockRequest, NoWait, PersistPolicy, Recorder, StatePaths};
use fw_testkit::{Stack, told};

/// How an apply is run.
struct Run<'a> {
    hooks: &'a dyn Hooks,
    cancel: &'a Cancel,
    parallelism: usize,
    policy: PersistPolicy,
}

impl<'a> Run<'a> {
    fn new(hooks: &'a dyn Hooks, cancel: &'a Cancel) -> Self {
        Self { hooks, cancel, parallelism: 10, policy: PersistPolicy::default() }
    }

    /// Plans and applies; returns what was told while applying.
    fn apply(&self, stack: &Stack) -> String {
        stack.with_engine(|engine, loaded| {
            assert!(!loaded.has_errors());
            let engine = Engine { parallelism: self.parallelism, ..*engine };
            let mut local = LocalState::new(StatePaths::of(stack.root().join("terraform.tfstate")));
            let request = LockRequest { operation: "OperationTypeApply", info: "", timeout: std::time::Duration::ZERO };
            local.lock(&request, &mut NoWait).expect("a lock");
            let state = local.read().expect("a state").0.unwrap_or_default();
            let planned = engine.plan(&PlanRequest {
                state: Arc::new(state.clone()),
                options: &PlanOptions::default(),
                variables: &BTreeMap::new(),
                hooks: &fw_plan::NoHooks,
                cancel: &Cancel::default(),
            });
            assert!(!planned.diagnostics.has_errors(), "{}", told(&planned.diagnostics, engine.sources));
            let recorder = Recorder::start(local, &state, self.policy).expect("a journal");
            let outcome = engine.apply(&ApplyRequest {
                plan: &planned.plan,
                variables: &BTreeMap::new(),
                recorder: &fw_ops::Durable(&recorder),
                hooks: self.hooks,
                cancel: self.cancel,
            });
            let (mut local, written) = recorder.finish();
            written.expect("the state can be written");
            local.unlock().expect("it was locked");
            told(&outcome.diagnostics, engine.sources)
        })
    }
}

fn names(state: &State) -> Vec<String> {
    state.instances().map(|(address, ..)| address.to_string()).collect()
}

fn log(stack: &Stack) -> String {
    std::fs::read_to_string(stack.directory().join("cloud/calls.log")).unwrap_or_default()
}

/// Waits for something that another process or thread is bound to do.
fn until(what: &str, mut done: impl FnMut() -> bool) {
    let started = std::time::Instant::now();
    while !done() {
        assert!(started.elapsed().as_secs() < 60, "{what} did not happen");
        std::thread::yield_now();
    }
}

/// Asks to stop as soon as an operation on this resource has begun.
struct StopAt<'a> {
    name: &'a str,
    cancel: &'a Cancel,
}

impl Hooks for StopAt<'_> {
    fn before_apply(&self, operation: &Operating<'_>) {
        if &*operation.address.resource.name == self.name {
            self.cancel.cancel();
        }
    }
}

#[test]
fn a_stop_lets_providers_finish_and_begins_nothing_more() {
    let stack = Stack::new(
        r#"
        resource "fwtest_object" "first" {
          name = "first"
        }
        resource "fwtest_object" "slow" {
          name   = fwtest_object.first.id
          script = jsonencode({ create = { hang = true, stoppable = true } })
        }
        resource "fwtest_object" "after" {
          name = fwtest_object.slow.id
        }
        "#,
    );
    let cancel = Cancel::default();
    let told = Run::new(&StopAt { name: "slow", cancel: &cancel }, &cancel).apply(&stack);
    assert!(told.contains("(fwtest_object.slow)"), "{told}");
    assert!(log(&stack).contains(r#""call":"stop""#));
    assert_eq!(names(&stack.state()), ["fwtest_object.first"]);
    // The rest is done next time.
    stack.write(
        "main.tf",
        &std::fs::read_to_string(stack.root().join("main.tf")).unwrap().replace("hang = true", "times = 0"),
    );
    stack.apply().succeeded();
    assert_eq!(names(&stack.state()).len(), 3);
}

#[test]
fn what_waits_for_its_turn_is_left_out_after_a_stop() {
    let stack = Stack::new("resource \"fwtest_object\" \"many\" {\n  count = 20\n  name = \"many${count.index}\"\n}\n");
    let cancel = Cancel::default();
    let stop = StopAt { name: "many", cancel: &cancel };
    let told = Run { parallelism: 1, ..Run::new(&stop, &cancel) }.apply(&stack);
    assert_eq!(told, "error: execution halted\n\n");
    assert_eq!(names(&stack.state()).len(), 1, "{}", log(&stack));
}

#[test]
fn a_second_stop_waits_for_nobody() {
    let stack = Stack::new(
        r#"
        resource "fwtest_object" "first" {
          name = "first"
        }
        resource "fwtest_object" "deaf" {
          name   = fwtest_object.first.id
          script = jsonencode({ create = { hang = true } })
        }
        "#,
    );
    let cancel = Cancel::default();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            until("stopping the provider", || log(&stack).contains(r#""call":"stop""#));
            cancel.cancel();
        });
        Run::new(&StopAt { name: "deaf", cancel: &cancel }, &cancel).apply(&stack);
    });
    assert_eq!(names(&stack.state()), ["fwtest_object.first"]);
}

#[test]
fn no_more_calls_at_a_time_than_allowed() {
    let stack = Stack::new(
        r#"
        resource "fwtest_object" "a" {
          count  = 12
          name   = "a${count.index}"
          script = jsonencode({ create = { delay_ms = 20 } })
        }
        "#,
    );
    let cancel = Cancel::default();
    let told = Run { parallelism: 3, ..Run::new(&fw_apply::NoHooks, &cancel) }.apply(&stack);
    assert_eq!(told, "");
    let (mut now, mut most) = (0_i32, 0);
    for line in
        log(&stack).lines().filter(|line| line.contains(r#""call":"create""#) || line.contains(r#""call":"apply""#))
    {
        now += if line.contains(r#""moment":"begin""#) { 1 } else { -1 };
        most = most.max(now);
    }
    assert_eq!((now, most), (0, 3), "{}", log(&stack));
}

#[test]
fn a_provider_that_dies_takes_nothing_with_it() {
    let stack = Stack::new(
        r#"
        resource "fwtest_object" "first" {
          name = "first"
        }
        resource "fwtest_object" "fatal" {
          name   = fwtest_object.first.id
          script = jsonencode({ create = { panic = "assignment to entry in nil map" } })
        }
        resource "terraform_data" "other" {
          input = fwtest_object.first.id
        }
        "#,
    );
    let cancel = Cancel::default();
    let told = Run::new(&fw_apply::NoHooks, &cancel).apply(&stack);
    assert!(told.contains("assignment to entry in nil map"), "{told}");
    assert!(told.contains("ApplyResourceChange"), "{told}");
    assert!(told.contains("(fwtest_object.fatal)"), "{told}");
    assert_eq!(names(&stack.state()), ["fwtest_object.first", "terraform_data.other"]);
}

const CHILD: &str = "FORMWORK_TEST_APPLY_IN";

/// Not a test of its own: what the next one starts, to kill it.
#[test]
fn apply_in_a_process_of_its_own() {
    let Ok(directory) = std::env::var(CHILD) else { return };
    let policy = PersistPolicy { interval: std::time::Duration::from_millis(7) };
    let cancel = Cancel::default();
    let told = Run { policy, ..Run::new(&fw_apply::NoHooks, &cancel) }.apply(&Stack::existing(directory.into()));
    assert_eq!(told, "");
}

/// A chain: each object is begun only when the one before is on record.
fn chain(length: usize) -> String {
    let mut text = String::from("resource \"fwtest_object\" \"o0\" {\n  name = \"o\"\n}\n");
    for at in 1..length {
        let before = at - 1;
        text.push_str(&format!(
            "resource \"fwtest_object\" \"o{at}\" {{\n  name = \"o\"\n  any  = fwtest_object.o{before}.id\n}}\n"
        ));
    }
    text
}

#[test]
fn being_killed_loses_no_finished_operation() {
    const LENGTH: usize = 24;
    let stack = Stack::new(&chain(LENGTH));
    // Both programs are there before the first child runs.
    drop(stack.provider_program());
    let mut recorded = 0;
    for at in [1, 2, 3, 5, 8, 13, 20] {
        let mut child = start_child(&stack);
        until("creating objects", || stack.cloud().objects().len() >= at || child.try_wait().unwrap().is_some());
        kill(&mut child, &stack);
        let made = stack.cloud().objects().len();
        let state = recovered(&stack);
        let known = names(&state).len();
        // One operation may have been under way; and each time we are killed, one object may have been orphaned.
        assert!(known >= recorded, "objects got lost: {known} of {recorded}");
        let begun = log(&stack).lines().filter(|l| l.contains(r#""call":"create""#) && l.contains("begin")).count();
        assert!(known <= made && begun >= known, "{known} known, {made} made");
        let mut expected: Vec<_> = (0..known).map(|n| format!("fwtest_object.o{n}")).collect();
        expected.sort();
        let mut found = names(&state);
        found.sort();
        assert_eq!(found, expected, "an object before another is missing");
        recorded = known;
        terraform_reads(&stack, known);
    }
    stack.apply().succeeded();
    assert_eq!(names(&stack.state()).len(), LENGTH);
    // Each kill orphans one object at most: the one whose creation was not answered yet.
    assert!(stack.cloud().objects().len() <= LENGTH + 7);
}

fn start_child(stack: &Stack) -> std::process::Child {
    let test = std::env::current_exe().expect("a running test has a program");
    std::process::Command::new(test)
        .args(["apply_in_a_process_of_its_own", "--exact"])
        .env(CHILD, stack.directory())
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("the test's program starts")
}

/// Kills the child, and then the provider that it can no longer end: the program ties providers to itself, tests do not.
fn kill(child: &mut std::process::Child, stack: &Stack) {
    child.kill().expect("it is ours");
    child.wait().expect("it is ours");
    let root = stack.root().canonicalize().expect("it is there");
    for process in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let id = process.file_name().into_string().unwrap_or_default();
        if id.parse::<u32>().is_ok() && std::fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd == root) {
            drop(std::process::Command::new("kill").args(["-KILL", &id]).status());
        }
    }
}

/// The state as the next operation finds it, which puts right what it finds.
fn recovered(stack: &Stack) -> State {
    let mut local = LocalState::new(StatePaths::of(stack.root().join("terraform.tfstate")));
    let request = LockRequest { operation: "OperationTypeApply", info: "", timeout: std::time::Duration::ZERO };
    local.lock(&request, &mut NoWait).expect("the lock went with its holder");
    let state = local.read().expect("the state can be read").0.unwrap_or_default();
    local.unlock().expect("it was locked");
    let entries = std::fs::read_dir(stack.root()).expect("it is there");
    let left = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let left: Vec<_> = left.filter(|name| name.contains("journal") || name.contains(".next")).collect();
    assert!(left.is_empty(), "left behind: {left:?}");
    state
}

#[expect(clippy::print_stdout, reason = "tests say what they skip")]
fn tell_skipped() {
    println!("skipped: terraform is not on PATH");
}

/// Terraform finds the same objects in the file.
fn terraform_reads(stack: &Stack, objects: usize) {
    let listed = std::process::Command::new("terraform")
        .args(["state", "list", "-state=terraform.tfstate"])
        .current_dir(stack.root())
        .env("CHECKPOINT_DISABLE", "1")
        .output();
    match listed {
        Ok(output) if objects > 0 => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(text.lines().count(), objects, "{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(_) => {}
        Err(_) => tell_skipped(),
    }
}
