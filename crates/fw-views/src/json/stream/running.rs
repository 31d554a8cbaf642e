//! What is being done right now, and since when.

use std::collections::BTreeMap;

use fw_addr::AbsResourceInstance;

use crate::time::Time;

/// How often people are told that something is still being done, in seconds.
const INTERVAL: i64 = 10;

/// One thing being done.
#[derive(Clone, Debug)]
pub(super) struct Task {
    /// What it is done to.
    pub(super) address: AbsResourceInstance,
    /// What is done, for events: `create`, `open`.
    pub(super) action: &'static str,
    /// What is done, in words: `Creating`.
    pub(super) verb: &'static str,
    /// The event that tells of its progress.
    pub(super) event: &'static str,
    started: Time,
    told: i64,
}

/// All that is being done.
#[derive(Debug, Default)]
pub(super) struct Running {
    tasks: BTreeMap<(AbsResourceInstance, String), Task>,
}

/// A time in whole seconds, rounded.
fn rounded((seconds, nanoseconds): Time) -> i64 {
    seconds + i64::from(nanoseconds >= 500_000_000)
}

impl Task {
    /// A task that begins now.
    pub(super) fn new(
        address: &AbsResourceInstance,
        (action, verb): (&'static str, &'static str),
        event: &'static str,
        now: Time,
    ) -> Self {
        Self { address: address.clone(), action, verb, event, started: now, told: 0 }
    }

    fn elapsed(&self, now: Time) -> i64 {
        (rounded(now) - rounded(self.started)).max(0)
    }

    /// Whether another interval has passed.
    fn is_due(&mut self, now: Time) -> bool {
        let (seconds, nanoseconds) = self.started;
        let passed = now.0 - seconds - i64::from(now.1 < nanoseconds);
        let due = passed / INTERVAL > self.told;
        self.told = self.told.max(passed / INTERVAL);
        due
    }
}

impl Running {
    /// Something begins. `part` tells several things done to one address apart.
    pub(super) fn begin(&mut self, part: &str, task: Task) {
        self.tasks.insert((task.address.clone(), part.to_owned()), task);
    }

    /// Something has ended: for how many seconds it was done.
    pub(super) fn end(&mut self, address: &AbsResourceInstance, part: &str, now: Time) -> i64 {
        self.tasks.remove(&(address.clone(), part.to_owned())).map_or(0, |task| task.elapsed(now))
    }

    /// What people should be told of now, each with its seconds.
    pub(super) fn due(&mut self, now: Time) -> Vec<(Task, i64)> {
        let due = self.tasks.values_mut().filter_map(|task| task.is_due(now).then(|| task.clone()));
        due.map(|task| {
            let elapsed = task.elapsed(now);
            (task, elapsed)
        })
        .collect()
    }
}
