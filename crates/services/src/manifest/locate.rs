//! Where in a JSON text a value stands, for lines of findings. The text has been parsed before, so
//! what does not fit is answered with the nearest place that does.

use std::collections::HashSet;

/// Byte offset of the value at a JSON Pointer, or of the innermost value around it.
pub(super) fn locate(source: &str, pointer: &str) -> usize {
    let mut scanner = Scanner { bytes: source.as_bytes(), at: 0 };
    scanner.space();
    let mut found = scanner.at;
    for segment in pointer.split('/').skip(1) {
        match scanner.enter(&segment.replace("~1", "/").replace("~0", "~")) {
            Some(offset) => found = offset,
            None => break,
        }
    }
    found
}

/// Line and column in characters of a byte offset, both from 1.
pub(super) fn line_column(source: &str, offset: usize) -> (usize, usize) {
    let before = &source[..source.floor_char_boundary(offset)];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// Every member that its object has already, with the byte offset of its name.
pub(super) fn repeated(source: &str) -> Vec<(String, usize)> {
    let mut scanner = Scanner { bytes: source.as_bytes(), at: 0 };
    // The names of each object that is open; none for a list.
    let mut open: Vec<Option<HashSet<String>>> = Vec::new();
    let (mut repeated, mut is_name) = (Vec::new(), false);
    while let Some(byte) = scanner.peek() {
        match byte {
            b'"' => {
                let start = scanner.at;
                let Some(text) = scanner.string() else { break };
                if is_name
                    && let Some(Some(names)) = open.last_mut()
                    && !names.insert(text.clone())
                {
                    repeated.push((text, start));
                }
                is_name = false;
                continue;
            }
            b'{' | b'[' => open.push((byte == b'{').then(HashSet::new)),
            b'}' | b']' => drop(open.pop()),
            _ => {}
        }
        if matches!(byte, b'{' | b'[' | b',') {
            is_name = matches!(open.last(), Some(Some(_)));
        }
        scanner.at += 1;
    }
    repeated
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// From the beginning of a value to that of its member or item.
    fn enter(&mut self, segment: &str) -> Option<usize> {
        let is_object = match self.peek()? {
            b'{' => true,
            b'[' => false,
            _ => return None,
        };
        self.at += 1;
        let mut index = 0_usize;
        loop {
            self.space();
            if matches!(self.peek()?, b'}' | b']') {
                return None;
            }
            let matches = if is_object {
                let key = self.string()?;
                self.space();
                self.at += 1;
                self.space();
                key == segment
            } else {
                segment.parse() == Ok(index)
            };
            if matches {
                return Some(self.at);
            }
            self.skip()?;
            self.space();
            if self.peek()? == b',' {
                self.at += 1;
            }
            index += 1;
        }
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        self.skip_string()?;
        serde_json::from_slice(&self.bytes[start..self.at]).ok()
    }

    fn skip_string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Some(())
    }

    /// Over a whole value: brackets are counted, so nothing is called again and again.
    fn skip(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => self.skip_string()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                _ => {
                    let rest = &self.bytes[self.at..];
                    let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b'{' | b'[' | b'"');
                    // A separator inside is stepped over, one outside ends the value.
                    let len = rest.iter().position(ends).unwrap_or(rest.len());
                    self.at += len.max(usize::from(depth > 0));
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_wherever_they_stand() {
        let source = "{\n  \"a\": [1, {\"b/c\": \"x,]\\\"\"}, true],\n  \"d\": { \"e\": null }\n}";
        let at = |pointer: &str| &source[locate(source, pointer)..];
        assert!(at("").starts_with('{'));
        assert!(at("/a/0").starts_with("1,"));
        assert!(at("/a/1/b~1c").starts_with("\"x,"));
        assert!(at("/a/2").starts_with("true"));
        assert!(at("/d/e").starts_with("null"));
        assert!(at("/d/missing").starts_with("{ \"e\""), "what holds it");
        assert_eq!(line_column(source, locate(source, "/d/e")), (3, 15));
    }
}
