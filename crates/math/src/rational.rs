//! Fractions of two `i128`, always in lowest terms.
//!
//! Every operation is checked: `None` means that the exact result does not fit, and the caller goes
//! on in floating point. **Invariants**: the denominator is positive, the fraction is reduced, and
//! the numerator is never `i128::MIN` (so negation and `abs` cannot overflow).

use std::cmp::Ordering;

/// An exact fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rational {
    numerator: i128,
    denominator: i128,
}

/// Most digits of a decimal literal that are kept exactly.
const MAX_LITERAL_DIGITS: usize = 36;

impl Rational {
    /// Zero.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };
    /// One.
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// `numerator / denominator` in lowest terms. `None` for a zero denominator or what does not fit.
    #[must_use]
    pub fn new(numerator: i128, denominator: i128) -> Option<Self> {
        if denominator == 0 || numerator == i128::MIN || denominator == i128::MIN {
            return None;
        }
        // The divisor is at most the smaller magnitude, which fits because neither is `MIN`.
        let divisor = i128::try_from(gcd(numerator.unsigned_abs(), denominator.unsigned_abs())).ok()?;
        let sign = if denominator < 0 { -1 } else { 1 };
        Some(Self { numerator: sign * (numerator / divisor), denominator: sign * (denominator / divisor) })
    }

    /// A whole number.
    #[must_use]
    pub fn integer(value: i64) -> Self {
        Self { numerator: i128::from(value), denominator: 1 }
    }

    /// Reads `12`, `0.25`, `1.5e-3`. `None` where the text is no decimal or has too many digits.
    #[must_use]
    pub fn parse_decimal(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, mantissa) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let count = whole.len() + fraction.len();
        let digits = || whole.bytes().chain(fraction.bytes());
        if count == 0 || count > MAX_LITERAL_DIGITS || !digits().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let value = digits()
            .try_fold(0_i128, |sum, digit| sum.checked_mul(10)?.checked_add(i128::from(digit - b'0')))?;
        let shift = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        let scale = 10_i128.checked_pow(shift.unsigned_abs())?;
        let value = if negative { -value } else { value };
        if shift >= 0 { Self::new(value.checked_mul(scale)?, 1) } else { Self::new(value, scale) }
    }

    /// The part above the line.
    #[must_use]
    pub fn numerator(self) -> i128 {
        self.numerator
    }

    /// The part below the line, always positive.
    #[must_use]
    pub fn denominator(self) -> i128 {
        self.denominator
    }

    /// Whether it is a whole number.
    #[must_use]
    pub fn is_integer(self) -> bool {
        self.denominator == 1
    }

    /// Nearest float.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    /// Sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let divisor =
            i128::try_from(gcd(self.denominator.unsigned_abs(), other.denominator.unsigned_abs())).ok()?;
        let left = self.numerator.checked_mul(other.denominator / divisor)?;
        let right = other.numerator.checked_mul(self.denominator / divisor)?;
        let denominator = (self.denominator / divisor).checked_mul(other.denominator)?;
        Self::new(left.checked_add(right)?, denominator)
    }

    /// Opposite.
    #[must_use]
    pub fn negate(self) -> Self {
        Self { numerator: -self.numerator, denominator: self.denominator }
    }

    /// Product.
    #[must_use]
    pub fn multiply(self, other: Self) -> Option<Self> {
        // Reducing crosswise first keeps the intermediate products small.
        let left = Self::new(self.numerator, other.denominator)?;
        let right = Self::new(other.numerator, self.denominator)?;
        Self::new(
            left.numerator.checked_mul(right.numerator)?,
            left.denominator.checked_mul(right.denominator)?,
        )
    }

    /// One over it. `None` for zero.
    #[must_use]
    pub fn reciprocal(self) -> Option<Self> {
        Self::new(self.denominator, self.numerator)
    }

    /// Whole power by repeated squaring. `None` for zero to a negative power or what does not fit.
    #[must_use]
    pub fn power(self, exponent: i64) -> Option<Self> {
        let mut base = if exponent < 0 { self.reciprocal()? } else { self };
        let mut left = exponent.unsigned_abs();
        let mut result = Self::ONE;
        while left > 0 {
            if left & 1 == 1 {
                result = result.multiply(base)?;
            }
            left >>= 1;
            if left > 0 {
                base = base.multiply(base)?;
            }
        }
        Some(result)
    }

    /// Exact square root, where there is one.
    #[must_use]
    pub fn square_root(self) -> Option<Self> {
        let numerator = u128::try_from(self.numerator).ok()?;
        let root = |value: u128| {
            let root = value.isqrt();
            (root * root == value).then(|| i128::try_from(root).ok()).flatten()
        };
        Self::new(root(numerator)?, root(self.denominator.unsigned_abs())?)
    }

    /// Greatest whole number that is not above it.
    #[must_use]
    pub fn floor(self) -> i128 {
        self.numerator.div_euclid(self.denominator)
    }

    /// Order by value; falls back on floats where the cross products do not fit.
    #[must_use]
    pub fn compare(self, other: Self) -> Ordering {
        match (self.numerator.checked_mul(other.denominator), other.numerator.checked_mul(self.denominator)) {
            (Some(left), Some(right)) => left.cmp(&right),
            _ => self.to_f64().total_cmp(&other.to_f64()),
        }
    }
}

/// Greatest common divisor by Euclid; 1 where both are zero, so that it can be divided by.
pub(crate) fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}
