//! Random programs of text, styles and movements: the grid beside that of tmux, which is the most used
//! emulator that tells what is on its screen.
//!
//! Both are given the same bytes; `capture-pane -e` writes tmux's grid as text with styles, which is read back by
//! a second terminal of ours and compared cell by cell.

mod common;

use agentos_terminal::{Cell, CellWidth, Color, Size, Terminal, Underline};
use common::{folder, has};
use std::{fmt::Write as _, process::Command, time::Duration};

const SIZE: Size = Size { rows: 16, cols: 60 };
/// Programs that are compared.
const PROGRAMS: u64 = 60;
/// Kinds of steps.
const KINDS: u32 = 18;
/// Steps of each.
const STEPS: u32 = 120;

/// A small generator of its own, so that a number names the same program everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as u32) % bound
    }

    fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len() as u32) as usize]
    }
}

fn program(number: u64) -> Vec<String> {
    let mut random = Random(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut steps = vec![String::from("\x1b[H\x1b[2J")];
    for _ in 0..STEPS {
        let mut text = String::new();
        let (a, b) = (random.below(18), random.below(62));
        let small = random.below(4);
        // Behind the last column, where the next character wraps, tmux moves and erases otherwise than xterm:
        // so a place is given first.
        let _ = match random.below(KINDS) {
            0..=4 => write!(
                text,
                "{}",
                random.pick(&["abc", "Hello, world", "x", " y ", "é", "e\u{301}", "──", "0123456789"])
            ),
            5..=7 => style(&mut random, &mut text),
            8 => write!(text, "\r\n"),
            9 => write!(text, "\x1b[{};{}H", a + 1, b + 1),
            10 => write!(
                text,
                "\x1b[{};{}H\x1b[{small}{}",
                a + 1,
                b % 50 + 1,
                random.pick(&["A", "B", "C", "D", "G", "d"])
            ),
            11 => write!(text, "\x1b[{};{}H\x1b[{}{}", a + 1, b + 1, small % 3, random.pick(&["K", "J"])),
            12 => write!(text, "{}", random.pick(&["\r", "\r\x1b[3C\x08", "\x1bM", "\x1bD", "\x1bE"])),
            13 if a < 12 => {
                write!(text, "\x1b[{};{}H\x1b[{small}{}", a + 1, b + 1, random.pick(&["@", "P", "X"]))
            }
            // Beyond the rows that scroll, tmux moves lines where xterm does not.
            13 => write!(text, "\x1b[r\x1b[{};{}H\x1b[{small}{}", a, b + 1, random.pick(&["L", "M"])),
            14 => write!(text, "\x1b[{};{}r", 1 + a % 6, 10 + a % 6),
            15 => write!(text, "\t"),
            16 => write!(text, "{}", random.pick(&["\x1b7", "\x1b8"])),
            17 => write!(text, "{}", random.pick(&["\x1b[2S", "\x1b[T"])),
            // tmux cuts them where they are written over by half; only for looking at it.
            _ => write!(text, "日本"),
        };
        steps.push(text);
    }
    steps
}

fn style(random: &mut Random, text: &mut String) -> std::fmt::Result {
    let (n, r, g) = (random.below(256), random.below(256), random.below(256));
    match random.below(12) {
        0 => write!(text, "\x1b[0m"),
        1 => write!(
            text,
            "\x1b[{}m",
            random.pick(&["1", "2", "3", "7", "8", "9", "22", "23", "27", "28", "29"])
        ),
        2 => write!(text, "\x1b[{}m", random.pick(&["4", "4:2", "4:3", "4:4", "4:5", "24"])),
        3 => write!(text, "\x1b[{}m", 30 + n % 8),
        4 => write!(text, "\x1b[{}m", 40 + n % 8),
        5 => write!(text, "\x1b[{}m", 90 + n % 8),
        6 => write!(text, "\x1b[{}m", 100 + n % 8),
        7 => write!(text, "\x1b[38;5;{n}m"),
        8 => write!(text, "\x1b[48;5;{n}m"),
        9 => write!(text, "\x1b[38;2;{n};{r};{g}m"),
        10 => write!(text, "\x1b[48;2;{n};{r};{g}m"),
        _ => write!(text, "\x1b[39;49m"),
    }
}

/// What can be told of a cell by `capture-pane`.
fn look(cell: Cell<'_>) -> String {
    let text: String = match is_blank(cell) {
        true => " ".into(),
        false => [cell.character()].into_iter().chain(cell.combining().iter().copied()).collect(),
    };
    let flags = [cell.is_bold(), cell.is_dim(), cell.is_italic(), cell.is_struck(), cell.is_hidden()];
    let (inverse, line) = (cell.is_inverse(), cell.underline());
    format!("{text:?} {:?} on {:?} {flags:?} {inverse} {line:?}", cell.foreground(), cell.background())
}

fn is_blank(cell: Cell<'_>) -> bool {
    cell.is_blank() || cell.width() == CellWidth::Spacer || cell.character() == '\t'
}

fn is_plain(cell: Cell<'_>) -> bool {
    cell.is_blank()
        && cell.background() == Color::Default
        && !cell.is_inverse()
        && cell.underline() == Underline::None
}

/// The first cell that differs, in words.
fn difference(ours: &Terminal, theirs: &Terminal) -> Option<String> {
    for row in 0..SIZE.rows {
        let (ours_row, theirs_row) = (ours.row(row)?, theirs.row(row)?);
        for (col, (a, b)) in ours_row.cells().zip(theirs_row.cells()).enumerate() {
            // What was erased with a colour is not told by `capture-pane`.
            let (a, b, erased) = (look(a), look(b), is_blank(a) && is_plain(b));
            if a != b && !erased {
                let text = |row: agentos_terminal::Row<'_>| row.text();
                return Some(format!(
                    "row {row}, column {col}:\n ours {a}\n tmux {b}\n ours |{}\n tmux |{}",
                    text(ours_row),
                    text(theirs_row)
                ));
            }
        }
    }
    None
}

/// A tmux without a client.
struct Tmux {
    folder: tempfile::TempDir,
    socket: std::path::PathBuf,
}

impl Tmux {
    fn start() -> Tmux {
        let folder = folder();
        let (socket, config) = (folder.path().join("socket"), folder.path().join("conf"));
        std::fs::write(&config, "set -g status off\nset -g default-terminal tmux-256color\n")
            .expect("a file");
        let it = Tmux { folder, socket };
        let (cols, rows) = (SIZE.cols.to_string(), SIZE.rows.to_string());
        let config = config.to_str().expect("plain");
        it.run(&["-f", config, "new-session", "-d", "-x", &cols, "-y", &rows, "sleep 600"]);
        it
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux").arg("-u").arg("-S").arg(&self.socket).args(arguments).output();
        let output = output.expect("tmux");
        assert!(output.status.success(), "tmux {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What tmux shows for these bytes, on a screen of ours.
    fn shows(&self, bytes: &str) -> Terminal {
        let (file, done) = (self.folder.path().join("bytes"), self.folder.path().join("done"));
        std::fs::write(&file, bytes).expect("a file");
        let _ = std::fs::remove_file(&done);
        let command = format!("stty raw -echo; cat {}; : > {}; sleep 600", file.display(), done.display());
        let target = self.run(&["new-window", "-P", "-F", "#{pane_id}", &command]);
        let target = target.trim();
        let mut waits = 0..1000;
        while !done.exists() && waits.next().is_some() {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(done.exists(), "tmux does not show {bytes:?}");
        // tmux reads on for a moment after the program has written.
        let mut captured = String::new();
        for _ in 0..50 {
            std::thread::sleep(Duration::from_millis(20));
            let now = self.run(&["capture-pane", "-e", "-N", "-p", "-t", target]);
            let settled = now == captured;
            captured = now;
            if settled {
                break;
            }
        }
        self.run(&["kill-window", "-t", target]);
        let mut terminal = Terminal::new(SIZE, 0);
        terminal.feed(captured.trim_end_matches('\n').replace('\n', "\r\n").as_bytes());
        terminal
    }

    fn difference(&self, steps: &[String]) -> Option<String> {
        let bytes = steps.concat();
        let mut ours = Terminal::new(SIZE, 0);
        ours.feed(bytes.as_bytes());
        difference(&ours, &self.shows(&bytes))
    }

    /// Leaves out of a program what the difference does not need.
    fn shortest(&self, mut steps: Vec<String>) -> Vec<String> {
        let mut size = steps.len() / 2;
        while size > 0 {
            let mut at = 1;
            while at < steps.len() {
                let mut fewer = steps.clone();
                fewer.drain(at..(at + size).min(steps.len()));
                if self.difference(&fewer).is_some() {
                    steps = fewer;
                } else {
                    at += size;
                }
            }
            size /= 2;
        }
        steps
    }
}

/// Ends the server with the test.
impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = Command::new("tmux").arg("-S").arg(&self.socket).arg("kill-server").output();
    }
}

#[test]
fn random_programs_give_the_same_grid() {
    if !has("tmux") {
        return;
    }
    let tmux = Tmux::start();
    for number in 0..PROGRAMS {
        let steps = program(number);
        if let Some(whole) = tmux.difference(&steps) {
            let short = tmux.shortest(steps);
            let why = tmux.difference(&short).unwrap_or(whole);
            panic!("program {number}, {:?}, {why}", short.concat());
        }
    }
}
