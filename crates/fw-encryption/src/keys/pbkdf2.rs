//! Keys derived from a passphrase, or from the keys of another provider.

use std::fmt;
use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2::{Algorithm, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA512};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fw_backend::{Attributes, Settings};
use fw_schema::Block;
use serde::{Deserialize, Serialize};

use super::Key;

/// A passphrase has as many characters at least.
const SHORTEST: usize = 16;
/// Fewer iterations are too easy to try.
const FEWEST: u32 = 200_000;
/// Longer keys nobody uses, and they are not made at the word of a file.
const LONGEST: u32 = 1024;
/// Nor are these: it would take an hour.
const MOST: u32 = 1_000_000_000;

/// The settings.
pub(crate) struct Pbkdf2 {
    /// Nothing where a chained provider gives it.
    passphrase: Option<Key>,
    key_length: u32,
    iterations: u32,
    hash: Hash,
    salt_length: usize,
}

impl fmt::Debug for Pbkdf2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pbkdf2")
    }
}

/// The function that is iterated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Hash {
    Sha256,
    Sha512,
}

/// What is stored.
#[derive(Serialize, Deserialize)]
struct Meta {
    salt: String,
    iterations: u32,
    hash_function: Hash,
    key_length: u32,
}

impl Pbkdf2 {
    pub(super) fn schema() -> Block {
        Attributes::new()
            .texts(&["passphrase", "hash_function"])
            .numbers(&["key_length", "iterations", "salt_length"])
            .block()
    }

    pub(super) fn of(settings: &Settings<'_>, is_chained: bool) -> Result<Self, String> {
        let passphrase = settings.filled("passphrase").map(|text| Key(text.as_bytes().to_vec()));
        match &passphrase {
            Some(_) if is_chained => return Err("passphrase and chain are mutually exclusive".to_owned()),
            None if !is_chained => return Err("no passphrase provided and no chained provider defined".to_owned()),
            Some(Key(text)) if text.len() < SHORTEST => {
                return Err(format!("passphrase is too short (minimum {SHORTEST} characters)"));
            }
            Some(_) | None => {}
        }
        let hash = match settings.text("hash_function") {
            None | Some("sha512") => Hash::Sha512,
            Some("sha256") => Hash::Sha256,
            Some("") => return Err("please specify a hash function".to_owned()),
            Some(other) => return Err(format!("invalid hash function name: {other}")),
        };
        let key_length = number(settings, "key_length", 32, LONGEST, "key length")?;
        let iterations = number(settings, "iterations", 600_000, MOST, "number of iterations")?;
        let salt_length = number(settings, "salt_length", 32, LONGEST, "salt length")?;
        if iterations < FEWEST {
            return Err(format!("the number of iterations is dangerously low (<{FEWEST}), refusing to generate key"));
        }
        let salt_length = usize::try_from(salt_length).map_err(|error| error.to_string())?;
        Ok(Self { passphrase, key_length, iterations, hash, salt_length })
    }

    pub(super) fn sealing(&self, upstream: Option<&Key>) -> Result<(Key, Vec<u8>), String> {
        let mut salt = vec![0; self.salt_length];
        aws_lc_rs::rand::fill(&mut salt)
            .map_err(|_unspecified| format!("failed to obtain {} bytes of random data", self.salt_length))?;
        let meta = Meta {
            salt: STANDARD.encode(&salt),
            iterations: self.iterations,
            hash_function: self.hash,
            key_length: self.key_length,
        };
        let key = derive(&meta, self.secret(upstream, "encryption")?)?;
        Ok((key, serde_json::to_vec(&meta).map_err(|error| error.to_string())?))
    }

    pub(super) fn opening(&self, stored: Option<&[u8]>, upstream: Option<&Key>) -> Result<Option<Key>, String> {
        let Some(stored) = stored else { return Ok(None) };
        derive(&super::stored(stored)?, self.secret(upstream, "decryption")?).map(Some)
    }

    fn secret<'k>(&'k self, upstream: Option<&'k Key>, what: &str) -> Result<&'k Key, String> {
        match (&self.passphrase, upstream) {
            (Some(passphrase), _) => Ok(passphrase),
            (None, Some(key)) if key.0.len() >= SHORTEST => Ok(key),
            (None, Some(_)) => Err(format!(
                "upstream key provider supplied an {what} key that is too short (minimum {SHORTEST} characters)"
            )),
            (None, None) => Err("no encryption key provided from upstream key provider".to_owned()),
        }
    }
}

/// A whole number, from one to a limit.
fn number(settings: &Settings<'_>, name: &str, usual: u32, most: u32, what: &str) -> Result<u32, String> {
    if settings.get(name).is_none() {
        return Ok(usual);
    }
    match settings.number_or(name, "").and_then(|given| u32::try_from(given).ok()) {
        Some(given) if given > most => Err(format!("the {what} must be {most} at most")),
        Some(given) if given > 0 => Ok(given),
        Some(_) | None => Err(format!("the {what} must be a whole number larger than zero")),
    }
}

fn derive(meta: &Meta, secret: &Key) -> Result<Key, String> {
    let algorithm: Algorithm = match meta.hash_function {
        Hash::Sha256 => PBKDF2_HMAC_SHA256,
        Hash::Sha512 => PBKDF2_HMAC_SHA512,
    };
    let wrong = |what: &str, number: u32| format!("invalid {what} ({number})");
    let iterations = NonZeroU32::new(meta.iterations).filter(|iterations| iterations.get() <= MOST);
    let iterations = iterations.ok_or_else(|| wrong("number of iterations", meta.iterations))?;
    let salt = STANDARD.decode(&meta.salt).map_err(|error| format!("invalid salt: {error}"))?;
    if meta.key_length == 0 || meta.key_length > LONGEST {
        return Err(wrong("key length", meta.key_length));
    }
    let mut key = vec![0; usize::try_from(meta.key_length).map_err(|error| error.to_string())?];
    aws_lc_rs::pbkdf2::derive(algorithm, iterations, &salt, &secret.0, &mut key);
    Ok(Key(key))
}
