//! Methods: what encrypts, with whose keys.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::envelope::Meta;
use crate::keys::{Failure, Key, Provider};
use crate::{aes_gcm, command};

const MAGIC: &str = "OpenTofu-External-Encryption-Method";

/// A method of the configuration.
#[derive(Clone, Debug)]
pub(crate) enum Method {
    /// Leaves everything as it is.
    Unencrypted,
    /// AES in Galois counter mode.
    AesGcm { keys: Arc<Provider>, associated: Vec<u8> },
    /// Programs of the user's.
    External { keys: Option<Arc<Provider>>, encrypt: Vec<String>, decrypt: Vec<String> },
}

#[derive(Serialize)]
struct Input {
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    payload: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Output {
    payload: String,
}

/// A key and what is stored of it.
pub(crate) type Sealing = (Option<Key>, Meta);

impl Method {
    fn provider(&self) -> Option<&Arc<Provider>> {
        match self {
            Self::Unencrypted => None,
            Self::AesGcm { keys, .. } => Some(keys),
            Self::External { keys, .. } => keys.as_ref(),
        }
    }

    /// Whether somebody else must be asked for its keys.
    pub(crate) fn asks_others(&self) -> bool {
        self.provider().is_some_and(|provider| provider.asks_others())
    }

    /// The key to encrypt with.
    pub(crate) fn sealing(&self) -> Result<Sealing, Failure> {
        let mut meta = Meta::new();
        let key = self.provider().map(|provider| provider.sealing(&mut meta)).transpose()?;
        self.check(key.as_ref(), "encryption")?;
        Ok((key, meta))
    }

    /// The key that something was encrypted with. The inner nothing: there is none, and none is needed.
    pub(crate) fn opening(&self, meta: &Meta) -> Result<Option<Option<Key>>, Failure> {
        let Some(provider) = self.provider() else { return Ok(Some(None)) };
        let key = provider.opening(meta)?;
        if key.is_some() {
            self.check(key.as_ref(), "decryption")?;
        }
        Ok(key.map(Some))
    }

    fn check(&self, key: Option<&Key>, what: &str) -> Result<(), Failure> {
        let (Self::AesGcm { .. }, Some(key)) = (self, key) else { return Ok(()) };
        aes_gcm::check(&key.0, what).map_err(|why| Failure {
            summary: "Invalid method configuration",
            detail: format!("invalid method configuration: {why}"),
        })
    }

    /// Encrypts with a key of [`Self::sealing`].
    pub(crate) fn seal(&self, key: Option<&Key>, plain: &[u8]) -> Result<Vec<u8>, String> {
        match (self, key) {
            (Self::AesGcm { associated, .. }, Some(key)) => aes_gcm::seal(&key.0, associated, plain),
            (Self::External { encrypt, .. }, key) => run(encrypt, key, plain),
            (Self::Unencrypted | Self::AesGcm { .. }, _) => Err("there is no key".to_owned()),
        }
    }

    /// Decrypts with a key of [`Self::opening`].
    pub(crate) fn open(&self, key: Option<&Key>, data: &[u8]) -> Result<Vec<u8>, String> {
        match (self, key) {
            (_, _) if data.is_empty() => Err("cannot decrypt empty data".to_owned()),
            (Self::AesGcm { associated, .. }, Some(key)) => aes_gcm::open(&key.0, associated, data),
            (Self::External { decrypt, .. }, key) => run(decrypt, key, data),
            (Self::Unencrypted | Self::AesGcm { .. }, _) => Err("there is no key".to_owned()),
        }
    }
}

fn run(program: &[String], key: Option<&Key>, data: &[u8]) -> Result<Vec<u8>, String> {
    let input = Input { key: key.map(|key| STANDARD.encode(&key.0)), payload: STANDARD.encode(data) };
    let input = serde_json::to_vec(&input).map_err(|error| error.to_string())?;
    let output: Output = command::ask(program, "external encryption method", MAGIC, input)?;
    STANDARD.decode(output.payload).map_err(|_secret| "the payload is not in base64".to_owned())
}
