//! A JSON reader that says where and why.
//!
//! It reads into [`Value`] as any other reader would; positions are looked up afterwards by
//! [`locate`], which runs the same reader over the same text. What a person is likely to get wrong
//! (a comma too many or missing, a comment, single quotes, `True`) is named as such; the first three
//! are passed over, so that one run reports all of them.
//!
//! **Invariants**: nesting stays within [`MAX_DEPTH`], the text within [`MAX_LEN_BYTES`]; every byte
//! is looked at a bounded number of times.

mod scalar;

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::diagnostic::{Place, Report};

/// Longest document.
pub const MAX_LEN_BYTES: usize = 4 << 20;
/// Deepest nesting.
pub const MAX_DEPTH: usize = 64;
/// Slips passed over before giving up.
const MAX_SLIPS: usize = 20;

/// Where a value stands, in bytes from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) key: Option<usize>,
    pub(crate) value: usize,
}

/// Reads a document. `None` where it could not be read to its end; the report says why.
pub(crate) fn parse(bytes: &[u8], report: &mut Report) -> Option<Value> {
    if bytes.len() > MAX_LEN_BYTES {
        let message = format!("The file is larger than {} MB", MAX_LEN_BYTES >> 20);
        report.error(Place::Offset(0), "", "too-large", message);
        return None;
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let place = Place::Offset(error.valid_up_to());
            report.error(place, "", "not-utf-8", "The file is not UTF-8 text").hint("save it as UTF-8");
            return None;
        }
    };
    let mut reader = Reader::new(text);
    let value = reader.document();
    for slip in reader.slips {
        let finding = if slip.code == "duplicate-key" {
            report.warning(Place::Offset(slip.at), &slip.pointer, slip.code, slip.message)
        } else {
            report.error(Place::Offset(slip.at), &slip.pointer, slip.code, slip.message)
        };
        finding.maybe_hint(|| slip.hint);
    }
    value
}

/// Positions of the wanted pointers, as far as the text can be read.
pub(crate) fn locate(text: &str, wanted: &HashSet<&str>) -> HashMap<String, Location> {
    let mut reader = Reader::new(text);
    reader.wanted = Some(wanted);
    reader.document();
    reader.found
}

/// Adds a token to a JSON Pointer.
pub(crate) fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    for character in token.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

/// A JSON Pointer with one more token.
pub(crate) fn join(pointer: &str, token: &str) -> String {
    let mut joined = String::with_capacity(pointer.len() + token.len() + 1);
    joined.push_str(pointer);
    push_token(&mut joined, token);
    joined
}

struct Slip {
    at: usize,
    pointer: String,
    code: &'static str,
    message: String,
    hint: Option<String>,
}

/// Reading cannot go on; the reason is the last slip.
struct Stop;

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    pointer: String,
    slips: Vec<Slip>,
    wanted: Option<&'a HashSet<&'a str>>,
    found: HashMap<String, Location>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let (pointer, slips, found) = (String::new(), Vec::new(), HashMap::new());
        Self { text, bytes: text.as_bytes(), at, depth: 0, pointer, slips, wanted: None, found }
    }

    fn document(&mut self) -> Option<Value> {
        let value = self.value(None).ok()?;
        self.space().ok()?;
        if self.at < self.bytes.len() {
            let _ =
                self.slip(self.at, "trailing-text", "There is more text after the end of the document", None);
            return None;
        }
        Some(value)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Notes a mistake that reading can pass over.
    fn slip(
        &mut self,
        at: usize,
        code: &'static str,
        message: impl Into<String>,
        hint: Option<&str>,
    ) -> Result<(), Stop> {
        let hint = hint.map(str::to_owned);
        self.slips.push(Slip { at, pointer: self.pointer.clone(), code, message: message.into(), hint });
        if self.slips.len() >= MAX_SLIPS { Err(Stop) } else { Ok(()) }
    }

    /// Notes a mistake that ends reading.
    fn stop<T>(
        &mut self,
        at: usize,
        code: &'static str,
        message: impl Into<String>,
        hint: Option<&str>,
    ) -> Result<T, Stop> {
        let _ = self.slip(at, code, message, hint);
        Err(Stop)
    }

    fn space(&mut self) -> Result<(), Stop> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(b'/') if matches!(self.bytes.get(self.at + 1), Some(b'/' | b'*')) => self.comment()?,
                _ => return Ok(()),
            }
        }
    }

    fn comment(&mut self) -> Result<(), Stop> {
        self.slip(
            self.at,
            "comment",
            "JSON has no comments",
            Some("put the remark under a key such as \"note\""),
        )?;
        let (open, close) = if self.bytes[self.at + 1] == b'/' { (2, "\n") } else { (2, "*/") };
        let rest = &self.text[self.at + open..];
        self.at += open + rest.find(close).map_or(rest.len(), |found| found + close.len());
        Ok(())
    }

    fn value(&mut self, key_at: Option<usize>) -> Result<Value, Stop> {
        self.space()?;
        if self.wanted.is_some_and(|wanted| wanted.contains(self.pointer.as_str())) {
            self.found.insert(self.pointer.clone(), Location { key: key_at, value: self.at });
        }
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => self.string().map(Value::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'\'') => self.stop(
                self.at,
                "single-quotes",
                "Strings need double quotes",
                Some("write \"…\" instead of '…'"),
            ),
            Some(_) => self.word(),
            None => self.stop(self.at, "unexpected-end", "The file ends where a value should be", None),
        }
    }

    fn nested(&mut self, inner: fn(&mut Self) -> Result<Value, Stop>) -> Result<Value, Stop> {
        if self.depth >= MAX_DEPTH {
            return self.stop(self.at, "too-deep", format!("Nested deeper than {MAX_DEPTH} levels"), None);
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    /// After a member: true to go on, false at the closing bracket.
    fn separator(&mut self, open_at: usize, close: u8) -> Result<bool, Stop> {
        self.space()?;
        match self.peek() {
            Some(b',') => {
                let comma = self.at;
                self.at += 1;
                self.space()?;
                if self.peek() == Some(close) {
                    self.slip(
                        comma,
                        "trailing-comma",
                        "A comma before the closing bracket",
                        Some("remove the comma"),
                    )?;
                    self.at += 1;
                    return Ok(false);
                }
                Ok(true)
            }
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(false)
            }
            Some(b'"' | b'{' | b'[' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
                let end = self.text[..self.at].trim_end().len();
                self.slip(end, "missing-comma", "A comma is missing here", Some("separate members by `,`"))?;
                Ok(true)
            }
            Some(other) => {
                let (close, other) = (char::from(close), shown(other));
                self.stop(self.at, "unexpected", format!("Expected `,` or `{close}`, found {other}"), None)
            }
            None => {
                let line = self.text[..open_at].matches('\n').count() + 1;
                let (open, close) = (char::from(self.bytes[open_at]), char::from(close));
                let message = format!("The file ends before the `{open}` of line {line} is closed");
                let hint = format!("add the missing `{close}`");
                self.stop(self.at, "unclosed", message, Some(&hint))
            }
        }
    }

    fn object(&mut self) -> Result<Value, Stop> {
        let open_at = self.at;
        self.at += 1;
        let mut members = Map::new();
        self.space()?;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(members));
        }
        loop {
            self.space()?;
            let key_at = self.at;
            match self.peek() {
                Some(b'"') => {}
                Some(b'\'') => {
                    return self.stop(
                        key_at,
                        "single-quotes",
                        "Keys need double quotes",
                        Some("write \"…\" instead of '…'"),
                    );
                }
                Some(byte) if byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$' | b'@') => {
                    return self.stop(
                        key_at,
                        "unquoted-key",
                        "Keys need double quotes",
                        Some("write \"key\": value"),
                    );
                }
                Some(other) => {
                    return self.stop(
                        key_at,
                        "unexpected",
                        format!("Expected a key in double quotes, found {}", shown(other)),
                        None,
                    );
                }
                None => return self.separator(open_at, b'}').map(|_| Value::Null),
            }
            let key = self.string()?;
            self.space()?;
            if self.peek() != Some(b':') {
                return self.stop(
                    self.at,
                    "missing-colon",
                    format!("A `:` is missing after the key \"{key}\""),
                    None,
                );
            }
            self.at += 1;
            let len = self.pointer.len();
            push_token(&mut self.pointer, &key);
            if members.contains_key(&key) && self.slips.len() + 1 < MAX_SLIPS {
                self.slip(
                    key_at,
                    "duplicate-key",
                    format!("The key \"{key}\" is there twice; the last one counts"),
                    None,
                )?;
            }
            let value = self.value(Some(key_at))?;
            self.pointer.truncate(len);
            members.insert(key, value);
            if !self.separator(open_at, b'}')? {
                return Ok(Value::Object(members));
            }
        }
    }

    fn array(&mut self) -> Result<Value, Stop> {
        let open_at = self.at;
        self.at += 1;
        let mut items = Vec::new();
        self.space()?;
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::Array(items));
        }
        loop {
            let len = self.pointer.len();
            push_token(&mut self.pointer, &items.len().to_string());
            self.space()?;
            if self.peek().is_none() {
                return self.separator(open_at, b']').map(|_| Value::Null);
            }
            items.push(self.value(None)?);
            self.pointer.truncate(len);
            if !self.separator(open_at, b']')? {
                return Ok(Value::Array(items));
            }
        }
    }
}

fn shown(byte: u8) -> String {
    if byte.is_ascii_graphic() { format!("`{}`", char::from(byte)) } else { "something else".to_owned() }
}
