//! A host program in a terminal as an app.
//!
//! manifest (read) → `exec_pty` → output by `fd_read`, input by `fd_write`, size by `pty_resize` → exit by `wait`.
//! Each of these is a submitted call of the app's own process; nothing here waits. A session that comes back
//! starts nothing by itself: what outlived the desktop is taken over by `attach_held`, its last output first, and
//! for the rest it offers *run again*.

use super::{
    outbox::Outbox,
    program::{Ended, Program},
};
use abi::{Bytes, CauseId, CauseKind, CauseSpec, Pending, SysError, SysResult, UiCaller, table};
use services::manifest::{self, Manifest};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use terminal::Terminal;
use widgets::{
    App, AppContext, Menu, MenuItem, Question, ShellCommand, Tone,
    controls::Button,
    fonts,
    terminal_view::{TerminalOutput, TerminalView},
    theme::{Theme, radius, space},
};

/// Lines that scroll out of view and are kept (terminal.md, Emulation).
const SCROLLBACK_LINES: usize = 10_000;
/// How long one `logic` shows output, so that a flood leaves time for input and drawing.
const SHOW_LIMIT: Duration = Duration::from_millis(5);
/// Bytes asked for with one read.
const READ_BYTES: u64 = 64 * 1024;
/// Input that may wait for a program which does not read; more is refused with a message.
const MAX_OUTBOX: usize = 1024 * 1024;
/// The question about a paste of several lines.
const PASTE: u64 = 1;
/// Name of the view in the accessibility tree.
const VIEW: &str = "screen";
/// How long a program may take to notice a size that is set for a moment only.
const NUDGE: Duration = Duration::from_millis(60);

/// A process app in a window.
pub(crate) struct ProcessHost {
    app: String,
    name: String,
    stage: Stage,
    manifest: Option<Manifest>,
    manifest_path: String,
    terminal: Terminal,
    view: TerminalView,
    /// What the view asked for while it was drawn.
    output: TerminalOutput,
    outbox: Outbox,
    writing: Option<Pending<table::FdWrite>>,
    /// A paste that waits for an answer.
    paste: Option<String>,
    size_known: bool,
    focused: bool,
    take_focus: bool,
    run_again: bool,
    /// Seconds of the frame clock at which the program began.
    began: f64,
    /// When a size that is set for a moment is set right, in the same.
    nudge_at: f64,
    /// Until when this `logic` may show output. Real time: it bounds work, nothing else depends on it.
    budget: Instant,
}

enum Stage {
    /// Waiting to be started by *run again*.
    Stopped(String),
    Reading(Pending<table::Read>),
    /// The manifest is known; the first drawing says how large the terminal is.
    Ready,
    Starting(Pending<table::ExecPty>),
    /// Being taken over; its name among held programs.
    Attaching(String, Pending<table::AttachHeld>),
    Running(Program),
    Exited {
        how: String,
        good: bool,
    },
    Failed(String),
}

/// How a window begins.
pub(crate) enum Begin {
    /// Its program is started.
    Start,
    /// Nothing runs; *run again* starts it.
    Wait,
    /// A program that outlived the desktop is taken over.
    Attach(table::HeldProgram),
}

impl ProcessHost {
    /// The app of a manifest.
    pub(crate) fn new(app: &str, name: &str, manifest_path: &str, begin: Begin, syscalls: &UiCaller) -> Self {
        let stage = match begin {
            Begin::Start => read_manifest(manifest_path, syscalls),
            Begin::Wait => {
                Stage::Stopped("It was open when the desktop ended. Nothing runs by itself.".into())
            }
            Begin::Attach(held) => attach(held, syscalls),
        };
        ProcessHost {
            app: app.to_owned(),
            name: name.to_owned(),
            stage,
            manifest: None,
            manifest_path: manifest_path.to_owned(),
            terminal: Terminal::new(terminal::Size { rows: 24, cols: 80 }, SCROLLBACK_LINES),
            view: TerminalView::new(),
            output: TerminalOutput::default(),
            outbox: Outbox::default(),
            writing: None,
            paste: None,
            size_known: false,
            focused: false,
            take_focus: false,
            run_again: false,
            began: 0.0,
            nudge_at: 0.0,
            budget: Instant::now(),
        }
    }

    fn is_running(&self) -> bool {
        matches!(self.stage, Stage::Running(_))
    }

    /// Moves on as far as possible without waiting.
    fn advance(&mut self, cx: &mut AppContext<'_>) {
        for _ in 0..4 {
            let stage = std::mem::replace(&mut self.stage, Stage::Ready);
            let (stage, more) = self.step(stage, cx);
            self.stage = stage;
            if !more {
                return;
            }
        }
    }

    /// The next stage, and whether to look again at once.
    fn step(&mut self, stage: Stage, cx: &mut AppContext<'_>) -> (Stage, bool) {
        match stage {
            Stage::Reading(pending) => match pending.poll() {
                None => (Stage::Reading(pending), false),
                Some(Err(why)) => (Stage::Failed(format!("{}: {}", self.manifest_path, why.detail)), false),
                Some(Ok(bytes)) => self.take_manifest(&bytes),
            },
            Stage::Ready => match (&self.manifest, self.size_known) {
                (Some(manifest), true) => {
                    let size = self.terminal.size();
                    let started =
                        exec_call(manifest, size, cx.syscalls).and_then(|call| cx.syscalls.submit(call));
                    match started {
                        Ok(pending) => (Stage::Starting(pending), true),
                        Err(why) => (Stage::Failed(why.detail), false),
                    }
                }
                _ => (Stage::Ready, false),
            },
            Stage::Starting(pending) => match pending.poll() {
                None => (Stage::Starting(pending), false),
                Some(Err(why)) => (Stage::Failed(cannot_start(self.manifest.as_ref(), &why)), false),
                Some(Ok(started)) => {
                    self.began = cx.now_seconds;
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
                    let program = Program::attached(held, &attached, cx.syscalls);
                    self.agree_on_size(&program, &attached, cx.syscalls);
                    (Stage::Running(program), true)
                }
            },
            Stage::Running(program) => (self.run(program, cx), false),
            ended => (ended, false),
        }
    }

    fn take_manifest(&mut self, bytes: &[u8]) -> (Stage, bool) {
        let parsed = manifest::parse(bytes);
        match parsed.manifest {
            Some(manifest) => {
                self.manifest = Some(manifest);
                (Stage::Ready, true)
            }
            None => {
                let why = parsed.diagnostics.first().map_or_else(
                    || "the manifest cannot be read".to_owned(),
                    |d| format!("line {}, column {}: {}", d.line, d.column, d.message),
                );
                (Stage::Failed(format!("{}: {why}", self.manifest_path)), false)
            }
        }
    }

    fn run(&mut self, mut program: Program, cx: &mut AppContext<'_>) -> Stage {
        program.show(&mut self.terminal, self.budget);
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
                    program.show(&mut self.terminal, self.budget);
                }
                // The end of the file, or a terminal that nobody is on any more.
                Some(_) => program.hung_up = true,
            }
        }
        if !program.backlog.is_empty() {
            cx.wake_after(Duration::ZERO);
        }
        self.outbox.push(cx.syscalls.cause(), &self.terminal.take_replies());
        if let Some(result) = program.waiting.as_ref().and_then(Pending::poll) {
            program.waiting = None;
            program.exit = Some(result.map_or(Ended::Unknown, Ended::Told));
        }
        self.nudge(&mut program, cx);
        match (program.exit, program.hung_up) {
            // What the program said last is read before its end is told.
            (Some(exit), true) if program.backlog.is_empty() => {
                let closed = cx.syscalls.submit(table::Close { fd: program.fd });
                if let Err(why) = closed {
                    tracing::debug!(%why, "the terminal was closed already");
                }
                self.outbox.clear();
                self.writing = None;
                let (how, good) = program.farewell(exit, cx.now_seconds - self.began);
                Stage::Exited { how, good }
            }
            _ => Stage::Running(program),
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

    /// Carries out what the view asked for while it was drawn.
    fn take_output(&mut self, cx: &mut AppContext<'_>) {
        let output = std::mem::take(&mut self.output);
        if self.outbox.len() + output.bytes.len() > MAX_OUTBOX {
            cx.toast(
                Tone::Warning,
                "The program does not read its input",
                "What was typed last was dropped.",
            );
        } else {
            self.outbox.type_in(&output.bytes, || line_cause(&self.name, &self.app, cx.syscalls));
        }
        if let Some(text) = output.copy {
            cx.commands.push(ShellCommand::CopyText(text));
        }
        if let Some(text) = output.confirm_paste {
            let lines = text.lines().count();
            self.paste = Some(text);
            cx.commands.push(ShellCommand::Ask(Question {
                id: PASTE,
                title: format!("Paste {lines} lines?"),
                text: "The program would run each line at once.".into(),
                confirm: "Paste".into(),
                destructive: false,
            }));
        }
        if let (Some(size), Stage::Running(program)) = (output.resize, &self.stage) {
            resize(program, size, cx.syscalls);
        }
    }

    fn status_ui(&mut self, ui: &mut egui::Ui, theme: &Theme) {
        let (text, colour, button) = match &self.stage {
            Stage::Exited { how, good } => {
                (how.clone(), if *good { theme.text.secondary } else { theme.danger.text }, Some("Run again"))
            }
            Stage::Stopped(why) => (why.clone(), theme.text.secondary, Some("Run again")),
            Stage::Failed(why) => (why.clone(), theme.danger.text, Some("Try again")),
            _ => return,
        };
        let round = radius::WINDOW - 1;
        let corner = egui::CornerRadius { nw: 0, ne: 0, sw: round, se: round };
        egui::Frame::new()
            .fill(theme.surface.panel)
            .corner_radius(corner)
            .inner_margin(egui::Margin::symmetric(12, 7))
            .show(ui, |ui| {
                ui.horizontal(|ui| {
                    ui.set_width(ui.available_width());
                    let label =
                        egui::Label::new(egui::RichText::new(text).font(fonts::regular(12.5)).color(colour))
                            .truncate();
                    let room = egui::vec2((ui.available_width() - 110.0).max(40.0), space::CONTROL_SMALL);
                    ui.add_sized(room, label);
                    if let Some(word) = button {
                        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                            if ui
                                .add(Button::primary(word).size(widgets::controls::ControlSize::Small))
                                .clicked()
                            {
                                self.run_again = true;
                            }
                        });
                    }
                });
            });
    }
}

fn line_cause(name: &str, app: &str, syscalls: &UiCaller) -> CauseId {
    syscalls.open_cause(CauseSpec {
        app: Some(app.to_owned()),
        component: Some(VIEW.to_owned()),
        parent: Some(syscalls.cause()),
        ..CauseSpec::new(CauseKind::Key, format!("line typed in {name}"))
    })
}

fn resize(program: &Program, size: terminal::Size, syscalls: &UiCaller) {
    let call = table::PtyResize { fd: program.fd, rows: cells(size.rows), cols: cells(size.cols) };
    if let Err(why) = syscalls.call(call) {
        tracing::debug!(%why, "the terminal kept its size");
    }
}

fn cells(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

fn attach(held: table::HeldProgram, syscalls: &UiCaller) -> Stage {
    let call = table::AttachHeld { id: held.id.clone(), executable: held.executable };
    match syscalls.submit(call) {
        Ok(pending) => Stage::Attaching(held.id, pending),
        Err(why) => Stage::Stopped(why.detail),
    }
}

/// How long it has run, as far as the clocks tell.
fn age_seconds(attached: &table::HeldAttached, syscalls: &UiCaller) -> f64 {
    let now = syscalls.call(table::GetCurrentTime {}).map_or(0, |now| now.unix_millis);
    now.saturating_sub(attached.started_millis) as f64 / 1000.0
}

fn read_manifest(path: &str, syscalls: &UiCaller) -> Stage {
    match syscalls.submit(table::Read { path: path.to_owned(), offset: 0, size: None }) {
        Ok(pending) => Stage::Reading(pending),
        Err(why) => Stage::Failed(why.detail),
    }
}

fn exec_call(manifest: &Manifest, size: terminal::Size, syscalls: &UiCaller) -> SysResult<table::ExecPty> {
    let program = &manifest.proc_manifest;
    let executable = if program.executable == "$SHELL" {
        syscalls.call(table::GetEnv { name: "SHELL".into() })?.unwrap_or_else(|| "sh".into())
    } else {
        program.executable.clone()
    };
    let mut env: BTreeMap<String, String> = program.env.clone();
    for (name, value) in [("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("TERM_PROGRAM", "AgentOS")]
    {
        env.entry(name.into()).or_insert_with(|| value.into());
    }
    Ok(table::ExecPty {
        executable,
        args: program.args.clone(),
        env,
        cwd: program.working_dir.clone(),
        rows: cells(size.rows),
        cols: cells(size.cols),
        inherit: Vec::new(),
    })
}

fn cannot_start(manifest: Option<&Manifest>, why: &SysError) -> String {
    let name = manifest.map_or("the program", |manifest| manifest.proc_manifest.executable.as_str());
    match why.errno {
        abi::Errno::ENOENT => {
            format!("{name} is not installed on this machine. Install it, then try again. ({})", why.detail)
        }
        _ => format!("{name} could not be started: {}", why.detail),
    }
}

impl App for ProcessHost {
    fn title(&self) -> String {
        let said = self.terminal.title();
        if said.is_empty() { self.name.clone() } else { said }
    }

    fn logic(&mut self, cx: &mut AppContext<'_>) {
        if std::mem::take(&mut self.run_again) && !self.is_running() {
            self.terminal = Terminal::new(self.terminal.size(), SCROLLBACK_LINES);
            self.stage = read_manifest(&self.manifest_path, cx.syscalls);
            self.take_focus = true;
        }
        self.budget = Instant::now() + SHOW_LIMIT;
        self.take_output(cx);
        self.advance(cx);
        self.send(cx);
    }

    fn ui(&mut self, ui: &mut egui::Ui) {
        let theme = Theme::of(ui);
        let status = matches!(self.stage, Stage::Exited { .. } | Stage::Stopped(_) | Stage::Failed(_));
        let area = ui.available_rect_before_wrap();
        let bar = if status { 44.0 } else { 0.0 };
        let screen = egui::Rect::from_min_max(area.min, egui::pos2(area.right(), area.bottom() - bar));
        ui.scope_builder(egui::UiBuilder::new().max_rect(screen), |ui| {
            ui.set_clip_rect(ui.clip_rect().intersect(screen));
            if std::mem::take(&mut self.take_focus) {
                let id = TerminalView::id(ui, VIEW);
                ui.memory_mut(|memory| memory.request_focus(id));
            }
            let round = if status { 0 } else { radius::WINDOW - 1 };
            self.view.set_corner(egui::CornerRadius { nw: 0, ne: 0, sw: round, se: round });
            let output = self.view.ui(ui, VIEW, &mut self.terminal, &self.name);
            self.size_known = true;
            let waits = !output.bytes.is_empty()
                || output.resize.is_some()
                || output.copy.is_some()
                || output.confirm_paste.is_some();
            if waits || matches!(self.stage, Stage::Ready) {
                ui.ctx().request_repaint();
            }
            self.output.bytes.extend(output.bytes);
            self.output.resize = output.resize.or(self.output.resize);
            self.output.copy = output.copy.or(self.output.copy.take());
            self.output.confirm_paste = output.confirm_paste.or(self.output.confirm_paste.take());
        });
        if status {
            let place = egui::Rect::from_min_max(egui::pos2(area.left(), screen.bottom()), area.max);
            ui.scope_builder(egui::UiBuilder::new().max_rect(place), |ui| self.status_ui(ui, &theme));
            if self.run_again {
                ui.ctx().request_repaint();
            }
        }
    }

    fn menus(&self) -> Vec<Menu> {
        let item = |id: &str, label: &str, keys: &str, enabled| MenuItem {
            enabled,
            ..MenuItem::new(id, label, keys)
        };
        vec![
            Menu {
                title: "Shell".into(),
                items: vec![
                    item("interrupt", "Interrupt", "Ctrl+C", self.is_running()),
                    item("run", "Run again", "", !self.is_running()),
                ],
            },
            Menu {
                title: "Edit".into(),
                items: vec![
                    item("copy", "Copy", "Ctrl+Shift+C", self.terminal.selected_text().is_some()),
                    item("select-all", "Select all", "", true),
                ],
            },
            Menu {
                title: "View".into(),
                items: vec![
                    item("larger", "Larger text", "", true),
                    item("smaller", "Smaller text", "", true),
                    item("end", "Scroll to the end", "", self.terminal.scroll_offset() > 0),
                ],
            },
        ]
    }

    fn menu(&mut self, id: &str) {
        let points = self.view.font_points();
        match id {
            "interrupt" => self.output.bytes.push(0x03),
            "run" => self.run_again = true,
            "copy" => self.output.copy = self.terminal.selected_text(),
            "select-all" => self.terminal.select_all(),
            "larger" => self.view.set_font_points(points + 1.0),
            "smaller" => self.view.set_font_points(points - 1.0),
            "end" => self.terminal.scroll(terminal::Scroll::Bottom),
            _ => {}
        }
    }

    fn closing_loses(&self, syscalls: &UiCaller) -> Option<String> {
        let Stage::Running(program) = &self.stage else { return None };
        let info = syscalls.call(table::GetProcessInfo { pid: Some(program.pid) }).ok()?;
        info.foreground_job.map(|job| format!("{job} is still running and will be ended."))
    }

    fn takes_keys(&self) -> bool {
        self.focused && self.is_running()
    }

    fn badge(&self) -> Option<(String, String)> {
        let why = "This program runs with all your rights: nothing is sandboxed in this version.";
        Some(("not sandboxed".into(), why.into()))
    }

    fn glass(&self) -> bool {
        true
    }

    fn answered(&mut self, id: u64, yes: bool) {
        if id == PASTE
            && let Some(text) = self.paste.take().filter(|_| yes)
        {
            self.output.bytes.extend(terminal::encode_paste(&text, &self.terminal.modes()));
        }
    }

    fn held(&self) -> Option<String> {
        match &self.stage {
            Stage::Attaching(held, _) => Some(held.clone()),
            Stage::Running(program) => program.held.clone(),
            _ => None,
        }
    }

    fn focus_changed(&mut self, focused: bool) {
        self.focused = focused;
        self.take_focus = focused;
    }

    fn data(&self) -> serde_json::Value {
        let (state, exit) = match &self.stage {
            Stage::Stopped(_) => ("stopped", None),
            Stage::Reading(_) | Stage::Ready | Stage::Starting(_) => ("starting", None),
            Stage::Attaching(..) => ("attaching", None),
            Stage::Running(_) => ("running", None),
            Stage::Exited { how, .. } => ("exited", Some(how.clone())),
            Stage::Failed(why) => ("failed", Some(why.clone())),
        };
        let program = match &self.stage {
            Stage::Running(program) => Some((program.pid, program.host_pid)),
            _ => None,
        };
        let size = self.terminal.size();
        serde_json::json!({
            "state": state,
            "exit": exit,
            "pid": program.map(|(pid, _)| pid),
            "held": self.held(),
            "host_pid": program.map(|(_, host)| host),
            "rows": size.rows,
            "cols": size.cols,
            "text": self.terminal.visible_text(),
        })
    }
}
