//! The engine: starts and nudges workflows, and runs the worker that does their work.

use std::str::FromStr;
use std::sync::Arc;
use std::thread;

use async_trait::async_trait;
use fw_database::Database;
use fw_driver::{Engine, EngineError};
use fw_run::RunId;
use temporalio_client::errors::WorkflowStartError;
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, Url, WorkflowIdReusePolicy, WorkflowStartOptions,
};
use temporalio_sdk::{Runtime, Worker, WorkerOptions};
use tokio::sync::oneshot;

use crate::workflow::{Hands, RunDriver};

/// Where Temporal is.
#[derive(Clone, Debug)]
pub struct TemporalOptions {
    /// The address of its front end: `http://HOST:PORT`, or `https://…` for TLS with the system's roots.
    pub address: String,
    /// The namespace; it must exist.
    pub namespace: String,
    /// The task queue of this installation's servers.
    pub queue: String,
}

impl Default for TemporalOptions {
    fn default() -> Self {
        Self {
            address: "http://127.0.0.1:7233".to_owned(),
            namespace: "default".to_owned(),
            queue: "formwork".to_owned(),
        }
    }
}

/// Why Temporal can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TemporalError {
    /// The address is none.
    #[error("`{0}` is not the address of a Temporal server: it looks like http://HOST:7233")]
    Address(String),
    /// It does not answer.
    #[error("Temporal does not answer")]
    Connect(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The worker can't be started.
    #[error("the worker of Temporal can't be started: {0}")]
    Worker(String),
}

/// Runs are driven by Temporal. Clones are the same.
#[derive(Clone)]
pub struct TemporalEngine {
    client: Client,
    queue: String,
    worker: Arc<WorkerThread>,
}

struct WorkerThread {
    stop: Box<dyn Fn() + Send + Sync>,
}

impl Drop for WorkerThread {
    fn drop(&mut self) {
        (self.stop)();
    }
}

impl TemporalEngine {
    /// Connects, and starts the worker of this server. It stops with the last clone.
    ///
    /// # Errors
    /// Temporal can't be reached or refuses the worker.
    pub async fn start(database: Database, options: TemporalOptions) -> Result<Self, TemporalError> {
        let address =
            Url::from_str(&options.address).map_err(|_error| TemporalError::Address(options.address.clone()))?;
        let connection = Connection::connect(ConnectionOptions::new(address).identity(identity()).build());
        let connection = connection.await.map_err(|error| TemporalError::Connect(Box::new(error)))?;
        let client = Client::new(connection, ClientOptions::new(options.namespace.clone()).build());
        let client = client.map_err(|error| TemporalError::Connect(Box::new(error)))?;
        let stop = start_worker(client.clone(), database, options.queue.clone()).await?;
        Ok(Self { client, queue: options.queue, worker: Arc::new(WorkerThread { stop }) })
    }

    /// Tells the worker to finish what it does and to stop.
    pub fn stop(&self) {
        (self.worker.stop)();
    }
}

fn identity() -> String {
    format!("formwork {}", env!("CARGO_PKG_VERSION"))
}

/// The worker has a thread and a runtime of its own, as workflows can't be sent between threads.
async fn start_worker(
    client: Client,
    database: Database,
    queue: String,
) -> Result<Box<dyn Fn() + Send + Sync>, TemporalError> {
    let (started, starting) = oneshot::channel::<Result<Box<dyn Fn() + Send + Sync>, TemporalError>>();
    let work = move || {
        let failed = |error: &dyn std::fmt::Display| TemporalError::Worker(error.to_string());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = match runtime {
            Ok(runtime) => runtime,
            Err(error) => return drop(started.send(Err(failed(&error)))),
        };
        runtime.block_on(async move {
            let made = make_worker(client, database, queue);
            let mut worker = match made {
                Ok(worker) => worker,
                Err(error) => return drop(started.send(Err(error))),
            };
            drop(started.send(Ok(Box::new(worker.shutdown_handle()))));
            if let Err(error) = worker.run().await {
                tracing::error!(%error, "the worker of Temporal has stopped");
            }
        });
    };
    let spawned = thread::Builder::new().name("temporal".to_owned()).spawn(work);
    spawned.map_err(|error| TemporalError::Worker(error.to_string()))?;
    starting.await.map_err(|_gone| TemporalError::Worker("it panicked".to_owned()))?
}

fn make_worker(client: Client, database: Database, queue: String) -> Result<Worker, TemporalError> {
    let failed = |error: &dyn std::fmt::Display| TemporalError::Worker(error.to_string());
    let runtime = Runtime::from_current_tokio(Default::default()).map_err(|error| failed(&error))?;
    let options = WorkerOptions::new(queue)
        .register_activities(Hands { database })
        .register_workflow::<RunDriver>()
        .map_err(|error| failed(&error))?
        .build();
    Worker::new(&runtime, client, options).map_err(|error| failed(&error))
}

#[async_trait]
impl Engine for TemporalEngine {
    async fn ensure(&self, run: RunId) -> Result<(), EngineError> {
        // A driver that has failed may come again; one that has seen its run's end need not.
        let options = WorkflowStartOptions::new(self.queue.clone(), format!("run/{run}"))
            .id_reuse_policy(WorkflowIdReusePolicy::AllowDuplicateFailedOnly)
            .build();
        let started =
            self.client.signal_with_start_workflow(RunDriver::run, run.to_string(), RunDriver::nudge, (), options);
        match started.await {
            Ok(_) | Err(WorkflowStartError::AlreadyStarted { .. }) => Ok(()),
            Err(error) => Err(EngineError(Box::new(error))),
        }
    }
}
