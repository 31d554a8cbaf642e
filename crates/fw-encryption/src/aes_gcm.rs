//! AES in Galois counter mode: a nonce, the encrypted bytes, the tag.

use aws_lc_rs::aead::{
    AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, NONCE_LEN, Nonce, UnboundKey,
};

fn algorithm(key: &[u8]) -> Option<&'static Algorithm> {
    match key.len() {
        16 => Some(&AES_128_GCM),
        24 => Some(&AES_192_GCM),
        32 => Some(&AES_256_GCM),
        _ => None,
    }
}

/// Whether a key can be used; `what` it is for is said if not.
pub(crate) fn check(key: &[u8], what: &str) -> Result<(), String> {
    let wrong = || {
        let length = key.len();
        format!("AES-GCM requires the key length to be one of: 16, 24, 32, received {length} bytes in the {what} key")
    };
    algorithm(key).map(drop).ok_or_else(wrong)
}

fn cipher(key: &[u8]) -> Option<LessSafeKey> {
    UnboundKey::new(algorithm(key)?, key).ok().map(LessSafeKey::new)
}

/// Encrypts with a nonce of its own.
pub(crate) fn seal(key: &[u8], associated: &[u8], plain: &[u8]) -> Result<Vec<u8>, String> {
    let mut nonce = [0; NONCE_LEN];
    aws_lc_rs::rand::fill(&mut nonce).map_err(|_unspecified| "could not generate nonce".to_owned())?;
    let mut sealed = plain.to_vec();
    cipher(key)
        .and_then(|cipher| {
            let nonce = Nonce::assume_unique_for_key(nonce);
            cipher.seal_in_place_append_tag(nonce, Aad::from(associated), &mut sealed).ok()
        })
        .ok_or("the data cannot be encrypted")?;
    Ok([&nonce[..], &sealed].concat())
}

/// Decrypts what [`seal`] has made.
pub(crate) fn open(key: &[u8], associated: &[u8], sealed: &[u8]) -> Result<Vec<u8>, String> {
    let Some((nonce, data)) = sealed.split_first_chunk::<NONCE_LEN>() else {
        return Err("cannot decrypt data because it is too small (likely data corruption)".to_owned());
    };
    let mut data = data.to_vec();
    let opened = cipher(key).and_then(|cipher| {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        cipher.open_in_place(nonce, Aad::from(associated), &mut data).ok().map(|plain| plain.len())
    });
    data.truncate(opened.ok_or("cipher: message authentication failed")?);
    Ok(data)
}
