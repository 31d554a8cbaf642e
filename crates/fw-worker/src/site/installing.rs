//! Installs the providers of a stack, as `init` does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fw_addr::Provider;
use fw_config::Config;
use fw_diag::Diagnostics;
use fw_install::{Event, Events, InitOptions, Installer, LockFile, requirements, selected_programs};
use fw_ops::ProviderSource;
use fw_run::{FailureKind, Progress};

use super::Files;
use crate::execute::Executor;
use crate::output::Told;
use crate::trouble::Trouble;

/// Tells what happens during an installation.
pub(super) struct Tell(pub(super) Told);

impl Events for Tell {
    fn event(&self, event: &Event) {
        let (provider, version, what) = match event {
            Event::Finding(provider, _) => (provider, None, "finding"),
            Event::Installing(provider, version) => (provider, Some(version), "installing"),
            Event::FromCache(provider, version) => (provider, Some(version), "from_cache"),
            Event::Installed(provider, version, _) => (provider, Some(version), "installed"),
            Event::AlreadyInstalled(provider, version) => (provider, Some(version), "already_installed"),
            _ => return,
        };
        self.0.progress(Progress::Provider {
            provider: provider.to_string(),
            version: version.map(ToString::to_string),
            what: what.to_owned(),
        });
    }
}

/// The programs of all providers that a configuration and a state need.
pub(super) fn install(
    executor: &Executor,
    told: &Told,
    files: &Files,
    site: fw_install::Site,
    (config, of_state): (&Config, BTreeSet<Provider>),
) -> Result<BTreeMap<Provider, ProviderSource>, Trouble> {
    let required = requirements(config, of_state).map_err(Trouble::configuration)?;
    if required.keys().all(Provider::is_builtin) {
        return Ok(BTreeMap::new());
    }
    let installer = Installer::new(site, Arc::new(Tell(told.clone())));
    let problems = executor.runtime.block_on(installer.initialize(&required, &InitOptions::default(), &files.sources));
    if problems.has_errors() {
        return Err(not_installed(problems));
    }
    let root = &files.surroundings.root;
    let locks = LockFile::load(root, &files.sources).map_err(Trouble::configuration)?;
    let programs = selected_programs(installer.site(), &locks).map_err(not_installed)?;
    let source = |program: fw_install::Program| ProviderSource::Program {
        path: program.path,
        content_hash: program.hash.map(|hash| hash.0),
    };
    Ok(programs.into_iter().map(|(provider, program)| (provider, source(program))).collect())
}

fn not_installed(told: Diagnostics) -> Trouble {
    Trouble::Told { kind: FailureKind::Environment, told, retryable: true }
}
