//! Arithmetic that is exact where it can be.
//!
//! [`Number`] is a rational of two 128-bit integers as long as that fits, and a binary float where
//! it does not (roots, trigonometry, very large values). [`evaluate`] reads an expression as typed on
//! a calculator; [`call`] runs one function of the [`FUNCTIONS`] table, which is what `math.*` tools
//! and expressions share. Nothing here allocates without a bound, recurses without a bound, or panics
//! on any input.

mod evaluate;
mod format;
mod functions;
mod lexer;
mod number;
mod rational;

pub use evaluate::{Angle, Evaluation, MAX_DEPTH, MAX_LEN_BYTES, Options, evaluate};
pub use functions::{CONSTANTS, FUNCTIONS, Function, call, function};
pub use number::{MathError, Number};
pub use rational::Rational;
