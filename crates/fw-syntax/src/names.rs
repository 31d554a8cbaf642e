//! Names come again and again: a small cache gives out shared ones.

use fw_value::Str;

use crate::text;

/// How many names are remembered; a power of two.
const SLOTS: usize = 1024;

/// Longer texts are not worth remembering.
const LONGEST: usize = 40;

/// The last name seen of each hash.
pub(crate) struct Names {
    slots: Vec<Option<Str>>,
}

impl Names {
    pub(crate) fn new() -> Self {
        Self { slots: Vec::new() }
    }

    /// The text, NFC, shared with earlier ones where they are remembered.
    pub(crate) fn get(&mut self, name: &str) -> Str {
        if name.len() > LONGEST || !name.is_ascii() {
            return text::name(name);
        }
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, None);
        }
        let slot = &mut self.slots[slot(name.as_bytes())];
        match slot {
            Some(known) if **known == *name => Str::clone(known),
            _ => {
                let new = Str::from(name);
                *slot = Some(Str::clone(&new));
                new
            }
        }
    }
}

/// A quick hash, good enough to spread the names of a program.
fn slot(name: &[u8]) -> usize {
    const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
    let mix = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(SPREAD);
    let (words, rest) = name.as_chunks::<8>();
    let hash = words.iter().fold(name.len() as u64, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let last = rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    (mix(hash, last) >> 54) as usize & (SLOTS - 1)
}
