//! A file of a run beside its original as that is now, line by line.

use super::{
    run::{Run, original},
    tree::Tree,
};
use crate::{
    core::Core,
    vfs::{FsError, FsResult, VPath},
};
use abi::{
    Errno, SysError, SysResult,
    table::{CowKind, DiffHunk, DiffLine, DiffOp, FileDiff},
};
use similar::{ChangeTag, TextDiff};
use std::{io::Read, time::Duration};

/// Larger files are not compared, bytes.
const MAX_BYTES: u64 = 8 * 1024 * 1024;
/// Lines of one reply.
const MOST_LINES: usize = 200_000;
/// Longest line that is shown whole, characters.
const MAX_LINE_CHARS: usize = 2_000;
/// So much of a file is looked at for bytes that no text has.
const SNIFF_BYTES: usize = 8 * 1024;
/// After this long the comparison is less fine.
const PATIENCE: Duration = Duration::from_secs(2);

/// What one side is.
enum Side {
    Absent,
    Text(String, u64),
    Binary(u64),
    TooLarge(u64),
    /// A link, as the text that it is.
    Link(String),
}

impl Side {
    fn size(&self) -> Option<u64> {
        match self {
            Side::Absent => None,
            Side::Text(_, size) | Side::Binary(size) | Side::TooLarge(size) => Some(*size),
            Side::Link(target) => Some(target.len() as u64),
        }
    }
}

/// Compares.
///
/// # Errors
/// `ENOENT` when the path is in no folder of the run or on neither side, `EISDIR`, and those of the host.
pub(super) fn diff(core: &Core, run: &Run, path: &VPath, context: usize) -> SysResult<FileDiff> {
    let (index, folder, at) = place(run, path)?;
    let old = side(&original(core, &folder)?, &at).map_err(|why| why.at(path))?;
    let changed = run.changed(index)?;
    let mut new = side(&changed, &at).map_err(|why| why.at(path))?;
    let is_layered = run.folder(index)?.kind == CowKind::Overlay;
    if is_layered && matches!(new, Side::Absent) {
        // What the run did not touch is the original.
        let shows = super::overlay::is_shown_through(&changed, &at).map_err(|why| why.at(path))?;
        if shows {
            new = side(&original(core, &folder)?, &at).map_err(|why| why.at(path))?;
        }
    }
    let mut reply = FileDiff {
        path: path.as_str().to_owned(),
        old_size: old.size(),
        new_size: new.size(),
        binary: matches!(old, Side::Binary(_)) || matches!(new, Side::Binary(_)),
        note: String::new(),
        hunks: Vec::new(),
        added: 0,
        removed: 0,
    };
    let (old, new) = match (old, new) {
        (Side::Absent, Side::Absent) => {
            return Err(SysError::new(
                Errno::ENOENT,
                format!("{path}: is neither in the run nor the original"),
            ));
        }
        (Side::TooLarge(_), _) | (_, Side::TooLarge(_)) => {
            reply.note = format!("larger than {} MiB: not compared", MAX_BYTES >> 20);
            return Ok(reply);
        }
        (Side::Binary(_), _) | (_, Side::Binary(_)) => {
            reply.note = "not a text".into();
            return Ok(reply);
        }
        (Side::Link(_), Side::Text(..)) => {
            reply.note = "a link became a file".into();
            return Ok(reply);
        }
        (Side::Text(..), Side::Link(_)) => {
            reply.note = "a file became a link".into();
            return Ok(reply);
        }
        (old, new) => (text(old), text(new)),
    };
    compare(&old, &new, context, &mut reply);
    Ok(reply)
}

/// Which folder of the run a path lies in, and where there.
pub(super) fn place(run: &Run, path: &VPath) -> SysResult<(usize, VPath, VPath)> {
    for (index, folder) in run.record.folders.iter().enumerate() {
        let folder = VPath::parse(&folder.path)?;
        if let Some(at) = path.rebase(&folder) {
            return Ok((index, folder, at));
        }
    }
    Err(SysError::new(Errno::ENOENT, format!("{path}: lies in no folder of run {}", run.id())))
}

fn text(side: Side) -> String {
    match side {
        Side::Text(text, _) => text,
        Side::Link(target) => format!("{target}\n"),
        _ => String::new(),
    }
}

fn side(tree: &Tree, at: &VPath) -> FsResult<Side> {
    use super::tree::Kind;
    let Some(facts) = tree.facts(at)? else { return Ok(Side::Absent) };
    match facts.kind {
        Kind::Whiteout => return Ok(Side::Absent),
        Kind::Link => return Ok(Side::Link(tree.link(at)?)),
        Kind::Special => return Ok(Side::Binary(0)),
        Kind::Folder => return Err(FsError::new(Errno::EISDIR, "is a folder")),
        Kind::File if facts.stamp.len_bytes > MAX_BYTES => return Ok(Side::TooLarge(facts.stamp.len_bytes)),
        Kind::File => {}
    }
    let (file, facts) = tree.read(at)?;
    let mut content = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut content)?;
    let size = facts.stamp.len_bytes.max(content.len() as u64);
    if content.len() as u64 > MAX_BYTES {
        return Ok(Side::TooLarge(size));
    }
    if content[..content.len().min(SNIFF_BYTES)].contains(&0) {
        return Ok(Side::Binary(size));
    }
    Ok(String::from_utf8(content).map_or(Side::Binary(size), |text| Side::Text(text, size)))
}

fn compare(old: &str, new: &str, context: usize, reply: &mut FileDiff) {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(old, new);
    let mut room = MOST_LINES;
    for group in diff.grouped_ops(context) {
        let Some(first) = group.first() else { continue };
        let mut hunk = DiffHunk {
            old_start: first.old_range().start as u64 + 1,
            new_start: first.new_range().start as u64 + 1,
            lines: Vec::new(),
        };
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let op = match change.tag() {
                ChangeTag::Equal => DiffOp::Same,
                ChangeTag::Insert => DiffOp::Added,
                ChangeTag::Delete => DiffOp::Removed,
            };
            reply.added += u64::from(op == DiffOp::Added);
            reply.removed += u64::from(op == DiffOp::Removed);
            if room > 0 {
                room -= 1;
                hunk.lines.push(DiffLine { op, text: line(change.value()) });
            }
        }
        if !hunk.lines.is_empty() {
            reply.hunks.push(hunk);
        }
    }
    if room == 0 {
        reply.note = format!("only the first {MOST_LINES} lines are shown");
    } else if old != new && old.lines().eq(new.lines()) {
        reply.note = "only the ends of lines differ".into();
    } else if old.is_empty() != new.is_empty() || old == new {
    } else if old.ends_with('\n') != new.ends_with('\n') {
        let which = if new.ends_with('\n') { "now ends" } else { "no longer ends" };
        reply.note = format!("the last line {which} with a line end");
    }
}

/// A line without its end, as far as it is shown.
fn line(text: &str) -> String {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    match text.char_indices().nth(MAX_LINE_CHARS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(old: &str, new: &str, context: usize) -> FileDiff {
        let mut reply = FileDiff {
            path: String::new(),
            old_size: None,
            new_size: None,
            binary: false,
            note: String::new(),
            hunks: Vec::new(),
            added: 0,
            removed: 0,
        };
        compare(old, new, context, &mut reply);
        reply
    }

    fn shown(diff: &FileDiff) -> String {
        let mut text = String::new();
        for hunk in &diff.hunks {
            text.push_str(&format!("@@ -{} +{}\n", hunk.old_start, hunk.new_start));
            for line in &hunk.lines {
                let mark = match line.op {
                    DiffOp::Same => ' ',
                    DiffOp::Added => '+',
                    DiffOp::Removed => '-',
                };
                text.push_str(&format!("{mark}{}\n", line.text));
            }
        }
        text
    }

    #[test]
    fn lines_come_in_hunks_with_what_is_around_them() {
        let old: String = (1..=30).map(|line| format!("line {line}\n")).collect();
        let new = old.replace("line 3\n", "line three\n").replace("line 25\n", "");
        let diff = compared(&old, &new, 1);
        assert_eq!(
            shown(&diff),
            "@@ -2 +2\n line 2\n-line 3\n+line three\n line 4\n@@ -24 +24\n line 24\n-line 25\n line 26\n"
        );
        assert_eq!((diff.added, diff.removed), (1, 2));
    }

    #[test]
    fn what_lines_do_not_show_is_said() {
        assert_eq!(compared("a\nb\n", "a\r\nb\r\n", 3).note, "only the ends of lines differ");
        assert_eq!(compared("a\nb\n", "a\nb", 3).note, "only the ends of lines differ");
        assert_eq!(compared("a\n", "b", 3).note, "the last line no longer ends with a line end");
        assert_eq!(compared("", "b", 3).note, "");
    }

    #[test]
    fn a_long_line_and_many_lines_are_cut() {
        let long = compared("", &"é".repeat(5_000), 3);
        assert_eq!(long.hunks[0].lines[0].text.chars().count(), MAX_LINE_CHARS + 1);
        let many = compared("", &"x\n".repeat(MOST_LINES + 7), 3);
        assert_eq!(many.hunks[0].lines.len(), MOST_LINES);
        assert_eq!(many.added as usize, MOST_LINES + 7);
        assert!(many.note.contains("only the first"));
    }
}
