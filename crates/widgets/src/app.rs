//! What a system app is written against: the [`App`] trait, the [`AppContext`] it acts through and
//! the [`ShellCommand`]s it may ask of the desktop.
//!
//! Drawing does not act. [`App::ui`] reads the app's model and queues the app's own commands;
//! [`App::logic`] runs them between frames, the only place where syscalls are made.

use abi::{Capability, CauseId, Pid, UiCaller};
use std::{fmt, time::Duration};

/// One running window of a system app.
pub trait App {
    /// The window's title right now.
    fn title(&self) -> String;

    /// Runs queued commands and takes results of submitted calls. Called once before each frame, also
    /// while the window is hidden; with nothing to do it returns at once.
    fn logic(&mut self, cx: &mut AppContext<'_>);

    /// Draws the whole content area (below the title bar). Changes view state only.
    fn ui(&mut self, ui: &mut egui::Ui);

    /// Menus between the app's name and the window's own menu. Ids come back through [`App::menu`].
    fn menus(&self) -> Vec<Menu> {
        Vec::new()
    }

    /// A menu entry was chosen. Queue a command.
    fn menu(&mut self, _id: &str) {}

    /// Whether the window has something unsaved that closing would lose.
    fn unsaved(&self) -> bool {
        false
    }

    /// What closing the window would lose, as a sentence for the question before it. May make Instant calls.
    fn closing_loses(&self, _syscalls: &UiCaller) -> Option<String> {
        self.unsaved().then(|| "Something in it is not finished or not saved and will be lost.".to_owned())
    }

    /// What the title bar says beside the title. Asked each frame.
    fn title_note(&self) -> Option<TitleNote> {
        None
    }

    /// Whether the content lets the wallpaper shine through. Asked each frame.
    fn glass(&self) -> bool {
        false
    }

    /// Whether the program inside wants the keys that the shell could also use (a focused terminal).
    fn takes_keys(&self) -> bool {
        false
    }

    /// A short word for the badge in the title bar (`Blueprint`, `sandboxed`), with its explanation.
    fn badge(&self) -> Option<(String, String)> {
        None
    }

    /// What a click on the badge shows: what its program can do, and what holds it. May make Instant calls.
    fn details(&self, _syscalls: &UiCaller) -> Option<Vec<crate::sandbox::Section>> {
        None
    }

    /// The answer to a [`Question`] that this app asked.
    fn answered(&mut self, _id: u64, _yes: bool) {}

    /// The window got or lost the keyboard.
    fn focus_changed(&mut self, _focused: bool) {}

    /// Shows something else in this window: an argument as the app is opened with. `false` when the app
    /// cannot, and wants a window of its own for it.
    fn open_argument(&mut self, _argument: &str) -> bool {
        false
    }

    /// Which apps are installed: when the window opens, and whenever that has changed.
    fn installed(&mut self, _apps: &[InstalledApp]) {}

    /// The window is closing for good; ask the kernel to end what belongs to it.
    fn closing(&mut self, _cx: &mut AppContext<'_>) {}

    /// The key that closes windows was pressed: closes a part of itself instead, where it has parts (a tab). `false`
    /// closes the window.
    fn close_part(&mut self) -> bool {
        false
    }

    /// The names under which its programs go on when the desktop is killed, for the session.
    fn held(&self) -> Vec<String> {
        Vec::new()
    }

    /// What the session keeps of it beside what opened it. Small: it is written with every change.
    fn keep(&self) -> serde_json::Value {
        serde_json::Value::Null
    }

    /// The app's model for `drive`'s `data` step, where it has one worth showing.
    fn data(&self) -> serde_json::Value {
        serde_json::Value::Null
    }
}

/// What a title bar says beside the title.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TitleNote {
    /// Where its program works; may be empty.
    pub folder: String,
    /// How what ran last in it ended, with whether that is well.
    pub exit: Option<(String, bool)>,
}

/// An app that is installed, as the desktop knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct InstalledApp {
    /// Unique name.
    pub id: String,
    /// For people.
    pub name: String,
    /// An emoji.
    pub icon: String,
    /// `utilities`, `developer`, …
    pub category: String,
    /// What it is made of, for people: `System app`, `Blueprint`, `Process app`.
    pub kind: String,
    /// What it may do when it starts, before any answer.
    pub capabilities: Vec<Capability>,
    /// What a person is asked about before it starts, a line for each thing.
    pub asks: Vec<Vec<Capability>>,
}

/// A menu of the menu bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Menu {
    /// Shown in the bar.
    pub title: String,
    /// Top to bottom.
    pub items: Vec<MenuItem>,
}

/// An entry of a [`Menu`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuItem {
    /// Comes back through [`App::menu`].
    pub id: String,
    /// Shown on the left.
    pub label: String,
    /// Shown on the right, such as `Ctrl+S`; empty for none.
    pub keys: String,
    /// Whether it can be chosen now.
    pub enabled: bool,
    /// Whether a check mark stands before it.
    pub checked: bool,
}

impl MenuItem {
    /// An entry that can be chosen.
    #[must_use]
    pub fn new(id: &str, label: &str, keys: &str) -> Self {
        MenuItem { id: id.into(), label: label.into(), keys: keys.into(), enabled: true, checked: false }
    }
}

/// What [`App::logic`] acts through.
pub struct AppContext<'a> {
    /// The app's own process, acting for the cause of this frame's input.
    pub syscalls: &'a UiCaller,
    /// The frame's clock: seconds since the desktop started. The only clock that apps use.
    pub now_seconds: f64,
    /// Whether the window can be seen at all (not minimised, not covered).
    pub visible: bool,
    /// Requests to the desktop, carried out after `logic`.
    pub commands: &'a mut Vec<ShellCommand>,
}

impl AppContext<'_> {
    /// Asks for a frame (and so for `logic`) after this time even if nothing else happens.
    pub fn wake_after(&mut self, after: Duration) {
        self.commands.push(ShellCommand::WakeAfter(after));
    }

    /// Shows a short message in the corner of the desktop.
    pub fn toast(&mut self, tone: Tone, title: impl Into<String>, text: impl Into<String>) {
        self.commands.push(ShellCommand::Toast { tone, title: title.into(), text: text.into() });
    }
}

/// The feeling of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something to know.
    Info,
    /// Something went well.
    Success,
    /// Something needs attention.
    Warning,
    /// Something failed.
    Error,
}

/// What an app may ask of the desktop.
#[derive(Clone, Debug, PartialEq)]
pub enum ShellCommand {
    /// Start an app, or focus it when it runs, by its id.
    OpenApp(String),
    /// Open a file of the virtual file system with the app that fits it.
    OpenPath(String),
    /// Open something with an app.
    OpenWith {
        /// Its id.
        app: String,
        /// What it shall show, as the app takes it; a folder to start in, of a process app.
        argument: String,
    },
    /// Show why something is as it is, in the one place that tells it.
    Why(Subject),
    /// Let the person decide about a right that somebody was refused: the shell shows it as a prompt of its own.
    OfferRight {
        /// Who was refused.
        pid: Pid,
        /// Of which app it was then; numbers of processes are given anew.
        app: Option<String>,
        /// What would have allowed it.
        capability: Capability,
    },
    /// Take a right, as a person who pressed a button wants it: from a process until it ends, or from an app for good.
    /// Nothing is asked, since nobody gains by it.
    RefuseRight {
        /// From whom.
        pid: Pid,
        /// With an app it holds over restarts.
        for_good: Option<String>,
        /// What it has no more.
        capability: Capability,
    },
    /// Close the window that asks.
    CloseWindow,
    /// Something that the session keeps of the window has changed.
    KeepSession,
    /// Show a message in the corner.
    Toast {
        /// Its feeling.
        tone: Tone,
        /// First line.
        title: String,
        /// Second line; may be empty.
        text: String,
    },
    /// Put text on the clipboard.
    CopyText(String),
    /// Give the window what is on the clipboard with its next frame, as if the keys had been pressed.
    Paste,
    /// Ask a question in a dialog of the window; the answer comes back through [`App::answered`].
    Ask(Question),
    /// Give the window the size that its content wants, in points.
    ResizeWindow {
        /// Without title bar.
        width: f32,
        /// Without title bar.
        height: f32,
    },
    /// Change the appearance; kept in the settings.
    SetAppearance(Appearance),
    /// Draw again after this time.
    WakeAfter(Duration),
}

/// What a person asks *why?* about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A file or folder of the virtual file system.
    Path(String),
    /// A process.
    Process(Pid),
    /// A process of the host, by its number there.
    HostProcess(i32),
    /// A window of the desktop, by its number.
    Window(u64),
    /// Something that happened.
    Cause(CauseId),
}

/// How an argument that names a subject begins; no path does.
const WHY: &str = "why:";

/// As an app's argument: `why:path=/home/a.txt`, `why:process=7`, `why:window=3`, `why:cause=1099511627777`.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Path(path) => write!(f, "{WHY}path={path}"),
            Subject::Process(pid) => write!(f, "{WHY}process={}", pid.0),
            Subject::HostProcess(host_pid) => write!(f, "{WHY}host={host_pid}"),
            Subject::Window(window) => write!(f, "{WHY}window={window}"),
            Subject::Cause(cause) => write!(f, "{WHY}cause={}", cause.0),
        }
    }
}

impl Subject {
    /// Reads what [`fmt::Display`] wrote; none for any other argument, such as a path.
    #[must_use]
    pub fn from_argument(argument: &str) -> Option<Subject> {
        let (kind, value) = argument.strip_prefix(WHY)?.split_once('=')?;
        match kind {
            "path" => Some(Subject::Path(value.to_owned())),
            "process" => value.parse().ok().map(|pid| Subject::Process(Pid(pid))),
            "host" => value.parse().ok().map(Subject::HostProcess),
            "window" => value.parse().ok().map(Subject::Window),
            "cause" => value.parse().ok().map(|cause| Subject::Cause(CauseId(cause))),
            _ => None,
        }
    }
}

/// A question with two answers, drawn by the shell over the window that asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Comes back with the answer.
    pub id: u64,
    /// First line.
    pub title: String,
    /// What will happen.
    pub text: String,
    /// Label of the button that says yes.
    pub confirm: String,
    /// Whether yes destroys something.
    pub destructive: bool,
}

/// What Settings → Appearance changes.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Appearance {
    /// Light or dark.
    pub theme: ThemeChoice,
    /// Index into the palette of accents.
    pub accent: u8,
    /// Switches all animation off.
    pub reduce_motion: bool,
    /// 0.75 to 3.0.
    pub scale: f32,
    /// Which of the bundled wallpapers, from 0.
    pub wallpaper: u8,
    /// Whether terminals draw signs that belong together, such as `->`, as one.
    pub terminal_ligatures: bool,
}

impl Default for Appearance {
    fn default() -> Self {
        Appearance {
            theme: ThemeChoice::Dark,
            accent: 0,
            reduce_motion: false,
            scale: 1.0,
            wallpaper: 0,
            terminal_ligatures: false,
        }
    }
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    /// Light text on dark surfaces.
    #[default]
    Dark,
    /// Dark text on light surfaces.
    Light,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_survives_being_an_argument() {
        let subjects = [
            Subject::Path("/home/a=b: c.txt".into()),
            Subject::Process(Pid(7)),
            Subject::HostProcess(4711),
            Subject::Window(3),
            Subject::Cause(CauseId(1 << 40)),
        ];
        for subject in subjects {
            assert_eq!(Subject::from_argument(&subject.to_string()), Some(subject));
        }
        for other in ["/home/why:path=x", "why:", "why:pid=2", "why:process=x"] {
            assert_eq!(Subject::from_argument(other), None, "{other}");
        }
    }
}
