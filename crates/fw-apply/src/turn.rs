//! The limited number of things that are done at a time.

use std::cell::RefCell;

use tokio::sync::{Semaphore, SemaphorePermit};

/// One step's turn among the limited number of steps that work at a time. Given back while the step waits for its changes
/// to be durable: many steps wait for that together.
pub(crate) struct Turn<'a> {
    turns: &'a Semaphore,
    held: RefCell<Option<SemaphorePermit<'a>>>,
}

impl<'a> Turn<'a> {
    /// Waits for a turn.
    pub(crate) async fn wait(turns: &'a Semaphore) -> Self {
        let turn = Self { turns, held: RefCell::new(None) };
        turn.again().await;
        turn
    }

    /// Waits for another turn, after the last one was over.
    pub(crate) async fn again(&self) {
        let permit = self.turns.acquire().await.expect("the semaphore is never closed");
        self.held.replace(Some(permit));
    }

    /// The work is done.
    pub(crate) fn over(&self) {
        self.held.replace(None);
    }
}
