//! The present time, and ids made from it.

use std::time::{SystemTime, UNIX_EPOCH};

use fw_run::{RunId, StateVersionId, Time, WorkerId};
use uuid::Uuid;

/// The present time.
#[must_use]
pub fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// An id for a new run.
#[must_use]
pub fn new_run_id() -> RunId {
    RunId::new(Uuid::now_v7())
}

/// An id for a new state version.
#[must_use]
pub fn new_state_version_id() -> StateVersionId {
    StateVersionId::new(Uuid::now_v7())
}

/// An id for a worker that starts.
#[must_use]
pub fn new_worker_id() -> WorkerId {
    WorkerId::new(Uuid::now_v7())
}
