//! Long lines in rows of one height: where each row of the picture begins and ends.

use super::diff::Line;

/// A row of the picture: a line, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Which line.
    pub(super) line: usize,
    /// Bytes of its text.
    start: usize,
    end: usize,
}

impl Part {
    /// Whether the line begins here.
    pub(super) fn is_first(self) -> bool {
        self.start == 0
    }

    /// What of the line's text stands in this row.
    pub(super) fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// The rows of these lines, none longer than so many characters.
pub(super) fn parts(lines: &[Line], columns: usize) -> Vec<Part> {
    let columns = columns.max(1);
    let mut parts = Vec::with_capacity(lines.len());
    for (line, text) in lines.iter().map(|line| line.text.as_str()).enumerate() {
        let mut start = 0;
        // Fewer bytes than columns are fewer characters, which need not be counted.
        while text.len() - start > columns {
            let Some((length, _)) = text[start..].char_indices().nth(columns) else { break };
            parts.push(Part { line, start, end: start + length });
            start += length;
        }
        parts.push(Part { line, start, end: text.len() });
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(texts: &[&str], columns: usize) -> Vec<String> {
        let lines: Vec<Line> =
            texts.iter().map(|text| Line { old: None, new: None, op: None, text: (*text).into() }).collect();
        parts(&lines, columns).iter().map(|part| part.of(&lines[part.line].text).to_owned()).collect()
    }

    #[test]
    fn a_long_line_goes_on_in_further_rows_and_loses_nothing() {
        assert_eq!(rows(&["abc", "", "abcdefgh"], 3), ["abc", "", "abc", "def", "gh"]);
        assert_eq!(rows(&["äöüßäöü"], 3), ["äöü", "ßäö", "ü"], "characters, not bytes");
        assert_eq!(rows(&["äöü"], 3), ["äöü"]);
        assert_eq!(rows(&["ab"], 0), ["a", "b"]);
    }
}
