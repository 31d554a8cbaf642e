//! Getting one package: fetched, checked against what its source and the lock file say, and put in its place.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fw_addr::Provider;

use crate::error::FetchError;
use crate::events::Authenticity;
use crate::filesystem::Place;
use crate::hash::{self, Hash, UNPACKED_LIMIT};
use crate::http::Http;
use crate::package::{PackageDirectory, program, unpack};
use crate::site::Site;
use crate::source::{Claims, Offer};

/// A package that is in its place.
#[derive(Debug)]
pub(super) struct Acquired {
    pub(super) directory: PathBuf,
    /// That of its content.
    pub(super) hash: Hash,
    pub(super) authenticity: Authenticity,
    /// Hashes of packages of the same release for all platforms, which the release's maker or registry vouches for.
    pub(super) vouched: BTreeSet<Hash>,
}

/// Gets an offered package that has one of the hashes, if there are any, into a directory.
pub(super) async fn acquire(
    site: &Arc<Site>,
    http: &Http,
    offer: Offer,
    allowed: BTreeSet<Hash>,
    into: &PackageDirectory,
) -> Result<Acquired, FetchError> {
    let (site, into) = (Arc::clone(site), into.clone());
    let downloaded = match &offer.package.place {
        Place::Url(url) => {
            let file = into.download()?;
            http.download(url, file.path()).await?;
            Some(file)
        }
        Place::Archive(_) | Place::Directory(_) => None,
    };
    let work = move || match (&offer.package.place, &downloaded) {
        (Place::Directory(directory), _) => from_directory(&site, &offer, directory, &allowed, &into),
        (Place::Archive(path), None) => from_archive(&site, &offer, path, &allowed, &into),
        (_, Some(file)) => from_archive(&site, &offer, file.path(), &allowed, &into),
        (Place::Url(_), None) => unreachable!("what has a URL was downloaded"),
    };
    // Hashing and unpacking hundreds of megabytes must not hold up other tasks.
    tokio::task::spawn_blocking(work).await.expect("installing a package does not panic")
}

fn from_directory(
    site: &Site,
    offer: &Offer,
    directory: &Path,
    allowed: &BTreeSet<Hash>,
    into: &PackageDirectory,
) -> Result<Acquired, FetchError> {
    let package = &offer.package;
    let found = site.hashes.of_directory(directory).map_err(FetchError::io("read", directory))?;
    if !allowed.is_empty() && !allowed.contains(&found) {
        return Err(not_locked(site, offer, "local"));
    }
    check_program(offer, directory)?;
    let directory = into.link(&package.provider, &package.version, directory)?;
    Ok(Acquired { directory, hash: found, authenticity: Authenticity::Unauthenticated, vouched: BTreeSet::new() })
}

fn from_archive(
    site: &Site,
    offer: &Offer,
    archive: &Path,
    allowed: &BTreeSet<Hash>,
    into: &PackageDirectory,
) -> Result<Acquired, FetchError> {
    let package = &offer.package;
    let of_archive = hash::of_archive(archive).map_err(FetchError::io("read", archive))?;
    // What its maker did not sign is not even opened.
    let signed = match &offer.claims {
        Claims::Signed(sums) => {
            let sum = of_archive.0.trim_start_matches("zh:");
            Some((sums.authenticate(sum).map_err(FetchError::NotAuthentic)?, sums.hashes()))
        }
        Claims::None | Claims::Hashes(_) => None,
    };
    let admits = |hashes: &BTreeSet<Hash>, of_content: Option<&Hash>| {
        hashes.contains(&of_archive) || of_content.is_some_and(|hash| hashes.contains(hash))
    };
    if !allowed.is_empty() && !allowed.iter().any(Hash::is_h1) && !admits(allowed, None) {
        return Err(not_locked(site, offer, "current"));
    }
    let staging = into.staging(&package.provider, &package.version)?;
    unpack(archive, staging.path(), UNPACKED_LIMIT)?;
    let of_content = hash::of_directory(staging.path()).map_err(FetchError::io("read", staging.path()))?;
    if let Claims::Hashes(claimed) = &offer.claims
        && !admits(claimed, Some(&of_content))
    {
        return Err(FetchError::NotAuthentic(match claimed.first() {
            Some(only) if claimed.len() == 1 => {
                format!("provider package doesn't match the expected checksum \"{only}\"")
            }
            _ => "provider package doesn't match the any of the expected checksums".to_owned(),
        }));
    }
    if !allowed.is_empty() && !admits(allowed, Some(&of_content)) {
        return Err(not_locked(site, offer, "current"));
    }
    check_program(offer, staging.path())?;
    let _turn = into.turn(&package.provider, &package.version);
    let there = into.installed(&package.provider, &package.version);
    let directory = match there.filter(|there| hash::of_directory(there).is_ok_and(|hash| hash == of_content)) {
        // Others may be using it.
        Some(same) => same,
        None => into.place(&package.provider, &package.version, staging)?,
    };
    let (authenticity, vouched) = signed.unwrap_or_else(|| {
        let checked = matches!(offer.claims, Claims::Hashes(_));
        let known = if checked { Authenticity::VerifiedChecksum } else { Authenticity::Unauthenticated };
        (known, BTreeSet::new())
    });
    Ok(Acquired { directory, hash: of_content, authenticity, vouched })
}

fn not_locked(site: &Site, offer: &Offer, kind: &'static str) -> FetchError {
    let (provider, version) = (offer.package.provider.clone(), Box::new(offer.package.version.clone()));
    let unpacked = matches!(offer.package.place, Place::Directory(_));
    let of_default_host = &*provider.host == Provider::DEFAULT_HOST;
    let stand_in = matches!(offer.claims, Claims::Signed(_))
        && of_default_host
        && !site.config.hosts.contains_key(Provider::DEFAULT_HOST);
    FetchError::NotLocked { kind, provider, version, unpacked, stand_in }
}

fn check_program(offer: &Offer, directory: &Path) -> Result<(), FetchError> {
    let provider = &offer.package.provider;
    match program(directory, provider) {
        Some(_) => Ok(()),
        None => Err(FetchError::NoProgram(provider.kind.to_string())),
    }
}
