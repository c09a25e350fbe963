//! Expressions as people type them on a calculator.
//!
//! Precedence, loosest first: `+ −`, `× ÷` and juxtaposition (`2π`, `2(3)`), sign, `^` (to the right),
//! `%` and `!`. A percent after plus or minus is taken of what stands before it, as a pocket
//! calculator does: `200 + 10%` is 220; elsewhere it divides by 100. Missing `)` at the end are
//! forgiven. In expressions `log` is the decimal and `ln` the natural logarithm.
//!
//! The text is evaluated while it is read, without a tree, so only brackets recurse.

use crate::lexer::{Token, tokens};
use crate::{CONSTANTS, MathError, Number, functions};

/// Longest expression.
pub const MAX_LEN_BYTES: usize = 4096;
/// Deepest nesting of brackets, signs and powers.
pub const MAX_DEPTH: usize = 64;

/// What angles mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Angle {
    /// A full turn is 2π.
    #[default]
    Radians,
    /// A full turn is 360.
    Degrees,
}

/// Settings of an evaluation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Unit of angles.
    pub angle: Angle,
    /// What the name `ans` stands for.
    pub answer: Option<Number>,
}

/// A result, and what a repeated `=` needs.
#[derive(Clone, Copy, Debug)]
pub struct Evaluation {
    /// The value.
    pub value: Number,
    /// Byte offset of the last operator outside of brackets that binds loosest, if there is one:
    /// from there on the text is what a second `=` does again.
    pub last_operator: Option<usize>,
}

/// Evaluates an expression.
///
/// # Errors
/// See [`MathError`].
pub fn evaluate(text: &str, options: &Options) -> Result<Evaluation, MathError> {
    if text.len() > MAX_LEN_BYTES {
        return Err(MathError::TooLarge);
    }
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Err(MathError::Empty);
    }
    let mut reader = Reader { tokens, position: 0, depth: 0, end: text.len(), options, last_operator: None };
    let value = reader.sum()?.value;
    if reader.position < reader.tokens.len() {
        return Err(reader.unexpected());
    }
    Ok(Evaluation { value, last_operator: reader.last_operator })
}

struct Reader<'a> {
    tokens: Vec<(usize, Token)>,
    position: usize,
    depth: usize,
    end: usize,
    options: &'a Options,
    last_operator: Option<usize>,
}

#[derive(Clone, Copy)]
struct Operand {
    value: Number,
    /// Written with a `%` at its end; the value is already divided by 100.
    percent: bool,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.position).map(|(_, token)| token)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.position).map_or(self.end, |(at, _)| *at)
    }

    fn take(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        self.position += usize::from(found);
        found
    }

    fn unexpected(&self) -> MathError {
        let message = match self.peek() {
            None => "Expression is not finished",
            Some(Token::Close) => "There is a “)” too many",
            Some(Token::Number(_) | Token::Name(_)) => "An operator is missing",
            Some(_) => "A number is missing",
        };
        MathError::Syntax { at: self.at(), message: message.to_owned() }
    }

    fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, MathError>) -> Result<T, MathError> {
        if self.depth >= MAX_DEPTH {
            return Err(MathError::TooLarge);
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn sum(&mut self) -> Result<Operand, MathError> {
        let mut left = self.product()?;
        loop {
            let at = self.at();
            let minus = match self.peek() {
                Some(Token::Plus) => false,
                Some(Token::Minus) => true,
                _ => return Ok(left),
            };
            self.position += 1;
            let right = self.product()?;
            let amount = if right.percent { left.value.multiply(right.value)? } else { right.value };
            let value = if minus { left.value.subtract(amount)? } else { left.value.plus(amount)? };
            left = Operand { value, percent: false };
            if self.depth == 0 {
                self.last_operator = Some(at);
            }
        }
    }

    fn product(&mut self) -> Result<Operand, MathError> {
        let mut left = self.signed()?;
        loop {
            let at = self.at();
            let divide = match self.peek() {
                Some(Token::Times) => false,
                Some(Token::Divide) => true,
                Some(Token::Open | Token::Name(_) | Token::Root) => {
                    let right = self.power()?;
                    left = Operand { value: left.value.multiply(right.value)?, percent: false };
                    continue;
                }
                _ => return Ok(left),
            };
            self.position += 1;
            let right = self.signed()?;
            let value =
                if divide { left.value.divide(right.value)? } else { left.value.multiply(right.value)? };
            left = Operand { value, percent: false };
            if self.depth == 0 {
                self.last_operator = Some(at);
            }
        }
    }

    fn signed(&mut self) -> Result<Operand, MathError> {
        if self.take(&Token::Minus) {
            let inner = self.nested(Self::signed)?;
            return Ok(Operand { value: inner.value.negate(), ..inner });
        }
        if self.take(&Token::Plus) {
            return self.nested(Self::signed);
        }
        self.power()
    }

    fn power(&mut self) -> Result<Operand, MathError> {
        let base = self.postfix()?;
        if !self.take(&Token::Power) {
            return Ok(base);
        }
        let exponent = self.nested(Self::signed)?;
        Ok(Operand { value: base.value.power(exponent.value)?, percent: false })
    }

    fn postfix(&mut self) -> Result<Operand, MathError> {
        let mut operand = Operand { value: self.primary()?, percent: false };
        loop {
            if self.take(&Token::Percent) {
                let value = operand.value.divide(Number::integer(100))?;
                operand = Operand { value, percent: true };
            } else if self.take(&Token::Factorial) {
                operand = Operand { value: functions::factorial(operand.value)?, percent: false };
            } else {
                return Ok(operand);
            }
        }
    }

    fn primary(&mut self) -> Result<Number, MathError> {
        match self.peek().cloned() {
            Some(Token::Number(number)) => {
                self.position += 1;
                Ok(number)
            }
            Some(Token::Open) => {
                self.position += 1;
                let inner = self.nested(Self::sum)?;
                self.close()?;
                Ok(inner.value)
            }
            Some(Token::Root) => {
                self.position += 1;
                let inner = self.nested(Self::power)?;
                inner.value.square_root()
            }
            Some(Token::Name(name)) => self.named(&name),
            _ => Err(self.unexpected()),
        }
    }

    /// A closing bracket, or the end of the text in its place.
    fn close(&mut self) -> Result<(), MathError> {
        if self.take(&Token::Close) || self.peek().is_none() { Ok(()) } else { Err(self.unexpected()) }
    }

    fn named(&mut self, name: &str) -> Result<Number, MathError> {
        if name == "ans"
            && let Some(answer) = self.options.answer
        {
            self.position += 1;
            return Ok(answer);
        }
        if let Some((_, value)) = CONSTANTS.iter().find(|(constant, _)| *constant == name) {
            self.position += 1;
            return Number::float(*value);
        }
        let name = match name {
            "log" => "log10",
            "ln" => "log",
            other => other,
        };
        let Some(function) = functions::function(name) else {
            return Err(MathError::UnknownName(name.to_owned()));
        };
        self.position += 1;
        if !self.take(&Token::Open) {
            return Err(MathError::Syntax { at: self.at(), message: format!("{name} needs “(”") });
        }
        let mut arguments = Vec::new();
        loop {
            arguments.push(self.nested(Self::sum)?.value);
            if !self.take(&Token::Comma) {
                break;
            }
        }
        self.close()?;
        function.call(&arguments, self.options.angle)
    }
}
