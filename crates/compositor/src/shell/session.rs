//! The saved desktop: settings at once, windows one second after a change and at the end.
//!
//! Both are JSON documents beneath `/system`, written whole by the kernel's atomic `write`. A document that
//! cannot be read is kept aside under another name and said, never overwritten.

use super::{FirstRun, Shell, survivors::Survivors};
use crate::hosts::{Noted, Processes};
use abi::{Bytes, Errno, Pending, SysResult, Syscalls, UiCaller, table};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use widgets::{Appearance, Tone};
use windows::{Op, Snapshot, WindowId};

const SETTINGS: &str = "/system/settings.json";
const SESSION: &str = "/system/session.json";
/// Seconds between a change and its saving (desktop.md, sessions).
const SAVE_AFTER: f64 = 1.0;
/// Raised when older programs could not read the document.
const VERSION: u64 = 1;

/// When the session is saved next.
#[derive(Default)]
pub(crate) struct Autosave {
    due_at: Option<f64>,
    writing: Option<Pending<table::Write>>,
}

impl Autosave {
    pub(crate) fn changed(&mut self, now: f64) {
        self.due_at.get_or_insert(now + SAVE_AFTER);
    }

    /// In seconds of the frame clock; infinite when nothing changed.
    pub(crate) fn due(&self) -> f64 {
        self.due_at.unwrap_or(f64::INFINITY)
    }
}

#[derive(Serialize, Deserialize)]
struct Session {
    version: u64,
    layout: Snapshot,
    /// What each window shows.
    sources: BTreeMap<u64, String>,
    /// The programs in windows that would survive the desktop, by their names among held programs.
    #[serde(default)]
    held: BTreeMap<u64, Names>,
    /// What apps keep of themselves.
    #[serde(default)]
    kept: BTreeMap<u64, serde_json::Value>,
    #[serde(default)]
    do_not_disturb: bool,
}

/// Earlier versions wrote one name.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    All(Vec<String>),
}

impl Names {
    fn all(self) -> Vec<String> {
        match self {
            Names::One(name) => vec![name],
            Names::All(names) => names,
        }
    }
}

/// Settings of the last time, or the defaults.
/// Settings that cannot be read are the defaults; why is the second value.
pub(crate) fn load_appearance(processes: &dyn Processes) -> (Appearance, Option<String>) {
    match read_document::<Appearance>(&processes.system(), SETTINGS) {
        Ok(saved) => (saved.map(sane).unwrap_or_default(), None),
        Err(why) => (Appearance::default(), Some(why)),
    }
}

fn sane(mut appearance: Appearance) -> Appearance {
    if !(0.75..=3.0).contains(&appearance.scale) {
        appearance.scale = 1.0;
    }
    appearance.wallpaper %= crate::gpu::WALLPAPERS;
    appearance
}

/// `Ok(None)` when it is not there; a damaged or newer one is set aside.
fn read_document<T: serde::de::DeserializeOwned>(
    system: &Arc<dyn Syscalls>,
    path: &str,
) -> Result<Option<T>, String> {
    let bytes = match system.call(table::Read { path: path.into(), offset: 0, size: None }) {
        Ok(bytes) => bytes,
        Err(why) if why.errno == Errno::ENOENT => return Ok(None),
        Err(why) => return Err(why.to_string()),
    };
    let version = serde_json::from_slice::<Versioned>(&bytes).map_or(0, |document| document.version);
    let (why, aside) = if version > VERSION {
        (format!("written by a newer version ({version})"), format!("{path}.newer"))
    } else {
        match serde_json::from_slice(&bytes) {
            Ok(document) => return Ok(Some(document)),
            Err(why) => (why.to_string(), format!("{path}.damaged")),
        }
    };
    let kept = system.call(table::Move { from: path.into(), to: aside.clone(), overwrite: true });
    Err(format!("{path}: {why}; {}", kept.map_or_else(|e| e.to_string(), |_| format!("kept as {aside}"))))
}

/// What every document tells first.
#[derive(Deserialize)]
struct Versioned {
    #[serde(default)]
    version: u64,
}

impl Shell {
    /// Brings the last session back, or shows the first run.
    pub(crate) fn restore_session(&mut self, first_run: FirstRun) {
        let mut survivors = Survivors::find(&self.processes.system());
        let saved = read_document::<Session>(&self.processes.system(), SESSION);
        let mut session = match saved {
            Ok(Some(session)) => session,
            Ok(None) => {
                self.open_nothing_or(first_run);
                return self.adopt_survivors(survivors);
            }
            Err(why) => {
                self.toast(Tone::Warning, "The last session was not restored", why);
                self.open_nothing_or(first_run);
                return self.adopt_survivors(survivors);
            }
        };
        self.toasts.set_quiet(session.do_not_disturb);
        let restored =
            windows::Desktop::restore(session.layout, windows::Size::new(self.size.x, self.size.y));
        self.layout = restored.desktop;
        let mut notes = restored.notes;
        let windows: Vec<(WindowId, String)> = self.layout.windows().map(|w| (w.id, w.app.clone())).collect();
        let held = session.held.into_iter().map(|(window, names)| (window, names.all())).collect();
        survivors.give_to(&windows, &held);
        for (window, app) in windows {
            let source = session.sources.get(&window.0).cloned().unwrap_or_default();
            let kept = session.kept.remove(&window.0).unwrap_or_default();
            if let Err(why) = self.reopen(window, &app, &source, kept, survivors.take(window)) {
                notes.push(format!("{app}: {why}"));
                let _ = self.layout.apply(Op::Close { window });
            }
        }
        self.processes.note(Noted::Session, &format!("came back, windows: {}", self.hosted.len()));
        if !notes.is_empty() {
            self.toast(Tone::Warning, "Not everything came back", notes.join("; "));
        }
        self.adopt_survivors(survivors);
        if let Some(window) = self.layout.focused().map(|window| window.id)
            && let Some(hosted) = self.hosted.get_mut(&window)
        {
            hosted.tell(|app| app.focus_changed(true));
        }
    }

    /// Starts the saving that is due.
    pub(crate) fn save_when_due(&mut self) {
        if let Some(writing) = &self.autosave.writing {
            match writing.poll() {
                None => return,
                Some(Err(why)) => self.toast(Tone::Error, "The session was not saved", why.detail),
                Some(Ok(_)) => {}
            }
            self.autosave.writing = None;
        }
        if self.autosave.due() <= self.now {
            self.autosave.due_at = None;
            let system = UiCaller::new(self.processes.system());
            match system.submit(self.session_write()) {
                Ok(writing) => self.autosave.writing = Some(writing),
                Err(why) => tracing::warn!(%why, "the session was not saved"),
            }
        }
    }

    /// Saves before the desktop ends.
    pub(crate) fn save_session_now(&mut self) {
        if self.first_run.is_some() {
            return; // Nothing was shown yet, so there is nothing newer than what is saved.
        }
        if let Err(why) = self.processes.system().call(self.session_write()) {
            tracing::warn!(%why, "the session was not saved");
            return;
        }
        self.processes.note(Noted::Session, &format!("saved, windows: {}", self.hosted.len()));
    }

    fn session_write(&self) -> table::Write {
        let sources = self.hosted.iter().map(|(id, hosted)| (id.0, hosted.source.clone())).collect();
        let (mut held, mut kept) = (BTreeMap::new(), BTreeMap::new());
        for (window, hosted) in &self.hosted {
            let names = hosted.ask(|app| app.held()).unwrap_or_default();
            if !names.is_empty() {
                held.insert(window.0, Names::All(names));
            }
            let state = hosted.ask(|app| app.keep()).unwrap_or_default();
            if !state.is_null() {
                kept.insert(window.0, state);
            }
        }
        let session = Session {
            version: VERSION,
            layout: self.layout.snapshot(),
            sources,
            held,
            kept,
            do_not_disturb: self.toasts.is_quiet(),
        };
        write_of(SESSION, &session)
    }

    /// Takes another appearance on and keeps it.
    pub(crate) fn set_appearance(&mut self, appearance: Appearance) {
        self.appearance = sane(appearance);
        widgets::theme::apply(&self.ctx, &self.appearance);
        let system = UiCaller::new(self.processes.system());
        let started: SysResult<_> = system.submit(write_of(SETTINGS, &self.appearance));
        if let Err(why) = started {
            self.toast(Tone::Error, "Settings were not saved", why.detail);
        }
    }
}

fn write_of(path: &str, document: &impl Serialize) -> table::Write {
    // A document of our own types always serialises.
    let data = serde_json::to_vec_pretty(document).unwrap_or_default();
    table::Write { path: path.to_owned(), data: Bytes(data), append: false }
}
