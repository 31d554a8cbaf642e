//! Where packages come from: registries, directories, mirrors on the network, each for some providers.

pub(crate) mod discovery;
mod network;
mod registry;
mod signature;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fw_addr::Provider;
use fw_diag::{Diagnostic, Diagnostics};
use reqwest::Url;

use crate::cli_config::{Location, Method, implied_mirror_directories};
use crate::error::QueryError;
use crate::filesystem::{Package, Packages, search};
use crate::hash::Hash;
use crate::http::Http;
use crate::pattern::Pattern;
use crate::platform::Platform;
use crate::site::Site;
use crate::version::Version;

pub(crate) use discovery::{DEFAULT_DOWNLOADS_HOST, discovery_document};
use registry::Registries;
pub(crate) use signature::SignedSums;

/// A package that a source has.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub(crate) package: Package,
    pub(crate) claims: Claims,
}

/// What a source tells of a package's content, to be checked when it is there.
#[derive(Clone, Debug, Default)]
pub(crate) enum Claims {
    /// Nothing.
    #[default]
    None,
    /// One of these hashes.
    Hashes(BTreeSet<Hash>),
    /// A signed list of checksums.
    Signed(Arc<SignedSums>),
}

/// The versions a source has of a provider, and what it says beside them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Available {
    pub(crate) versions: BTreeSet<Version>,
    pub(crate) warnings: Vec<String>,
}

/// All sources, in the order in which they are asked.
#[derive(Debug)]
pub(crate) struct Sources {
    selectors: Vec<Selector>,
    http: Arc<Http>,
}

#[derive(Debug)]
struct Selector {
    source: Source,
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
}

#[derive(Debug)]
enum Source {
    Registries(Registries),
    Directory(Directory),
    Network(Url),
}

/// A mirror in a directory, which is searched once.
#[derive(Debug)]
struct Directory {
    /// As the user wrote it.
    shown: String,
    path: PathBuf,
    found: Mutex<Option<Result<Packages, String>>>,
}

impl Selector {
    fn everything(source: Source) -> Self {
        Self { source, include: Vec::new(), exclude: Vec::new() }
    }

    fn is_for(&self, provider: &Provider) -> bool {
        let any = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(provider));
        !any(&self.exclude) && (self.include.is_empty() || any(&self.include))
    }
}

impl Directory {
    fn packages(&self, provider: &Provider) -> Result<Vec<Package>, QueryError> {
        let mut found: MutexGuard<'_, _> = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        match found.get_or_insert_with(|| search(&self.path)) {
            Ok(all) => {
                let packages = all.get(provider).cloned();
                packages.ok_or_else(|| QueryError::NotFound { provider: provider.clone(), searched: Vec::new() })
            }
            Err(why) => Err(QueryError::Search(why.clone())),
        }
    }

    fn package(&self, provider: &Provider, version: &Version, platform: &Platform) -> Result<Offer, QueryError> {
        let wanted = |package: &Package| package.version == *version && package.platform == *platform;
        let package = self.packages(provider)?.into_iter().find(wanted);
        package
            .map(|package| Offer { package, claims: Claims::None })
            .ok_or_else(|| not_available(provider, version, platform))
    }
}

impl Source {
    /// A directory; relative ones are seen from the root module's.
    fn directory(site: &Site, path: &Path) -> Self {
        let shown = path.display().to_string();
        Self::Directory(Directory { shown, path: site.root.join(path), found: Mutex::default() })
    }

    fn registries(site: &Site) -> Self {
        Self::Registries(Registries::new(site.config.hosts.clone()))
    }

    /// As the list of searched places names it.
    fn shown(&self, provider: &Provider) -> String {
        match self {
            Self::Registries(_) => provider.host.to_string(),
            Self::Directory(directory) => directory.shown.clone(),
            Self::Network(url) => format!("provider mirror at {url}"),
        }
    }

    async fn versions(&self, http: &Http, provider: &Provider) -> Result<Available, QueryError> {
        match self {
            Self::Registries(registries) => registries.versions(http, provider).await,
            Self::Network(url) => network::versions(http, url, provider).await,
            Self::Directory(directory) => {
                let versions = directory.packages(provider)?.into_iter().map(|package| package.version).collect();
                Ok(Available { versions, warnings: Vec::new() })
            }
        }
    }

    async fn package(
        &self,
        http: &Http,
        provider: &Provider,
        version: &Version,
        platform: &Platform,
    ) -> Result<Offer, QueryError> {
        match self {
            Self::Registries(registries) => registries.package(http, provider, version, platform).await,
            Self::Network(url) => network::package(http, url, provider, version, platform).await,
            Self::Directory(directory) => directory.package(provider, version, platform),
        }
    }
}

impl Sources {
    /// What the CLI configuration says; without a `provider_installation` block the implied mirrors and the registries.
    pub(crate) fn of_site(site: &Site, http: Arc<Http>) -> (Self, Diagnostics) {
        // As with one that only has overrides, which says nothing of the rest.
        let Some(installation) = site.config.installation.as_ref() else {
            return (Self::implied(site, http), Diagnostics::new());
        };
        let mut problems = Diagnostics::new();
        let mut selectors = Vec::new();
        for method in &installation.methods {
            match selector(site, method) {
                Ok(selector) => selectors.push(selector),
                Err(problem) => problems.push(problem),
            }
        }
        (Self { selectors, http }, problems)
    }

    /// Only these directories: `-plugin-dir`.
    pub(crate) fn directories(site: &Site, paths: &[PathBuf], http: Arc<Http>) -> Self {
        let selectors = paths.iter().map(|path| Selector::everything(Source::directory(site, path))).collect();
        Self { selectors, http }
    }

    /// Only the registries of the providers' hosts.
    pub(crate) fn registries(site: &Site, http: Arc<Http>) -> Self {
        Self { selectors: vec![Selector::everything(Source::registries(site))], http }
    }

    /// Only one server.
    pub(crate) fn network_mirror(url: &str, http: Arc<Http>) -> Result<Self, Diagnostic> {
        Ok(Self { selectors: vec![Selector::everything(Source::Network(mirror_url(url)?))], http })
    }

    /// Mirrors in directories that count without being configured; what they have is not looked for elsewhere.
    fn implied(site: &Site, http: Arc<Http>) -> Self {
        let mut selectors = Vec::new();
        let mut found = BTreeSet::new();
        for directory in implied_mirror_directories(&site.environment) {
            if directory.is_dir() {
                found.extend(search(&directory).unwrap_or_default().into_keys());
                selectors.push(Selector::everything(Source::directory(site, &directory)));
            }
        }
        let exclude = found.iter().map(Pattern::only).collect();
        selectors.push(Selector { source: Source::registries(site), include: Vec::new(), exclude });
        Self { selectors, http }
    }

    /// The client that the sources use.
    pub(crate) fn http(&self) -> &Http {
        &self.http
    }

    fn for_provider<'a>(&'a self, provider: &'a Provider) -> impl Iterator<Item = &'a Source> {
        self.selectors.iter().filter(|selector| selector.is_for(provider)).map(|selector| &selector.source)
    }

    /// All versions that any source has.
    pub(crate) async fn versions(&self, provider: &Provider) -> Result<Available, QueryError> {
        let mut all = Available::default();
        let mut found = false;
        let mut unknown_to_registry = false;
        let mut searched = Vec::new();
        for source in self.for_provider(provider) {
            searched.push(source.shown(provider));
            match source.versions(&self.http, provider).await {
                Ok(available) => {
                    found = true;
                    all.versions.extend(available.versions);
                    all.warnings.extend(available.warnings);
                }
                Err(QueryError::NotFound { .. }) => {}
                Err(QueryError::NotKnown { .. }) => unknown_to_registry = true,
                Err(error) => return Err(error),
            }
        }
        match (found, unknown_to_registry && searched.len() == 1) {
            (true, _) => Ok(all),
            (false, true) => Err(QueryError::NotKnown { provider: provider.clone() }),
            (false, false) => Err(QueryError::NotFound { provider: provider.clone(), searched }),
        }
    }

    /// A package, from the first source that has it.
    pub(crate) async fn package(
        &self,
        provider: &Provider,
        version: &Version,
        platform: &Platform,
    ) -> Result<Offer, QueryError> {
        let mut missing = None;
        for source in self.for_provider(provider) {
            match source.package(&self.http, provider, version, platform).await {
                Err(QueryError::NotFound { .. } | QueryError::NotKnown { .. }) => {}
                // Another source may have it; the answer that says most is kept.
                Err(error @ QueryError::Platform { .. }) => missing = missing.or(Some(error)),
                other => return other,
            }
        }
        Err(missing.unwrap_or_else(|| not_available(provider, version, platform)))
    }
}

fn not_available(provider: &Provider, version: &Version, platform: &Platform) -> QueryError {
    QueryError::Platform {
        provider: provider.clone(),
        version: Box::new(version.clone()),
        platform: platform.clone(),
        mirror: None,
    }
}

fn selector(site: &Site, method: &Method) -> Result<Selector, Diagnostic> {
    let source = match &method.location {
        Location::Direct => Source::registries(site),
        Location::FilesystemMirror(path) => Source::directory(site, path),
        Location::NetworkMirror(url) => Source::Network(mirror_url(url)?),
    };
    let patterns = |texts: &[String], kind: &str| {
        let parsed: Result<Vec<_>, _> = texts.iter().map(|text| Pattern::parse(text)).collect();
        parsed.map_err(|error| {
            let detail = format!("CLI config specifies invalid provider {kind} patterns: {error}.");
            Diagnostic::error(format!("Invalid provider source {kind} patterns"), detail)
        })
    };
    let include = patterns(&method.include, "inclusion")?;
    let exclude = patterns(&method.exclude, "exclusion")?;
    Ok(Selector { source, include, exclude })
}

fn mirror_url(text: &str) -> Result<Url, Diagnostic> {
    const SUMMARY: &str = "Invalid URL for provider installation source";
    let with_slash = if text.ends_with('/') { text.to_owned() } else { format!("{text}/") };
    let url = Url::parse(&with_slash).map_err(|error| {
        let detail = format!("Cannot parse \"{text}\" as a URL for a network provider mirror: {error}.");
        Diagnostic::error(SUMMARY, detail)
    })?;
    if url.scheme() != "https" || url.host_str().is_none() {
        let detail = format!(
            "Cannot use \"{text}\" as a URL for a network provider mirror: the mirror must be at an https: URL."
        );
        return Err(Diagnostic::error(SUMMARY, detail));
    }
    Ok(url)
}

/// The host of a URL as credentials are kept for it: with the port, if it is not the usual one.
fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
