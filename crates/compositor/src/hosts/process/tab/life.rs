//! What a tab does each frame: the life of its program from the manifest to the end.
//!
//! manifest (read) → what it may do (asked, where it was not shipped) → `exec_pty` → output by `fd_read`, input by `fd_write`, size by `pty_resize` → exit by `wait`.
//! Each of these is a submitted call of the app's own process; nothing here waits. What comes back with a session
//! starts nothing by itself: a program that outlived the desktop is taken over by `attach_held`, its last output
//! first, and for the rest *run again* is offered.

use super::{
    super::{
        farewell::{Circumstances, farewell},
        integration::Shell,
        launch::{Failure, Origin, cannot_start, exec_call, read_manifest, take_manifest},
        permit::Permit,
        program::Program,
    },
    closing::GRACE_MILLIS,
    model::{Frame, Stage, Tab},
};
use abi::{UiCaller, table};
use services::manifest::Manifest;
use widgets::{AppContext, ShellCommand};

/// Gives up whatever a program left half said, and takes back what it had set up: screen, margins, keys, pointer.
const SETTLE: &str = concat!(
    "\x18\x1b\\\x1b[?2026l\x1b[?1049l\x1b[?1047l\x1b7\x1b[?6l\x1b[r\x1b8\x1b[?7h\x1b[4l\x1b[?1l\x1b>\x1b[?25h",
    "\x1b[?9l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?1006l\x1b[?2004l\x1b[<99u\x1b[0 q\x1b(B\x0f\x1b[0m",
    "\x1b]0;\x07"
);

impl Tab {
    /// Does what is due. Called each frame, shown or not.
    pub(in crate::hosts::process) fn logic(&mut self, frame: &Frame<'_>, cx: &mut AppContext<'_>) {
        if std::mem::take(&mut self.restart) {
            self.run_again = true;
            if let Some(program) = self.program() {
                let end = table::Kill { pid: program.pid, signal: 1, grace_millis: GRACE_MILLIS };
                if let Err(why) = cx.syscalls.submit(end) {
                    tracing::warn!(%why, pid = %program.pid, "a program was not told to go");
                }
            }
        }
        if self.run_again && self.program().is_none() {
            self.run_again = false;
            self.begin_again(frame.origin, cx.syscalls);
        }
        self.take_output(frame.origin, cx);
        self.advance(frame, cx);
        self.send(cx);
        self.take_events(frame, cx);
        if frame.shown {
            (self.unread, self.rang) = (false, false);
        } else {
            self.rang |= self.terminal.take_bell();
        }
    }

    /// Commands are timed by the host's clock at the start, and by the frame's from then on.
    fn set_clock(&mut self, cx: &AppContext<'_>) {
        let unix = cx.syscalls.call(table::GetCurrentTime {}).map_or(0, |now| now.unix_millis);
        self.clock_base = unix as f64 - cx.now_seconds * 1000.0;
    }

    fn close_integration(&mut self, syscalls: &UiCaller) {
        if let Some((_, fd)) = self.integration.take()
            && let Err(why) = syscalls.submit(table::Close { fd })
        {
            tracing::debug!(%why, "the file of marks was closed already");
        }
    }

    /// Starts another program beneath what the last one said.
    fn begin_again(&mut self, origin: &Origin, syscalls: &UiCaller) {
        if !self.terminal.visible_text().iter().all(String::is_empty) || self.terminal.scrollback_len() > 0 {
            let end = self.last_end.take().map_or_else(String::new, |end| format!("{} · ", end.text));
            self.terminal.feed(SETTLE.as_bytes());
            let line = format!("\r\n\x1b[2m── {end}started again ──\x1b[0m\r\n");
            self.terminal.feed(line.as_bytes());
            let _ = (self.terminal.take_replies(), self.terminal.take_bell());
        }
        self.stage = read_manifest(origin, syscalls).map_or_else(Stage::Failed, Stage::Reading);
    }

    /// Moves on as far as possible without waiting.
    fn advance(&mut self, frame: &Frame<'_>, cx: &mut AppContext<'_>) {
        for _ in 0..6 {
            let stage = std::mem::replace(&mut self.stage, Stage::Ready);
            let (stage, more) = self.step(stage, frame, cx);
            self.stage = stage;
            if !more {
                return;
            }
        }
    }

    /// The next stage, and whether to look again at once.
    fn step(&mut self, stage: Stage, frame: &Frame<'_>, cx: &mut AppContext<'_>) -> (Stage, bool) {
        match stage {
            Stage::Reading(pending) => match pending.poll() {
                None => (Stage::Reading(pending), false),
                Some(read) => {
                    let manifest = take_manifest(frame.origin, read);
                    match manifest.and_then(|manifest| Permit::ask(manifest, frame.origin, cx.syscalls)) {
                        Ok(permit) => (Stage::Asking(Box::new(permit)), true),
                        Err(why) => (Stage::Failed(why), false),
                    }
                }
            },
            Stage::Asking(mut permit) => match permit.poll(cx.syscalls) {
                None => (Stage::Asking(permit), false),
                Some(Ok(manifest)) => {
                    let stage = open_integration(&manifest, cx.syscalls);
                    self.manifest = Some(manifest);
                    (stage, true)
                }
                Some(Err(why)) => (Stage::Failed(why), false),
            },
            Stage::Opening(shell, pending) => match pending.poll() {
                None => (Stage::Opening(shell, pending), false),
                Some(opened) => {
                    self.integration = opened.ok().map(|fd| (shell, fd));
                    (Stage::Ready, true)
                }
            },
            Stage::Ready => (self.launch(cx.syscalls), false),
            Stage::Starting(pending) => match pending.poll() {
                None => (Stage::Starting(pending), false),
                // The folder is gone, or is none here: the manifest's own is as good.
                Some(Err(why)) if is_about_folder(&why) && self.folder.take().is_some() => {
                    (Stage::Ready, true)
                }
                Some(Err(why)) => {
                    self.close_integration(cx.syscalls);
                    (Stage::Failed(cannot_start(self.manifest.as_ref(), &why)), false)
                }
                Some(Ok(started)) => {
                    self.close_integration(cx.syscalls);
                    self.began = cx.now_seconds;
                    self.set_clock(cx);
                    cx.commands.push(ShellCommand::KeepSession);
                    (Stage::Running(Program::started(started, cx.syscalls)), true)
                }
            },
            Stage::Attaching(held, pending) => match pending.poll() {
                None => (Stage::Attaching(held, pending), false),
                Some(Err(why)) => {
                    let text =
                        format!("It did not outlive the desktop: {}. Nothing runs by itself.", why.detail);
                    (Stage::Stopped(text), false)
                }
                Some(Ok(attached)) => {
                    self.began = cx.now_seconds - age_seconds(&attached, cx.syscalls);
                    self.set_clock(cx);
                    let program = Program::attached(held, &attached, cx.syscalls);
                    self.agree_on_size(&program, &attached, cx.syscalls);
                    (Stage::Running(program), true)
                }
            },
            Stage::Running(program) => (self.run(program, frame, cx), false),
            ended => (ended, false),
        }
    }

    fn launch(&self, syscalls: &UiCaller) -> Stage {
        let (Some(manifest), true) = (&self.manifest, self.size_known) else { return Stage::Ready };
        let size = self.terminal.size();
        let call = exec_call(manifest, self.folder.as_deref(), self.integration, size, syscalls);
        match call.and_then(|call| syscalls.submit(call)) {
            Ok(pending) => Stage::Starting(pending),
            Err(why) => Stage::Failed(Failure::other(why.detail)),
        }
    }

    fn run(&mut self, mut program: Program, frame: &Frame<'_>, cx: &mut AppContext<'_>) -> Stage {
        self.terminal.set_clock((self.clock_base + cx.now_seconds * 1000.0).max(0.0) as u64);
        self.read(&mut program, frame, cx);
        self.outbox.push(cx.syscalls.cause(), &self.terminal.take_replies());
        self.nudge(&mut program, cx);
        let output = program.output();
        let Some(exit) = program.ending.due(output, cx) else { return Stage::Running(program) };
        if let Err(why) = cx.syscalls.submit(table::Close { fd: program.fd }) {
            tracing::debug!(%why, "the terminal was closed already");
        }
        self.outbox.clear();
        self.writing = None;
        let rules = self.manifest.as_ref().map(|manifest| &manifest.proc_manifest.sandbox);
        let about = Circumstances {
            ran_seconds: program.ended_away.unwrap_or(cx.now_seconds - self.began),
            away: program.ended_away.is_some(),
            rules,
        };
        let end = farewell(exit, about);
        self.last_end = Some(end.clone());
        self.unread |= !frame.shown;
        cx.commands.push(ShellCommand::KeepSession);
        Stage::Exited(end)
    }
}

/// Begins to open what the shell is told of marks, where it is one that takes it.
fn open_integration(manifest: &Manifest, syscalls: &UiCaller) -> Stage {
    let Some(shell) = Shell::of(manifest, syscalls) else { return Stage::Ready };
    let mode = table::OpenMode { read: true, ..table::OpenMode::default() };
    let open = table::Open { path: shell.file().into(), mode };
    syscalls.submit(open).map_or(Stage::Ready, |pending| Stage::Opening(shell, pending))
}

/// Whether a start was refused because of the folder to work in.
fn is_about_folder(why: &abi::SysError) -> bool {
    matches!(why.errno, abi::Errno::ENOENT | abi::Errno::ENOTDIR | abi::Errno::EACCES)
}

/// How long it has run, as far as the clocks tell.
fn age_seconds(attached: &table::HeldAttached, syscalls: &UiCaller) -> f64 {
    let now = syscalls.call(table::GetCurrentTime {}).map_or(0, |now| now.unix_millis);
    now.saturating_sub(attached.started_millis) as f64 / 1000.0
}
