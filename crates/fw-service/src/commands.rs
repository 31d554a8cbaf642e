//! The commands of the service, as the binary puts them beside the others.

use std::sync::Arc;

use fw_cli::{Extension, Process, Streams};
use fw_client::Arguments;
use fw_driver::NoEngine;
use fw_server::{Role, new_token};

use crate::parts::{Parts, without_password};
use crate::settings::{SETTINGS, flags};
use crate::{Settings, log, migrate, serve, work};

const SERVE_HELP: &str = "Usage: formwork [global options] serve [options]

  Starts the service: API, status page, database, object store and workers, in
  one process with nothing else installed. Prints its address and, the first
  time, a token for its administrator.

  Every setting can be given as a flag, as a variable of the environment, or in
  the file formwork.toml; \"formwork config -help\" lists them all.

Options:

  -listen=ADDR:PORT       Where to listen. Default: 127.0.0.1:8084.

  -data-dir=DIR           The directory for everything it keeps. Default:
                          formwork-data.

  -admin-token-file=FILE  Writes the one-time token there.

  -database=URL           postgres://..., instead of SQLite.

  -objects=URL            s3://BUCKET/PREFIX, instead of a directory.

  -engine=NAME            What keeps runs going: embedded, or temporal. Several
                          servers may share a PostgreSQL with either.

  -temporal=HOST:PORT     The Temporal server. Default: 127.0.0.1:7233.

  -config=FILE            The settings file. Default: formwork.toml, if it is
                          there.";

const ADMIN_HELP: &str = "Usage: formwork [global options] admin COMMAND [options]

  Both commands are run beside the service's files, with its settings.

  admin token             Makes a token right in the database: the way back in
                          for who has lost all others.

  admin migrate-engine    Moves the installation from SQLite to PostgreSQL, where
                          several servers, and Temporal, can take it on. Runs
                          that are under way go on there. No server may run
                          meanwhile. Killed, it can be run again.

Options of token:

  -name=NAME              For people. Default: recovery.

  -role=ROLE              worker, viewer, operator or admin. Default: admin.

Options of migrate-engine:

  -to-database=URL        postgres://...: an empty database.

  -to-objects=URL         Where objects are copied to. By default they stay where
                          they are, and all servers need to reach them there.

  -to-encryption-key=KEY  What the copies are encrypted with. Default: the key
                          that the installation has.

  -drain                  Tells a server that still runs to finish its steps and
                          to stop.

  -abandon                Gives up a move that was not finished.";

/// All of them, with those of the client.
#[must_use]
pub fn extensions() -> Vec<Extension> {
    let mut all = vec![
        Extension {
            name: "serve",
            synopsis: "Start the service: API, status page and workers",
            help: SERVE_HELP,
            takes: |_| true,
            run: serve_command,
        },
        Extension {
            name: "worker",
            synopsis: "Do steps for a service on another machine",
            help: work::HELP,
            takes: |_| true,
            run: worker_command,
        },
        Extension {
            name: "config",
            synopsis: "Show the service's settings and where each comes from",
            help: config_help(),
            takes: |_| true,
            run: config_command,
        },
        Extension {
            name: "admin",
            synopsis: "Manage the service's installation",
            help: ADMIN_HELP,
            takes: |_| true,
            run: admin_command,
        },
    ];
    all.extend(fw_client::extensions());
    all
}

const fn config_help() -> &'static str {
    "Usage: formwork [global options] config [options]

  Shows every setting of the service, its value, and where that comes from. A
  flag counts more than a variable of the environment, that more than the file
  formwork.toml, that more than the default.

Options:

  -json                   As JSON, with what each setting does.

  -config=FILE            The settings file. Default: formwork.toml, if it is
                          there.

  Every setting is an option as well: queue_limit is -queue-limit here and
  FORMWORK_QUEUE_LIMIT in the environment."
}

fn serve_command(process: &Process, streams: &Streams, words: &[String]) -> u8 {
    let Some((settings, _)) = load(process, streams, words, &[], &[]) else { return 1 };
    if let Err(problem) = log::start(&settings, streams.error_is_terminal) {
        streams.err(&format!("{problem}\n"));
        return 1;
    }
    finish(streams, with_runtime(serve::serve(&settings, process, streams)))
}

fn worker_command(process: &Process, streams: &Streams, words: &[String]) -> u8 {
    let Some((settings, arguments)) = load(process, streams, words, &work::VALUES, &work::SWITCHES) else { return 1 };
    if let Err(problem) = log::start(&settings, streams.error_is_terminal) {
        streams.err(&format!("{problem}\n"));
        return 1;
    }
    finish(streams, with_runtime(work::work(&settings, &arguments, process, streams)))
}

fn config_command(process: &Process, streams: &Streams, words: &[String]) -> u8 {
    let Some((settings, arguments)) = load(process, streams, words, &[], &["json"]) else { return 1 };
    let origin = |name| settings.origin(name).map(ToString::to_string).unwrap_or_default();
    if arguments.has("json") {
        let all: Vec<_> = SETTINGS
            .iter()
            .map(|one| {
                serde_json::json!({"name": one.name, "value": without_password(settings.text(one.name)), "origin": origin(one.name),
                    "default": one.default, "help": one.help})
            })
            .collect();
        streams.out(&format!("{:#}\n", serde_json::Value::from(all)));
        return 0;
    }
    let values: Vec<_> = SETTINGS.iter().map(|one| (one.name, without_password(settings.text(one.name)))).collect();
    let names = values.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let widths = values.iter().map(|(_, value)| value.chars().count()).max().unwrap_or(0);
    for (name, value) in values {
        streams.out(&format!("{name:names$}  {value:widths$}  {}\n", origin(name)));
    }
    0
}

fn admin_command(process: &Process, streams: &Streams, words: &[String]) -> u8 {
    let valued: Vec<&str> = ["name", "role"].into_iter().chain(migrate::VALUED).collect();
    let Some((settings, arguments)) = load(process, streams, words, &valued, &migrate::SWITCHES) else { return 1 };
    let done = match arguments.words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["token"] => with_runtime(make_token(&settings, process, streams, &arguments)),
        ["migrate-engine"] => {
            with_runtime(async { Ok(migrate::migrate(&settings, process, streams, &arguments).await?) })
        }
        _ => {
            streams.err(&format!("{ADMIN_HELP}\n"));
            return 1;
        }
    };
    finish(streams, done)
}

async fn make_token(
    settings: &Settings,
    process: &Process,
    streams: &Streams,
    arguments: &Arguments,
) -> Result<(), serve::ServeError> {
    let role = Role::named(arguments.value("role").unwrap_or("admin"));
    let role =
        role.ok_or_else(|| serve::ServeError::Token("a role is worker, viewer, operator or admin".to_owned()))?;
    let parts = Parts::open(settings, process).await?;
    let app = parts.app(settings, Arc::new(NoEngine))?;
    let made = new_token(&app, arguments.value("name").unwrap_or("recovery"), role).await;
    let token = made.map_err(|error| serve::ServeError::Token(error.message))?;
    parts.database.close().await;
    streams.out(&format!("{token}\n"));
    Ok(())
}

/// The settings, or what is wrong with them on standard error.
fn load(
    process: &Process,
    streams: &Streams,
    words: &[String],
    valued: &[&str],
    switches: &[&str],
) -> Option<(Settings, Arguments)> {
    let known = flags();
    let known: Vec<&str> = known.iter().map(String::as_str).chain(valued.iter().copied()).collect();
    let loaded = Arguments::parse(words, &known, switches)
        .map_err(|problem| vec![problem])
        .and_then(|arguments| Ok((Settings::load(process, &arguments)?, arguments)));
    match loaded {
        Ok(loaded) => Some(loaded),
        Err(problems) => {
            problems.iter().for_each(|problem| streams.err(&format!("{problem}\n")));
            None
        }
    }
}

fn with_runtime<T>(work: impl Future<Output = Result<T, serve::ServeError>>) -> Result<T, serve::ServeError> {
    // A second one would be a mistake, and the first one is the same.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

fn finish(streams: &Streams, result: Result<(), serve::ServeError>) -> u8 {
    let Err(error) = result else { return 0 };
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        let said = error.to_string();
        // Transparent errors repeat the one they stand for.
        if !text.ends_with(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    streams.err(&format!("{text}\n"));
    1
}
