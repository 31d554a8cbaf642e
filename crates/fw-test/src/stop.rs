//! Requests to stop: the first ends the present run and takes everything down, the second ends at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use fw_exec::Cancel;

/// Requests to stop.
#[derive(Default)]
pub struct Stop {
    count: AtomicUsize,
    running: Mutex<Option<Arc<Cancel>>>,
}

impl Stop {
    /// One more request.
    pub fn request(&self) {
        // What runs already may come to its end, unless somebody insists.
        if self.count.fetch_add(1, Ordering::SeqCst) == 0 {
            return;
        }
        if let Some(cancel) = &*self.running.lock().unwrap_or_else(PoisonError::into_inner) {
            cancel.cancel();
        }
    }

    /// Whether no more runs are to begin.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.count.load(Ordering::SeqCst) > 0
    }

    /// Whether nothing at all is to begin.
    pub(crate) fn is_at_once(&self) -> bool {
        self.count.load(Ordering::SeqCst) > 1
    }

    /// A fresh signal for an operation, which a second request sets off.
    pub(crate) fn operation(&self) -> Arc<Cancel> {
        let cancel = Arc::new(Cancel::default());
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&cancel));
        cancel
    }
}
