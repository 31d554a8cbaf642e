//! Numbers: Go's `big.Float` at 512 bits, rounding and text included, with a fast form for small integers.
//!
//! Every number carries its precision, because it decides what later results look like: text gives 512 bits, machine
//! integers 64, machine floats 53, and the result of an operation has the larger precision of its operands.

mod big;
mod decimal;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::{ToPrimitive, Zero};

use big::BigFloat;

/// A number of the language. Precision and the sign of zero do not count in comparisons.
#[derive(Clone, Debug)]
pub struct Number(Repr);

// Invariant: `Small` is never used for negative zero, and its value always fits into its precision.
#[derive(Clone, Debug)]
enum Repr {
    Small { value: i64, precision: u32 },
    Big(Arc<BigFloat>),
}

/// The operation has no number as its result: `0/0`, `∞-∞`, `0*∞`, `∞/∞`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("result is not a number")]
pub struct NotANumber;

const TEXT_PRECISION: u32 = 512;
const INTEGER_PRECISION: u32 = 64;
const FLOAT_PRECISION: u32 = 53;

impl Number {
    /// Zero, as text gives it.
    pub const ZERO: Self = Self(Repr::Small { value: 0, precision: TEXT_PRECISION });

    /// The number a text stands for: decimal digits with optional sign, point and exponent, or `Inf`.
    /// `None` where terraform says "a number is required".
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(value) = decimal::parse_small(text) {
            return Some(Self(Repr::Small { value, precision: TEXT_PRECISION }));
        }
        decimal::parse(text, TEXT_PRECISION).map(Self::from_big)
    }

    /// The number nearest to a machine float; `None` for NaN.
    #[must_use]
    pub fn from_f64(value: f64) -> Option<Self> {
        BigFloat::from_f64(value, FLOAT_PRECISION).map(Self::from_big)
    }

    /// An integer of any size, exactly: at least 64 bits of precision.
    #[must_use]
    pub fn from_bigint(value: &BigInt) -> Self {
        let bits = u32::try_from(value.bits()).unwrap_or(u32::MAX);
        Self::from_bigint_rounded(value, bits.max(INTEGER_PRECISION))
    }

    fn from_bigint_rounded(value: &BigInt, precision: u32) -> Self {
        Self::from_big(BigFloat::rounded(value.sign() == Sign::Minus, value.magnitude().clone(), 0, false, precision))
    }

    /// Plus or minus infinity: what division by zero gives.
    #[must_use]
    pub fn infinity(negative: bool) -> Self {
        Self::from_big(BigFloat::infinite(negative, TEXT_PRECISION))
    }

    fn from_big(big: BigFloat) -> Self {
        match big.small() {
            Some(value) => Self(Repr::Small { value, precision: big.precision }),
            None => Self(Repr::Big(Arc::new(big))),
        }
    }

    fn to_big(&self) -> BigFloat {
        match &self.0 {
            Repr::Small { value, precision } => BigFloat::from_integer(*value, *precision),
            Repr::Big(big) => BigFloat::clone(big),
        }
    }

    /// Bits of precision of this number.
    #[must_use]
    pub fn precision(&self) -> u32 {
        match &self.0 {
            Repr::Small { precision, .. } => *precision,
            Repr::Big(big) => big.precision,
        }
    }

    /// The value where it is an integer that fits, exactly.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Small { value, .. } => Some(*value),
            Repr::Big(_) => self.to_bigint()?.to_i64(),
        }
    }

    /// The value where it is a non-negative integer that fits, exactly.
    #[must_use]
    pub fn to_u64(&self) -> Option<u64> {
        match &self.0 {
            Repr::Small { value, .. } => u64::try_from(*value).ok(),
            Repr::Big(_) => self.to_bigint()?.to_u64(),
        }
    }

    /// The value where it is a non-negative integer that fits, exactly.
    #[must_use]
    pub fn to_usize(&self) -> Option<usize> {
        self.to_u64().and_then(|n| usize::try_from(n).ok())
    }

    /// The value where it is an integer of any size. `None` for fractions and infinities, and for integers of more
    /// than a million bits.
    #[must_use]
    pub fn to_bigint(&self) -> Option<BigInt> {
        match &self.0 {
            Repr::Small { value, .. } => Some(BigInt::from(*value)),
            Repr::Big(big) if big.is_integer() => big.truncated(),
            Repr::Big(_) => None,
        }
    }

    /// The nearest machine float, ties to even; infinite where it is too large.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        self.to_big().to_f64().0
    }

    /// The machine float where it holds the value exactly.
    #[must_use]
    pub fn to_f64_exact(&self) -> Option<f64> {
        let (value, exact) = self.to_big().to_f64();
        exact.then_some(value)
    }

    /// Whether it has no fraction. Infinities are not integers.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Repr::Small { .. } => true,
            Repr::Big(big) => big.is_integer(),
        }
    }

    /// Whether it is plus or minus infinity.
    #[must_use]
    pub fn is_infinite(&self) -> bool {
        matches!(&self.0, Repr::Big(big) if big.is_infinite())
    }

    /// Whether it is zero, of either sign.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.sign() == Ordering::Equal
    }

    /// Whether it has a minus sign; negative zero has one.
    #[must_use]
    pub fn has_minus(&self) -> bool {
        match &self.0 {
            Repr::Small { value, .. } => *value < 0,
            Repr::Big(big) => big.negative,
        }
    }

    /// How it compares to zero.
    #[must_use]
    pub fn sign(&self) -> Ordering {
        match &self.0 {
            Repr::Small { value, .. } => value.cmp(&0),
            Repr::Big(big) if big.is_zero() => Ordering::Equal,
            Repr::Big(big) if big.negative => Ordering::Less,
            Repr::Big(_) => Ordering::Greater,
        }
    }

    /// The same with the other sign.
    #[must_use]
    pub fn negate(&self) -> Self {
        match &self.0 {
            Repr::Small { value, precision } if *value != 0 && *value != i64::MIN => {
                Self(Repr::Small { value: -value, precision: *precision })
            }
            Repr::Small { .. } | Repr::Big(_) => {
                let mut big = self.to_big();
                big.negative = !big.negative;
                Self::from_big(big)
            }
        }
    }

    /// Without its sign.
    #[must_use]
    pub fn abs(&self) -> Self {
        if self.has_minus() { self.negate() } else { self.clone() }
    }

    /// The integer next below; infinities stay.
    #[must_use]
    pub fn floor(&self) -> Self {
        self.rounded_to_integer(|n, negative| if negative { n - 1 } else { n })
    }

    /// The integer next above; infinities stay.
    #[must_use]
    pub fn ceil(&self) -> Self {
        self.rounded_to_integer(|n, negative| if negative { n } else { n + 1 })
    }

    fn rounded_to_integer(&self, away: impl Fn(BigInt, bool) -> BigInt) -> Self {
        match &self.0 {
            Repr::Big(big) if !big.is_infinite() => {
                if big.is_integer() {
                    // Through an integer a negative zero loses its sign.
                    return if big.is_zero() {
                        Self::from_big(BigFloat::from_integer(0, big.precision))
                    } else {
                        self.clone()
                    };
                }
                let truncated = big.truncated().unwrap_or_default();
                Self::from_bigint_rounded(&away(truncated, big.negative), big.precision)
            }
            Repr::Small { .. } | Repr::Big(_) => self.clone(),
        }
    }

    /// Without its fraction; infinities stay.
    #[must_use]
    pub fn truncate(&self) -> Self {
        match &self.0 {
            Repr::Big(big) if !big.is_infinite() && !big.is_integer() => {
                Self::from_bigint(&big.truncated().unwrap_or_default())
            }
            Repr::Small { .. } | Repr::Big(_) => self.clone(),
        }
    }

    /// The sum.
    ///
    /// # Errors
    /// When infinities of different signs are added.
    pub fn add(&self, other: &Self) -> Result<Self, NotANumber> {
        if let Some(small) = self.small_operation(other, i64::checked_add) {
            return Ok(small);
        }
        self.to_big().add(&other.to_big(), None).map(Self::from_big)
    }

    /// The difference.
    ///
    /// # Errors
    /// When infinities of one sign are subtracted.
    pub fn subtract(&self, other: &Self) -> Result<Self, NotANumber> {
        self.add(&other.negate())
    }

    /// The product. It has as many bits as it needs, up to 512, and no fewer than its operands.
    ///
    /// # Errors
    /// When zero and an infinity are multiplied.
    pub fn multiply(&self, other: &Self) -> Result<Self, NotANumber> {
        if let Some(small) = self.small_operation(other, |a, b| a.checked_mul(b).filter(|n| *n != 0)) {
            return Ok(small);
        }
        let mut product = self.to_big().multiply(&other.to_big(), TEXT_PRECISION)?;
        let least = self.precision().max(other.precision());
        product.precision = product.least_precision().max(least);
        Ok(Self::from_big(product))
    }

    /// The quotient; infinite when only the divisor is zero.
    ///
    /// # Errors
    /// For zero by zero and infinity by infinity.
    pub fn divide(&self, other: &Self) -> Result<Self, NotANumber> {
        let exact =
            |a: i64, b: i64| (b != 0 && a != 0).then(|| a.checked_rem(b)).flatten().filter(|r| *r == 0).map(|_| a / b);
        if let Some(small) = self.small_operation(other, exact) {
            return Ok(small);
        }
        self.to_big().divide(&other.to_big()).map(Self::from_big)
    }

    /// What is left of division after truncation of the quotient: it has the sign of the dividend. Modulo zero is the
    /// dividend itself.
    ///
    /// # Errors
    /// When an infinity is divided.
    pub fn modulo(&self, other: &Self) -> Result<Self, NotANumber> {
        if other.is_zero() {
            return Ok(self.clone());
        }
        if self.is_infinite() || other.is_infinite() {
            return self.multiply(other);
        }
        let dividend = self.to_big();
        let divisor = other.to_big();
        let quotient = dividend.divide(&divisor)?.truncated().ok_or(NotANumber)?;
        let precision = dividend.precision;
        let whole =
            BigFloat::rounded(quotient.sign() == Sign::Minus, quotient.magnitude().clone(), 0, false, precision);
        let mut part = divisor.multiply(&whole, precision)?;
        part.negative = !part.negative;
        dividend.add(&part, Some(precision)).map(Self::from_big)
    }

    // The fast path: both small and the result exact at the result's precision.
    fn small_operation(&self, other: &Self, operation: impl Fn(i64, i64) -> Option<i64>) -> Option<Self> {
        let (Repr::Small { value: a, precision: p }, Repr::Small { value: b, precision: q }) = (&self.0, &other.0)
        else {
            return None;
        };
        let value = operation(*a, *b)?;
        let precision = *p.max(q);
        (precision >= INTEGER_PRECISION || value.unsigned_abs() < 1 << FLOAT_PRECISION)
            .then_some(Self(Repr::Small { value, precision }))
    }

    /// The order of the exact values, also where the texts are equal: what `<` and `>` go by.
    #[must_use]
    pub fn compare_exact(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Small { value: a, .. }, Repr::Small { value: b, .. }) => a.cmp(b),
            _ => self.to_big().compare(&other.to_big()),
        }
    }

    /// Whether it is negative, and mantissa and binary exponent of its exact absolute value; `None` for infinities.
    #[must_use]
    pub fn parts(&self) -> Option<(bool, BigUint, i64)> {
        let big = self.to_big();
        big.finite().map(|(mantissa, exponent)| (big.negative, mantissa.clone(), exponent))
    }

    /// As Go's `String` prints it: at most ten significant digits, with an exponent where that is shorter.
    /// The order of sets of composite values hangs on it.
    #[must_use]
    pub fn to_short_string(&self) -> String {
        decimal::general(&self.to_big(), Some(10))
    }

    /// As Go's `%#v` prints it: all digits that matter, with an exponent from 21 digits on.
    #[must_use]
    pub fn to_go_string(&self) -> String {
        decimal::general(&self.to_big(), None)
    }
}

impl fmt::Display for Number {
    /// The text of the language: plain decimal, as many digits as it takes to tell it from its neighbours.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small { value, .. } => fmt::Display::fmt(value, f),
            Repr::Big(big) => f.write_str(&decimal::plain(big)),
        }
    }
}

impl PartialEq for Number {
    /// Integers are equal by value; fractions when their texts are, so that a number survives the way through JSON.
    fn eq(&self, other: &Self) -> bool {
        if let (Repr::Small { value: a, .. }, Repr::Small { value: b, .. }) = (&self.0, &other.0) {
            return a == b;
        }
        let (a, b) = (self.to_big(), other.to_big());
        match (a.is_integer(), b.is_integer()) {
            (true, true) => a.compare(&b) == Ordering::Equal,
            // With one precision each value has a text of its own; texts are long, so they are made only for near values.
            (false, false) if a.precision == b.precision => a.compare(&b) == Ordering::Equal,
            (false, false) => a.is_near(&b) && decimal::plain(&a) == decimal::plain(&b),
            _ => false,
        }
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    /// By value, with numbers of equal text made equal.
    fn cmp(&self, other: &Self) -> Ordering {
        match self.compare_exact(other) {
            Ordering::Equal => Ordering::Equal,
            _ if self == other => Ordering::Equal,
            unequal => unequal,
        }
    }
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Repr::Small { value, .. } => value.hash(state),
            // A number that fits an integer hashes like one, whatever its precision; negative zero like zero.
            Repr::Big(big) => match big.fitting_integer() {
                Some(value) => value.hash(state),
                None if big.is_integer() => big.hash_value(state),
                None => decimal::plain(big).hash(state),
            },
        }
    }
}

macro_rules! from_integer {
    ($($int:ty),*) => {$(
        impl From<$int> for Number {
            fn from(n: $int) -> Self {
                Self(Repr::Small { value: i64::from(n), precision: INTEGER_PRECISION })
            }
        }
    )*};
}
from_integer!(i8, i16, i32, i64, u8, u16, u32);

impl From<u64> for Number {
    fn from(n: u64) -> Self {
        Self::from_big(BigFloat::rounded(false, BigUint::from(n), 0, false, INTEGER_PRECISION))
    }
}

impl From<usize> for Number {
    fn from(n: usize) -> Self {
        Self::from(n as u64)
    }
}

impl From<BigInt> for Number {
    fn from(n: BigInt) -> Self {
        Self::from_bigint(&n)
    }
}

impl Default for Number {
    fn default() -> Self {
        Self::ZERO
    }
}

impl std::str::FromStr for Number {
    type Err = NotANumber;
    fn from_str(text: &str) -> Result<Self, NotANumber> {
        Self::parse(text).ok_or(NotANumber)
    }
}

// Kept here so that the magnitude checks of both forms read alike.
fn is_zero(mantissa: &BigUint) -> bool {
    mantissa.is_zero()
}
