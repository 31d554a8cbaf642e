//! UUIDs: reading them as google/uuid does, and making those of names.

use sha1::{Digest, Sha1};

/// The bytes of a UUID in any of its usual forms; the error is a fragment for people.
pub(crate) fn parse(text: &str) -> Result<[u8; 16], String> {
    let plain = match text.len() {
        36 => text,
        45 => {
            let (prefix, rest) = text.split_at_checked(9).ok_or("invalid UUID format")?;
            if !prefix.eq_ignore_ascii_case("urn:uuid:") {
                return Err(format!("invalid urn prefix: {}", super::text::quote(prefix)));
            }
            rest
        }
        38 => text.get(1..37).ok_or("invalid UUID format")?,
        32 => return bytes(text).ok_or_else(|| "invalid UUID format".to_owned()),
        length => return Err(format!("invalid UUID length: {length}")),
    };
    let hyphens = [8, 13, 18, 23].iter().all(|at| plain.as_bytes().get(*at) == Some(&b'-'));
    let digits: String = plain.chars().filter(|c| *c != '-').collect();
    match bytes(&digits) {
        Some(bytes) if hyphens => Ok(bytes),
        _ => Err("invalid UUID format".to_owned()),
    }
}

fn bytes(digits: &str) -> Option<[u8; 16]> {
    let mut out = [0; 16];
    hex::decode_to_slice(digits, &mut out).ok()?;
    Some(out)
}

/// The UUID of a name in a namespace (version 5).
pub(crate) fn of_name(namespace: &[u8; 16], name: &str) -> [u8; 16] {
    let digest = Sha1::new().chain_update(namespace).chain_update(name).finalize();
    let mut out = [0; 16];
    out.copy_from_slice(&digest[..16]);
    out[6] = out[6] & 0x0f | 0x50;
    out[8] = out[8] & 0x3f | 0x80;
    out
}

/// The usual form.
pub(crate) fn text(bytes: &[u8; 16]) -> String {
    let digits = hex::encode(bytes);
    let mut out = String::with_capacity(36);
    for (at, c) in digits.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            out.push('-');
        }
        out.push(c);
    }
    out
}
