//! What Settings shows, and its commands.

use super::permissions::{self, Permissions};
use crate::common::problem::{Problem, plain};
use abi::{
    Errno, Pending,
    table::{GetSystemInfo, GetUptime, ListMounts, MountInfo, Read, SystemInfo},
};
use std::time::Duration;
use widgets::{AppContext, Appearance, ShellCommand, ThemeChoice};

/// Where the shell keeps the appearance.
const FILE: &str = "/system/settings.json";
/// A settings file larger than this is not one, bytes.
const FILE_LIMIT: u64 = 64 * 1024;
/// How often the figures of the page About are read.
const REFRESH: Duration = Duration::from_secs(5);

/// A page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Page {
    #[default]
    Appearance,
    Permissions,
    Keyboard,
    About,
}

impl Page {
    pub(super) const ALL: [Page; 4] = [Page::Appearance, Page::Permissions, Page::Keyboard, Page::About];

    pub(super) fn name(self) -> &'static str {
        match self {
            Page::Appearance => "Appearance",
            Page::Permissions => "Apps & permissions",
            Page::Keyboard => "Keyboard",
            Page::About => "About",
        }
    }

    /// The page with this name in any case.
    pub(super) fn by_name(name: &str) -> Option<Page> {
        Self::ALL.into_iter().find(|page| page.name().eq_ignore_ascii_case(name.trim()))
    }
}

/// What drawing asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Command {
    /// Read what is in force.
    Load,
    Show(Page),
    Theme(ThemeChoice),
    Accent(u8),
    Wallpaper(u8),
    ReduceMotion(bool),
    TerminalLigatures(bool),
    Scale(f32),
    Permissions(permissions::Command),
    /// The desktop's appearance was changed from elsewhere.
    Seen {
        theme: ThemeChoice,
        accent: u8,
        reduce_motion: bool,
    },
}

/// Facts about the system.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Facts {
    pub(super) info: SystemInfo,
    pub(super) uptime_seconds: u64,
    pub(super) mounts: Vec<MountInfo>,
}

/// What Settings shows.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) page: Page,
    pub(super) appearance: Appearance,
    pub(super) permissions: Permissions,
    pub(super) facts: Option<Result<Facts, Problem>>,
    /// Said below the page where the saved settings could not be read.
    pub(super) note: Option<String>,
    /// Frame clock of the next reading of the facts.
    facts_due: f64,
}

impl Model {
    /// On the page that an argument names, else on the first.
    pub(super) fn new(argument: &str) -> Self {
        let mut model = Model {
            page: Page::default(),
            appearance: Appearance::default(),
            permissions: Permissions::default(),
            facts: None,
            note: None,
            facts_due: 0.0,
        };
        model.show(argument);
        model
    }

    /// Shows the page that an argument names: a page's name, `apps`, or `apps:` and an app's id.
    pub(super) fn show(&mut self, argument: &str) -> bool {
        let (name, app) = argument.split_once(':').unwrap_or((argument, ""));
        let page = if name == "apps" { Some(Page::Permissions) } else { Page::by_name(name) };
        let Some(page) = page else { return false };
        self.page = page;
        self.permissions.show(Some(app));
        true
    }
}

/// Calls under way.
#[derive(Default)]
pub(super) struct Work {
    reading: Option<Pending<Read>>,
    permissions: permissions::Work,
}

pub(super) fn update(model: &mut Model, work: &mut Work, command: Command, cx: &mut AppContext<'_>) {
    let before = model.appearance.clone();
    match command {
        Command::Load => {
            let read = Read { path: FILE.into(), offset: 0, size: Some(FILE_LIMIT) };
            match cx.syscalls.submit(read) {
                Ok(pending) => work.reading = Some(pending),
                Err(why) => model.note = Some(plain(&why)),
            }
            return;
        }
        Command::Permissions(command) => {
            permissions::update(&mut model.permissions, &mut work.permissions, command, cx);
            return;
        }
        Command::Show(page) => {
            model.page = page;
            model.permissions.show(None);
            model.facts_due = 0.0;
            return;
        }
        Command::Seen { theme, accent, reduce_motion } => {
            model.appearance = Appearance { theme, accent, reduce_motion, ..before };
            return;
        }
        Command::Theme(theme) => model.appearance.theme = theme,
        Command::Accent(accent) => model.appearance.accent = accent,
        Command::Wallpaper(wallpaper) => model.appearance.wallpaper = wallpaper,
        Command::ReduceMotion(reduce) => model.appearance.reduce_motion = reduce,
        Command::TerminalLigatures(on) => model.appearance.terminal_ligatures = on,
        Command::Scale(scale) => model.appearance.scale = scale.clamp(0.75, 3.0),
    }
    if model.appearance != before {
        // What the person chose now counts for more than what the file says.
        work.reading = None;
        cx.commands.push(ShellCommand::SetAppearance(model.appearance.clone()));
    }
}

/// Takes the file's content, and the facts where they are shown.
pub(super) fn poll(model: &mut Model, work: &mut Work, cx: &mut AppContext<'_>) {
    if let Some(result) = work.reading.as_ref().and_then(Pending::poll) {
        work.reading = None;
        match result {
            Ok(bytes) => match serde_json::from_slice::<Appearance>(&bytes) {
                Ok(saved) => model.appearance = sane(saved),
                Err(_) => {
                    model.note = Some("The saved settings are damaged; a change here replaces them.".into());
                }
            },
            Err(why) if why.errno == Errno::ENOENT => {}
            Err(why) => model.note = Some(plain(&why)),
        }
    }
    let in_view = model.page == Page::Permissions;
    permissions::poll(&mut model.permissions, &mut work.permissions, in_view, cx);
    if model.page == Page::About && cx.visible {
        if cx.now_seconds >= model.facts_due {
            model.facts = Some(read_facts(cx));
            model.facts_due = cx.now_seconds + REFRESH.as_secs_f64();
        }
        cx.wake_after(REFRESH);
    }
}

fn sane(mut saved: Appearance) -> Appearance {
    saved.scale = if saved.scale.is_finite() { saved.scale.clamp(0.75, 3.0) } else { 1.0 };
    saved
}

fn read_facts(cx: &AppContext<'_>) -> Result<Facts, Problem> {
    let failed = |why| Problem::new("The system did not say", &why);
    Ok(Facts {
        info: cx.syscalls.call(GetSystemInfo {}).map_err(failed)?,
        uptime_seconds: cx.syscalls.call(GetUptime {}).map_err(failed)?.nanos / 1_000_000_000,
        mounts: cx.syscalls.call(ListMounts {}).map_err(failed)?,
    })
}
