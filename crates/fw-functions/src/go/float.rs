//! Floating point functions with the rounding of Go, whose last digit can differ from that of C libraries.

/// `math.Log`, by the method of FreeBSD's `e_log.c`.
pub(crate) fn log(x: f64) -> f64 {
    if x.is_nan() || x == f64::INFINITY {
        return x;
    }
    if x < 0.0 {
        return f64::NAN;
    }
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    let (mut fraction, mut exponent) = split(x);
    if fraction < std::f64::consts::FRAC_1_SQRT_2 {
        fraction *= 2.0;
        exponent -= 1;
    }
    let f = fraction - 1.0;
    let k = f64::from(exponent);
    let s = f / (2.0 + f);
    let s2 = s * s;
    let s4 = s2 * s2;
    // The coefficients of the minimax polynomial for log((1+s)/(1-s)), which the method fixes.
    let odd = s2
        * (6.666_666_666_666_735e-1
            + s4 * (2.857_142_874_366_239e-1 + s4 * (1.818_357_216_161_805e-1 + s4 * 1.479_819_860_511_658_6e-1)));
    let even = s4 * (3.999_999_999_940_942e-1 + s4 * (2.222_219_843_214_978_4e-1 + s4 * 1.531_383_769_920_937_3e-1));
    let r = odd + even;
    let half_square = 0.5 * f * f;
    k * 6.931_471_803_691_238e-1 - ((half_square - (s * (half_square + r) + k * 1.908_214_929_270_587_7e-10)) - f)
}

/// `math.Exp` as on processors of today: the argument is reduced to a sixteenth of less than half of ln 2, a Taylor series
/// gives `e^x - 1`, which is squared four times (N. Shibata, "Efficient evaluation methods of elementary functions suitable
/// for SIMD computation", 2010). All products are fused with the sums that follow.
fn exp(x: f64) -> f64 {
    const LN_2_UPPER: f64 = 0.693_147_180_559_662_956_511_601_805_686_950_683_593_75;
    const LN_2_LOWER: f64 = 0.282_352_905_630_315_771_225_884_481_750_134_360_255_254_120_68e-12;
    const LARGEST: f64 = 709.782_712_893_384;
    if x.is_nan() {
        return x;
    }
    if x > LARGEST {
        return f64::INFINITY;
    }
    let power = (x * std::f64::consts::LOG2_E).round_ties_even();
    if power < -1022.0 {
        return 0.0;
    }
    let reduced = (-power).mul_add(LN_2_LOWER, (-power).mul_add(LN_2_UPPER, x)) / 16.0;
    // 1/2!, 1/3!, … from the last.
    let factorials = [40_320.0, 5_040.0, 720.0, 120.0, 24.0, 6.0, 2.0, 1.0].map(f64::recip);
    let series = factorials.into_iter().reduce(|sum, term| sum.mul_add(reduced, term)).unwrap_or_default();
    let mut less_one = reduced * series;
    for _ in 0..3 {
        less_one *= less_one + 2.0;
    }
    let fraction = (less_one + 2.0).mul_add(less_one, 1.0);
    fraction * 2f64.powf(power)
}

/// `math.Pow`: whole powers by repeated squaring, the fraction of the exponent through `exp` and `log`.
pub(crate) fn power(base: f64, exponent: f64) -> f64 {
    if exponent == 0.0 || base == 1.0 {
        return 1.0;
    }
    if exponent == 1.0 {
        return base;
    }
    if !base.is_finite() || !exponent.is_finite() || base == 0.0 {
        return base.powf(exponent);
    }
    if exponent == 0.5 {
        return base.sqrt();
    }
    if exponent == -0.5 {
        return 1.0 / base.sqrt();
    }
    let (mut whole, mut fraction) = (exponent.abs().trunc(), exponent.abs().fract());
    if fraction != 0.0 && base < 0.0 {
        return f64::NAN;
    }
    if whole >= 9.223_372_036_854_776e18 {
        return base.powf(exponent);
    }
    let mut result = 1.0;
    if fraction != 0.0 {
        if fraction > 0.5 {
            fraction -= 1.0;
            whole += 1.0;
        }
        result = exp(fraction * log(base));
    }
    let mut result_exponent = 0i64;
    let (mut square, square_exponent) = split(base);
    let mut square_exponent = i64::from(square_exponent);
    while whole != 0.0 {
        if square_exponent.abs() > 1 << 12 {
            result_exponent += square_exponent;
            break;
        }
        if whole % 2.0 == 1.0 {
            result *= square;
            result_exponent += square_exponent;
        }
        square *= square;
        square_exponent <<= 1;
        if square < 0.5 {
            square += square;
            square_exponent -= 1;
        }
        whole = (whole / 2.0).trunc();
    }
    if exponent < 0.0 {
        result = 1.0 / result;
        result_exponent = -result_exponent;
    }
    scale(result, result_exponent)
}

/// Fraction (at least a half, less than one) and exponent of a finite number that is not zero.
fn split(x: f64) -> (f64, i32) {
    let (x, extra) = if x.is_normal() { (x, 0) } else { (x * 2f64.powi(52), -52) };
    let bits = x.to_bits();
    let exponent = i32::try_from(bits >> 52 & 0x7ff).unwrap_or_default() - 1022;
    let fraction = f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52);
    (fraction, exponent + extra)
}

/// The number times a power of two, rounded once.
fn scale(x: f64, exponent: i64) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let (fraction, own) = split(x);
    let exponent = exponent + i64::from(own);
    match i32::try_from(exponent) {
        Ok(exponent) if exponent > 1024 => f64::INFINITY.copysign(x),
        Ok(exponent) if exponent > -1021 => fraction * 2.0 * 2f64.powi(exponent - 1),
        Ok(exponent) if exponent > -1080 => fraction * 2f64.powi(exponent + 60) * 2f64.powi(-60),
        Ok(_) | Err(_) if exponent > 0 => f64::INFINITY.copysign(x),
        Ok(_) | Err(_) => 0f64.copysign(x),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_digits() {
        assert_eq!((log(1000.0) / log(10.0)).to_string(), "2.9999999999999996");
        assert_eq!((log(16.0) / log(2.0)).to_string(), "4");
        assert_eq!(power(2.0, 10.0).to_string(), "1024");
        assert_eq!(power(1.5, 1.5).to_string(), "1.8371173070873836");
        assert_eq!(power(2.0, 1.0 / 3.0).to_string(), "1.259921049894873");
        assert_eq!(power(4.0, 0.5).to_string(), "2");
        assert_eq!(power(10.0, -3.0).to_string(), "0.001");
        assert_eq!(power(2.0, 2000.0), f64::INFINITY);
        assert!(power(-8.0, 1.0 / 3.0).is_nan());
    }

    #[test]
    fn extremes() {
        assert_eq!(power(2.0, -1074.0), f64::from_bits(1));
        assert_eq!(power(2.0, 1023.0), 2f64.powi(1023));
        assert_eq!(power(0.0, -1.0), f64::INFINITY);
        assert_eq!(log(0.0), f64::NEG_INFINITY);
    }
}
