//! The checksums of a release, signed by its maker.

use std::collections::BTreeSet;
use std::io::Cursor;

use pgp::composed::{Deserializable, DetachedSignature, SignedPublicKey};
use pgp::types::KeyDetails;

use crate::events::Authenticity;
use crate::hash::Hash;

/// What a registry gives to authenticate a package.
#[derive(Clone, Debug)]
pub(crate) struct SignedSums {
    /// The archive's name in the list.
    pub(super) file_name: String,
    /// Its checksum as the registry itself tells it.
    pub(super) sum: String,
    /// The list: a checksum and a name a line.
    pub(super) document: Vec<u8>,
    /// The detached signature of the list.
    pub(super) signature: Vec<u8>,
    /// Keys the list may be signed with.
    pub(super) keys: Vec<String>,
    /// Whether it may be unsigned when there are no keys.
    pub(super) may_skip: bool,
}

impl SignedSums {
    /// Checks the list, and that it has the archive with this sum. What follows for all archives of the release is
    /// told by [`Self::hashes`].
    pub(crate) fn authenticate(&self, sum: &str) -> Result<Authenticity, String> {
        let listed = self.lines().find(|(_, name)| *name == self.file_name);
        let Some((listed, _)) = listed else {
            return Err(format!("checksum list has no SHA-256 hash for \"{}\"", self.file_name));
        };
        if !listed.eq_ignore_ascii_case(&self.sum) {
            return Err(format!("checksum list has unexpected SHA-256 hash {listed} (expected {})", self.sum));
        }
        if sum != self.sum {
            return Err(format!("archive has incorrect checksum zh:{sum} (expected zh:{})", self.sum));
        }
        if self.keys.is_empty() && self.may_skip {
            return Ok(Authenticity::SigningSkipped);
        }
        self.signing_key().map(Authenticity::SelfSigned)
    }

    /// The checksums of all archives of the release.
    pub(crate) fn hashes(&self) -> BTreeSet<Hash> {
        self.lines().map(|(sum, _)| Hash::of_archive_sum(sum)).collect()
    }

    /// Sums with names; lines of other forms are no sums.
    fn lines(&self) -> impl Iterator<Item = (&str, &str)> {
        let text = std::str::from_utf8(&self.document).unwrap_or_default();
        text.lines().filter_map(|line| {
            let mut words = line.split_ascii_whitespace();
            let (sum, name) = (words.next()?, words.next()?);
            let is_sum = sum.len() == 64 && sum.bytes().all(|b| b.is_ascii_hexdigit());
            // The form for binary files has an asterisk before the name.
            is_sum.then_some((sum, name.strip_prefix('*').unwrap_or(name)))
        })
    }

    /// The identifier of the key that the list is signed with.
    fn signing_key(&self) -> Result<String, String> {
        const UNKNOWN: &str = "authentication signature from unknown issuer";
        if self.keys.is_empty() {
            return Err(UNKNOWN.to_owned());
        }
        let signature = parse_signature(&self.signature).map_err(|why| format!("error checking signature: {why}"))?;
        for armored in &self.keys {
            let (keys, _) = SignedPublicKey::from_armor_many(Cursor::new(armored))
                .map_err(|error| format!("error decoding signing key: {error}"))?;
            for key in keys {
                let key = key.map_err(|error| format!("error decoding signing key: {error}"))?;
                if is_signed_with(&signature, &key, &self.document)? {
                    return Ok(key.primary_key.legacy_key_id().to_string().to_uppercase());
                }
            }
        }
        Err(UNKNOWN.to_owned())
    }
}

/// Signatures come as they are or armored.
fn parse_signature(bytes: &[u8]) -> Result<DetachedSignature, String> {
    if bytes.starts_with(b"-----BEGIN") {
        return DetachedSignature::from_armor_single(Cursor::new(bytes))
            .map(|(signature, _)| signature)
            .map_err(|error| error.to_string());
    }
    DetachedSignature::from_bytes(Cursor::new(bytes)).map_err(|error| error.to_string())
}

/// Whether the signature claims to be of this key, or of one of its subkeys that may sign; one that claims it falsely is
/// an error.
fn is_signed_with(signature: &DetachedSignature, key: &SignedPublicKey, document: &[u8]) -> Result<bool, String> {
    let wrong = |error: pgp::errors::Error| format!("error checking signature: {error}");
    let is_ours = is_issuer(signature, &key.primary_key)
        || key.public_subkeys.iter().any(|subkey| is_issuer(signature, &subkey.key));
    if is_ours && !key.details.revocation_signatures.is_empty() {
        return Err("error checking signature: the signing key was revoked".to_owned());
    }
    if is_issuer(signature, &key.primary_key) {
        signature.verify(&key.primary_key, document).map_err(wrong)?;
        return Ok(true);
    }
    for subkey in &key.public_subkeys {
        if is_issuer(signature, &subkey.key) {
            // Only what the primary key vouches for belongs to its owner.
            subkey.verify_bindings(&key.primary_key).map_err(wrong)?;
            signature.verify(&subkey.key, document).map_err(wrong)?;
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_issuer(signature: &DetachedSignature, key: &impl KeyDetails) -> bool {
    let (fingerprints, ids) = (signature.signature.issuer_fingerprint(), signature.signature.issuer_key_id());
    fingerprints.contains(&&key.fingerprint()) || ids.contains(&&key.legacy_key_id())
}
