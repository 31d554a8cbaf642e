//! Keys written in a file or in a variable of the environment.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{DataKey, KeySource};
use crate::{Digest, Error};

/// Keys as a text: one a line, `ID:KEY` or `KEY` alone, a key being 32 bytes in base64. The first is for new objects, the
/// others read older ones; so a key is replaced by putting a new one above it. Lines that start with `#` say nothing.
#[derive(Debug)]
pub struct LocalKeys {
    keys: Vec<Arc<DataKey>>,
}

impl LocalKeys {
    /// Reads keys.
    ///
    /// # Errors
    /// Says which line is none; never shows its text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut keys: Vec<Arc<DataKey>> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let key = key(line).ok_or_else(|| format!("line {} is not 32 bytes in base64", index + 1))?;
            if keys.iter().any(|known| known.id == key.id) {
                return Err(format!("line {} has the id of an earlier one", index + 1));
            }
            keys.push(Arc::new(key));
        }
        if keys.is_empty() { Err("there is no key".to_owned()) } else { Ok(Self { keys }) }
    }
}

fn key(line: &str) -> Option<DataKey> {
    let (id, text) = match line.rsplit_once(':') {
        Some((id, text)) => (Some(id), text),
        None => (None, line),
    };
    let secret: [u8; 32] = STANDARD.decode(text.trim()).ok()?.try_into().ok()?;
    // A key without a name is named by what it is, without telling it.
    let id = match id {
        Some(id) => id.trim().to_owned(),
        None => hex::encode(Digest::of(&secret).as_bytes().first_chunk::<4>()?),
    };
    (id.len() <= 255).then(|| DataKey::new(id, Vec::new(), secret))
}

#[async_trait::async_trait]
impl KeySource for LocalKeys {
    async fn current(&self) -> Result<Arc<DataKey>, Error> {
        Ok(Arc::clone(self.keys.first().expect("there is at least one")))
    }

    async fn find(&self, id: &str, _wrapped: &[u8]) -> Result<Arc<DataKey>, Error> {
        let found = self.keys.iter().find(|key| key.id == id).cloned();
        found.ok_or_else(|| Error::Key { id: id.to_owned(), reason: "it is not among the keys given".to_owned() })
    }
}
