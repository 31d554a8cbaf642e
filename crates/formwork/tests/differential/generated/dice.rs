//! Numbers that look random, the same ones for the same seed.

/// A small generator (xorshift64*).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed + 1))
    }

    /// One of so many numbers from 0.
    pub(super) fn of(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let sides = u64::try_from(sides).expect("not so many");
        usize::try_from((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides).expect("less than the sides")
    }

    /// Once in so many times.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.of(times) == 0
    }

    /// One of these.
    pub(super) fn one<'o, T: ?Sized>(&mut self, options: &[&'o T]) -> &'o T {
        options[self.of(options.len())]
    }
}
