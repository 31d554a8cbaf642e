//! Numbers from and to decimal text, digit for digit as Go does it.

use num_bigint::BigUint;
use num_traits::One;

use super::big::BigFloat;
use super::is_zero;

/// An integer of at most 18 digits with an optional sign: what most numbers are.
pub(super) fn parse_small(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || digits.len() > 18 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value: i64 = digits.parse().ok()?;
    match (value, digits.len() < text.len()) {
        (0, true) => None,
        (n, true) => Some(-n),
        (n, false) => Some(n),
    }
}

/// A decimal text with optional sign, point and exponent (`e` decimal, `p` binary), or an infinity.
pub(super) fn parse(text: &str, precision: u32) -> Option<BigFloat> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    if unsigned == "Inf" || unsigned == "inf" {
        return Some(BigFloat::infinite(negative, precision));
    }
    let parts = split(unsigned)?;
    let digits = [parts.whole, parts.fraction].concat();
    let mantissa = BigUint::parse_bytes(digits.as_bytes(), 10)?;
    if is_zero(&mantissa) {
        return Some(BigFloat::rounded(negative, mantissa, 0, false, precision));
    }
    let places = i64::try_from(parts.fraction.len()).ok()?;
    let (fives, twos) = if parts.binary {
        (-places, parts.exponent.checked_sub(places)?)
    } else {
        let exponent = parts.exponent.checked_sub(places)?;
        (exponent, exponent)
    };
    let top = twos.checked_add_unsigned(mantissa.bits())?;
    if i32::try_from(top).is_err() {
        return None;
    }
    scale_by_fives(negative, mantissa, (twos, fives), precision)
}

// The power of five is itself rounded, to 64 bits more than the result, before it is applied: results are not always
// the nearest ones, but always Go's.
fn scale_by_fives(negative: bool, mantissa: BigUint, (twos, fives): (i64, i64), precision: u32) -> Option<BigFloat> {
    if fives == 0 {
        return Some(BigFloat::rounded(negative, mantissa, twos, false, precision));
    }
    let bits = u32::try_from(mantissa.bits()).ok()?;
    // All digits as written go into the operation; only its result is rounded.
    let mut exact = BigFloat::rounded(negative, mantissa, twos, false, bits);
    let mut power = power_of_five(fives.unsigned_abs(), precision + 64);
    if fives > 0 {
        return exact.multiply(&power, precision).ok();
    }
    exact.precision = precision;
    power.precision = precision;
    exact.divide(&power).ok()
}

fn power_of_five(exponent: u64, precision: u32) -> BigFloat {
    const EXACT: u64 = 27;
    let integer = |n: u64, precision| BigFloat::rounded(false, BigUint::from(n), 0, false, precision);
    let mut power = integer(5u64.pow(u32::try_from(exponent.min(EXACT)).expect("at most 27")), precision);
    let mut left = exponent.saturating_sub(EXACT);
    let mut square = integer(5, precision + 64);
    while left > 0 {
        if left & 1 == 1 {
            power = power.multiply(&square, precision).unwrap_or(power);
        }
        square = square.multiply(&square, precision + 64).unwrap_or(square);
        left >>= 1;
    }
    power
}

struct Parts<'a> {
    whole: &'a str,
    fraction: &'a str,
    exponent: i64,
    binary: bool,
}

fn split(text: &str) -> Option<Parts<'_>> {
    let (mantissa, exponent, binary) = match text.find(['e', 'E', 'p', 'P']) {
        Some(at) => {
            let binary = matches!(text.as_bytes().get(at)?, b'p' | b'P');
            (text.get(..at)?, parse_exponent(text.get(at + 1..)?)?, binary)
        }
        None => (text, 0, false),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let some = !(whole.is_empty() && fraction.is_empty());
    (some && digits(whole) && digits(fraction)).then_some(Parts { whole, fraction, exponent, binary })
}

fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let valid = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    valid.then(|| unsigned.parse().ok()).flatten()
}

/// Significant digits and the position of the point: `0.digits · 10^point`. No trailing zeros.
struct Decimal {
    digits: Vec<u8>,
    point: i64,
}

impl Decimal {
    fn new(mantissa: &BigUint, exponent: i64) -> Self {
        if is_zero(mantissa) {
            return Self { digits: Vec::new(), point: 0 };
        }
        // m/2^k = m·5^k/10^k
        let (integer, shift) = if exponent >= 0 {
            (mantissa << exponent.unsigned_abs(), 0)
        } else {
            let places = u32::try_from(exponent.unsigned_abs()).unwrap_or(u32::MAX);
            (mantissa * BigUint::from(5u8).pow(places), i64::from(places))
        };
        let mut digits = integer.to_str_radix(10).into_bytes();
        let point = i64::try_from(digits.len()).unwrap_or(i64::MAX) - shift;
        trim(&mut digits);
        Self { digits, point }
    }

    fn at(&self, i: usize) -> u8 {
        self.digits.get(i).copied().unwrap_or(b'0')
    }

    // To nearest, ties to even, at `count` digits.
    fn round(&mut self, count: usize) {
        let Some(&next) = self.digits.get(count) else { return };
        let tie = next == b'5' && self.digits.len() == count + 1;
        let odd = count > 0 && (self.at(count - 1) - b'0') % 2 == 1;
        if if tie { odd } else { next >= b'5' } { self.round_up(count) } else { self.round_down(count) }
    }

    fn round_down(&mut self, count: usize) {
        self.digits.truncate(count);
        trim(&mut self.digits);
        if self.digits.is_empty() {
            self.point = 0;
        }
    }

    fn round_up(&mut self, count: usize) {
        if count >= self.digits.len() {
            return;
        }
        self.digits.truncate(count);
        while self.digits.last() == Some(&b'9') {
            self.digits.pop();
        }
        match self.digits.last_mut() {
            Some(last) => *last += 1,
            None => {
                self.digits.push(b'1');
                self.point += 1;
            }
        }
    }
}

fn trim(digits: &mut Vec<u8>) {
    let kept = digits.iter().rposition(|d| *d != b'0').map_or(0, |last| last + 1);
    digits.truncate(kept);
}

// The fewest digits that tell the number from its neighbours at its precision.
fn shortest(mantissa: &BigUint, exponent: i64, precision: u32) -> Decimal {
    let mut decimal = Decimal::new(mantissa, exponent);
    let bits = mantissa.bits();
    if is_zero(mantissa) || exponent >= 0 && bits.saturating_add_signed(exponent) <= u64::from(precision) {
        // An integer whose neighbours are less than one away needs all its digits.
        return decimal;
    }
    // One bit more than the precision, so that the last bit is half the distance to a neighbour.
    let shift = (u64::from(precision) + 1).saturating_sub(bits);
    let middle = mantissa << shift;
    let at = exponent.saturating_sub_unsigned(shift);
    let inclusive = !middle.bit(1);
    let lower = Decimal::new(&(&middle - BigUint::one()), at);
    let upper = Decimal::new(&(&middle + BigUint::one()), at);
    for i in 0..decimal.digits.len() {
        let (digit, low, high) = (decimal.at(i), lower.at(i), upper.at(i));
        let down = low != digit || inclusive && i + 1 == lower.digits.len();
        let up = digit != high && (inclusive || digit + 1 < high || i + 1 < upper.digits.len());
        match (down, up) {
            (true, true) => decimal.round(i + 1),
            (true, false) => decimal.round_down(i + 1),
            (false, true) => decimal.round_up(i + 1),
            (false, false) => continue,
        }
        break;
    }
    decimal
}

/// Without exponent: the text of the language.
pub(super) fn plain(number: &BigFloat) -> String {
    let mut out = String::new();
    let Some((mantissa, exponent)) = start(number, &mut out) else { return out };
    let decimal = shortest(mantissa, exponent, number.precision);
    let places = i64::try_from(decimal.digits.len()).unwrap_or(i64::MAX).saturating_sub(decimal.point);
    write_plain(&decimal, places.max(0), &mut out);
    out
}

/// With an exponent where Go's `%g` has one; `digits` significant digits or the shortest text.
pub(super) fn general(number: &BigFloat, digits: Option<usize>) -> String {
    let mut out = String::new();
    let Some((mantissa, exponent)) = start(number, &mut out) else { return out };
    let decimal = match digits {
        None => shortest(mantissa, exponent, number.precision),
        Some(count) => {
            let mut decimal = Decimal::new(mantissa, exponent);
            decimal.round(count);
            decimal
        }
    };
    let count = decimal.digits.len();
    let long = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let precision = digits.unwrap_or(count);
    let limit = match digits {
        None => 6,
        Some(wanted) if wanted > count && long(count) >= decimal.point => count,
        Some(wanted) => wanted,
    };
    let power = decimal.point - 1;
    if power < -4 || power >= long(limit) {
        write_exponential(&decimal, &mut out);
    } else {
        let precision = if long(precision) > decimal.point { count } else { precision };
        write_plain(&decimal, (long(precision) - decimal.point).max(0), &mut out);
    }
    out
}

// Writes the sign; writes infinities in full and returns `None` for them.
fn start<'a>(number: &'a BigFloat, out: &mut String) -> Option<(&'a BigUint, i64)> {
    if number.negative {
        out.push('-');
    }
    if number.is_infinite() {
        out.push_str(if number.negative { "Inf" } else { "+Inf" });
    }
    number.finite()
}

fn write_plain(decimal: &Decimal, places: i64, out: &mut String) {
    if decimal.point > 0 {
        out.extend((0..decimal.point).map(|i| char::from(decimal.at(usize::try_from(i).unwrap_or(usize::MAX)))));
    } else {
        out.push('0');
    }
    if places > 0 {
        out.push('.');
        let digit = |i: i64| usize::try_from(decimal.point + i).map_or(b'0', |at| decimal.at(at));
        out.extend((0..places).map(|i| char::from(digit(i))));
    }
}

fn write_exponential(decimal: &Decimal, out: &mut String) {
    out.push(char::from(decimal.at(0)));
    if decimal.digits.len() > 1 {
        out.push('.');
        out.extend(decimal.digits.iter().skip(1).map(|d| char::from(*d)));
    }
    let power = if decimal.digits.is_empty() { 0 } else { decimal.point - 1 };
    out.push_str(if power < 0 { "e-" } else { "e+" });
    if power.abs() < 10 {
        out.push('0');
    }
    out.push_str(&power.abs().to_string());
}
