//! Where things run: the engine on the calling thread, providers' connections on a small pool of threads.

use std::sync::mpsc;

use tokio::runtime::{Builder, Handle, Runtime as Pool};

/// The threads that providers' connections live on.
pub struct Runtime {
    /// Taken away when this is dropped.
    pool: Option<Pool>,
}

impl Runtime {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the operating system gives none.
    pub fn start() -> std::io::Result<Self> {
        let pool = Builder::new_multi_thread().worker_threads(2).thread_name("providers").enable_all().build()?;
        Ok(Self { pool: Some(pool) })
    }

    /// Runs the engine's part on this thread, to its end.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.pool().block_on(future)
    }

    /// For code on the engine's thread that must wait for a provider without being asynchronous itself.
    #[must_use]
    pub fn waiter(&self) -> Waiter {
        Waiter(self.pool().handle().clone())
    }

    fn pool(&self) -> &Pool {
        self.pool.as_ref().expect("it is there until this is dropped")
    }
}

impl Drop for Runtime {
    /// Nothing is waited for, so that it may be dropped anywhere, also by what runs on other threads of this kind.
    fn drop(&mut self) {
        if let Some(pool) = self.pool.take() {
            pool.shutdown_background();
        }
    }
}

/// Waits for a future that runs on the pool.
#[derive(Clone)]
pub struct Waiter(Handle);

impl Waiter {
    /// The result of a future; `None` when it panicked.
    pub fn wait<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> Option<T> {
        let (send, receive) = mpsc::sync_channel(1);
        self.0.spawn(async move {
            // Nobody waits any more when this fails.
            drop(send.send(future.await));
        });
        receive.recv().ok()
    }
}
