//! Packages, each fetched once: who wants one that somebody has fetched gets a copy.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use tokio::sync::Semaphore;

use super::archive::Format;
use super::checksum::Checksum;
use super::command::Programs;
use super::source_url::SourceUrl;
use super::{copy, repository, storage};
use crate::environment::Environment;
use crate::http::Http;
use crate::site::Site;

/// How many packages are fetched at once.
const AT_ONCE: usize = 8;

/// Where a package was put, or nothing if it could not be had.
type Outcome = Shared<BoxFuture<'static, Result<PathBuf, String>>>;

/// Fetches packages, for one installation.
pub(super) struct Fetcher {
    pub(super) http: Http,
    pub(super) environment: Environment,
    pub(super) programs: Programs,
    /// Relative paths that programs are given are relative to this.
    pub(super) root: PathBuf,
    places: Semaphore,
    under_way: Mutex<HashMap<String, Outcome>>,
}

impl Fetcher {
    pub(super) fn new(site: &Site) -> Self {
        Self {
            http: Http::new(&site.config, &site.environment),
            environment: site.environment.clone(),
            programs: Programs::new(&site.environment, &site.root),
            root: site.root.clone(),
            places: Semaphore::new(AT_ONCE),
            under_way: Mutex::default(),
        }
    }

    /// Puts a package into a directory that does not exist. The first who asks for a package is the one whose directory it is
    /// fetched into.
    pub(super) fn fetch(
        self: &Arc<Self>,
        package: &str,
        into: PathBuf,
    ) -> impl Future<Output = Result<(), String>> + Send + 'static {
        let fetcher = Arc::clone(self);
        let package = package.to_owned();
        let mut mine = false;
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = under_way.entry(package.clone()).or_insert_with(|| {
            mine = true;
            let (fetcher, package, into) = (Arc::clone(self), package.clone(), into.clone());
            async move { fetcher.get(&package, &into).await.map(|()| into) }.boxed().shared()
        });
        let outcome = outcome.clone();
        async move {
            match outcome.await {
                Ok(directory) if directory == into => Ok(()),
                Ok(directory) => copy::tree_without_history(&directory, &into).map_err(|error| {
                    format!("failed to copy from {} to {}: {error}", directory.display(), into.display())
                }),
                Err(why) if mine => Err(why),
                // Where another try has failed, ours may not.
                Err(_) => fetcher.get(&package, &into).await,
            }
        }
    }

    async fn get(&self, package: &str, into: &Path) -> Result<(), String> {
        let _place = self.places.acquire().await.map_err(|error| error.to_string())?;
        log::debug!("fetching {}", super::source_url::without_password(package));
        self.get_package(package, into, 0).await
    }

    /// As [`Self::fetch`]; `redirections` is how many servers have sent us elsewhere.
    pub(super) async fn get_package(&self, package: &str, into: &Path, redirections: u32) -> Result<(), String> {
        let mut source = SourceUrl::parse(package);
        if !["file", "gcs", "git", "hg", "http", "https", "s3"].contains(&source.way.as_str()) {
            return Err(format!("download not supported for scheme '{}'", source.way));
        }
        let format = Format::of(&source.take("archive"), source.path());
        let checksum = Checksum::parse(&source.take("checksum"));
        if let Some(format) = format {
            let file = tempfile::Builder::new().prefix("getter").tempfile().map_err(|error| error.to_string())?;
            let checksum = match checksum.map_err(|why| format!("invalid checksum: {why}"))? {
                Some(checksum) => {
                    Some(checksum.resolved(self, &source).await.map_err(|e| format!("invalid checksum: {e}"))?)
                }
                None => None,
            };
            self.get_file(&source, file.path()).await?;
            if let Some(checksum) = checksum {
                checksum.verify(file.path())?;
            }
            let into = into.to_owned();
            let unpacked = tokio::task::spawn_blocking(move || format.unpack(file.path(), &into)).await;
            return unpacked.map_err(|error| error.to_string())?;
        }
        if checksum.map_err(|why| format!("invalid checksum: {why}"))?.is_some() {
            return Err("checksum cannot be specified for directory download".to_owned());
        }
        let shown = source.shown();
        let got = self.get_directory(source, into, redirections).await;
        got.map_err(|why| format!("error downloading '{shown}': {why}"))
    }

    pub(super) async fn get_file(&self, source: &SourceUrl, to: &Path) -> Result<(), String> {
        match source.way.as_str() {
            "http" | "https" => self.download(source, to).await,
            "file" => std::fs::copy(source.path(), to).map(drop).map_err(|error| {
                format!("source path error: stat {}: {}", source.path(), fw_diag::system_error(&error))
            }),
            "s3" => storage::s3_file(self, source.clone(), to).await,
            "gcs" => storage::gcs_file(self, source, to).await,
            way => Err(format!("a repository of {way} is not an archive")),
        }
    }

    async fn get_directory(&self, source: SourceUrl, into: &Path, redirections: u32) -> Result<(), String> {
        match source.way.as_str() {
            "http" | "https" => Box::pin(self.follow(&source, into, redirections)).await,
            "git" => repository::git(self, source, into).await,
            "hg" => repository::mercurial(self, source, into).await,
            "s3" => storage::s3_directory(self, source, into).await,
            "gcs" => storage::gcs_directory(self, &source, into).await,
            _ => link(source.path(), into),
        }
    }
}

/// A directory of this machine is used where it is.
fn link(path: &str, into: &Path) -> Result<(), String> {
    let found = std::fs::metadata(path);
    let found = found.map_err(|error| format!("source path error: stat {path}: {}", fw_diag::system_error(&error)))?;
    if !found.is_dir() {
        return Err("source path must be a directory".to_owned());
    }
    let linked = into.parent().map_or(Ok(()), std::fs::create_dir_all);
    #[cfg(unix)]
    let linked = linked.and_then(|()| std::os::unix::fs::symlink(path, into));
    #[cfg(not(unix))]
    let linked = linked.and_then(|()| copy::tree(Path::new(path), into));
    linked.map_err(|error| fw_diag::system_error(&error))
}
