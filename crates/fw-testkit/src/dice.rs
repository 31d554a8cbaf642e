//! Numbers that look random, the same ones for the same seed.

/// A small generator (xorshift64*).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The generator of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed + 1))
    }

    /// One of so many numbers from 0.
    pub fn of(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides
    }

    /// Once in so many times.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.of(times) == 0
    }

    /// The place of one of so many.
    ///
    /// # Panics
    /// When there is none.
    pub fn index(&mut self, length: usize) -> usize {
        let sides = u64::try_from(length).expect("no list is as long");
        usize::try_from(self.of(sides)).expect("less than the length")
    }

    /// One of these.
    ///
    /// # Panics
    /// When there is none.
    pub fn one<'o, T: ?Sized>(&mut self, options: &[&'o T]) -> &'o T {
        options[self.index(options.len())]
    }
}
