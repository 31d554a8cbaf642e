//! `providers mirror`: packages of the origin registries in a directory that serves as a mirror, also from a web server.

use std::path::Path;
use std::sync::Arc;

use fw_addr::Provider;
use fw_diag::{Diagnostic, Diagnostics, SourceMap};

use super::{Installer, MirrorOptions, index};
use crate::error::{FetchError, QueryError};
use crate::events::{Authenticity, Event};
use crate::filesystem::{Place, archive_name};
use crate::hash;
use crate::lock_file::LockFile;
use crate::platform::Platform;
use crate::selected::check_selections;
use crate::site::Requirements;
use crate::source::{Claims, Offer, Sources};
use crate::version::{Constraints, Version};

impl Installer {
    /// `providers mirror`: fills a directory with packages and the indices of a mirror. Always asks the registries, so that
    /// a mirror can be brought up to date while it is in use.
    pub async fn mirror(
        &self,
        requirements: &Requirements,
        options: &MirrorOptions,
        sources: &SourceMap,
    ) -> Diagnostics {
        let locks = match self.mirror_locks(requirements, options, sources) {
            Ok(locks) => locks,
            Err(errors) => return errors,
        };
        let directory = self.site.root.join(&options.directory);
        let registries = Sources::registries(&self.site, Arc::clone(&self.http));
        let own = [self.site.platform.clone()];
        let platforms = if options.platforms.is_empty() { &own[..] } else { &options.platforms };
        let mut problems = Diagnostics::new();
        for (provider, constraints) in requirements {
            if provider.is_builtin() {
                self.events.event(&Event::MirrorSkipped(provider.clone()));
                continue;
            }
            self.events.event(&Event::Mirroring(provider.clone()));
            let version = match self.mirror_version(&registries, &locks, provider, constraints).await {
                Ok(version) => version,
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            for platform in platforms {
                self.events.event(&Event::MirrorDownloading(platform.clone()));
                match self.mirror_package(&registries, &directory, provider, &version, platform).await {
                    Ok(known) => self.events.event(&Event::MirrorAuthenticated(known)),
                    Err(problem) => problems.push(problem),
                }
            }
        }
        problems.append(index::update(&directory));
        problems
    }

    fn mirror_locks(
        &self,
        requirements: &Requirements,
        options: &MirrorOptions,
        sources: &SourceMap,
    ) -> Result<LockFile, Diagnostics> {
        if !options.use_lock_file {
            return Ok(LockFile::default());
        }
        let locks = LockFile::load(&self.site.root, sources)?;
        if !locks.is_empty() {
            check_selections(&self.site, requirements, &locks)?;
        }
        Ok(locks)
    }

    async fn mirror_version(
        &self,
        registries: &Sources,
        locks: &LockFile,
        provider: &Provider,
        constraints: &Constraints,
    ) -> Result<Version, Diagnostic> {
        if let Some(lock) = locks.get(provider) {
            self.events.event(&Event::MirrorSelected(lock.version.clone(), None));
            return Ok(lock.version.clone());
        }
        let available = registries.versions(provider).await;
        let version = available.and_then(|available| {
            let newest = constraints.newest(&available.versions).cloned();
            let none = || QueryError::Selection(format!("no releases match the given constraints {constraints}"));
            newest.ok_or_else(none)
        });
        let version = version.map_err(|error| {
            let detail = format!("Failed to download {provider} from its origin registry: {error}.");
            Diagnostic::error("Provider not available", detail)
        })?;
        self.events.event(&Event::MirrorSelected(version.clone(), Some(constraints.clone())));
        Ok(version)
    }

    async fn mirror_package(
        &self,
        registries: &Sources,
        directory: &Path,
        provider: &Provider,
        version: &Version,
        platform: &Platform,
    ) -> Result<Authenticity, Diagnostic> {
        let problem = |summary: &str, attempt: &str, error: &dyn std::fmt::Display| {
            let detail = format!("Failed to {attempt} {provider} v{version} for {platform}: {error}.");
            Diagnostic::error(summary, detail)
        };
        let offer = registries.package(provider, version, platform).await;
        let offer = offer.map_err(|error| problem("Provider release not available", "download", &error))?;
        let mut parent = directory.join(&*provider.host);
        parent.extend([&*provider.namespace, &*provider.kind]);
        let download = async {
            std::fs::create_dir_all(&parent).map_err(FetchError::io("create", &parent))?;
            let file = tempfile::Builder::new().prefix(".download").tempfile_in(&parent);
            let file = file.map_err(FetchError::io("create a file in", &parent))?;
            if let Place::Url(url) = &offer.package.place {
                self.http.download(url, file.path()).await?;
            }
            Ok::<_, FetchError>(file)
        };
        let file = download.await.map_err(|error| problem("Cannot download provider release", "download", &error))?;
        let known = authenticate(&offer, file.path())
            .map_err(|why| problem("Invalid provider package", "authenticate", &why))?;
        let path = parent.join(archive_name(provider, version, platform));
        let placed = open_to_all(file.as_file()).and_then(|()| file.persist(&path).map_err(|error| error.error));
        placed.map_err(|error| problem("Cannot download provider release", "place", &error))?;
        Ok(known)
    }
}

fn authenticate(offer: &Offer, archive: &Path) -> Result<Authenticity, String> {
    let Claims::Signed(sums) = &offer.claims else { return Ok(Authenticity::Unauthenticated) };
    let hash = hash::of_archive(archive).map_err(|error| error.to_string())?;
    sums.authenticate(hash.0.trim_start_matches("zh:"))
}

/// Temporary files are for their owner only; mirrors are for everybody.
#[cfg(unix)]
pub(super) fn open_to_all(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
pub(super) fn open_to_all(_file: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}
