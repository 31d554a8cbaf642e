//! Providers between two steps: those of a stack stay running for a while, configured as they are, for the next step on the
//! same stack with the same programs, environment and directory. They are never lent to another stack, and a process that
//! was configured is used again only for the very same values.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fw_ops::{Runtime, Supply};

use crate::kind::Kind;
use crate::output::WeakTold;

/// How long providers wait for the next step.
pub(crate) const IDLE: Duration = Duration::from_secs(5 * 60);
/// How long they live at most: credentials that they have read by themselves get old.
const AGE: Duration = Duration::from_secs(20 * 60);
/// How many steps they serve at most.
const USES: u32 = 100;
/// How many stacks have warm providers.
const STACKS: usize = 8;
/// How many processes a provider may have come to: more are leftovers.
const PROCESSES: usize = 4;
/// How much memory the providers of a stack may have come to use.
const MEMORY: u64 = 4 << 30;

/// What providers must have in common to be used again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// Where they run.
    pub(crate) directory: PathBuf,
    pub(crate) kind: Kind,
}

/// Running providers of a stack.
pub(crate) struct Running {
    pub(crate) supply: Supply,
    /// Where their log lines go: to the step that uses them.
    pub(crate) log: Arc<LogTarget>,
    since: Instant,
    uses: u32,
}

/// Where log lines go at the moment.
#[derive(Default)]
pub(crate) struct LogTarget(Mutex<Option<WeakTold>>);

impl LogTarget {
    pub(crate) fn set(&self, told: WeakTold) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(told);
    }

    pub(crate) fn get(&self) -> Option<WeakTold> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Running {
    pub(crate) fn new(supply: Supply, log: Arc<LogTarget>) -> Self {
        Self { supply, log, since: Instant::now(), uses: 0 }
    }

    /// Whether they may serve another step.
    pub(crate) fn is_fit(&self) -> bool {
        let processes = self.supply.running();
        let alive = processes.iter().filter_map(|plugin| plugin.pid()).collect::<Vec<_>>();
        alive.len() == processes.len()
            && !alive.is_empty()
            && self.since.elapsed() < AGE
            && self.uses < USES
            && alive.iter().map(|pid| resident(*pid)).sum::<u64>() < MEMORY
    }

    pub(crate) fn end(&self, runtime: &Runtime) {
        runtime.block_on(self.supply.shutdown());
    }
}

/// How much memory a process has, as far as that can be known.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok())
        .map_or(0, |kilobytes| kilobytes << 10)
}

struct Shelved {
    key: Key,
    running: Running,
    since: Instant,
}

/// The warm providers of a worker.
#[derive(Default)]
pub(crate) struct Stock(Mutex<Vec<Shelved>>);

impl Stock {
    fn shelf(&self) -> MutexGuard<'_, Vec<Shelved>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those of an earlier step, if they are still fit.
    pub(crate) fn take(&self, key: &Key, runtime: &Runtime) -> Option<Running> {
        let mut running = {
            let mut shelf = self.shelf();
            let at = shelf.iter().position(|shelved| shelved.key == *key)?;
            shelf.remove(at).running
        };
        if !running.is_fit() {
            running.end(runtime);
            return None;
        }
        running.uses += 1;
        Some(running)
    }

    /// Keeps those of a step that has ended well.
    pub(crate) fn give(&self, key: Key, running: Running, runtime: &Runtime) {
        let processes = running.supply.running().len();
        if processes > key.kind.programs() * PROCESSES || !running.is_fit() {
            return running.end(runtime);
        }
        let surplus = {
            let mut shelf = self.shelf();
            shelf.push(Shelved { key, running, since: Instant::now() });
            // The first one has waited for the longest time.
            (shelf.len() > STACKS).then(|| shelf.remove(0))
        };
        if let Some(surplus) = surplus {
            surplus.running.end(runtime);
        }
    }

    /// Ends those that nobody has wanted for a while, or all.
    pub(crate) fn sweep(&self, all: bool, runtime: &Runtime) {
        let old = {
            let mut shelf = self.shelf();
            let (old, kept) = std::mem::take(&mut *shelf)
                .into_iter()
                .partition(|shelved| all || shelved.since.elapsed() > IDLE || !shelved.running.is_fit());
            *shelf = kept;
            old
        };
        let old: Vec<Shelved> = old;
        old.iter().for_each(|shelved| shelved.running.end(runtime));
    }
}
