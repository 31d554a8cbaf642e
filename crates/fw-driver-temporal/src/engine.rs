//! The engine as the rest of the service sees it.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream;
use fw_database::Database;
use fw_driver::{Engine, EngineError};
use fw_run::RunId;
use temporalio_client::errors::WorkflowStartError;
use temporalio_client::tonic::IntoRequest;
use temporalio_client::{Client, Url, WorkflowIdReusePolicy, WorkflowStartOptions};
use temporalio_common::protos::temporal::api::workflowservice::v1::DescribeNamespaceRequest;
use tokio::sync::{mpsc, watch};

use crate::link::{Link, Linking, told};
use crate::look::look;
use crate::workflow::RunDriver;

/// How long Temporal may take for an answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// How many runs Temporal may still have to be told of; more are found by the relay when their time has come.
const BEHIND: usize = 1024;
/// Of how many runs it is told at the same time.
const PARALLEL: usize = 16;

/// Where Temporal is.
#[derive(Clone, Debug)]
pub struct TemporalOptions {
    /// The address of its front end: `HOST:PORT`, or `https://HOST:PORT` for TLS with the system's roots.
    pub address: String,
    /// The namespace; it must exist.
    pub namespace: String,
    /// The task queue of this installation's servers.
    pub queue: String,
}

impl Default for TemporalOptions {
    fn default() -> Self {
        Self { address: "127.0.0.1:7233".to_owned(), namespace: "default".to_owned(), queue: "formwork".to_owned() }
    }
}

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
pub enum TemporalError {
    /// The address is none.
    #[error("`{0}` is not the address of a Temporal server: it looks like HOST:7233, or https://HOST:7233")]
    Address(String),
    /// Its thread.
    #[error("the thread that speaks to Temporal can't be started")]
    Thread(#[source] std::io::Error),
}

/// Runs are driven by Temporal. Clones are the same.
#[derive(Clone)]
pub struct TemporalEngine {
    caller: Caller,
    behind: mpsc::Sender<RunId>,
    stop: Arc<watch::Sender<bool>>,
}

impl TemporalEngine {
    /// Starts the connection and the worker of this server; they stop with the last clone. Temporal need not be there yet:
    /// it is tried until it is.
    ///
    /// # Errors
    /// The address is none, or there are no threads.
    pub fn start(database: Database, options: TemporalOptions) -> Result<Self, TemporalError> {
        let address = url(&options.address).ok_or_else(|| TemporalError::Address(options.address.clone()))?;
        let (stop, stopped) = watch::channel(false);
        let (sender, link) = watch::channel(Link::Connecting);
        let TemporalOptions { namespace, queue, .. } = options;
        let linking = Linking {
            address,
            namespace: namespace.clone(),
            queue: queue.clone(),
            database: database.clone(),
            link: sender,
            stopped,
        };
        linking.start()?;
        let caller = Caller { link, namespace, queue, database };
        let (behind, waiting) = mpsc::channel(BEHIND);
        tokio::spawn(tell_all(caller.clone(), waiting));
        Ok(Self { caller, behind, stop: Arc::new(stop) })
    }

    /// Tells the worker to finish what it does and to stop.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Tells Temporal of a run, and returns once it knows.
    pub(crate) async fn tell(&self, run: RunId) -> Result<(), EngineError> {
        self.caller.tell(run).await
    }
}

#[async_trait]
impl Engine for TemporalEngine {
    fn name(&self) -> &'static str {
        "temporal"
    }

    async fn ensure(&self, run: RunId) -> Result<(), EngineError> {
        // Nobody waits for it: a request must not take longer because Temporal is away.
        match self.behind.try_send(run) {
            Ok(()) | Err(mpsc::error::TrySendError::Full(_)) => Ok(()),
            Err(error @ mpsc::error::TrySendError::Closed(_)) => Err(EngineError(Box::new(error))),
        }
    }

    async fn check(&self) -> Result<(), EngineError> {
        self.caller.check().await
    }
}

/// Calls to Temporal.
#[derive(Clone)]
struct Caller {
    link: watch::Receiver<Link>,
    namespace: String,
    queue: String,
    database: Database,
}

impl Caller {
    fn client(&self) -> Result<Client, EngineError> {
        match &*self.link.borrow() {
            Link::Up(client) => Ok(client.clone()),
            Link::Connecting => Err(EngineError("Temporal has not been reached yet".into())),
            Link::Down(problem) => Err(EngineError(problem.to_string().into())),
        }
    }

    async fn tell(&self, run: RunId) -> Result<(), EngineError> {
        let client = self.client()?;
        // A driver that has failed may come again; one that has seen its run's end need not.
        let options = WorkflowStartOptions::new(self.queue.clone(), format!("run/{run}"))
            .id_reuse_policy(WorkflowIdReusePolicy::AllowDuplicateFailedOnly)
            .build();
        let started = client.signal_with_start_workflow(RunDriver::run, run.to_string(), RunDriver::nudge, (), options);
        match tokio::time::timeout(PATIENCE, started).await {
            Ok(Ok(_)) => Ok(()),
            // Its driver has seen its end. If something waits for it all the same, that is taken in here.
            Ok(Err(WorkflowStartError::AlreadyStarted { .. })) => {
                let looked = look(&self.database, run).await;
                looked.map(|_look| ()).map_err(|error| EngineError(Box::new(error)))
            }
            Ok(Err(error)) => Err(EngineError(told(&error).into())),
            Err(_elapsed) => Err(EngineError("Temporal does not answer".into())),
        }
    }

    async fn check(&self) -> Result<(), EngineError> {
        let request = DescribeNamespaceRequest { namespace: self.namespace.clone(), ..Default::default() };
        let mut service = self.client()?.connection().workflow_service();
        match tokio::time::timeout(PATIENCE, service.describe_namespace(request.into_request())).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(status)) => Err(EngineError(status.message().into())),
            Err(_elapsed) => Err(EngineError("Temporal does not answer".into())),
        }
    }
}

/// Tells Temporal of runs as they come, until the last engine is gone.
async fn tell_all(caller: Caller, mut waiting: mpsc::Receiver<RunId>) {
    let runs = stream::poll_fn(move |context| waiting.poll_recv(context));
    let caller = &caller;
    runs.for_each_concurrent(PARALLEL, |run| async move {
        if let Err(EngineError(error)) = caller.tell(run).await {
            tracing::debug!(%run, error, "Temporal was not told of a run; the relay looks after it");
        }
    })
    .await;
}

/// Addresses are mostly given without a scheme.
fn url(address: &str) -> Option<Url> {
    let with_scheme = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    Url::from_str(&with_scheme).ok().filter(|url| url.has_host() && matches!(url.scheme(), "http" | "https"))
}
