//! A worker's process that is killed in the middle of an apply, and another one that goes on.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use fw_run::{JournalWrite, Outcome, PlanOptions, StepKind};

use crate::memory::{Memory, Verdict, new_run, planned};
use crate::place::{Place, REQUIRED};

/// Names the place of a process that is to be killed.
const CHILD: &str = "FW_WORKER_TEST_CHILD";
const REACHED: &str = "about to make terraform_data.b";

const MAIN: &str = "
    resource \"fwtest_object\" \"a\" {
      name = \"a\"
    }
    resource \"terraform_data\" \"b\" {
      input = fwtest_object.a.id
    }
    resource \"fwtest_object\" \"c\" {
      name = \"c${substr(terraform_data.b.id, 0, 0)}\"
    }
";

/// No test of its own: the other one runs it in a process that it kills.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_to_be_killed() {
    let Ok(directory) = std::env::var(CHILD) else { return };
    let place = Place::existing(Path::new(&directory));
    let memory = Memory::load(&place.directory().join("service.json"));
    memory.watch(|write| match write {
        JournalWrite::Intent(intent) if intent.op.0 == "create terraform_data.b" => Verdict::WriteThenHang,
        _ => Verdict::Write,
    });
    let _worker = place.start(&memory, "killed");
    memory.hangs().await;
    println!("{REACHED}");
    std::future::pending::<()>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_apply_goes_on_after_its_worker_was_killed() {
    let (place, memory) = (Place::new(), Memory::new());
    let file = place.directory().join("service.json");
    let work = memory.work(&[("main.tf", MAIN), ("versions.tf", REQUIRED)]);
    let worker = place.start(&memory, "planning");
    let run = new_run();
    let plan = planned(&memory.plan(run, &work, PlanOptions::default()).await);
    worker.shutdown(Duration::from_secs(10)).await;
    memory.offer(run, 1, StepKind::Apply, &work, Some(plan.clone()));
    memory.keep(&file);

    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["killing::a_process_to_be_killed", "--exact", "--nocapture"])
        .env(CHILD, place.directory())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains(REACHED)), "the process ended by itself");
    child.kill().unwrap();
    child.wait().unwrap();

    let memory = Memory::load(&file);
    memory.lose();
    let worker = place.start(&memory, "next");
    memory.offer(run, 2, StepKind::Apply, &work, Some(plan));
    let finish = memory.finished(run, 2, true).await;
    assert!(matches!(finish.outcome, Outcome::Done { .. }), "{finish:#?}");
    assert_eq!(finish.state.unwrap().resources, 3);
    let calls = place.cloud.take_calls();
    assert_eq!((Place::calls(&calls, "create", "a"), Place::calls(&calls, "create", "c")), (1, 1), "{calls}");
    worker.shutdown(Duration::from_secs(10)).await;
}
