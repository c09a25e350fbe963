//! What passes between a tab and its program: output, input, size.

use super::{
    super::{
        launch::{Origin, cells},
        program::Program,
    },
    model::{Frame, Stage, Tab, VIEW},
};
use abi::{Bytes, UiCaller, table};
use std::time::Duration;
use widgets::{AppContext, ShellCommand, Tone};

/// Bytes asked for with one read.
const READ_BYTES: u64 = 64 * 1024;
/// Input that may wait for a program which does not read; more is refused with a message.
const MAX_OUTBOX: usize = 1024 * 1024;
/// How long a program may take to notice a size that is set for a moment only.
const NUDGE: Duration = Duration::from_millis(60);

impl Tab {
    /// Takes and shows output while there is some and time for it.
    pub(super) fn read(&mut self, program: &mut Program, frame: &Frame<'_>, cx: &mut AppContext<'_>) {
        let mut said = program.show(&mut self.terminal, frame.until);
        while !program.hung_up && program.backlog.is_empty() {
            let Some(reading) = program.reading.take() else {
                let read = table::FdRead { fd: program.fd, size: READ_BYTES, timeout_millis: None };
                match cx.syscalls.submit(read) {
                    Ok(pending) => program.reading = Some(pending),
                    Err(_) => program.hung_up = true,
                }
                continue;
            };
            match reading.poll() {
                None => {
                    program.reading = Some(reading);
                    break;
                }
                Some(Ok(bytes)) if !bytes.is_empty() => {
                    program.backlog = bytes.0;
                    said |= program.show(&mut self.terminal, frame.until);
                }
                // The end of the file, or a terminal that nobody is on any more.
                Some(_) => program.hung_up = true,
            }
        }
        self.unread |= said && !frame.shown && !program.replays();
        if !program.backlog.is_empty() {
            cx.wake_after(Duration::ZERO);
        }
    }

    /// The window's size counts; until it is known, the one that the terminal had.
    pub(super) fn agree_on_size(
        &mut self,
        program: &Program,
        attached: &table::HeldAttached,
        syscalls: &UiCaller,
    ) {
        let had = terminal::Size { rows: attached.rows.into(), cols: attached.cols.into() };
        if !self.size_known {
            self.terminal.resize(had);
        } else if self.terminal.size() != had {
            resize(program, self.terminal.size(), syscalls);
        }
    }

    /// Asks a program that was taken over to draw its screen again, in two steps with a pause.
    pub(super) fn nudge(&mut self, program: &mut Program, cx: &mut AppContext<'_>) {
        if program.is_nudged() && cx.now_seconds < self.nudge_at {
            cx.wake_after(Duration::from_secs_f64(self.nudge_at - cx.now_seconds));
            return;
        }
        let Some(rows) = program.nudge(&self.terminal).filter(|_| !program.hung_up) else { return };
        resize(program, terminal::Size { rows, cols: self.terminal.size().cols }, cx.syscalls);
        self.nudge_at = cx.now_seconds + NUDGE.as_secs_f64();
        if program.is_nudged() {
            cx.wake_after(NUDGE);
        }
    }

    /// Sends what waits, one write at a time, in order.
    pub(super) fn send(&mut self, cx: &mut AppContext<'_>) {
        let Stage::Running(program) = &self.stage else { return };
        if let Some(writing) = &self.writing {
            match writing.poll() {
                None => return,
                Some(Ok(count)) => self.outbox.taken(usize::try_from(count).unwrap_or(usize::MAX)),
                // The program is gone or does not read; its end is told by the read.
                Some(Err(why)) => {
                    tracing::debug!(%why, "input was not taken");
                    self.outbox.clear();
                }
            }
            self.writing = None;
        }
        let Some((cause, data)) = self.outbox.next() else { return };
        let data = Bytes(data.to_vec());
        match cx.syscalls.with_cause(cause).submit(table::FdWrite { fd: program.fd, data }) {
            Ok(pending) => self.writing = Some(pending),
            Err(why) => tracing::debug!(%why, "input waits"),
        }
    }

    /// Carries out what the view asked for while it was drawn. A paste that has to be agreed to stays in `output`.
    pub(super) fn take_output(&mut self, origin: &Origin, cx: &mut AppContext<'_>) {
        let confirm_paste = self.output.confirm_paste.take();
        let output = std::mem::take(&mut self.output);
        self.output.confirm_paste = confirm_paste;
        if self.outbox.len() + output.bytes.len() > MAX_OUTBOX {
            cx.toast(
                Tone::Warning,
                "The program does not read its input",
                "What was typed last was dropped.",
            );
        } else {
            self.outbox.type_in(&output.bytes, || origin.line_cause(VIEW, cx.syscalls));
        }
        if let Some(text) = output.copy {
            cx.commands.push(ShellCommand::CopyText(text));
        }
        if let (Some(size), Stage::Running(program)) = (output.resize, &self.stage) {
            resize(program, size, cx.syscalls);
        }
    }
}

fn resize(program: &Program, size: terminal::Size, syscalls: &UiCaller) {
    let call = table::PtyResize { fd: program.fd, rows: cells(size.rows), cols: cells(size.cols) };
    if let Err(why) = syscalls.call(call) {
        tracing::debug!(%why, "the terminal kept its size");
    }
}
