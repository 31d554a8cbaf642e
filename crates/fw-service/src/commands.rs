//! The commands of the service, as the binary puts them beside the others.

use fw_cli::{Extension, Process, Streams};
use fw_client::Arguments;
use fw_server::{Role, new_token};

use crate::parts::Parts;
use crate::settings::{SETTINGS, flags};
use crate::{Settings, log, serve};

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

  -config=FILE            The settings file. Default: formwork.toml, if it is
                          there.";

const ADMIN_HELP: &str = "Usage: formwork [global options] admin token [options]

  Makes a token right in the service's database: the way back in for who has
  lost all others. Run it with the settings of the service.

Options:

  -name=NAME              For people. Default: recovery.

  -role=ROLE              viewer, operator or admin. Default: admin.";

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

fn config_command(process: &Process, streams: &Streams, words: &[String]) -> u8 {
    let Some((settings, arguments)) = load(process, streams, words, &[], &["json"]) else { return 1 };
    let origin = |name| settings.origin(name).map(ToString::to_string).unwrap_or_default();
    if arguments.has("json") {
        let all: Vec<_> = SETTINGS
            .iter()
            .map(|one| {
                serde_json::json!({"name": one.name, "value": shown(&settings, one.name), "origin": origin(one.name),
                    "default": one.default, "help": one.help})
            })
            .collect();
        streams.out(&format!("{:#}\n", serde_json::Value::from(all)));
        return 0;
    }
    let values: Vec<_> = SETTINGS.iter().map(|one| (one.name, shown(&settings, one.name))).collect();
    let names = values.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let widths = values.iter().map(|(_, value)| value.chars().count()).max().unwrap_or(0);
    for (name, value) in values {
        streams.out(&format!("{name:names$}  {value:widths$}  {}\n", origin(name)));
    }
    0
}

/// A value for people: without the password that may be in an address.
fn shown(settings: &Settings, name: &str) -> String {
    let value = settings.text(name);
    match value.split_once("://") {
        Some((scheme, rest)) if rest.contains('@') => {
            format!("{scheme}://…@{}", rest.rsplit('@').next().unwrap_or_default())
        }
        _ => value.to_owned(),
    }
}

fn admin_command(process: &Process, streams: &Streams, words: &[String]) -> u8 {
    let Some((settings, arguments)) = load(process, streams, words, &["name", "role"], &[]) else { return 1 };
    if arguments.words != ["token"] {
        streams.err(&format!("{ADMIN_HELP}\n"));
        return 1;
    }
    let Some(role) = Role::named(arguments.value("role").unwrap_or("admin")) else {
        streams.err("a role is viewer, operator or admin\n");
        return 1;
    };
    let name = arguments.value("name").unwrap_or("recovery").to_owned();
    let made = with_runtime(async {
        let parts = Parts::open(&settings, process).await?;
        let app = parts.app(&settings)?;
        let token = new_token(&app, &name, role).await.map_err(|error| serve::ServeError::Token(error.message))?;
        parts.database.close().await;
        streams.out(&format!("{token}\n"));
        Ok(())
    });
    finish(streams, made)
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
