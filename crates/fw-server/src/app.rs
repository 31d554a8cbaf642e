//! What all endpoints share.

use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fw_database::{BoxFuture, Database, Tx};
use fw_driver::{LeaseOptions, LocalControl, Runs};
use fw_objects::Objects;

use crate::deployment::{Answers, Looks};
use crate::metrics::Requests;
use crate::{ApiError, Authenticator, Limiter, TrustedProxies};

/// How the server is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whose word on clients' addresses counts.
    pub trusted_proxies: TrustedProxies,
    /// Origins that browsers may call from; `*` for all.
    pub cors_origins: Vec<String>,
    /// Requests a second per token; 0 for no limit.
    pub rate_limit: u32,
    /// Requests at once per token.
    pub rate_burst: u32,
    /// How long an answer may take, streams excepted.
    pub request_timeout: Duration,
    /// How many bytes a request may bring.
    pub body_limit: usize,
    /// How many runs may wait.
    pub queue_limit: u32,
    /// How long `PUT /deployments/{id}` waits for the plan.
    pub plan_patience: Duration,
    /// How long workers may be silent.
    pub lease: Duration,
    /// The version of the program.
    pub version: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            trusted_proxies: TrustedProxies::default(),
            cors_origins: Vec::new(),
            rate_limit: 2000,
            rate_burst: 4000,
            request_timeout: Duration::from_secs(60),
            body_limit: 10 * 1024 * 1024,
            queue_limit: 100,
            plan_patience: Duration::from_secs(30 * 60),
            lease: Duration::from_secs(20),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// What endpoints share; clones are the same.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// The shared parts.
pub struct Shared {
    pub(crate) database: Database,
    pub(crate) runs: Runs,
    pub(crate) objects: Objects,
    /// What workers on other machines speak to.
    pub(crate) control: LocalControl,
    pub(crate) options: Options,
    pub(crate) authenticators: Vec<Arc<dyn Authenticator>>,
    pub(crate) limiter: Limiter,
    /// For those who come without a valid token.
    pub(crate) strangers: Limiter,
    pub(crate) requests: Arc<Requests>,
    /// Deployments that were looked at lately.
    pub(crate) looks: Looks,
    pub(crate) answers: Answers,
    pub(crate) started: Instant,
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(runs: Runs, objects: Objects, options: Options) -> Self {
        let database = runs.database().clone();
        let leases = LeaseOptions::lasting(options.lease, false);
        let control = LocalControl::new(database.clone(), objects.clone(), leases);
        let tokens = crate::tokens::Tokens::new(database.clone());
        Self(Arc::new(Shared {
            limiter: Limiter::new(options.rate_limit, options.rate_burst),
            strangers: Limiter::new(20, 100),
            authenticators: vec![Arc::new(tokens)],
            requests: Arc::default(),
            looks: Looks::default(),
            answers: Answers::new(&database),
            started: Instant::now(),
            control,
            database,
            runs,
            objects,
            options,
        }))
    }

    /// Runs a job on the database that only reads.
    pub(crate) async fn read<A, T, F>(&self, arguments: A, job: F) -> Result<T, ApiError>
    where
        F: for<'t> FnOnce(&'t mut Tx, A) -> BoxFuture<'t, Result<T, ApiError>>,
    {
        self.database.read(arguments, job).await
    }

    /// Runs a job on the database in a transaction.
    pub(crate) async fn write<A, T, F>(&self, arguments: A, job: F) -> Result<T, ApiError>
    where
        A: Clone + Send + 'static,
        T: Send + 'static,
        F: for<'t> Fn(&'t mut Tx, A) -> BoxFuture<'t, Result<T, ApiError>> + Clone + Send + 'static,
    {
        self.database.write(arguments, job).await
    }
}
