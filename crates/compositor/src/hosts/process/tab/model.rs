//! One terminal of a window: what there is of it, how it begins, and what can be asked of it.
//!
//! A tab that is not shown reads on and draws nothing.

use super::{
    super::{
        commands::Commands,
        farewell::Farewell,
        integration::Shell,
        launch::{Failure, Origin, WAS_OPEN, read_manifest},
        links::is_beneath,
        outbox::Outbox,
        permit::Permit,
        program::Program,
    },
    closing::{Closing, end},
};
use abi::{Fd, Pending, UiCaller, table};
use services::manifest::Manifest;
use std::time::Instant;
use terminal::{BlockState, Terminal};
use widgets::terminal_view::{TerminalOutput, TerminalView};

/// Lines that scroll out of view and are kept (terminal.md, Emulation).
const SCROLLBACK_LINES: usize = 10_000;
/// Of these a session keeps so many, within so many bytes.
const KEPT_LINES: usize = 200;
const KEPT_BYTES: usize = 16 * 1024;
/// Name of the view in the accessibility tree.
pub(in crate::hosts::process) const VIEW: &str = "screen";

/// Names a tab of a window; never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::hosts::process) struct TabId(pub(in crate::hosts::process) u64);

/// See the module documentation.
pub(in crate::hosts::process) struct Tab {
    pub(in crate::hosts::process) id: TabId,
    pub(in crate::hosts::process) stage: Stage,
    pub(super) manifest: Option<Manifest>,
    /// Where it starts, when not where the manifest says.
    pub(super) folder: Option<String>,
    /// The open file with what the shell is told of marks, until it has it.
    pub(super) integration: Option<(Shell, Fd)>,
    /// The machine that the shell named first; another one is not here.
    pub(super) machine: Option<String>,
    pub(in crate::hosts::process) commands: Commands,
    /// What the program wants on the clipboard.
    pub(in crate::hosts::process) for_clipboard: Option<String>,
    /// Unix time at second 0 of the frame clock, milliseconds.
    pub(super) clock_base: f64,
    pub(in crate::hosts::process) terminal: Terminal,
    pub(in crate::hosts::process) view: TerminalView,
    /// What the view asked for while it was drawn.
    pub(in crate::hosts::process) output: TerminalOutput,
    pub(super) outbox: Outbox,
    pub(super) writing: Option<Pending<table::FdWrite>>,
    pub(in crate::hosts::process) size_known: bool,
    pub(in crate::hosts::process) run_again: bool,
    /// Its program is to be ended, and started again then.
    pub(in crate::hosts::process) restart: bool,
    /// It said something while it was not shown.
    pub(in crate::hosts::process) unread: bool,
    /// It rang while it was not shown.
    pub(in crate::hosts::process) rang: bool,
    /// Seconds of the frame clock at which the program began.
    pub(super) began: f64,
    /// When a size that is set for a moment is set right, in the same.
    pub(super) nudge_at: f64,
    /// How the program before this one ended.
    pub(super) last_end: Option<Farewell>,
}

/// Where a tab is in the life of its program.
pub(in crate::hosts::process) enum Stage {
    /// Waiting to be started by *run again*.
    Stopped(String),
    Reading(Pending<table::Read>),
    /// A person is asked what it may do.
    Asking(Box<Permit>),
    /// What the shell is told of marks is being opened.
    Opening(Shell, Pending<table::Open>),
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
pub(in crate::hosts::process) struct Frame<'a> {
    pub(in crate::hosts::process) origin: &'a Origin,
    /// Whether it is the tab that is seen.
    pub(in crate::hosts::process) shown: bool,
    /// Whether its window has the keyboard.
    pub(in crate::hosts::process) focused: bool,
    /// Until when it may show output. Real time: it bounds work, nothing else depends on it.
    pub(in crate::hosts::process) until: Instant,
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
            restart: false,
            unread: false,
            rang: false,
            began: 0.0,
            nudge_at: 0.0,
            last_end: None,
        }
    }

    /// One whose program is started, in `folder` where one is given.
    pub(in crate::hosts::process) fn start(
        id: TabId,
        folder: Option<String>,
        origin: &Origin,
        syscalls: &UiCaller,
    ) -> Self {
        let stage = read_manifest(origin, syscalls).map_or_else(Stage::Failed, Stage::Reading);
        Tab { folder, ..Tab::at(id, stage) }
    }

    /// One in which nothing runs; with what its screen said before the desktop ended.
    pub(in crate::hosts::process) fn stopped(id: TabId, folder: Option<String>, said: &str) -> Self {
        let mut tab = Tab { folder, ..Tab::at(id, Stage::Stopped(WAS_OPEN.into())) };
        if !said.is_empty() {
            // It is text by now, and asks for nothing.
            let plain: String = said.chars().filter(|c| !c.is_control() || *c == '\n').collect();
            let text = format!("{}\r\n\x1b[2m── restored ──\x1b[0m\r\n", plain.replace('\n', "\r\n"));
            tab.terminal.feed(text.as_bytes());
        }
        tab
    }

    /// What its screen said last, for the session.
    pub(in crate::hosts::process) fn last_text(&self) -> String {
        self.terminal.last_text(KEPT_LINES, KEPT_BYTES)
    }

    /// One that takes over a program that outlived the desktop.
    pub(in crate::hosts::process) fn attach(
        id: TabId,
        held: table::HeldProgram,
        syscalls: &UiCaller,
    ) -> Self {
        let call = table::AttachHeld { id: held.id.clone(), executable: held.executable };
        let stage = match syscalls.submit(call) {
            Ok(pending) => Stage::Attaching(held.id, pending),
            Err(why) => Stage::Stopped(why.detail),
        };
        Tab::at(id, stage)
    }

    /// The program, while one runs.
    pub(in crate::hosts::process) fn program(&self) -> Option<&Program> {
        match &self.stage {
            Stage::Running(program) => Some(program),
            _ => None,
        }
    }

    /// The name under which its program goes on when the desktop is killed.
    pub(in crate::hosts::process) fn held(&self) -> Option<String> {
        match &self.stage {
            Stage::Attaching(held, _) => Some(held.clone()),
            Stage::Running(program) => program.held.clone(),
            _ => None,
        }
    }

    /// Where its program works now, as far as it is known.
    pub(in crate::hosts::process) fn working_folder(&self) -> Option<String> {
        let said = self.terminal.working_folder().filter(|said| self.machine.as_ref() == Some(&said.host));
        let said = said.map(|said| said.path.clone());
        // Paths of the host beside the home are none of the virtual file system.
        said.filter(|path| is_beneath(path, "/home") || is_beneath(path, "/mnt"))
            .or_else(|| self.folder.clone())
    }

    /// The same for people, with `~` for the home.
    pub(in crate::hosts::process) fn shown_folder(&self) -> Option<String> {
        let folder =
            self.folder.clone().or_else(|| self.manifest.as_ref()?.proc_manifest.working_dir.clone())?;
        Some(match folder.strip_prefix("/home") {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("~{rest}"),
            _ => folder,
        })
    }

    /// How the last program in it ended, once one has.
    pub(in crate::hosts::process) fn ending(&self) -> Option<&Farewell> {
        match &self.stage {
            Stage::Exited(farewell) => Some(farewell),
            _ => None,
        }
    }

    /// Name of the job that would be lost with it.
    pub(in crate::hosts::process) fn foreground_job(&self, syscalls: &UiCaller) -> Option<String> {
        let pid = self.program()?.pid;
        syscalls.call(table::GetProcessInfo { pid: Some(pid) }).ok()?.foreground_job
    }

    /// Its title: what the program calls itself, else the app's name.
    pub(in crate::hosts::process) fn title(&self, name: &str) -> String {
        let said = self.terminal.title();
        if said.is_empty() { name.to_owned() } else { said }
    }

    /// Ends its program; what is left of it is to be followed until it is gone.
    pub(in crate::hosts::process) fn close(self, syscalls: &UiCaller) -> Closing {
        match self.stage {
            Stage::Running(program) => end(program.pid, program.fd, program.ending.into_waiting(), syscalls),
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
    pub(in crate::hosts::process) fn data(&self) -> serde_json::Value {
        let (state, exit) = match &self.stage {
            Stage::Stopped(_) => ("stopped", None),
            Stage::Asking(_) => ("asking", None),
            Stage::Reading(_) | Stage::Opening(..) | Stage::Ready | Stage::Starting(_) => ("starting", None),
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
            "scrollback": self.terminal.scrollback_len(),
            "drawn": { "frames": self.view.drawn().frames, "rows": self.view.drawn().rows },
            "folder": self.working_folder(),
            "commands": self.commands_data(),
        })
    }
}
