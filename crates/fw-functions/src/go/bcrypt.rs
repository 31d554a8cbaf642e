//! Password hashes of the Blowfish cipher, as `golang.org/x/crypto/bcrypt` makes them.

use base64::Engine as _;
use base64::alphabet::BCRYPT;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::NO_PAD;
use blowfish::Blowfish;

const ENGINE: GeneralPurpose = GeneralPurpose::new(&BCRYPT, NO_PAD);
const DEFAULT_COST: i64 = 10;

/// The hash of a password in the usual form; the error is a fragment for people. A cost below the least allowed one is
/// taken for the default.
pub(crate) fn hash(password: &str, cost: i64, salt: [u8; 16]) -> Result<String, String> {
    if password.len() > 72 {
        return Err("bcrypt: password length exceeds 72 bytes".to_owned());
    }
    let cost = if cost < 4 { DEFAULT_COST } else { cost };
    let Some(rounds) = u32::try_from(cost).ok().filter(|cost| *cost <= 31) else {
        return Err(format!("crypto/bcrypt: cost {cost} is outside allowed range (4,31)"));
    };
    let key: Vec<u8> = password.bytes().chain([0]).collect();
    let mut state = <Blowfish>::bc_init_state();
    state.salted_expand_key(&salt, &key);
    for _ in 0..1u32 << rounds {
        state.bc_expand_key(&key);
        state.bc_expand_key(&salt);
    }
    let mut digest = Vec::with_capacity(24);
    for pair in b"OrpheanBeholderScryDoubt".chunks_exact(8) {
        let word = |at: usize| u32::from_be_bytes([pair[at], pair[at + 1], pair[at + 2], pair[at + 3]]);
        let mut words = [word(0), word(4)];
        for _ in 0..64 {
            words = state.bc_encrypt(words);
        }
        digest.extend(words.iter().flat_map(|word| word.to_be_bytes()));
    }
    // The last byte of the digest has never been part of the text.
    digest.truncate(23);
    Ok(format!("$2a${cost:02}${}{}", ENGINE.encode(salt), ENGINE.encode(digest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_hash() {
        let salt: [u8; 16] = ENGINE.decode("XajjQvNhvvRt5GSeFk1xFe").unwrap().try_into().unwrap();
        let expected = "$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga";
        assert_eq!(hash("allmine", 10, salt).unwrap(), expected);
        assert_eq!(hash(&"x".repeat(73), 10, salt).unwrap_err(), "bcrypt: password length exceeds 72 bytes");
    }
}
