//! `formwork worker`: does steps for a service on another machine, which it asks for them. Nobody has to reach it.

use std::sync::Arc;
use std::time::Duration;

use fw_cli::{Process, Streams};
use fw_client::Arguments;
use fw_rpc::{Address, Remote};
use fw_run::{Control, LabelSet};
use fw_worker::{Slots, Worker, WorkerOptions, visible_environment};

use crate::serve::{ServeError, stopped, worker_options};
use crate::{Origin, Settings};

pub(crate) const HELP: &str = "Usage: formwork [global options] worker -server=ADDR [options]

  Does steps of runs for a service on another machine. The worker opens one
  connection to the service and asks for work; nobody has to reach it.

  The token needs the role worker. It is taken from -token, from the file of
  -token-file, or from the variable FORMWORK_TOKEN, in this order.

Options:

  -server=ADDR            https://HOST, or http://HOST:PORT. Also as
                          FORMWORK_SERVER.

  -token=TOKEN            The token. Others on this machine can see it; a file
                          is better.

  -token-file=FILE        A file that holds the token.

  -labels=LABEL,...       What the worker can do. It gets the steps that need
                          no other labels.

  -name=NAME              Its name for people. Default: the host's.

  -ca-file=FILE           Certificates (PEM) of the authorities to trust, in
                          place of the system's.

  -all-accounts           Does steps of all accounts, not only of the token's.
                          For tokens of the first account.

  -workers-max=N          How many steps at a time at most.

  -data-dir=DIR           The directory it works in. Default: formwork-data.

  -stack-environment=LIST Variables of its environment that every stack sees.
                          With -all-accounts none unless they are named here.

  -shutdown-grace=SECONDS How long running steps may take to end when it stops.";

/// Flags of its own.
pub(crate) const VALUES: [&str; 6] = ["server", "token", "token-file", "labels", "name", "ca-file"];
pub(crate) const SWITCHES: [&str; 1] = ["all-accounts"];

/// Works until a signal comes, or until the server does not want it any more.
pub(crate) async fn work(
    settings: &Settings,
    arguments: &Arguments,
    process: &Process,
    streams: &Streams,
) -> Result<(), ServeError> {
    let server = arguments.value("server").or_else(|| process.variable("FORMWORK_SERVER"));
    let server = server.ok_or_else(|| ServeError::Work("no server is named: -server=ADDR".to_owned()))?;
    let mut address: Address = server.parse()?;
    if let Some(path) = arguments.value("ca-file") {
        address = address.trusting(read(process, path)?.into_bytes());
    }
    if address.is_plain() && !address.is_here() {
        tracing::warn!(server, "what is said to this server, token and states included, is not encrypted");
    }
    let token = token(arguments, process)?;
    let remote = Arc::new(Remote::new(&address, &token, arguments.has("all-accounts"))?);
    let options = options(settings, arguments, process)?;
    streams.out(&format!("Worker {} asks {server} for steps\n", options.name));
    let worker = Worker::start(Arc::clone(&remote) as Arc<dyn Control>, options)?;
    let grace = Duration::from_secs(settings.number("shutdown_grace").into());
    let (grace, turned_away) = tokio::select! {
        () = stopped() => (grace, None),
        // Nothing it could still say would be heard.
        why = remote.turned_away() => (Duration::ZERO, Some(why)),
    };
    tracing::info!("stopping: running steps may finish");
    worker.shutdown(grace).await;
    match turned_away {
        None => Ok(()),
        Some(why) => Err(ServeError::Work(format!("the server turned the worker away: {why}"))),
    }
}

fn options(settings: &Settings, arguments: &Arguments, process: &Process) -> Result<WorkerOptions, ServeError> {
    let labels = arguments.value("labels").unwrap_or_else(|| settings.text("worker_labels"));
    let labels: LabelSet = labels.parse().map_err(|error: fw_run::LabelError| ServeError::Work(error.to_string()))?;
    let most = settings.number("workers_max").max(1);
    let least = settings.number("workers_min").clamp(1, most);
    let mut options = worker_options(process, settings, &process.directory.join(settings.text("data_dir")));
    if arguments.has("all-accounts") && settings.origin("stack_environment") == Some(&Origin::Default) {
        // Accounts do not share credentials unless somebody has said so.
        options.environment = visible_environment(&process.variables, &[]);
    }
    let name = arguments.value("name").map_or_else(|| options.name.clone(), str::to_owned);
    Ok(WorkerOptions { name, labels, slots: Slots { least, most }, ..options })
}

fn token(arguments: &Arguments, process: &Process) -> Result<String, ServeError> {
    let given = match (arguments.value("token"), arguments.value("token-file")) {
        (Some(token), _) => Some(token.to_owned()),
        (None, Some(path)) => Some(read(process, path)?),
        (None, None) => process.variable("FORMWORK_TOKEN").map(str::to_owned),
    };
    let given = given.map(|token| token.trim().to_owned()).filter(|token| !token.is_empty());
    given.ok_or_else(|| ServeError::Work("there is no token: -token-file=FILE, or FORMWORK_TOKEN".to_owned()))
}

fn read(process: &Process, path: &str) -> Result<String, ServeError> {
    let path = process.directory.join(path);
    std::fs::read_to_string(&path).map_err(|error| ServeError::Work(format!("cannot read {}: {error}", path.display())))
}
