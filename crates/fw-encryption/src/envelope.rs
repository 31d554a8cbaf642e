//! The form in which encrypted files are stored.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

const VERSION: &str = "v0";

/// What key providers need to find their keys again, by the key provider.
pub(crate) type Meta = BTreeMap<String, Vec<u8>>;

/// An encrypted file.
pub(crate) struct Envelope {
    pub(crate) meta: Meta,
    pub(crate) data: Vec<u8>,
    pub(crate) readable: Readable,
}

/// What stays readable of a state.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Readable {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) serial: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) lineage: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(flatten)]
    readable: Readable,
    #[serde(default)]
    meta: BTreeMap<String, String>,
    #[serde(default)]
    encrypted_data: String,
    #[serde(default)]
    encryption_version: String,
}

/// Whether the content of a file is encrypted.
#[must_use]
pub fn is_encrypted(content: &[u8]) -> bool {
    serde_json::from_slice::<Stored>(content).is_ok_and(|stored| !stored.encryption_version.is_empty())
}

impl Envelope {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let stored = Stored {
            readable: self.readable.clone(),
            meta: self.meta.iter().map(|(name, meta)| (name.clone(), STANDARD.encode(meta))).collect(),
            encrypted_data: STANDARD.encode(&self.data),
            encryption_version: VERSION.to_owned(),
        };
        serde_json::to_vec(&stored).expect("all of it is text and numbers")
    }

    /// Reads a file; nothing if it is not encrypted.
    pub(crate) fn read(content: &[u8]) -> Result<Option<Self>, String> {
        let Ok(stored) = serde_json::from_slice::<Stored>(content) else { return Ok(None) };
        if stored.encryption_version.is_empty() {
            return Ok(None);
        }
        if stored.encryption_version != VERSION {
            return Err(format!("invalid encrypted payload version: {} != {VERSION}", stored.encryption_version));
        }
        let decode = |text: &str| STANDARD.decode(text).map_err(|error| format!("invalid encrypted payload: {error}"));
        let meta = stored.meta.iter().map(|(name, text)| Ok((name.clone(), decode(text)?)));
        let meta = meta.collect::<Result<_, String>>()?;
        Ok(Some(Self { meta, data: decode(&stored.encrypted_data)?, readable: stored.readable }))
    }
}
