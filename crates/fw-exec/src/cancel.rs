//! Asking an operation to stop: first gently, then at once.

use std::future::poll_fn;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::Poll;

use futures::task::AtomicWaker;

/// How urgently an operation is asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CancelLevel {
    /// Not at all.
    Run,
    /// Running operations are asked to finish soon; no new ones begin.
    Stop,
    /// Nothing is waited for any more.
    Abort,
}

/// Asks a plan or an apply to stop. Shared with whoever may ask.
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

    /// Whether anything was asked for.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.level() != CancelLevel::Run
    }

    /// Waits until more is asked for than `seen`. Only the last one who waits is told.
    pub async fn beyond(&self, seen: CancelLevel) -> CancelLevel {
        poll_fn(|context| {
            self.waker.register(context.waker());
            let level = self.level();
            if level > seen { Poll::Ready(level) } else { Poll::Pending }
        })
        .await
    }
}
