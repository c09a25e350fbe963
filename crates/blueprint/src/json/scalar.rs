//! Strings, numbers and words.

use serde_json::{Number, Value};

use super::{Reader, Stop};

impl Reader<'_> {
    pub(super) fn string(&mut self) -> Result<String, Stop> {
        let open_at = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let start = self.at;
            while self.peek().is_some_and(|b| b != b'"' && b != b'\\' && b >= 0x20) {
                self.at += 1;
            }
            text.push_str(&self.text[start..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => self.escape(&mut text)?,
                Some(b'\n' | b'\r') => {
                    return self.stop(
                        open_at,
                        "unclosed-string",
                        "This string is not closed on its line",
                        Some("close it with \", or write a line break as \\n"),
                    );
                }
                Some(_) => {
                    return self.stop(
                        self.at,
                        "control-character",
                        "A control character in a string",
                        Some("write a tab as \\t"),
                    );
                }
                None => {
                    return self.stop(
                        open_at,
                        "unclosed-string",
                        "This string is never closed",
                        Some("close it with \""),
                    );
                }
            }
        }
    }

    fn escape(&mut self, text: &mut String) -> Result<(), Stop> {
        let at = self.at;
        self.at += 2;
        text.push(match self.bytes.get(at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let Some(first) = self.hex() else {
                    return self.stop(at, "bad-escape", "`\\u` needs four hexadecimal digits", None);
                };
                let mut code = u32::from(first);
                if (0xd800..0xdc00).contains(&first) && self.bytes[self.at..].starts_with(b"\\u") {
                    let back = self.at;
                    self.at += 2;
                    match self.hex() {
                        Some(second) if (0xdc00..0xe000).contains(&second) => {
                            code =
                                0x1_0000 + ((u32::from(first) - 0xd800) << 10) + (u32::from(second) - 0xdc00);
                        }
                        _ => self.at = back,
                    }
                }
                // Half a pair stands for no character.
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => {
                return self.stop(
                    at,
                    "bad-escape",
                    "Unknown escape in a string",
                    Some("write a backslash as \\\\"),
                );
            }
        });
        Ok(())
    }

    fn hex(&mut self) -> Option<u16> {
        let digits = self.bytes.get(self.at..self.at + 4)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let value = u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
        self.at += 4;
        value
    }

    pub(super) fn number(&mut self) -> Result<Value, Stop> {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')) {
            self.at += 1;
        }
        let literal = &self.text[start..self.at];
        // The literal is at most what the reader just ran over, so this stays linear.
        // Floats are read by the standard library, which always finds the nearest one.
        let number = serde_json::from_str::<Number>(literal).ok().and_then(|number| match number.as_f64() {
            Some(_) if !number.is_f64() => Some(number),
            _ => literal.parse::<f64>().ok().and_then(Number::from_f64),
        });
        match number {
            Some(number) => Ok(Value::Number(number)),
            _ => {
                let short: String = literal.chars().take(40).collect();
                self.stop(
                    start,
                    "bad-number",
                    format!("`{short}` is no JSON number"),
                    Some("numbers look like 12, -0.5 or 1e6"),
                )
            }
        }
    }

    pub(super) fn word(&mut self) -> Result<Value, Stop> {
        let rest = &self.text[self.at..];
        let len = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (word, value) = match &rest[..len] {
            "true" => ("", Value::Bool(true)),
            "false" => ("", Value::Bool(false)),
            "null" => ("", Value::Null),
            other => (other, Value::Null),
        };
        if word.is_empty() && len > 0 {
            self.at += len;
            return Ok(value);
        }
        let hint = match word {
            "True" | "TRUE" => Some("write true"),
            "False" | "FALSE" => Some("write false"),
            "None" | "nil" | "undefined" | "NULL" => Some("write null"),
            "" => None,
            _ => Some("strings need double quotes"),
        };
        let found = match rest.chars().next() {
            Some(_) if !word.is_empty() => format!("`{}`", word.chars().take(40).collect::<String>()),
            Some(other) => format!("`{}`", other.escape_default()),
            None => "the end".to_owned(),
        };
        self.stop(self.at, "unexpected", format!("Expected a value, found {found}"), hint)
    }
}
