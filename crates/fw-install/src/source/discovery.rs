//! Finding the provider or module registry of a host: what the host itself says, or the CLI configuration instead.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use fw_addr::Provider;
use reqwest::{StatusCode, Url};

use crate::cli_config::Services;
use crate::error::QueryError;
use crate::http::Http;

/// The registry that packages of the default host come from, unless the CLI configuration says otherwise: the terms of
/// the default host's own registry restrict its use to one vendor's programs.
pub(crate) const DEFAULT_DOWNLOADS_HOST: &str = "registry.opentofu.org";

/// The service of provider registries.
const SERVICE: &str = "providers.v1";

/// Where a registry answers, and whose credentials it wants.
#[derive(Clone, Debug)]
pub(crate) struct Registry {
    pub(crate) base: Url,
    pub(crate) host: String,
}

/// Asks each host once.
#[derive(Debug)]
pub(crate) struct Discovery {
    /// By host.
    configured: BTreeMap<String, Services>,
    /// By host and service.
    known: Mutex<HashMap<(String, &'static str), Registry>>,
}

impl Discovery {
    pub(crate) fn new(configured: BTreeMap<String, Services>) -> Self {
        Self { configured, known: Mutex::default() }
    }

    /// Where the provider's registry answers.
    pub(super) async fn registry(&self, http: &Http, provider: &Provider) -> Result<Registry, QueryError> {
        self.of_service(http, &provider.host, SERVICE).await
    }

    /// Where a service of a host answers.
    pub(crate) async fn of_service(
        &self,
        http: &Http,
        host: &str,
        service: &'static str,
    ) -> Result<Registry, QueryError> {
        let mut host = host.to_owned();
        if !self.configured.contains_key(&host) && host == Provider::DEFAULT_HOST {
            DEFAULT_DOWNLOADS_HOST.clone_into(&mut host);
        }
        let key = (host, service);
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(known.clone());
        }
        let host = &key.0;
        let registry = match self.configured.get(host) {
            Some(services) => configured(host, service, services)?,
            None => discover(http, host, service).await?,
        };
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(key, registry.clone());
        Ok(registry)
    }
}

fn configured(host: &str, service: &str, services: &Services) -> Result<Registry, QueryError> {
    let service = services.get(service).and_then(serde_json::Value::as_str);
    let service = service.ok_or_else(|| QueryError::NoRegistry { host: host.to_owned() })?;
    let parsed = Url::parse(&format!("https://{host}/")).and_then(|base| base.join(&directory(service)));
    let base = parsed.map_err(|error| QueryError::Unreachable { host: host.to_owned(), why: error.to_string() })?;
    Ok(Registry { base, host: host.to_owned() })
}

async fn discover(http: &Http, host: &str, service: &str) -> Result<Registry, QueryError> {
    let unreachable = |why: String| QueryError::Unreachable { host: host.to_owned(), why };
    let none = || QueryError::NoRegistry { host: host.to_owned() };
    let (document, url) = discovery_document(http, host).await.map_err(unreachable)?.ok_or_else(none)?;
    let service = document.get(service).and_then(serde_json::Value::as_str).ok_or_else(none)?;
    let base = url
        .join(&directory(service))
        .map_err(|error| unreachable(format!("failed to request discovery document: {error}")))?;
    if !matches!(base.scheme(), "http" | "https") {
        return Err(none());
    }
    Ok(Registry { base, host: host.to_owned() })
}

/// What a host says that it offers, with the URL that what it names is relative to. `None` where it says nothing.
pub(crate) async fn discovery_document(http: &Http, host: &str) -> Result<Option<(Services, Url)>, String> {
    let failed = |why: String| format!("failed to request discovery document: {why}");
    let url = Url::parse(&format!("https://{host}/.well-known/terraform.json"));
    let url = url.map_err(|error| failed(error.to_string()))?;
    let answer = http.get(&url, Some(host)).await.map_err(failed)?;
    match answer.status {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND => return Ok(None),
        other => return Err(failed(other.to_string())),
    }
    match serde_json::from_slice(&answer.body) {
        Ok(document) => Ok(Some((document, answer.url))),
        Err(error) => Err(format!("failed to decode discovery document as a JSON object: {error}")),
    }
}

/// A URL that others are relative to must end with a slash.
fn directory(url: &str) -> String {
    if url.ends_with('/') { url.to_owned() } else { format!("{url}/") }
}
