//! `providers lock`: checksums of packages for several platforms, fetched from where they come from.

use std::sync::Arc;

use fw_addr::Provider;
use fw_diag::{Diagnostic, Diagnostics, SourceMap};

use super::ensure::{Ensure, Failure, Mode, Outcome, Step};
use super::{Installer, LockOptions, LockSource};
use crate::events::{Event, LockChange};
use crate::lock_file::{Lock, LockFile};
use crate::package::PackageDirectory;
use crate::platform::Platform;
use crate::site::Requirements;
use crate::source::Sources;

const FAILED: &str = "Could not retrieve providers for locking";

impl Installer {
    /// `providers lock`: records checksums for platforms, for some or all of the required providers. Locks of providers
    /// that are not among them stay as they are.
    pub async fn lock(&self, requirements: &Requirements, options: &LockOptions, sources: &SourceMap) -> Diagnostics {
        let previous = match LockFile::load(&self.site.root, sources) {
            Ok(locks) => locks,
            Err(errors) => return errors,
        };
        let places = match self.lock_places(&options.source) {
            Ok(places) => places,
            Err(problem) => return problem.into(),
        };
        let own = [self.site.platform.clone()];
        let platforms = if options.platforms.is_empty() { &own[..] } else { &options.platforms };
        let mut locks = previous.clone();
        let mut changes = Vec::new();
        for platform in platforms {
            let outcome = match self.packages_for(platform, &places, &locks, requirements, options).await {
                Ok(outcome) => outcome,
                Err(problem) => return problem.into(),
            };
            if !outcome.failures.is_empty() {
                return explain(platform, &outcome).into();
            }
            for (provider, lock) in outcome.locks.providers {
                let change = merge(&mut locks, &previous, &provider, lock);
                changes.push(Event::Locked(provider, platform.clone(), change));
            }
        }
        changes.iter().for_each(|event| self.events.event(event));
        let changed = locks != previous;
        if changed && let Err(errors) = locks.save(&self.site.root) {
            return errors;
        }
        self.events.event(&Event::LockComplete(changed));
        Diagnostics::new()
    }

    fn lock_places(&self, source: &LockSource) -> Result<Sources, Diagnostic> {
        let http = Arc::clone(&self.http);
        match source {
            LockSource::Registries => Ok(Sources::registries(&self.site, http)),
            LockSource::Directory(path) => Ok(Sources::directories(&self.site, std::slice::from_ref(path), http)),
            LockSource::NetworkMirror(url) => Sources::network_mirror(url, http),
        }
    }

    /// Fetches all packages for a platform into a directory that is gone afterwards.
    async fn packages_for(
        &self,
        platform: &Platform,
        places: &Sources,
        locks: &LockFile,
        requirements: &Requirements,
        options: &LockOptions,
    ) -> Result<Outcome, Diagnostic> {
        let temporary = tempfile::tempdir().map_err(|error| {
            let detail =
                format!("Failed to create a temporary directory for staging the requested provider packages: {error}.");
            Diagnostic::error(FAILED, detail)
        })?;
        let target = PackageDirectory { base: temporary.path().to_owned(), platform: platform.clone() };
        let cache = self.cache().filter(|_| options.enable_plugin_cache);
        let cache = cache.map(|cache| PackageDirectory { platform: platform.clone(), ..cache });
        let ensure = Ensure {
            site: &self.site,
            sources: places,
            target: &target,
            cache: cache.as_ref(),
            locks,
            requirements,
            mode: Mode::Checksums,
            show: &|step| self.show_locking(platform, &step),
        };
        Ok(ensure.run().await)
    }

    fn show_locking(&self, platform: &Platform, step: &Step<'_>) {
        match *step {
            Step::Fetching(provider, version) => {
                self.events.event(&Event::LockFetching(provider.clone(), version.clone(), platform.clone()));
            }
            Step::Fetched(provider, version, known) => {
                let (provider, version) = (provider.clone(), version.clone());
                self.events.event(&Event::LockFetched(provider, version, platform.clone(), known.clone()));
            }
            Step::BuiltIn(_) | Step::Query(..) | Step::AlreadyInstalled(..) | Step::FromCache(..) => {}
        }
    }
}

/// Lays what was found for one platform over the locks.
fn merge(locks: &mut LockFile, previous: &LockFile, provider: &Provider, found: Lock) -> LockChange {
    let change = match locks.get(provider) {
        _ if previous.get(provider).is_none() => LockChange::NewProvider,
        Some(known) if known.version == found.version && found.hashes.is_subset(&known.hashes) => LockChange::None,
        Some(_) | None => LockChange::NewHashes,
    };
    locks.providers.insert(provider.clone(), found);
    change
}

fn explain(platform: &Platform, outcome: &Outcome) -> Diagnostic {
    let line = |(provider, failure): (&Provider, &Failure)| {
        let why = match failure {
            Failure::BuiltIn(why) => why.clone(),
            Failure::Query(error) => error.to_string(),
            Failure::Fetch(_, error) | Failure::Cache(_, error) => error.to_string(),
        };
        format!("\n- {provider}: {why}")
    };
    let lines: String = outcome.failures.iter().map(line).collect();
    let detail = format!(
        "Terraform failed to fetch the requested providers for {platform} in order to calculate their checksums: some providers \
         could not be installed:{lines}."
    );
    Diagnostic::error(FAILED, detail)
}
