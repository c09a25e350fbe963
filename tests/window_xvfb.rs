//! The real window on a virtual display, driven by `xdotool` as a person's hands would, beside a headless
//! desktop that gets the same steps by `drive`: both must have the same windows after each of them.
//!
//! Needs Xvfb and xdotool (`cargo xtask test` installs them); says loudly when they are missing.

use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, sync_channel},
    time::{Duration, Instant},
};

/// Longest time for anything that has to happen.
const LIMIT: Duration = Duration::from_secs(40);

/// Ends its process when the test ends, also by a panic.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The lines that a process prints, read with a time limit.
fn lines_of(from: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (send, receive) = sync_channel(64);
    let read = move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().name("lines".into()).spawn(read).unwrap();
    receive
}

fn agentos() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_agentos"));
    command.env("SHELL", "/bin/sh").env_remove("WAYLAND_DISPLAY").env_remove("DISPLAY");
    command
}

/// Starts a virtual display; its name. `None`, loudly, where that is not possible.
fn display() -> Option<(Running, String)> {
    for program in ["Xvfb", "xdotool"] {
        let there =
            Command::new("sh").args(["-c", &format!("command -v {program}")]).stdout(Stdio::null()).status();
        if !there.is_ok_and(|status| status.success()) {
            eprintln!(
                "SKIPPED, NOTHING WAS TESTED: {program} is not installed; `cargo xtask test` installs it"
            );
            return None;
        }
    }
    let mut server = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let number = lines_of(server.stdout.take().unwrap());
    let server = Running(server);
    let number = number.recv_timeout(LIMIT).expect("Xvfb opens a display");
    Some((server, format!(":{}", number.trim())))
}

/// A `drive` that stays open: one step in, one result out.
struct Drive {
    _process: Running,
    steps: ChildStdin,
    results: Receiver<String>,
}

impl Drive {
    fn start(command: &mut Command) -> Drive {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (steps, results) = (process.stdin.take().unwrap(), lines_of(process.stdout.take().unwrap()));
        Drive { _process: Running(process), steps, results }
    }

    fn step(&mut self, step: &Value) -> Value {
        writeln!(self.steps, "{step}").unwrap();
        let result = self.results.recv_timeout(LIMIT).expect("the desktop answers");
        let result: Value = serde_json::from_str(&result).unwrap();
        assert_eq!(result["ok"], json!(true), "{step}: {result}");
        result
    }

    fn windows(&mut self) -> Value {
        self.step(&json!({"windows": true}))["windows"].clone()
    }
}

/// A desktop in a window on a virtual display, and the way to look into it.
struct Window {
    drive: Drive,
    display: String,
    id: String,

    _process: Running,
    _server: Running,
}

impl Window {
    fn open(data: &Path, arguments: &[&str]) -> Option<Window> {
        let (server, display) = display()?;
        let mut run = agentos();
        run.env("DISPLAY", &display)
            .args(["run", "--size", "1280x800", "--data-dir"])
            .arg(data)
            .args(arguments);
        let process = Running(run.stderr(Stdio::null()).spawn().unwrap());

        let began = Instant::now();
        while !data.join("drive.sock").exists() {
            assert!(began.elapsed() < LIMIT, "the desktop did not start");
            std::thread::yield_now();
        }
        let mut drive = Drive::start(agentos().args(["drive", "--attach", "--data-dir"]).arg(data).arg("-"));
        // Answers when the window has drawn its first frames.
        drive.windows();
        let mut window = Window { drive, display, id: String::new(), _process: process, _server: server };
        window.id = window
            .xdotool("search --sync --onlyvisible --name AgentOS")
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned();
        // Without a window manager nobody gives the keyboard to it.
        window.xdotool(&format!("windowfocus --sync {}", window.id));
        Some(window)
    }

    fn xdotool(&self, words: &str) -> String {
        let output =
            Command::new("xdotool").env("DISPLAY", &self.display).args(words.split(' ')).output().unwrap();
        assert!(output.status.success(), "xdotool {words}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// Something that hands do, for `xdotool` and for `drive`.
#[derive(Clone, Copy, Debug)]
enum Act {
    Click(i32, i32),
    DoubleClick(i32, i32),
    Drag([i32; 2], [i32; 2]),
    /// As `xdotool` writes it and as `drive` writes it.
    Key(&'static str, &'static str),
    Type(&'static str),
}

impl Act {
    fn by_hand(self, window: &Window) {
        let words = match self {
            Act::Click(x, y) => format!("mousemove {x} {y} sleep 0.05 click 1"),
            Act::DoubleClick(x, y) => format!("mousemove {x} {y} sleep 0.05 click --repeat 2 --delay 60 1"),
            Act::Drag([x0, y0], [x1, y1]) => {
                let mut words = format!("mousemove {x0} {y0} sleep 0.05 mousedown 1");
                for step in 1..=8 {
                    let at = |from: i32, to: i32| from + (to - from) * step / 8;
                    words += &format!(" mousemove {} {} sleep 0.03", at(x0, x1), at(y0, y1));
                }
                words + " sleep 0.1 mouseup 1"
            }
            Act::Key(xdotool, _) => format!("key {xdotool}"),
            Act::Type(text) => format!("type --delay 30 {text}"),
        };
        window.xdotool(&words);
    }

    fn as_step(self) -> Value {
        match self {
            Act::Click(x, y) => json!({"click": {"x": x, "y": y}}),
            Act::DoubleClick(x, y) => json!({"double_click": {"x": x, "y": y}}),
            Act::Drag([x0, y0], [x1, y1]) => {
                json!({"drag": {"from": {"x": x0, "y": y0}, "to": {"x": x1, "y": y1}}})
            }
            Act::Key(_, chord) => json!({"key": chord}),
            Act::Type(text) => json!({"type": text}),
        }
    }
}

/// On the windows of the first run at 1280 × 800.
const ACTS: &[Act] = &[
    // The invitation of the first run is put away: it lies over a title bar.
    Act::Click(1244, 64),
    // Raise by a click, by a press on the body, snap by dragging, tear off, resize by an edge.
    Act::Click(400, 74),
    Act::Drag([400, 74], [4, 400]),
    Act::Drag([300, 47], [640, 200]),
    Act::Click(1000, 80),
    Act::Drag([1000, 80], [1277, 380]),
    Act::Drag([640, 500], [700, 500]),
    // Zones and windows by keys.
    Act::Key("alt+Left", "Alt+Left"),
    Act::Key("alt+Left", "Alt+Left"),
    Act::Key("alt+Up", "Alt+Up"),
    Act::Key("alt+shift+Down", "Alt+Shift+Down"),
    Act::Key("alt+Tab", "Alt+Tab"),
    Act::Key("ctrl+m", "Ctrl+M"),
    Act::Key("F12", "F12"),
    Act::Key("Right", "Right"),
    Act::Key("F11", "F11"),
    Act::Key("Escape", "Escape"),
    // The launcher opens an app, which is zoomed, moved and sized by keys, and closed.
    Act::Key("ctrl+k", "Ctrl+K"),
    Act::Type("gallery"),
    Act::Key("Return", "Enter"),
    Act::Key("alt+F7", "Alt+F7"),
    Act::Key("Right", "Right"),
    Act::Key("shift+Down", "Shift+Down"),
    Act::Key("Return", "Enter"),
    Act::Key("alt+F8", "Alt+F8"),
    Act::Key("Right", "Right"),
    Act::Key("Escape", "Escape"),
    Act::Key("alt+F10", "Alt+F10"),
    Act::Key("alt+F10", "Alt+F10"),
    Act::Key("ctrl+w", "Ctrl+W"),
    // The title bar's double click and its button.
    Act::DoubleClick(1000, 47),
    Act::Click(68, 47),
];

/// One line a window.
fn table(windows: &Value) -> String {
    windows.as_array().into_iter().flatten().map(|window| format!("  {window}\n")).collect()
}

#[test]
fn gpu_hands_in_the_window_and_steps_of_a_script_give_equal_windows() {
    let data = tempfile::tempdir().unwrap();
    let Some(mut window) = Window::open(data.path(), &[]) else { return };
    let mut script = Drive::start(agentos().args(["drive", "--size", "1280x800", "-"]));
    assert_eq!(window.drive.windows(), script.windows(), "the first run");
    for act in ACTS {
        act.by_hand(&window);
        script.step(&act.as_step());
        let wanted = script.windows();
        let began = Instant::now();
        loop {
            let there = window.drive.windows();
            if there == wanted {
                break;
            }
            let late = began.elapsed() > Duration::from_secs(15);
            assert!(
                !late,
                "after {act:?} the window has\n{}and the script\n{}",
                table(&there),
                table(&wanted)
            );
            std::thread::yield_now();
        }
        // Ends when nothing moves any more: hands aim at what they see.
        window.drive.step(&json!({"wait": 0}));
    }
}

/// Frames drawn so far. To ask draws none.
fn frames(window: &mut Window) -> u64 {
    window.drive.step(&json!({"stats": true}))["frames"].as_u64().unwrap()
}

/// Waits for three seconds without a frame.
fn becomes_quiet(window: &mut Window, what: &str) {
    let began = Instant::now();
    let (mut last, mut since) = (frames(window), Instant::now());
    while since.elapsed() < Duration::from_secs(3) {
        assert!(began.elapsed() < LIMIT, "{what}: frames never end, {last} so far");
        std::thread::park_timeout(Duration::from_millis(50));
        let now = frames(window);
        if now != last {
            (last, since) = (now, Instant::now());
        }
    }
}

#[test]
fn gpu_a_window_in_which_nothing_changes_draws_nothing() {
    let data = tempfile::tempdir().unwrap();
    let Some(mut window) = Window::open(data.path(), &["--empty"]) else { return };
    becomes_quiet(&mut window, "an empty desktop");
    window.drive.step(&json!({"open": "terminal"}));
    window.drive.step(&json!({"open": "calculator"}));
    becomes_quiet(&mut window, "Terminal and Calculator");
    // A caret blinks, but not for ever.
    window.drive.step(&json!({"open": "notes"}));
    window.drive.step(&json!({"click": {"id": "notes/new"}}));
    window.drive.step(&json!({"click": {"id": "notes/title"}}));
    becomes_quiet(&mut window, "a field with the keyboard");
    window.drive.step(&json!({"open": "terminal"}));
    becomes_quiet(&mut window, "a terminal with the keyboard");
}

#[test]
fn gpu_the_monitor_draws_four_frames_a_second_at_most() {
    let data = tempfile::tempdir().unwrap();
    let Some(mut window) = Window::open(data.path(), &["--empty"]) else { return };
    window.drive.step(&json!({"open": "system-monitor"}));
    let (first, began) = (frames(&mut window), Instant::now());
    std::thread::park_timeout(Duration::from_secs(4));
    let drawn = frames(&mut window) - first;
    // A saved session and a full minute may come on top.
    let most = began.elapsed().as_secs() * 4 + 8;
    assert!(drawn > 0, "the monitor stands still");
    assert!(drawn <= most, "{drawn} frames in {:?}", began.elapsed());
}
