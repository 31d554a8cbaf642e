//! Ctrl-C: the first asks whatever runs to end gently, the second to end at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

type Listener = Box<dyn Fn(usize) + Send + Sync>;

/// Counts interrupts and tells who listens. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Interrupts {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    count: AtomicUsize,
    listener: Mutex<Option<Listener>>,
}

impl Interrupts {
    /// How many there were.
    pub(crate) fn count(&self) -> usize {
        self.shared.count.load(Ordering::SeqCst)
    }

    /// There is one more.
    pub(crate) fn interrupt(&self) {
        let count = self.shared.count.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some(listener) = &*self.shared.listener.lock().unwrap_or_else(PoisonError::into_inner) {
            listener(count);
        }
    }

    /// Has this called with the number of interrupts at each of them, from now on and instead of any other listener.
    pub(crate) fn listen(&self, listener: impl Fn(usize) + Send + Sync + 'static) {
        *self.shared.listener.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(listener));
    }

    /// Nobody listens any more.
    pub(crate) fn stop_listening(&self) {
        *self.shared.listener.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Interrupts {
    /// Counts the signals that ask this process to end.
    pub(crate) fn watch(&self) {
        let interrupts = self.clone();
        let watching = move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else { return };
            runtime.block_on(async move {
                use tokio::signal::unix::{SignalKind, signal};
                let (Ok(mut interrupt), Ok(mut terminate)) =
                    (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
                else {
                    return;
                };
                loop {
                    tokio::select! {
                        _ = interrupt.recv() => {}
                        _ = terminate.recv() => {}
                    }
                    interrupts.interrupt();
                }
            });
        };
        // Without the thread, signals end the process as they do by themselves.
        drop(std::thread::Builder::new().name("signals".to_owned()).spawn(watching));
    }
}
