//! The protocol of provider registries.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use fw_addr::Provider;
use reqwest::{StatusCode, Url};
use serde::Deserialize;

use super::discovery::{DEFAULT_DOWNLOADS_HOST, Discovery};
use super::signature::SignedSums;
use super::{Available, Claims, Offer};
use crate::cli_config::Services;
use crate::error::QueryError;
use crate::filesystem::{Package, Place};
use crate::http::{Answer, Http};
use crate::platform::Platform;
use crate::version::Version;

/// The registries of all hosts. Asks each once for the versions of a provider.
#[derive(Debug)]
pub(super) struct Registries {
    discovery: Discovery,
    listed: Mutex<HashMap<Provider, Arc<Listed>>>,
}

/// The versions of a provider with the plugin protocols they speak.
#[derive(Debug)]
struct Listed {
    versions: BTreeMap<Version, Vec<String>>,
    warnings: Vec<String>,
}

#[derive(Deserialize)]
struct VersionsBody {
    #[serde(default)]
    versions: Option<Vec<VersionBody>>,
    #[serde(default)]
    warnings: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct VersionBody {
    version: String,
    #[serde(default)]
    protocols: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct DownloadBody {
    #[serde(default)]
    protocols: Option<Vec<String>>,
    os: String,
    arch: String,
    filename: String,
    download_url: String,
    shasum: String,
    shasums_url: String,
    #[serde(default)]
    shasums_signature_url: String,
    #[serde(default)]
    signing_keys: Option<SigningKeys>,
}

#[derive(Clone, Default, Deserialize)]
struct SigningKeys {
    #[serde(default)]
    gpg_public_keys: Option<Vec<SigningKey>>,
}

#[derive(Clone, Deserialize)]
struct SigningKey {
    ascii_armor: String,
}

impl Registries {
    pub(super) fn new(configured: BTreeMap<String, Services>) -> Self {
        Self { discovery: Discovery::new(configured), listed: Mutex::default() }
    }

    pub(super) async fn versions(&self, http: &Http, provider: &Provider) -> Result<Available, QueryError> {
        let listed = self.list(http, provider).await?;
        Ok(Available { versions: listed.versions.keys().cloned().collect(), warnings: listed.warnings.clone() })
    }

    async fn list(&self, http: &Http, provider: &Provider) -> Result<Arc<Listed>, QueryError> {
        if let Some(known) = self.listed.lock().unwrap_or_else(PoisonError::into_inner).get(provider) {
            return Ok(Arc::clone(known));
        }
        let answer = self.get(http, provider, "versions").await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Err(QueryError::NotKnown { provider: provider.clone() });
        }
        let body: VersionsBody = parse(provider, &answer.body)?;
        let all = body.versions.unwrap_or_default().into_iter();
        let versions = all
            .filter_map(|listed| Some((listed.version.parse().ok()?, listed.protocols.unwrap_or_default())))
            .collect();
        let listed = Arc::new(Listed { versions, warnings: body.warnings.unwrap_or_default() });
        self.listed.lock().unwrap_or_else(PoisonError::into_inner).insert(provider.clone(), Arc::clone(&listed));
        Ok(listed)
    }

    pub(super) async fn package(
        &self,
        http: &Http,
        provider: &Provider,
        version: &Version,
        platform: &Platform,
    ) -> Result<Offer, QueryError> {
        let path = format!("{version}/download/{}/{}", platform.os, platform.architecture);
        let answer = self.get(http, provider, &path).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Err(super::not_available(provider, version, platform));
        }
        let body: DownloadBody = parse(provider, &answer.body)?;
        self.check_protocols(http, provider, version, body.protocols.as_deref().unwrap_or_default()).await?;
        let answered = Platform { os: body.os.clone(), architecture: body.arch.clone() };
        if answered != *platform {
            let why = format!("registry response to request for {platform} archive has incorrect target {answered}");
            return Err(failed(provider, why));
        }
        let place = Place::Url(resolve(provider, &answer.url, &body.download_url, "download")?);
        let sums = signed_sums(http, provider, &answer.url, &body).await?;
        let package = Package {
            provider: provider.clone(),
            version: version.clone(),
            platform: platform.clone(),
            file_name: body.filename,
            place,
        };
        Ok(Offer { package, claims: Claims::Signed(Arc::new(sums)) })
    }

    async fn check_protocols(
        &self,
        http: &Http,
        provider: &Provider,
        version: &Version,
        protocols: &[String],
    ) -> Result<(), QueryError> {
        if speaks_ours(protocols) {
            return Ok(());
        }
        let listed = self.list(http, provider).await?;
        let suggestion = listed.versions.iter().rev().find(|(_, protocols)| speaks_ours(protocols));
        Err(QueryError::Protocol {
            provider: provider.clone(),
            version: Box::new(version.clone()),
            suggestion: suggestion.map(|(version, _)| Box::new(version.clone())),
        })
    }

    async fn get(&self, http: &Http, provider: &Provider, path: &str) -> Result<Answer, QueryError> {
        let registry = self.discovery.registry(http, provider).await?;
        let url = registry
            .base
            .join(&format!("{}/{}/{path}", provider.namespace, provider.kind))
            .map_err(|error| failed(provider, error.to_string()))?;
        let answer = http.get(&url, Some(&registry.host)).await.map_err(|why| failed(provider, why))?;
        match answer.status {
            StatusCode::OK | StatusCode::NOT_FOUND => Ok(answer),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let given = http.has_credentials(&registry.host).await;
                Err(QueryError::Unauthorized { host: registry.host, given })
            }
            other => Err(failed(provider, other.to_string())),
        }
    }
}

/// Whether one of the protocol versions is ours; a registry that tells none is taken at its word.
fn speaks_ours(protocols: &[String]) -> bool {
    let ours = |protocol: &String| matches!(protocol.split('.').next(), Some("5" | "6"));
    protocols.is_empty() || protocols.iter().any(ours)
}

async fn signed_sums(
    http: &Http,
    provider: &Provider,
    base: &Url,
    body: &DownloadBody,
) -> Result<SignedSums, QueryError> {
    if body.shasum.len() != 64 || hex::decode(&body.shasum).is_err() {
        let why = format!("registry response includes invalid SHA256 hash \"{}\"", body.shasum);
        return Err(failed(provider, why));
    }
    let keys = body.signing_keys.clone().and_then(|keys| keys.gpg_public_keys).unwrap_or_default();
    let url = resolve(provider, base, &body.shasums_url, "SHASUMS")?;
    let document = fetch(http, &url)
        .await
        .map_err(|why| failed(provider, format!("failed to retrieve authentication checksums for provider: {why}")))?;
    // Without keys nothing can be made of a signature.
    let signature = if keys.is_empty() {
        Vec::new()
    } else {
        let url = resolve(provider, base, &body.shasums_signature_url, "SHASUMS signature")?;
        let failure = |why| failed(provider, format!("failed to retrieve cryptographic signature for provider: {why}"));
        fetch(http, &url).await.map_err(failure)?
    };
    // The registry that serves the default host has no keys of some makers.
    let may_skip = matches!(&*provider.host, Provider::DEFAULT_HOST | DEFAULT_DOWNLOADS_HOST);
    Ok(SignedSums {
        file_name: body.filename.clone(),
        sum: body.shasum.to_ascii_lowercase(),
        document,
        signature,
        keys: keys.into_iter().map(|key| key.ascii_armor).collect(),
        may_skip,
    })
}

async fn fetch(http: &Http, url: &Url) -> Result<Vec<u8>, String> {
    let answer = http.get(url, None).await?;
    match answer.status {
        StatusCode::OK => Ok(answer.body),
        status => Err(format!("{status} returned from {}", answer.url)),
    }
}

fn resolve(provider: &Provider, base: &Url, text: &str, what: &str) -> Result<Url, QueryError> {
    let wrong = |why: String| failed(provider, format!("registry response includes invalid {what} URL: {why}"));
    let url = base.join(text).map_err(|error| wrong(error.to_string()))?;
    if matches!(url.scheme(), "http" | "https") {
        Ok(url)
    } else {
        Err(wrong("must use http or https scheme".to_owned()))
    }
}

fn parse<'a, T: Deserialize<'a>>(provider: &Provider, body: &'a [u8]) -> Result<T, QueryError> {
    serde_json::from_slice(body).map_err(|error| failed(provider, error.to_string()))
}

fn failed(provider: &Provider, why: String) -> QueryError {
    QueryError::Failed { provider: provider.clone(), why, mirror: None }
}
