//! Where states live: files on this machine, with the locks, backups and file names that terraform uses, and a journal
//! that loses no finished operation.
//!
//! - [`LocalState`] is one state file: read, locked, written.
//! - [`Recorder`] keeps the state of a running operation durable: every change goes to the journal at once and to the
//!   state file now and then.
//! - [`Workspaces`] finds the state files of a directory's workspaces.

mod error;
mod files;
mod journal;
mod local;
mod lock;
mod recorder;
mod rescue;
mod timestamp;
mod workspaces;

pub use error::StoreError;
pub use journal::{Folded, Ticket};
pub use local::{LocalState, MigrationError, StatePaths};
pub use lock::{LockError, LockInfo, LockRequest, NoWait, WaitForLock};
pub use recorder::{PersistPolicy, Recorder};
pub use rescue::{Rescued, rescue, save_failed};
pub use workspaces::{DEFAULT_WORKSPACE, WorkspaceError, Workspaces, is_valid_workspace_name};
