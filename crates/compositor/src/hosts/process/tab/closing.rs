//! The programs of tabs that were closed, until they are gone.

use abi::{Fd, Pending, Pid, UiCaller, table};

/// Until what a closed tab had started is killed (terminal.md, Lifecycle).
pub(super) const GRACE_MILLIS: u64 = 3_000;

/// A program of a tab that was closed.
pub(in crate::hosts::process) enum Closing {
    /// It has not begun yet, and ends when it has.
    Starting(Pending<table::ExecPty>),
    Attaching(Pending<table::AttachHeld>),
    /// It was told to go.
    Ending(Pending<table::Wait>),
    Gone,
}

impl Closing {
    /// Moves on; whether it is gone.
    pub(in crate::hosts::process) fn is_gone(&mut self, syscalls: &UiCaller) -> bool {
        *self = match std::mem::replace(self, Closing::Gone) {
            Closing::Starting(pending) => match pending.poll() {
                None => Closing::Starting(pending),
                Some(Ok(started)) => {
                    let wait = table::Wait { pid: Some(started.pid), timeout_millis: None };
                    end(started.pid, started.fd, syscalls.submit(wait).ok(), syscalls)
                }
                Some(Err(_)) => Closing::Gone,
            },
            Closing::Attaching(pending) => match pending.poll() {
                None => Closing::Attaching(pending),
                Some(Ok(it)) => {
                    let wait = table::Wait { pid: Some(it.pid), timeout_millis: None };
                    end(it.pid, it.fd, syscalls.submit(wait).ok(), syscalls)
                }
                Some(Err(_)) => Closing::Gone,
            },
            Closing::Ending(waiting) if waiting.poll().is_none() => Closing::Ending(waiting),
            Closing::Ending(_) | Closing::Gone => Closing::Gone,
        };
        matches!(self, Closing::Gone)
    }
}

/// Hangs a program up; what is still there after a moment is killed.
pub(super) fn end(pid: Pid, fd: Fd, waiting: Option<Pending<table::Wait>>, syscalls: &UiCaller) -> Closing {
    let hang_up = table::Kill { pid, signal: 1, grace_millis: GRACE_MILLIS };
    if let Err(why) = syscalls.submit(hang_up).map(drop).and(syscalls.submit(table::Close { fd }).map(drop)) {
        tracing::warn!(%why, %pid, "a program of a closed tab was not told to go");
    }
    waiting.map_or(Closing::Gone, Closing::Ending)
}
