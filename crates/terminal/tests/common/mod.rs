//! Screens as text, and programs of the host on a screen.
//!
//! A program gets a pseudo terminal of its own and a session of its own through `setsid`; what it writes
//! goes to a [`Terminal`], whose replies go back. Everything is bounded in time, and the program is ended
//! with the test.

// Each test program uses a part of it.
#![allow(dead_code)]

use agentos_terminal::{Color, Row, Size, Terminal, Underline};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::{
    fmt::Write as _,
    fs::File,
    io::{Read as _, Write as _},
    os::fd::AsFd as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Longest time that a test waits for something on a screen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Rows of text between bars, then runs that are not plain, then the cursor.
pub(crate) fn portrait(terminal: &Terminal) -> String {
    let rows: Vec<Row<'_>> = (0..terminal.size().rows).filter_map(|row| terminal.row(row)).collect();
    let mut out: String = rows.iter().map(|row| format!("|{}\n", row.text())).collect();
    for (index, row) in rows.iter().enumerate() {
        let mut last = String::new();
        for (col, cell) in row.cells().enumerate() {
            let style = style(cell);
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

fn style(cell: agentos_terminal::Cell<'_>) -> String {
    let mut style = String::new();
    for (name, set) in [
        ("bold", cell.is_bold()),
        ("dim", cell.is_dim()),
        ("italic", cell.is_italic()),
        ("struck", cell.is_struck()),
        ("hidden", cell.is_hidden()),
        ("inverse", cell.is_inverse()),
    ] {
        if set {
            let _ = write!(style, " {name}");
        }
    }
    if cell.underline() != Underline::None {
        let _ = write!(style, " {:?} line", cell.underline());
        if let Some(color) = cell.underline_color() {
            let _ = write!(style, " of {color:?}");
        }
    }
    for (name, color) in [("on", cell.background()), ("in", cell.foreground())] {
        if color != Color::Default {
            let _ = write!(style, " {name} {color:?}");
        }
    }
    if let Some(link) = cell.link() {
        let _ = write!(style, " to {link}");
    }
    style
}

/// Whether a program is there; says loudly when it is not.
pub(crate) fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    if !found {
        eprintln!("SKIPPED: {program} is not installed (Debian: apt-get install {program})");
    }
    found
}

/// A program on a screen.
pub(crate) struct OnScreen {
    pub(crate) terminal: Terminal,
    master: File,
    child: Child,
    slave: std::path::PathBuf,
    /// Everything that was written, for messages.
    written: usize,
}

impl OnScreen {
    /// Starts a program in a folder with a small environment.
    pub(crate) fn start(size: Size, folder: &Path, command: &[&str], env: &[(&str, &str)]) -> OnScreen {
        let window = nix::pty::Winsize {
            ws_row: u16::try_from(size.rows).expect("few rows"),
            ws_col: u16::try_from(size.cols).expect("few columns"),
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let pair = nix::pty::openpty(Some(&window), None).expect("a pseudo terminal");
        let slave = nix::unistd::ttyname(pair.slave.as_fd()).expect("its name");
        let end = |fd: &std::os::fd::OwnedFd| Stdio::from(fd.try_clone().expect("a second descriptor"));
        let child = Command::new("setsid")
            .args(["--ctty", "--wait"])
            .args(command)
            .stdin(end(&pair.slave))
            .stdout(end(&pair.slave))
            .stderr(end(&pair.slave))
            .current_dir(folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", folder)
            .env("TERM", "xterm-256color")
            .env("LANG", "C.UTF-8")
            .envs(env.iter().copied())
            .spawn()
            .expect("setsid of util-linux");
        OnScreen { terminal: Terminal::new(size, 1000), master: pair.master.into(), child, slave, written: 0 }
    }

    /// Sends keys or text.
    pub(crate) fn send(&mut self, text: &str) {
        self.master.write_all(text.as_bytes()).expect("the program's terminal is open");
    }

    /// Gives the screen another size.
    pub(crate) fn resize(&mut self, size: Size) {
        self.terminal.resize(size);
        let (rows, cols) = (size.rows.to_string(), size.cols.to_string());
        let done =
            Command::new("stty").arg("-F").arg(&self.slave).args(["rows", &rows, "cols", &cols]).status();
        assert!(done.is_ok_and(|status| status.success()), "stty");
    }

    /// Shows what is written within a time. Says whether something was.
    pub(crate) fn show(&mut self, within: Duration) -> bool {
        let millis = u16::try_from(within.as_millis()).unwrap_or(u16::MAX);
        let mut polled = [PollFd::new(self.master.as_fd(), PollFlags::POLLIN)];
        let ready = poll(&mut polled, PollTimeout::from(millis)).unwrap_or(0) > 0;
        let mut bytes = [0; 16 * 1024];
        let Some(count) = ready.then(|| self.master.read(&mut bytes).ok()).flatten() else { return false };
        self.written += count;
        self.terminal.feed(&bytes[..count]);
        self.terminal.verify_invariants();
        let replies = self.terminal.take_replies();
        if !replies.is_empty() {
            self.master.write_all(&replies).expect("the program's terminal is open");
        }
        count > 0
    }

    /// Shows until the screen is as wanted and nothing comes for a while.
    ///
    /// # Panics
    /// When it is not in time.
    pub(crate) fn wait_for(&mut self, what: &str, is_there: impl Fn(&Terminal) -> bool) {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            let came = self.show(Duration::from_millis(120));
            if !came && is_there(&self.terminal) {
                return;
            }
            if self.child.try_wait().is_ok_and(|status| status.is_some()) && !came {
                break;
            }
        }
        assert!(is_there(&self.terminal), "no {what} on:\n{}", portrait(&self.terminal));
    }

    /// Waits until a text is on the screen.
    pub(crate) fn wait_for_text(&mut self, text: &str) {
        self.wait_for(text, |terminal| terminal.visible_text().iter().any(|row| row.contains(text)));
    }

    /// Waits for the end of the program.
    pub(crate) fn wait_for_end(&mut self) {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            self.show(Duration::from_millis(50));
            if self.child.try_wait().is_ok_and(|status| status.is_some()) {
                return;
            }
        }
        panic!("it does not end:\n{}", portrait(&self.terminal));
    }
}

impl Drop for OnScreen {
    fn drop(&mut self) {
        // `setsid` has one child, which leads the session; the hangup of the terminal ends what listens.
        let children = format!("/proc/{0}/task/{0}/children", self.child.id());
        for child in std::fs::read_to_string(children).unwrap_or_default().split_whitespace() {
            if let Ok(pid) = child.parse() {
                let group = nix::unistd::Pid::from_raw(pid);
                let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder that goes with the test.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("terminal-").tempdir().expect("a folder")
}
