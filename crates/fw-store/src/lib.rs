//! Where states live: in files on this machine, with the locks, backups and file names that terraform uses, or in a backend
//! elsewhere; and a journal that loses no finished operation.
//!
//! - [`LocalState`] is one state file: read, locked, written.
//! - [`RemoteState`] is one state in a backend, [`StateStore`] either of the two.
//! - [`Recorder`] keeps the state of a running operation durable: every change goes to the journal at once and to the
//!   state file now and then.
//! - [`StateBackend`] is a place for the states of workspaces: [`Workspaces`] where they are files, [`RemoteBackend`]
//!   elsewhere.

mod backend;
mod cipher;
mod error;
mod files;
mod journal;
mod local;
mod lock;
mod recorder;
mod remote;
mod rescue;
mod store;
mod timestamp;
mod workspaces;

pub use backend::{BackendError, Making, RemoteBackend, RemoteStates, StateBackend};
pub use cipher::{Cipher, Opened};
pub use error::StoreError;
pub use journal::{Folded, Ticket};
pub use local::{LocalState, MigrationError, StatePaths};
pub use lock::{LockError, LockInfo, LockRequest, NoWait, WaitForLock};
pub use recorder::{PersistPolicy, Recorder};
pub use remote::{RemoteState, StateClient};
pub use rescue::{Rescued, rescue, save_failed};
pub use store::StateStore;
pub use workspaces::{DEFAULT_WORKSPACE, WorkspaceError, Workspaces, is_valid_workspace_name};
