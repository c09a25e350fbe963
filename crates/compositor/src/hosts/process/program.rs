//! The program in a terminal: what is read from it, and that it ended.

use super::ending::{Ending, Output};
use abi::{Fd, Pending, Pid, UiCaller, table};
use std::time::Instant;
use terminal::Terminal;

/// A program that runs, or whose last output is still to be read.
pub(super) struct Program {
    pub(super) pid: Pid,
    pub(super) host_pid: i32,
    pub(super) fd: Fd,
    /// The name under which it goes on when the desktop is killed.
    pub(super) held: Option<String>,
    pub(super) reading: Option<Pending<table::FdRead>>,
    /// Output has ended.
    pub(super) hung_up: bool,
    pub(super) ending: Ending,
    /// Output that was read and is not shown yet.
    pub(super) backlog: Vec<u8>,
    /// How much of what comes was said to an earlier desktop already, bytes.
    replay_bytes: u64,
    /// When it was taken over, and what for: a program that fills the screen is to draw it again.
    redraw: Redraw,
    /// It ended while no desktop was there, after so many seconds.
    pub(super) ended_away: Option<f64>,
}

/// Drawing again what another desktop had on its screen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Redraw {
    No,
    /// When the last output is shown.
    Wanted,
    /// Another size was set; the right one comes next.
    Nudged,
}

impl Program {
    /// One that was just started.
    pub(super) fn started(started: table::PtyStarted, syscalls: &UiCaller) -> Self {
        let table::PtyStarted { pid, host_pid, fd, held } = started;
        Program {
            pid,
            host_pid,
            fd,
            held,
            reading: None,
            hung_up: false,
            ending: Ending::of(pid, syscalls),
            backlog: Vec::new(),
            replay_bytes: 0,
            redraw: Redraw::No,
            ended_away: None,
        }
    }

    /// One that outlived an earlier desktop.
    pub(super) fn attached(held: String, attached: &table::HeldAttached, syscalls: &UiCaller) -> Self {
        let started = table::PtyStarted {
            pid: attached.pid,
            host_pid: attached.host_pid,
            fd: attached.fd,
            held: Some(held),
        };
        let seconds = |ended: u64| ended.saturating_sub(attached.started_millis) as f64 / 1000.0;
        Program {
            replay_bytes: attached.output_bytes,
            redraw: Redraw::Wanted,
            ended_away: attached.ended_millis.map(seconds),
            ..Program::started(started, syscalls)
        }
    }

    /// What is still to be heard of it.
    pub(super) fn output(&self) -> Output {
        match (self.backlog.is_empty(), self.hung_up) {
            (false, _) => Output::Unshown,
            (true, false) => Output::Open,
            (true, true) => Output::Over,
        }
    }

    /// Whether what is shown now was said to an earlier desktop already.
    pub(super) fn replays(&self) -> bool {
        self.replay_bytes > 0
    }

    /// Shows what was read until the time is over. What was said to an earlier desktop asks nothing of this one.
    /// Says whether anything was shown.
    pub(super) fn show(&mut self, terminal: &mut Terminal, until: Instant) -> bool {
        let mut go_on = || Instant::now() < until;
        let before = self.backlog.len();
        if self.replay_bytes > 0 {
            let part = usize::try_from(self.replay_bytes).unwrap_or(usize::MAX).min(self.backlog.len());
            let shown = terminal.feed_while(&self.backlog[..part], &mut go_on);
            self.backlog.drain(..shown);
            self.replay_bytes -= shown as u64;
            // It was answered, and it rang, then.
            let _ = (terminal.take_replies(), terminal.take_bell());
            if self.replay_bytes > 0 {
                return shown > 0;
            }
        }
        let shown = terminal.feed_while(&self.backlog, &mut go_on);
        self.backlog.drain(..shown);
        self.backlog.len() < before
    }

    /// Another size for a moment, and then the right one: a program that fills the screen then draws all of it.
    /// Says the rows to set, when there is something to set now.
    pub(super) fn nudge(&mut self, terminal: &Terminal) -> Option<usize> {
        let rows = terminal.size().rows;
        match self.redraw {
            Redraw::Wanted if self.replay_bytes == 0 && terminal.modes().alternate_screen => {
                self.redraw = Redraw::Nudged;
                Some(if rows > 1 { rows - 1 } else { rows + 1 })
            }
            Redraw::Wanted if self.replay_bytes == 0 => {
                self.redraw = Redraw::No;
                None
            }
            Redraw::Nudged => {
                self.redraw = Redraw::No;
                Some(rows)
            }
            Redraw::Wanted | Redraw::No => None,
        }
    }

    /// Whether the other size waits to be set right.
    pub(super) fn is_nudged(&self) -> bool {
        self.redraw == Redraw::Nudged
    }
}
