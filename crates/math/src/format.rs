//! Numbers as text: so many significant digits, no noise, no trailing zeros.

use crate::{Number, Rational};

/// Plain notation from here …
const MIN_PLAIN_EXPONENT: i32 = -7;
/// … up to here or to the number of digits asked for, whichever is less.
const MAX_PLAIN_EXPONENT: i32 = 20;
/// More digits than a 128-bit fraction can mean anything with.
const MAX_SIGNIFICANT: usize = 36;

/// A decimal in scientific form: `0.d1d2d3… × 10^(exponent + 1)`, rounded.
struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i32,
}

impl Number {
    /// Decimal text with at most `significant` digits (1 to 36), rounded half away from zero.
    /// Very large and very small values are written as `1.5e21`.
    #[must_use]
    pub fn to_text(self, significant: usize) -> String {
        let significant = significant.clamp(1, MAX_SIGNIFICANT);
        let decimal = match self {
            Self::Exact(value) => exact_digits(value, significant),
            Self::Float(value) => float_digits(value, significant),
        };
        decimal.layout(significant)
    }
}

/// Digits by long division; falls back on the float where ten times the remainder does not fit.
fn exact_digits(value: Rational, significant: usize) -> Decimal {
    let denominator = value.denominator().unsigned_abs();
    if denominator > u128::MAX / 10 {
        return float_digits(value.to_f64(), significant);
    }
    let whole = value.numerator().unsigned_abs() / denominator;
    let mut rest = value.numerator().unsigned_abs() % denominator;
    let mut digits: Vec<u8> = if whole == 0 { Vec::new() } else { whole.to_string().into_bytes() };
    let mut exponent = i32::try_from(digits.len()).unwrap_or(0) - 1;
    // One digit more than asked for, to round by. A fraction of 128 bits has fewer than 40 leading zeros.
    while digits.len() <= significant && rest != 0 {
        rest *= 10;
        let digit = b'0' + u8::try_from(rest / denominator).unwrap_or(0);
        rest %= denominator;
        if digits.is_empty() && digit == b'0' {
            exponent -= 1;
        } else {
            digits.push(digit);
        }
    }
    let mut decimal = Decimal { negative: value.numerator() < 0, digits, exponent };
    decimal.round(significant);
    decimal
}

fn float_digits(value: f64, significant: usize) -> Decimal {
    let text = format!("{:.*e}", significant - 1, value.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    Decimal { negative: value < 0.0, digits, exponent: exponent.parse().unwrap_or(0) }
}

impl Decimal {
    fn round(&mut self, significant: usize) {
        let up = self.digits.get(significant).is_some_and(|digit| *digit >= b'5');
        self.digits.truncate(significant);
        if !up {
            return;
        }
        for digit in self.digits.iter_mut().rev() {
            if *digit < b'9' {
                *digit += 1;
                return;
            }
            *digit = b'0';
        }
        self.digits.insert(0, b'1');
        self.exponent += 1;
    }

    fn layout(mut self, significant: usize) -> String {
        while self.digits.last() == Some(&b'0') {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            return "0".to_owned();
        }
        let sign = if self.negative { "-" } else { "" };
        let digits: String = self.digits.iter().map(|digit| char::from(*digit)).collect();
        let limit = MAX_PLAIN_EXPONENT.min(i32::try_from(significant).unwrap_or(MAX_PLAIN_EXPONENT));
        if self.exponent < MIN_PLAIN_EXPONENT || self.exponent > limit {
            let (first, rest) = digits.split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            return format!("{sign}{first}{point}{rest}e{}", self.exponent);
        }
        let Ok(whole_len) = usize::try_from(self.exponent + 1) else {
            let zeros = "0".repeat((-self.exponent - 1).unsigned_abs() as usize);
            return format!("{sign}0.{zeros}{digits}");
        };
        if whole_len == 0 {
            format!("{sign}0.{digits}")
        } else if digits.len() <= whole_len {
            format!("{sign}{digits}{}", "0".repeat(whole_len - digits.len()))
        } else {
            let (whole, fraction) = digits.split_at(whole_len);
            format!("{sign}{whole}.{fraction}")
        }
    }
}
