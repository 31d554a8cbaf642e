//! What can go wrong while packages are looked for and fetched.

use std::io;
use std::path::Path;

use fw_addr::Provider;

use crate::platform::Platform;
use crate::version::Version;

/// Why a source could not say which packages there are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QueryError {
    /// No source has the provider; these were searched.
    #[error("provider {provider} was not found in any of the search locations")]
    NotFound { provider: Provider, searched: Vec<String> },
    /// The registry of its host does not know it.
    #[error("provider registry {} does not have a provider named {provider}", provider.host)]
    NotKnown { provider: Provider },
    /// There is no package for this platform. The mirror is the one that was asked instead of the registry.
    #[error("{}", no_platform(provider, version, platform, mirror.as_deref()))]
    Platform { provider: Provider, version: Box<Version>, platform: Platform, mirror: Option<String> },
    /// The package speaks no plugin protocol that we speak; the newest version that does.
    #[error("provider {provider} {version} is not supported by this version of Terraform")]
    Protocol { provider: Provider, version: Box<Version>, suggestion: Option<Box<Version>> },
    /// The host has no registry.
    #[error("host {host} does not offer a Terraform provider registry")]
    NoRegistry { host: String },
    /// The host cannot be reached.
    #[error("could not connect to {host}: {why}")]
    Unreachable { host: String, why: String },
    /// The host wants credentials, or others than the given ones.
    #[error("host {host} {}", if *given { "rejected the given authentication credentials" } else { "requires authentication credentials" })]
    Unauthorized { host: String, given: bool },
    /// Asking failed. The mirror is the one that was asked instead of the registry.
    #[error("{}", failed(provider, why, mirror.as_deref()))]
    Failed { provider: Provider, why: String, mirror: Option<String> },
    /// A directory cannot be searched.
    #[error("{0}")]
    Search(String),
    /// No version will do, or the locked one will not.
    #[error("{0}")]
    Selection(String),
}

fn no_platform(provider: &Provider, version: &Version, platform: &Platform, mirror: Option<&str>) -> String {
    match mirror {
        Some(mirror) => {
            format!("provider mirror {mirror} does not have a package of {provider} {version} for {platform}")
        }
        None => format!("provider {provider} {version} is not available for {platform}"),
    }
}

fn failed(provider: &Provider, why: &str, mirror: Option<&str>) -> String {
    match mirror {
        Some(mirror) => format!("failed to query provider mirror {mirror} for {provider}: {why}"),
        None => format!("could not query provider registry for {provider}: {why}"),
    }
}

/// Why a package could not be installed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// The source could not describe it.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// It is not one of those the lock file admits.
    #[error(
        "the {kind} package for {provider} {version} doesn't match any of the checksums previously recorded in the \
         dependency lock file{}; for more information: \
         https://developer.hashicorp.com/terraform/language/files/dependency-lock#checksum-verification",
        if *unpacked { " (this might be because the available checksums are for packages targeting different platforms)" } else { "" }
    )]
    NotLocked {
        kind: &'static str,
        provider: Provider,
        version: Box<Version>,
        /// Whether it was found unpacked, so that only one kind of checksum can be compared.
        unpacked: bool,
        /// Whether it comes from the registry that stands in for that of the default host.
        stand_in: bool,
    },
    /// It is not what its source says it is.
    #[error("{0}")]
    NotAuthentic(String),
    /// It could not be downloaded.
    #[error("could not download {url}: {why}")]
    Download { url: String, why: String },
    /// It cannot be unpacked safely.
    #[error("failed to unpack the package: {0}")]
    Unpack(String),
    /// It has no program in it.
    #[error("provider binary not found: could not find executable file starting with terraform-provider-{0}")]
    NoProgram(String),
    /// The file system refused.
    #[error("failed to {attempt}: {source}")]
    Io { attempt: String, source: io::Error },
}

impl FetchError {
    /// The file system refused to do something with a path.
    pub(crate) fn io(attempt: &str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let attempt = format!("{attempt} {}", path.display());
        move |source| Self::Io { attempt, source }
    }
}
