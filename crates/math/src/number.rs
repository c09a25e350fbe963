//! A number that is exact as long as it fits, and what can go wrong with one.

use std::cmp::Ordering;

use crate::Rational;

/// Why there is no result. The texts are made to be shown to a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MathError {
    /// Nothing to evaluate.
    #[error("Nothing to compute")]
    Empty,
    /// The text is no expression; `at` is a byte offset.
    #[error("{message}")]
    Syntax {
        /// Where, as a byte offset.
        at: usize,
        /// What was wrong.
        message: String,
    },
    /// A name that is neither function nor constant.
    #[error("Unknown name “{0}”")]
    UnknownName(String),
    /// Wrong number of arguments.
    #[error("{name} takes {expected}")]
    Arguments {
        /// Function.
        name: String,
        /// How many it takes, in words.
        expected: String,
    },
    /// Division, remainder or reciprocal of zero.
    #[error("Cannot divide by zero")]
    DivisionByZero,
    /// No real result, such as the root of a negative number.
    #[error("{0}")]
    Domain(&'static str),
    /// Larger than any float.
    #[error("Number is too large")]
    Overflow,
    /// Longer or deeper than the limits.
    #[error("Expression is too long")]
    TooLarge,
}

/// An exact fraction, or a finite float where exactness ended.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// Exact.
    Exact(Rational),
    /// Finite; checked when made.
    Float(f64),
}

impl From<Rational> for Number {
    fn from(value: Rational) -> Self {
        Self::Exact(value)
    }
}

impl Number {
    /// Zero.
    pub const ZERO: Self = Self::Exact(Rational::ZERO);

    /// A whole number.
    #[must_use]
    pub fn integer(value: i64) -> Self {
        Self::Exact(Rational::integer(value))
    }

    /// A finite float.
    ///
    /// # Errors
    /// [`MathError::Overflow`] for infinities, [`MathError::Domain`] for NaN.
    pub fn float(value: f64) -> Result<Self, MathError> {
        if value.is_nan() {
            Err(MathError::Domain("Not a number"))
        } else if value.is_infinite() {
            Err(MathError::Overflow)
        } else {
            Ok(Self::Float(value))
        }
    }

    /// The shortest decimal that reads back as this float, taken exactly: 0.1 becomes 1/10.
    ///
    /// # Errors
    /// As [`Number::float`].
    pub fn from_decimal_float(value: f64) -> Result<Self, MathError> {
        let float = Self::float(value)?;
        Ok(Rational::parse_decimal(&format!("{value:e}")).map_or(float, Self::Exact))
    }

    /// Reads a decimal literal. `None` where it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(exact) = Rational::parse_decimal(text) {
            return Some(Self::Exact(exact));
        }
        let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'-' | b'+'));
        let value = text.parse::<f64>().ok().filter(|_| plain)?;
        Self::float(value).ok()
    }

    /// Nearest float.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Exact(value) => value.to_f64(),
            Self::Float(value) => value,
        }
    }

    /// As a whole number, where it is one that fits.
    #[must_use]
    pub fn to_i64(self) -> Option<i64> {
        match self {
            Self::Exact(value) if value.is_integer() => i64::try_from(value.numerator()).ok(),
            Self::Float(value) if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 => {
                Some(value as i64)
            }
            _ => None,
        }
    }

    /// Whether it is zero.
    #[must_use]
    pub fn is_zero(self) -> bool {
        match self {
            Self::Exact(value) => value == Rational::ZERO,
            Self::Float(value) => value == 0.0,
        }
    }

    /// Whether it is below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        match self {
            Self::Exact(value) => value.numerator() < 0,
            Self::Float(value) => value < 0.0,
        }
    }

    /// Opposite.
    #[must_use]
    pub fn negate(self) -> Self {
        match self {
            Self::Exact(value) => Self::Exact(value.negate()),
            Self::Float(value) => Self::Float(-value),
        }
    }

    /// Magnitude.
    #[must_use]
    pub fn abs(self) -> Self {
        if self.is_negative() { self.negate() } else { self }
    }

    /// Order by value.
    #[must_use]
    pub fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Exact(left), Self::Exact(right)) => left.compare(right),
            _ => self.to_f64().total_cmp(&other.to_f64()),
        }
    }

    fn combine(
        self,
        other: Self,
        exact: impl Fn(Rational, Rational) -> Option<Rational>,
        float: impl Fn(f64, f64) -> f64,
    ) -> Result<Self, MathError> {
        if let (Self::Exact(left), Self::Exact(right)) = (self, other)
            && let Some(value) = exact(left, right)
        {
            return Ok(Self::Exact(value));
        }
        Self::float(float(self.to_f64(), other.to_f64()))
    }

    /// Sum.
    ///
    /// # Errors
    /// [`MathError::Overflow`].
    pub fn plus(self, other: Self) -> Result<Self, MathError> {
        self.combine(other, Rational::plus, |a, b| a + b)
    }

    /// Difference.
    ///
    /// # Errors
    /// [`MathError::Overflow`].
    pub fn subtract(self, other: Self) -> Result<Self, MathError> {
        self.plus(other.negate())
    }

    /// Product.
    ///
    /// # Errors
    /// [`MathError::Overflow`].
    pub fn multiply(self, other: Self) -> Result<Self, MathError> {
        self.combine(other, Rational::multiply, |a, b| a * b)
    }

    /// Quotient.
    ///
    /// # Errors
    /// [`MathError::DivisionByZero`], [`MathError::Overflow`].
    pub fn divide(self, other: Self) -> Result<Self, MathError> {
        if other.is_zero() {
            return Err(MathError::DivisionByZero);
        }
        self.combine(other, |a, b| a.multiply(b.reciprocal()?), |a, b| a / b)
    }

    /// Remainder with the sign of the divisor (as floored division leaves it).
    ///
    /// # Errors
    /// [`MathError::DivisionByZero`], [`MathError::Overflow`].
    pub fn modulo(self, other: Self) -> Result<Self, MathError> {
        let quotient = self.divide(other)?;
        match quotient {
            Self::Exact(value) => {
                let whole = Rational::new(value.floor(), 1).ok_or(MathError::Overflow)?;
                self.subtract(Self::Exact(whole).multiply(other)?)
            }
            Self::Float(_) => {
                let (a, b) = (self.to_f64(), other.to_f64());
                let rest = a % b;
                Self::float(if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest })
            }
        }
    }

    /// Power; exact for whole exponents that fit and for exact square roots.
    ///
    /// # Errors
    /// [`MathError::DivisionByZero`] for zero to a negative power, [`MathError::Domain`],
    /// [`MathError::Overflow`].
    pub fn power(self, exponent: Self) -> Result<Self, MathError> {
        if self.is_zero() && exponent.is_negative() {
            return Err(MathError::DivisionByZero);
        }
        if let Self::Exact(base) = self {
            if let Some(value) = exponent.to_i64().and_then(|exponent| base.power(exponent)) {
                return Ok(Self::Exact(value));
            }
            if matches!(exponent, Self::Exact(half) if Some(half) == Rational::new(1, 2)) {
                return self.square_root();
            }
        }
        let value = self.to_f64().powf(exponent.to_f64());
        if value.is_nan() {
            return Err(MathError::Domain("No real result"));
        }
        Self::float(value)
    }

    /// Square root.
    ///
    /// # Errors
    /// [`MathError::Domain`] below zero.
    pub fn square_root(self) -> Result<Self, MathError> {
        if self.is_negative() {
            return Err(MathError::Domain("No real root of a negative number"));
        }
        if let Self::Exact(value) = self
            && let Some(root) = value.square_root()
        {
            return Ok(Self::Exact(root));
        }
        Self::float(self.to_f64().sqrt())
    }
}
