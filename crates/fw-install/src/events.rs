//! What happens during an installation, for those who show it.

use fw_addr::Provider;

use crate::version::{Constraints, Version};

/// Gets told what happens. Calls come in the order in which things happen, from whatever task does them.
pub trait Events: Send + Sync {
    /// Something happens.
    fn event(&self, event: &Event);
}

/// Shows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Events for Silent {
    fn event(&self, _event: &Event) {}
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Modules are looked for.
    Modules {
        /// Whether anew, even if they are installed.
        upgrade: bool,
    },
    /// A module is in this directory.
    Module {
        /// The names of the calls that lead to it.
        key: String,
        /// Its directory.
        directory: String,
    },
    /// Providers are looked for.
    Providers,
    /// The provider is part of the program.
    BuiltIn(Provider),
    /// Versions are looked for.
    Finding(Provider, Constraints),
    /// The version of the lock file is taken.
    Reusing(Provider),
    /// The package is there already.
    AlreadyInstalled(Provider, Version),
    /// A package is fetched.
    Installing(Provider, Version),
    /// A package is taken from the plugin cache.
    FromCache(Provider, Version),
    /// A package is installed.
    Installed(Provider, Version, Authenticity),
    /// Some packages are signed by others than the maker of the default registry.
    SignedByOthers,
    /// The lock file is there now.
    LockFileCreated,
    /// The lock file is another now.
    LockFileChanged,
    /// `providers lock`: a package is fetched for its checksums, for this platform.
    Fetching(Provider, Version, String),
    /// `providers lock`: a package was fetched for its checksums.
    Retrieved(Provider, Version, String, Authenticity),
    /// `providers lock`: what this has changed.
    Locked(Provider, String, LockChange),
    /// `providers lock`: the lock file is complete.
    LockComplete {
        /// Whether it is another than before.
        changed: bool,
    },
    /// `providers mirror`: a provider is looked at.
    Mirroring(Provider),
    /// `providers mirror`: the selected version, and its constraints or that it was taken from the lock file.
    MirrorSelected(Version, Option<Constraints>),
    /// `providers mirror`: a package is downloaded.
    MirrorDownloading(String),
    /// `providers mirror`: a package is authenticated as this.
    MirrorAuthenticated(Authenticity),
}

/// What `providers lock` did to the checksums of a provider for a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockChange {
    /// It was not locked before.
    NewProvider,
    /// Checksums were added.
    NewHashes,
    /// All checksums were there.
    None,
}

/// How much is known of where a package comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Authenticity {
    /// Nothing.
    Unauthenticated,
    /// It has the checksum that its source tells.
    VerifiedChecksum,
    /// It has the checksum that the registry tells, which has no keys for it.
    SigningSkipped,
    /// Signed with a key that the registry gives for it.
    SelfSigned(String),
    /// Signed with a key that the maker of the default registry vouches for.
    Partner(String),
    /// Signed by the maker of the default registry.
    Official,
}

impl Authenticity {
    /// Whether it is signed.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        matches!(self, Self::SelfSigned(_) | Self::Partner(_) | Self::Official)
    }

    /// Whether it is signed by somebody else than the maker of the default registry.
    #[must_use]
    pub fn is_signed_by_others(&self) -> bool {
        matches!(self, Self::SelfSigned(_) | Self::Partner(_))
    }

    /// The identifier of the signing key, where it is shown.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        match self {
            Self::SelfSigned(key) | Self::Partner(key) => Some(key),
            Self::Unauthenticated | Self::VerifiedChecksum | Self::SigningSkipped | Self::Official => None,
        }
    }
}

impl std::fmt::Display for Authenticity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unauthenticated => "unauthenticated",
            Self::VerifiedChecksum => "verified checksum",
            Self::SigningSkipped => "signing skipped",
            Self::SelfSigned(_) => "self-signed",
            Self::Partner(_) => "signed by a HashiCorp partner",
            Self::Official => "signed by HashiCorp",
        })
    }
}
