//! Where the time of an operation goes: how much of it a provider was at work, and on what.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fw_plugin_host::{Call, CallSink};

/// Takes the times of providers' calls from its making on.
pub struct Timings {
    began: Instant,
    calls: Arc<Mutex<Vec<Call>>>,
}

/// What was measured.
#[derive(Clone, Debug)]
pub struct TimingReport {
    /// From the making of the [`Timings`] to the report.
    pub total: Duration,
    /// The part of it in which at least one provider was starting or working on a call.
    pub provider: Duration,
    /// The critical path: the longest way back from the last call over calls of which each had ended before the next one
    /// began. With this order of calls no engine takes less: it is the floor.
    pub critical: Duration,
    /// The calls by plugin and remote procedure.
    pub calls: BTreeMap<(Arc<str>, &'static str), CallTimes>,
}

/// The calls of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallTimes {
    /// How many.
    pub count: u64,
    /// How long all together, one after the other.
    pub sum: Duration,
    /// How long the longest.
    pub longest: Duration,
    /// How long those on the critical path together.
    pub critical: Duration,
}

impl Timings {
    /// Begins to measure.
    #[must_use]
    pub fn begin() -> Self {
        Self { began: Instant::now(), calls: Arc::default() }
    }

    /// What supplies of providers tell ([`crate::Supply::telling`]).
    #[must_use]
    pub fn sink(&self) -> CallSink {
        let calls = Arc::clone(&self.calls);
        CallSink::new(move |call| calls.lock().unwrap_or_else(PoisonError::into_inner).push(call))
    }

    /// What was measured until now.
    #[must_use]
    pub fn report(&self) -> TimingReport {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut times: BTreeMap<_, CallTimes> = BTreeMap::new();
        for call in &calls {
            let took = took(call);
            let times = times.entry((Arc::clone(&call.plugin), call.method)).or_default();
            times.count += 1;
            times.sum += took;
            times.longest = times.longest.max(took);
        }
        let path = critical_path(&calls);
        for call in &path {
            times.entry((Arc::clone(&call.plugin), call.method)).or_default().critical += took(call);
        }
        let critical = path.into_iter().map(took).sum();
        TimingReport { total: self.began.elapsed(), provider: covered(calls), critical, calls: times }
    }
}

impl TimingReport {
    /// The part in which only our own program was at work.
    #[must_use]
    pub fn own(&self) -> Duration {
        self.total.saturating_sub(self.provider)
    }

    /// How many times the floor it took; nothing without calls.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        (!self.critical.is_zero()).then(|| self.total.as_secs_f64() / self.critical.as_secs_f64())
    }
}

fn took(call: &Call) -> Duration {
    call.ended.saturating_duration_since(call.began)
}

/// Of all the calls that had ended before a call began, the one that ended last held it up, or could have.
fn critical_path(calls: &[Call]) -> Vec<&Call> {
    let mut by_end: Vec<&Call> = calls.iter().collect();
    by_end.sort_by_key(|call| call.ended);
    let mut path = Vec::new();
    while let Some(call) = by_end.pop() {
        path.push(call);
        by_end.truncate(by_end.partition_point(|earlier| earlier.ended <= call.began));
    }
    path
}

/// The time that the calls cover together.
fn covered(mut calls: Vec<Call>) -> Duration {
    calls.sort_by_key(|call| call.began);
    let mut sum = Duration::ZERO;
    let mut until: Option<Instant> = None;
    for call in calls {
        let from = until.map_or(call.began, |until| until.max(call.began));
        sum += call.ended.saturating_duration_since(from);
        until = Some(until.map_or(call.ended, |until| until.max(call.ended)));
    }
    sum
}
