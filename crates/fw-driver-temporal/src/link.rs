//! The link to Temporal: a thread that connects and runs this server's worker, and does so anew whenever either fails.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use fw_database::Database;
use temporalio_client::{Client, ClientOptions, Connection, ConnectionOptions, Url};
use temporalio_sdk::{Runtime, Worker, WorkerOptions};
use tokio::sync::watch;

use crate::TemporalError;
use crate::workflow::{Hands, RunDriver};

/// How long it is waited after a failure.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// How it stands with Temporal.
#[derive(Clone)]
pub(crate) enum Link {
    /// It has not been reached yet.
    Connecting,
    /// It could not be reached, or has thrown the worker out, for this reason.
    Down(Arc<str>),
    /// It was there when it was heard of last.
    Up(Client),
}

/// What is needed for a link.
pub(crate) struct Linking {
    pub(crate) address: Url,
    pub(crate) namespace: String,
    pub(crate) queue: String,
    pub(crate) database: Database,
    pub(crate) link: watch::Sender<Link>,
    /// True, or without its sender: it is to end.
    pub(crate) stopped: watch::Receiver<bool>,
}

impl Linking {
    /// Starts the thread. The worker has a runtime of its own, as workflows can't be sent between threads.
    pub(crate) fn start(self) -> Result<(), TemporalError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(TemporalError::Thread)?;
        let work = move || runtime.block_on(self.keep());
        thread::Builder::new().name("temporal".to_owned()).spawn(work).map_err(TemporalError::Thread)?;
        Ok(())
    }

    async fn keep(self) {
        let mut told = String::new();
        while !is_stopped(&self.stopped) {
            match self.once().await {
                Ok(()) => return,
                Err(problem) => {
                    if problem != told {
                        tracing::warn!(address = %self.address, problem, "Temporal is not there; it is tried again");
                        told.clone_from(&problem);
                    }
                    self.link.send_replace(Link::Down(problem.into()));
                }
            }
            drop(tokio::time::timeout(AFTER_FAILURE, stopping(self.stopped.clone())).await);
        }
    }

    /// Connects and works until told to stop.
    async fn once(&self) -> Result<(), String> {
        let options =
            ConnectionOptions::new(self.address.clone()).identity(identity()).connect_timeout(CONNECT).build();
        let connection = tokio::select! {
            connection = Connection::connect(options) => connection.map_err(|error| told(&error))?,
            () = stopping(self.stopped.clone()) => return Ok(()),
        };
        let client = Client::new(connection, ClientOptions::new(self.namespace.clone()).build());
        let client = client.map_err(|error| told(&error))?;
        let mut worker = self.worker(client.clone())?;
        let shut_down = worker.shutdown_handle();
        self.link.send_replace(Link::Up(client));
        tracing::info!(address = %self.address, "connected to Temporal");
        let mut run = Box::pin(worker.run());
        tokio::select! {
            ended = &mut run => ended.map_err(|error| told(&error)),
            () = stopping(self.stopped.clone()) => {
                shut_down();
                // What it was about to say is of no use any more.
                drop(run.await);
                Ok(())
            }
        }
    }

    fn worker(&self, client: Client) -> Result<Worker, String> {
        let runtime = Runtime::from_current_tokio(Default::default()).map_err(|error| told(&error))?;
        let options = WorkerOptions::new(self.queue.clone())
            .register_activities(Hands { database: self.database.clone() })
            .register_workflow::<RunDriver>()
            .map_err(|error| told(&error))?
            .build();
        Worker::new(&runtime, client, options).map_err(|error| told(&error))
    }
}

fn identity() -> String {
    format!("formwork {}", env!("CARGO_PKG_VERSION"))
}

fn is_stopped(stopped: &watch::Receiver<bool>) -> bool {
    *stopped.borrow() || stopped.has_changed().is_err()
}

/// Returns once it is to end.
async fn stopping(mut stopped: watch::Receiver<bool>) {
    // Without a sender there is nobody left who needs it.
    drop(stopped.wait_for(|stopped| *stopped).await);
}

/// An error with its causes.
pub(crate) fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    text
}
