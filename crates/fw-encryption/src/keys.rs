//! Key providers: where keys come from, and what is stored beside encrypted data so that they are found again.

mod external;
mod pbkdf2;
mod service;

use std::fmt;
use std::sync::Arc;

use fw_backend::Settings;
use fw_backend::keys::{AwsKms, KeyService, OpenBao};
use fw_schema::Block;

use crate::envelope::Meta;
use external::External;
use pbkdf2::Pbkdf2;

/// A key; never shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key(pub(crate) Vec<u8>);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

/// A kind of key provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Pbkdf2,
    External,
    AwsKms,
    OpenBao,
}

impl Kind {
    /// By the label of its block.
    pub(crate) fn of(label: &str) -> Option<Self> {
        Some(match label {
            "pbkdf2" => Self::Pbkdf2,
            "external" => Self::External,
            "aws_kms" => Self::AwsKms,
            "openbao" => Self::OpenBao,
            _ => return None,
        })
    }

    /// What may stand in its block.
    pub(crate) fn schema(self) -> Block {
        match self {
            Self::Pbkdf2 => Pbkdf2::schema(),
            Self::External => External::schema(),
            Self::AwsKms => AwsKms::schema(),
            Self::OpenBao => OpenBao::schema(),
        }
    }

    /// A key provider with these settings.
    pub(crate) fn build(self, settings: &Settings<'_>, is_chained: bool) -> Result<KeyProvider, String> {
        Ok(match self {
            Self::Pbkdf2 => KeyProvider::Pbkdf2(Pbkdf2::of(settings, is_chained)?),
            Self::External => KeyProvider::External(External::of(settings)?),
            Self::AwsKms => KeyProvider::Service { service: Box::new(AwsKms::of(settings)?), name: "ciphertext_blob" },
            Self::OpenBao => {
                KeyProvider::Service { service: Box::new(OpenBao::connect(settings)?), name: "ciphertext" }
            }
        })
    }
}

/// A key provider with its settings.
#[derive(Debug)]
pub(crate) enum KeyProvider {
    Pbkdf2(Pbkdf2),
    External(External),
    Service {
        service: Box<dyn KeyService>,
        /// Under what the wrapped key is stored.
        name: &'static str,
    },
}

/// A key provider of the configuration.
#[derive(Debug)]
pub(crate) struct Provider {
    /// Under what its metadata is stored: its address, or `encrypted_metadata_alias`.
    pub(crate) stored_as: String,
    pub(crate) provider: KeyProvider,
    /// The provider whose keys it is made from.
    pub(crate) chain: Option<Arc<Self>>,
}

const FETCH: &str = "Unable to fetch encryption key data";

/// What went wrong, with a headline.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) summary: &'static str,
    pub(crate) detail: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.summary, self.detail)
    }
}

impl Provider {
    fn failed(&self, why: &str) -> Failure {
        Failure { summary: FETCH, detail: format!("{} failed with error: {why}", self.stored_as) }
    }

    /// A key to encrypt with; what is to be stored of it is added to `meta`.
    pub(crate) fn sealing(&self, meta: &mut Meta) -> Result<Key, Failure> {
        // Chains are no longer than the nesting that reading them has allowed.
        let upstream = self.chain.as_ref().map(|chain| chain.sealing(meta)).transpose()?;
        let made = match &self.provider {
            KeyProvider::Pbkdf2(provider) => provider.sealing(upstream.as_ref()),
            KeyProvider::External(provider) => provider.sealing(),
            KeyProvider::Service { service, name } => service::sealing(&**service, name),
        };
        let (key, stored) = made.map_err(|why| self.failed(&why))?;
        if meta.insert(self.stored_as.clone(), stored).is_some() {
            let detail = format!(
                "The metadata key {} is duplicated across multiple key providers for the same method; use the \
                 encrypted_metadata_alias option to specify unique metadata keys for each key provider in an encryption \
                 method",
                self.stored_as
            );
            return Err(Failure { summary: "Duplicate metadata key", detail });
        }
        Ok(key)
    }

    /// The key that something was encrypted with, by what was stored of it; none where nothing was.
    pub(crate) fn opening(&self, meta: &Meta) -> Result<Option<Key>, Failure> {
        let upstream = match &self.chain {
            Some(chain) => match chain.opening(meta)? {
                Some(key) => Some(key),
                None => return Ok(None),
            },
            None => None,
        };
        let stored = meta.get(&self.stored_as).map(Vec::as_slice);
        let found = match &self.provider {
            KeyProvider::Pbkdf2(provider) => provider.opening(stored, upstream.as_ref()),
            KeyProvider::External(provider) => provider.opening(stored),
            KeyProvider::Service { service, name } => service::opening(&**service, name, stored),
        };
        found.map_err(|why| self.failed(&why))
    }

    /// Whether somebody else must be asked for keys, who may refuse.
    pub(crate) fn asks_others(&self) -> bool {
        !matches!(self.provider, KeyProvider::Pbkdf2(_)) || self.chain.as_ref().is_some_and(|chain| chain.asks_others())
    }
}

/// What was stored of a key, read.
fn stored<'s, T: serde::Deserialize<'s>>(text: &'s [u8]) -> Result<T, String> {
    serde_json::from_slice(text).map_err(|error| {
        format!("the stored metadata cannot be read (did you change your encryption config?): {error}")
    })
}
