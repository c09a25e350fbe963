//! The table of functions: what `math.*` tools, expressions and their documentation are made from.

use crate::rational::gcd;
use crate::{Angle, MathError, Number, Rational};

/// Named values.
pub const CONSTANTS: &[(&str, f64)] = &[
    ("pi", std::f64::consts::PI),
    ("e", std::f64::consts::E),
    ("tau", std::f64::consts::TAU),
    ("phi", 1.618_033_988_749_895),
];

/// Most arguments of a variadic function.
const MAX_ARGUMENTS: usize = 10_000;

/// One function.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// Name, as in `math.<name>`.
    pub name: &'static str,
    /// Names of its arguments; `values…` takes any number from one up.
    pub arguments: &'static [&'static str],
    /// One line about it.
    pub about: &'static str,
    run: fn(&[Number], Angle) -> Result<Number, MathError>,
}

impl Function {
    /// Whether it takes any number of arguments.
    #[must_use]
    pub fn is_variadic(&self) -> bool {
        self.arguments == ["values"]
    }

    /// Runs it.
    ///
    /// # Errors
    /// [`MathError::Arguments`] for a wrong number of them, else what the function says.
    pub fn call(&self, arguments: &[Number], angle: Angle) -> Result<Number, MathError> {
        let fits = if self.is_variadic() {
            (1..=MAX_ARGUMENTS).contains(&arguments.len())
        } else {
            arguments.len() == self.arguments.len()
        };
        if fits {
            return (self.run)(arguments, angle);
        }
        let expected = match (self.is_variadic(), self.arguments.len()) {
            (true, _) => format!("1 to {MAX_ARGUMENTS} numbers"),
            (false, 1) => "one number".to_owned(),
            (false, n) => format!("{n} numbers"),
        };
        Err(MathError::Arguments { name: self.name.to_owned(), expected })
    }
}

/// The function with this name.
#[must_use]
pub fn function(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

/// Runs a function by name.
///
/// # Errors
/// [`MathError::UnknownName`], and as [`Function::call`].
pub fn call(name: &str, arguments: &[Number], angle: Angle) -> Result<Number, MathError> {
    function(name).ok_or_else(|| MathError::UnknownName(name.to_owned()))?.call(arguments, angle)
}

macro_rules! table {
    ($($name:literal ($($argument:literal),*) $about:literal = $run:expr;)*) => {
        /// Every function.
        pub const FUNCTIONS: &[Function] = &[
            $(Function { name: $name, arguments: &[$($argument),*], about: $about, run: $run },)*
        ];
    };
}

table! {
    "add"("values") "Sum of all" = |a, _| fold(a, Number::plus);
    "subtract"("a", "b") "a less b" = |a, _| a[0].subtract(a[1]);
    "multiply"("values") "Product of all" = |a, _| fold(a, Number::multiply);
    "divide"("a", "b") "a over b" = |a, _| a[0].divide(a[1]);
    "power"("base", "exponent") "base to the exponent" = |a, _| a[0].power(a[1]);
    "mod"("a", "b") "Remainder with the sign of b" = |a, _| a[0].modulo(a[1]);
    "sqrt"("x") "Square root" = |a, _| a[0].square_root();
    "cbrt"("x") "Cube root" = |a, _| root(a[0], Number::integer(3));
    "root"("x", "n") "n-th root" = |a, _| root(a[0], a[1]);
    "abs"("x") "Magnitude" = |a, _| Ok(a[0].abs());
    "sign"("x") "-1, 0 or 1" = |a, _| Ok(Number::integer(match a[0] {
        x if x.is_zero() => 0,
        x if x.is_negative() => -1,
        _ => 1,
    }));
    "floor"("x") "Next whole number below" = |a, _| whole(a[0], f64::floor, |x| Some(x.floor()));
    "ceil"("x") "Next whole number above" = |a, _| whole(a[0], f64::ceil, |x| Some(-x.negate().floor()));
    "trunc"("x") "Without the fraction" = |a, _| whole(a[0], f64::trunc, |x| Some(x.numerator() / x.denominator()));
    "round"("x") "Nearest whole number, halves away from zero" = |a, _| whole(a[0], f64::round, round_half_away);
    "exp"("x") "e to the x" = |a, _| Number::float(a[0].to_f64().exp());
    "log"("x") "Natural logarithm" = |a, _| logarithm(a[0], f64::ln);
    "log10"("x") "Decimal logarithm" = |a, _| logarithm(a[0], f64::log10);
    "log2"("x") "Binary logarithm" = |a, _| logarithm(a[0], f64::log2);
    "factorial"("n") "n!" = |a, _| factorial(a[0]);
    "gcd"("a", "b") "Greatest common divisor" = |a, _| divisor(a[0], a[1]);
    "lcm"("a", "b") "Least common multiple" = |a, _| {
        if a[0].is_zero() || a[1].is_zero() {
            return Ok(Number::ZERO);
        }
        a[0].divide(divisor(a[0], a[1])?)?.multiply(a[1]).map(Number::abs)
    };
    "min"("values") "Least" = |a, _| fold(a, |x, y| Ok(if y.compare(x).is_lt() { y } else { x }));
    "max"("values") "Greatest" = |a, _| fold(a, |x, y| Ok(if y.compare(x).is_gt() { y } else { x }));
    "sum"("values") "Sum" = |a, _| fold(a, Number::plus);
    "mean"("values") "Average" = |a, _| {
        fold(a, Number::plus)?.divide(Number::integer(i64::try_from(a.len()).unwrap_or(i64::MAX)))
    };
    "median"("values") "Middle value" = |a, _| median(a);
    "hypot"("a", "b") "Length of the diagonal" = |a, _| a[0].multiply(a[0])?.plus(a[1].multiply(a[1])?)?.square_root();
    "sin"("x") "Sine" = |a, angle| trigonometry(a[0], angle, f64::sin);
    "cos"("x") "Cosine" = |a, angle| trigonometry(a[0], angle, f64::cos);
    "tan"("x") "Tangent" = |a, angle| {
        if trigonometry(a[0], angle, f64::cos)?.is_zero() {
            return Err(MathError::Domain("The tangent has no value here"));
        }
        trigonometry(a[0], angle, f64::tan)
    };
    "asin"("x") "Inverse sine" = |a, angle| inverse(a[0].to_f64().asin(), angle);
    "acos"("x") "Inverse cosine" = |a, angle| inverse(a[0].to_f64().acos(), angle);
    "atan"("x") "Inverse tangent" = |a, angle| inverse(a[0].to_f64().atan(), angle);
    "atan2"("y", "x") "Angle of the point (x, y)" = |a, angle| inverse(a[0].to_f64().atan2(a[1].to_f64()), angle);
    "sinh"("x") "Hyperbolic sine" = |a, _| Number::float(a[0].to_f64().sinh());
    "cosh"("x") "Hyperbolic cosine" = |a, _| Number::float(a[0].to_f64().cosh());
    "tanh"("x") "Hyperbolic tangent" = |a, _| Number::float(a[0].to_f64().tanh());
}

fn fold(
    values: &[Number],
    step: impl Fn(Number, Number) -> Result<Number, MathError>,
) -> Result<Number, MathError> {
    let (first, rest) = values.split_first().ok_or(MathError::Empty)?;
    rest.iter().try_fold(*first, |sum, value| step(sum, *value))
}

fn whole(
    value: Number,
    float: fn(f64) -> f64,
    exact: fn(Rational) -> Option<i128>,
) -> Result<Number, MathError> {
    match value {
        Number::Exact(fraction) => match exact(fraction).and_then(|n| Rational::new(n, 1)) {
            Some(result) => Ok(result.into()),
            None => Number::float(float(fraction.to_f64())),
        },
        Number::Float(value) => Number::float(float(value)),
    }
}

fn round_half_away(value: Rational) -> Option<i128> {
    let half = Rational::new(1, 2)?;
    if value.numerator() < 0 {
        value.negate().plus(half).map(|shifted| -shifted.floor())
    } else {
        value.plus(half).map(Rational::floor)
    }
}

fn root(value: Number, degree: Number) -> Result<Number, MathError> {
    let odd = degree.to_i64().is_some_and(|n| n % 2 != 0);
    if value.is_negative() && !odd {
        return Err(MathError::Domain("No real root of a negative number"));
    }
    let exponent = Number::integer(1).divide(degree)?;
    let magnitude = value.abs().power(exponent)?;
    // Where a whole number is the exact answer, the float is only a hair off it: check and take it.
    let nearest = Number::from_decimal_float(magnitude.to_f64().round())?;
    let magnitude =
        if nearest.power(degree).is_ok_and(|back| back == value.abs()) { nearest } else { magnitude };
    Ok(if value.is_negative() { magnitude.negate() } else { magnitude })
}

fn logarithm(value: Number, float: fn(f64) -> f64) -> Result<Number, MathError> {
    if value.is_zero() || value.is_negative() {
        return Err(MathError::Domain("Logarithms need a number above zero"));
    }
    let result = float(value.to_f64());
    if result.fract() == 0.0 { Number::from_decimal_float(result) } else { Number::float(result) }
}

/// `n!`: exact up to 33!, a float up to 170!.
pub(crate) fn factorial(value: Number) -> Result<Number, MathError> {
    let n = value.to_i64().filter(|n| *n >= 0).ok_or(MathError::Domain("Factorial needs a whole number"))?;
    if n > 170 {
        return Err(MathError::Overflow);
    }
    (2..=n).try_fold(Number::integer(1), |product, factor| product.multiply(Number::integer(factor)))
}

fn divisor(a: Number, b: Number) -> Result<Number, MathError> {
    let whole = |number: Number| {
        number.to_i64().map(|n| u128::from(n.unsigned_abs())).ok_or(MathError::Domain("Needs whole numbers"))
    };
    let (a, b) = (whole(a)?, whole(b)?);
    if a == 0 && b == 0 {
        return Ok(Number::ZERO);
    }
    let found = i128::try_from(gcd(a, b)).ok().and_then(|n| Rational::new(n, 1));
    found.map(Number::Exact).ok_or(MathError::Overflow)
}

fn median(values: &[Number]) -> Result<Number, MathError> {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| a.compare(*b));
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        return Ok(sorted[middle]);
    }
    sorted[middle - 1].plus(sorted[middle])?.divide(Number::integer(2))
}

/// Sine and friends. Results that differ from a whole or a half by rounding alone are taken as such,
/// so that `sin(π)` is 0 and `cos(60°)` is 0.5.
fn trigonometry(value: Number, angle: Angle, float: fn(f64) -> f64) -> Result<Number, MathError> {
    let radians = match angle {
        Angle::Radians => value.to_f64(),
        Angle::Degrees => value.to_f64() % 360.0 * (std::f64::consts::PI / 180.0),
    };
    let result = float(radians);
    let halves = (result * 2.0).round() / 2.0;
    if halves.abs() <= 1.0 && (result - halves).abs() < 4.0 * f64::EPSILON {
        return Number::from_decimal_float(halves);
    }
    Number::float(result)
}

fn inverse(radians: f64, angle: Angle) -> Result<Number, MathError> {
    if radians.is_nan() {
        return Err(MathError::Domain("Needs a number from -1 to 1"));
    }
    Number::float(match angle {
        Angle::Radians => radians,
        Angle::Degrees => radians.to_degrees(),
    })
}
