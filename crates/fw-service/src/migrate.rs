//! `formwork admin migrate-engine`: moves an installation from SQLite to PostgreSQL, where several servers with either engine
//! can take it on. Runs that are under way go on there: no engine holds any of their state.
//!
//! Killed at any point it can be run again. While it is at it, and ever after, no server starts on the old database.

use std::time::{Duration, Instant};

use fw_cli::{Process, Streams};
use fw_client::Arguments;
use fw_database::transfer::{self, Copied};
use fw_database::{Database, DatabaseError, installation};
use fw_objects::{Objects, keys};
use rustix::process::{Pid, Signal, kill_process};

use crate::Settings;
use crate::parts::{Hold, MOVED, MOVING, Parts, PartsError, without_password};

/// Flags with a value, and those without.
pub(crate) const VALUED: [&str; 3] = ["to-database", "to-objects", "to-encryption-key"];
pub(crate) const SWITCHES: [&str; 2] = ["drain", "abandon"];

/// A server that stops may still give back what it has for so long after its grace.
const STOPPING: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(100);

/// Why nothing, or not everything, was moved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MoveError {
    #[error(transparent)]
    Parts(#[from] PartsError),
    #[error("the database could not be copied")]
    Database(#[from] DatabaseError),
    #[error("the objects could not be copied")]
    Objects(#[from] fw_objects::Error),
    #[error("{0}")]
    Refused(String),
}

fn refused<T>(why: impl Into<String>) -> Result<T, MoveError> {
    Err(MoveError::Refused(why.into()))
}

/// Moves the installation that the settings name.
pub(crate) async fn migrate(
    settings: &Settings,
    process: &Process,
    streams: &Streams,
    arguments: &Arguments,
) -> Result<(), MoveError> {
    let parts = Parts::open_moved(settings, process).await?;
    if !parts.is_sqlite() {
        return refused(
            "this installation is on PostgreSQL already: another engine is a matter of the setting `engine` alone, \
             for all of its servers",
        );
    }
    let _held = hold(&parts, settings, arguments.has("drain")).await?;
    if arguments.has("abandon") {
        return abandon(&parts).await;
    }
    let Some(address) = arguments.value("to-database") else { return refused("where to? Name it with -to-database") };
    if !["postgres://", "postgresql://"].iter().any(|scheme| address.starts_with(scheme)) {
        return refused("the new database has to be a PostgreSQL: -to-database=postgres://…");
    }
    let target = Database::open(address, fw_database::Options::default()).await?;
    mark(&parts.database, MOVING, &without_password(address)).await?;
    fw_driver::give_up_orphans(&parts.database).await?;
    parts.mark_objects().await?;
    let objects = copy_objects(&parts, arguments).await?;
    let copied = target.write(parts.database.clone(), |tx, source| {
        Box::pin(async move {
            let copied = transfer::copy(tx, &source).await?;
            if copied.is_some() {
                installation::set(tx, MOVING, "").await?;
            }
            Ok::<_, DatabaseError>(copied)
        })
    });
    let copied = copied.await?;
    mark(&parts.database, MOVED, &without_password(address)).await?;
    target.close().await;
    parts.database.close().await;
    streams.out(&report(copied.as_ref(), objects));
    streams.out(&advice(settings, &parts, arguments));
    Ok(())
}

/// Keeps servers off. One that runs is told to stop if that is wanted.
async fn hold(parts: &Parts, settings: &Settings, drain: bool) -> Result<Option<Hold>, MoveError> {
    let patience = Duration::from_secs(settings.number("shutdown_grace").into()) + STOPPING;
    let (started, mut told) = (Instant::now(), false);
    loop {
        match parts.hold() {
            Ok(held) => return Ok(held),
            Err(PartsError::Held { .. }) if drain && started.elapsed() < patience => {
                if !told && let Some(server) = parts.holder() {
                    // Gone meanwhile: fine.
                    told = Pid::from_raw(server).is_some_and(|server| kill_process(server, Signal::TERM).is_ok());
                }
                tokio::time::sleep(LOOK).await;
            }
            Err(PartsError::Held { path }) if drain => {
                return refused(format!("the server on {} does not stop", path.display()));
            }
            Err(PartsError::Held { path }) => {
                return refused(format!(
                    "a server still runs on {}: stop it, or say -drain to have it finish its steps and stop",
                    path.display()
                ));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Servers may start on the old database again.
async fn abandon(parts: &Parts) -> Result<(), MoveError> {
    if parts.marked(MOVED).await?.is_some() {
        return refused("this installation was moved; what counts is the new database");
    }
    mark(&parts.database, MOVING, "").await?;
    Ok(())
}

async fn mark(database: &Database, name: &'static str, value: &str) -> Result<(), DatabaseError> {
    database
        .write(value.to_owned(), move |tx, value| Box::pin(async move { installation::set(tx, name, &value).await }))
        .await
}

/// Copies the objects if they are to lie elsewhere. How many were copied.
async fn copy_objects(parts: &Parts, arguments: &Arguments) -> Result<Option<u64>, MoveError> {
    let Some(address) = arguments.value("to-objects") else {
        return match arguments.value("to-encryption-key") {
            Some(_) => refused("objects that stay keep their key: -to-encryption-key goes with -to-objects"),
            None => Ok(None),
        };
    };
    let keys = match arguments.value("to-encryption-key") {
        None => parts.keys.clone(),
        Some("none") => None,
        Some(key) => Some(keys::open(key)?),
    };
    let target = Objects::open(address, keys).await?;
    // Lines of journals are encrypted within the rows, which are copied as they are.
    if let Some(sealed) = parts.objects.seal(b"formwork").await?
        && target.unseal(&sealed).await.is_err()
    {
        return refused(
            "the new key source does not have the key that the installation has, and rows are encrypted with that: put \
             it below the new one",
        );
    }
    Ok(Some(parts.objects.copy_into(&target).await?))
}

fn report(copied: Option<&Copied>, objects: Option<u64>) -> String {
    let rows = match copied {
        None => "The rows had been copied before.".to_owned(),
        Some(tables) => {
            let rows: u64 = tables.iter().map(|(_, rows)| rows).sum();
            format!("Copied {rows} rows of {} tables.", tables.len())
        }
    };
    match objects {
        None => format!("{rows} Objects stay where they are.\n"),
        Some(count) => format!("{rows} Copied {count} objects.\n"),
    }
}

/// The settings of the servers from now on.
fn advice(settings: &Settings, parts: &Parts, arguments: &Arguments) -> String {
    let own = |name: &str, default: String| match settings.text(name) {
        "" => default,
        value => without_password(value),
    };
    let here = parts.directory.display();
    let given = |flag: &str| arguments.value(flag).map(without_password);
    let database = given("to-database").unwrap_or_default();
    let objects = given("to-objects").unwrap_or_else(|| own("objects", format!("file://{here}/objects")));
    let key =
        given("to-encryption-key").unwrap_or_else(|| own("encryption_key", format!("file:{here}/encryption.key")));
    format!(
        "\nStart the servers with these settings; no server starts on the old database any more.\n\n  \
         database = \"{database}\"\n  objects = \"{objects}\"\n  encryption_key = \"{key}\"\n  \
         engine = \"temporal\"  # or embedded\n"
    )
}
