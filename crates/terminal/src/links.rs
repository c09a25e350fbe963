//! What can be opened: addresses that a program marked (OSC 8), and what looks like an address or like a
//! place in a file (`src/main.rs:12:5`) in the text.

use crate::{Terminal, whole_line::WholeLine};
use alacritty_terminal::{
    index::{Column, Line},
    term::cell::Hyperlink,
};
use regex::Regex;
use std::{ops::RangeInclusive, sync::LazyLock};

/// Longest address, as browsers have it.
pub(crate) const MAX_LINK_BYTES: usize = 2083;

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkTarget {
    /// An address, as a program or the text has it.
    Address(String),
    /// A file or folder as the text has it, with the place in it.
    Path {
        /// As it is written, relative to the working folder unless it begins with `/` or `~`.
        path: String,
        /// Line, from one.
        line: Option<u32>,
        /// Column, from one.
        column: Option<u32>,
    },
}

impl std::fmt::Display for LinkTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LinkTarget::Address(address) => f.write_str(address),
            LinkTarget::Path { path, line, column } => {
                f.write_str(path)?;
                [line, column].into_iter().flatten().try_for_each(|number| write!(f, ":{number}"))
            }
        }
    }
}

/// A link, and where in the view it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it leads.
    pub target: LinkTarget,
    /// Whether a program said so, in which case the text may say anything.
    pub marked: bool,
    /// Rows of the view with the columns it covers.
    pub cells: Vec<(usize, RangeInclusive<usize>)>,
}

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    // The pattern is a constant that a test reads.
    Regex::new(r#"(?i)\b(?:https?://|ftp://|file:///|mailto:)[^\s<>"'`\\{}|^\x00-\x1f]+"#).expect("a pattern")
});

static PATH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        (?: (?: ~|\.{1,2} )? / [\w.@+%=-]+ | [\w.@+-]+ / [\w.@+%=-]+ ) (?: / [\w.@+%=-]+ )* /? (?: :\d{1,7} (?: :\d{1,7} )? )?
        | [\w+-][\w.+-]* \. [A-Za-z][A-Za-z0-9]{0,9} : \d{1,7} (?: :\d{1,7} )?",
    )
    .expect("a pattern")
});

impl Terminal {
    /// What can be opened at a cell of the view.
    #[must_use]
    pub fn link_at(&self, row: usize, col: usize) -> Option<Link> {
        let size = self.size();
        if row >= size.rows || col >= size.cols {
            return None;
        }
        let line = self.line_of(row);
        if let Some(link) = self.term.grid()[line][Column(col)].hyperlink() {
            return Some(self.marked_link(&link, row));
        }
        let mut whole = WholeLine::default();
        whole.read(&self.term, WholeLine::rows_around(&self.term, line));
        let at = whole.byte_at(line, col)?;
        let found = |regex: &Regex| regex.find_iter(&whole.text).find(|found| found.range().contains(&at));
        let (target, part) = if let Some(found) = found(&ADDRESS) {
            let len = address_len(found.as_str());
            let part = found.start()..found.start() + len;
            (LinkTarget::Address(found.as_str()[..len].to_owned()), part)
        } else {
            let found = found(&PATH)?;
            let text = found.as_str().trim_end_matches(['.', ',']);
            (path_target(text), found.start()..found.start() + text.len())
        };
        if !part.contains(&at) || part.len() > MAX_LINK_BYTES {
            return None;
        }
        let ((first_line, first_col), (last_line, last_col)) = whole.cells_of(part)?;
        let cells = (0..size.rows).filter_map(|row| {
            let line = self.line_of(row);
            let from = if line == first_line { first_col } else { 0 };
            let to = if line == last_line { last_col } else { size.cols - 1 };
            (line >= first_line && line <= last_line).then_some((row, from..=to))
        });
        Some(Link { target, marked: false, cells: cells.collect() })
    }

    /// All cells of the link around a row, as far as rows without a break go.
    fn marked_link(&self, link: &Hyperlink, row: usize) -> Link {
        let covered = |row: usize| {
            let line: Line = self.line_of(row);
            let cells = &self.term.grid()[line][..];
            let is_part = |col: &usize| cells[*col].hyperlink().as_ref() == Some(link);
            let first = (0..cells.len()).find(is_part)?;
            let last = (0..cells.len()).rev().find(is_part)?;
            Some((row, first..=last))
        };
        let mut above: Vec<_> = (0..row).rev().map_while(covered).collect();
        above.reverse();
        above.extend((row..self.size().rows).map_while(covered));
        Link { target: LinkTarget::Address(link.uri().to_owned()), marked: true, cells: above }
    }
}

/// Without the punctuation of the sentence around it: a bracket ends it that was not opened in it.
fn address_len(text: &str) -> usize {
    let mut text = text;
    loop {
        let count = |c: char| text.matches(c).count();
        let Some(last) = text.chars().next_back() else { return 0 };
        let outside = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '*' | '_' => true,
            ')' => count(')') > count('('),
            ']' => count(']') > count('['),
            _ => false,
        };
        if !outside {
            return text.len();
        }
        text = &text[..text.len() - last.len_utf8()];
    }
}

fn path_target(text: &str) -> LinkTarget {
    let mut fields = text.split(':');
    let path = fields.next().unwrap_or_default().to_owned();
    let mut number = || fields.next().and_then(|field| field.parse().ok()).filter(|number| *number > 0);
    let line = number();
    let column = line.and_then(|_| number());
    LinkTarget::Path { path, line, column }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Size;

    /// What is found at each column, one for each run.
    fn links(text: &str) -> Vec<String> {
        let mut terminal = Terminal::new(Size { rows: 4, cols: 80 }, 10);
        terminal.feed(text.as_bytes());
        let mut found: Vec<String> =
            (0..80).filter_map(|col| Some(terminal.link_at(0, col)?.target.to_string())).collect();
        found.dedup();
        found
    }

    #[test]
    fn addresses_end_where_the_sentence_goes_on() {
        assert_eq!(
            links("see https://a.org/x_(y)?q=1#z, or (http://b.net)."),
            ["https://a.org/x_(y)?q=1#z", "http://b.net"]
        );
        assert_eq!(links("<mailto:a@b.c> file:///etc/passwd!"), ["mailto:a@b.c", "file:///etc/passwd"]);
        assert!(links("javascript:alert(1) http:// no").is_empty());
    }

    #[test]
    fn places_in_files() {
        assert_eq!(
            links("error: src/main.rs:12:5 in ./a/b, ~/c.txt and lib.rs:7: x"),
            ["src/main.rs:12:5", "./a/b", "~/c.txt", "lib.rs:7"]
        );
        assert_eq!(links("/usr/share/doc/"), ["/usr/share/doc/"]);
        assert!(
            links("12:30 a.b 3.14 key=value ratio 1:2").is_empty(),
            "{:?}",
            links("12:30 a.b 3.14 ratio 1:2")
        );
        let Some(link) = fed("x src/ä.rs:0:5").link_at(0, 3) else { panic!("a link") };
        assert_eq!(link.target, LinkTarget::Path { path: "src/ä.rs".into(), line: None, column: None });
    }

    fn fed(text: &str) -> Terminal {
        let mut terminal = Terminal::new(Size { rows: 4, cols: 20 }, 10);
        terminal.feed(text.as_bytes());
        terminal
    }

    #[test]
    fn a_link_goes_over_wrapped_rows() {
        let terminal = fed("0123456789 https://example.org/long/address end");
        let link = terminal.link_at(1, 3).unwrap();
        assert_eq!(link.target.to_string(), "https://example.org/long/address");
        assert_eq!(link.cells, [(0, 11..=19), (1, 0..=19), (2, 0..=2)]);
        assert_eq!(terminal.link_at(2, 4), None);
        let terminal = fed("\x1b]8;;https://a.b\x07one two three four five\x1b]8;;\x07");
        let link = terminal.link_at(1, 0).unwrap();
        assert!(link.marked);
        assert_eq!(link.cells, [(0, 0..=19), (1, 0..=2)]);
    }
}
