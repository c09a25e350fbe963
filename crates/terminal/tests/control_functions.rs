//! The table of control functions in docs/terminal.md, kept true: each of its rows is here with what it is said to do,
//! tried on a screen, and none is in only one of the two.

use agentos_terminal::{MouseEncoding, MouseTracking, Size, Terminal};

/// What a row of the table says at its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Pass,
    Known,
    NotIntended,
    /// In words of its own.
    Told,
}

/// Something that is tried.
enum Probe {
    /// These bytes give these first rows of 20 columns.
    Screen(&'static str, &'static [&'static str]),
    /// These bytes are answered so.
    Answer(&'static str, &'static str),
    /// After these bytes this holds.
    Holds(&'static str, fn(&Terminal) -> bool),
}
use Probe::{Answer, Holds, Screen};
use State::{Known, NotIntended, Pass, Told};

/// Nothing of it is shown or answered.
const fn nothing(bytes: &'static str) -> Probe {
    Screen(bytes, &["ab"])
}

const TABLE: &[(&str, State, &[Probe])] = &[
    (
        "C0: BEL BS HT LF VT FF CR SO SI CAN SUB ESC",
        Pass,
        &[
            Screen("ab\x08c\tT\r\nx\x0by\x0cz", &["ac      T", "x", " y", "  z"]),
            Screen("\x1b)0\x0eq\x0fq\x1b[1\x18x\x1b[1\x1ay", &["─qxy"]),
        ],
    ),
    (
        "C1 as `ESC` + letter: IND NEL HTS RI",
        Pass,
        &[Screen("a\x1bDb\x1bEc\x1bMd", &["a", " d", "c"]), Screen("\r   \x1bH\r\tx", &["   x"])],
    ),
    (
        "CUU CUD CUF CUB CNL CPL CHA CUP HVP VPA HPR VPR",
        Pass,
        &[
            Screen("\x1b[3;5Ha\x1b[2A1\x1b[B2\x1b[3C3\x1b[2D4", &["     1", "      2  43", "    a"]),
            Screen("\x1b[2Ea\x1b[Fb\x1b[4Gc\x1b[2;2fd\x1b[dx\x1b[2ay\x1b[ez", &["  x  y", "bd c  z", "a"]),
        ],
    ),
    (
        "ED EL ECH ICH DCH IL DL SU SD REP",
        Pass,
        &[
            Screen("abc\r\ndef\r\nghi\x1b[2;2H\x1b[K\x1b[J\x1b[1;1H\x1b[X", &[" bc", "d", ""]),
            Screen("abcd\x1b[1;2H\x1b[2@x\x1b[1;5H\x1b[P\x1b[2;1Hy\x1b[3b", &["ax bd", "yyyy"]),
            Screen("1\r\n2\r\n3\x1b[2H\x1b[Lx\x1b[3H\x1b[M\x1b[S\x1b[2T", &["", "", "x", "3"]),
        ],
    ),
    (
        "DECSTBM, DECOM, DECAWM, IRM, LNM, DECCKM, DECKPAM",
        Pass,
        &[
            Screen("1\r\n2\r\n3\r\n4\x1b[2;3r\x1b[3;1H\nx\x1b[?6h\x1b[Htop", &["1", "top", "x", "4"]),
            Screen("\x1b[?7l0123456789012345678901\x1b[?7h\r\n", &["01234567890123456781"]),
            Screen("ab\r\x1b[4hx\x1b[4l", &["xab"]),
            Holds("\x1b[20h\x1b[?1h", |it| it.modes().newline && it.modes().application_cursor),
        ],
    ),
    ("tab stops: HTS TBC CHT CBT", Pass, &[Screen("\x1b[3g\x1b[5G\x1bH\r\x1b[Ix\x1b[Zy", &["    y"])]),
    ("DECST8C (`CSI ? 5 W`)", Known, &[Screen("\x1b[3g\x1b[?5W\r\tx", &["                   x"])]),
    ("DECSC, DECRC, 1048", Pass, &[Screen("a\x1b7bc\x1b8x\x1b[?1048hy\x1b[?1048lz", &["axz"])]),
    (
        "alternate screen 1049",
        Pass,
        &[
            Screen("ab\x1b[?1049h\x1b[Hxyz\x1b[?1049l", &["ab"]),
            Holds("\x1b[?47h", |it| it.modes().alternate_screen),
            Holds("\x1b[?1047h", |it| it.modes().alternate_screen),
        ],
    ),
    ("DECCOLM (132 columns)", Known, &[Holds("ab\x1b[?3h", |it| it.size().cols == 20)]),
    (
        "DECSCNM (light screen), DECSCLM, DECARM, DECDHL, DECDWL",
        NotIntended,
        &[nothing("ab\x1b[?5h\x1b[?4h\x1b[?8h\x1b#3\x1b#6")],
    ),
    (
        "DECALN, RIS, DECSTR",
        Pass,
        &[
            Screen("\x1b#8", &["EEEEEEEEEEEEEEEEEEEE"]),
            Screen("x\x1b[4h\x1bcab", &["ab"]),
            Screen("ab\x1b[4h\x1b[2;3r\x1b[31m\x1b[1;2H\x1b[!px\x1b[6;1H\n", &["", "", "", ""]),
            Holds("\x1b[?1h\x1b[?25l\x1b[!p", |it| !it.modes().application_cursor && it.cursor().is_some()),
        ],
    ),
    ("character sets: US, special graphics", Pass, &[Screen("\x1b(0lqk\x1b(Bq", &["┌─┐q"])]),
    (
        "SGR 0–9, 22–29, 30–49, 90–107, 38/48 with `;` and `:`",
        Pass,
        &[Holds("\x1b[1;2;3;7;8;9;38;5;9;48:2::1:2:3mx\x1b[22;23;27;28;29;39;49my", |it| {
            let row = it.row(0).expect("a row");
            let (x, y) = (row.cell(0).expect("x"), row.cell(1).expect("y"));
            let all = |cell: agentos_terminal::Cell<'_>| {
                [
                    cell.is_bold(),
                    cell.is_dim(),
                    cell.is_italic(),
                    cell.is_inverse(),
                    cell.is_hidden(),
                    cell.is_struck(),
                ]
            };
            all(x) == [true; 6] && all(y) == [false; 6] && x.foreground() != y.foreground()
        })],
    ),
    (
        "SGR 4:0–4:5, 58, 59",
        Pass,
        &[Holds("\x1b[4:3;58;5;9mx\x1b[59;24my", |it| {
            let row = it.row(0).expect("a row");
            let line = |col| row.cell(col).map(|cell| (cell.underline(), cell.underline_color().is_some()));
            line(0) == Some((agentos_terminal::Underline::Curly, true))
                && line(1) == Some((agentos_terminal::Underline::None, false))
        })],
    ),
    (
        "SGR 21",
        Known,
        &[Holds("\x1b[1;21mx", |it| it.row(0).and_then(|row| row.cell(0)).is_some_and(|it| !it.is_bold()))],
    ),
    (
        "DA 1, DA 2, DSR 5, DSR 6, DECRQM, XTVERSION",
        Pass,
        &[
            Answer("\x1b[5n", "\x1b[0n"),
            Answer("ab\x1b[6n", "\x1b[1;3R"),
            Answer("\x1b[?7$p", "\x1b[?7;1$y"),
            Answer("\x1b[c", "\x1b[?6c"),
            Holds("", |_| true),
        ],
    ),
    (
        "`CSI 14 t`, `18 t`, titles 22, 23",
        Pass,
        &[
            Answer("\x1b[18t", "\x1b[8;6;20t"),
            Holds("\x1b]2;one\x07\x1b[22t\x1b]2;two\x07\x1b[23t", |it| it.title() == "one"),
        ],
    ),
    (
        "DECSCUSR (cursor shapes)",
        Pass,
        &[Holds("\x1b[5 q", |it| {
            it.cursor().is_some_and(|it| it.shape == agentos_terminal::CursorShape::Beam && it.blinking)
        })],
    ),
    (
        "OSC 0, 2 (title)",
        Pass,
        &[Holds("\x1b]0;a\x07", |it| it.title() == "a"), Holds("\x1b]2;b\x1b\\", |it| it.title() == "b")],
    ),
    (
        "OSC 4, 10, 11, 12, 104, 110–112",
        Pass,
        &[
            Answer("\x1b]4;1;#010203\x07\x1b]4;1;?\x07", "\x1b]4;1;rgb:0101/0202/0303\x07"),
            Answer("\x1b]10;#040506\x1b\\\x1b]10;?\x1b\\", "\x1b]10;rgb:0404/0505/0606\x1b\\"),
        ],
    ),
    (
        "OSC 7, OSC 133",
        Pass,
        &[
            Holds("\x1b]7;file://h/a%20b\x07", |it| {
                it.working_folder().is_some_and(|folder| folder.path == "/a b")
            }),
            Holds("\x1b]133;A\x07$ \x1b]133;B\x07ls\r\n\x1b]133;C\x07x\r\n\x1b]133;D;3\x07", |it| {
                it.blocks().next().is_some_and(|block| block.exit == Some(3) && block.command == "ls")
            }),
        ],
    ),
    (
        "OSC 8",
        Pass,
        &[Holds("\x1b]8;;https://a.org\x07x\x1b]8;;\x07", |it| {
            it.row(0).and_then(|row| row.cell(0)?.link()).as_deref() == Some("https://a.org")
        })],
    ),
    ("OSC 52", Told, &[Answer("\x1b]52;c;?\x07", ""), nothing("ab\x1b]52;c;aGVsbG8=\x07")]),
    (
        "bracketed paste 2004, focus 1004",
        Pass,
        &[Holds("\x1b[?2004h\x1b[?1004h", |it| it.modes().bracketed_paste && it.modes().focus_events)],
    ),
    (
        "mouse 9, 1000, 1002, 1003, 1005, 1006",
        Pass,
        &[
            Holds("\x1b[?9h", |it| it.modes().mouse_tracking == MouseTracking::Press),
            Holds("\x1b[?1000h", |it| it.modes().mouse_tracking == MouseTracking::Click),
            Holds("\x1b[?1002h\x1b[?1005h", |it| {
                (it.modes().mouse_tracking, it.modes().mouse_encoding)
                    == (MouseTracking::Drag, MouseEncoding::Utf8)
            }),
            Holds("\x1b[?1003h\x1b[?1006h", |it| {
                (it.modes().mouse_tracking, it.modes().mouse_encoding)
                    == (MouseTracking::Motion, MouseEncoding::Sgr)
            }),
        ],
    ),
    ("alternate scroll 1007", Pass, &[Holds("\x1b[?1007h", |it| it.modes().alternate_scroll)]),
    (
        "synchronised output 2026",
        Pass,
        &[
            Screen("ab\x1b[?2026h\x1b[2J\x1b[Hx", &["ab"]),
            Screen("ab\x1b[?2026h\x1b[2J\x1b[Hx\x1b[?2026l", &["x"]),
        ],
    ),
    (
        "clusters 2027",
        Pass,
        &[Holds("\x1b[?2027h👩\u{200d}💻", |it| it.cursor().is_some_and(|it| it.col == 2))],
    ),
    (
        "kitty's keyboard: push, pop, set, query, all five parts",
        Pass,
        &[
            Answer("\x1b[>5u\x1b[?u", "\x1b[?5u"),
            Answer("\x1b[>5u\x1b[=31;1u\x1b[?u", "\x1b[?31u"),
            Answer("\x1b[>5u\x1b[>1u\x1b[<u\x1b[?u", "\x1b[?5u"),
        ],
    ),
    (
        "DECRQSS: `m`, `r`, `SP q`",
        Pass,
        &[
            Answer("\x1b[1;38;2;1;2;3;44m\x1bP$qm\x1b\\", "\x1bP1$r0;1;38:2::1:2:3;44m\x1b\\"),
            Answer("\x1b[2;4r\x1bP$qr\x1b\\", "\x1bP1$r2;4r\x1b\\"),
            Answer("\x1b[3 q\x1bP$q q\x1b\\", "\x1bP1$r3 q\x1b\\"),
            Answer("\x1bP$q\"p\x1b\\", "\x1bP0$r\x1b\\"),
        ],
    ),
    (
        "sixel, kitty's and iTerm's pictures, XTGETTCAP",
        NotIntended,
        &[
            nothing("ab\x1bPq#0;2;0;0;0~~\x1b\\\x1b_Gf=24;AAAA\x1b\\\x1b]1337;File=:AAAA\x07"),
            Answer("\x1bP+q544e\x1b\\", ""),
        ],
    ),
    (
        "files, clipboard, screen read by sequences; TIOCSTI",
        Told,
        &[Answer("\x1b]52;p;?\x07\x1b]50;?\x07\x1b[?63n\x1b[i\x1b[1$w", "")],
    ),
];

/// Rows of the table as the document has them: function, and what is said of it.
fn rows_of_the_document() -> Vec<(String, String)> {
    let text = include_str!("../../../docs/terminal.md");
    let (_, table) = text.split_once("## Control functions").expect("the chapter");
    let rows = table.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    rows.take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            assert_eq!(cells.len(), 2, "two cells: {line}");
            (cells[0].to_owned(), cells[1].to_owned())
        })
        .collect()
}

fn state_of(text: &str) -> State {
    let begins = |word: &str| text.starts_with(word);
    match () {
        () if begins("pass") => Pass,
        () if begins("known") => Known,
        () if begins("not intended") => NotIntended,
        () => Told,
    }
}

#[test]
fn the_table_and_what_is_tried_have_the_same_rows() {
    let document: Vec<_> =
        rows_of_the_document().into_iter().map(|(name, said)| (name, state_of(&said))).collect();
    let tried: Vec<_> = TABLE.iter().map(|(name, state, _)| ((*name).to_owned(), *state)).collect();
    assert_eq!(document, tried);
}

/// What is not as it should be, in words.
fn fault(probe: &Probe) -> Option<String> {
    let mut terminal = Terminal::new(Size { rows: 6, cols: 20 }, 0);
    let (Screen(bytes, _) | Answer(bytes, _) | Holds(bytes, _)) = probe;
    terminal.feed(bytes.as_bytes());
    terminal.verify_invariants();
    match probe {
        Screen(_, rows) => {
            let shown = &terminal.visible_text()[..rows.len()];
            (shown != *rows).then(|| format!("{bytes:?} shows {shown:?}, not {rows:?}"))
        }
        Answer(_, expected) => {
            let answer = String::from_utf8_lossy(&terminal.take_replies()).into_owned();
            (answer != *expected).then(|| format!("{bytes:?} is answered {answer:?}, not {expected:?}"))
        }
        Holds(_, holds) => (!holds(&terminal)).then(|| format!("{bytes:?} does not do it")),
    }
}

#[test]
fn each_row_is_as_it_says() {
    let faults = TABLE.iter().flat_map(|(name, _, probes)| {
        probes.iter().filter_map(fault).map(move |fault| format!("{name}: {fault}"))
    });
    let faults: Vec<String> = faults.collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
