//! A comparison as lines to be drawn: hunks one after the other, with numbers of both sides.

use abi::table::{DiffOp, FileDiff, FileKind, RunChange, RunChangeKind};

/// A line of the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Number in the old text.
    pub(super) old: Option<u64>,
    /// Number in the new text.
    pub(super) new: Option<u64>,
    /// None for what stands between hunks.
    pub(super) op: Option<DiffOp>,
    /// With tabs as spaces and marks in place of what cannot be seen.
    pub(super) text: String,
}

/// Whether there are lines to look at.
pub(super) fn has_lines(change: &RunChange) -> bool {
    let is_text = |kind: FileKind| matches!(kind, FileKind::File | FileKind::Symlink);
    change.kind != RunChangeKind::Bits && is_text(change.what) && change.was.is_none_or(is_text)
}

/// The lines of a comparison.
pub(super) fn lines(diff: &FileDiff) -> Vec<Line> {
    let mut lines = Vec::new();
    for hunk in &diff.hunks {
        let (mut old, mut new) = (hunk.old_start, hunk.new_start);
        if old > 1 || new > 1 {
            lines.push(Line { old: None, new: None, op: None, text: format!("from line {new}") });
        }
        for line in &hunk.lines {
            let has_old = line.op != DiffOp::Added;
            let has_new = line.op != DiffOp::Removed;
            lines.push(Line {
                old: has_old.then_some(old),
                new: has_new.then_some(new),
                op: Some(line.op),
                text: visible(&line.text),
            });
            old += u64::from(has_old);
            new += u64::from(has_new);
        }
    }
    lines
}

/// Text that was written by nobody who is trusted: what turns or hides text is shown as what it is.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for ch in text.chars() {
        match ch {
            '\t' => shown.push_str("    "),
            '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' => {
                shown.push_str(&format!("<U+{:04X}>", u32::from(ch)));
            }
            ch if ch.is_control() => shown.push_str(&format!("<{:02X}>", u32::from(ch))),
            ch => shown.push(ch),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use abi::table::{DiffHunk, DiffLine};

    #[test]
    fn lines_have_the_numbers_of_both_sides() {
        let line = |op, text: &str| DiffLine { op, text: text.into() };
        let lines_of = vec![
            line(DiffOp::Same, "a"),
            line(DiffOp::Removed, "b"),
            line(DiffOp::Added, "\tc"),
            line(DiffOp::Same, "d"),
        ];
        let diff = FileDiff {
            path: String::new(),
            old_size: None,
            new_size: None,
            binary: false,
            note: String::new(),
            hunks: vec![DiffHunk { old_start: 7, new_start: 8, lines: lines_of }],
            added: 1,
            removed: 1,
        };
        let shown: Vec<_> = lines(&diff).into_iter().map(|line| (line.old, line.new, line.text)).collect();
        assert_eq!(
            shown,
            [
                (None, None, "from line 8".to_owned()),
                (Some(7), Some(8), "a".to_owned()),
                (Some(8), None, "b".to_owned()),
                (None, Some(9), "    c".to_owned()),
                (Some(9), Some(10), "d".to_owned()),
            ]
        );
    }

    #[test]
    fn what_hides_text_is_shown() {
        assert_eq!(visible("a\u{202E}b\u{1b}[2J"), "a<U+202E>b<1B>[2J");
    }
}
