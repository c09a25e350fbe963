//! The real window on a virtual display, and a `drive` that stays open.

// Each test program uses a part of it.
#![allow(dead_code)]

use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, sync_channel},
    time::{Duration, Instant},
};

/// Longest time for anything that has to happen.
pub(crate) const LIMIT: Duration = Duration::from_secs(40);

/// Ends its process when the test ends, also by a panic.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The lines that a process prints, read with a time limit.
pub(crate) fn lines_of(from: impl std::io::Read + Send + 'static) -> Receiver<String> {
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

pub(crate) fn agentos() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_agentos"));
    command.env("SHELL", "/bin/sh").env_remove("WAYLAND_DISPLAY").env_remove("DISPLAY");
    command
}

/// Starts a virtual display; its name. `None`, loudly, where that is not possible.
pub(crate) fn display() -> Option<(Running, String)> {
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
pub(crate) struct Drive {
    _process: Running,
    steps: ChildStdin,
    results: Receiver<String>,
}

impl Drive {
    pub(crate) fn start(command: &mut Command) -> Drive {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (steps, results) = (process.stdin.take().unwrap(), lines_of(process.stdout.take().unwrap()));
        Drive { _process: Running(process), steps, results }
    }

    pub(crate) fn step(&mut self, step: &Value) -> Value {
        writeln!(self.steps, "{step}").unwrap();
        let result = self.results.recv_timeout(LIMIT).expect("the desktop answers");
        let result: Value = serde_json::from_str(&result).unwrap();
        assert_eq!(result["ok"], json!(true), "{step}: {result}");
        result
    }

    pub(crate) fn windows(&mut self) -> Value {
        self.step(&json!({"windows": true}))["windows"].clone()
    }
}

/// A desktop in a window on a virtual display, and the way to look into it.
pub(crate) struct Window {
    pub(crate) drive: Drive,
    pub(crate) display: String,
    id: String,

    _process: Running,
    _server: Running,
}

impl Window {
    pub(crate) fn open(data: &Path, arguments: &[&str]) -> Option<Window> {
        Window::open_with(data, arguments, |_, _| {})
    }

    /// With more of its surroundings: `prepare` is told of the display, and changes how the desktop is run.
    pub(crate) fn open_with(
        data: &Path,
        arguments: &[&str],
        prepare: impl FnOnce(&str, &mut Command),
    ) -> Option<Window> {
        let (server, display) = display()?;
        let mut run = agentos();
        prepare(&display, &mut run);
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

    pub(crate) fn xdotool(&self, words: &str) -> String {
        let output =
            Command::new("xdotool").env("DISPLAY", &self.display).args(words.split(' ')).output().unwrap();
        assert!(output.status.success(), "xdotool {words}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}
