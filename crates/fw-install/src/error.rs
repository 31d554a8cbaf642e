//! What can go wrong while packages are looked for and fetched.

use std::io;

use fw_addr::Provider;

use crate::platform::Platform;
use crate::version::Version;

/// Why a source could not say which packages there are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// No source has the provider; these were searched.
    #[error("provider {provider} was not found in any of the search locations")]
    NotFound {
        /// The provider.
        provider: Provider,
        /// Where it was looked for.
        searched: Vec<String>,
    },
    /// The registry of its host does not know it.
    #[error("provider registry {} does not have a provider named {provider}", provider.host)]
    NotKnown {
        /// The provider.
        provider: Provider,
    },
    /// There is no package for this platform.
    #[error("{}", no_platform(provider, version, platform, mirror.as_deref()))]
    Platform {
        /// The provider.
        provider: Provider,
        /// The selected version.
        version: Box<Version>,
        /// The platform.
        platform: Platform,
        /// The mirror that was asked instead of the registry.
        mirror: Option<String>,
    },
    /// The package speaks no plugin protocol that we speak.
    #[error("provider {provider} {version} is not supported by this version of Terraform")]
    Protocol {
        /// The provider.
        provider: Provider,
        /// The selected version.
        version: Box<Version>,
        /// The newest version that would do.
        suggestion: Option<Box<Version>>,
    },
    /// The host has no registry.
    #[error("host {host} does not offer a Terraform provider registry")]
    NoRegistry {
        /// The host.
        host: String,
    },
    /// The host cannot be reached.
    #[error("could not connect to {host}: {why}")]
    Unreachable {
        /// The host.
        host: String,
        /// Why not.
        why: String,
    },
    /// The host wants credentials, or others.
    #[error("host {host} {}", if *given { "rejected the given authentication credentials" } else { "requires authentication credentials" })]
    Unauthorized {
        /// The host.
        host: String,
        /// Whether there were credentials.
        given: bool,
    },
    /// Asking failed.
    #[error("{}", failed(provider, why, mirror.as_deref()))]
    Failed {
        /// The provider.
        provider: Provider,
        /// Why.
        why: String,
        /// The mirror that was asked instead of the registry.
        mirror: Option<String>,
    },
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
pub enum FetchError {
    /// The source could not describe it.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// It is not one of those the lock file admits.
    #[error(
        "the {what} for {provider} {version} doesn't match any of the checksums previously recorded in the dependency lock file{}; for more information: https://developer.hashicorp.com/terraform/language/files/dependency-lock#checksum-verification",
        if *unpacked { " (this might be because the available checksums are for packages targeting different platforms)" } else { "" }
    )]
    NotLocked {
        /// What kind of package it is.
        what: &'static str,
        /// The provider.
        provider: Provider,
        /// The version.
        version: Box<Version>,
        /// Whether it was found unpacked, so that only one kind of checksum can be compared.
        unpacked: bool,
    },
    /// It is not what its source says it is.
    #[error("{0}")]
    NotAuthentic(String),
    /// It could not be downloaded.
    #[error("could not download {url}: {why}")]
    Download {
        /// From where.
        url: String,
        /// Why not.
        why: String,
    },
    /// It cannot be unpacked safely.
    #[error("failed to unpack the package: {0}")]
    Unpack(String),
    /// It has no program in it.
    #[error("provider binary not found: could not find executable file starting with terraform-provider-{0}")]
    NoProgram(String),
    /// The file system refused.
    #[error("failed to {attempt}: {source}")]
    Io {
        /// What was tried.
        attempt: String,
        /// Why not.
        source: io::Error,
    },
}

impl FetchError {
    pub(crate) fn io(attempt: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let attempt = attempt.into();
        move |source| Self::Io { attempt, source }
    }
}
