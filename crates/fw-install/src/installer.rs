//! The operations on packages of providers: what `init`, `providers lock` and `providers mirror` do.

use std::path::PathBuf;
use std::sync::Arc;

use fw_diag::{Diagnostic, Diagnostics, SourceMap};

use crate::events::Events;
use crate::platform::Platform;
use crate::site::{Requirements, Site};

/// Installs packages of providers, tells of it, and keeps the lock file.
pub struct Installer {
    site: Site,
    events: Arc<dyn Events>,
}

/// How `init` installs providers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InitOptions {
    /// `-upgrade`: whether to look for newer versions than those of the lock file.
    pub upgrade: bool,
    /// `-lockfile=readonly`: whether the lock file may not be changed.
    pub lock_file_read_only: bool,
    /// `-plugin-dir`: look only in these directories. Empty: as configured, or as remembered from the last time.
    pub plugin_directories: Vec<PathBuf>,
}

/// Which place `providers lock` and `providers mirror` look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LockSource {
    /// The registries of the providers' hosts.
    #[default]
    Registries,
    /// `-fs-mirror=DIR`
    Directory(PathBuf),
    /// `-net-mirror=URL`
    NetworkMirror(String),
}

/// What `providers lock` does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LockOptions {
    /// For which platforms; empty for the site's.
    pub platforms: Vec<Platform>,
    /// Where to look.
    pub source: LockSource,
    /// `-enable-plugin-cache`
    pub enable_plugin_cache: bool,
}

/// What `providers mirror` does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MirrorOptions {
    /// The directory to fill.
    pub directory: PathBuf,
    /// For which platforms; empty for the site's.
    pub platforms: Vec<Platform>,
    /// `-lock-file`: whether to take the versions of the lock file.
    pub use_lock_file: bool,
}

impl Installer {
    /// An installer for a site.
    ///
    /// # Errors
    /// When the CLI configuration or the environment asks for the impossible.
    pub fn new(site: Site, events: Arc<dyn Events>) -> Result<Self, Diagnostics> {
        Ok(Self { site, events })
    }

    /// The site.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// `init`: installs what is needed and updates the lock file. Every line of output but diagnostics is an event.
    pub async fn initialize(
        &self,
        requirements: &Requirements,
        options: &InitOptions,
        sources: &SourceMap,
    ) -> Diagnostics {
        Diagnostic::error("Not there yet", "").into()
    }

    /// `providers lock`: records checksums for platforms, for some or all of the required providers.
    pub async fn lock(&self, requirements: &Requirements, options: &LockOptions, sources: &SourceMap) -> Diagnostics {
        Diagnostic::error("Not there yet", "").into()
    }

    /// `providers mirror`: fills a directory with packages in the layout of mirrors.
    pub async fn mirror(
        &self,
        requirements: &Requirements,
        options: &MirrorOptions,
        sources: &SourceMap,
    ) -> Diagnostics {
        Diagnostic::error("Not there yet", "").into()
    }
}
