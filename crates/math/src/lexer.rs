//! Tokens of a calculator expression. Accepts the signs people see on keys as well as ASCII.

use crate::{MathError, Number};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Number(Number),
    Name(String),
    Plus,
    Minus,
    Times,
    Divide,
    Power,
    Percent,
    Factorial,
    Root,
    Open,
    Close,
    Comma,
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.compare(*other).is_eq()
    }
}

/// All tokens with their byte offsets.
pub(crate) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, MathError> {
    let mut found = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some(&(at, character)) = rest.peek() {
        if character.is_ascii_digit() || character == '.' {
            let len = number_len(&text[at..]);
            let literal = &text[at..at + len];
            let number = Number::parse(literal)
                .ok_or_else(|| MathError::Syntax { at, message: format!("“{literal}” is no number") })?;
            found.push((at, Token::Number(number)));
            while rest.peek().is_some_and(|(next, _)| *next < at + len) {
                rest.next();
            }
            continue;
        }
        if character.is_alphabetic() && character != 'π' {
            let len =
                text[at..].find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len() - at);
            found.push((at, Token::Name(text[at..at + len].to_lowercase())));
            while rest.peek().is_some_and(|(next, _)| *next < at + len) {
                rest.next();
            }
            continue;
        }
        rest.next();
        let token = match character {
            ' ' | '\t' | '\n' | '\u{a0}' | '\u{202f}' => continue,
            '+' => Token::Plus,
            '-' | '−' | '–' => Token::Minus,
            '*' | '×' | '·' | '⋅' => {
                if character == '*' && rest.peek().is_some_and(|(_, next)| *next == '*') {
                    rest.next();
                    Token::Power
                } else {
                    Token::Times
                }
            }
            '/' | '÷' | '∕' => Token::Divide,
            '^' => Token::Power,
            '%' => Token::Percent,
            '!' => Token::Factorial,
            '√' => Token::Root,
            'π' => Token::Name("pi".to_owned()),
            '(' => Token::Open,
            ')' => Token::Close,
            ',' | ';' => Token::Comma,
            other => {
                return Err(MathError::Syntax { at, message: format!("“{other}” has no meaning here") });
            }
        };
        found.push((at, token));
    }
    Ok(found)
}

/// Bytes of the number at the start of `text`; an exponent counts only when digits follow it, so that
/// `2e` stays two times e.
fn number_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut len = digits(0);
    if bytes.get(len) == Some(&b'.') {
        len += 1;
        len += digits(len);
    }
    if matches!(bytes.get(len), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(len + 1), Some(b'+' | b'-')));
        let exponent = if len + 1 + sign < bytes.len() { digits(len + 1 + sign) } else { 0 };
        if exponent > 0 {
            len += 1 + sign + exponent;
        }
    }
    len
}
