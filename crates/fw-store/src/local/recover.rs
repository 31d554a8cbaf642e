//! What a crash can leave beside a state file, and what it means.

use fw_state::State;

use super::{LocalState, Parsed, parse};
use crate::journal::{Folded, Outcome, fold};
use crate::{StoreError, files};

/// What was found.
pub(super) struct Found {
    /// The bytes that count as the content of the state file.
    pub(super) content: Vec<u8>,
    /// The state in them.
    pub(super) on_disk: Option<State>,
    /// Whether it is encrypted in another way than it would be now.
    pub(super) is_outdated: bool,
    /// The state with the changes of the journal.
    pub(super) state: Option<State>,
    /// What became of a journal.
    pub(super) folded: Folded,
    /// Whether the content is not in the state file but beside it.
    pub(super) interrupted: bool,
    /// Whether there are files that have served.
    pub(super) remains: bool,
}

/// Reads the state file and what lies beside it; with the lock, a journal of another state is put aside.
pub(super) fn read(local: &mut LocalState) -> Result<Found, StoreError> {
    let mut content = local.content()?;
    let next = files::read(&local.next_path())?;
    let mut remains = !next.is_empty();
    let mut interrupted = false;
    let mut on_disk = parse(&local.paths.write, &content, &local.cipher);
    if let Ok(next_parsed) = parse(&local.next_path(), &next, &local.cipher)
        && let Some(next_state) = &next_parsed.state
        && should_take(&on_disk, next_state)
    {
        interrupted = content != next;
        content = next;
        on_disk = Ok(next_parsed);
    }
    let Parsed { state: on_disk, is_current } = on_disk?;
    let journal_path = local.journal_path();
    let journal = files::read(&journal_path)?;
    let mut folded = Folded::default();
    let mut state = on_disk.clone();
    match fold(&journal, on_disk.as_ref(), &content, &local.cipher)? {
        Outcome::Nothing => remains |= !journal.is_empty(),
        Outcome::Changed(changed, changes) => {
            state = Some(*changed);
            folded.changes = changes;
            remains = true;
        }
        Outcome::Foreign(changes) if local.lock.is_some() => {
            folded.unmerged = changes;
            folded.kept = Some(files::put_aside(&journal_path)?);
        }
        Outcome::Foreign(changes) => {
            folded.unmerged = changes;
            folded.kept = Some(journal_path);
        }
    }
    Ok(Found { content, on_disk, is_outdated: !is_current, state, folded, interrupted, remains })
}

/// Whether the text of an interrupted write takes the place of what the state file holds: when that is torn, or is what
/// the write began with. If somebody has written since, its serial tells.
fn should_take(on_disk: &Result<Parsed, StoreError>, next: &State) -> bool {
    match on_disk {
        Ok(Parsed { state: Some(state), .. }) => state.lineage == next.lineage && state.serial < next.serial,
        Ok(Parsed { state: None, .. }) | Err(_) => true,
    }
}
