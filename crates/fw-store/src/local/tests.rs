//! One state file: serials, lineages, backups, locks, and what a crash leaves.

use std::time::Duration;

use fw_addr::{AbsProviderConfig, AbsResourceInstance, ModulePath, Provider};
use fw_state::ObjectState;

use super::*;
use crate::NoWait;

fn with_object(state: &State, id: &str) -> State {
    let address: AbsResourceInstance = "x_a.b".parse().unwrap();
    let provider =
        AbsProviderConfig { module: ModulePath::root(), provider: Provider::default_of("x"), alias: None, key: None };
    let mut state = state.clone();
    let object = ObjectState::from_json(&format!("{{\"id\":\"{id}\"}}"), 0);
    state.set_object(&address, None, &provider, Some(object.into()));
    state
}

fn id(state: &State) -> String {
    let (_, _, instance) = state.instances().next().unwrap();
    match &instance.current.as_ref().unwrap().attributes {
        fw_state::Attributes::Json(json) => json.to_string(),
        fw_state::Attributes::Flat(_) => panic!("flat"),
    }
}

fn request(timeout: u64) -> LockRequest<'static> {
    LockRequest { operation: "OperationTypeApply", info: "", timeout: Duration::from_secs(timeout) }
}

struct Fixture {
    directory: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn state(&self) -> LocalState {
        LocalState::new(StatePaths::of(self.path("terraform.tfstate")))
    }

    fn locked(&self) -> LocalState {
        let mut state = self.state();
        state.lock(&request(0), &mut NoWait).unwrap();
        state
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.directory.path()).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

#[test]
fn serials_count_changes_and_the_first_write_makes_a_lineage() {
    let fixture = Fixture::new();
    let mut local = fixture.state();
    assert_eq!(local.read().unwrap().0, None);
    let first = local.persist(&with_object(&State::new(), "1")).unwrap();
    assert_eq!((first.serial, first.lineage.is_empty()), (1, false));
    let same = local.persist(&with_object(&State::new(), "1")).unwrap();
    assert_eq!(same, first);
    let second = local.persist(&with_object(&first, "2")).unwrap();
    assert_eq!((second.serial, &second.lineage), (2, &first.lineage));
    assert_eq!(fixture.state().read().unwrap().0, Some(second));
    assert_eq!(fixture.names(), ["terraform.tfstate"]);
}

#[test]
fn the_backup_holds_what_was_there_before_the_first_change() {
    let fixture = Fixture::new();
    let first = fixture.state().persist(&with_object(&State::new(), "1")).unwrap();
    let before = std::fs::read(fixture.path("terraform.tfstate")).unwrap();
    let mut local = fixture.state();
    local.read().unwrap();
    local.persist(&with_object(&first, "2")).unwrap();
    local.persist(&with_object(&first, "3")).unwrap();
    assert_eq!(std::fs::read(fixture.path("terraform.tfstate.backup")).unwrap(), before);
}

#[test]
fn another_file_may_be_written_than_is_read() {
    let fixture = Fixture::new();
    let first = fixture.state().persist(&with_object(&State::new(), "1")).unwrap();
    let paths =
        StatePaths { read: fixture.path("terraform.tfstate"), write: fixture.path("deep/out.tfstate"), backup: None };
    let mut local = LocalState::new(paths);
    let (read, _) = local.read().unwrap();
    local.persist(&with_object(&read.unwrap(), "2")).unwrap();
    assert_eq!(id(&local.read().unwrap().0.unwrap()), "{\"id\":\"2\"}");
    assert_eq!(fixture.state().read().unwrap().0, Some(first));
}

#[test]
fn a_locked_state_tells_who_holds_it_and_leaves_no_trace() {
    let fixture = Fixture::new();
    let mut local = fixture.locked();
    assert_eq!(fixture.names(), [".terraform.tfstate.lock.info", "terraform.tfstate"]);
    // Reading in between must not give the lock away.
    assert_eq!(local.read().unwrap().0, None);
    assert_eq!(fixture.state().read().unwrap().0, None);
    let refused = fixture.state().lock(&request(0), &mut NoWait).unwrap_err();
    assert_eq!(refused.message, "resource temporarily unavailable");
    assert_eq!(refused.holder.as_ref(), local.lock_info());
    let text = refused.diagnostic().detail;
    assert!(text.contains("Lock Info:\n  ID:        "), "{text}");
    assert!(text.contains("  Operation: OperationTypeApply\n"), "{text}");
    local.unlock().unwrap();
    assert_eq!(fixture.names(), Vec::<String>::new());
    assert_eq!(local.unlock().unwrap_err().to_string(), "LocalState not locked");
}

#[test]
fn a_lock_can_be_waited_for() {
    struct Release(Option<LocalState>);
    impl WaitForLock for Release {
        fn cancelled(&mut self) -> bool {
            if let Some(mut holder) = self.0.take() {
                holder.unlock().unwrap();
            }
            false
        }
    }
    struct GiveUp;
    impl WaitForLock for GiveUp {
        fn cancelled(&mut self) -> bool {
            true
        }
    }
    let fixture = Fixture::new();
    let holder = fixture.locked();
    assert!(fixture.state().lock(&request(60), &mut GiveUp).is_err());
    let mut waiting = fixture.state();
    waiting.lock(&request(60), &mut Release(Some(holder))).unwrap();
}

#[test]
fn two_processes_exclude_each_other() {
    const CHILD: &str = "FORMWORK_TEST_LOCK_CHILD";
    if let Ok(path) = std::env::var(CHILD) {
        let mut local = LocalState::new(StatePaths::of(path));
        let refused = local.lock(&request(0), &mut NoWait).unwrap_err();
        assert!(refused.holder.is_some());
        return;
    }
    let fixture = Fixture::new();
    let mut local = fixture.locked();
    local.persist(&with_object(&State::new(), "1")).unwrap();
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "local::tests::two_processes_exclude_each_other"])
        .env(CHILD, fixture.path("terraform.tfstate"))
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
    local.unlock().unwrap();
}

#[test]
fn an_interrupted_write_is_completed() {
    let fixture = Fixture::new();
    let mut local = fixture.state();
    let first = local.persist(&with_object(&State::new(), "1")).unwrap();
    let old = std::fs::read(fixture.path("terraform.tfstate")).unwrap();
    let second = local.persist(&with_object(&first, "2")).unwrap();
    let new = std::fs::read(fixture.path("terraform.tfstate")).unwrap();
    for torn in [&old[..], &new[..new.len() / 2], b""] {
        std::fs::write(fixture.path("terraform.tfstate"), torn).unwrap();
        std::fs::write(fixture.path(".terraform.tfstate.next"), &new).unwrap();
        assert_eq!(fixture.state().read().unwrap().0.as_ref(), Some(&second), "read without a lock");
        let mut local = fixture.locked();
        assert_eq!(local.read().unwrap().0.as_ref(), Some(&second));
        local.unlock().unwrap();
        assert_eq!(std::fs::read(fixture.path("terraform.tfstate")).unwrap(), new);
        assert!(!fixture.path(".terraform.tfstate.next").exists());
    }
}

#[test]
fn an_old_interrupted_write_does_not_undo_what_came_after() {
    let fixture = Fixture::new();
    let mut local = fixture.state();
    let first = local.persist(&with_object(&State::new(), "1")).unwrap();
    let old = std::fs::read(fixture.path("terraform.tfstate")).unwrap();
    let second = local.persist(&with_object(&first, "2")).unwrap();
    std::fs::write(fixture.path(".terraform.tfstate.next"), &old).unwrap();
    assert_eq!(fixture.locked().read().unwrap().0, Some(second));
}

#[test]
fn a_state_is_replaced_only_by_a_later_one_of_its_lineage() {
    let fixture = Fixture::new();
    let mut local = fixture.state();
    let first = local.persist(&with_object(&State::new(), "1")).unwrap();
    let second = local.persist(&with_object(&first, "2")).unwrap();
    let message = |result: Result<State, MigrationError>| result.unwrap_err().to_string();
    assert_eq!(
        message(local.replace(&first, false)),
        "cannot import state with serial 1 over newer state with serial 2"
    );
    let same = with_object(&second, "3");
    assert!(message(local.replace(&same, false)).starts_with("cannot overwrite existing state with serial 2"));
    let mut other = with_object(&second, "4");
    "other".clone_into(&mut other.lineage);
    assert!(message(local.replace(&other, false)).starts_with("cannot import state with lineage \"other\""));
    assert_eq!(local.replace(&other, true).unwrap().lineage, "other");
    assert_eq!(id(&fixture.state().read().unwrap().0.unwrap()), "{\"id\":\"4\"}");
}

#[test]
fn nonsense_is_refused_and_left_alone() {
    let fixture = Fixture::new();
    std::fs::write(fixture.path("terraform.tfstate"), "hello").unwrap();
    let error = fixture.locked().read().unwrap_err();
    assert!(error.chain().contains("Unsupported state file format"), "{}", error.chain());
    assert_eq!(std::fs::read(fixture.path("terraform.tfstate")).unwrap(), b"hello");
}

#[cfg(unix)]
#[test]
fn what_cannot_be_written_leaves_the_state_as_it_was() {
    let fixture = Fixture::new();
    let first = fixture.state().persist(&with_object(&State::new(), "1")).unwrap();
    let mut local = fixture.state();
    local.read().unwrap();
    // A directory where the new text should go fails for every user, unlike a missing permission.
    std::fs::create_dir(fixture.path(".terraform.tfstate.next.tmp")).unwrap();
    let error = local.persist(&with_object(&first, "2")).unwrap_err();
    assert!(error.chain().contains("write "), "{}", error.chain());
    assert_eq!(fixture.state().read().unwrap().0, Some(first));
}
