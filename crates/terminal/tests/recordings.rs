//! What real programs wrote on a screen of 60 × 12, and the screen that it made.
//!
//! The expected screens were compared with what tmux shows for the same bytes.

use agentos_terminal::{Color, Row, Size, Terminal};
use std::fmt::Write as _;

/// Rows of text between bars, then runs that are not plain, then the cursor.
fn screen(bytes: &[u8]) -> String {
    let mut terminal = Terminal::new(Size { rows: 12, cols: 60 }, 100);
    terminal.feed(bytes);
    terminal.verify_invariants();
    let rows: Vec<Row<'_>> = (0..12).filter_map(|row| terminal.row(row)).collect();
    let mut out: String = rows.iter().map(|row| format!("|{}\n", row.text())).collect();
    for (index, row) in rows.iter().enumerate() {
        let mut last = String::new();
        for (col, cell) in row.cells().enumerate() {
            let mut style = String::new();
            for (name, set) in
                [("bold", cell.is_bold()), ("dim", cell.is_dim()), ("inverse", cell.is_inverse())]
            {
                if set {
                    let _ = write!(style, " {name}");
                }
            }
            for (name, color) in [("on", cell.background()), ("in", cell.foreground())] {
                if color != Color::Default {
                    let _ = write!(style, " {name} {color:?}");
                }
            }
            if style != last && !style.is_empty() {
                let _ = writeln!(out, "{index}:{col}{style}");
            }
            last = style;
        }
    }
    let cursor = terminal.cursor().map(|cursor| (cursor.row, cursor.col));
    let _ = writeln!(out, "cursor {cursor:?}, alternate screen {}", terminal.modes().alternate_screen);
    out
}

macro_rules! recordings {
    ($($name:ident),*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(screen(include_bytes!(concat!("recordings/", stringify!($name), ".bytes"))));
        }
    )*};
}

recordings!(bash, less, vim, python);
