//! Attempts that are lost in the middle, and the next ones that go on.

use std::time::Duration;

use fw_run::{
    Actor, JournalRow, JournalWrite, OpKey, Outcome, PlanOptions, PlanRef, Resolution, Resolved, RunId, StepKind,
};

use crate::memory::{Memory, Verdict, Work, new_run, planned};
use crate::place::{Place, REQUIRED};

/// Where an attempt is lost.
#[derive(Clone, Copy)]
enum Lost {
    /// The intent is written, the provider is not called.
    AfterIntent,
    /// The provider has answered, and that is not written.
    BeforeChange,
    /// The provider has answered; the lock has passed on when that is to be written.
    AtChange,
}

struct Scene {
    place: Place,
    memory: Memory,
    work: Work,
    run: RunId,
    plan: PlanRef,
}

impl Scene {
    /// Plans a change of a stack, after an earlier configuration was applied if there is one.
    async fn new(before: Option<&str>, main: &str) -> Self {
        let (place, memory) = (Place::new(), Memory::new());
        let worker = place.start(&memory, "worker");
        let configured = |main: &str| {
            let versions = if main.contains("fwtest") { REQUIRED } else { "" };
            memory.work(&[("main.tf", main), ("versions.tf", versions)])
        };
        if let Some(before) = before {
            let (_, finish) = memory.deploy(&configured(before), PlanOptions::default()).await;
            assert!(matches!(finish.outcome, Outcome::Done { .. }), "{finish:?}");
        }
        let (work, run) = (configured(main), new_run());
        let plan = planned(&memory.plan(run, &work, PlanOptions::default()).await);
        drop(place.cloud.take_calls());
        worker.shutdown(Duration::from_secs(10)).await;
        Self { place, memory, work, run, plan }
    }

    /// An attempt that is lost at an operation.
    async fn lose(&self, operation: &str, lost: Lost) {
        let (operation, memory) = (OpKey(operation.to_owned()), self.memory.clone());
        let (reached, at) = tokio::sync::oneshot::channel();
        let mut reached = Some(reached);
        self.memory.watch(move |write| {
            let verdict = match (write, lost) {
                (JournalWrite::Intent(intent), Lost::AfterIntent) if intent.op == operation => Verdict::WriteThenHang,
                (JournalWrite::Change { op: Some(op), .. }, Lost::BeforeChange) if *op == operation => Verdict::Hang,
                (JournalWrite::Change { op: Some(op), .. }, Lost::AtChange) if *op == operation => {
                    memory.lose();
                    Verdict::Write
                }
                _ => return Verdict::Write,
            };
            if matches!(lost, Lost::AtChange) {
                reached.take().map(|reached| reached.send(()));
            }
            verdict
        });
        let worker = self.place.start(&self.memory, "lost");
        self.memory.offer(self.run, 1, StepKind::Apply, &self.work, Some(self.plan.clone()));
        if matches!(lost, Lost::AtChange) {
            at.await.unwrap();
        } else {
            self.memory.hangs().await;
            self.memory.lose();
        }
        worker.shutdown(Duration::from_secs(20)).await;
        self.memory.unwatch();
    }

    async fn attempt(&self, number: u32) -> Outcome {
        let worker = self.place.start(&self.memory, "next");
        self.memory.offer(self.run, number, StepKind::Apply, &self.work, Some(self.plan.clone()));
        let finish = self.memory.finished(self.run, number, true).await;
        worker.shutdown(Duration::from_secs(10)).await;
        finish.outcome
    }

    async fn done(&self, number: u32) {
        let outcome = self.attempt(number).await;
        assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:#?}");
        assert!(self.memory.journal_writes().is_empty());
        let worker = self.place.start(&self.memory, "last");
        let again = planned(&self.memory.plan(new_run(), &self.work, PlanOptions::default()).await);
        assert!(!again.applyable, "nothing is left to do");
        worker.shutdown(Duration::from_secs(10)).await;
    }

    fn instances(&self) -> serde_json::Value {
        self.memory.state()["resources"].as_array().unwrap().iter().map(|r| r["instances"][0].clone()).collect()
    }
}

fn chain(size: u32) -> String {
    format!(
        "resource \"fwtest_object\" \"a\" {{\n  name = \"a\"\n  tags = {{ size = \"{size}\" }}\n}}\n\
         resource \"fwtest_object\" \"b\" {{\n  name = \"b${{substr(fwtest_object.a.id, 0, 0)}}\"\n}}\n\
         resource \"fwtest_object\" \"c\" {{\n  name = \"c${{substr(fwtest_object.b.id, 0, 0)}}\"\n}}\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_built_in_object_is_made_again() {
    let main = "resource \"terraform_data\" \"a\" {\n  input = 1\n}\nresource \"terraform_data\" \"b\" {\n  input = terraform_data.a.id\n}\noutput \"b\" {\n  value = terraform_data.b.output\n}\n";
    let scene = Scene::new(None, main).await;
    scene.lose("create terraform_data.b", Lost::AfterIntent).await;
    scene.done(2).await;
    let state = scene.memory.state();
    assert_eq!(state["outputs"]["b"]["value"], state["resources"][0]["instances"][0]["attributes"]["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_create_of_a_foreign_provider_waits_for_a_person() {
    let scene = Scene::new(None, &chain(1)).await;
    scene.lose("create fwtest_object.b", Lost::AfterIntent).await;
    let Outcome::Unknown { operations } = scene.attempt(2).await else { panic!("nobody can know") };
    assert_eq!(operations.len(), 1);
    assert_eq!(operations[0].op.0, "create fwtest_object.b");
    assert!(operations[0].reason.contains("import it"), "{}", operations[0].reason);
    let resolved = |resolution| {
        let (op, by) = (operations[0].op.clone(), Actor::User { name: "x".to_owned() });
        JournalRow::Resolved(Resolved { op, resolution, by })
    };
    scene.memory.resolve(resolved(Resolution::Absent), scene.run);
    scene.done(3).await;
    let calls = scene.place.cloud.take_calls();
    for name in ["a", "b", "c"] {
        assert_eq!(Place::calls(&calls, "create", name), 1, "{calls}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_a_person_has_found_is_imported() {
    let scene = Scene::new(None, &chain(1)).await;
    scene.lose("create fwtest_object.b", Lost::BeforeChange).await;
    assert_eq!(scene.place.cloud.objects().len(), 2);
    assert!(matches!(scene.attempt(2).await, Outcome::Unknown { .. }));
    let id = scene.place.cloud.objects().into_iter().find_map(|o| {
        o.trim_end_matches(".json").strip_prefix("fwtest_object.").filter(|id| id.starts_with('b')).map(str::to_owned)
    });
    let (op, by) = (OpKey("create fwtest_object.b".to_owned()), Actor::System);
    let resolution = Resolution::Import(id.expect("the cloud has it"));
    scene.memory.resolve(JournalRow::Resolved(Resolved { op, resolution, by }), scene.run);
    let outcome = scene.attempt(3).await;
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:#?}");
    assert_eq!(scene.place.cloud.objects().len(), 3);
    let calls = scene.place.cloud.take_calls();
    assert_eq!(Place::calls(&calls, "create", "b"), 1, "{calls}");
}

const IDENTIFIED: &str = "resource \"fwtest_identity\" \"a\" {\n  name = \"a\"\n  note = \"ours\"\n}\n";

fn creates(scene: &Scene) -> usize {
    scene.place.cloud.take_calls().lines().filter(|line| *line == "create fwtest_identity a").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_create_is_looked_up_by_its_identity() {
    for lost in [Lost::AfterIntent, Lost::BeforeChange] {
        let scene = Scene::new(None, IDENTIFIED).await;
        scene.lose("create fwtest_identity.a", lost).await;
        scene.done(2).await;
        assert_eq!((scene.place.cloud.objects().len(), creates(&scene)), (1, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_only_has_the_identity_is_not_taken_for_ours() {
    let scene = Scene::new(None, IDENTIFIED).await;
    scene.lose("create fwtest_identity.a", Lost::BeforeChange).await;
    let file = scene.place.directory().join("cloud").join(format!("{}.json", scene.place.cloud.objects().remove(0)));
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("\"ours\"", "\"theirs\"")).unwrap();
    let Outcome::Unknown { operations } = scene.attempt(2).await else { panic!("it may be somebody else's") };
    assert!(operations[0].reason.contains("not as the plan wants it"), "{}", operations[0].reason);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_found_object_without_its_provisioners_is_tainted() {
    let main = IDENTIFIED.replace("}\n", "  provisioner \"local-exec\" {\n    command = \"true\"\n  }\n}\n");
    let scene = Scene::new(None, &main).await;
    scene.lose("provision fwtest_identity.a", Lost::AfterIntent).await;
    assert!(matches!(scene.attempt(2).await, Outcome::Failed { .. }));
    assert_eq!(scene.instances()[0]["status"], "tainted");
    assert_eq!(creates(&scene), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_worker_told_too_late_is_believed() {
    let scene = Scene::new(None, &chain(1)).await;
    scene.lose("create fwtest_object.b", Lost::AtChange).await;
    scene.done(2).await;
    let calls = scene.place.cloud.take_calls();
    for name in ["a", "b", "c"] {
        assert_eq!(Place::calls(&calls, "create", name), 1, "{calls}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_destruction_is_looked_up() {
    for lost in [Lost::AfterIntent, Lost::BeforeChange] {
        let scene = Scene::new(Some(&chain(1)), "terraform {}\n# fwtest\n").await;
        scene.lose("delete fwtest_object.b", lost).await;
        scene.done(2).await;
        assert!(scene.place.cloud.objects().is_empty());
        let calls = scene.place.cloud.take_calls();
        for name in ["a", "b", "c"] {
            assert_eq!(Place::calls(&calls, "delete", name), 1, "{calls}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_update_is_looked_up() {
    for (lost, updates) in [(Lost::AfterIntent, 1), (Lost::BeforeChange, 1)] {
        let scene = Scene::new(Some(&chain(1)), &chain(2)).await;
        scene.lose("update fwtest_object.a", lost).await;
        scene.done(2).await;
        let calls = scene.place.cloud.take_calls();
        assert_eq!(Place::calls(&calls, "update", "a"), updates, "{calls}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_whose_provisioners_were_interrupted_is_tainted() {
    let main = "resource \"terraform_data\" \"a\" {\n  provisioner \"local-exec\" {\n    command = \"true\"\n  }\n}\n\
                resource \"terraform_data\" \"b\" {\n  input = terraform_data.a.id\n}\n";
    let scene = Scene::new(None, main).await;
    scene.lose("provision terraform_data.a", Lost::AfterIntent).await;
    // The create before it is open, too, since both are written together; it is done again.
    scene.done(2).await;

    let scene = Scene::new(None, main).await;
    let memory = scene.memory.clone();
    scene.memory.watch(move |write| match write {
        JournalWrite::Void { op } if op.0 == "provision terraform_data.a" => Verdict::Hang,
        _ => Verdict::Write,
    });
    let worker = scene.place.start(&scene.memory, "lost");
    scene.memory.offer(scene.run, 1, StepKind::Apply, &scene.work, Some(scene.plan.clone()));
    memory.hangs().await;
    memory.lose();
    worker.shutdown(Duration::from_secs(20)).await;
    scene.memory.unwatch();
    let Outcome::Failed { failure } = scene.attempt(2).await else { panic!("the object is not whole") };
    assert!(failure.message.contains("interrupted while its provisioners ran"), "{}", failure.message);
    assert_eq!(scene.instances()[0]["status"], "tainted");
    let worker = scene.place.start(&scene.memory, "last");
    let (plan, finish) = scene.memory.deploy(&scene.work, PlanOptions::default()).await;
    assert_eq!(plan.dangerous, ["terraform_data.a"]);
    assert!(matches!(finish.outcome, Outcome::Done { .. }));
    worker.shutdown(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_has_lost_the_lock_calls_no_provider() {
    let scene = Scene::new(None, &chain(1)).await;
    let memory = scene.memory.clone();
    let mut lost = false;
    // As a frozen worker: the lock passes on between two operations, and nothing tells it.
    scene.memory.watch(move |write| {
        if matches!(write, JournalWrite::Intent(intent) if intent.op.0 == "create fwtest_object.b") && !lost {
            lost = true;
            memory.lose();
        }
        Verdict::Write
    });
    let worker = scene.place.start(&scene.memory, "frozen");
    scene.memory.offer(scene.run, 1, StepKind::Apply, &scene.work, Some(scene.plan.clone()));
    let void =
        |p: &fw_run::Progress| matches!(p, fw_run::Progress::Resource { address, .. } if address == "fwtest_object.b");
    scene.memory.told(void).await;
    worker.shutdown(Duration::from_secs(20)).await;
    scene.memory.unwatch();
    let calls = scene.place.cloud.take_calls();
    assert_eq!((Place::calls(&calls, "create", "a"), Place::calls(&calls, "create", "b")), (1, 0), "{calls}");
    scene.done(2).await;
}
