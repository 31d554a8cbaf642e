//! Tokens: 256 random bits, shown once; only their hash is kept. As nobody can guess that many bits, a plain hash will do.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// A new token.
pub struct MintedToken {
    /// What the holder is given. Not kept.
    pub secret: String,
    /// What is kept.
    pub hash: String,
}

impl MintedToken {
    /// Makes one out of fresh randomness.
    ///
    /// # Panics
    /// When the operating system has no randomness, which leaves nothing safe to do.
    #[must_use]
    pub fn mint() -> Self {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        let secret = format!("fw_{}", URL_SAFE_NO_PAD.encode(bytes));
        let hash = hash_token(&secret);
        Self { secret, hash }
    }
}

/// What is kept of a token.
#[must_use]
pub fn hash_token(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}
