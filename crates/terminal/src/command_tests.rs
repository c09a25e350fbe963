//! Commands, folders, the clipboard and the rest of what shells say beside text.

use crate::{tests::fed, *};
use proptest::prelude::*;

const A: &str = "\x1b]133;A\x07";
const B: &str = "\x1b]133;B\x07";
const C: &str = "\x1b]133;C\x07";

/// What a shell with integration writes for one command.
fn command(line: &str, output: &str, exit: i32) -> String {
    format!("{A}$ {B}{line}\r\n{C}{output}\x1b]133;D;{exit}\x07")
}

fn session(commands: &[(&str, &str, i32)]) -> String {
    let all: String = commands.iter().map(|(line, output, exit)| command(line, output, *exit)).collect();
    format!("{all}{A}$ {B}")
}

fn summary(terminal: &Terminal) -> Vec<(String, Option<i32>, BlockState)> {
    terminal.blocks().map(|block| (block.command.clone(), block.exit, block.state())).collect()
}

#[test]
fn commands_become_blocks_with_code_and_time() {
    let mut terminal = Terminal::new(Size { rows: 10, cols: 40 }, 100);
    terminal.set_clock(1_000);
    terminal.feed(format!("\x1b]7;file://box/tmp\x07{A}$ {B}make all\r\n{C}working\r\n").as_bytes());
    assert_eq!(summary(&terminal), [("make all".to_owned(), None, BlockState::Running)]);
    terminal.set_clock(4_500);
    terminal.feed(format!("\x1b]133;D;2\x07{A}$ {B}ls").as_bytes());
    let block = terminal.blocks().next().unwrap().clone();
    assert_eq!((block.exit, block.ran_millis(), block.failed()), (Some(2), Some(3_500), true));
    assert_eq!(block.folder.as_ref().map(|folder| folder.path.as_str()), Some("/tmp"));
    assert_eq!(terminal.output_text(block.id).as_deref(), Some("working"));
    assert_eq!(terminal.blocks().last().unwrap().state(), BlockState::Prompt);
    let events = terminal.take_events();
    let folder = WorkingFolder { host: "box".into(), path: "/tmp".into() };
    assert_eq!(
        events,
        [
            TerminalEvent::Folder(folder),
            TerminalEvent::CommandStarted { block: block.id, command: "make all".into() },
            TerminalEvent::CommandEnded {
                block: block.id,
                command: "make all".into(),
                exit: Some(2),
                started_unix_millis: 1_000,
                ended_unix_millis: 4_500,
            },
        ]
    );
    assert!(terminal.take_events().is_empty());
    assert_eq!(terminal.working_folder().unwrap().path, "/tmp");
}

#[test]
fn odd_orders_of_marks_do_no_harm() {
    // Nothing entered, drawn anew, entered without a prompt, a shell that forgets the end.
    let terminal = fed(format!("{A}$ {B}\r\n\x1b]133;D;130\x07{A}$ {B}\r{A}# {B}x\r\n{C}{A}$ ").as_bytes());
    assert_eq!(
        summary(&terminal),
        [("x".to_owned(), None, BlockState::Ended), (String::new(), None, BlockState::Prompt)]
    );
    let terminal = fed(format!("{C}{B}\x1b]133;D\x07{A}{A}{C}{C}").as_bytes());
    assert_eq!(summary(&terminal).len(), 1);
    let said = fed(format!("{A}$ {B}typed\r\n\x1b]133;C;cmdline_url=said%20so\x07").as_bytes());
    assert_eq!(said.blocks().next().unwrap().command, "said so");
}

#[test]
fn blocks_follow_the_scrollback_and_go_with_it() {
    let mut terminal = Terminal::new(Size { rows: 4, cols: 20 }, 20);
    for number in 0..100 {
        terminal.set_clock(number);
        terminal.feed(command(&format!("echo {number}"), &format!("out {number}\r\n"), 0).as_bytes());
        terminal.verify_invariants();
        assert_eq!(terminal.scrollback_len(), (2 * number as usize + 3).saturating_sub(4).min(20));
    }
    let kept: Vec<_> = terminal.blocks().map(|block| block.command.clone()).collect();
    assert!((10..=13).contains(&kept.len()), "{kept:?}");
    assert_eq!(kept.last().map(String::as_str), Some("echo 99"));
    for block in terminal.blocks().skip(1).cloned().collect::<Vec<_>>() {
        let number = block.command.strip_prefix("echo ").unwrap();
        assert_eq!(terminal.output_text(block.id), Some(format!("out {number}")), "{block:?}");
        terminal.show_line(block.prompt.line);
        let row = terminal.row_of(block.prompt.line).expect("shown");
        assert_eq!(terminal.visible_text()[row], format!("$ echo {number}"));
        assert_eq!(terminal.block_at(row).map(|it| it.id), Some(block.id));
    }
}

#[test]
fn from_prompt_to_prompt() {
    let mut terminal = Terminal::new(Size { rows: 4, cols: 20 }, 100);
    let long = "line\r\n".repeat(10);
    terminal.feed(session(&[("one", &long, 0), ("two", &long, 1)]).as_bytes());
    let mut jumped = |to| {
        let moved = terminal.jump(to);
        (moved, terminal.visible_text()[0].clone())
    };
    assert_eq!(jumped(Jump::Previous), (true, "$ two".into()));
    assert_eq!(jumped(Jump::Previous), (true, "$ one".into()));
    assert!(!jumped(Jump::Previous).0);
    assert_eq!(jumped(Jump::Next), (true, "$ two".into()));
    assert_eq!(jumped(Jump::Next), (true, "line".into()));
    assert!(!jumped(Jump::Next).0);
    let second = terminal.blocks().nth(1).unwrap().id;
    assert!(terminal.select_output(second));
    assert_eq!(terminal.selected_text().unwrap().trim_end(), "line\n".repeat(10).trim_end());
}

#[test]
fn blocks_stay_in_place_when_lines_are_wrapped_anew() {
    let mut terminal = Terminal::new(Size { rows: 6, cols: 40 }, 200);
    let output = format!("{}\r\n", "0123456789".repeat(9));
    let lines: Vec<String> = (0..12).map(|number| format!("command {number} with some words")).collect();
    let commands: Vec<_> = lines.iter().map(|line| (line.as_str(), output.as_str(), 0)).collect();
    terminal.feed(session(&commands).as_bytes());
    for (rows, cols) in [(6, 17), (9, 33), (3, 80), (6, 40)] {
        terminal.resize(Size { rows, cols });
        terminal.verify_invariants();
        check_places(&mut terminal, &lines, &output);
    }
    // And while another screen is shown.
    terminal.feed(b"\x1b[?1049hvim");
    terminal.resize(Size { rows: 7, cols: 23 });
    assert_eq!(terminal.block_at(0), None);
    terminal.feed(b"\x1b[?1049l");
    check_places(&mut terminal, &lines, &output);
}

fn check_places(terminal: &mut Terminal, lines: &[String], output: &str) {
    let blocks: Vec<Block> =
        terminal.blocks().filter(|it| it.state() == BlockState::Ended).cloned().collect();
    assert!(blocks.len() >= 10, "{}", blocks.len());
    for block in blocks.iter().skip(1) {
        assert!(lines.contains(&block.command));
        assert_eq!(terminal.output_text(block.id).as_deref().map(str::trim_end), Some(output.trim_end()));
        terminal.show_line(block.prompt.line);
        let row = terminal.row_of(block.prompt.line).expect("shown");
        assert!(terminal.visible_text()[row].starts_with("$ command"), "{:?}", terminal.visible_text());
    }
}

#[test]
fn cleared_screens_take_their_blocks_along() {
    let mut terminal = fed(session(&[("a", "x\r\n", 0)]).as_bytes());
    terminal.feed(b"\x1b[H\x1b[J");
    assert_eq!(summary(&terminal).len(), 1, "the prompt only");
    terminal.feed(session(&[("b", "x\r\n", 0)]).as_bytes());
    terminal.feed(b"\x1b[H\x1b[2J\x1b[3J");
    assert_eq!(summary(&terminal).len(), 1);
    terminal.feed(b"\x1bc");
    assert_eq!(summary(&terminal).len(), 0);
}

#[test]
fn marks_keep_their_turn_in_a_synchronised_update() {
    let mut terminal = Terminal::new(Size { rows: 6, cols: 20 }, 10);
    terminal.feed(format!("\x1b[?2026h\r\n\r\n{A}$ {B}ls\r\n{C}x\r\n").as_bytes());
    assert_eq!(terminal.blocks().len(), 0);
    terminal.feed(b"\x1b[?2026l");
    let block = terminal.blocks().next().unwrap().clone();
    assert_eq!((terminal.row_of(block.prompt.line), block.command.as_str()), (Some(2), "ls"));
    assert_eq!(terminal.visible_text()[..4], ["", "", "$ ls", "x"]);
}

#[test]
fn floods_of_marks_are_bounded() {
    let mut terminal = Terminal::new(Size { rows: 4, cols: 2 }, 5_000);
    for _ in 0..3 {
        terminal.feed(command("x", "\r\n", 0).repeat(1_000).as_bytes());
        terminal.feed(format!("\x1b[?2026h{}", command("y", "\r\n", 0).repeat(2_000)).as_bytes());
        terminal.feed(b"\x1b[?2026l");
        terminal.verify_invariants();
    }
    assert!(terminal.take_events().len() <= 70);
    terminal.feed("\x1b]7;file:///x\x07\x1b]7;file:///y\x07\x07\x1b]2;a\x07".repeat(1000).as_bytes());
    assert_eq!(terminal.take_events().len(), 3, "a folder, a title, the bell");
}

#[test]
fn text_for_the_clipboard_is_an_event_and_nothing_is_read() {
    let mut terminal = fed(b"\x1b]52;c;aGVsbG8=\x07\x1b]52;c;?\x07\x1b]52;p;aGVsbG8=\x07");
    assert_eq!(terminal.take_events(), [TerminalEvent::ClipboardWrite("hello".into())]);
    assert!(terminal.take_replies().is_empty());
    let long = format!("\x1b]52;c;{}\x07", "QUFB".repeat(300_000));
    terminal.feed(long.as_bytes());
    assert!(terminal.take_events().is_empty(), "too long, and not a part of it");
    terminal.feed(format!("\x1b]52;c;{}\x07", "QUFB".repeat(250_000)).as_bytes());
    assert_eq!(terminal.take_events(), [TerminalEvent::ClipboardWrite("A".repeat(750_000))]);
    terminal.feed(b"\x1b]52;c;!!\x07\x1b]52;c;/w==\x07");
    assert!(terminal.take_events().is_empty(), "not base 64, no text");
}

#[test]
fn questions_are_answered() {
    let asked = |bytes: &str| String::from_utf8(fed(bytes.as_bytes()).take_replies()).unwrap();
    let name = concat!("\x1bP>|AgentOS ", env!("CARGO_PKG_VERSION"), "\x1b\\");
    assert_eq!(asked("\x1b[>q\x1b[>0q"), name.repeat(2));
    assert_eq!(asked("\x1b[?9$p\x1b[?9h\x1b[?9$p"), "\x1b[?9;2$y\x1b[?9;1$y");
    assert_eq!(asked("\x1b[?2026$p\x1b[?2027$p\x1b[?1049$p"), "\x1b[?2026;2$y\x1b[?2027;2$y\x1b[?1049;2$y");
    assert_eq!(
        asked("\x1b[?2004h\x1b[?2004$p\x1b[4$p\x1b[?7777$p"),
        "\x1b[?2004;1$y\x1b[4;2$y\x1b[?7777;0$y"
    );
    assert_eq!(
        asked("\x1b[?u\x1b[>5u\x1b[?u\x1b[<u\x1b[?u\x1b[=3;1u\x1b[?u"),
        "\x1b[?0u\x1b[?5u\x1b[?0u\x1b[?3u"
    );
}

#[test]
fn the_keyboard_protocol_is_a_pile_for_each_screen() {
    let on = |bytes: &[u8]| fed(bytes).modes().keyboard;
    assert!(on(b"\x1b[>1u").disambiguate && !on(b"\x1b[>1u\x1b[<u").is_on());
    assert!(!on(b"\x1b[>1u\x1b[?1049h").is_on() && on(b"\x1b[>1u\x1b[?1049h\x1b[?1049l").disambiguate);
    assert!(!on(b"\x1b[>31u\x1bc").is_on());
    let mut terminal = fed(b"");
    terminal.feed("\x1b[>1u".repeat(100_000).as_bytes());
    assert!(terminal.modes().keyboard.disambiguate);
}

#[test]
fn titles_are_piled_up_and_bounded() {
    let mut terminal = fed(b"\x1b]0;one\x07\x1b[22;0t\x1b]2;two\x1b\\");
    assert_eq!(terminal.title(), "two");
    terminal.feed(b"\x1b[23;0t");
    assert_eq!(terminal.title(), "one");
    terminal.feed(format!("\x1b]2;{}\x07", "x".repeat(60_000)).as_bytes());
    assert_eq!(terminal.title().len(), 256);
}

#[test]
fn the_older_ways_to_the_other_screen() {
    for mode in [47, 1047] {
        let mut terminal = fed(format!("shell\x1b[?{mode}h\x1b[Hvim").as_bytes());
        assert!(terminal.modes().alternate_screen);
        assert_eq!(terminal.visible_text()[0], "vim");
        terminal.feed(format!("\x1b[?{mode}l").as_bytes());
        assert_eq!(terminal.visible_text()[0], "shell");
    }
    let terminal = fed(b"ab\x1b[?1048hcd\x1b[?1048lX");
    assert_eq!(terminal.visible_text()[0], "abXd");
}

#[test]
fn characters_of_a_cluster_share_a_cell_where_asked_for() {
    let columns = |text: &str| {
        let cursor = fed(text.as_bytes()).cursor().unwrap();
        cursor.col
    };
    assert_eq!(columns("👩\u{200d}💻"), 4);
    assert_eq!(columns("\x1b[?2027h👩\u{200d}💻"), 2);
    assert_eq!(columns("\x1b[?2027h👍\u{1f3fd}"), 2);
    assert_eq!(columns("\x1b[?2027h❤\u{fe0f}x"), 3);
    assert_eq!(columns("❤\u{fe0f}x"), 2);
    assert_eq!(columns("\x1b[?2027h🇩🇪"), 2);
    assert_eq!(columns("\x1b[?2027h日本"), 4);
    let terminal = fed("\x1b[?2027h❤\u{fe0f}x".as_bytes());
    assert_eq!(terminal.row(0).unwrap().text(), "❤\u{fe0f}x");
    assert_eq!(terminal.row(0).unwrap().cell(0).unwrap().width(), CellWidth::Wide);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// Against a terminal that keeps everything: names of lines lead to the same text.
    #[test]
    fn lines_keep_their_names(parts in proptest::collection::vec((0_u8..6, 0_usize..30), 1..60)) {
        let mut terminal = Terminal::new(Size { rows: 5, cols: 10 }, 15);
        let mut marks: Vec<(LineId, String)> = Vec::new();
        for (index, (kind, count)) in parts.into_iter().enumerate() {
            let text = format!("m{index:03}");
            terminal.feed(format!("\r\n{text}").as_bytes());
            let row = terminal.cursor().unwrap().row;
            marks.push((terminal.line_id(row), text));
            match kind {
                0 => terminal.feed("\r\n".repeat(count).as_bytes()),
                1 => terminal.feed("\r\nx日".repeat(count).as_bytes()),
                2 => terminal.feed(format!("\r\ny\x1b[{}b", 10 * count).as_bytes()),
                3 => terminal.feed(format!("\x1b[{count}S").as_bytes()),
                4 => terminal.feed(b"\x1b[2J"),
                _ => terminal.feed(b"\x1b[?1049h\r\n\r\n\r\n\r\n\r\n\r\n\x1b[?1049l"),
            }
            terminal.verify_invariants();
            for (line, text) in &marks {
                terminal.show_line(*line);
                if let Some(row) = terminal.row_of(*line) && terminal.lines_from_end(*line) < 20 {
                    prop_assert_eq!(&terminal.visible_text()[row], text);
                }
            }
            terminal.scroll(Scroll::Bottom);
        }
    }
}
