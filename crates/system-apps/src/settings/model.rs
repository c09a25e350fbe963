//! What Settings shows, and its commands.

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
    Keyboard,
    About,
}

impl Page {
    pub(super) const ALL: [Page; 3] = [Page::Appearance, Page::Keyboard, Page::About];

    pub(super) fn name(self) -> &'static str {
        match self {
            Page::Appearance => "Appearance",
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
    Scale(f32),
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
    pub(super) facts: Option<Result<Facts, Problem>>,
    /// Said below the page where the saved settings could not be read.
    pub(super) note: Option<String>,
    /// Frame clock of the next reading of the facts.
    facts_due: f64,
}

impl Model {
    pub(super) fn new(page: Page) -> Self {
        Model { page, appearance: Appearance::default(), facts: None, note: None, facts_due: 0.0 }
    }
}

/// Calls under way.
#[derive(Default)]
pub(super) struct Work {
    reading: Option<Pending<Read>>,
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
        Command::Show(page) => {
            model.page = page;
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
