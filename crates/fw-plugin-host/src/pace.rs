//! How many calls are under way that reach a provider's cloud. As many as the engine makes, until the cloud says that it is too
//! much: then half as many, and slowly more again. What changes nothing is tried again; the rest is the provider's to repeat.

use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fw_diag::Severity;
use fw_provider::{Answer, ProviderDiagnostics};
use tokio::sync::Notify;

/// What a call waits before it is tried again: between a half of this and all of it.
const PAUSES: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];
/// With so many at once there is no limit any more.
const PLENTY: f64 = 64.0;
/// How clouds say that it is too much: AWS, Google, Azure, and HTTP.
const TOO_MUCH: [&str; 15] = [
    "StatusCode: 429",
    "StatusCode=429",
    "Error 429",
    "429 Too Many Requests",
    "TooManyRequests",
    "RequestLimitExceeded",
    "Rate exceeded",
    "rateLimitExceeded",
    "RESOURCE_EXHAUSTED",
    "Throttling:",
    "ThrottlingException",
    "ThrottledException",
    "SlowDown",
    "StatusCode: 503",
    "503 Service Unavailable",
];

/// The pace of one provider process.
pub(crate) struct Pace {
    pauses: [Duration; 4],
    now: Mutex<Now>,
    changed: Notify,
}

struct Now {
    under_way: usize,
    /// How many there may be; a fraction on the way to the next whole one.
    limit: f64,
    /// When it became less: calls that had begun before know nothing of that.
    slowed: Option<Instant>,
    stopped: bool,
}

/// A call that is under way.
struct Turn<'a> {
    pace: &'a Pace,
    began: Instant,
}

impl Default for Pace {
    fn default() -> Self {
        let now = Now { under_way: 0, limit: f64::INFINITY, slowed: None, stopped: false };
        Self { pauses: PAUSES, now: Mutex::new(now), changed: Notify::new() }
    }
}

impl Pace {
    /// Makes a call when it is its turn.
    pub(crate) async fn once<T>(&self, call: impl Future<Output = Answer<T>>) -> Answer<T> {
        let turn = self.turn().await;
        let answer = call.await;
        self.now().heard(turn.began, is_too_much(&answer.diagnostics));
        answer
    }

    /// Makes a call that changes nothing, and makes it again as long as it is too much, some times.
    pub(crate) async fn again<T, F: Future<Output = Answer<T>>>(&self, call: impl Fn() -> F) -> Answer<T> {
        for pause in self.pauses {
            let answer = self.once(call()).await;
            if !is_too_much(&answer.diagnostics) || !self.pause(pause).await {
                return answer;
            }
        }
        self.once(call()).await
    }

    /// Lets nobody wait any more.
    pub(crate) fn stop(&self) {
        self.now().stopped = true;
        self.changed.notify_waiters();
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn turn(&self) -> Turn<'_> {
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            if self.now().begin() {
                return Turn { pace: self, began: Instant::now() };
            }
            changed.await;
        }
    }

    /// Whether the pause went by without a stop.
    async fn pause(&self, longest: Duration) -> bool {
        let mut random = [0];
        // Without randomness all wait for as long.
        let _same: Result<(), _> = getrandom::fill(&mut random);
        let until = tokio::time::Instant::now() + longest.mul_f64(0.5 + f64::from(random[0]) / 512.0);
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            if self.now().stopped {
                return false;
            }
            if tokio::time::timeout_at(until, changed).await.is_err() {
                return true;
            }
        }
    }
}

impl Now {
    fn begin(&mut self) -> bool {
        // One is always allowed: the limit is never less.
        let free = self.stopped || (self.under_way as f64) < self.limit.floor();
        self.under_way += usize::from(free);
        free
    }

    fn heard(&mut self, began: Instant, too_much: bool) {
        if !too_much {
            // One more for as many as there may be.
            self.limit += 1.0 / self.limit;
            if self.limit > PLENTY {
                self.limit = f64::INFINITY;
            }
        } else if self.slowed.is_none_or(|slowed| slowed < began) {
            self.limit = (self.limit.min(self.under_way as f64) / 2.0).max(1.0);
            self.slowed = Some(Instant::now());
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut now = self.pace.now();
        now.under_way -= 1;
        if now.limit.is_finite() {
            self.pace.changed.notify_waiters();
        }
    }
}

fn is_too_much(diagnostics: &ProviderDiagnostics) -> bool {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let mut texts = errors.flat_map(|error| [&error.summary, &error.detail]);
    texts.any(|text| TOO_MUCH.iter().any(|sign| text.contains(sign)))
}

#[cfg(test)]
mod tests;
