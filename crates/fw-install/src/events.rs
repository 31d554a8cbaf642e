//! What happens during an installation, for those who show it.

mod text;

use fw_addr::Provider;

use crate::platform::Platform;
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
    /// The package of a module is fetched.
    ModuleDownload {
        /// The names of the calls that lead to it.
        key: String,
        /// The address of the package.
        package: String,
        /// The version, of registries' modules.
        version: Option<String>,
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
    /// Some packages are signed by their makers.
    Signed,
    /// The lock file is there now.
    LockFileCreated,
    /// The lock file is another now.
    LockFileChanged,
    /// `providers lock`: a package is fetched for its checksums.
    LockFetching(Provider, Version, Platform),
    /// `providers lock`: a package was fetched for its checksums.
    LockFetched(Provider, Version, Platform, Authenticity),
    /// `providers lock`: what became of the checksums for a platform.
    Locked(Provider, Platform, LockChange),
    /// `providers lock`: the lock file is complete; whether it is another than before.
    LockComplete(bool),
    /// `providers mirror`: a provider is looked at.
    Mirroring(Provider),
    /// `providers mirror`: a provider that is part of the program is passed over.
    MirrorSkipped(Provider),
    /// `providers mirror`: the selected version, with the constraints if it was not taken from the lock file.
    MirrorSelected(Version, Option<Constraints>),
    /// `providers mirror`: a package is downloaded.
    MirrorDownloading(Platform),
    /// `providers mirror`: a package is what its source says.
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
    /// Signed with the key of this identifier, which the registry gives for it.
    SelfSigned(String),
}

impl Authenticity {
    /// Whether it is signed.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.key_id().is_some()
    }

    /// The identifier of the signing key.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        match self {
            Self::SelfSigned(key) => Some(key),
            Self::Unauthenticated | Self::VerifiedChecksum | Self::SigningSkipped => None,
        }
    }

    /// With the key: `self-signed, key ID 0123456789ABCDEF`.
    #[must_use]
    pub fn with_key(&self) -> String {
        self.key_id().map_or_else(|| self.to_string(), |key| format!("{self}, key ID {key}"))
    }
}

impl std::fmt::Display for Authenticity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unauthenticated => "unauthenticated",
            Self::VerifiedChecksum => "verified checksum",
            Self::SigningSkipped => "verified checksum; signing skipped, since the registry has no key for it",
            Self::SelfSigned(_) => "self-signed",
        })
    }
}
