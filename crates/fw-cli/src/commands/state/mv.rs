//! `state mv`.

use std::path::PathBuf;

use fw_addr::Target;
use fw_diag::Diagnostics;
use fw_state::State;
use fw_store::StateStore;
use fw_value::go_quoted;

use super::access::{self, LOCK_FLAGS, Locking, Place, StateFiles};
use super::moving::{Moved, Refusal, States, relocate};
use super::{not_saved, read};
use crate::flags::{Arguments, Flag};
use crate::session::{Exit, Session};
use crate::spoken::Usage;

/// Runs the command.
pub(crate) fn run(session: &Session, arguments: &[String]) -> Exit {
    relocate_in_files(session, arguments).unwrap_or_else(|exit| exit)
}

fn relocate_in_files(session: &Session, arguments: &[String]) -> Result<Exit, Exit> {
    let mut flags = vec![
        Flag::switch("dry-run"),
        Flag::text("backup"),
        Flag::text("backup-out"),
        Flag::text("state"),
        Flag::text("state-out"),
        Flag::switch("ignore-remote-version"),
    ];
    flags.extend(LOCK_FLAGS);
    let arguments = session.parse_flags("state mv", &flags, arguments, Usage::None)?;
    let [source, destination] = arguments.positional.as_slice() else {
        session.error_line("Exactly two arguments expected.\n");
        return Err(Exit::ShowHelp);
    };
    access::check_configuration(session)?;
    let locking = Locking::of(&arguments);
    let open = |store: StateStore| {
        StateFiles::open(session, store, "state-mv", locking).map_err(|problem| session.finish_apart(problem))
    };
    let (from_store, to_store) = places(session, &arguments).map_err(|problems| session.finish_apart(problems))?;
    let mut from = open(from_store)?;
    let mut states = States { source: read(session, &mut from)?, destination: None };
    let mut to = to_store.map(open).transpose()?;
    if let Some(to) = &mut to {
        let found = to.read().map_err(|error| {
            session.fail_line(&format!("Failed to refresh destination state: {}", access::problems(&error)))
        })?;
        states.destination = Some(found.unwrap_or_default());
    }
    let (source, target) = targets(session, source, destination).map_err(|problems| session.finish_apart(problems))?;
    let before = states.clone();
    let moved = relocate(&mut states, &source, &target, destination).map_err(|refusal| refuse(session, refusal))?;
    if arguments.switch("dry-run", false) {
        tell(session, "Would move", &moved);
        return Ok(Exit::Success);
    }
    tell(session, "Move", &moved);
    if let (Some(to), Some(state)) = (&mut to, &states.destination) {
        save(session, to, state, before.destination.as_ref())?;
    }
    save(session, &mut from, &states.source, Some(&before.source))?;
    session.out(&format!("Successfully moved {} object(s).\n", moved.len()));
    Ok(Exit::Success)
}

/// The state that objects are taken from, and the one they go to where that is another.
fn places(session: &Session, arguments: &Arguments) -> Result<(StateStore, Option<StateStore>), Diagnostics> {
    let source = access::place(session, arguments.text("state"))?;
    let out = arguments.text("state-out").filter(|path| !path.is_empty());
    let is_other = |path: &PathBuf| source.path() != Some(path);
    let out = out.map(|path| session.surroundings.resolve(path)).filter(is_other);
    let to = out.map(|path| Place::File(path).with_timed_backup(arguments.text("backup-out"), session));
    Ok((source.with_timed_backup(arguments.text("backup"), session), to))
}

fn targets(session: &Session, source: &str, destination: &str) -> Result<(Target, Target), Diagnostics> {
    match (session.target(source), session.target(destination)) {
        (Ok(source), Ok(destination)) => Ok((source, destination)),
        (source, destination) => Err(source.err().into_iter().chain(destination.err()).collect()),
    }
}

fn refuse(session: &Session, refusal: Refusal) -> Exit {
    match refusal {
        Refusal::Problems(problems) => session.finish_apart(problems),
        Refusal::ModuleExists => session.fail_line(
            "Error moving state: destination module already exists\n\n\
             Please ensure your addresses and state paths are valid. No\n\
             state was persisted. Your existing states are untouched.",
        ),
    }
}

fn tell(session: &Session, verb: &str, moved: &[Moved]) {
    for Moved { from, to } in moved {
        session.out(&format!("{verb} {} to {}\n", go_quoted(from), go_quoted(to)));
    }
}

fn save(session: &Session, open: &mut StateFiles<'_>, state: &State, before: Option<&State>) -> Result<(), Exit> {
    if before.is_some_and(|before| before.same_content(state)) {
        return Ok(());
    }
    open.persist(state).map(drop).map_err(|error| not_saved(session, &error.chain()))
}
