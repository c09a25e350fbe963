//! Programs that run without a window (`ui_type` none): a message when they begin and end, a tile in the dock while
//! they run, and the Task Manager for everything else.
//!
//! **Invariants**: at most [`MAX_BACKGROUND`]; each app at most once; all end with the desktop.

use super::{Action, Shell};
use crate::hosts::{NewProcess, Unseen};
use abi::{CauseKind, CauseSpec, Pid, UiCaller};
use services::AppEntry;
use widgets::{AppContext, Tone};

/// Programs without a window at one time.
const MAX_BACKGROUND: usize = 32;

/// One of them.
pub(crate) struct Background {
    pub(crate) app: String,
    name: String,
    unseen: Unseen,
    syscalls: UiCaller,
}

impl Background {
    fn pid(&self) -> Pid {
        self.syscalls.pid()
    }

    /// What quitting ends, as a sentence.
    pub(crate) fn loss(&self) -> String {
        format!("{}: it runs in the background and will be ended.", self.name)
    }
}

impl Shell {
    /// Starts the program of an app without a window; one that runs already is told of again.
    ///
    /// # Errors
    /// Too many run, or there is no process for it.
    pub(super) fn start_background(&mut self, entry: &AppEntry) -> Result<(), String> {
        if self.runs_in_background(&entry.id) {
            self.tell_background(&entry.id);
            return Ok(());
        }
        if self.background.len() >= MAX_BACKGROUND {
            return Err(format!("{MAX_BACKGROUND} programs run in the background already"));
        }
        let cause = self.processes.system().open_cause(CauseSpec {
            app: Some(entry.id.clone()),
            parent: self.account,
            ..CauseSpec::new(CauseKind::App, format!("start of {}", entry.name))
        });
        let process = NewProcess {
            name: entry.name.clone(),
            app: entry.id.clone(),
            kind: entry.kind,
            capabilities: self.process_rights(&entry.path),
            cause,
        };
        let handle = self.processes.start(process).map_err(|why| format!("{}: {why}", entry.name))?;
        let syscalls = UiCaller::new(handle.with_cause(cause));
        let unseen = Unseen::start(&entry.id, &entry.name, &entry.path, &syscalls);
        self.background.push(Background {
            app: entry.id.clone(),
            name: entry.name.clone(),
            unseen,
            syscalls,
        });
        Ok(())
    }

    /// Whether an app runs without a window.
    pub(crate) fn runs_in_background(&self, app: &str) -> bool {
        self.background.iter().any(|running| running.app == app)
    }

    /// The app whose process this is, where it runs without a window.
    pub(super) fn background_of(&self, pid: Pid) -> Option<String> {
        self.background.iter().find(|running| running.pid() == pid).map(|running| running.app.clone())
    }

    /// Says that it runs, and what can be done.
    pub(super) fn tell_background(&mut self, app: &str) {
        let Some(running) = self.background.iter().find(|running| running.app == app) else { return };
        if running.unseen.is_asking() {
            let title = format!("{} waits for your answer", running.name);
            let actions = vec![("Show the question", Action::ToggleApprovals)];
            return self.toast_with(
                Tone::Info,
                &title,
                "It starts when you have said what it may do.".into(),
                actions,
            );
        }
        let title = format!("{} runs in the background", running.name);
        let actions = vec![
            ("Show in Task Manager", Action::Open("task-manager".into())),
            ("End", Action::EndBackground(app.to_owned())),
        ];
        self.toast_with(Tone::Info, &title, "It has no window.".into(), actions);
    }

    /// Ends one.
    pub(super) fn end_background(&mut self, app: &str) {
        let Some(at) = self.background.iter().position(|running| running.app == app) else { return };
        let running = self.background.remove(at);
        self.processes.end(running.pid());
        self.toast(Tone::Info, &format!("{} was ended", running.name), String::new());
    }

    /// Follows their beginnings and ends.
    pub(super) fn follow_background(&mut self) {
        let (mut begun, mut ended) = (Vec::new(), Vec::new());
        for running in &mut self.background {
            let mut commands = Vec::new();
            let syscalls = running.syscalls.clone();
            let mut cx = AppContext {
                syscalls: &syscalls,
                now_seconds: self.now,
                visible: false,
                commands: &mut commands,
            };
            if running.unseen.advance(&mut cx) {
                begun.push(running.app.clone());
            }
            if let Some((text, good)) = running.unseen.ended() {
                ended.push((running.app.clone(), text, good));
            }
        }
        for app in begun {
            self.tell_background(&app);
        }
        for (app, text, good) in ended {
            let Some(at) = self.background.iter().position(|running| running.app == app) else { continue };
            let gone = self.background.remove(at);
            self.processes.end(gone.pid());
            let tone = if good { Tone::Info } else { Tone::Warning };
            let actions = vec![("Run again", Action::Open(app))];
            self.toast_with(tone, &gone.name, text, actions);
        }
    }
}
