//! Real programs on a screen: job control, editors, pagers, a multiplexer. What is not installed is skipped,
//! loudly.

mod common;

use agentos_terminal::{
    BlockState, KeyEvent, Modifiers, MouseAction, MouseButton, MouseEvent, MouseTracking, Size,
    encode_key_event, encode_mouse,
};
use common::{OnScreen, folder, has};
use std::time::Duration;

const SIZE: Size = Size { rows: 20, cols: 70 };

impl OnScreen {
    /// Does something with the pointer, as the program has asked to be told of it.
    fn point(&mut self, action: MouseAction, row: usize, col: usize) {
        let event = MouseEvent { action, row, col, modifiers: Modifiers::NONE };
        let bytes = encode_mouse(event, &self.terminal.modes()).expect("it wants to know");
        self.send(&String::from_utf8(bytes).expect("the form of 1006 is text"));
    }

    fn click(&mut self, row: usize, col: usize) {
        self.point(MouseAction::Press(MouseButton::Left), row, col);
        self.point(MouseAction::Release(MouseButton::Left), row, col);
    }

    fn place_of(&self, text: &str) -> (usize, usize) {
        let rows = self.terminal.visible_text();
        let found = rows.iter().enumerate().find_map(|(row, it)| Some((row, it.find(text)?)));
        found.unwrap_or_else(|| panic!("no {text} on {rows:#?}"))
    }
}

fn bash(folder: &std::path::Path) -> OnScreen {
    let mut screen =
        OnScreen::start(SIZE, folder, &["bash", "--norc", "--noprofile", "-i"], &[("PS1", "ready> ")]);
    screen.wait_for_text("ready>");
    screen
}

#[test]
fn bash_stops_and_continues_jobs() {
    if !has("bash") {
        return;
    }
    let folder = folder();
    let mut screen = bash(folder.path());
    screen.send("sleep 1000\r");
    std::thread::sleep(Duration::from_millis(300));
    screen.send("\x1a");
    screen.wait_for_text("Stopped");
    screen.send("jobs\r");
    screen.wait_for("the job", |it| {
        it.visible_text().iter().filter(|row| row.contains("sleep 1000")).count() >= 3
    });
    screen.send("fg\r");
    std::thread::sleep(Duration::from_millis(300));
    screen.send("\x03");
    screen.send("echo code $?\r");
    screen.wait_for_text("code 130");
    screen.send("stty size\r");
    screen.wait_for_text("20 70");
    screen.resize(Size { rows: 15, cols: 50 });
    screen.send("stty size\r");
    screen.wait_for_text("15 50");
    screen.send("exit\r");
    screen.wait_for_end();
}

#[test]
fn bash_with_marks_makes_blocks() {
    if !has("bash") {
        return;
    }
    let folder = folder();
    let file = folder.path().join("rc");
    let marks = r#"PS0='\e]133;C\a'
PROMPT_COMMAND='printf "\e]133;D;%s\a\e]7;file://%s%s\a" "$?" "" "$PWD"'
PS1='\[\e]133;A\a\]ready> \[\e]133;B\a\]'
"#;
    std::fs::write(&file, marks).expect("a file");
    let path = file.to_str().expect("plain");
    let mut screen =
        OnScreen::start(SIZE, folder.path(), &["bash", "--noprofile", "--rcfile", path, "-i"], &[]);
    screen.wait_for_text("ready>");
    screen.terminal.set_clock(1_000);
    screen.send("echo one; false\r");
    screen.wait_for("an end", |it| it.blocks().any(|block| block.state() == BlockState::Ended));
    let block = screen.terminal.blocks().next().expect("a block").clone();
    assert_eq!((block.command.as_str(), block.exit), ("echo one; false", Some(1)));
    assert_eq!(screen.terminal.output_text(block.id).as_deref().map(str::trim_end), Some("one"));
    screen.send("cd /tmp\r");
    screen.wait_for("the folder", |it| it.working_folder().is_some_and(|folder| folder.path == "/tmp"));
}

#[test]
fn vim_edits_and_leaves_the_screen_as_it_was() {
    if !has("vim") {
        return;
    }
    let folder = folder();
    let mut screen = bash(folder.path());
    screen.send("vim -u NONE -N --cmd 'set mouse=a ttymouse=sgr' text\r");
    screen.wait_for("vim", |it| it.modes().alternate_screen && it.visible_text()[1].starts_with('~'));
    assert_ne!(screen.terminal.modes().mouse_tracking, MouseTracking::Off);
    screen.send("ihello 日本\x1b");
    screen.wait_for("the text", |it| it.visible_text()[0] == "hello 日本");
    let up = encode_key_event(
        &KeyEvent::pressed(agentos_terminal::Key::Home, Modifiers::NONE),
        &screen.terminal.modes(),
    );
    screen.send(&String::from_utf8(up).expect("text"));
    screen.wait_for("the cursor", |it| it.cursor().is_some_and(|cursor| (cursor.row, cursor.col) == (0, 0)));
    // A click goes to its place, a drag selects, the wheel scrolls.
    screen.click(0, 3);
    screen.wait_for("the click", |it| it.cursor().is_some_and(|cursor| (cursor.row, cursor.col) == (0, 3)));
    screen.point(MouseAction::Press(MouseButton::Left), 0, 0);
    screen.point(MouseAction::Move(Some(MouseButton::Left)), 0, 4);
    screen.point(MouseAction::Release(MouseButton::Left), 0, 4);
    screen.wait_for_text("-- VISUAL --");
    screen.send("\x1b");
    screen.wait_for("no selection", |it| !it.visible_text().join("").contains("VISUAL"));
    screen.resize(Size { rows: 12, cols: 40 });
    screen.wait_for("the new size", |it| {
        it.visible_text()[10].starts_with('~') && !it.visible_text()[11].starts_with('~')
    });
    screen.send(":wq\r");
    screen.wait_for("the shell", |it| !it.modes().alternate_screen);
    screen.wait_for_text("ready>");
    assert_eq!(std::fs::read_to_string(folder.path().join("text")).expect("written"), "hello 日本\n");
}

#[test]
fn less_scrolls_and_searches() {
    if !has("less") {
        return;
    }
    let folder = folder();
    let text: String = (1..=500).map(|line| format!("line {line}\n")).collect();
    std::fs::write(folder.path().join("text"), text).expect("a file");
    let mut screen = OnScreen::start(SIZE, folder.path(), &["less", "text"], &[("LESSHISTFILE", "-")]);
    screen.wait_for_text("line 19");
    assert!(screen.terminal.modes().alternate_screen);
    screen.send(" ");
    screen.wait_for("the next page", |it| it.visible_text()[0] == "line 20");
    screen.send("/line 250\r");
    screen.wait_for("the place", |it| it.visible_text()[0] == "line 250");
    screen.send("G");
    screen.wait_for_text("line 500");
    screen.send("q");
    screen.wait_for_end();
    assert!(!screen.terminal.modes().alternate_screen);
}

#[test]
fn htop_draws_its_frame() {
    if !has("htop") {
        return;
    }
    let folder = folder();
    let size = Size { cols: 100, ..SIZE };
    let mut screen = OnScreen::start(size, folder.path(), &["htop", "-d", "20"], &[]);
    screen.wait_for_text("F1Help");
    screen.wait_for_text("PID");
    // Its last line is a row of buttons.
    let quit = screen.place_of("Quit");
    screen.click(quit.0, quit.1);
    screen.wait_for_end();
}

/// Ends a server of tmux, which is no child of the test, also when the test fails.
struct Server(String);

impl Server {
    fn end(&self) -> bool {
        let ended = std::process::Command::new("tmux").args(["-S", &self.0, "kill-server"]).output();
        ended.is_ok_and(|output| output.status.success())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

#[test]
fn tmux_splits_its_screen() {
    if !has("tmux") {
        return;
    }
    let folder = folder();
    let socket = folder.path().join("socket");
    let socket = socket.to_str().expect("plain");
    let server = Server(socket.to_owned());
    let shell = "env PS1='pane> ' bash --norc --noprofile -i";
    let mut screen = OnScreen::start(
        SIZE,
        folder.path(),
        &["tmux", "-u", "-S", socket, "-f", "/dev/null", "new", shell],
        &[],
    );
    screen.wait_for_text("pane>");
    assert!(screen.terminal.modes().alternate_screen);
    screen.send("\x02%");
    screen.wait_for("the line between", |it| it.visible_text()[..19].iter().all(|row| row.contains('│')));
    // Typed at once it would be taken for a paste.
    assert!(server.end());
    screen.wait_for_end();
    assert!(!screen.terminal.modes().alternate_screen);
}

#[test]
fn python_asks_and_answers() {
    if !has("python3") {
        return;
    }
    let folder = folder();
    let mut screen =
        OnScreen::start(SIZE, folder.path(), &["python3", "-i", "-q"], &[("PYTHON_COLORS", "0")]);
    screen.wait_for_text(">>>");
    screen.send("print('日本'*2)\r");
    screen.wait_for_text("日本日本");
    screen.send("1/0\r");
    screen.wait_for_text("ZeroDivisionError");
    screen.send("\x04");
    screen.wait_for_end();
}
