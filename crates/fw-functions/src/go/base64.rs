//! Base64 as Go's `encoding/base64` reads it: line ends are passed over, padding is required, and errors have an offset.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// The standard alphabet with padding, whose last bits do not matter.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// The text for these bytes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    ENGINE.encode(bytes)
}

/// The bytes of a text, or where it is no Base64.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, usize> {
    let cleaned: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    ENGINE.decode(&cleaned).map_err(|_error| first_error(text.as_bytes()))
}

/// Where Go finds the first error.
fn first_error(text: &[u8]) -> usize {
    let mut in_quantum = 0;
    let mut at = 0;
    let skip_line_ends = |mut at: usize| {
        while matches!(text.get(at), Some(b'\r' | b'\n')) {
            at += 1;
        }
        at
    };
    while let Some(byte) = text.get(at) {
        at += 1;
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => in_quantum = (in_quantum + 1) % 4,
            b'\r' | b'\n' => {}
            b'=' if in_quantum >= 2 => {
                if in_quantum == 2 {
                    at = skip_line_ends(at);
                    match text.get(at) {
                        None => return text.len(),
                        Some(b'=') => at += 1,
                        Some(_) => return at - 1,
                    }
                }
                return skip_line_ends(at);
            }
            _ => return at - 1,
        }
    }
    at - in_quantum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding() {
        assert_eq!(decode("aGVs\r\nbG8=\n").unwrap(), b"hello");
        assert_eq!(decode("aGVsbG9=").unwrap(), b"hello");
        for (text, offset) in [("!!", 0), ("aGVsbG8", 4), ("aGVs=", 4), ("aG=s", 2), ("aGVsbG8=x", 8), ("aG=", 3)] {
            assert_eq!(decode(text), Err(offset), "{text}");
        }
    }
}
