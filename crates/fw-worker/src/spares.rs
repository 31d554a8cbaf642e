//! Spare providers: started, configured by nobody, and ready for the next stack that has the same programs and environment
//! and no running providers of its own. They run in an empty directory, which becomes the stack's with them in it, so that
//! they are where they would be if the stack had started them.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use fw_ops::{Runtime, SupplyOptions};
use tokio::sync::Notify;

use crate::directories::Directories;
use crate::kind::Kind;
use crate::stock::{IDLE, LogTarget, Running};

/// How spares are started.
pub(crate) struct Recipe {
    pub(crate) options: SupplyOptions,
    pub(crate) log: Arc<LogTarget>,
}

/// The spares of a worker: one of each kind that was wanted lately.
pub(crate) struct Spares {
    /// Of how many kinds.
    kinds: usize,
    /// The kind that was wanted last is the last one.
    held: Mutex<Vec<Wanted>>,
    missing: Notify,
    /// One has started, or has not.
    settled: Condvar,
}

struct Wanted {
    kind: Kind,
    since: Instant,
    spare: State,
}

enum State {
    /// To be started, as the recipe says.
    Missing(Box<Recipe>),
    Starting,
    Ready(Box<Spare>),
    /// Taken, or cannot be started. A later step says how to start the next.
    Gone,
}

struct Spare {
    directory: PathBuf,
    running: Running,
}

impl Spare {
    fn end(&self, runtime: &Runtime) {
        self.running.end(runtime);
        // What is left of it is removed when the worker starts again.
        drop(std::fs::remove_dir_all(&self.directory));
    }
}

impl Spares {
    /// Of so many kinds.
    pub(crate) fn new(kinds: usize) -> Self {
        Self { kinds, held: Mutex::default(), missing: Notify::new(), settled: Condvar::new() }
    }

    fn held(&self) -> MutexGuard<'_, Vec<Wanted>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a stack's directory providers that run in it, if there are any of this kind.
    pub(crate) fn take(&self, kind: &Kind, place: &Path, runtime: &Runtime) -> io::Result<Option<Running>> {
        let Some(spare) = self.started(kind) else { return Ok(None) };
        if !spare.running.is_fit() {
            spare.end(runtime);
            return Ok(None);
        }
        if let Err(error) = occupy(&spare.directory, place) {
            spare.running.end(runtime);
            return Err(error);
        }
        Ok(Some(spare.running))
    }

    /// The spare of a kind, no more held; one that is just starting is waited for, as that takes no longer than another start.
    fn started(&self, kind: &Kind) -> Option<Spare> {
        let starting = |held: &mut Vec<Wanted>| {
            held.iter().any(|wanted| wanted.kind == *kind && matches!(wanted.spare, State::Starting))
        };
        let held = self.held();
        let mut held = self.settled.wait_while(held, starting).unwrap_or_else(PoisonError::into_inner);
        let wanted = held.iter_mut().find(|wanted| wanted.kind == *kind)?;
        std::mem::replace(&mut wanted.spare, State::Gone).ready()
    }

    /// A step has needed providers of this kind; others may follow.
    pub(crate) fn want(&self, kind: &Kind, recipe: impl FnOnce() -> Recipe) {
        if self.kinds == 0 {
            return;
        }
        let mut held = self.held();
        let spare = match held.iter().position(|wanted| wanted.kind == *kind) {
            Some(at) => held.remove(at).spare,
            None => State::Gone,
        };
        let spare = match spare {
            State::Gone => State::Missing(Box::new(recipe())),
            there => there,
        };
        held.push(Wanted { kind: kind.clone(), since: Instant::now(), spare });
        drop(held);
        self.missing.notify_one();
    }

    /// Waits until some are missing.
    pub(crate) async fn missed(&self) {
        self.missing.notified().await;
    }

    /// Starts what is missing, and ends what is too much or nobody has wanted for a while; or ends all.
    pub(crate) fn tend(&self, all: bool, directories: &Directories, runtime: &Runtime) {
        for spare in self.surplus(all) {
            spare.end(runtime);
        }
        while let Some((kind, recipe)) = self.next_missing() {
            let started = start(*recipe, directories, runtime);
            let mut held = self.held();
            self.settled.notify_all();
            match (started, held.iter_mut().find(|wanted| wanted.kind == kind)) {
                (Some(spare), Some(wanted)) => wanted.spare = State::Ready(Box::new(spare)),
                (None, Some(wanted)) => wanted.spare = State::Gone,
                (Some(spare), None) => {
                    drop(held);
                    spare.end(runtime);
                }
                (None, None) => {}
            }
        }
    }

    fn next_missing(&self) -> Option<(Kind, Box<Recipe>)> {
        let mut held = self.held();
        let wanted = held.iter_mut().find(|wanted| matches!(wanted.spare, State::Missing(_)))?;
        match std::mem::replace(&mut wanted.spare, State::Starting) {
            State::Missing(recipe) => Some((wanted.kind.clone(), recipe)),
            _ => None,
        }
    }

    fn surplus(&self, all: bool) -> Vec<Spare> {
        let mut held = self.held();
        let keep = if all { 0 } else { self.kinds };
        let too_many = held.len().saturating_sub(keep);
        let mut kept = std::mem::take(&mut *held);
        let mut ended: Vec<Wanted> = kept.drain(..too_many).collect();
        let (old, kept): (Vec<_>, Vec<_>) = kept.into_iter().partition(Wanted::is_old);
        *held = kept;
        ended.extend(old);
        ended.into_iter().filter_map(|wanted| wanted.spare.ready()).collect()
    }
}

impl Wanted {
    fn is_old(&self) -> bool {
        self.since.elapsed() > IDLE || matches!(&self.spare, State::Ready(spare) if !spare.running.is_fit())
    }
}

impl State {
    fn ready(self) -> Option<Spare> {
        match self {
            Self::Ready(spare) => Some(*spare),
            Self::Missing(_) | Self::Starting | Self::Gone => None,
        }
    }
}

/// `None` when it can't be done: the step that needs a provider will say why.
fn start(recipe: Recipe, directories: &Directories, runtime: &Runtime) -> Option<Spare> {
    let Recipe { options, log } = recipe;
    let directory = directories.spare().ok()?;
    let supply = fw_ops::Supply::new(SupplyOptions { directory: directory.clone(), ..options });
    let started = runtime.block_on(supply.start_spares());
    let spare = Spare { directory, running: Running::new(supply, log) };
    if started.is_ok() {
        return Some(spare);
    }
    spare.end(runtime);
    None
}

/// Makes an empty directory the one at `place`, with everything that is in that one.
fn occupy(empty: &Path, place: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(place)? {
        let entry = entry?;
        std::fs::rename(entry.path(), empty.join(entry.file_name()))?;
    }
    std::fs::remove_dir(place)?;
    std::fs::rename(empty, place)
}
