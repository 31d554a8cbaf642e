//! The thread that connections live on, for code that waits for their answers.

use std::sync::mpsc;

use tokio::runtime::{Builder, Runtime};

/// A thread for tasks.
#[derive(Debug)]
pub struct Threads(Option<Runtime>);

impl Threads {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the operating system gives none.
    pub fn start() -> Result<Self, String> {
        let mut builder = Builder::new_multi_thread();
        let made = builder.worker_threads(1).thread_name("backend").enable_all().build();
        made.map(|runtime| Self(Some(runtime))).map_err(|error| error.to_string())
    }

    /// The result of a future, which runs on the thread while this one waits.
    ///
    /// # Panics
    /// When the future panics.
    pub fn wait<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> T {
        let (send, receive) = mpsc::sync_channel(1);
        let runtime = self.0.as_ref().expect("there until this is dropped");
        runtime.spawn(async move {
            // Nobody waits any more when this fails.
            drop(send.send(future.await));
        });
        receive.recv().expect("only a panic keeps a task from its end")
    }
}

impl Drop for Threads {
    /// Nothing is waited for, so that it may be dropped anywhere, also by what runs on other threads of this kind.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
