//! Against what Go writes: `vectors.txt` was made by Go's `compress/gzip` from inputs this file makes again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::gzip;

/// A generator Go and Rust have in common.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn byte_below(&mut self, limit: u64) -> u8 {
        u8::try_from(self.below(limit)).unwrap()
    }
}

/// Random, words, copies of itself, runs: by the kind.
fn input(kind: u64, length: usize, seed: u64) -> Vec<u8> {
    let mut numbers = Numbers(seed);
    let mut bytes = Vec::new();
    while bytes.len() < length {
        match kind {
            0 => bytes.push(numbers.byte_below(256)),
            1 => {
                let letter = b'a' + numbers.byte_below(4);
                bytes.push(letter);
            }
            2 => {
                let word = numbers.below(50);
                bytes.extend(format!("word{word} ").bytes());
            }
            3 => {
                let count = numbers.below(400) + 1;
                let byte = numbers.byte_below(256);
                bytes.extend((0..count).map(|_| byte));
            }
            _ => {
                if bytes.is_empty() || numbers.below(3) == 0 {
                    for _ in 0..numbers.below(20) + 1 {
                        bytes.push(numbers.byte_below(64));
                    }
                } else {
                    let from = usize::try_from(numbers.below(bytes.len() as u64)).unwrap();
                    let count = usize::try_from(numbers.below(300)).unwrap();
                    let copy: Vec<u8> = bytes.iter().skip(from).take(count).copied().collect();
                    bytes.extend(copy);
                }
            }
        }
    }
    bytes.truncate(length);
    bytes
}

#[test]
fn a_known_text() {
    let text = STANDARD.encode(gzip(b"hello hello hello hello"));
    assert_eq!(text, "H4sIAAAAAAAA/8pIzcnJV8AgAQAAAP//AQAA///jUT2NFwAAAA==");
}

#[test]
fn the_same_bytes_as_go() {
    let mut count = 0;
    for line in include_str!("vectors.txt").lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let [kind, length, seed, expected] = fields.try_into().expect("four fields");
        let (kind, length, seed) = (kind.parse().unwrap(), length.parse().unwrap(), seed.parse().unwrap());
        let output = gzip(&input(kind, length, seed));
        let digest = hex::encode(Sha256::digest(&output));
        assert_eq!(digest, expected, "kind {kind}, length {length}, seed {seed}");
        count += 1;
    }
    assert!(count > 100, "the vectors are there");
}
