//! States in a backend: serials, locks, and what a crash leaves in the journal.

use std::sync::Mutex;
use std::time::Duration;

use fw_addr::{AbsProviderConfig, AbsResourceInstance, ModulePath, Provider};
use fw_state::{Change, ObjectState};

use super::*;
use crate::{NoWait, PersistPolicy, Recorder, StateStore};

/// A backend in memory, which can be told to refuse.
#[derive(Clone, Debug, Default)]
struct Memory(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    content: Option<Vec<u8>>,
    lock: Option<LockInfo>,
    refuses: bool,
    puts: usize,
}

impl StateClient for Memory {
    fn get(&mut self) -> Result<Option<Vec<u8>>, String> {
        Ok(self.0.lock().unwrap().content.clone())
    }

    fn put(&mut self, content: &[u8]) -> Result<(), String> {
        let mut held = self.0.lock().unwrap();
        if held.refuses {
            return Err("no room".to_owned());
        }
        held.content = Some(content.to_vec());
        held.puts += 1;
        Ok(())
    }

    fn lock(&mut self, info: &mut LockInfo) -> Result<(), LockError> {
        let mut held = self.0.lock().unwrap();
        match &held.lock {
            Some(holder) => Err(LockError { message: "locked".to_owned(), holder: Some(holder.clone()) }),
            None => {
                held.lock = Some(info.clone());
                Ok(())
            }
        }
    }

    fn unlock(&mut self, id: &str) -> Result<(), LockError> {
        let mut held = self.0.lock().unwrap();
        assert_eq!(held.lock.take().map(|info| info.id).as_deref(), Some(id));
        Ok(())
    }
}

struct Place {
    memory: Memory,
    directory: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { memory: Memory::default(), directory: tempfile::tempdir().unwrap() }
    }

    fn open(&self) -> RemoteState {
        RemoteState::new(Box::new(self.memory.clone()), self.directory.path().join("journals/default"))
    }

    fn locked(&self) -> RemoteState {
        let mut state = self.open();
        let request = LockRequest { operation: "test", info: "", timeout: Duration::ZERO };
        state.lock(&request, &mut NoWait).unwrap();
        state
    }
}

fn change(name: &str, id: i64) -> Change {
    let address: AbsResourceInstance = format!("x_a.{name}").parse().unwrap();
    let provider =
        AbsProviderConfig { module: ModulePath::root(), provider: Provider::default_of("x"), alias: None, key: None };
    let object = ObjectState::from_json(&format!("{{\"id\":\"{id}\"}}"), 0);
    Change::Object { address, deposed: None, provider, object: Some(object.into()) }
}

fn with(name: &str, id: i64) -> State {
    let mut state = State::new();
    state.apply(&change(name, id));
    state
}

fn of_lineage(lineage: &str, serial: u64, mut state: State) -> State {
    lineage.clone_into(&mut state.lineage);
    state.serial = serial;
    state
}

fn objects(state: Option<State>) -> usize {
    state.map_or(0, |state| state.instances().count())
}

#[test]
fn the_serial_grows_with_what_is_new() {
    let place = Place::new();
    let mut state = place.locked();
    assert!(state.read().unwrap().0.is_none());
    let first = state.persist(&with("a", 1)).unwrap();
    assert_eq!(first.serial, 1);
    assert_eq!(state.persist(&first).unwrap().serial, 1);
    let second = state.persist(&of_lineage(&first.lineage, 0, with("a", 2))).unwrap();
    assert_eq!((second.serial, &second.lineage), (2, &first.lineage));
    assert_eq!(place.memory.0.lock().unwrap().puts, 2);
}

#[test]
fn a_lock_keeps_others_out_until_it_is_given_back() {
    let place = Place::new();
    let mut first = place.locked();
    let request = LockRequest { operation: "other", info: "", timeout: Duration::ZERO };
    let refused = place.open().lock(&request, &mut NoWait).unwrap_err();
    assert_eq!(refused.holder.unwrap().operation, "test");
    first.unlock().unwrap();
    place.locked();
}

#[test]
fn changes_of_a_killed_operation_come_back() {
    let place = Place::new();
    let mut state = place.locked();
    let before = state.persist(&with("a", 1)).unwrap();
    let recorder = Recorder::start(state, &before, PersistPolicy::default()).unwrap();
    recorder.record(&change("b", 2)).unwrap().wait().unwrap();
    // As after a kill: nothing is stored, the lock stays.
    std::mem::forget(recorder);
    let mut reader = place.open();
    let (seen, folded) = reader.read().unwrap();
    assert_eq!((folded.changes, objects(seen)), (1, 2));
    assert_eq!(place.memory.0.lock().unwrap().puts, 1, "without the lock nothing is written");
    let holder = place.memory.0.lock().unwrap().lock.clone().unwrap();
    reader.force_unlock(&holder.id).unwrap();
    let mut next = place.locked();
    let (seen, folded) = next.read().unwrap();
    assert_eq!((folded.changes, seen.unwrap().serial), (1, 2));
    assert_eq!(next.read().unwrap().1.changes, 0, "it is stored now");
}

#[test]
fn changes_that_belong_to_another_state_are_kept_aside() {
    let place = Place::new();
    let mut state = place.locked();
    let before = state.persist(&with("a", 1)).unwrap();
    let recorder = Recorder::start(state, &before, PersistPolicy::default()).unwrap();
    recorder.record(&change("b", 2)).unwrap().wait().unwrap();
    std::mem::forget(recorder);
    let holder = place.memory.0.lock().unwrap().lock.take();
    assert!(holder.is_some());
    let other = of_lineage(&before.lineage, 7, with("c", 3));
    place.memory.0.lock().unwrap().content = Some(fw_state::write(&other).unwrap().into_bytes());
    let (seen, folded) = place.locked().read().unwrap();
    assert_eq!((folded.unmerged, seen.unwrap().serial), (1, 7));
    assert!(folded.kept.unwrap().exists());
}

#[test]
fn what_cannot_be_stored_is_handed_back() {
    let place = Place::new();
    let mut state = place.locked();
    let before = state.persist(&with("a", 1)).unwrap();
    let recorder = Recorder::start(state, &before, PersistPolicy::default()).unwrap();
    recorder.record(&change("b", 2)).unwrap().wait().unwrap();
    place.memory.0.lock().unwrap().refuses = true;
    let (store, written) = recorder.finish();
    let (state, error) = written.unwrap_err();
    assert_eq!((objects(Some(state)), error.chain().as_str()), (2, "no room"));
    assert!(matches!(store, StateStore::Remote(_)));
    place.memory.0.lock().unwrap().refuses = false;
    place.memory.0.lock().unwrap().lock = None;
    assert_eq!(objects(place.locked().read().unwrap().0), 2, "the journal still has it");
}

#[test]
fn a_state_that_comes_into_nothing_begins_a_lineage() {
    let place = Place::new();
    let given = of_lineage("old", 9, with("a", 1));
    let stored = place.locked().replace(&given, false).unwrap();
    assert_eq!(stored.serial, 1);
    assert_ne!(stored.lineage, "old");
    place.memory.0.lock().unwrap().lock = None;
    let refused = place.locked().replace(&given, false).unwrap_err();
    assert!(matches!(refused, MigrationError::Lineage { .. }));
}

/// Turns the bytes round; what does not begin with a `}` was not.
#[derive(Debug)]
struct Backwards;

impl crate::Cipher for Backwards {
    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, String> {
        Ok(plain.iter().rev().copied().collect())
    }

    fn open(&self, sealed: &[u8]) -> Result<crate::Opened, String> {
        let is_current = !sealed.starts_with(b"{");
        let plain = if is_current { self.seal(sealed)? } else { sealed.to_vec() };
        Ok(crate::Opened { plain, is_current })
    }
}

#[test]
fn a_state_in_plain_text_is_encrypted_when_it_is_written_next() {
    let place = Place::new();
    place.locked().persist(&State::new()).unwrap();
    let plain = place.memory.0.lock().unwrap().content.clone().unwrap();
    place.memory.0.lock().unwrap().lock = None;
    let mut state = place.locked().encrypted(Some(Arc::new(Backwards)));
    let known = state.read().unwrap().0.unwrap();
    assert_eq!(state.persist(&known).unwrap().serial, known.serial + 1);
    let sealed = place.memory.0.lock().unwrap().content.clone().unwrap();
    assert!(plain.starts_with(b"{") && !sealed.starts_with(b"{"));
    assert!(state.read().unwrap().0.unwrap().same_content(&known));
    // Nothing is left to do.
    let puts = place.memory.0.lock().unwrap().puts;
    state.persist(&known).unwrap();
    assert_eq!(place.memory.0.lock().unwrap().puts, puts);
}
