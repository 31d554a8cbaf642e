//! How a worker works.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use fw_install::CliConfig;
use fw_plugin_host::Launcher;
use fw_run::{AccountId, LabelSet};

/// How many steps at a time. There are never fewer slots than `least`, and more up to `most` while there is work for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slots {
    /// At least one.
    pub least: u32,
    /// Not fewer than `least`.
    pub most: u32,
}

impl Default for Slots {
    fn default() -> Self {
        Self { least: 1, most: 4 }
    }
}

/// How large a configuration may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// All files together, unpacked.
    pub bytes: u64,
    /// How many files and directories.
    pub entries: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 512 << 20, entries: 100_000 }
    }
}

/// How a worker works.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// Its name for people: mostly the host's.
    pub name: String,
    /// What it can do.
    pub labels: LabelSet,
    /// How many steps at a time.
    pub slots: Slots,
    /// Its own directory: working directories, packages of providers, schemas. What is in it can be lost.
    pub directory: PathBuf,
    /// From where providers are installed, as for the command line.
    pub cli_config: CliConfig,
    /// What every stack sees of the worker's environment; see [`crate::visible_environment`].
    pub environment: BTreeMap<String, String>,
    /// What stacks of one account see besides.
    pub account_environment: Option<(AccountId, BTreeMap<String, String>)>,
    /// The home directory that stacks see.
    pub home: Option<PathBuf>,
    /// The hidden mode of our own program that ties plugins to us.
    pub launcher: Option<Launcher>,
    /// How large a configuration may be.
    pub limits: Limits,
    /// Of how many kinds (programs and environment) providers are kept started for stacks that have none running.
    pub spares: usize,
    /// How long it is waited for a step in one go.
    pub wait: Duration,
    /// The version of the program.
    pub version: String,
}

impl WorkerOptions {
    /// A worker with the usual settings, which works in a directory.
    #[must_use]
    pub fn new(name: impl Into<String>, directory: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            labels: LabelSet::default(),
            slots: Slots::default(),
            directory: directory.into(),
            cli_config: CliConfig::default(),
            environment: BTreeMap::new(),
            account_environment: None,
            home: None,
            launcher: None,
            limits: Limits::default(),
            spares: 1,
            wait: Duration::from_secs(30),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}
