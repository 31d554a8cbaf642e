//! Where providers and modules are installed, and what decides from where they come.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fw_addr::Provider;

use crate::cli_config::CliConfig;
use crate::environment::Environment;
use crate::hash::HashCache;
use crate::platform::Platform;
use crate::version::Constraints;

/// Which providers are needed, and which versions of them will do.
pub type Requirements = BTreeMap<Provider, Constraints>;

/// A working directory and the settings for installing into it.
#[derive(Debug)]
pub struct Site {
    /// The root module's directory, where the lock file is.
    pub root: PathBuf,
    /// Where everything is installed: `.terraform`, or what `TF_DATA_DIR` says.
    pub data_directory: PathBuf,
    /// The CLI configuration.
    pub config: CliConfig,
    /// The environment.
    pub environment: Environment,
    /// The platform packages are installed for.
    pub platform: Platform,
    /// Providers that run already; nothing is installed for them.
    pub reattached: BTreeSet<Provider>,
    /// Hashes of packages seen before.
    pub hashes: HashCache,
}

impl Site {
    /// A site whose packages' hashes are remembered in its data directory.
    #[must_use]
    pub fn new(root: PathBuf, data_directory: PathBuf, config: CliConfig, environment: Environment) -> Self {
        let hashes = HashCache::in_file(data_directory.join("formwork").join("package-hashes.json"));
        let platform = Platform::current();
        Self { root, data_directory, config, environment, platform, reattached: BTreeSet::new(), hashes }
    }

    /// Where packages of providers are installed.
    #[must_use]
    pub fn providers_directory(&self) -> PathBuf {
        self.data_directory.join("providers")
    }

    /// A path as it is shown: from the root module's directory where it is below it.
    pub(crate) fn shown(&self, path: &Path) -> String {
        let path = path.strip_prefix(&self.root).unwrap_or(path);
        path.strip_prefix(".").unwrap_or(path).display().to_string()
    }

    /// Whether a provider is taken from elsewhere than from packages.
    pub(crate) fn is_supplied(&self, provider: &Provider) -> bool {
        provider.is_builtin() || self.reattached.contains(provider)
    }
}

/// What a configuration requires, and the providers of a state beside it.
///
/// # Errors
/// When a version constraint is none.
pub fn requirements(
    config: &fw_config::Config,
    of_state: impl IntoIterator<Item = Provider>,
) -> Result<Requirements, fw_diag::Diagnostics> {
    let mut problems = fw_diag::Diagnostics::new();
    let mut required = Requirements::new();
    for (provider, texts) in config.required_providers() {
        let constraints = required.entry(provider).or_default();
        for (text, span) in texts {
            match text.parse::<Constraints>() {
                Ok(more) => constraints.merge(&more),
                Err(error) => {
                    let detail = format!("Incorrect version constraint syntax: {error}.");
                    let problem = fw_diag::Diagnostic::error("Invalid version constraint", detail);
                    problems.push(fw_diag::Diagnostic { subject: span, ..problem });
                }
            }
        }
    }
    for provider in of_state {
        required.entry(provider).or_default();
    }
    if problems.has_errors() { Err(problems) } else { Ok(required) }
}
