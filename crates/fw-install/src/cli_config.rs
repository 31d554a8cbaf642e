//! The CLI configuration: `~/.terraformrc`, what `TF_CLI_CONFIG_FILE` names, and the environment variables beside it.

mod decode;
mod files;

use std::collections::BTreeMap;
use std::path::PathBuf;

use fw_addr::Provider;
use fw_diag::Diagnostics;

use crate::environment::Environment;

pub use files::{credentials_file, implied_mirror_directories, normal_host};

/// All settings that do not belong to a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CliConfig {
    /// Shared packages: `plugin_cache_dir`.
    pub plugin_cache_dir: Option<PathBuf>,
    /// Whether a cached package may be used although the lock file does not know it yet.
    pub plugin_cache_may_break_dependency_lock_file: bool,
    /// Whether not to ask for new versions of the program.
    pub disable_checkpoint: bool,
    /// Whether not to remember which questions about new versions belong together.
    pub disable_checkpoint_signature: bool,
    /// How to install providers; `None` for the usual way.
    pub installation: Option<ProviderInstallation>,
    /// Services of hosts, instead of what the hosts themselves say: by host.
    pub hosts: BTreeMap<String, Services>,
    /// Tokens by host. Not printed.
    pub credentials: BTreeMap<String, Token>,
    /// Tokens by host that environment variables give; they win.
    pub credentials_of_environment: BTreeMap<String, Token>,
    /// The program that knows more tokens.
    pub credentials_helper: Option<CredentialsHelper>,
}

/// What a host offers, by service: URLs for most, objects for some.
pub type Services = serde_json::Map<String, serde_json::Value>;

/// A secret. Shows nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(pub String);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// `credentials_helper "NAME" { args = […] }`: the program `terraform-credentials-NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialsHelper {
    /// Which program.
    pub name: String,
    /// Arguments before its own.
    pub arguments: Vec<String>,
}

/// `provider_installation { … }`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderInstallation {
    /// Where to look, in order.
    pub methods: Vec<Method>,
    /// Directories used instead of installing anything.
    pub dev_overrides: BTreeMap<Provider, PathBuf>,
}

/// One place to look for providers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// The place.
    pub location: Location,
    /// Patterns of the providers to look for here; empty for all.
    pub include: Vec<String>,
    /// Patterns of the providers not to look for here.
    pub exclude: Vec<String>,
}

/// Where an installation method looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// The registry of the provider's host.
    Direct,
    /// A directory.
    FilesystemMirror(PathBuf),
    /// A server.
    NetworkMirror(String),
}

impl CliConfig {
    /// Reads all files and variables. What is wrong is left out and told.
    #[must_use]
    pub fn load(environment: &Environment) -> (Self, Diagnostics) {
        files::load(environment)
    }

    /// The directories that are used instead of installing some providers.
    #[must_use]
    pub fn dev_overrides(&self) -> BTreeMap<Provider, PathBuf> {
        self.installation.as_ref().map(|installation| installation.dev_overrides.clone()).unwrap_or_default()
    }

    /// The later settings win; lists of hosts and credentials are joined.
    fn merge(&mut self, other: Self) -> bool {
        self.plugin_cache_dir = other.plugin_cache_dir.or(self.plugin_cache_dir.take());
        self.plugin_cache_may_break_dependency_lock_file |= other.plugin_cache_may_break_dependency_lock_file;
        self.disable_checkpoint |= other.disable_checkpoint;
        self.disable_checkpoint_signature |= other.disable_checkpoint_signature;
        self.hosts.extend(other.hosts);
        self.credentials.extend(other.credentials);
        self.credentials_helper = other.credentials_helper.or(self.credentials_helper.take());
        let twice = self.installation.is_some() && other.installation.is_some();
        self.installation = self.installation.take().or(other.installation);
        twice
    }
}
