//! The operations on packages of providers: what `init`, `providers lock` and `providers mirror` do.

mod acquire;
mod ensure;
mod explain;
mod index;
mod locking;
mod mirroring;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fw_diag::{Diagnostic, Diagnostics, SourceMap};

use crate::events::{Event, Events};
use crate::http::Http;
use crate::lock_file::LockFile;
use crate::package::PackageDirectory;
use crate::platform::Platform;
use crate::site::{Requirements, Site};
use crate::source::Sources;

use ensure::{Ensure, Mode, Outcome, Step};

/// Installs packages of providers, tells of it, and keeps the lock file.
pub struct Installer {
    site: Arc<Site>,
    http: Arc<Http>,
    events: Arc<dyn Events>,
}

/// How `init` installs providers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InitOptions {
    /// `-upgrade`: whether to look for newer versions than those of the lock file.
    pub upgrade: bool,
    /// `-lockfile=readonly`: whether the lock file may not be changed.
    pub lock_file_read_only: bool,
    /// `-plugin-dir`: look only in these directories. Empty: as configured.
    pub plugin_directories: Vec<PathBuf>,
}

/// Which place `providers lock` looks at.
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
    /// An installer for a site. Nothing is read or asked yet.
    #[must_use]
    pub fn new(site: Site, events: Arc<dyn Events>) -> Self {
        let http = Arc::new(Http::new(&site.config, &site.environment));
        Self { site: Arc::new(site), http, events }
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
        if options.upgrade && options.lock_file_read_only {
            return Diagnostic::error("The -upgrade flag conflicts with -lockfile=readonly.", "").into();
        }
        let mut problems: Diagnostics = explain::overridden(&self.site).into_iter().collect();
        let previous = match LockFile::load(&self.site.root, sources) {
            Ok(locks) => locks,
            Err(errors) => return joined(problems, errors),
        };
        self.events.event(&Event::Providers);
        let (places, wrong) = self.places(&options.plugin_directories);
        problems.append(wrong);
        if problems.has_errors() {
            return problems;
        }
        let cache = self.cache();
        let ensure = Ensure {
            site: &self.site,
            sources: &places,
            target: &self.installed(),
            cache: cache.as_ref(),
            locks: &previous,
            requirements,
            mode: match options {
                InitOptions { upgrade: true, .. } => Mode::Upgrade,
                InitOptions { plugin_directories, .. } if plugin_directories.is_empty() => Mode::Locked,
                _ => Mode::Named,
            },
            show: &|step| self.show(&step),
        };
        let outcome = ensure.run().await;
        problems.append(explain::explain(&outcome, requirements));
        if outcome.authenticity.values().any(|known| known.is_signed()) {
            self.events.event(&Event::Signed);
        }
        if !problems.has_errors() {
            problems.append(self.keep(&previous, &outcome, options.lock_file_read_only));
        }
        problems
    }

    /// Writes the lock file if the selections are others than before.
    fn keep(&self, previous: &LockFile, outcome: &Outcome, read_only: bool) -> Diagnostics {
        let locks = &outcome.locks;
        if locks.same_selections(previous) {
            return Diagnostics::new();
        }
        if read_only && !locks.same_providers(previous) {
            let detail = "Changes to the required provider dependencies were detected, but the lock file is read-only. To use \
                          and record these requirements, run \"terraform init\" without the \"-lockfile=readonly\" flag.";
            return Diagnostic::error("Provider dependency changes detected", detail).into();
        }
        if read_only {
            let detail = "Changes to the provider selections were detected, but not saved in the .terraform.lock.hcl file. To \
                          record these selections, run \"terraform init\" without the \"-lockfile=readonly\" flag.";
            return Diagnostic::warning("Provider lock file not updated", detail).into();
        }
        let created = previous.is_empty();
        self.events.event(if created { &Event::LockFileCreated } else { &Event::LockFileChanged });
        let mut problems: Diagnostics = self.incomplete(outcome).into_iter().collect();
        if let Err(errors) = locks.save(&self.site.root) {
            problems.append(errors);
        }
        problems
    }

    fn incomplete(&self, outcome: &Outcome) -> Option<Diagnostic> {
        if outcome.incomplete.is_empty() {
            return None;
        }
        let mut names: Vec<String> = outcome.incomplete.iter().map(|provider| provider.for_display()).collect();
        names.sort();
        let platform = &self.site.platform;
        let detail = format!(
            "Due to your customized provider installation methods, Terraform was forced to calculate lock file checksums \
             locally for the following providers:\n  - {}\n\nThe current .terraform.lock.hcl file only includes checksums for \
             {platform}, so Terraform running on another platform will fail to install these providers.\n\nTo calculate \
             additional checksums for another platform, run:\n  terraform providers lock -platform=linux_amd64\n(where \
             linux_amd64 is the platform to generate)",
            names.join("\n  - ")
        );
        Some(Diagnostic::warning("Incomplete lock file information for providers", detail))
    }

    /// The places to look at: these directories, or else as configured.
    fn places(&self, directories: &[PathBuf]) -> (Sources, Diagnostics) {
        if directories.is_empty() {
            return Sources::of_site(&self.site, Arc::clone(&self.http));
        }
        let problems = self.remember(directories).err().into_iter().collect();
        (Sources::directories(&self.site, directories, Arc::clone(&self.http)), problems)
    }

    /// Other programs look in `plugin_path` for the directories that `-plugin-dir` named.
    fn remember(&self, directories: &[PathBuf]) -> Result<(), Diagnostic> {
        let path = self.site.data_directory.join("plugin_path");
        let text = serde_json::to_string_pretty(directories).map_err(std::io::Error::other);
        let write = |text| {
            std::fs::create_dir_all(&self.site.data_directory)?;
            std::fs::write(&path, text)
        };
        text.and_then(write)
            .map_err(|error| Diagnostic::error(format!("Error saving -plugin-dir to workspace directory: {error}"), ""))
    }

    fn installed(&self) -> PackageDirectory {
        self.directory(&self.site.providers_directory())
    }

    fn cache(&self) -> Option<PackageDirectory> {
        let base = self.site.config.plugin_cache_dir.as_ref()?;
        Some(self.directory(&self.site.root.join(base)))
    }

    fn directory(&self, base: &Path) -> PackageDirectory {
        PackageDirectory { base: base.to_owned(), platform: self.site.platform.clone() }
    }

    fn show(&self, step: &Step<'_>) {
        self.events.event(&match *step {
            Step::BuiltIn(provider) => Event::BuiltIn(provider.clone()),
            Step::Query(provider, None) => Event::Reusing(provider.clone()),
            Step::Query(provider, Some(constraints)) => Event::Finding(provider.clone(), constraints.clone()),
            Step::AlreadyInstalled(provider, version) => Event::AlreadyInstalled(provider.clone(), version.clone()),
            Step::FromCache(provider, version) => Event::FromCache(provider.clone(), version.clone()),
            Step::Fetching(provider, version) => Event::Installing(provider.clone(), version.clone()),
            Step::Fetched(provider, version, known) => {
                Event::Installed(provider.clone(), version.clone(), known.clone())
            }
        });
    }
}

fn joined(mut first: Diagnostics, second: Diagnostics) -> Diagnostics {
    first.append(second);
    first
}
