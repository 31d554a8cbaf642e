//! Asking an apply to stop: first gently, then at once.

use std::future::poll_fn;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::Poll;

use futures::task::AtomicWaker;

/// How urgently an apply is asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CancelLevel {
    /// Not at all.
    Run,
    /// Running operations are asked to finish soon; no new ones begin.
    Stop,
    /// Nothing is waited for any more.
    Abort,
}

/// Asks an apply to stop. Shared with whoever may ask.
#[derive(Debug, Default)]
pub struct Cancel {
    level: AtomicU8,
    waker: AtomicWaker,
}

impl Cancel {
    /// Asks to stop; asked a second time, to abort.
    pub fn cancel(&self) {
        let next = if self.level() == CancelLevel::Run { 1 } else { 2 };
        self.level.fetch_max(next, Ordering::SeqCst);
        self.waker.wake();
    }

    /// What was asked for so far.
    #[must_use]
    pub fn level(&self) -> CancelLevel {
        match self.level.load(Ordering::SeqCst) {
            0 => CancelLevel::Run,
            1 => CancelLevel::Stop,
            _ => CancelLevel::Abort,
        }
    }

    /// Waits until more is asked for than `seen`.
    pub(crate) async fn beyond(&self, seen: CancelLevel) -> CancelLevel {
        poll_fn(|context| {
            self.waker.register(context.waker());
            let level = self.level();
            if level > seen { Poll::Ready(level) } else { Poll::Pending }
        })
        .await
    }
}
