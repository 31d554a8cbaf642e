//! Packages in a directory: unpacked as `HOST/NAMESPACE/TYPE/VERSION/OS_ARCH/`, packed as
//! `HOST/NAMESPACE/TYPE/terraform-provider-TYPE_VERSION_OS_ARCH.zip`.

use std::collections::BTreeMap;
use std::fs::DirEntry;
use std::path::{Path, PathBuf};

use fw_addr::Provider;
use reqwest::Url;

use crate::pattern::is_host;
use crate::platform::Platform;
use crate::version::Version;

/// A package that can be installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its provider.
    pub provider: Provider,
    /// Its version.
    pub version: Version,
    /// The platform it is for.
    pub platform: Platform,
    /// The name of its archive.
    pub file_name: String,
    /// Where it is.
    pub place: Place,
}

/// Where a package is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An archive.
    Archive(PathBuf),
    /// A directory with its unpacked files.
    Directory(PathBuf),
    /// On a server.
    Url(Url),
}

/// Packages by provider.
pub type Packages = BTreeMap<Provider, Vec<Package>>;

/// Finds all packages. What looks like nothing is passed over; links count only at the top and for the packages.
///
/// # Errors
/// When a directory cannot be read.
pub fn search(directory: &Path) -> Result<Packages, String> {
    let mut found = Packages::new();
    for host in entries(directory)? {
        let Some(host_name) = real_directory(&host).map(|name| name.to_lowercase()).filter(|name| is_host(name)) else {
            continue;
        };
        for namespace in entries(&host.path())? {
            let Some(namespace_name) = real_directory(&namespace) else { continue };
            for kind in entries(&namespace.path())? {
                let Some(kind_name) = real_directory(&kind) else { continue };
                let Ok(provider) = format!("{host_name}/{namespace_name}/{kind_name}").parse::<Provider>() else {
                    continue;
                };
                let packages = of_provider(&provider, &kind.path())?;
                if !packages.is_empty() {
                    found.entry(provider).or_default().extend(packages);
                }
            }
        }
    }
    Ok(found)
}

/// The packages of one provider below its own directory.
fn of_provider(provider: &Provider, directory: &Path) -> Result<Vec<Package>, String> {
    let mut packages = Vec::new();
    for entry in entries(directory)? {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_file() {
            packages.extend(packed(provider, &entry.path(), &name));
            continue;
        }
        let Some(version) = real_directory(&entry).and_then(|name| name.parse::<Version>().ok()) else { continue };
        for target in entries(&entry.path())? {
            let Ok(platform) = target.file_name().to_string_lossy().parse::<Platform>() else { continue };
            if target.path().is_dir() {
                packages.push(package(provider, &version, platform, Place::Directory(target.path())));
            }
        }
    }
    Ok(packages)
}

fn entries(directory: &Path) -> Result<Vec<DirEntry>, String> {
    let read = || std::fs::read_dir(directory)?.collect::<Result<Vec<_>, _>>();
    let mut entries = read().map_err(|error| {
        let why = fw_diag::system_error(&error);
        format!("cannot search {0}: lstat {0}: {why}", directory.display())
    })?;
    entries.sort_by_key(DirEntry::file_name);
    Ok(entries)
}

/// The name of a directory that is no link.
fn real_directory(entry: &DirEntry) -> Option<String> {
    entry.file_type().ok()?.is_dir().then(|| entry.file_name().to_string_lossy().into_owned())
}

fn packed(provider: &Provider, path: &Path, name: &str) -> Option<Package> {
    let name = name.to_lowercase();
    let rest = name.strip_prefix(&format!("terraform-provider-{}_", provider.kind))?.strip_suffix(".zip")?;
    let mut parts = rest.split('_');
    let version = parts.next()?.parse::<Version>().ok()?;
    let platform = format!("{}_{}", parts.next()?, parts.next()?).parse::<Platform>().ok()?;
    Some(package(provider, &version, platform, Place::Archive(path.to_owned())))
}

fn package(provider: &Provider, version: &Version, platform: Platform, place: Place) -> Package {
    Package {
        file_name: archive_name(provider, version, &platform),
        provider: provider.clone(),
        version: version.clone(),
        platform,
        place,
    }
}

/// `terraform-provider-aws_5.0.0_linux_amd64.zip`
pub(crate) fn archive_name(provider: &Provider, version: &Version, platform: &Platform) -> String {
    format!("terraform-provider-{}_{version}_{platform}.zip", provider.kind)
}
