//! Numbers: Go's `big.Float` at 512 bits, rounding and text included, with a fast form for small integers.

/// A number of the language.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    /// An integer that fits; never used for negative zero.
    Small(i64),
}

impl From<i64> for Number {
    fn from(n: i64) -> Self {
        Self::Small(n)
    }
}
