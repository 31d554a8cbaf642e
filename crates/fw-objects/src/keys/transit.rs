//! Keys that Vault's Transit engine keeps: it makes data keys and unwraps them, and never shows its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{DataKey, KeySource};
use crate::Error;

/// How long one data key is used for new objects.
const FRESH: Duration = Duration::from_secs(3600);
/// How many unwrapped keys are remembered.
const REMEMBERED: usize = 1000;

/// Where the Transit engine is.
#[derive(Clone)]
pub struct TransitSettings {
    /// Up to and with the engine's mount, such as `https://vault.example:8200/v1/transit`.
    pub mount: String,
    /// The name of the key.
    pub key: String,
    /// Who asks.
    pub token: String,
}

impl TransitSettings {
    /// From the URL of a key, `…/v1/MOUNT/keys/NAME`.
    ///
    /// # Errors
    /// When it is no such URL.
    pub fn parse(url: &str, token: String) -> Result<Self, Error> {
        let parts = url.rsplit_once("/keys/").filter(|(mount, key)| {
            let web = mount.starts_with("https://") || mount.starts_with("http://");
            web && !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        });
        match parts {
            Some((mount, key)) => Ok(Self { mount: mount.to_owned(), key: key.to_owned(), token }),
            None => {
                let reason = "a Transit key is written https://HOST/v1/MOUNT/keys/NAME".to_owned();
                Err(Error::Key { id: url.to_owned(), reason })
            }
        }
    }
}

/// Keys of a Transit engine.
pub struct Transit {
    settings: TransitSettings,
    client: reqwest::Client,
    current: tokio::sync::Mutex<Option<(Instant, Arc<DataKey>)>>,
    known: Mutex<HashMap<Vec<u8>, Arc<DataKey>>>,
}

impl Transit {
    /// Connects when the first key is wanted.
    ///
    /// # Errors
    /// When this machine can make no secure connections.
    pub fn new(settings: TransitSettings) -> Result<Self, Error> {
        let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build();
        let client = client.map_err(|error| failed(&settings.key, &error))?;
        Ok(Self { settings, client, current: tokio::sync::Mutex::default(), known: Mutex::default() })
    }

    async fn ask(&self, path: &str, body: &Value) -> Result<Value, Error> {
        let key = &self.settings.key;
        let request = self
            .client
            .post(format!("{}/{path}/{key}", self.settings.mount))
            .header("x-vault-token", &self.settings.token)
            .header("content-type", "application/json")
            .body(body.to_string());
        let answer = request.send().await.map_err(|error| failed(key, &error))?;
        let status = answer.status();
        let text = answer.bytes().await.map_err(|error| failed(key, &error))?;
        let value: Value = serde_json::from_slice(&text).unwrap_or_default();
        if status.is_success() {
            return Ok(value.get("data").cloned().unwrap_or_default());
        }
        let told: Vec<&str> =
            value.get("errors").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        Err(Error::Key { id: key.clone(), reason: format!("Vault answers {status}: {}", told.join("; ")) })
    }

    /// The data key of an answer, which is remembered.
    fn remember(&self, id: &str, wrapped: Vec<u8>, answer: &Value) -> Result<Arc<DataKey>, Error> {
        let secret = answer.get("plaintext").and_then(Value::as_str).and_then(|text| STANDARD.decode(text).ok());
        let secret = secret.and_then(|secret| <[u8; 32]>::try_from(secret).ok());
        let Some(secret) = secret else {
            return Err(Error::Key { id: id.to_owned(), reason: "Vault's answer has no key of 256 bits".to_owned() });
        };
        let key = Arc::new(DataKey::new(id, wrapped, secret));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(key.wrapped.clone(), Arc::clone(&key));
        Ok(key)
    }
}

fn failed(key: &str, error: &reqwest::Error) -> Error {
    let mut reason = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        reason = format!("{reason}: {cause}");
        source = cause.source();
    }
    Error::Key { id: key.to_owned(), reason }
}

#[async_trait::async_trait]
impl KeySource for Transit {
    async fn current(&self) -> Result<Arc<DataKey>, Error> {
        // Held while asking: others wait for the same key instead of asking for more.
        let mut current = self.current.lock().await;
        if let Some((since, key)) = &*current
            && since.elapsed() < FRESH
        {
            return Ok(Arc::clone(key));
        }
        let answer = self.ask("datakey/plaintext", &json!({"bits": 256})).await?;
        let wrapped = answer.get("ciphertext").and_then(Value::as_str).unwrap_or_default().as_bytes().to_vec();
        let key = self.remember(&self.settings.key, wrapped, &answer)?;
        *current = Some((Instant::now(), Arc::clone(&key)));
        Ok(key)
    }

    async fn find(&self, id: &str, wrapped: &[u8]) -> Result<Arc<DataKey>, Error> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(wrapped).cloned();
        if let Some(key) = known {
            return Ok(key);
        }
        let ciphertext = String::from_utf8_lossy(wrapped);
        let answer = self.ask("decrypt", &json!({"ciphertext": ciphertext})).await?;
        self.remember(id, wrapped.to_vec(), &answer)
    }
}
