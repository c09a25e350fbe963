//! One terminal of a window: its program from the start to the end, and the screen that shows it.
//!
//! manifest (read) → `exec_pty` → output by `fd_read`, input by `fd_write`, size by `pty_resize` → exit by `wait`.
//! Each of these is a submitted call of the app's own process; nothing here waits. What comes back with a session
//! starts nothing by itself: a program that outlived the desktop is taken over by `attach_held`, its last output
//! first, and for the rest *run again* is offered.
//!
//! A tab that is not shown reads on and draws nothing.

use super::{
    commands::{Commands, long_one},
    farewell::{Circumstances, Ended, Farewell, farewell},
    launch::{
        Failure, INTEGRATION, Origin, cannot_start, cells, exec_call, read_manifest, take_manifest,
        takes_integration,
    },
    links::is_beneath,
    outbox::Outbox,
    program::Program,
};
use abi::{Bytes, CauseId, CauseKind, CauseSpec, Fd, Pending, Pid, UiCaller, table};
use services::manifest::Manifest;
use std::time::{Duration, Instant};
use terminal::{BlockState, Terminal, TerminalEvent};
use widgets::{
    AppContext, ShellCommand, Tone,
    terminal_view::{TerminalOutput, TerminalView},
};

/// Lines that scroll out of view and are kept (terminal.md, Emulation).
const SCROLLBACK_LINES: usize = 10_000;
/// Of these a session keeps so many, within so many bytes.
const KEPT_LINES: usize = 200;
const KEPT_BYTES: usize = 16 * 1024;
/// Bytes asked for with one read.
const READ_BYTES: u64 = 64 * 1024;
/// Input that may wait for a program which does not read; more is refused with a message.
const MAX_OUTBOX: usize = 1024 * 1024;
/// Name of the view in the accessibility tree.
pub(super) const VIEW: &str = "screen";
/// How long a program may take to notice a size that is set for a moment only.
const NUDGE: Duration = Duration::from_millis(60);
/// How long the last output of a program that has ended is waited for, seconds: what it left running can keep the
/// terminal open.
const LAST_WORDS: f64 = 0.3;

/// Names a tab of a window; never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TabId(pub(super) u64);

/// See the module documentation.
pub(super) struct Tab {
    pub(super) id: TabId,
    pub(super) stage: Stage,
    manifest: Option<Manifest>,
    /// Where it starts, when not where the manifest says.
    folder: Option<String>,
    /// The open file with what the shell is told of marks, until it has it.
    integration: Option<Fd>,
    /// The machine that the shell named first; another one is not here.
    machine: Option<String>,
    pub(super) commands: Commands,
    /// What the program wants on the clipboard.
    pub(super) for_clipboard: Option<String>,
    /// Unix time at second 0 of the frame clock, milliseconds.
    clock_base: f64,
    pub(super) terminal: Terminal,
    pub(super) view: TerminalView,
    /// What the view asked for while it was drawn.
    pub(super) output: TerminalOutput,
    outbox: Outbox,
    writing: Option<Pending<table::FdWrite>>,
    pub(super) size_known: bool,
    pub(super) run_again: bool,
    /// It said something while it was not shown.
    pub(super) unread: bool,
    /// It rang while it was not shown.
    pub(super) rang: bool,
    /// Seconds of the frame clock at which the program began.
    began: f64,
    /// When a size that is set for a moment is set right, in the same.
    nudge_at: f64,
    /// How the program before this one ended.
    last_end: Option<Farewell>,
}

/// Where a tab is in the life of its program.
pub(super) enum Stage {
    /// Waiting to be started by *run again*.
    Stopped(String),
    Reading(Pending<table::Read>),
    /// What the shell is told of marks is being opened.
    Opening(Pending<table::Open>),
    /// The manifest is known; the first drawing says how large the terminal is.
    Ready,
    Starting(Pending<table::ExecPty>),
    /// Being taken over; its name among held programs.
    Attaching(String, Pending<table::AttachHeld>),
    Running(Program),
    Exited(Farewell),
    Failed(Failure),
}

/// What a tab's logic needs of its window.
pub(super) struct Frame<'a> {
    pub(super) origin: &'a Origin,
    /// Whether it is the tab that is seen.
    pub(super) shown: bool,
    /// Whether its window has the keyboard.
    pub(super) focused: bool,
    /// Until when it may show output. Real time: it bounds work, nothing else depends on it.
    pub(super) until: Instant,
}

impl Tab {
    fn at(id: TabId, stage: Stage) -> Self {
        Tab {
            id,
            stage,
            manifest: None,
            folder: None,
            integration: None,
            machine: None,
            commands: Commands::default(),
            for_clipboard: None,
            clock_base: 0.0,
            terminal: Terminal::new(terminal::Size { rows: 24, cols: 80 }, SCROLLBACK_LINES),
            view: TerminalView::new(),
            output: TerminalOutput::default(),
            outbox: Outbox::default(),
            writing: None,
            size_known: false,
            run_again: false,
            unread: false,
            rang: false,
            began: 0.0,
            nudge_at: 0.0,
            last_end: None,
        }
    }

    /// One whose program is started, in `folder` where one is given.
    pub(super) fn start(id: TabId, folder: Option<String>, origin: &Origin, syscalls: &UiCaller) -> Self {
        let stage = read_manifest(origin, syscalls).map_or_else(Stage::Failed, Stage::Reading);
        Tab { folder, ..Tab::at(id, stage) }
    }

    /// One in which nothing runs; with what its screen said before the desktop ended.
    pub(super) fn stopped(id: TabId, folder: Option<String>, said: &str) -> Self {
        let why = "It was open when the desktop ended. Nothing runs by itself.";
        let mut tab = Tab { folder, ..Tab::at(id, Stage::Stopped(why.into())) };
        if !said.is_empty() {
            // It is text by now, and asks for nothing.
            let plain: String = said.chars().filter(|c| !c.is_control() || *c == '\n').collect();
            let text = format!("{}\r\n\x1b[2m── restored ──\x1b[0m\r\n", plain.replace('\n', "\r\n"));
            tab.terminal.feed(text.as_bytes());
        }
        tab
    }

    /// What its screen said last, for the session.
    pub(super) fn last_text(&self) -> String {
        self.terminal.last_text(KEPT_LINES, KEPT_BYTES)
    }

    /// One that takes over a program that outlived the desktop.
    pub(super) fn attach(id: TabId, held: table::HeldProgram, syscalls: &UiCaller) -> Self {
        let call = table::AttachHeld { id: held.id.clone(), executable: held.executable };
        let stage = match syscalls.submit(call) {
            Ok(pending) => Stage::Attaching(held.id, pending),
            Err(why) => Stage::Stopped(why.detail),
        };
        Tab::at(id, stage)
    }

    /// The program, while one runs.
    pub(super) fn program(&self) -> Option<&Program> {
        match &self.stage {
            Stage::Running(program) => Some(program),
            _ => None,
        }
    }

    /// The name under which its program goes on when the desktop is killed.
    pub(super) fn held(&self) -> Option<String> {
        match &self.stage {
            Stage::Attaching(held, _) => Some(held.clone()),
            Stage::Running(program) => program.held.clone(),
            _ => None,
        }
    }

    /// Where its program works now, as far as it is known.
    pub(super) fn working_folder(&self) -> Option<String> {
        let said = self.terminal.working_folder().filter(|said| self.machine.as_ref() == Some(&said.host));
        let said = said.map(|said| said.path.clone());
        // Paths of the host beside the home are none of the virtual file system.
        said.filter(|path| is_beneath(path, "/home") || is_beneath(path, "/mnt"))
            .or_else(|| self.folder.clone())
    }

    /// The same for people, with `~` for the home.
    pub(super) fn shown_folder(&self) -> Option<String> {
        let folder =
            self.folder.clone().or_else(|| self.manifest.as_ref()?.proc_manifest.working_dir.clone())?;
        Some(match folder.strip_prefix("/home") {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("~{rest}"),
            _ => folder,
        })
    }

    /// How the last program in it ended, once one has.
    pub(super) fn ending(&self) -> Option<&Farewell> {
        match &self.stage {
            Stage::Exited(farewell) => Some(farewell),
            _ => None,
        }
    }

    /// Name of the job that would be lost with it.
    pub(super) fn foreground_job(&self, syscalls: &UiCaller) -> Option<String> {
        let pid = self.program()?.pid;
        syscalls.call(table::GetProcessInfo { pid: Some(pid) }).ok()?.foreground_job
    }

    /// Its title: what the program calls itself, else the app's name.
    pub(super) fn title(&self, name: &str) -> String {
        let said = self.terminal.title();
        if said.is_empty() { name.to_owned() } else { said }
    }

    /// Does what is due. Called each frame, shown or not.
    pub(super) fn logic(&mut self, frame: &Frame<'_>, cx: &mut AppContext<'_>) {
        if std::mem::take(&mut self.run_again) && self.program().is_none() {
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

    /// Takes what the terminal tells beside what it shows.
    fn take_events(&mut self, frame: &Frame<'_>, cx: &mut AppContext<'_>) {
        let replays = self.program().is_some_and(Program::replays);
        for event in self.terminal.take_events() {
            match event {
                TerminalEvent::Folder(folder) => {
                    self.machine.get_or_insert(folder.host);
                    cx.commands.push(ShellCommand::KeepSession);
                }
                // What was said to an earlier desktop asks nothing of this one.
                _ if replays => {}
                TerminalEvent::CommandStarted { block, .. } => {
                    if let Some(cause) = self.outbox.entered() {
                        self.commands.began(block, cause);
                    }
                }
                TerminalEvent::CommandEnded {
                    command, exit, started_unix_millis, ended_unix_millis, ..
                } if !(frame.shown && frame.focused) => {
                    let ran = ended_unix_millis.saturating_sub(started_unix_millis);
                    if let Some((title, text, good)) = long_one(&command, exit, ran, &frame.origin.name) {
                        cx.toast(if good { Tone::Success } else { Tone::Warning }, title, text);
                    }
                }
                TerminalEvent::ClipboardWrite(text) => self.for_clipboard = Some(text),
                TerminalEvent::CommandEnded { .. } | TerminalEvent::Title(_) | TerminalEvent::Bell => {}
            }
        }
    }

    /// Commands are timed by the host's clock at the start, and by the frame's from then on.
    fn set_clock(&mut self, cx: &AppContext<'_>) {
        let unix = cx.syscalls.call(table::GetCurrentTime {}).map_or(0, |now| now.unix_millis);
        self.clock_base = unix as f64 - cx.now_seconds * 1000.0;
    }

    fn close_integration(&mut self, syscalls: &UiCaller) {
        if let Some(fd) = self.integration.take()
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
        for _ in 0..4 {
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
                Some(read) => match take_manifest(frame.origin, read) {
                    Ok(manifest) => {
                        let stage = open_integration(&manifest, cx.syscalls);
                        self.manifest = Some(manifest);
                        (stage, true)
                    }
                    Err(why) => (Stage::Failed(why), false),
                },
            },
            Stage::Opening(pending) => match pending.poll() {
                None => (Stage::Opening(pending), false),
                Some(opened) => {
                    self.integration = opened.ok();
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
        if let Some(result) = program.waiting.as_ref().and_then(Pending::poll) {
            program.waiting = None;
            program.exit = Some(result.map_or(Ended::Unknown, Ended::Told));
            program.exit_seen = cx.now_seconds;
        }
        self.nudge(&mut program, cx);
        let Some(exit) = program.exit else { return Stage::Running(program) };
        // What the program said last is read before its end is told.
        let waited = cx.now_seconds - program.exit_seen;
        if !program.hung_up && waited < LAST_WORDS {
            cx.wake_after(Duration::from_secs_f64(LAST_WORDS - waited));
            return Stage::Running(program);
        }
        if !program.backlog.is_empty() {
            return Stage::Running(program);
        }
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

    /// Takes and shows output while there is some and time for it.
    fn read(&mut self, program: &mut Program, frame: &Frame<'_>, cx: &mut AppContext<'_>) {
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
    fn agree_on_size(&mut self, program: &Program, attached: &table::HeldAttached, syscalls: &UiCaller) {
        let had = terminal::Size { rows: attached.rows.into(), cols: attached.cols.into() };
        if !self.size_known {
            self.terminal.resize(had);
        } else if self.terminal.size() != had {
            resize(program, self.terminal.size(), syscalls);
        }
    }

    /// Asks a program that was taken over to draw its screen again, in two steps with a pause.
    fn nudge(&mut self, program: &mut Program, cx: &mut AppContext<'_>) {
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
    fn send(&mut self, cx: &mut AppContext<'_>) {
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
    fn take_output(&mut self, origin: &Origin, cx: &mut AppContext<'_>) {
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
            self.outbox.type_in(&output.bytes, || line_cause(origin, cx.syscalls));
        }
        if let Some(text) = output.copy {
            cx.commands.push(ShellCommand::CopyText(text));
        }
        if let (Some(size), Stage::Running(program)) = (output.resize, &self.stage) {
            resize(program, size, cx.syscalls);
        }
    }

    /// Ends its program; what is left of it is to be followed until it is gone.
    pub(super) fn close(self, syscalls: &UiCaller) -> Closing {
        match self.stage {
            Stage::Running(program) => end(program.pid, program.fd, program.waiting, syscalls),
            Stage::Starting(pending) => Closing::Starting(pending),
            Stage::Attaching(_, pending) => Closing::Attaching(pending),
            _ => Closing::Gone,
        }
    }

    /// The last commands, for `drive`.
    fn commands_data(&self) -> Vec<serde_json::Value> {
        let last = self.terminal.blocks().rev().filter(|block| block.state() != BlockState::Prompt).take(20);
        let mut commands: Vec<_> = last
            .map(|block| {
                serde_json::json!({
                    "command": block.command,
                    "exit": block.exit,
                    "ran_millis": block.ran_millis(),
                    "cause": self.commands.cause(block.id),
                })
            })
            .collect();
        commands.reverse();
        commands
    }

    /// For `drive`.
    pub(super) fn data(&self) -> serde_json::Value {
        let (state, exit) = match &self.stage {
            Stage::Stopped(_) => ("stopped", None),
            Stage::Reading(_) | Stage::Opening(_) | Stage::Ready | Stage::Starting(_) => ("starting", None),
            Stage::Attaching(..) => ("attaching", None),
            Stage::Running(_) => ("running", None),
            Stage::Exited(end) => ("exited", Some(end.text.clone())),
            Stage::Failed(why) => ("failed", Some(why.text.clone())),
        };
        let size = self.terminal.size();
        serde_json::json!({
            "state": state,
            "exit": exit,
            "pid": self.program().map(|program| program.pid),
            "held": self.held(),
            "host_pid": self.program().map(|program| program.host_pid),
            "rows": size.rows,
            "cols": size.cols,
            "text": self.terminal.visible_text(),
            "folder": self.working_folder(),
            "commands": self.commands_data(),
        })
    }
}

/// Until what a closed tab had started is killed (terminal.md, Lifecycle).
const GRACE_MILLIS: u64 = 3_000;

/// Begins to open what the shell is told of marks, where it is one that takes it.
fn open_integration(manifest: &Manifest, syscalls: &UiCaller) -> Stage {
    if !takes_integration(manifest, syscalls) {
        return Stage::Ready;
    }
    let mode = table::OpenMode { read: true, ..table::OpenMode::default() };
    let open = table::Open { path: INTEGRATION.into(), mode };
    syscalls.submit(open).map_or(Stage::Ready, Stage::Opening)
}

/// Whether a start was refused because of the folder to work in.
fn is_about_folder(why: &abi::SysError) -> bool {
    matches!(why.errno, abi::Errno::ENOENT | abi::Errno::ENOTDIR | abi::Errno::EACCES)
}

/// A program of a tab that was closed.
pub(super) enum Closing {
    /// It has not begun yet, and ends when it has.
    Starting(Pending<table::ExecPty>),
    Attaching(Pending<table::AttachHeld>),
    /// It was told to go.
    Ending(Pending<table::Wait>),
    Gone,
}

impl Closing {
    /// Moves on; whether it is gone.
    pub(super) fn is_gone(&mut self, syscalls: &UiCaller) -> bool {
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
fn end(pid: Pid, fd: Fd, waiting: Option<Pending<table::Wait>>, syscalls: &UiCaller) -> Closing {
    let hang_up = table::Kill { pid, signal: 1, grace_millis: GRACE_MILLIS };
    if let Err(why) = syscalls.submit(hang_up).map(drop).and(syscalls.submit(table::Close { fd }).map(drop)) {
        tracing::warn!(%why, %pid, "a program of a closed tab was not told to go");
    }
    waiting.map_or(Closing::Gone, Closing::Ending)
}

/// Gives up whatever a program left half said, and takes back what it had set up: screen, margins, keys, pointer.
const SETTLE: &str = concat!(
    "\x18\x1b\\\x1b[?2026l\x1b[?1049l\x1b[?1047l\x1b7\x1b[?6l\x1b[r\x1b8\x1b[?7h\x1b[4l\x1b[?1l\x1b>\x1b[?25h",
    "\x1b[?9l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?1006l\x1b[?2004l\x1b[<99u\x1b[0 q\x1b(B\x0f\x1b[0m",
    "\x1b]0;\x07"
);

fn line_cause(origin: &Origin, syscalls: &UiCaller) -> CauseId {
    syscalls.open_cause(CauseSpec {
        app: Some(origin.app.clone()),
        component: Some(VIEW.to_owned()),
        parent: Some(syscalls.cause()),
        ..CauseSpec::new(CauseKind::Key, format!("line typed in {}", origin.name))
    })
}

fn resize(program: &Program, size: terminal::Size, syscalls: &UiCaller) {
    let call = table::PtyResize { fd: program.fd, rows: cells(size.rows), cols: cells(size.cols) };
    if let Err(why) = syscalls.call(call) {
        tracing::debug!(%why, "the terminal kept its size");
    }
}

/// How long it has run, as far as the clocks tell.
fn age_seconds(attached: &table::HeldAttached, syscalls: &UiCaller) -> f64 {
    let now = syscalls.call(table::GetCurrentTime {}).map_or(0, |now| now.unix_millis);
    now.saturating_sub(attached.started_millis) as f64 / 1000.0
}
