//! `formwork serve`: starts every part, says where it listens, and stops in order.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fw_cli::{EXEC_PLUGIN, Process, Streams};
use fw_driver::{LeaseOptions, LocalControl};
use fw_install::{CliConfig, Environment};
use fw_plugin_host::Launcher;
use fw_run::{AccountId, Control, LabelSet};
use fw_server::{first_account, first_token};
use fw_worker::{Slots, Worker, WorkerOptions, visible_environment};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::engine::Running;
use crate::parts::{Parts, PartsError, lease, list, write_private};
use crate::{Origin, Settings};

/// Why the service stopped, or did not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    #[error(transparent)]
    Parts(#[from] PartsError),
    #[error(transparent)]
    Move(#[from] crate::migrate::MoveError),
    #[error("cannot listen at {address}")]
    Listen {
        address: String,
        #[source]
        source: std::io::Error,
    },
    #[error("cannot start the workers")]
    Worker(#[from] fw_worker::StartError),
    #[error("cannot work for that server")]
    Address(#[from] fw_rpc::AddressError),
    #[error("{0}")]
    Work(String),
    #[error("cannot start the engine")]
    Engine(#[from] fw_database::DatabaseError),
    #[error(transparent)]
    Objects(#[from] fw_objects::Error),
    #[error("cannot make the admin token: {0}")]
    Token(String),
    #[error("cannot write the admin token to {path}")]
    TokenFile {
        path: String,
        #[source]
        source: std::io::Error,
    },
    #[error("the setting `{name}`: {message}")]
    Setting { name: &'static str, message: String },
    #[error("the server failed")]
    Io(#[from] std::io::Error),
}

/// Serves until a signal comes.
pub(crate) async fn serve(settings: &Settings, process: &Process, streams: &Streams) -> Result<(), ServeError> {
    let parts = Parts::open(settings, process).await?;
    let _held = parts.hold()?;
    parts.belong_together().await?;
    let address = settings.text("listen").to_owned();
    let listening = TcpListener::bind(&address).await;
    let listener = listening.map_err(|source| ServeError::Listen { address: address.clone(), source })?;
    let engine = Running::start(settings, &parts).await?;
    let leases = LeaseOptions::lasting(lease(settings), true);
    let control = LocalControl::new(parts.database.clone(), parts.objects.clone(), leases);
    let control = Arc::new(control);
    let app = parts.app(settings, engine.handle())?;
    let token = first_token(&app).await.map_err(|error| ServeError::Token(error.message))?;
    let first = first_account(&app).await.map_err(|error| ServeError::Token(error.message))?;
    parts.objects.claim(&first.to_string()).await?;
    let options = worker_options(process, settings, &parts.directory);
    let options = for_one_account(options, settings, process, first);
    let worker = start_worker(Arc::clone(&control) as Arc<dyn Control>, settings, options)?;
    announce(&listener, token, settings, process, streams)?;
    let deliveries = tokio::spawn(fw_server::deliver(app.clone()));
    let served = fw_server::serve(app, listener, stopped()).await;
    deliveries.abort();
    tracing::info!("stopping: running steps may finish");
    control.close();
    if let Some(worker) = worker {
        worker.shutdown(Duration::from_secs(settings.number("shutdown_grace").into())).await;
    }
    engine.stop().await;
    parts.database.close().await;
    served.map_err(ServeError::Io)
}

fn start_worker(
    control: Arc<dyn Control>,
    settings: &Settings,
    options: WorkerOptions,
) -> Result<Option<Worker>, ServeError> {
    let most = settings.number("workers_max");
    if most == 0 {
        return Ok(None);
    }
    let least = settings.number("workers_min").clamp(1, most);
    let wrong = |error: fw_run::LabelError| ServeError::Setting { name: "worker_labels", message: error.to_string() };
    let labels: LabelSet = settings.text("worker_labels").parse().map_err(wrong)?;
    let options = WorkerOptions { labels, slots: Slots { least, most }, ..options };
    Ok(Some(Worker::start(control, options)?))
}

pub(crate) fn worker_options(process: &Process, settings: &Settings, directory: &Path) -> WorkerOptions {
    let (cli_config, problems) = CliConfig::load(&Environment {
        variables: process.variables.clone(),
        home: process.home.clone(),
        working_directory: process.directory.clone(),
    });
    for problem in problems.iter() {
        tracing::warn!(summary = problem.summary, detail = problem.detail, "the CLI configuration");
    }
    let environment = visible_environment(&process.variables, &list(settings.text("stack_environment")));
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    WorkerOptions {
        cli_config,
        environment,
        home: process.home.clone(),
        launcher: Launcher::this_program(EXEC_PLUGIN),
        spares: usize::try_from(settings.number("spare_providers")).unwrap_or(usize::MAX),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..WorkerOptions::new(host, directory.join("worker"))
    }
}

/// Unless somebody has said which variables all stacks see, only the first account's see more than is harmless: whoever makes
/// further accounts does not want them to work with the credentials of the process.
fn for_one_account(options: WorkerOptions, settings: &Settings, process: &Process, first: AccountId) -> WorkerOptions {
    if settings.origin("stack_environment") != Some(&Origin::Default) {
        return options;
    }
    let environment = visible_environment(&process.variables, &[]);
    WorkerOptions { account_environment: Some((first, options.environment)), environment, ..options }
}

/// Says where it listens, and gives out the token that is given out once.
fn announce(
    listener: &TcpListener,
    token: Option<String>,
    settings: &Settings,
    process: &Process,
    streams: &Streams,
) -> Result<(), ServeError> {
    let address = listener.local_addr()?;
    streams.out(&format!("Formwork serves at http://{address}\n"));
    let Some(token) = token else { return Ok(()) };
    match settings.text("admin_token_file") {
        "" => streams.out(&format!("Admin token, shown this once: {token}\n")),
        path => {
            let path = process.directory.join(path);
            let written = write_private(&path, &format!("{token}\n"));
            let path = path.display().to_string();
            written.map_err(|source| ServeError::TokenFile { path: path.clone(), source })?;
            streams.out(&format!("The admin token was written to {path}\n"));
        }
    }
    Ok(())
}

/// Comes back when the process is told to stop.
pub(crate) async fn stopped() {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        // Without handlers a signal ends the process at once, which loses nothing either.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
