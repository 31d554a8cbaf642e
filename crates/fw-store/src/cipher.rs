//! What makes states unreadable where they are kept, and readable again. How is not known here.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::StoreError;

/// Encrypts what is stored.
pub trait Cipher: fmt::Debug + Send + Sync {
    /// The content of a file as it is stored.
    ///
    /// # Errors
    /// Why it cannot be encrypted, for people.
    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, String>;

    /// The content of a stored file as it was.
    ///
    /// # Errors
    /// Why it cannot be decrypted, for people.
    fn open(&self, sealed: &[u8]) -> Result<Opened, String>;
}

/// What was stored, as it was before.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// The content.
    pub plain: Vec<u8>,
    /// Whether it would be stored in the same way now. What would not is written anew where it is written at all.
    pub is_current: bool,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("is_current", &self.is_current).finish_non_exhaustive()
    }
}

/// A cipher, where there is one.
pub(crate) type MaybeCipher = Option<Arc<dyn Cipher>>;

pub(crate) fn seal(cipher: &MaybeCipher, plain: String) -> Result<Vec<u8>, StoreError> {
    match cipher {
        None => Ok(plain.into_bytes()),
        Some(cipher) => cipher.seal(plain.as_bytes()).map_err(StoreError::Cipher),
    }
}

pub(crate) fn open(cipher: &MaybeCipher, sealed: &[u8]) -> Result<Opened, StoreError> {
    match cipher {
        // What is empty has never been anything else.
        Some(cipher) if !sealed.is_empty() => cipher.open(sealed).map_err(StoreError::Cipher),
        Some(_) | None => Ok(Opened { plain: sealed.to_vec(), is_current: true }),
    }
}

/// The bytes of a file in the way they would be stored now.
pub(crate) fn renew(cipher: &MaybeCipher, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
    match (cipher, open(cipher, sealed)) {
        (Some(cipher), Ok(Opened { plain, is_current: false })) => cipher.seal(&plain).map_err(StoreError::Cipher),
        // What cannot be read stays as it is.
        (Some(_) | None, _) => Ok(sealed.to_vec()),
    }
}

/// A change as a journal holds it: JSON, or encrypted a string of it.
pub(crate) fn seal_change(cipher: &MaybeCipher, json: &str) -> Result<String, StoreError> {
    match cipher {
        None => Ok(json.to_owned()),
        Some(cipher) => {
            let sealed = cipher.seal(json.as_bytes()).map_err(StoreError::Cipher)?;
            let is_plain = sealed == json.as_bytes();
            Ok(if is_plain { json.to_owned() } else { format!("\"{}\"", STANDARD.encode(sealed)) })
        }
    }
}

/// The JSON of a change. A journal that cannot be read holds what must not be lost, so that is an error.
pub(crate) fn open_change(cipher: &MaybeCipher, stored: &str) -> Result<String, StoreError> {
    let failed = |why: String| StoreError::Cipher(format!("the journal of an interrupted operation: {why}"));
    let Some(sealed) = stored.strip_prefix('"').and_then(|stored| stored.strip_suffix('"')) else {
        return Ok(stored.to_owned());
    };
    let sealed = STANDARD.decode(sealed).map_err(|error| failed(error.to_string()))?;
    let Some(cipher) = cipher else {
        return Err(failed("it is encrypted and can not be read without an encryption configuration".to_owned()));
    };
    let Opened { plain, .. } = cipher.open(&sealed).map_err(failed)?;
    String::from_utf8(plain).map_err(|error| failed(error.to_string()))
}
