//! Binary floating point of any precision, with Go's `big.Float` rules: round to nearest, ties to even.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::{One, ToPrimitive};

use super::{NotANumber, is_zero};

/// `±mantissa · 2^exponent`, or an infinity.
///
/// Invariant: a finite mantissa is odd or zero, zero has exponent 0, and the mantissa has no more bits than `precision`.
#[derive(Clone, Debug)]
pub(super) struct BigFloat {
    pub(super) negative: bool,
    pub(super) precision: u32,
    form: Form,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    Finite { mantissa: BigUint, exponent: i64 },
    Infinite,
}

/// Integers beyond this are not written out in full.
const MAX_INTEGER_BITS: u64 = 1 << 20;

impl BigFloat {
    /// `±mantissa · 2^exponent` at `precision`; `sticky` says that the true value is a little larger than that.
    pub(super) fn rounded(negative: bool, mantissa: BigUint, exponent: i64, sticky: bool, precision: u32) -> Self {
        let bits = mantissa.bits();
        let mut mantissa = mantissa;
        let mut exponent = exponent;
        if let Some(excess) = bits.checked_sub(u64::from(precision)).filter(|e| *e > 0) {
            let up = rounds_up(&mantissa, excess, sticky);
            mantissa >>= excess;
            exponent = exponent.saturating_add_unsigned(excess);
            if up {
                mantissa += 1u8;
            }
        }
        Self::normalised(negative, mantissa, exponent, precision)
    }

    // The mantissa fits the precision (or is a power of two just beyond it).
    fn normalised(negative: bool, mut mantissa: BigUint, mut exponent: i64, precision: u32) -> Self {
        let Some(zeros) = mantissa.trailing_zeros() else {
            return Self { negative, precision, form: Form::Finite { mantissa, exponent: 0 } };
        };
        if zeros > 0 {
            mantissa >>= zeros;
            exponent = exponent.saturating_add_unsigned(zeros);
        }
        let top = exponent.saturating_add_unsigned(mantissa.bits());
        if top > i64::from(i32::MAX) {
            return Self::infinite(negative, precision);
        }
        if top < i64::from(i32::MIN) {
            return Self { negative, precision, form: Form::Finite { mantissa: BigUint::ZERO, exponent: 0 } };
        }
        Self { negative, precision, form: Form::Finite { mantissa, exponent } }
    }

    pub(super) fn infinite(negative: bool, precision: u32) -> Self {
        Self { negative, precision, form: Form::Infinite }
    }

    pub(super) fn from_integer(value: i64, precision: u32) -> Self {
        Self::rounded(value < 0, BigUint::from(value.unsigned_abs()), 0, false, precision)
    }

    pub(super) fn from_f64(value: f64, precision: u32) -> Option<Self> {
        if value.is_nan() {
            return None;
        }
        let negative = value.is_sign_negative();
        if value.is_infinite() {
            return Some(Self::infinite(negative, precision));
        }
        let bits = value.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let biased = i64::try_from((bits >> 52) & 0x7ff).expect("eleven bits fit");
        let (mantissa, exponent) = if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) };
        Some(Self::rounded(negative, BigUint::from(mantissa), exponent, false, precision))
    }

    pub(super) fn is_infinite(&self) -> bool {
        self.form == Form::Infinite
    }

    pub(super) fn is_zero(&self) -> bool {
        matches!(&self.form, Form::Finite { mantissa, .. } if is_zero(mantissa))
    }

    pub(super) fn is_integer(&self) -> bool {
        matches!(&self.form, Form::Finite { exponent, .. } if *exponent >= 0)
    }

    /// Mantissa and exponent; `None` for an infinity.
    pub(super) fn finite(&self) -> Option<(&BigUint, i64)> {
        match &self.form {
            Form::Finite { mantissa, exponent } => Some((mantissa, *exponent)),
            Form::Infinite => None,
        }
    }

    /// The integer it is, where the small form may stand for it.
    pub(super) fn small(&self) -> Option<i64> {
        if self.negative && self.is_zero() {
            return None;
        }
        let value = self.fitting_integer()?;
        let bits = 64 - value.unsigned_abs().leading_zeros();
        (bits <= self.precision).then_some(value)
    }

    /// The integer it is, where that fits.
    pub(super) fn fitting_integer(&self) -> Option<i64> {
        let (mantissa, exponent) = self.finite()?;
        let shift = u32::try_from(exponent).ok().filter(|e| *e < 64)?;
        let magnitude = i128::from(mantissa.to_u64()?) << shift;
        i64::try_from(if self.negative { -magnitude } else { magnitude }).ok()
    }

    /// Without the fraction. `None` for an infinity and for what is too large to write out.
    pub(super) fn truncated(&self) -> Option<BigInt> {
        let (mantissa, exponent) = self.finite()?;
        let magnitude = if exponent >= 0 {
            if exponent.unsigned_abs() + mantissa.bits() > MAX_INTEGER_BITS {
                return None;
            }
            mantissa << exponent.unsigned_abs()
        } else {
            mantissa >> exponent.unsigned_abs()
        };
        Some(BigInt::from_biguint(if self.negative { Sign::Minus } else { Sign::Plus }, magnitude))
    }

    /// The nearest machine float, and whether it is exact.
    pub(super) fn to_f64(&self) -> (f64, bool) {
        let sign = if self.negative { -1.0 } else { 1.0 };
        let Some((mantissa, exponent)) = self.finite() else { return (sign * f64::INFINITY, true) };
        if is_zero(mantissa) {
            return (sign * 0.0, true);
        }
        let top = exponent.saturating_add_unsigned(mantissa.bits());
        if top > 1024 {
            return (sign * f64::INFINITY, false);
        }
        // Below 2^-1021 a float has fewer bits, down to one and, for rounding, none.
        let room = if top > -1021 { 53 } else { 53 - (-1021 - top) };
        let (kept, at) = match u32::try_from(room) {
            Ok(precision) if precision > 0 => {
                let near = Self::rounded(false, mantissa.clone(), exponent, false, precision);
                near.finite().map_or((BigUint::ZERO, 0), |(m, e)| (m.clone(), e))
            }
            // Exactly half of the least float goes to even, zero; more than half goes up.
            Ok(_) if !mantissa.is_one() => (BigUint::one(), -1074),
            Ok(_) | Err(_) => (BigUint::ZERO, 0),
        };
        let value = sign * scaled(kept.to_u64().unwrap_or(u64::MAX), at);
        let exact = !value.is_infinite() && kept == *mantissa && (at == exponent || is_zero(mantissa));
        (value, exact)
    }

    /// The least precision that holds it.
    pub(super) fn least_precision(&self) -> u32 {
        self.finite().map_or(0, |(mantissa, _)| u32::try_from(mantissa.bits()).unwrap_or(u32::MAX))
    }

    /// The sum, at `precision` or at the larger one of both.
    pub(super) fn add(&self, other: &Self, precision: Option<u32>) -> Result<Self, NotANumber> {
        let precision = precision.unwrap_or_else(|| self.precision.max(other.precision));
        let (Some((m, e)), Some((n, f))) = (self.finite(), other.finite()) else {
            return match (self.is_infinite(), other.is_infinite()) {
                (true, true) if self.negative != other.negative => Err(NotANumber),
                (true, _) => Ok(Self::infinite(self.negative, precision)),
                _ => Ok(Self::infinite(other.negative, precision)),
            };
        };
        if is_zero(m) || is_zero(n) {
            return Ok(Self::add_to_zero((self, m, e), (other, n, f), precision));
        }
        if e.saturating_add_unsigned(m.bits()) >= f.saturating_add_unsigned(n.bits()) {
            Ok(Self::add_ordered((self.negative, m, e), (other.negative, n, f), precision))
        } else {
            Ok(Self::add_ordered((other.negative, n, f), (self.negative, m, e), precision))
        }
    }

    fn add_to_zero(a: (&Self, &BigUint, i64), b: (&Self, &BigUint, i64), precision: u32) -> Self {
        match (is_zero(a.1), is_zero(b.1)) {
            (true, true) => Self::rounded(a.0.negative && b.0.negative, BigUint::ZERO, 0, false, precision),
            (true, false) => Self::rounded(b.0.negative, b.1.clone(), b.2, false, precision),
            _ => Self::rounded(a.0.negative, a.1.clone(), a.2, false, precision),
        }
    }

    // The first has the higher top bit.
    fn add_ordered(a: (bool, &BigUint, i64), b: (bool, &BigUint, i64), precision: u32) -> Self {
        let signed =
            |negative: bool, m: BigUint| BigInt::from_biguint(if negative { Sign::Minus } else { Sign::Plus }, m);
        let floor = a.2.saturating_add_unsigned(a.1.bits()).saturating_sub(i64::from(precision) + 3).min(a.2);
        let below = b.2.saturating_add_unsigned(b.1.bits()) < floor;
        // So small an operand only decides to which side a tie falls: one bit far below stands for it.
        let (small, small_at) = if below { (BigUint::one(), floor - 1) } else { (b.1.clone(), b.2) };
        let at = a.2.min(small_at);
        let shift = |m: &BigUint, e: i64| m << (e - at).unsigned_abs();
        let sum = signed(a.0, shift(a.1, a.2)) + signed(b.0, shift(&small, small_at));
        Self::rounded(sum.sign() == Sign::Minus, sum.into_parts().1, at, false, precision)
    }

    /// The product at `precision`.
    pub(super) fn multiply(&self, other: &Self, precision: u32) -> Result<Self, NotANumber> {
        let negative = self.negative != other.negative;
        match (self.finite(), other.finite()) {
            (Some((m, e)), Some((n, f))) => Ok(Self::rounded(negative, m * n, e + f, false, precision)),
            _ if self.is_zero() || other.is_zero() => Err(NotANumber),
            _ => Ok(Self::infinite(negative, precision)),
        }
    }

    /// The quotient at the larger precision of both.
    pub(super) fn divide(&self, other: &Self) -> Result<Self, NotANumber> {
        let negative = self.negative != other.negative;
        let precision = self.precision.max(other.precision);
        match (self.finite(), other.finite()) {
            (None, None) => Err(NotANumber),
            (None, Some(_)) => Ok(Self::infinite(negative, precision)),
            (Some(_), None) => Ok(Self::rounded(negative, BigUint::ZERO, 0, false, precision)),
            (Some((m, e)), Some((n, f))) => match (is_zero(m), is_zero(n)) {
                (true, true) => Err(NotANumber),
                (false, true) => Ok(Self::infinite(negative, precision)),
                (true, false) => Ok(Self::rounded(negative, BigUint::ZERO, 0, false, precision)),
                (false, false) => Ok(Self::quotient(negative, (m, e), (n, f), precision)),
            },
        }
    }

    fn quotient(negative: bool, (m, e): (&BigUint, i64), (n, f): (&BigUint, i64), precision: u32) -> Self {
        let wanted = u64::from(precision) + 2 + n.bits();
        let shift = wanted.saturating_sub(m.bits());
        let numerator = m << shift;
        let quotient = &numerator / n;
        let sticky = &quotient * n != numerator;
        Self::rounded(negative, quotient, (e - f).saturating_sub_unsigned(shift), sticky, precision)
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let sign = |x: &Self| match (x.is_zero(), x.negative) {
            (true, _) => 0i8,
            (false, true) => -1,
            (false, false) => 1,
        };
        let by_sign = sign(self).cmp(&sign(other));
        if by_sign != Ordering::Equal || self.is_zero() {
            return by_sign;
        }
        let by_magnitude = match (self.finite(), other.finite()) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(a), Some(b)) => compare_magnitude(a, b),
        };
        if self.negative { by_magnitude.reverse() } else { by_magnitude }
    }

    /// Whether the magnitudes differ by no more than a factor of four, and the signs agree.
    pub(super) fn is_near(&self, other: &Self) -> bool {
        let top = |(mantissa, exponent): (&BigUint, i64)| exponent.saturating_add_unsigned(mantissa.bits());
        match (self.finite().map(top), other.finite().map(top)) {
            (Some(a), Some(b)) => self.negative == other.negative && a.abs_diff(b) <= 1,
            (a, b) => a.is_none() && b.is_none(),
        }
    }

    pub(super) fn hash_value<H: Hasher>(&self, state: &mut H) {
        self.negative.hash(state);
        match &self.form {
            Form::Finite { mantissa, exponent } => (mantissa, exponent).hash(state),
            Form::Infinite => u8::MAX.hash(state),
        }
    }
}

// Whether cutting `excess` bits off the mantissa rounds up.
fn rounds_up(mantissa: &BigUint, excess: u64, sticky: bool) -> bool {
    if !mantissa.bit(excess - 1) {
        return false;
    }
    let more = sticky || mantissa.trailing_zeros().is_some_and(|zeros| zeros < excess - 1);
    more || mantissa.bit(excess)
}

fn compare_magnitude((m, e): (&BigUint, i64), (n, f): (&BigUint, i64)) -> Ordering {
    let (a, b) = (m.bits(), n.bits());
    let tops = e.saturating_add_unsigned(a).cmp(&f.saturating_add_unsigned(b));
    tops.then_with(|| (m << b.saturating_sub(a)).cmp(&(n << a.saturating_sub(b))))
}

// `mantissa · 2^exponent` for a result known to be a float.
fn scaled(mantissa: u64, exponent: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "the mantissa has at most 53 bits")]
    let mut value = mantissa as f64;
    let mut left = exponent;
    while left != 0 && value != 0.0 && value.is_finite() {
        // Scaling by the bits of the mantissa at a time never passes through a rounded subnormal: the last step is
        // the only one that can reach them, and the result is known to fit.
        let step = left.clamp(-512, 512);
        value *= 2f64.powi(i32::try_from(step).expect("clamped"));
        left -= step;
    }
    value
}
