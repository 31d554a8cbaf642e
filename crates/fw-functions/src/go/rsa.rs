//! Decrypting with RSA keys (PKCS #1 v1.5) in the forms that SSH knows: PKCS #1, PKCS #8 and OpenSSH, without passphrase.
//!
//! Runs on the user's own key and ciphertext where the user is; the time it takes is not hidden from anybody.

use num_bigint::BigUint;
use num_traits::One;

use super::base64;
use super::text::quote;

/// A private key.
pub(crate) struct PrivateKey {
    modulus: BigUint,
    exponent: BigUint,
}

const NO_KEY: &str = "ssh: no key found";

impl PrivateKey {
    /// Reads a key in PEM form; the error is a fragment for people.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (kind, headers, bytes) = pem(text).ok_or_else(|| format!("invalid private key: {NO_KEY}"))?;
        if headers.contains("Proc-Type: 4,ENCRYPTED") {
            return Err("invalid private key: ssh: this private key is passphrase protected".to_owned());
        }
        let malformed = || "invalid ASN1 data in the given private key: data truncated".to_owned();
        match kind.as_str() {
            "RSA PRIVATE KEY" => pkcs1(&bytes).ok_or_else(malformed),
            "PRIVATE KEY" => pkcs8(&bytes).ok_or_else(malformed),
            "OPENSSH PRIVATE KEY" => openssh(&bytes).map_err(|problem| format!("invalid private key: {problem}")),
            "EC PRIVATE KEY" | "DSA PRIVATE KEY" => Err("invalid private key type".to_owned()),
            _ => Err(format!("invalid private key: ssh: unsupported key type {}", quote(&kind))),
        }
    }

    /// The message in a ciphertext; `None` if it was not made for this key.
    pub(crate) fn decrypt(&self, ciphertext: &[u8]) -> Option<Vec<u8>> {
        let size = usize::try_from(self.modulus.bits().div_ceil(8)).ok()?;
        let number = BigUint::from_bytes_be(ciphertext);
        if ciphertext.len() > size || number >= self.modulus || size < 11 {
            return None;
        }
        let plain = number.modpow(&self.exponent, &self.modulus).to_bytes_be();
        // 0, 2, at least eight bytes of padding that are not zero, 0, the message; the first zero is no digit.
        let (kind, rest) = plain.split_first()?;
        let end = rest.iter().position(|byte| *byte == 0)?;
        (plain.len() == size - 1 && *kind == 2 && end >= 8).then(|| rest[end + 1..].to_vec())
    }
}

/// Kind, headers and content of the first block.
fn pem(text: &str) -> Option<(String, String, Vec<u8>)> {
    let (_, after) = text.split_once("-----BEGIN ")?;
    let (kind, after) = after.split_once("-----")?;
    let (body, _) = after.split_once(&format!("-----END {kind}-----"))?;
    let (headers, content) = match body.split_once("\n\n").or_else(|| body.split_once("\r\n\r\n")) {
        Some((headers, content)) if headers.contains(':') => (headers, content),
        _ => ("", body),
    };
    let cleaned: String = content.chars().filter(|c| !c.is_whitespace()).collect();
    Some((kind.to_owned(), headers.to_owned(), base64::decode(&cleaned).ok()?))
}

/// Content of the first element with this tag, and what follows.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = if *length < 0x80 {
        (usize::from(*length), rest)
    } else {
        let (digits, rest) =
            rest.split_at_checked(usize::from(length & 0x7f)).filter(|(digits, _)| digits.len() <= 4)?;
        (digits.iter().fold(0usize, |length, digit| length << 8 | usize::from(*digit)), rest)
    };
    (*found == tag).then(|| rest.split_at_checked(length)).flatten()
}

const INTEGER: u8 = 2;
const OCTETS: u8 = 4;
const SEQUENCE: u8 = 0x30;

fn pkcs1(bytes: &[u8]) -> Option<PrivateKey> {
    let (fields, _) = element(bytes, SEQUENCE)?;
    let (_version, rest) = element(fields, INTEGER)?;
    let (modulus, rest) = element(rest, INTEGER)?;
    let (_public, rest) = element(rest, INTEGER)?;
    let (exponent, _) = element(rest, INTEGER)?;
    key(modulus, exponent)
}

fn key(modulus: &[u8], exponent: &[u8]) -> Option<PrivateKey> {
    let (modulus, exponent) = (BigUint::from_bytes_be(modulus), BigUint::from_bytes_be(exponent));
    (modulus > BigUint::one() && exponent >= BigUint::one()).then_some(PrivateKey { modulus, exponent })
}

fn pkcs8(bytes: &[u8]) -> Option<PrivateKey> {
    let (fields, _) = element(bytes, SEQUENCE)?;
    let (_version, rest) = element(fields, INTEGER)?;
    let (_algorithm, rest) = element(rest, SEQUENCE)?;
    pkcs1(element(rest, OCTETS)?.0)
}

fn openssh(bytes: &[u8]) -> Result<PrivateKey, &'static str> {
    const INVALID: &str = "ssh: invalid openssh private key format";
    let mut rest = bytes.strip_prefix(b"openssh-key-v1\0").ok_or(INVALID)?;
    let cipher = string(&mut rest).ok_or(INVALID)?;
    let _derivation = string(&mut rest).ok_or(INVALID)?;
    let _options = string(&mut rest).ok_or(INVALID)?;
    if cipher != b"none" {
        return Err("ssh: this private key is passphrase protected");
    }
    let (_count, after) = rest.split_at_checked(4).ok_or(INVALID)?;
    rest = after;
    let _public = string(&mut rest).ok_or(INVALID)?;
    let private = string(&mut rest).ok_or(INVALID)?;
    let (_check, mut fields) = private.split_at_checked(8).ok_or(INVALID)?;
    if string(&mut fields) != Some(b"ssh-rsa") {
        return Err("ssh: unhandled key type");
    }
    let modulus = string(&mut fields).ok_or(INVALID)?;
    let _public = string(&mut fields).ok_or(INVALID)?;
    let exponent = string(&mut fields).ok_or(INVALID)?;
    key(modulus, exponent).ok_or(INVALID)
}

/// Takes a string with its length before it.
fn string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_at_checked(4)?;
    let length = length.iter().fold(0usize, |length, byte| length << 8 | usize::from(*byte));
    let (found, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(found)
}
