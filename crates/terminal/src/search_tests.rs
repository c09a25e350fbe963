//! What a user finds.

use crate::{tests::fed, *};

const REGEX: SearchOptions = SearchOptions { regex: true, case_sensitive: false };
const WORDS: SearchOptions = SearchOptions { regex: false, case_sensitive: false };

fn numbered(lines: usize, rows: usize) -> Terminal {
    let mut terminal = Terminal::new(Size { rows, cols: 20 }, 1_000);
    let text: Vec<String> = (0..lines).map(|line| format!("line {line}")).collect();
    terminal.feed(text.join("\r\n").as_bytes());
    terminal
}

fn count(terminal: &mut Terminal, pattern: &str, options: SearchOptions) -> usize {
    terminal.search(pattern, options).expect("a pattern");
    while terminal.search_step(|| true) {}
    terminal.search_status().unwrap().count
}

#[test]
fn words_and_expressions_are_found_everywhere() {
    let mut terminal = numbered(200, 10);
    assert_eq!(count(&mut terminal, "line", WORDS), 200);
    assert_eq!(count(&mut terminal, "LINE", WORDS), 0, "capitals are meant");
    assert_eq!(count(&mut terminal, "e 1.", WORDS), 0);
    assert_eq!(count(&mut terminal, "e 1.$", REGEX), 10);
    assert_eq!(count(&mut terminal, "x*", REGEX), 0, "nothing is not a place");
    assert_eq!(count(&mut fed("日本 nihon".as_bytes()), "本", WORDS), 1);
    assert_eq!(count(&mut fed(b"0123456789abcdefgh"), "9abcdef", WORDS), 1, "over a wrapped line");
}

#[test]
fn patterns_that_cannot_be_are_said() {
    let mut terminal = fed(b"text");
    let error = |terminal: &mut Terminal, pattern: &str| terminal.search(pattern, REGEX).unwrap_err();
    assert_eq!(error(&mut terminal, "a(b").to_string(), "unclosed group");
    assert_eq!(error(&mut terminal, &"x".repeat(2000)), SearchError::TooLong);
    assert_eq!(error(&mut terminal, "(a{1000}){1000}"), SearchError::TooLarge);
    assert_eq!(terminal.search_status(), None);
}

#[test]
fn places_are_gone_through_in_both_directions() {
    let mut terminal = numbered(100, 10);
    count(&mut terminal, "line .5$", REGEX);
    let mut next = |to| {
        let found = terminal.search_next(to).unwrap();
        let row = terminal.row_of(found.start.line).expect("shown");
        let current = terminal.search_status().unwrap().current.unwrap();
        (terminal.visible_text()[row].clone(), current)
    };
    assert_eq!(next(Jump::Previous), ("line 95".into(), 9));
    assert_eq!(next(Jump::Previous), ("line 85".into(), 8));
    assert_eq!(next(Jump::Next), ("line 95".into(), 9));
    assert_eq!(next(Jump::Next), ("line 15".into(), 1), "around the end");
    assert_eq!(next(Jump::Previous), ("line 95".into(), 9));
}

#[test]
fn what_arrives_is_found_and_what_goes_is_not() {
    let mut terminal = numbered(30, 10);
    assert_eq!(count(&mut terminal, "line", WORDS), 30);
    for number in 30..2_000 {
        terminal.feed(format!("\r\nline {number}").as_bytes());
        if number % 7 == 0 {
            terminal.search_step(|| true);
        }
    }
    terminal.search_step(|| true);
    assert_eq!(terminal.search_status().unwrap().count, 1_010, "scrollback and screen");
    terminal.feed(b"\x1b[H\x1b[2J\x1b[3J");
    terminal.search_step(|| true);
    assert_eq!(terminal.search_status().unwrap().count, 0);
    terminal.feed(b"line");
    terminal.search_step(|| true);
    assert_eq!(terminal.search_status().unwrap().count, 1);
    terminal.resize(Size { rows: 4, cols: 3 });
    terminal.search_step(|| true);
    assert_eq!(terminal.search_status().unwrap().count, 1, "wrapped now");
}

#[test]
fn it_is_done_in_steps() {
    let mut terminal = numbered(900, 10);
    terminal.search("line", WORDS).unwrap();
    let mut steps = 0;
    loop {
        let mut left = 100;
        let more = terminal.search_step(|| {
            left -= 1;
            left >= 0
        });
        steps += 1;
        if !more {
            break;
        }
        let status = terminal.search_status().unwrap();
        assert!(!status.complete && status.count >= 10, "the screen at once: {status:?}");
    }
    assert_eq!(steps, 9);
    assert!(terminal.search_status().unwrap().complete);
}

#[test]
fn the_view_knows_what_to_mark() {
    let mut terminal = fed(b"one two one\r\none");
    count(&mut terminal, "one", WORDS);
    let marked = terminal.found_columns();
    assert_eq!(marked[0], [(0..=2, false), (8..=10, false)]);
    terminal.search_next(Jump::Previous);
    assert_eq!(terminal.found_columns()[1], [(0..=2, true)]);
    terminal.end_search();
    assert!(terminal.found_columns().iter().all(Vec::is_empty));
}

#[test]
fn very_many_places_are_bounded() {
    let mut terminal = Terminal::new(Size { rows: 50, cols: 200 }, 1_000);
    terminal.feed("x".repeat(200 * 900).as_bytes());
    terminal.search("x", WORDS).unwrap();
    terminal.search_step(|| true);
    let status = terminal.search_status().unwrap();
    assert!(status.truncated && status.count <= 40_000, "{status:?}");
}

#[test]
fn the_other_screen_is_searched_alone() {
    let mut terminal = numbered(100, 10);
    count(&mut terminal, "line", WORDS);
    terminal.feed(b"\x1b[?1049h\x1b[Hline of vim");
    terminal.search_step(|| true);
    assert_eq!(terminal.search_status().unwrap().count, 1);
    assert_eq!(count(&mut terminal, "line", WORDS), 1);
    terminal.feed(b"\x1b[?1049l");
    while terminal.search_step(|| true) {}
    assert_eq!(terminal.search_status().unwrap().count, 100);
}
