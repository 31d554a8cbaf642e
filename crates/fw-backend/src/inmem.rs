//! `inmem`: states in the memory of this process, for tests of programs that run us.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fw_schema::Block;
use fw_store::{BackendError, DEFAULT_WORKSPACE, LockError, LockInfo, RemoteBackend, RemoteStates, StateClient};

use crate::{Attributes, Configured, Kind, Settings};

/// The kind.
pub(crate) struct InMemory;

impl Kind for InMemory {
    fn name(&self) -> &'static str {
        "inmem"
    }

    fn schema(&self) -> Block {
        Attributes::new().texts(&["lock_id"]).block()
    }

    fn configure(&self, settings: &Settings<'_>) -> Configured {
        let memory = Memory::default();
        if let Some(id) = settings.filled("lock_id") {
            let info = LockInfo {
                id: id.to_owned(),
                operation: "test".to_owned(),
                info: "test config".to_owned(),
                ..LockInfo::default()
            };
            memory.entries().entry(DEFAULT_WORKSPACE.to_owned()).or_default().lock = Some(info);
        }
        memory.entries().entry(DEFAULT_WORKSPACE.to_owned()).or_default();
        Ok(Box::new(RemoteBackend::new(Box::new(memory), &settings.around.data)))
    }
}

#[derive(Clone, Debug, Default)]
struct Memory(Arc<Mutex<BTreeMap<String, Entry>>>);

#[derive(Debug, Default)]
struct Entry {
    content: Option<Vec<u8>>,
    lock: Option<LockInfo>,
}

impl Memory {
    fn entries(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RemoteStates for Memory {
    fn title(&self) -> &'static str {
        "inmem"
    }

    fn workspaces(&self) -> Result<Vec<String>, BackendError> {
        Ok(self.entries().keys().cloned().collect())
    }

    fn client(&self, workspace: &str) -> Result<Box<dyn StateClient>, BackendError> {
        Ok(Box::new(Client { memory: self.clone(), workspace: workspace.to_owned() }))
    }

    fn delete(&self, workspace: &str) -> Result<(), BackendError> {
        self.entries().remove(workspace);
        Ok(())
    }

    fn place(&self, workspace: &str) -> String {
        // Nothing of it is left for another process.
        format!("inmem {} {workspace}", std::process::id())
    }
}

#[derive(Debug)]
struct Client {
    memory: Memory,
    workspace: String,
}

impl StateClient for Client {
    fn get(&mut self) -> Result<Option<Vec<u8>>, String> {
        Ok(self.memory.entries().get(&self.workspace).and_then(|entry| entry.content.clone()))
    }

    fn put(&mut self, content: &[u8]) -> Result<(), String> {
        self.memory.entries().entry(self.workspace.clone()).or_default().content = Some(content.to_vec());
        Ok(())
    }

    fn lock(&mut self, info: &mut LockInfo) -> Result<(), LockError> {
        let mut entries = self.memory.entries();
        let entry = entries.entry(self.workspace.clone()).or_default();
        if let Some(holder) = &entry.lock {
            return Err(LockError { message: "state locked".to_owned(), holder: Some(holder.clone()) });
        }
        entry.lock = Some(info.clone());
        Ok(())
    }

    fn unlock(&mut self, id: &str) -> Result<(), LockError> {
        let mut entries = self.memory.entries();
        let lock = entries.get_mut(&self.workspace).map(|entry| &mut entry.lock);
        let refused = |message: &str, holder| Err(LockError { message: message.to_owned(), holder });
        match lock {
            None | Some(None) => refused("state not locked", None),
            Some(Some(holder)) if holder.id != id => refused("invalid lock id", Some(holder.clone())),
            Some(lock) => {
                *lock = None;
                Ok(())
            }
        }
    }
}
