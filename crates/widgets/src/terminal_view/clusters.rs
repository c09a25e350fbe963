//! Characters of several cells that one picture stands for: emoji that are joined, with a colour of skin,
//! and flags.
//!
//! Programs count their columns one by one, so they keep them; the picture stands in the first two.

use terminal::{Cell, CellWidth, Row};

/// Joins the emoji around it.
const JOINER: char = '\u{200d}';
/// Most cells of one picture: a family of four.
const MAX_CELLS: usize = 8;

/// Characters that may be one picture.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cluster {
    pub(super) text: String,
    /// The column behind the last of them.
    pub(super) until: usize,
}

/// What begins at a column, where it is more than one cell.
pub(super) fn begins(row: Row<'_>, col: usize) -> Option<Cluster> {
    let first = row.cell(col)?;
    // Nearly all text ends here.
    if (first.character() as u32) < 0x200d {
        return None;
    }
    let (mut last, mut until, mut text) = (first, behind(first, col), String::new());
    push(&mut text, first);
    for _ in 1..MAX_CELLS {
        let Some(next) = row.cell(until).filter(|next| belongs(last, *next, first)) else { break };
        push(&mut text, next);
        until = behind(next, until);
        let flag = is_indicator(next.character());
        last = next;
        if flag {
            break;
        }
    }
    (last.character() != first.character() || until > behind(first, col)).then_some(Cluster { text, until })
}

fn behind(cell: Cell<'_>, col: usize) -> usize {
    col + if cell.width() == CellWidth::Wide { 2 } else { 1 }
}

fn push(text: &mut String, cell: Cell<'_>) {
    text.push(cell.character());
    text.extend(cell.combining());
}

fn belongs(last: Cell<'_>, next: Cell<'_>, first: Cell<'_>) -> bool {
    let joined = last.combining().last() == Some(&JOINER) && !next.character().is_ascii();
    let skin = matches!(next.character(), '\u{1f3fb}'..='\u{1f3ff}') && last.width() == CellWidth::Wide;
    let flag = is_indicator(first.character()) && is_indicator(next.character());
    joined || skin || flag
}

/// One of the letters that flags are made of.
fn is_indicator(character: char) -> bool {
    matches!(character, '\u{1f1e6}'..='\u{1f1ff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use terminal::{Size, Terminal};

    fn found(text: &str, col: usize) -> Option<(String, usize)> {
        let mut terminal = Terminal::new(Size { rows: 2, cols: 40 }, 0);
        terminal.feed(text.as_bytes());
        begins(terminal.row(0).unwrap(), col).map(|it| (it.text, it.until))
    }

    #[test]
    fn joined_emoji_skin_and_flags_are_found() {
        assert_eq!(found("👩\u{200d}💻 x", 0), Some(("👩\u{200d}💻".into(), 4)));
        assert_eq!(found("👍\u{1f3fd}x", 0), Some(("👍\u{1f3fd}".into(), 4)));
        assert_eq!(found("🇩🇪🇫🇷", 0), Some(("🇩🇪".into(), 2)));
        assert_eq!(found("🇩🇪🇫🇷", 2), Some(("🇫🇷".into(), 4)));
        for text in ["ab", "日本", "🐍🐍", "👩\u{200d}", "é"] {
            assert_eq!(found(text, 0), None, "{text}");
        }
    }
}
