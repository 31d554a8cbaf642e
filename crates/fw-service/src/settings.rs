//! Settings: each from a flag, the environment, a file or its default, in this order, and each knows which.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use fw_cli::Process;
use fw_client::Arguments;

/// A setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name in files; with dashes the flag, in capitals after `FORMWORK_` the variable.
    pub name: &'static str,
    /// What it is when nobody says anything.
    pub default: &'static str,
    /// What it does.
    pub help: &'static str,
    /// What it has to be.
    pub kind: Kind,
}

/// What a setting has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anything.
    Text,
    /// A whole number in these bounds.
    Number(u32, u32),
    /// One of these words.
    OneOf(&'static [&'static str]),
}

const fn text(name: &'static str, default: &'static str, help: &'static str) -> Setting {
    Setting { name, default, help, kind: Kind::Text }
}

const fn number(name: &'static str, default: &'static str, from: u32, to: u32, help: &'static str) -> Setting {
    Setting { name, default, help, kind: Kind::Number(from, to) }
}

/// All of them.
pub const SETTINGS: &[Setting] = &[
    text("listen", "127.0.0.1:8084", "Where to listen: ADDRESS:PORT; port 0 takes a free one."),
    text(
        "data_dir",
        "formwork-data",
        "The directory for the database, objects, provider cache and working directories.",
    ),
    text("admin_token_file", "", "Where to write the one-time admin token, instead of printing it."),
    text("database", "", "postgres://…, or sqlite:PATH; by default a SQLite file in the data directory."),
    text("objects", "", "file:///DIRECTORY or s3://BUCKET/PREFIX; by default a directory in the data directory."),
    text(
        "encryption_key",
        "",
        "The key that objects are encrypted with: file:PATH, env:NAME or vault:URL; `none` for no \
         encryption. By default a key file in the data directory, made when there is none.",
    ),
    Setting {
        name: "engine",
        default: "embedded",
        help: "What keeps runs going. `temporal` needs a Temporal server; several servers on one PostgreSQL may have either.",
        kind: Kind::OneOf(&["embedded", "temporal"]),
    },
    text("temporal", "127.0.0.1:7233", "The address of the Temporal server: HOST:PORT, or https://HOST:PORT for TLS."),
    text("temporal_namespace", "default", "The namespace in Temporal; it must exist."),
    number("workers_min", "1", 0, 64, "How many workers run in this process at least."),
    number("workers_max", "4", 0, 64, "How many workers run in this process at most; they follow the queue."),
    number(
        "spare_providers",
        "1",
        0,
        16,
        "Of how many kinds (the same programs and environment) providers are kept started for stacks that have none running.",
    ),
    number("worker_lease", "20", 1, 3600, "Seconds that a worker may be silent before its steps are given to another."),
    text("worker_labels", "", "What the workers of this process can do, with commas between."),
    text(
        "stack_environment",
        "AWS_*",
        "Variables of this process's environment that every stack sees, with commas between; a \
         name may end in `*`. As long as nothing is said, only stacks of the account `default` see them.",
    ),
    number("queue_limit", "100", 1, 1_000_000, "How many runs may wait; beyond it requests are answered with 429."),
    number("rate_limit", "2000", 0, 1_000_000, "Requests a second per token; 0 for no limit."),
    number("rate_burst", "4000", 1, 1_000_000, "Requests at once per token."),
    number("request_timeout", "60", 1, 3600, "Seconds an answer may take, streams excepted."),
    number("body_limit", "10485760", 1024, 1_073_741_824, "Bytes a request may bring."),
    text("trusted_proxies", "", "Addresses and networks of proxies whose X-Forwarded-For counts, with commas between."),
    text("cors_origins", "", "Origins that browsers may call the API from, with commas between; `*` for all."),
    number("shutdown_grace", "30", 0, 86_400, "Seconds that running steps have to finish when the service stops."),
    Setting {
        name: "log_format",
        default: "text",
        help: "How the log is written to standard error.",
        kind: Kind::OneOf(&["text", "json"]),
    },
    text("log", "info", "How much is logged: error, warn, info, debug, or by module."),
];

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// A file.
    File(PathBuf),
    /// A variable of the environment.
    Environment(String),
    /// A flag.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag --{name}"),
        }
    }
}

/// The values of all settings.
#[derive(Clone, Debug)]
pub struct Settings(BTreeMap<&'static str, (String, Origin)>);

impl Setting {
    /// The name of its flag.
    #[must_use]
    pub fn flag(&self) -> String {
        self.name.replace('_', "-")
    }

    /// The name of its variable.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("FORMWORK_{}", self.name.to_uppercase())
    }

    fn check(&self, value: &str, origin: &Origin) -> Result<(), String> {
        let wrong = |what: String| Err(format!("`{value}` from {origin} is not a value of `{}`: {what}", self.name));
        match self.kind {
            Kind::Text => Ok(()),
            Kind::Number(from, to) => match value.parse::<u32>() {
                Ok(number) if (from..=to).contains(&number) => Ok(()),
                Ok(_) | Err(_) => wrong(format!("it is a whole number from {from} to {to}")),
            },
            Kind::OneOf(words) if words.contains(&value) => Ok(()),
            Kind::OneOf(words) => wrong(format!("it is one of {}", words.join(", "))),
        }
    }
}

impl Settings {
    /// Finds the value of every setting.
    ///
    /// # Errors
    /// All that is wrong with file, environment and flags.
    pub(crate) fn load(process: &Process, arguments: &Arguments) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let file = match file(process, arguments) {
            Ok(file) => file,
            Err(problem) => {
                problems.push(problem);
                None
            }
        };
        let (path, in_file) = file.unwrap_or_default();
        for name in in_file.keys().filter(|name| SETTINGS.iter().all(|setting| setting.name != **name)) {
            problems.push(format!("{}: there is no setting `{name}`", path.display()));
        }
        let mut values = BTreeMap::new();
        for setting in SETTINGS {
            let (flag, variable) = (setting.flag(), setting.variable());
            let found = arguments
                .value(&flag)
                .map(|value| (value.to_owned(), Origin::Flag(flag.clone())))
                .or_else(|| {
                    process.variable(&variable).map(|value| (value.to_owned(), Origin::Environment(variable.clone())))
                })
                .or_else(|| in_file.get(setting.name).map(|value| (value.clone(), Origin::File(path.clone()))))
                .unwrap_or_else(|| (setting.default.to_owned(), Origin::Default));
            if let Err(problem) = setting.check(&found.0, &found.1) {
                problems.push(problem);
            }
            values.insert(setting.name, found);
        }
        if problems.is_empty() { Ok(Self(values)) } else { Err(problems) }
    }

    /// The value of a setting.
    ///
    /// # Panics
    /// When there is no such setting, which is a mistake of the program.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        &self.0.get(name).expect("the setting is in the table").0
    }

    /// The value of a setting that is a number.
    #[must_use]
    pub fn number(&self, name: &str) -> u32 {
        self.text(name).parse().unwrap_or(0)
    }

    /// Where it came from.
    #[must_use]
    pub fn origin(&self, name: &str) -> Option<&Origin> {
        self.0.get(name).map(|(_, origin)| origin)
    }
}

/// The flags of all settings.
pub(crate) fn flags() -> Vec<String> {
    SETTINGS.iter().map(Setting::flag).chain(["config".to_owned()]).collect()
}

type Table = (PathBuf, BTreeMap<String, String>);

/// The settings file: the one named, or `formwork.toml` in the working directory if it is there.
fn file(process: &Process, arguments: &Arguments) -> Result<Option<Table>, String> {
    let named = arguments.value("config").or_else(|| process.variable("FORMWORK_CONFIG"));
    let path = process.directory.join(named.unwrap_or("formwork.toml"));
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
    };
    parse(&text, &path).map(|values| Some((path, values)))
}

fn parse(text: &str, path: &Path) -> Result<BTreeMap<String, String>, String> {
    let table: toml::Table = toml::from_str(text).map_err(|error| format!("{}: {error}", path.display()))?;
    let plain = |value: &toml::Value| match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(yes) => Some(yes.to_string()),
        _ => None,
    };
    let mut values = BTreeMap::new();
    for (name, value) in &table {
        let value = match value {
            toml::Value::Array(items) => {
                items.iter().map(plain).collect::<Option<Vec<_>>>().map(|items| items.join(","))
            }
            other => plain(other),
        };
        let value = value.ok_or_else(|| format!("{}: `{name}` is neither a text nor a number", path.display()))?;
        values.insert(name.clone(), value);
    }
    Ok(values)
}

#[cfg(test)]
mod tests;
