//! The end of a program: waited for from its start, and told once what it said last was read.

use super::farewell::Ended;
use abi::{Pending, Pid, UiCaller, table};
use std::time::Duration;
use widgets::AppContext;

/// How long the last output of a program that has ended is waited for, seconds: what it left running can keep the
/// terminal or the pipes open.
const LAST_WORDS: f64 = 0.3;

/// See the module documentation.
pub(in crate::hosts) struct Ending {
    pid: Pid,
    waiting: Option<Pending<table::Wait>>,
    told: Option<Ended>,
    /// Second of the frame clock at which it was told.
    seen: f64,
}

/// What a program has still to be heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::hosts) enum Output {
    /// More can come.
    Open,
    /// It was read, and is not shown yet.
    Unshown,
    Over,
}

impl Ending {
    pub(in crate::hosts) fn of(pid: Pid, syscalls: &UiCaller) -> Self {
        let mut ending = Ending { pid, waiting: None, told: None, seen: 0.0 };
        ending.wait(syscalls);
        ending
    }

    /// Whether the program has ended, as far as was seen.
    pub(in crate::hosts) fn is_told(&self) -> bool {
        self.told.is_some()
    }

    fn wait(&mut self, syscalls: &UiCaller) {
        match syscalls.submit(table::Wait { pid: Some(self.pid), timeout_millis: None }) {
            Ok(waiting) => self.waiting = Some(waiting),
            // Too many calls are under way; the next look tries again.
            Err(why) => tracing::debug!(%why, pid = %self.pid, "its end is waited for later"),
        }
    }

    fn look(&mut self, cx: &mut AppContext<'_>) {
        match self.waiting.as_ref().map(Pending::poll) {
            Some(Some(result)) => {
                self.waiting = None;
                self.told = Some(result.map_or(Ended::Unknown, Ended::Told));
                self.seen = cx.now_seconds;
            }
            None if self.told.is_none() => self.wait(cx.syscalls),
            _ => {}
        }
    }

    /// How it ended, when nothing more is to be heard of it.
    pub(in crate::hosts) fn due(&mut self, output: Output, cx: &mut AppContext<'_>) -> Option<Ended> {
        self.look(cx);
        let told = self.told?;
        let left = LAST_WORDS - (cx.now_seconds - self.seen);
        match output {
            Output::Over => Some(told),
            Output::Unshown => None,
            Output::Open if left > 0.0 => {
                cx.wake_after(Duration::from_secs_f64(left));
                None
            }
            Output::Open => Some(told),
        }
    }

    /// What is still waited for.
    pub(in crate::hosts) fn into_waiting(self) -> Option<Pending<table::Wait>> {
        self.waiting
    }
}
