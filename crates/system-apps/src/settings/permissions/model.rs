//! What the page knows, and its commands.

use crate::common::problem::{Problem, plain};
use abi::{
    Capability, Pending, Pid, SysError,
    table::{
        Answer, AppRights, GetCurrentTime, GrantCapability, KeepAnswer, KeptRule, Kill, ListAppRights,
        MuteRequests, RevokeCapability,
    },
};
use std::time::Duration;
use widgets::{AppContext, InstalledApp};

/// How often the rights are read while they are in view.
const REFRESH: Duration = Duration::from_secs(1);
/// SIGTERM, and how long a program gets to end by itself.
const TERMINATE: i32 = 15;
const GRACE_MILLIS: u64 = 2_000;
/// Changes that may be under way.
const MOST_UNDER_WAY: usize = 64;

/// What drawing asks for.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Command {
    /// Show an app; without one the list.
    Show(Option<String>),
    Filter(String),
    /// Take a right from a process that runs.
    Revoke(Pid, Capability),
    /// Decide for an app.
    Keep(String, Capability, KeptRule),
    Mute(String, bool),
    /// Give back what was taken, for as long as it runs.
    Give(Pid, Capability),
    /// End a program.
    End(Pid),
}

/// One app, as the page shows it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shown {
    pub(super) app: InstalledApp,
    /// Nothing where it neither runs nor has answers.
    pub(super) rights: Option<AppRights>,
}

impl Shown {
    pub(super) fn running(&self) -> usize {
        self.rights.as_ref().map_or(0, |rights| rights.processes.len())
    }

    pub(super) fn kept(&self) -> usize {
        self.rights.as_ref().map_or(0, |rights| rights.kept.len())
    }

    pub(super) fn is_muted(&self) -> bool {
        self.rights.as_ref().is_some_and(|rights| rights.muted)
    }

    /// What it was given since it began.
    pub(super) fn given(&self) -> usize {
        let rights = self.rights.iter().flat_map(|rights| &rights.processes);
        let given = rights.flat_map(|process| &process.rights);
        given.filter(|right| right.source != abi::table::RightSource::Manifest).count()
    }
}

/// See the module documentation.
#[derive(Debug, Default)]
pub(in super::super) struct Permissions {
    installed: Vec<InstalledApp>,
    rights: Vec<AppRights>,
    /// Why the rights are not known.
    pub(super) problem: Option<Problem>,
    /// What went wrong with the last change.
    pub(super) note: Option<String>,
    pub(super) filter: String,
    chosen: Option<String>,
    /// Wall clock of the last look, milliseconds since the Unix epoch.
    pub(super) now_millis: u64,
    /// Frame clock of the next look.
    due: f64,
}

impl Permissions {
    /// Which apps there are.
    pub(in super::super) fn set_installed(&mut self, apps: &[InstalledApp]) {
        self.installed = apps.to_vec();
    }

    /// Shows an app, or the list.
    pub(in super::super) fn show(&mut self, app: Option<&str>) {
        self.chosen = app.filter(|app| !app.is_empty()).map(str::to_owned);
        self.note = None;
        self.due = 0.0;
    }

    /// Id of the app in view.
    pub(in super::super) fn chosen_id(&self) -> Option<&str> {
        self.chosen.as_deref()
    }

    /// The app in view.
    pub(super) fn chosen(&self) -> Option<Shown> {
        let chosen = self.chosen.as_deref()?;
        self.all().into_iter().find(|shown| shown.app.id == chosen)
    }

    /// All apps: installed ones as they come, then those that only have rights.
    fn all(&self) -> Vec<Shown> {
        let rights_of = |id: &str| self.rights.iter().find(|rights| rights.app == id).cloned();
        let mut all: Vec<Shown> =
            self.installed.iter().map(|app| Shown { app: app.clone(), rights: rights_of(&app.id) }).collect();
        let is_known = |id: &str| id == "shell" || self.installed.iter().any(|app| app.id == id);
        for rights in self.rights.iter().filter(|rights| !is_known(&rights.app)) {
            let name = rights.processes.first().map_or_else(|| rights.app.clone(), |one| one.name.clone());
            let app = InstalledApp {
                id: rights.app.clone(),
                name,
                icon: "🧩".into(),
                category: String::new(),
                kind: "not installed".into(),
                capabilities: Vec::new(),
                asks: Vec::new(),
            };
            all.push(Shown { app, rights: Some(rights.clone()) });
        }
        all
    }

    /// Those that fit what was typed: by name, kind or what they may do. What somebody decided about comes first.
    pub(super) fn shown(&self) -> Vec<Shown> {
        let needle = self.filter.trim().to_lowercase();
        let mut all = self.all();
        all.retain(|shown| needle.is_empty() || haystack(shown).contains(&needle));
        all.sort_by_key(|shown| {
            let decided = shown.is_muted() || shown.kept() > 0 || shown.given() > 0;
            (!decided, shown.app.name.to_lowercase())
        });
        all
    }
}

fn haystack(shown: &Shown) -> String {
    let mut text = format!("{} {} {}", shown.app.name, shown.app.id, shown.app.kind);
    let mut add = |capability: &Capability| {
        text.push(' ');
        text.push_str(&capability.in_words());
    };
    shown.app.capabilities.iter().chain(shown.app.asks.iter().flatten()).for_each(&mut add);
    if let Some(rights) = &shown.rights {
        rights.kept.iter().map(|kept| &kept.capability).for_each(&mut add);
        let running = rights.processes.iter().flat_map(|process| &process.rights);
        running.map(|right| &right.capability).for_each(&mut add);
    }
    text.to_lowercase()
}

enum Change {
    Revoke(Pending<RevokeCapability>),
    Keep(Pending<KeepAnswer>),
    Mute(Pending<MuteRequests>),
    Give(Pending<GrantCapability>),
    End(Pending<Kill>),
}

impl Change {
    fn poll(&self) -> Option<Result<(), SysError>> {
        match self {
            Change::Revoke(pending) => pending.poll(),
            Change::Keep(pending) => pending.poll(),
            Change::Mute(pending) => pending.poll(),
            Change::Give(pending) => pending.poll(),
            Change::End(pending) => pending.poll(),
        }
    }
}

/// Changes under way.
#[derive(Default)]
pub(in super::super) struct Work(Vec<Change>);

pub(in super::super) fn update(
    model: &mut Permissions,
    work: &mut Work,
    command: Command,
    cx: &mut AppContext<'_>,
) {
    let change = match command {
        Command::Show(app) => return model.show(app.as_deref()),
        Command::Filter(filter) => {
            model.filter = filter;
            return;
        }
        Command::Revoke(pid, capability) => {
            cx.syscalls.submit(RevokeCapability { pid, capability }).map(Change::Revoke)
        }
        Command::Keep(app, capability, rule) => {
            cx.syscalls.submit(KeepAnswer { app, capability, rule }).map(Change::Keep)
        }
        Command::Give(pid, capability) => {
            let give = GrantCapability { pid, capability, answer: Answer::Run };
            cx.syscalls.submit(give).map(Change::Give)
        }
        Command::End(pid) => {
            let end = Kill { pid, signal: TERMINATE, grace_millis: GRACE_MILLIS };
            cx.syscalls.submit(end).map(Change::End)
        }
        Command::Mute(app, muted) => cx.syscalls.submit(MuteRequests { app, muted }).map(Change::Mute),
    };
    model.note = None;
    match change {
        Ok(change) if work.0.len() < MOST_UNDER_WAY => work.0.push(change),
        Ok(_) => model.note = Some("Too many changes at once; try again in a moment.".into()),
        Err(why) => model.note = Some(plain(&why)),
    }
}

/// Takes what came of changes, and reads the rights anew where they are in view.
pub(in super::super) fn poll(
    model: &mut Permissions,
    work: &mut Work,
    in_view: bool,
    cx: &mut AppContext<'_>,
) {
    let before = work.0.len();
    work.0.retain(|change| match change.poll() {
        None => true,
        Some(Ok(())) => false,
        Some(Err(why)) => {
            model.note = Some(plain(&why));
            false
        }
    });
    if work.0.len() != before {
        model.due = 0.0;
    }
    if !in_view || !cx.visible {
        return;
    }
    if cx.now_seconds >= model.due {
        match cx.syscalls.call(ListAppRights { app: None }) {
            Ok(rights) => (model.rights, model.problem) = (rights, None),
            Err(why) => model.problem = Some(Problem::new("The rights of apps are not known", &why)),
        }
        if let Ok(now) = cx.syscalls.call(GetCurrentTime {}) {
            model.now_millis = now.unix_millis;
        }
        model.due = cx.now_seconds + REFRESH.as_secs_f64();
    }
    cx.wake_after(REFRESH);
}
