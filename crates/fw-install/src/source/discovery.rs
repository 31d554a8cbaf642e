//! Finding the provider registry of a host: what the host itself says, or the CLI configuration instead.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use fw_addr::Provider;
use reqwest::{StatusCode, Url};

use crate::error::QueryError;
use crate::http::Http;

/// The registry that packages of the default host come from, unless the CLI configuration says otherwise: the terms of
/// the default host's own registry restrict its use to one vendor's programs.
pub(crate) const DEFAULT_DOWNLOADS_HOST: &str = "registry.opentofu.org";

/// The service that is looked for.
const SERVICE: &str = "providers.v1";

/// Where a registry answers, and whose credentials it wants.
#[derive(Clone, Debug)]
pub(super) struct Registry {
    pub(super) base: Url,
    pub(super) host: String,
}

/// Asks each host once.
#[derive(Debug)]
pub(super) struct Discovery {
    /// By host, then by service.
    configured: BTreeMap<String, BTreeMap<String, String>>,
    known: Mutex<HashMap<String, Registry>>,
}

impl Discovery {
    pub(super) fn new(configured: BTreeMap<String, BTreeMap<String, String>>) -> Self {
        Self { configured, known: Mutex::default() }
    }

    /// Where the provider's registry answers.
    pub(super) async fn registry(&self, http: &Http, provider: &Provider) -> Result<Registry, QueryError> {
        let mut host = provider.host.to_string();
        if !self.configured.contains_key(&host) && host == Provider::DEFAULT_HOST {
            DEFAULT_DOWNLOADS_HOST.clone_into(&mut host);
        }
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&host) {
            return Ok(known.clone());
        }
        let registry = match self.configured.get(&host) {
            Some(services) => configured(&host, services)?,
            None => discover(http, &host).await?,
        };
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(host, registry.clone());
        Ok(registry)
    }
}

fn configured(host: &str, services: &BTreeMap<String, String>) -> Result<Registry, QueryError> {
    let service = services.get(SERVICE).ok_or_else(|| QueryError::NoRegistry { host: host.to_owned() })?;
    let parsed = Url::parse(&format!("https://{host}/")).and_then(|base| base.join(&directory(service)));
    let base = parsed.map_err(|error| QueryError::Unreachable { host: host.to_owned(), why: error.to_string() })?;
    Ok(Registry { base, host: host.to_owned() })
}

async fn discover(http: &Http, host: &str) -> Result<Registry, QueryError> {
    let unreachable = |why: String| QueryError::Unreachable {
        host: host.to_owned(),
        why: format!("failed to request discovery document: {why}"),
    };
    let none = || QueryError::NoRegistry { host: host.to_owned() };
    let url = Url::parse(&format!("https://{host}/.well-known/terraform.json"))
        .map_err(|error| unreachable(error.to_string()))?;
    let answer = http.get(&url, Some(host)).await.map_err(unreachable)?;
    match answer.status {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND => return Err(none()),
        other => return Err(unreachable(other.to_string())),
    }
    let document: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&answer.body).map_err(|error| QueryError::Unreachable {
            host: host.to_owned(),
            why: format!("failed to decode discovery document as a JSON object: {error}"),
        })?;
    let service = document.get(SERVICE).and_then(serde_json::Value::as_str).ok_or_else(none)?;
    let base = answer.url.join(&directory(service)).map_err(|error| unreachable(error.to_string()))?;
    if !matches!(base.scheme(), "http" | "https") {
        return Err(none());
    }
    Ok(Registry { base, host: host.to_owned() })
}

/// A URL that others are relative to must end with a slash.
fn directory(url: &str) -> String {
    if url.ends_with('/') { url.to_owned() } else { format!("{url}/") }
}
