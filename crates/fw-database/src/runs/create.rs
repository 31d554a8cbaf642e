//! Making runs.

use fw_run::{Actor, Entry, Millis, Run, RunDef, RunDefError, RunId, StepId, StepKind, Time};

use super::advance::{Stored, advance_stored, append};
use super::{lock, queue};
use crate::{DatabaseError, Result, Signal, Tx, args};

/// A run that is to be made.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// Its id; version 7, so that it sorts by age.
    pub id: RunId,
    /// What it is to do.
    pub definition: RunDef,
    /// Who wants it.
    pub by: Actor,
    /// A name for it that another run must not have: with the same one it is made once.
    pub key: Option<String>,
    /// How many runs may be queued, this one not counted.
    pub bound: Option<u32>,
}

/// Why a run was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateRefusal {
    /// The definition can't be run.
    #[error(transparent)]
    Definition(#[from] RunDefError),
    /// The queue is full.
    #[error("{depth} runs are queued already")]
    Full {
        /// How many runs wait.
        depth: u64,
        /// How long runs waited lately.
        average_wait: Millis,
    },
    /// There is a run with this key.
    #[error("there is such a run already: {0}")]
    Exists(RunId),
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Makes a run and begins with it.
///
/// # Errors
/// Why it was not made.
pub async fn create(tx: &mut Tx, new: NewRun, now: Time) -> Result<Run, CreateRefusal> {
    if let Some(key) = &new.key
        && let Some(row) = tx.row("SELECT id FROM runs WHERE key = $1", args![key.as_str()]).await?
    {
        return Err(CreateRefusal::Exists(row.parse(0)?));
    }
    if let Some(bound) = new.bound {
        let depth = queue::depth(tx, Some(bound)).await?;
        if depth >= u64::from(bound) {
            return Err(CreateRefusal::Full { depth, average_wait: queue::average_wait(tx).await? });
        }
    }
    let (run, entry) = Run::create(new.id, new.definition, new.by.clone(), now)?;
    Ok(insert(tx, run, entry, &new.by, new.key, None).await?)
}

/// Makes the run of a step.
pub(super) async fn child(tx: &mut Tx, parent: &Run, step: StepId, id: RunId, now: Time) -> Result<()> {
    let definition = parent.definition().step(step).map(|step| &step.kind);
    let Some(StepKind::Child(definition)) = definition else { return Ok(()) };
    let definition: RunDef = (**definition).clone();
    let by = Actor::Run { id: parent.id() };
    // It was checked with its parent's.
    let (run, entry) = Run::create(id, definition, by.clone(), now).map_err(DatabaseError::corrupt)?;
    insert(tx, run, entry, &by, None, Some((parent.id(), step))).await.map(|_run| ())
}

async fn insert(
    tx: &mut Tx,
    run: Run,
    entry: Entry,
    by: &Actor,
    key: Option<String>,
    parent: Option<(RunId, StepId)>,
) -> Result<Run> {
    let definition = run.definition();
    // The lock's row is there before anybody waits for it.
    lock::head(tx, definition.stack).await?;
    let sql = "INSERT INTO runs (id, account, stack, parent, parent_step, key, status, definition, created_by, state, \
               events, created_at, wants_lock) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let arguments = args![
        run.id(),
        definition.account,
        definition.stack,
        parent.map(|(parent, _)| parent),
        parent.map(|(_, step)| step.0),
        key,
        run.status().as_str(),
        serde_json::to_string(&**definition)?,
        serde_json::to_string(by)?,
        serde_json::to_string(run.state())?,
        run.state().events,
        entry.at,
        run.wants_lock(),
    ];
    tx.execute(sql, arguments).await?;
    tx.signal(Signal::Stack(definition.stack));
    append(tx, run.id(), std::slice::from_ref(&entry)).await?;
    let (run, _) = advance_stored(tx, Stored::new(run, parent), entry.at, Vec::new(), None).await?;
    Ok(run)
}
