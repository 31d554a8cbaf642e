//! The protocol of network mirrors: `HOST/NAMESPACE/TYPE/index.json` lists versions, `VERSION.json` archives.

use std::collections::{BTreeMap, BTreeSet};

use fw_addr::Provider;
use reqwest::{StatusCode, Url};
use serde::Deserialize;

use super::{Available, Claims, Offer, host_of};
use crate::error::QueryError;
use crate::filesystem::{Package, Place, archive_name};
use crate::hash::Hash;
use crate::http::{Answer, Http};
use crate::platform::Platform;
use crate::version::Version;

#[derive(Deserialize)]
struct Index {
    #[serde(default)]
    versions: BTreeMap<String, serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Archives {
    #[serde(default)]
    archives: BTreeMap<String, Archive>,
}

#[derive(Deserialize)]
struct Archive {
    url: String,
    #[serde(default)]
    hashes: Option<Vec<String>>,
}

pub(super) async fn versions(http: &Http, mirror: &Url, provider: &Provider) -> Result<Available, QueryError> {
    let answer = get(http, mirror, provider, "index.json").await?;
    if answer.status == StatusCode::NOT_FOUND {
        return Err(QueryError::NotFound { provider: provider.clone(), searched: Vec::new() });
    }
    let index: Index = parse(mirror, provider, &answer.body)?;
    let versions = index.versions.keys().filter_map(|version| version.parse().ok()).collect();
    Ok(Available { versions, warnings: Vec::new() })
}

pub(super) async fn package(
    http: &Http,
    mirror: &Url,
    provider: &Provider,
    version: &Version,
    platform: &Platform,
) -> Result<Offer, QueryError> {
    let answer = get(http, mirror, provider, &format!("{version}.json")).await?;
    if answer.status == StatusCode::NOT_FOUND {
        // Another source has told of the version.
        return Err(QueryError::NotFound { provider: provider.clone(), searched: Vec::new() });
    }
    let mut archives: Archives = parse(mirror, provider, &answer.body)?;
    let Some(archive) = archives.archives.remove(&platform.to_string()) else {
        return Err(QueryError::Platform {
            provider: provider.clone(),
            version: Box::new(version.clone()),
            platform: platform.clone(),
            mirror: Some(mirror.to_string()),
        });
    };
    let wrong_url = |why: String| {
        failed(mirror, provider, format!("provider mirror returned invalid URL \"{}\": {why}", archive.url))
    };
    let url = answer.url.join(&archive.url).map_err(|error| wrong_url(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong_url(format!("unsupported scheme {}", url.scheme())));
    }
    let hashes: BTreeSet<Hash> = archive.hashes.unwrap_or_default().into_iter().map(Hash).collect();
    Ok(Offer {
        package: Package {
            provider: provider.clone(),
            version: version.clone(),
            platform: platform.clone(),
            file_name: archive_name(provider, version, platform),
            place: Place::Url(url),
        },
        claims: if hashes.is_empty() { Claims::None } else { Claims::Hashes(hashes) },
    })
}

async fn get(http: &Http, mirror: &Url, provider: &Provider, file: &str) -> Result<Answer, QueryError> {
    let path = format!("{}/{}/{}/{file}", provider.host, provider.namespace, provider.kind);
    let mut url = mirror.clone();
    // Not joined: a host with a port would be taken for a scheme.
    url.set_path(&format!("{}{path}", mirror.path()));
    let host = host_of(mirror);
    let answer = http.get(&url, Some(&host)).await.map_err(|why| failed(mirror, provider, why))?;
    match answer.status {
        StatusCode::OK | StatusCode::NOT_FOUND => Ok(answer),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            let given = http.has_credentials(&host).await;
            Err(QueryError::Unauthorized { host, given })
        }
        other => Err(failed(mirror, provider, format!("server returned unsuccessful status {}", other.as_u16()))),
    }
}

fn parse<'a, T: Deserialize<'a>>(mirror: &Url, provider: &Provider, body: &'a [u8]) -> Result<T, QueryError> {
    serde_json::from_slice(body)
        .map_err(|error| failed(mirror, provider, format!("invalid response content from mirror server: {error}")))
}

fn failed(mirror: &Url, provider: &Provider, why: String) -> QueryError {
    QueryError::Failed { provider: provider.clone(), why, mirror: Some(mirror.to_string()) }
}
