//! The verbs of Go's `fmt` for big numbers: `%e`, `%f`, `%g` with flags, width and precision, and integers to a base.

use fw_value::Number;
use num_bigint::{BigInt, BigUint, Sign};

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    pub(crate) zero: bool,
    pub(crate) sharp: bool,
    pub(crate) plus: bool,
    pub(crate) minus: bool,
    pub(crate) space: bool,
    pub(crate) width: Option<usize>,
    pub(crate) precision: Option<usize>,
}

/// `%e`, `%E`, `%f`, `%g` or `%G` of a number.
pub(crate) fn float(number: &Number, verb: char, flags: Flags) -> String {
    let unsigned = match number.abs().parts() {
        None => "Inf".to_owned(),
        Some((_, mantissa, exponent)) => match verb {
            'f' => Digits::of(&mantissa, exponent).fixed(flags.precision.unwrap_or(6)),
            'e' | 'E' => Digits::of(&mantissa, exponent).scientific(flags.precision.unwrap_or(6)),
            _ => match flags.precision {
                None => number.abs().to_go_string(),
                Some(precision) => Digits::of(&mantissa, exponent).general(precision),
            },
        },
    };
    let unsigned = if verb.is_ascii_uppercase() { unsigned.replace('e', "E") } else { unsigned };
    let infinite = number.is_infinite();
    let sign = match (number.has_minus(), flags.plus || infinite && !flags.space, flags.space) {
        (true, _, _) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        (false, false, false) => "",
    };
    let missing = flags.width.unwrap_or(0).saturating_sub(sign.len() + unsigned.len());
    if flags.zero && !infinite && !flags.minus {
        return format!("{sign}{}{unsigned}", "0".repeat(missing));
    }
    pad(format!("{sign}{unsigned}"), missing, flags.minus)
}

/// `%b`, `%d`, `%o`, `%x` or `%X` of a whole number.
pub(crate) fn integer(number: &BigInt, verb: char, flags: Flags) -> String {
    let radix = match verb {
        'b' => 2,
        'o' => 8,
        'x' | 'X' => 16,
        _ => 10,
    };
    let digits = number.magnitude().to_str_radix(radix);
    let digits = if verb == 'X' { digits.to_uppercase() } else { digits };
    let prefix = match (flags.sharp, verb) {
        (true, 'b') => "0b",
        (true, 'o') => "0",
        (true, 'x') => "0x",
        (true, 'X') => "0X",
        _ => "",
    };
    let sign = match (number.sign(), flags.plus, flags.space) {
        (Sign::Minus, _, _) => "-",
        (_, true, _) => "+",
        (_, false, true) => " ",
        (_, false, false) => "",
    };
    // No digits at all for a zero of precision zero.
    if flags.precision == Some(0) && digits == "0" {
        return pad(String::new(), flags.width.unwrap_or(0), flags.minus);
    }
    let mut zeros = flags.precision.unwrap_or(0).saturating_sub(digits.len());
    let mut missing = flags.width.unwrap_or(0).saturating_sub(sign.len() + prefix.len() + zeros + digits.len());
    if flags.zero && !flags.minus && flags.precision.is_none() {
        zeros += std::mem::take(&mut missing);
    }
    pad(format!("{sign}{prefix}{}{digits}", "0".repeat(zeros)), missing, flags.minus)
}

fn pad(text: String, missing: usize, left: bool) -> String {
    let spaces = " ".repeat(missing);
    if left { text + &spaces } else { spaces + &text }
}

/// The exact digits of a number: `0.digits · 10^point`, without zeros at the end.
struct Digits {
    digits: Vec<u8>,
    point: i64,
}

impl Digits {
    fn of(mantissa: &BigUint, exponent: i64) -> Self {
        let (integer, places) = if exponent >= 0 {
            (mantissa << exponent.unsigned_abs(), 0)
        } else {
            let power = u32::try_from(exponent.unsigned_abs()).unwrap_or(u32::MAX);
            (mantissa * BigUint::from(5u8).pow(power), -exponent)
        };
        let text = integer.to_str_radix(10);
        let point = i64::try_from(text.len()).unwrap_or(i64::MAX) - places;
        let digits = text.trim_end_matches('0').as_bytes().to_vec();
        let point = if digits.is_empty() { 0 } else { point };
        Self { digits, point }
    }

    fn at(&self, index: i64) -> char {
        usize::try_from(index).ok().and_then(|index| self.digits.get(index)).map_or('0', |digit| char::from(*digit))
    }

    /// To nearest, ties to even, at so many digits.
    fn round(&mut self, count: i64) {
        let Ok(count) = usize::try_from(count) else {
            *self = Self { digits: Vec::new(), point: 0 };
            return;
        };
        let Some(next) = self.digits.get(count).copied() else { return };
        let tie = next == b'5' && self.digits.len() == count + 1;
        let odd = count > 0 && self.digits[count - 1] % 2 == 1;
        let up = if tie { odd } else { next >= b'5' };
        self.digits.truncate(count);
        if up {
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
        while self.digits.last() == Some(&b'0') {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            self.point = 0;
        }
    }

    fn fixed(mut self, places: usize) -> String {
        let places = i64::try_from(places).unwrap_or(i64::MAX);
        self.round(self.point.saturating_add(places));
        self.plain(places)
    }

    fn plain(&self, places: i64) -> String {
        let whole = (0..self.point).map(|index| self.at(index));
        let mut out: String = whole.collect();
        if out.is_empty() {
            out.push('0');
        }
        if places > 0 {
            out.push('.');
            out.extend((0..places).map(|place| self.at(self.point + place)));
        }
        out
    }

    fn scientific(mut self, places: usize) -> String {
        self.round(i64::try_from(places).unwrap_or(i64::MAX).saturating_add(1));
        self.exponential(places)
    }

    fn exponential(&self, places: usize) -> String {
        let mut out = String::from(self.at(0));
        if places > 0 {
            out.push('.');
            out.extend((1..).take(places).map(|index| self.at(index)));
        }
        let exponent = if self.digits.is_empty() { 0 } else { self.point - 1 };
        let sign = if exponent < 0 { '-' } else { '+' };
        out + &format!("e{sign}{:02}", exponent.abs())
    }

    fn general(mut self, precision: usize) -> String {
        let precision = i64::try_from(precision.max(1)).unwrap_or(i64::MAX);
        self.round(precision);
        let count = i64::try_from(self.digits.len()).unwrap_or(i64::MAX);
        let limit = if precision > count && count >= self.point { count } else { precision };
        let exponent = self.point - 1;
        if exponent < -4 || exponent >= limit {
            let places = precision.min(count) - 1;
            return self.exponential(usize::try_from(places).unwrap_or(0));
        }
        let digits = if precision > self.point { count } else { precision };
        self.plain((digits - self.point).max(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str, verb: char, flags: Flags) -> String {
        float(&Number::parse(text).unwrap(), verb, flags)
    }

    #[test]
    fn floats() {
        let plain = Flags::default();
        assert_eq!(with("3.14159", 'f', plain), "3.141590");
        assert_eq!(with("123456789", 'e', plain), "1.234568e+08");
        assert_eq!(with("0.00001", 'G', plain), "1E-05");
        assert_eq!(with("2.5", 'f', Flags { precision: Some(0), ..plain }), "2");
        assert_eq!(with("-1.5", 'f', Flags { width: Some(8), precision: Some(1), zero: true, ..plain }), "-00001.5");
        assert_eq!(with("1.5", 'f', Flags { width: Some(8), precision: Some(1), minus: true, ..plain }), "1.5     ");
        assert_eq!(with("1234.5678", 'g', Flags { precision: Some(3), ..plain }), "1.23e+03");
    }

    #[test]
    fn integers() {
        let plain = Flags::default();
        assert_eq!(integer(&(-255).into(), 'x', Flags { sharp: true, ..plain }), "-0xff");
        assert_eq!(integer(&5.into(), 'b', Flags { width: Some(8), zero: true, ..plain }), "00000101");
        assert_eq!(integer(&42.into(), 'd', Flags { width: Some(6), precision: Some(4), ..plain }), "  0042");
        assert_eq!(integer(&42.into(), 'd', Flags { plus: true, ..plain }), "+42");
    }
}
