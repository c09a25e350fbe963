//! SPDX licence expressions, as far as crates use them: `OR`, `AND`, `WITH`, parentheses, and the
//! old form with a slash for *or*.
//!
//! Source: SPDX specification, annex "SPDX license expressions": WITH binds tighter than AND, AND
//! tighter than OR.

use anyhow::{Result, bail, ensure};

/// Nesting that is read; real expressions have one or two levels.
const MAX_DEPTH: usize = 32;

/// A licence expression.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Expression {
    /// An identifier, with its exception: `Apache-2.0 WITH LLVM-exception`.
    Licence(String),
    Any(Vec<Expression>),
    All(Vec<Expression>),
}

impl Expression {
    /// # Errors
    /// The text is no licence expression.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let spaced = text.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
        let mut tokens = spaced.split_whitespace().peekable();
        let expression = any(&mut tokens, 0)?;
        if let Some(token) = tokens.next() {
            bail!("{token:?} is not expected in {text:?}");
        }
        Ok(expression)
    }

    /// Whether licences that `is_allowed` suffice.
    pub(crate) fn holds(&self, is_allowed: &impl Fn(&str) -> bool) -> bool {
        match self {
            Expression::Licence(name) => is_allowed(name),
            Expression::Any(parts) => parts.iter().any(|part| part.holds(is_allowed)),
            Expression::All(parts) => parts.iter().all(|part| part.holds(is_allowed)),
        }
    }
}

type Tokens<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any(tokens: &mut Tokens<'_>, depth: usize) -> Result<Expression> {
    let mut parts = vec![all(tokens, depth)?];
    while tokens.next_if(|token| token.eq_ignore_ascii_case("or")).is_some() {
        parts.push(all(tokens, depth)?);
    }
    Ok(one_or(parts, Expression::Any))
}

fn all(tokens: &mut Tokens<'_>, depth: usize) -> Result<Expression> {
    let mut parts = vec![licence(tokens, depth)?];
    while tokens.next_if(|token| token.eq_ignore_ascii_case("and")).is_some() {
        parts.push(licence(tokens, depth)?);
    }
    Ok(one_or(parts, Expression::All))
}

fn licence(tokens: &mut Tokens<'_>, depth: usize) -> Result<Expression> {
    ensure!(depth < MAX_DEPTH, "the expression is nested too deeply");
    let Some(token) = tokens.next() else { bail!("the expression ends too early") };
    if token == "(" {
        let inside = any(tokens, depth + 1)?;
        ensure!(tokens.next() == Some(")"), "a parenthesis is not closed");
        return Ok(inside);
    }
    let is_word = |word: &str| ["or", "and", "with"].iter().any(|known| word.eq_ignore_ascii_case(known));
    ensure!(token != ")" && !is_word(token), "{token:?} is not a licence");
    let mut name = token.to_owned();
    if tokens.next_if(|token| token.eq_ignore_ascii_case("with")).is_some() {
        let Some(exception) = tokens.next() else { bail!("WITH names no exception") };
        name = format!("{name} WITH {exception}");
    }
    Ok(Expression::Licence(name))
}

fn one_or(mut parts: Vec<Expression>, many: impl Fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.len() {
        1 => parts.remove(0),
        _ => many(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str) -> bool {
        let allowed = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0"];
        Expression::parse(text).unwrap().holds(&|name| allowed.contains(&name))
    }

    #[test]
    fn or_and_with_and_parentheses() {
        for (text, expected) in [
            ("MIT", true),
            ("GPL-3.0-only", false),
            ("MIT OR GPL-3.0-only", true),
            ("MIT AND GPL-3.0-only", false),
            ("Apache-2.0/MIT", true),
            ("GPL-2.0/LGPL-2.1", false),
            ("(MIT OR GPL-3.0-only) AND Unicode-3.0", true),
            ("MIT OR GPL-3.0-only AND GPL-2.0-only", true),
            ("(MIT OR GPL-3.0-only) AND GPL-2.0-only", false),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("MIT WITH LLVM-exception", false),
            ("GPL-2.0-only WITH Classpath-exception-2.0 OR MIT", true),
        ] {
            assert_eq!(holds(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        let deep = format!("{}MIT{}", "(".repeat(100), ")".repeat(100));
        for text in
            ["", "MIT OR", "OR MIT", "(MIT", "MIT)", "MIT Apache-2.0", "MIT WITH", "()", deep.as_str()]
        {
            assert!(Expression::parse(text).is_err(), "{text}");
        }
    }
}
