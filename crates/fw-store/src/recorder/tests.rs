//! What has been recorded is never lost, wherever the program is killed.

use std::path::{Path, PathBuf};

use fw_addr::{AbsProviderConfig, AbsResourceInstance, ModulePath, Provider};
use fw_state::ObjectState;

use super::*;
use crate::{LocalState, LockRequest, NoWait, StatePaths};

const NEVER: PersistPolicy = PersistPolicy { interval: Duration::from_secs(100_000) };

fn change(index: usize, id: Option<&str>) -> Change {
    let address: AbsResourceInstance = format!("x_a.b[{index}]").parse().unwrap();
    let provider =
        AbsProviderConfig { module: ModulePath::root(), provider: Provider::default_of("x"), alias: None, key: None };
    let object = id.map(|id| ObjectState::from_json(&format!("{{\"id\":\"{id}\"}}"), 0).into());
    Change::Object { address, deposed: None, provider, object }
}

fn local(directory: &Path) -> LocalState {
    LocalState::new(StatePaths::of(directory.join("terraform.tfstate")))
}

fn locked(directory: &Path) -> LocalState {
    let mut state = local(directory);
    let request = LockRequest { operation: "test", info: "", timeout: Duration::ZERO };
    state.lock(&request, &mut NoWait).unwrap();
    state
}

/// The files as a crash would leave them now.
fn snapshot(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if !entry.file_name().to_string_lossy().ends_with(".lock.info") {
            std::fs::copy(entry.path(), to.path().join(entry.file_name())).unwrap();
        }
    }
    to
}

fn journal_of(directory: &Path) -> PathBuf {
    directory.join(".terraform.tfstate.journal")
}

#[test]
fn a_kill_after_any_change_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut state = locked(directory.path());
    let start = state.read().unwrap().0.unwrap_or_default();
    let recorder = Recorder::start(state, &start, NEVER).unwrap();
    let mut expected = State::new();
    let changes: Vec<_> =
        (0..6).map(|i| change(i, Some("new"))).chain([change(2, None), change(3, Some("changed"))]).collect();
    for (count, change) in changes.iter().enumerate() {
        recorder.record(change).unwrap().wait().unwrap();
        expected.apply(change);
        if count == 4 {
            recorder.persist().unwrap();
        }
        let crashed = snapshot(directory.path());
        let (unlocked, _) = local(crashed.path()).read().unwrap();
        assert!(unlocked.unwrap().same_content(&expected), "without a lock, after change {count}");
        let mut reopened = locked(crashed.path());
        let (found, folded) = reopened.read().unwrap();
        let found = found.unwrap();
        assert!(found.same_content(&expected), "after change {count}");
        assert_eq!(found.lineage, recorder.state().lineage);
        assert_eq!(folded.kept, None);
        reopened.unlock().unwrap();
        assert!(!journal_of(crashed.path()).exists());
        assert!(local(crashed.path()).read().unwrap().0.unwrap().same_content(&expected), "once more");
    }
    let (mut state, written) = recorder.finish();
    assert!(written.unwrap().same_content(&expected));
    state.unlock().unwrap();
    let names: Vec<_> = std::fs::read_dir(directory.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["terraform.tfstate"]);
}

#[test]
fn a_torn_line_costs_only_itself() {
    let directory = tempfile::tempdir().unwrap();
    let recorder = Recorder::start(local(directory.path()), &State::new(), NEVER).unwrap();
    recorder.record(&change(0, Some("first"))).unwrap().wait().unwrap();
    let whole = std::fs::metadata(journal_of(directory.path())).unwrap().len();
    let expected = recorder.state();
    recorder.record(&change(1, Some("second"))).unwrap().wait().unwrap();
    let both = recorder.state();
    let bytes = std::fs::read(journal_of(directory.path())).unwrap();
    let crashed = snapshot(directory.path());
    for length in usize::try_from(whole).unwrap()..=bytes.len() {
        std::fs::write(journal_of(crashed.path()), &bytes[..length]).unwrap();
        let (state, _) = local(crashed.path()).read().unwrap();
        let wanted = if length == bytes.len() { &both } else { &expected };
        assert!(state.unwrap().same_content(wanted), "{length} bytes");
    }
    let mut damaged = bytes;
    let last = damaged.len() - 10;
    damaged[last] ^= 1;
    std::fs::write(journal_of(crashed.path()), &damaged).unwrap();
    assert!(local(crashed.path()).read().unwrap().0.unwrap().same_content(&expected), "a flipped bit");
}

#[test]
fn a_crash_between_mark_and_write_applies_nothing_twice() {
    let directory = tempfile::tempdir().unwrap();
    let recorder = Recorder::start(local(directory.path()), &State::new(), NEVER).unwrap();
    recorder.record(&change(0, Some("1"))).unwrap().wait().unwrap();
    let before = snapshot(directory.path());
    recorder.persist().unwrap();
    recorder.record(&change(0, None)).unwrap().wait().unwrap();
    recorder.record(&change(1, Some("2"))).unwrap().wait().unwrap();
    let after = snapshot(directory.path());
    // The new journal with the state file as it was before the write: as if the write had never begun.
    let old_state = std::fs::read(before.path().join("terraform.tfstate")).unwrap_or_default();
    std::fs::write(after.path().join("terraform.tfstate"), old_state).unwrap();
    let (state, folded) = local(after.path()).read().unwrap();
    assert!(state.unwrap().same_content(&recorder.state()));
    assert_eq!(folded.changes, 3);
}

#[test]
fn a_journal_of_another_state_is_kept_aside() {
    let directory = tempfile::tempdir().unwrap();
    let recorder = Recorder::start(local(directory.path()), &State::new(), NEVER).unwrap();
    recorder.record(&change(0, Some("1"))).unwrap().wait().unwrap();
    let crashed = snapshot(directory.path());
    // Somebody who knows nothing of journals goes on from the state file.
    let stranger = tempfile::tempdir().unwrap();
    let mut theirs = State::new();
    theirs.apply(&change(7, Some("theirs")));
    local(stranger.path()).persist(&theirs).unwrap();
    std::fs::copy(stranger.path().join("terraform.tfstate"), crashed.path().join("terraform.tfstate")).unwrap();
    let (state, folded) = locked(crashed.path()).read().unwrap();
    assert!(state.unwrap().same_content(&theirs));
    assert_eq!(folded.unmerged, 1);
    assert!(folded.kept.unwrap().exists());
    assert!(!journal_of(crashed.path()).exists());
}

#[test]
fn the_state_is_written_at_intervals() {
    let directory = tempfile::tempdir().unwrap();
    let policy = PersistPolicy { interval: Duration::from_millis(1) };
    let recorder = Recorder::start(local(directory.path()), &State::new(), policy).unwrap();
    recorder.record(&change(0, Some("1"))).unwrap().wait().unwrap();
    let until = std::time::Instant::now() + Duration::from_secs(60);
    while std::fs::metadata(directory.path().join("terraform.tfstate")).is_ok_and(|m| m.len() == 0) {
        assert!(std::time::Instant::now() < until, "nothing was written");
        std::thread::yield_now();
    }
    assert!(recorder.state().serial <= 1);
}

#[test]
fn many_changes_share_their_syncs() {
    let directory = tempfile::tempdir().unwrap();
    let recorder = Recorder::start(local(directory.path()), &State::new(), NEVER).unwrap();
    std::thread::scope(|scope| {
        for worker in 0..8 {
            let recorder = &recorder;
            scope.spawn(move || {
                for index in 0..100 {
                    recorder.record(&change(worker * 100 + index, Some("x"))).unwrap().wait().unwrap();
                }
            });
        }
    });
    let crashed = snapshot(directory.path());
    let (state, folded) = local(crashed.path()).read().unwrap();
    assert_eq!(folded.changes, 800);
    assert!(state.unwrap().same_content(&recorder.state()));
}

#[test]
fn a_failed_end_gives_the_state_back() {
    let directory = tempfile::tempdir().unwrap();
    let recorder = Recorder::start(local(directory.path()), &State::new(), NEVER).unwrap();
    recorder.record(&change(0, Some("1"))).unwrap().wait().unwrap();
    std::fs::create_dir(directory.path().join(".terraform.tfstate.next.tmp")).unwrap();
    let (store, result) = recorder.finish();
    let (state, error) = result.unwrap_err();
    assert_eq!(state.instances().count(), 1);
    let problems = crate::save_failed(directory.path(), &store, &state, &error);
    assert!(problems.iter().any(|p| p.detail.contains("terraform state push errored.tfstate")));
    assert!(fw_state::read(&std::fs::read(directory.path().join("errored.tfstate")).unwrap()).is_ok());
}

/// Adds a number to each byte; the first byte says which.
#[derive(Debug)]
struct Shift(u8);

impl crate::Cipher for Shift {
    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, String> {
        Ok([self.0].into_iter().chain(plain.iter().map(|byte| byte.wrapping_add(self.0))).collect())
    }

    fn open(&self, sealed: &[u8]) -> Result<crate::Opened, String> {
        let Some((&by, rest)) = sealed.split_first() else { return Err("empty".to_owned()) };
        // What is shifted by less was written before.
        let is_current = by == self.0;
        if by > self.0 {
            return Err("wrong key".to_owned());
        }
        Ok(crate::Opened { plain: rest.iter().map(|byte| byte.wrapping_sub(by)).collect(), is_current })
    }
}

fn shifted(directory: &Path, by: u8) -> LocalState {
    let mut state = local(directory).encrypted(Some(Arc::new(Shift(by))));
    let request = LockRequest { operation: "test", info: "", timeout: Duration::ZERO };
    state.lock(&request, &mut NoWait).unwrap();
    state
}

/// Whether any file has a text in it.
fn somewhere(directory: &Path, text: &str) -> bool {
    let files = std::fs::read_dir(directory).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    files.into_iter().any(|content| content.windows(text.len()).any(|part| part == text.as_bytes()))
}

#[test]
fn what_is_encrypted_survives_a_kill_and_needs_its_key() {
    let directory = tempfile::tempdir().unwrap();
    let mut state = shifted(directory.path(), 2);
    let start = state.read().unwrap().0.unwrap_or_default();
    let recorder = Recorder::start(state, &start, NEVER).unwrap();
    for index in 0..3 {
        recorder.record(&change(index, Some("hidden"))).unwrap().wait().unwrap();
    }
    let crashed = snapshot(directory.path());
    assert!(!somewhere(crashed.path(), "hidden"));
    // Without the key nothing is read, and nothing lost.
    for mut wrong in [shifted(crashed.path(), 1), local(crashed.path())] {
        assert!(matches!(wrong.read(), Err(StoreError::Cipher(_))));
        drop(wrong);
    }
    let (state, folded) = shifted(crashed.path(), 2).read().unwrap();
    assert_eq!(folded.changes, 3);
    assert!(state.unwrap().same_content(&recorder.state()));
    assert!(!somewhere(crashed.path(), "hidden") && somewhere(crashed.path(), "jkffgp"), "shifted by two");
}

#[test]
fn what_is_encrypted_in_another_way_is_written_anew_with_its_serial() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("terraform.tfstate");
    let state_with = |index| {
        let mut state = State::new();
        state.apply(&change(index, Some("hidden")));
        state
    };
    shifted(directory.path(), 1).persist(&state_with(0)).unwrap();
    let before = std::fs::read(&path).unwrap();
    let mut newer = shifted(directory.path(), 3);
    let known = newer.read().unwrap().0.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), before, "reading changes nothing");
    assert_eq!(newer.persist(&known).unwrap().serial, known.serial);
    assert_eq!(std::fs::read(&path).unwrap()[0], 3);
    drop(newer);
    // What goes to the backup does so in the new way too.
    shifted(directory.path(), 5).read().unwrap();
    let mut newest = shifted(directory.path(), 5);
    newest.read().unwrap();
    newest.persist(&state_with(1)).unwrap();
    assert_eq!(std::fs::read(directory.path().join("terraform.tfstate.backup")).unwrap()[0], 5);
}
