//! Spare providers, seen in the system's table of processes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fw_run::{PlanOptions, Settings};
use fw_worker::{Worker, WorkerOptions};

use crate::memory::{Memory, Work, new_run, planned};
use crate::place::{Place, REQUIRED};

/// The provider's cloud is where the provider runs.
const HERE: &str = "
    provider \"fwtest\" {
      cloud = \"here\"
    }
    resource \"fwtest_object\" \"a\" {
      name = \"a\"
    }
";

fn start(place: &Place, memory: &Memory, spares: usize) -> Worker {
    let options = WorkerOptions { spares, ..place.options("worker") };
    Worker::start(std::sync::Arc::new(memory.clone()), options).unwrap()
}

fn is_spare(directory: &Path) -> bool {
    directory.components().any(|part| part.as_os_str() == "spares")
}

/// The processes of the worker, once there is one in a spare directory, which comes second.
async fn with_spare(place: &Place) -> (BTreeMap<u32, PathBuf>, u32) {
    for _ in 0..3000 {
        let all = place.processes("worker");
        if let Some((pid, _)) = all.iter().find(|(_, directory)| is_spare(directory)) {
            let pid = *pid;
            return (all, pid);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("there is no spare provider after half a minute: {:?}", place.processes("worker"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spare_provider_becomes_that_of_a_new_stack() {
    let (place, memory) = (Place::new(), Memory::new());
    let worker = start(&place, &memory, 1);
    let work = memory.work(&[("main.tf", HERE), ("versions.tf", REQUIRED)]);
    assert!(planned(&memory.plan(new_run(), &work, PlanOptions::default()).await).applyable);
    let (first, spare) = with_spare(&place).await;
    assert_eq!(first.len(), 2, "that of the stack and a spare one: {first:?}");

    // Files below the top, where nothing stays running, and a relative path in the provider's configuration.
    let another = memory.another_stack();
    let mut deep = another.work(&[("deep/down/main.tf", HERE), ("deep/down/versions.tf", REQUIRED)]);
    deep.source.directory = "deep/down".to_owned();
    let (_, finish) = another.deploy(&deep, PlanOptions::default()).await;
    assert!(matches!(finish.outcome, fw_run::Outcome::Done { .. }), "{finish:#?}");
    let (after, next) = with_spare(&place).await;
    assert!(next != spare && !after.contains_key(&spare), "the spare one was used, and there is another: {after:?}");

    worker.shutdown(Duration::from_secs(10)).await;
    assert_eq!(place.processes("worker"), BTreeMap::new(), "nothing stays behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spare_provider_works_where_its_stack_is() {
    let (place, memory) = (Place::new(), Memory::new());
    let worker = start(&place, &memory, 1);
    let work = memory.work(&[("main.tf", HERE), ("versions.tf", REQUIRED)]);
    assert!(planned(&memory.plan(new_run(), &work, PlanOptions::default()).await).applyable);
    let (_, spare) = with_spare(&place).await;
    assert!(planned(&memory.another_stack().plan(new_run(), &work, PlanOptions::default()).await).applyable);
    let directory = place.processes("worker").remove(&spare).expect("the spare one works for the stack now");
    assert!(!is_spare(&directory) && directory.join("main.tf").is_file(), "{}", directory.display());
    assert!(directory.join("here").is_dir(), "what it has made is among the stack's files");
    worker.shutdown(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_spare_provider_is_for_another_environment() {
    let (place, memory) = (Place::new(), Memory::new());
    let worker = start(&place, &memory, 2);
    let profile = |name: &str| Settings {
        environment: [("AWS_PROFILE".to_owned(), name.to_owned())].into(),
        ..Settings::default()
    };
    let plan = async |memory: &Memory, settings: Settings| {
        let work = Work { settings, ..memory.work(&[("main.tf", HERE), ("versions.tf", REQUIRED)]) };
        assert!(planned(&memory.plan(new_run(), &work, PlanOptions::default()).await).applyable);
    };
    plan(&memory, profile("one")).await;
    let (_, spare) = with_spare(&place).await;
    plan(&memory.another_stack(), profile("two")).await;
    let after = place.processes("worker");
    assert!(is_spare(&after[&spare]), "it waits for one of its kind: {after:?}");
    plan(&memory.another_stack(), profile("one")).await;
    let after = place.processes("worker");
    assert!(!is_spare(&after[&spare]), "and finds it: {after:?}");
    worker.shutdown(Duration::from_secs(10)).await;
}
