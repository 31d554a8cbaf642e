//! Plans and applies that nothing disturbs, and such as are stopped or fail.

use std::time::Duration;

use fw_run::{
    ChangeCounts, JournalWrite, OpAction, Outcome, PlanMode, PlanOptions, Progress, ResourcePhase, StepKind, StepReport,
};

use crate::memory::{Memory, Verdict, Work, new_run, planned};
use crate::place::{Place, REQUIRED};

fn configured(memory: &Memory, main: &str) -> Work {
    memory.work(&[("main.tf", main), ("versions.tf", REQUIRED)])
}

fn names(state: &serde_json::Value) -> Vec<String> {
    let resources = state["resources"].as_array().unwrap().iter();
    resources.map(|r| format!("{}.{}", r["type"].as_str().unwrap(), r["name"].as_str().unwrap())).collect()
}

const TWO: &str = "
    resource \"fwtest_object\" \"first\" {
      name = \"first\"
    }
    resource \"fwtest_object\" \"second\" {
      name = fwtest_object.first.id
      size = 2
    }
    output \"id\" {
      value = fwtest_object.second.id
    }
";

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_is_made_updated_and_destroyed() {
    let (place, memory) = (Place::new(), Memory::new());
    let worker = place.start(&memory, "worker");
    let work = configured(&memory, TWO);
    let run = new_run();
    let finish = memory.plan(run, &work, PlanOptions::default()).await;
    let plan = planned(&finish);
    let Outcome::Done { report: StepReport::Plan(report) } = &finish.outcome else { unreachable!() };
    assert_eq!((report.counts.add, report.counts.outputs, plan.applyable), (2, 1, true));
    assert!(plan.dangerous.is_empty());
    let json: serde_json::Value = serde_json::from_slice(&memory.object(&report.json.unwrap())).unwrap();
    assert_eq!(json["resource_changes"].as_array().unwrap().len(), 2);
    let text = String::from_utf8(memory.object(&report.text.unwrap()).to_vec()).unwrap();
    assert!(text.contains("Plan: 2 to add, 0 to change, 0 to destroy."), "{text}");
    assert!(memory.object(&report.lock_file.unwrap()).starts_with(b"# "));
    assert!(place.cloud.objects().is_empty());

    memory.offer(run, 1, StepKind::Apply, &work, Some(plan));
    let finish = memory.finished(run, 1, true).await;
    let counts = ChangeCounts { add: 2, ..ChangeCounts::default() };
    assert_eq!(finish.outcome, Outcome::Done { report: StepReport::Apply { counts } });
    assert_eq!(finish.state.unwrap().resources, 2);
    assert_eq!(place.cloud.objects().len(), 2);
    assert_eq!(names(&memory.state()), ["fwtest_object.first", "fwtest_object.second"]);
    assert!(memory.journal_writes().is_empty(), "the state version has all of it");
    let completed = |name: &str| {
        memory.output().iter().any(|output| {
            matches!(output, fw_run::Output::Progress(Progress::Resource {
                address, action: OpAction::Create, phase: ResourcePhase::Completed, id: Some(_), .. }) if address == name)
        })
    };
    assert!(completed("fwtest_object.first") && completed("fwtest_object.second"));

    let again = memory.plan(new_run(), &work, PlanOptions::default()).await;
    assert!(!planned(&again).applyable);

    let changed = configured(&memory, &TWO.replace("size = 2", "size = 3"));
    let (plan, finish) = memory.deploy(&changed, PlanOptions::default()).await;
    assert_eq!(plan.dangerous, ["fwtest_object.second"]);
    assert!(matches!(finish.outcome, Outcome::Done { .. }));

    let destroy = PlanOptions { mode: PlanMode::Destroy, ..PlanOptions::default() };
    let (plan, finish) = memory.deploy(&changed, destroy).await;
    assert_eq!(plan.dangerous.len(), 2);
    assert!(matches!(finish.outcome, Outcome::Done { .. }));
    assert!(place.cloud.objects().is_empty());
    assert_eq!(finish.state.unwrap().resources, 0);
    worker.shutdown(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_provider_is_about_to_do_is_written_down_before() {
    let (place, memory) = (Place::new(), Memory::new());
    let worker = place.start(&memory, "worker");
    let cloud = place.cloud.clone();
    let (intents, seen) = std::sync::mpsc::channel();
    memory.watch(move |write| {
        if let JournalWrite::Intent(intent) = write {
            intents.send((intent.op.0.clone(), cloud.objects().len())).unwrap();
        }
        Verdict::Write
    });
    let (_, finish) = memory.deploy(&configured(&memory, TWO), PlanOptions::default()).await;
    assert!(matches!(finish.outcome, Outcome::Done { .. }));
    let seen: Vec<_> = seen.try_iter().collect();
    assert_eq!(seen, [("create fwtest_object.first".to_owned(), 0), ("create fwtest_object.second".to_owned(), 1)],);
    worker.shutdown(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_are_values_and_not_expressions() {
    let (place, memory) = (Place::new(), Memory::new());
    let worker = place.start(&memory, "worker");
    let mut work = memory.work(&[(
        "main.tf",
        "variable \"text\" {}\nvariable \"list\" {\n  type = list(number)\n}\noutput \"all\" {\n  value = [var.text, sum(var.list)]\n}\n",
    )]);
    work.variables = Some(memory.store(r#"{"text": "${1 + 1}", "list": [1, "2", 3]}"#));
    let (_, finish) = memory.deploy(&work, PlanOptions::default()).await;
    assert!(matches!(finish.outcome, Outcome::Done { .. }));
    assert_eq!(memory.state()["outputs"]["all"]["value"], serde_json::json!(["${1 + 1}", 6]));

    work.variables = Some(memory.store(r#"{"text": "x", "list": [], "unknown": 1}"#));
    let Outcome::Failed { failure } = memory.plan(new_run(), &work, PlanOptions::default()).await.outcome else {
        panic!("an undeclared variable is refused")
    };
    assert!(failure.message.contains("Value for undeclared variable"), "{}", failure.message);
    worker.shutdown(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_configuration_fails_with_its_diagnostics() {
    let (place, memory) = (Place::new(), Memory::new());
    let worker = place.start(&memory, "worker");
    for (main, expected) in [
        ("output \"x\" {\n  value = local.none\n}\n", "Reference to undeclared local value"),
        ("resource \"nosuch_thing\" \"a\" {}\n", "Failed to query available provider packages"),
        ("output \"x\" {", "Unclosed configuration block"),
    ] {
        let work = memory.work(&[("main.tf", main)]);
        let finish = memory.plan(new_run(), &work, PlanOptions::default()).await;
        let Outcome::Failed { failure } = finish.outcome else { panic!("{main}: {finish:?}") };
        assert!(failure.message.contains(expected), "{}", failure.message);
        let document: serde_json::Value =
            serde_json::from_slice(&memory.object(&failure.diagnostics.unwrap())).unwrap();
        assert_eq!(document["valid"], false);
    }
    worker.shutdown(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_made_before_a_failure_is_kept() {
    let (place, memory) = (Place::new(), Memory::new());
    let worker = place.start(&memory, "worker");
    let failing = TWO.replace("size = 2", "script = jsonencode({ create = { error = \"no\" } })");
    let (_, finish) = memory.deploy(&configured(&memory, &failing), PlanOptions::default()).await;
    let Outcome::Failed { failure } = finish.outcome else { panic!("{finish:?}") };
    assert!(failure.message.contains("no"), "{}", failure.message);
    assert_eq!(names(&memory.state()), ["fwtest_object.first"]);
    let (_, finish) = memory.deploy(&configured(&memory, TWO), PlanOptions::default()).await;
    let counts = ChangeCounts { add: 1, ..ChangeCounts::default() };
    assert_eq!(finish.outcome, Outcome::Done { report: StepReport::Apply { counts } });
    worker.shutdown(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_apply_keeps_what_it_has_made() {
    let (place, memory) = (Place::new(), Memory::new());
    let worker = place.start(&memory, "worker");
    let hanging = TWO.replace("size = 2", "script = jsonencode({ create = { hang = true, stoppable = true } })");
    let work = configured(&memory, &hanging);
    let run = new_run();
    let plan = planned(&memory.plan(run, &work, PlanOptions::default()).await);
    memory.offer(run, 1, StepKind::Apply, &work, Some(plan));
    let begun = |progress: &Progress| matches!(progress, Progress::Resource { address, action: OpAction::Create, .. } if address == "fwtest_object.second");
    memory.told(begun).await;
    memory.cancel();
    let finish = memory.finished(run, 1, true).await;
    assert_eq!(finish.outcome, Outcome::Stopped);
    assert_eq!(names(&memory.state()), ["fwtest_object.first"]);
    worker.shutdown(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaving_worker_gives_an_apply_back_and_another_one_ends_it() {
    let (place, memory) = (Place::new(), Memory::new());
    let worker = place.start(&memory, "worker");
    let work = configured(&memory, TWO);
    place.script(r#"{"fwtest_object.first-1.create": {"hang": true, "stoppable": true}}"#);
    let run = new_run();
    let plan = planned(&memory.plan(run, &work, PlanOptions::default()).await);
    memory.offer(run, 1, StepKind::Apply, &work, Some(plan.clone()));
    let begun = |progress: &Progress| matches!(progress, Progress::Resource { address, action: OpAction::Create, .. } if address == "fwtest_object.second");
    memory.told(begun).await;
    worker.shutdown(Duration::ZERO).await;
    assert_eq!(memory.finished(run, 1, true).await.outcome, Outcome::Returned);
    assert_eq!(memory.versions(), 0);
    place.script("{}");
    let other = place.start(&memory, "other");
    memory.offer(run, 2, StepKind::Apply, &work, Some(plan));
    let finish = memory.finished(run, 2, true).await;
    assert!(matches!(finish.outcome, Outcome::Done { .. }), "{finish:?}");
    assert_eq!(names(&memory.state()), ["fwtest_object.first", "fwtest_object.second"]);
    assert_eq!(place.cloud.objects().len(), 2);
    other.shutdown(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_made_from_another_state_is_refused() {
    let (place, memory) = (Place::new(), Memory::new());
    let worker = place.start(&memory, "worker");
    let work = configured(&memory, TWO);
    let run = new_run();
    let plan = planned(&memory.plan(run, &work, PlanOptions::default()).await);
    assert!(matches!(memory.deploy(&work, PlanOptions::default()).await.1.outcome, Outcome::Done { .. }));
    memory.offer(run, 1, StepKind::Apply, &work, Some(plan));
    let Outcome::Failed { failure } = memory.finished(run, 1, true).await.outcome else { panic!("a stale plan") };
    assert!(failure.message.contains("Saved plan is stale"), "{}", failure.message);
    assert_eq!(place.cloud.objects().len(), 2);
    worker.shutdown(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn providers_stay_for_the_next_step_on_their_stack() {
    let (place, memory) = (Place::new(), Memory::new());
    let worker = place.start(&memory, "worker");
    let configured_anew = || place.cloud.take_calls().lines().filter(|call| *call == "configure").count();
    let mut work = configured(&memory, TWO);
    assert!(matches!(memory.deploy(&work, PlanOptions::default()).await.1.outcome, Outcome::Done { .. }));
    assert_eq!(configured_anew(), 1, "the apply takes what the plan has configured");
    assert!(!planned(&memory.plan(new_run(), &work, PlanOptions::default()).await).applyable);
    assert_eq!(configured_anew(), 0);
    work.settings.environment.insert("AWS_PROFILE".to_owned(), "another".to_owned());
    assert!(!planned(&memory.plan(new_run(), &work, PlanOptions::default()).await).applyable);
    assert_eq!(configured_anew(), 1, "nothing of another environment is used");
    worker.shutdown(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_encryption_with_keys_of_their_own_is_refused() {
    let (place, memory) = (Place::new(), Memory::new());
    let worker = place.start(&memory, "worker");
    let block = format!("{TWO}\nterraform {{\n  encryption {{}}\n}}\n");
    let mut work = configured(&memory, TWO);
    work.settings.environment.insert("TF_ENCRYPTION".to_owned(), "state {}".to_owned());
    for work in [configured(&memory, &block), work] {
        let finish = memory.plan(new_run(), &work, PlanOptions::default()).await;
        let Outcome::Failed { failure } = finish.outcome else { panic!("{finish:?}") };
        let summary = "Encryption of states is not supported by the service";
        assert!(failure.message.contains(summary), "{}", failure.message);
    }
    assert_eq!(place.cloud.objects().len(), 0);
    worker.shutdown(Duration::from_secs(10)).await;
}
