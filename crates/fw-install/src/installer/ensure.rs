//! Choosing a version of every required provider and installing its package: what `init` and `providers lock` have in
//! common.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use futures::StreamExt;
use fw_addr::Provider;

use super::acquire::{Acquired, acquire};
use crate::error::{FetchError, QueryError};
use crate::events::Authenticity;
use crate::hash::{self, Hash};
use crate::lock_file::{Lock, LockFile};
use crate::package::PackageDirectory;
use crate::site::{Requirements, Site};
use crate::source::{Available, Sources};
use crate::version::{Constraints, Version};

/// How many packages are fetched at the same time.
const AT_ONCE: usize = 4;

/// How versions are chosen and packages checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Versions of the lock file where there are some, packages as they were locked.
    Locked,
    /// As locked, but the sources are asked for what is there already, too: the user has named them.
    Named,
    /// The newest versions.
    Upgrade,
    /// As locked, but every package is fetched, and its checksums may be new.
    Checksums,
}

/// A step of the work, to be shown.
pub(super) enum Step<'a> {
    BuiltIn(&'a Provider),
    /// Versions are looked for; with constraints, unless the lock file has one.
    Query(&'a Provider, Option<&'a Constraints>),
    AlreadyInstalled(&'a Provider, &'a Version),
    FromCache(&'a Provider, &'a Version),
    Fetching(&'a Provider, &'a Version),
    Fetched(&'a Provider, &'a Version, &'a Authenticity),
}

/// Why a provider is not installed.
#[derive(Debug)]
pub(super) enum Failure {
    BuiltIn(String),
    Query(QueryError),
    Fetch(Version, FetchError),
    Cache(Version, FetchError),
}

/// What is to be done.
pub(super) struct Ensure<'a> {
    pub(super) site: &'a Arc<Site>,
    pub(super) sources: &'a Sources,
    pub(super) target: &'a PackageDirectory,
    pub(super) cache: Option<&'a PackageDirectory>,
    pub(super) locks: &'a LockFile,
    pub(super) requirements: &'a Requirements,
    pub(super) mode: Mode,
    pub(super) show: &'a (dyn Fn(Step<'_>) + Sync),
}

/// What came out of it.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The selections; providers that are not required are gone.
    pub(super) locks: LockFile,
    pub(super) failures: BTreeMap<Provider, Failure>,
    /// What registries say beside versions.
    pub(super) warnings: BTreeMap<Provider, Vec<String>>,
    pub(super) authenticity: BTreeMap<Provider, Authenticity>,
    /// Providers of which only the hash of this platform's package is known.
    pub(super) incomplete: BTreeSet<Provider>,
}

/// One installed package.
struct Installed {
    hashes: BTreeSet<Hash>,
    authenticity: Option<Authenticity>,
    incomplete: bool,
}

impl Ensure<'_> {
    pub(super) async fn run(&self) -> Outcome {
        let mut outcome = Outcome::default();
        let mut to_query = Vec::new();
        let mut chosen: BTreeMap<Provider, Version> = BTreeMap::new();
        for (provider, constraints) in self.requirements {
            match self.first_choice(provider, constraints) {
                Choice::None => self.keep_lock(provider, &mut outcome),
                Choice::Impossible(failure) => {
                    outcome.failures.insert(provider.clone(), failure);
                }
                Choice::Made(version) => {
                    chosen.insert(provider.clone(), version);
                }
                Choice::Query(acceptable) => to_query.push((provider, acceptable)),
            }
        }
        let queries = to_query.iter().map(|(provider, _)| self.sources.versions(provider));
        let answers = futures::future::join_all(queries).await;
        for ((provider, acceptable), answer) in to_query.iter().zip(answers) {
            match answer.and_then(|available| self.choose(provider, acceptable, available, &mut outcome)) {
                Ok(version) => {
                    chosen.insert((*provider).clone(), version);
                }
                Err(error) => {
                    outcome.failures.insert((*provider).clone(), Failure::Query(error));
                }
            }
        }
        self.install_all(&chosen, &mut outcome).await;
        outcome
    }

    /// What can be said before any source is asked; shows that versions are looked for.
    fn first_choice(&self, provider: &Provider, constraints: &Constraints) -> Choice {
        if provider.is_builtin() {
            return self.built_in(provider, constraints);
        }
        if self.site.reattached.contains(provider) {
            return Choice::None;
        }
        let lock = self.locks.get(provider).filter(|_| self.mode != Mode::Upgrade);
        (self.show)(Step::Query(provider, if lock.is_some() { None } else { Some(constraints) }));
        let Some(lock) = lock else { return Choice::Query(constraints.clone()) };
        if !constraints.admit(&lock.version) {
            let why = format!(
                "locked provider {provider} {} does not match configured version constraint {constraints}; must use \
                 terraform init -upgrade to allow selection of new versions",
                lock.version
            );
            return Choice::Impossible(Failure::Query(QueryError::Selection(why)));
        }
        let at_hand = [Some(self.target), self.cache].into_iter().flatten();
        let at_hand = || at_hand.filter_map(|directory| directory.installed(provider, &lock.version));
        if self.mode == Mode::Locked && at_hand().any(|package| self.is_locked(&package, &lock.hashes)) {
            return Choice::Made(lock.version.clone());
        }
        Choice::Query(Constraints::exactly(&lock.version))
    }

    fn built_in(&self, provider: &Provider, constraints: &Constraints) -> Choice {
        let why = if &*provider.kind != "terraform" {
            format!("this Terraform release has no built-in provider named \"{}\"", provider.kind)
        } else if !constraints.is_empty() {
            "built-in providers do not support explicit version constraints".to_owned()
        } else {
            (self.show)(Step::BuiltIn(provider));
            return Choice::None;
        };
        Choice::Impossible(Failure::BuiltIn(why))
    }

    fn keep_lock(&self, provider: &Provider, outcome: &mut Outcome) {
        if let Some(lock) = self.locks.get(provider) {
            outcome.locks.providers.insert(provider.clone(), lock.clone());
        }
    }

    fn choose(
        &self,
        provider: &Provider,
        acceptable: &Constraints,
        available: Available,
        outcome: &mut Outcome,
    ) -> Result<Version, QueryError> {
        if !available.warnings.is_empty() {
            outcome.warnings.insert(provider.clone(), available.warnings);
        }
        if let Some(version) = acceptable.newest(&available.versions) {
            return Ok(version.clone());
        }
        Err(QueryError::Selection(match self.locks.get(provider).filter(|_| self.mode != Mode::Upgrade) {
            Some(lock) => format!("the previously-selected version {} is no longer available", lock.version),
            None => format!("no available releases match the given constraints {acceptable}"),
        }))
    }

    async fn install_all(&self, chosen: &BTreeMap<Provider, Version>, outcome: &mut Outcome) {
        if chosen.is_empty() {
            return;
        }
        let _occupied: Vec<_> =
            [Some(self.target), self.cache].into_iter().flatten().map(PackageDirectory::occupy).collect();
        let installing = chosen
            .iter()
            .map(|(provider, version)| async move { (provider, version, self.install(provider, version).await) });
        let installed: Vec<_> = futures::stream::iter(installing).buffered(AT_ONCE).collect().await;
        for (provider, version, result) in installed {
            match result {
                Err(failure) => {
                    outcome.failures.insert(provider.clone(), failure);
                }
                Ok(installed) => {
                    let constraints = self.requirements.get(provider).cloned().unwrap_or_default();
                    let lock = Lock { version: version.clone(), constraints, hashes: installed.hashes };
                    outcome.locks.providers.insert(provider.clone(), lock);
                    outcome.authenticity.extend(installed.authenticity.map(|known| (provider.clone(), known)));
                    if installed.incomplete {
                        outcome.incomplete.insert(provider.clone());
                    }
                }
            }
        }
    }

    async fn install(&self, provider: &Provider, version: &Version) -> Result<Installed, Failure> {
        // A new version has packages of its own, so its hashes are none of those of the old one.
        let lock = self.locks.get(provider).filter(|lock| lock.version == *version);
        let known: BTreeSet<Hash> = lock.map(|lock| lock.hashes.clone()).unwrap_or_default();
        if self.mode != Mode::Checksums
            && let Some(directory) = self.target.installed(provider, version)
            && self.is_locked(&directory, &known)
        {
            (self.show)(Step::AlreadyInstalled(provider, version));
            return Ok(Installed { hashes: known, authenticity: None, incomplete: false });
        }
        if let Some(installed) = self.take_cached(provider, version, &known)? {
            return Ok(installed);
        }
        let acquired = self.fetch(provider, version, &known).await.map_err(|e| Failure::Fetch(version.clone(), e))?;
        let local = BTreeSet::from([acquired.hash.clone()]);
        // Nobody vouches for other platforms' packages, and nothing was known of them before.
        let incomplete = acquired.vouched.is_empty() && (known.is_empty() || known == local);
        let hashes = local.into_iter().chain(known).chain(acquired.vouched).collect();
        Ok(Installed { hashes, authenticity: Some(acquired.authenticity), incomplete })
    }

    async fn fetch(
        &self,
        provider: &Provider,
        version: &Version,
        known: &BTreeSet<Hash>,
    ) -> Result<Acquired, FetchError> {
        let into = self.cache.unwrap_or(self.target);
        let offer = self.sources.package(provider, version, &into.platform).await?;
        (self.show)(Step::Fetching(provider, version));
        let allowed = if self.mode == Mode::Checksums { BTreeSet::new() } else { known.clone() };
        let acquired = acquire(self.site, self.sources.http(), offer, allowed, into).await?;
        if self.cache.is_some() {
            self.target.link(provider, version, &acquired.directory)?;
        }
        (self.show)(Step::Fetched(provider, version, &acquired.authenticity));
        Ok(acquired)
    }

    /// A package of the shared cache, which must be the one that was locked. A package that nothing is known of is taken
    /// only where the user says so: its own hash is all that would be locked.
    fn take_cached(
        &self,
        provider: &Provider,
        version: &Version,
        known: &BTreeSet<Hash>,
    ) -> Result<Option<Installed>, Failure> {
        let cached = self.cache.and_then(|cache| cache.installed(provider, version));
        let Some(package) = cached.filter(|package| crate::package::program(package, provider).is_some()) else {
            return Ok(None);
        };
        let may_break = self.site.config.plugin_cache_may_break_dependency_lock_file && known.is_empty();
        if !may_break && !self.is_locked(&package, known) {
            return Ok(None);
        }
        (self.show)(Step::FromCache(provider, version));
        let failed = |error| Failure::Cache(version.clone(), error);
        let found = self.site.hashes.of_directory(&package).map_err(|e| failed(FetchError::io("read", &package)(e)))?;
        self.target.link(provider, version, &package).map_err(failed)?;
        let local = BTreeSet::from([found]);
        let incomplete = known.is_empty() || *known == local;
        let hashes = local.into_iter().chain(known.iter().cloned()).collect();
        Ok(Some(Installed { hashes, authenticity: None, incomplete }))
    }

    fn is_locked(&self, package: &Path, hashes: &BTreeSet<Hash>) -> bool {
        hash::matches_any(package, hashes, &self.site.hashes).unwrap_or(false)
    }
}

/// What is known of a provider's version without asking.
enum Choice {
    /// None is needed.
    None,
    /// This one, which is there.
    Made(Version),
    /// The newest of these.
    Query(Constraints),
    Impossible(Failure),
}
