//! What a user would see, and what no bytes may do.

use super::*;
use proptest::prelude::*;
use std::fmt::Write as _;

pub(crate) const SIZE: Size = Size { rows: 4, cols: 12 };

pub(crate) fn fed(bytes: &[u8]) -> Terminal {
    let mut terminal = Terminal::new(SIZE, 100);
    terminal.feed(bytes);
    terminal.verify_invariants();
    terminal
}

fn screen(bytes: &[u8]) -> Vec<String> {
    fed(bytes).visible_text()
}

/// Everything that can be seen or asked, the scrollback included.
fn portrait(terminal: &mut Terminal) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{:?} {:?} {:?}", terminal.title(), terminal.cursor(), terminal.modes());
    let _ =
        writeln!(out, "{:?} {:?}", terminal.take_bell(), String::from_utf8_lossy(&terminal.take_replies()));
    let _ = writeln!(out, "{:?} {:?}", terminal.take_events(), terminal.blocks().collect::<Vec<_>>());
    terminal.scroll(Scroll::Top);
    while {
        for row in (0..terminal.size().rows).filter_map(|row| terminal.row(row)) {
            for cell in row.cells() {
                let look = (cell.foreground(), cell.background(), cell.underline(), cell.underline_color());
                let flags =
                    [cell.is_bold(), cell.is_italic(), cell.is_dim(), cell.is_struck(), cell.is_inverse()];
                let _ = write!(
                    out,
                    "{:?}{:?}{:?}{look:?}{flags:?}",
                    cell.character(),
                    cell.combining(),
                    cell.width()
                );
            }
            out.push('\n');
        }
        terminal.scroll_offset() > 0
    } {
        terminal.scroll(Scroll::Lines(-1));
    }
    out
}

#[test]
fn text_wraps_and_scrolls() {
    assert_eq!(screen(b"hello\r\nworld"), ["hello", "world", "", ""]);
    let terminal = fed(b"abcdefghijklmnop");
    assert_eq!(terminal.visible_text(), ["abcdefghijkl", "mnop", "", ""]);
    assert!(terminal.row(0).unwrap().is_wrapped() && !terminal.row(1).unwrap().is_wrapped());

    let mut terminal = fed(b"1\r\n2\r\n3\r\n4\r\n5\r\n6");
    assert_eq!(terminal.visible_text(), ["3", "4", "5", "6"]);
    assert_eq!(terminal.scrollback_len(), 2);
    terminal.scroll(Scroll::Lines(1));
    assert_eq!(terminal.visible_text(), ["2", "3", "4", "5"]);
    terminal.feed(b"\r\n7");
    assert_eq!(terminal.visible_text(), ["2", "3", "4", "5"], "the view stays when text arrives");
    terminal.scroll(Scroll::Bottom);
    assert_eq!(terminal.visible_text(), ["4", "5", "6", "7"]);
}

#[test]
fn styles_and_colours_are_kept_as_named() {
    let terminal = fed(b"\x1b[1;3;4;9;31;48;5;200mA\x1b[0;2;7;38;2;1;2;3mB\x1b[0;4:3;58;5;9mC\x1b[0mD");
    let row = terminal.row(0).unwrap();
    let [a, b, c, d] = [0, 1, 2, 3].map(|col| row.cell(col).unwrap());
    assert!(a.is_bold() && a.is_italic() && a.is_struck() && a.underline() == Underline::Single);
    assert_eq!((a.foreground(), a.background()), (Color::Indexed(1), Color::Indexed(200)));
    assert!(b.is_dim() && b.is_inverse() && !b.is_bold());
    assert_eq!(b.foreground(), Color::Rgb(Rgb(1, 2, 3)));
    assert_eq!((c.underline(), c.underline_color()), (Underline::Curly, Some(Color::Indexed(9))));
    assert_eq!(
        (d.foreground(), d.background(), d.underline()),
        (Color::Default, Color::Default, Underline::None)
    );
}

#[test]
fn wide_and_combining_characters_take_their_columns() {
    let terminal = fed("日a e\u{301}".as_bytes());
    let row = terminal.row(0).unwrap();
    let widths: Vec<_> = row.cells().take(3).map(Cell::width).collect();
    assert_eq!(widths, [CellWidth::Wide, CellWidth::Spacer, CellWidth::Narrow]);
    assert_eq!(row.cell(4).unwrap().combining(), ['\u{301}']);
    assert_eq!(row.text(), "日a e\u{301}");
    // One that does not fit into the line goes to the next.
    assert_eq!(screen("12345678901日".as_bytes())[..2], ["12345678901", "日"]);
}

#[test]
fn combining_characters_are_bounded() {
    let mut terminal = Terminal::new(SIZE, 100);
    let flood = "\u{301}".repeat(10_000);
    for text in ["a", &flood, "b", &flood, "日", &flood, "\x1b[1;12Hz", &flood] {
        terminal.feed(text.as_bytes());
    }
    let longest =
        (0..4).flat_map(|row| terminal.row(row).unwrap().cells()).map(|cell| cell.combining().len()).max();
    assert_eq!(longest, Some(cells::MAX_COMBINING));
}

#[test]
fn titles_replies_and_the_bell_come_out() {
    let mut terminal = fed(b"\x1b]2;vim \xc3\xa9\x07\x07ab\x1b[6n\x1b[5n\x1b[c\x1b[18t\x1b]11;?\x07");
    assert_eq!(terminal.title(), "vim é");
    assert!(terminal.take_bell() && !terminal.take_bell());
    let replies = String::from_utf8(terminal.take_replies()).unwrap();
    assert_eq!(replies, "\x1b[1;3R\x1b[0n\x1b[?6c\x1b[8;4;12t\x1b]11;rgb:1a1a/1d1d/2626\x07");
    assert!(terminal.take_replies().is_empty());
    for _ in 0..20_000 {
        terminal.feed(b"\x1b[6n\x1b]52;c;?\x07");
    }
    terminal.verify_invariants();
}

#[test]
fn the_alternate_screen_leaves_the_other_alone() {
    let mut terminal = fed(b"shell\r\n\x1b[?1049h\x1b[Hvim");
    assert!(terminal.modes().alternate_screen);
    assert_eq!(terminal.visible_text()[0], "vim");
    terminal.feed(b"\x1b[?1049l");
    assert_eq!(terminal.visible_text()[0], "shell");
}

#[test]
fn resizing_wraps_anew() {
    let mut terminal = fed(b"abcdefghijkl\r\nxyz");
    terminal.resize(Size { rows: 4, cols: 6 });
    terminal.scroll(Scroll::Top);
    assert_eq!(terminal.visible_text()[..3], ["abcdef", "ghijkl", "xyz"]);
    terminal.resize(Size { rows: 0, cols: 0 });
    terminal.verify_invariants();
    terminal.resize(Size { rows: 6, cols: 24 });
    terminal.scroll(Scroll::Top);
    assert!(terminal.visible_text().iter().any(|row| row == "abcdefghijkl"), "{:?}", terminal.visible_text());
    terminal.resize(Size { rows: usize::MAX, cols: usize::MAX });
    terminal.verify_invariants();
}

#[test]
fn damage_names_the_rows_that_changed() {
    let mut terminal = fed(b"one\r\ntwo");
    assert_eq!(terminal.take_damage(), Damage::All);
    terminal.feed(b"\x1b[1;1HO");
    assert_eq!(terminal.take_damage(), Damage::Rows(vec![0, 1]), "written, and where the cursor was");
    assert_eq!(terminal.take_damage(), Damage::Rows(vec![0]), "the cursor's row always");
    terminal.feed(b"\x1b[4;1H\n");
    assert_eq!(terminal.take_damage(), Damage::All);
}

#[test]
fn the_cursor_follows_the_program_and_the_view() {
    let mut terminal = fed(b"1\r\n2\r\n3\r\n4\r\n5\x1b[5 q");
    let cursor = terminal.cursor().unwrap();
    assert_eq!((cursor.row, cursor.col, cursor.shape, cursor.blinking), (3, 1, CursorShape::Beam, true));
    terminal.scroll(Scroll::Lines(1));
    assert_eq!(terminal.cursor(), None, "scrolled out of the view");
    terminal.scroll(Scroll::Bottom);
    terminal.feed(b"\x1b[?25l");
    assert_eq!(terminal.cursor(), None);
}

#[test]
fn selections_by_character_word_line_and_block() {
    let mut terminal = fed(b"one two\r\nthree four\r\nfive");
    terminal.select(SelectionKind::Character, 0, 4, Side::Left);
    terminal.extend_selection(1, 4, Side::Right);
    assert_eq!(terminal.selected_text().as_deref(), Some("two\nthree"));
    assert_eq!(terminal.selected_columns(), [Some(4..=11), Some(0..=4), None, None]);

    terminal.select(SelectionKind::Word, 1, 8, Side::Left);
    assert_eq!(terminal.selected_text().as_deref(), Some("four"));
    terminal.select(SelectionKind::Line, 1, 3, Side::Left);
    assert_eq!(terminal.selected_text().as_deref(), Some("three four\n"));
    terminal.select(SelectionKind::Block, 0, 1, Side::Left);
    terminal.extend_selection(2, 2, Side::Right);
    assert_eq!(terminal.selected_text().as_deref(), Some("ne\nhr\niv"));

    terminal.select(SelectionKind::Character, 0, 2, Side::Left);
    assert_eq!(terminal.selected_text(), None, "a click selects nothing");
    terminal.select_all();
    assert!(terminal.selected_text().is_some_and(|text| text.starts_with("one two\nthree four\nfive")));
    terminal.select(SelectionKind::Character, usize::MAX, usize::MAX, Side::Right);
    terminal.extend_selection(usize::MAX, 0, Side::Left);
    terminal.clear_selection();
    assert_eq!(terminal.selected_text(), None);
}

#[test]
fn copied_text_is_as_it_was_written() {
    let copied = |bytes: &str| {
        let mut terminal = fed(bytes.as_bytes());
        terminal.select_all();
        terminal.selected_text().unwrap().trim_end().to_owned()
    };
    assert_eq!(copied("abcdefghijklmnop"), "abcdefghijklmnop", "wrapped lines are one");
    assert_eq!(copied("a\tb  \r\n日本"), "a\tb\n日本");
    assert_eq!(copied("12345678901日"), "12345678901日");
}

#[test]
fn links_know_their_address() {
    let terminal = fed(b"\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\ no");
    let link = terminal.link_at(0, 0).expect("a link");
    assert_eq!(link.target, LinkTarget::Address("https://example.org".into()));
    assert_eq!(terminal.link_at(0, 5), None);
    assert_eq!(terminal.link_at(99, 99), None);
}

#[test]
fn a_program_can_change_the_palette() {
    let terminal = fed(b"\x1b]4;1;#102030\x07\x1b]11;#000001\x07");
    assert_eq!(terminal.palette().ansi[1], Rgb(0x10, 0x20, 0x30));
    assert_eq!(terminal.palette().background, Rgb(0, 0, 1));
}

#[test]
fn a_flood_is_taken_piece_by_piece() {
    let (mut terminal, flood) = (Terminal::new(SIZE, 100), vec![b'y'; 10_000]);
    let mut pieces = 3;
    let taken = terminal.feed_while(&flood, || {
        pieces -= 1;
        pieces >= 0
    });
    assert_eq!(taken, 3 * 256);
    assert_eq!(terminal.feed_while(&flood[taken..], || true), flood.len() - taken);
}

#[test]
fn an_abandoned_synchronised_update_is_shown_in_the_end() {
    let mut terminal = fed(b"\x1b[?2026hhidden");
    assert_eq!(terminal.visible_text()[0], "");
    let until = terminal.synchronized_until().unwrap();
    terminal.expire_synchronized(until - std::time::Duration::from_millis(1));
    assert_eq!(terminal.visible_text()[0], "");
    terminal.expire_synchronized(until);
    assert_eq!(terminal.visible_text()[0], "hidden");
}

#[test]
fn mouse_modes_follow_the_program() {
    let tracking = |bytes: &[u8]| fed(bytes).modes().mouse_tracking;
    assert_eq!(tracking(b"\x1b[?9h"), MouseTracking::Press);
    assert_eq!(tracking(b"\x1b[?9h\x1b[?1000h"), MouseTracking::Click);
    assert_eq!(tracking(b"\x1b[?9h\x1bc"), MouseTracking::Off);
    assert_eq!(tracking(b"\x1b[?1002h"), MouseTracking::Drag);
    assert_eq!(tracking(b"\x1b[?1003h"), MouseTracking::Motion);
    assert_eq!(fed(b"\x1b[?1006h").modes().mouse_encoding, MouseEncoding::Sgr);
}

/// Bytes that look like what programs send, so that states deep in the parser are reached.
fn program_bytes() -> impl Strategy<Value = Vec<u8>> {
    let sequence = prop_oneof![
        4 => "[ -~]{1,20}".prop_map(String::into_bytes),
        2 => "[日本é\u{301}🐍👩‍💻ا \t]{1,6}".prop_map(String::into_bytes),
        4 => "\x1b\\[[?>!]?[0-9;:]{0,8}[@-~]".prop_map(String::into_bytes),
        1 => "\x1b\\[[0-9]{1,5}[LMPXSTbr@]".prop_map(String::into_bytes),
        2 => "\x1b[78DEHMc=>()#][0B8]?".prop_map(String::into_bytes),
        1 => "\x1b\\][0-9]{1,3};[ -~]{0,12}(\x07|\x1b\\\\)?".prop_map(String::into_bytes),
        1 => "\x1b\\[\\?(2026|2027|1049|47|1048|7|6|9|1000|25|4)[hl]".prop_map(String::into_bytes),
        1 => "\x1b\\](133;[ABCD]|7;file:///[a-z%0-9]{0,5}|52;c;[a-zA-Z=]{0,8}|8;;[a-z:/]{0,9})(\x07|\x1b\\\\|\x18)".prop_map(String::into_bytes),
        1 => "\x1b\\[[<>=?]?[0-9]{0,2}[uqn]".prop_map(String::into_bytes),
        1 => "[👩🇩🇪❤✂]\u{200d}?\u{fe0f}?".prop_map(String::into_bytes),
        2 => "[\r\n\x08\x0b\x0e\x0f\x18\x1a\x1b]{1,3}".prop_map(String::into_bytes),
        2 => proptest::collection::vec(any::<u8>(), 1..8),
    ];
    proptest::collection::vec(sequence, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_in_any_pieces_give_the_same(bytes in program_bytes(), cuts in proptest::collection::vec(1_usize..9, 1..20)) {
        let mut whole = fed(&bytes);
        let mut pieces = Terminal::new(SIZE, 100);
        let (mut rest, mut cuts) = (&bytes[..], cuts.iter().cycle());
        while !rest.is_empty() {
            let (piece, after) = rest.split_at((*cuts.next().expect("not empty")).min(rest.len()));
            pieces.feed(piece);
            pieces.verify_invariants();
            rest = after;
        }
        prop_assert_eq!(portrait(&mut whole), portrait(&mut pieces));
    }

    #[test]
    fn nothing_a_user_does_breaks_it(
        bytes in program_bytes(),
        acts in proptest::collection::vec((0_u8..11, 0_usize..30, 0_usize..30), 0..20),
    ) {
        let mut terminal = Terminal::new(SIZE, 20);
        for (index, (act, a, b)) in acts.into_iter().enumerate() {
            let from = bytes.len() * index / 20;
            terminal.feed(&bytes[from..(from + 40).min(bytes.len())]);
            if index == 3 {
                let options = SearchOptions { regex: true, ..SearchOptions::default() };
                terminal.search("[a-z]", options).expect("a pattern");
            }
            match act {
                0 => terminal.resize(Size { rows: a, cols: b }),
                1 => terminal.scroll(Scroll::Lines(a as i32 - 15)),
                2 => terminal.select([SelectionKind::Character, SelectionKind::Word, SelectionKind::Line, SelectionKind::Block][b % 4], a, b, Side::Left),
                3 => terminal.extend_selection(a, b, Side::Right),
                4 => terminal.scroll(Scroll::Top),
                5 => terminal.select_all(),
                6 => drop(terminal.search_step(|| true)),
                7 => drop(terminal.search_next(if b % 2 == 0 { Jump::Next } else { Jump::Previous })),
                8 => drop(terminal.jump(if b % 2 == 0 { Jump::Next } else { Jump::Previous })),
                9 => {
                    let ids: Vec<_> = terminal.blocks().map(|block| block.id).collect();
                    ids.into_iter().for_each(|id| drop((terminal.output_text(id), terminal.select_output(id))));
                }
                _ => terminal.scroll(Scroll::Bottom),
            }
            terminal.verify_invariants();
            let _ = (terminal.take_damage(), terminal.selected_text(), terminal.cursor());
            let _ = (terminal.link_at(a, b), terminal.block_at(a).is_some());
            let _ = terminal.take_events();
            prop_assert_eq!(terminal.found_columns().len(), terminal.size().rows);
            prop_assert_eq!(terminal.selected_columns().len(), terminal.size().rows);
            prop_assert_eq!(terminal.visible_text().len(), terminal.size().rows);
        }
    }
}

#[test]
fn the_last_lines_are_given_as_text_within_bounds() {
    let mut terminal = Terminal::new(Size { rows: 3, cols: 20 }, 100);
    for line in 0..10 {
        terminal.feed(format!("line {line} ä\r\n").as_bytes());
    }
    assert_eq!(terminal.last_text(3, 1000), "line 8 ä\nline 9 ä");
    assert_eq!(terminal.last_text(usize::MAX, 1000).lines().count(), 10);
    assert_eq!(terminal.last_text(100, 9), "line 9 ä");
    assert_eq!(terminal.last_text(100, 1), "");
    terminal.feed(b"\x1b[?1049h other");
    assert_eq!(terminal.last_text(100, 1000), "");
}
