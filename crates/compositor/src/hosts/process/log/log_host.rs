//! A window of a program whose output is a log: its life, its lines, its menus.
//!
//! Such a program hangs on the desktop: a session shows that it was there, and starts nothing.

use super::{
    input::Input,
    lines::{Line, Lines, Source},
    piped::Piped,
    view::{LogCommand, LogView, Shown},
};
use crate::hosts::process::{
    farewell::{Circumstances, Farewell, farewell},
    holds::Holds,
    launch::{Failure, Origin, WAS_OPEN, cannot_start, read_manifest, spawn_call, take_manifest},
    permit::{Permit, WAITS},
    status::{self, Chosen, Status, status_ui},
};
use abi::{Pending, UiCaller, table};
use egui::{Rect, pos2};
use serde_json::{Value, json};
use services::manifest::Manifest;
use std::time::{Duration, Instant};
use widgets::{App, AppContext, Menu, MenuItem, ShellCommand, TitleNote, Tone, theme::Theme};

/// How long one `logic` shows output, so that a flood leaves time for input and drawing.
const SHOW_LIMIT: Duration = Duration::from_millis(4);
/// How long a program that is started anew gets to end by itself.
const GRACE_MILLIS: u64 = 2_000;
/// Lines that `drive` sees.
const DATA_LINES: usize = 200;

/// See the module documentation.
pub(crate) struct LogHost {
    origin: Origin,
    stage: Stage,
    manifest: Option<Manifest>,
    lines: Lines,
    input: Input,
    view: LogView,
    asked: Vec<LogCommand>,
    chosen: Option<Chosen>,
    interrupts: bool,
    /// Its program is to be ended, and started again then.
    restarts: Restart,
    began: f64,
    /// What holds its program.
    holds: Holds,
}

/// Where a restart is.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Restart {
    #[default]
    No,
    Wanted,
    /// It was told to go.
    Ending,
}

enum Stage {
    Stopped(String),
    Reading(Pending<table::Read>),
    /// A person is asked what it may do.
    Asking(Box<Permit>),
    Starting(Pending<table::Spawn>),
    Running(Box<Piped>),
    Exited(Farewell),
    Failed(Failure),
}

impl LogHost {
    /// The app of a manifest; nothing runs in it at first when it comes back with a session.
    pub(crate) fn new(app: &str, name: &str, manifest: &str, starts: bool, syscalls: &UiCaller) -> Self {
        let origin = Origin::new(app, name, manifest);
        let stage = if starts {
            read_manifest(&origin, syscalls).map_or_else(Stage::Failed, Stage::Reading)
        } else {
            Stage::Stopped(WAS_OPEN.into())
        };
        LogHost {
            origin,
            stage,
            manifest: None,
            lines: Lines::default(),
            input: Input::default(),
            view: LogView::new(),
            asked: Vec::new(),
            chosen: None,
            interrupts: false,
            restarts: Restart::No,
            began: 0.0,
            holds: Holds::default(),
        }
    }

    fn program(&self) -> Option<&Piped> {
        match &self.stage {
            Stage::Running(program) => Some(program),
            _ => None,
        }
    }

    fn begin_again(&mut self, syscalls: &UiCaller) {
        if self.program().is_none() {
            if self.lines.len() > 0 {
                self.lines.push(Source::Note, "── started again ──".into());
            }
            self.view.take_focus = true;
            self.stage = read_manifest(&self.origin, syscalls).map_or_else(Stage::Failed, Stage::Reading);
        }
    }

    fn restart(&mut self, syscalls: &UiCaller) {
        let pid = self.program().map(|program| program.pid);
        match (self.restarts, pid) {
            (Restart::No, _) | (Restart::Ending, Some(_)) => {}
            (Restart::Wanted, Some(pid)) => {
                let end = table::Kill { pid, signal: 15, grace_millis: GRACE_MILLIS };
                if let Err(why) = syscalls.submit(end) {
                    tracing::warn!(%why, %pid, "a program was not told to go");
                }
                self.restarts = Restart::Ending;
            }
            (Restart::Wanted | Restart::Ending, None) => {
                self.restarts = Restart::No;
                self.begin_again(syscalls);
            }
        }
    }

    fn advance(&mut self, until: Instant, cx: &mut AppContext<'_>) {
        for _ in 0..4 {
            let stage = std::mem::replace(&mut self.stage, Stage::Stopped(String::new()));
            let (stage, more) = self.step(stage, until, cx);
            self.stage = stage;
            if !more {
                return;
            }
        }
    }

    /// The next stage, and whether to look again at once.
    fn step(&mut self, stage: Stage, until: Instant, cx: &mut AppContext<'_>) -> (Stage, bool) {
        match stage {
            Stage::Reading(pending) => match pending.poll() {
                None => (Stage::Reading(pending), false),
                Some(read) => {
                    let manifest = take_manifest(&self.origin, read);
                    match manifest.and_then(|manifest| Permit::ask(manifest, &self.origin, cx.syscalls)) {
                        Ok(permit) => (Stage::Asking(Box::new(permit)), true),
                        Err(why) => (Stage::Failed(why), false),
                    }
                }
            },
            Stage::Asking(mut permit) => match permit.poll(cx.syscalls) {
                None => (Stage::Asking(permit), false),
                Some(Err(why)) => (Stage::Failed(why), false),
                Some(Ok(manifest)) => {
                    let call = spawn_call(&manifest, cx.syscalls);
                    self.lines.explain(manifest.proc_manifest.explain.clone().into_iter());
                    self.manifest = Some(manifest);
                    match call.and_then(|call| cx.syscalls.submit(call)) {
                        Ok(pending) => (Stage::Starting(pending), true),
                        Err(why) => (Stage::Failed(Failure::other(why.detail)), false),
                    }
                }
            },
            Stage::Starting(pending) => match pending.poll() {
                None => (Stage::Starting(pending), false),
                Some(Err(why)) => (Stage::Failed(cannot_start(self.manifest.as_ref(), &why)), false),
                Some(Ok(spawned)) => {
                    self.began = cx.now_seconds;
                    (Stage::Running(Box::new(Piped::new(spawned, cx.syscalls))), true)
                }
            },
            Stage::Running(mut program) => match program.advance(&mut self.lines, until, cx) {
                None => (Stage::Running(program), false),
                Some(exit) => {
                    let about = Circumstances {
                        ran_seconds: cx.now_seconds - self.began,
                        away: false,
                        rules: self.manifest.as_ref().map(|manifest| &manifest.proc_manifest.sandbox),
                    };
                    let end = farewell(exit, about);
                    self.lines.push(Source::Note, end.text.clone());
                    (Stage::Exited(end), false)
                }
            },
            ended => (ended, false),
        }
    }

    fn run_command(&mut self, command: LogCommand, cx: &mut AppContext<'_>) {
        match command {
            LogCommand::Copy(text) => cx.commands.push(ShellCommand::CopyText(text)),
            LogCommand::Clear => self.lines.clear(),
            LogCommand::EndInput => {
                if let Stage::Running(program) = &mut self.stage {
                    program.end_input(cx.syscalls);
                    self.lines.push(Source::Note, "── end of input ──".into());
                }
            }
            LogCommand::Send => self.send(cx),
        }
    }

    fn send(&mut self, cx: &mut AppContext<'_>) {
        let Stage::Running(program) = &mut self.stage else { return };
        let line = self.input.submit();
        let cause = self.origin.line_cause("input", cx.syscalls);
        if program.write(cause, line.clone()) {
            self.lines.push(Source::Typed, line.trim_end().to_owned());
        } else {
            let text = "What was typed last was dropped.";
            cx.toast(Tone::Warning, "The program does not read its input", text);
        }
    }

    fn status(&self) -> Option<Status<'_>> {
        match &self.stage {
            Stage::Stopped(why) => Some(Status::Waits(why)),
            Stage::Exited(end) => Some(Status::Ended(end)),
            Stage::Failed(why) => Some(Status::Failed(why)),
            Stage::Asking(_) => Some(Status::Asks(WAITS)),
            Stage::Reading(_) | Stage::Starting(_) | Stage::Running(_) => None,
        }
    }
}

impl App for LogHost {
    fn title(&self) -> String {
        self.origin.name.clone()
    }

    fn logic(&mut self, cx: &mut AppContext<'_>) {
        self.holds.look(self.program().map(|program| program.pid), cx.syscalls);
        for command in std::mem::take(&mut self.asked) {
            self.run_command(command, cx);
        }
        if std::mem::take(&mut self.interrupts)
            && let Some(program) = self.program()
        {
            let interrupt =
                table::SendSignal { pid: program.pid, signal: 2, value: 0, scope: table::SignalScope::Tree };
            if let Err(why) = cx.syscalls.submit(interrupt) {
                tracing::debug!(%why, "not interrupted");
            }
        }
        self.restart(cx.syscalls);
        match self.chosen.take() {
            Some(Chosen::Again) => self.begin_again(cx.syscalls),
            Some(Chosen::Close) => cx.commands.push(ShellCommand::CloseWindow),
            Some(Chosen::EditManifest) => cx.commands.push(self.origin.edit()),
            None => {}
        }
        self.advance(Instant::now() + SHOW_LIMIT, cx);
    }

    fn ui(&mut self, ui: &mut egui::Ui) {
        let theme = Theme::of(ui);
        let area = ui.available_rect_before_wrap();
        let strip = self.status().is_some();
        let foot = area.bottom() - if strip { status::HEIGHT } else { 0.0 };
        let screen = Rect::from_min_max(area.min, pos2(area.right(), foot));
        let program = self.program();
        let filter = self.lines.filter().clone();
        let unfinished = program.into_iter().flat_map(Piped::unfinished);
        let unfinished: Vec<Line> = unfinished
            .filter(|(source, _)| filter.text.is_empty() && filter.source.is_none_or(|only| only == *source))
            .map(|(source, text)| Line { source, text })
            .collect();
        let listens = program.is_some_and(Piped::listens);
        let shown = Shown { lines: &mut self.lines, input: &mut self.input, unfinished, listens };
        let asked = self.view.ui(ui, &theme, screen, shown);
        self.asked.extend(asked);
        if let Some(status) = self.status() {
            let place = Rect::from_min_max(pos2(area.left(), foot), area.max);
            self.chosen = status_ui(ui, &theme, place, &status).or(self.chosen);
        }
        if !self.asked.is_empty() || self.chosen.is_some() {
            ui.ctx().request_repaint();
        }
    }

    fn menus(&self) -> Vec<Menu> {
        let runs = self.program().is_some();
        let item = |id: &str, label: &str, enabled| MenuItem { enabled, ..MenuItem::new(id, label, "") };
        let menu = |title: &str, items| Menu { title: title.into(), items };
        vec![
            menu(
                "Program",
                vec![
                    item("interrupt", "Interrupt", runs),
                    item("end-input", "End of input", self.program().is_some_and(Piped::listens)),
                    item("run", "Run again", !runs),
                    item("restart", "Restart", runs),
                ],
            ),
            menu("Edit", vec![item("copy", "Copy all lines", true), item("clear", "Clear the log", true)]),
        ]
    }

    fn menu(&mut self, id: &str) {
        match id {
            "interrupt" => self.interrupts = true,
            "end-input" => self.asked.push(LogCommand::EndInput),
            "run" => self.chosen = Some(Chosen::Again),
            "restart" => self.restarts = Restart::Wanted,
            "copy" => self.asked.push(LogCommand::Copy(self.lines.text_between(0, u64::MAX))),
            "clear" => self.asked.push(LogCommand::Clear),
            _ => {}
        }
    }

    fn title_note(&self) -> Option<TitleNote> {
        let Stage::Exited(end) = &self.stage else { return None };
        Some(TitleNote { folder: String::new(), exit: Some((end.badge.clone(), end.good)) })
    }

    fn badge(&self) -> Option<(String, String)> {
        self.holds.badge()
    }

    fn details(&self, syscalls: &UiCaller) -> Option<Vec<widgets::sandbox::Section>> {
        self.holds.details(syscalls)
    }

    fn focus_changed(&mut self, focused: bool) {
        self.view.take_focus |= focused;
    }

    fn data(&self) -> Value {
        let (state, exit) = match &self.stage {
            Stage::Stopped(_) => ("stopped", None),
            Stage::Asking(_) => ("asking", None),
            Stage::Reading(_) | Stage::Starting(_) => ("starting", None),
            Stage::Running(_) => ("running", None),
            Stage::Exited(end) => ("exited", Some(end.text.clone())),
            Stage::Failed(why) => ("failed", Some(why.text.clone())),
        };
        let last: Vec<Value> = self
            .lines
            .iter()
            .rev()
            .take(DATA_LINES)
            .map(|line| json!([line.source.word(), line.text]))
            .collect();
        json!({
            "state": state,
            "exit": exit,
            "pid": self.program().map(|program| program.pid),
            "host_pid": self.program().map(|program| program.host_pid),
            "lines": last.into_iter().rev().collect::<Vec<_>>(),
            "kept": self.lines.len(),
            "shown": self.lines.shown(),
            "dropped": self.lines.dropped(),
        })
    }
}
