//! Characters that the face draws together where a person wants that: `->`, `!=`, `===`.
//!
//! They are shaped as one text and drawn at once, each still in its own cell: columns stay columns. Selection, links
//! and the cursor know nothing of it.

use terminal::{Cell, CellWidth, Row};

/// Most cells that are shaped together; a longer line of such characters has seams that nobody sees.
const MAX_CELLS: usize = 16;

/// A run of such characters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) text: String,
    /// The column behind the last of them.
    pub(super) until: usize,
}

/// What begins at a column, where it is more than one cell of one look.
pub(super) fn begins(row: Row<'_>, col: usize) -> Option<Run> {
    let first = row.cell(col).filter(|cell| joins(*cell))?;
    let rest = (col + 1..col + MAX_CELLS).map_while(|at| row.cell(at));
    let rest = rest.take_while(|cell| joins(*cell) && look(*cell) == look(first));
    let text: String = std::iter::once(first).chain(rest).map(Cell::character).collect();
    // All of them are ASCII.
    let count = text.len();
    (count > 1).then_some(Run { text, until: col + count })
}

fn joins(cell: Cell<'_>) -> bool {
    let is_sign = matches!(cell.character(), '!' | '#'..='&' | '*' | '+' | '-'..='/' | ':'..='@' | '\\' | '^' | '_' | '|' | '~');
    is_sign && cell.combining().is_empty() && cell.width() == CellWidth::Narrow && !cell.is_hidden()
}

/// What has to be the same in all of them.
fn look(cell: Cell<'_>) -> impl PartialEq {
    let weight = (cell.is_bold(), cell.is_dim(), cell.is_italic(), cell.is_inverse());
    (weight, cell.foreground(), cell.background())
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
    fn signs_of_one_look_belong_together() {
        assert_eq!(found("a -> b", 2), Some(("->".into(), 4)));
        assert_eq!(found("x != y", 2), Some(("!=".into(), 4)));
        assert_eq!(found("\x1b[31m-\x1b[32m>", 0), None);
        assert_eq!(found("- a", 0), None);
        assert_eq!(found("ab", 0), None);
        assert_eq!(found(&"=".repeat(40), 0), Some(("=".repeat(16), 16)));
        assert_eq!(found("<=", 1), None, "the end of one is none");
    }
}
