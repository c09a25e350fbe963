//! What is installed, kept up to date: the folders of apps are watched, and looked through again a moment after
//! something in them has changed. Nothing of it waits, and nothing is drawn while nothing changes.
//!
//! Watching begins with the first frame. What a look finds goes to the registry as a whole, so that a file that is bad
//! changes its own entry and no other.

use super::Shell;
use abi::{Fd, Pending, UiCaller, table};
use services::{AppEntry, Registry};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};
use widgets::Tone;

/// Folders that are watched; changes in further ones are seen with the next change elsewhere.
const MAX_FOLDERS: usize = 256;
/// Seconds between a change and the look: a file is rarely written alone.
const SETTLE: f64 = 0.15;
/// Between two questions whether a look is done, seconds.
const LOOK: f64 = 0.03;
/// Events taken at once; what they are does not matter.
const EVENTS: u32 = 100;
/// Messages about one change.
const MAX_MESSAGES: usize = 3;

/// See the module documentation.
#[derive(Default)]
pub(crate) struct Installed {
    begun: bool,
    watched: BTreeMap<String, Watch>,
    due_at: Option<f64>,
    found: Option<Arc<Mutex<Option<Registry>>>>,
}

enum Watch {
    Opening(Pending<table::Watch>),
    Reading(Fd, Pending<table::WatchRead>),
    /// It cannot be watched, or is gone.
    Over,
}

impl Shell {
    /// Takes in what has changed. Called with each frame.
    pub(super) fn follow_installed(&mut self) {
        let system = UiCaller::new(self.processes.system());
        if !std::mem::replace(&mut self.installed.begun, true) {
            self.installed.watch(self.registry.folders(), &system);
        }
        if self.installed.has_changed(&system) {
            self.installed.due_at = Some(self.now + SETTLE);
        }
        if let Some(due_at) = self.installed.due_at {
            if self.now < due_at || self.installed.found.is_some() {
                self.wake_at = self.wake_at.min(due_at.max(self.now + LOOK));
            } else {
                self.installed.due_at = None;
                self.look_for_apps();
            }
        }
        self.take_found(&system);
    }

    fn look_for_apps(&mut self) {
        let found: Arc<Mutex<Option<Registry>>> = Arc::default();
        let (result, processes) = (found.clone(), self.processes.clone());
        let work = move || {
            // Nothing to look at is an empty answer, which changes nothing.
            let registry = processes.installed_apps().unwrap_or_default();
            *result.lock().unwrap_or_else(PoisonError::into_inner) = Some(registry);
        };
        match std::thread::Builder::new().name("agentos-apps".into()).spawn(work) {
            Ok(_) => self.installed.found = Some(found),
            Err(why) => tracing::warn!(%why, "the installed apps were not looked for"),
        }
    }

    fn take_found(&mut self, system: &UiCaller) {
        let Some(found) = &self.installed.found else { return };
        let Some(registry) = found.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            self.wake_at = self.wake_at.min(self.now + LOOK);
            return;
        };
        self.installed.found = None;
        if registry.entries().is_empty() {
            return;
        }
        // What appeared in a new folder before it was watched is seen by one more look.
        if self.installed.watch(registry.folders(), system) {
            self.installed.due_at = Some(self.now + SETTLE);
            self.wake_at = self.wake_at.min(self.now + SETTLE);
        }
        let news = news(&self.registry, &registry);
        self.registry = registry;
        self.tell_installed_again();
        for (tone, title, text) in news {
            self.toast(tone, &title, text);
        }
        if self.launcher.is_open() {
            self.search();
        }
    }
}

impl Installed {
    /// Watches these folders and no others; whether one is new.
    fn watch(&mut self, folders: &[String], system: &UiCaller) -> bool {
        let wanted: BTreeSet<&String> = folders.iter().take(MAX_FOLDERS).collect();
        self.watched.retain(|folder, watch| {
            let keep = wanted.contains(folder) && !matches!(watch, Watch::Over);
            if let (false, Watch::Reading(fd, _)) = (keep, &*watch)
                && let Err(why) = system.submit(table::Unwatch { fd: *fd })
            {
                tracing::debug!(%why, %folder, "still watched");
            }
            keep
        });
        let mut new = false;
        for folder in wanted {
            if self.watched.contains_key(folder) {
                continue;
            }
            match system.submit(table::Watch { path: folder.clone() }) {
                Ok(pending) => {
                    self.watched.insert(folder.clone(), Watch::Opening(pending));
                    new = true;
                }
                Err(why) => tracing::debug!(%why, %folder, "not watched"),
            }
        }
        new
    }

    /// Whether something in a watched folder has changed since the last time.
    fn has_changed(&mut self, system: &UiCaller) -> bool {
        let mut changed = false;
        for (folder, watch) in &mut self.watched {
            let next = |fd| {
                let read = table::WatchRead { fd, limit: EVENTS, timeout_millis: None };
                system.submit(read).map_or(Watch::Over, |pending| Watch::Reading(fd, pending))
            };
            *watch = match std::mem::replace(watch, Watch::Over) {
                Watch::Opening(pending) => match pending.poll() {
                    None => Watch::Opening(pending),
                    Some(Ok(fd)) => next(fd),
                    Some(Err(why)) => {
                        tracing::debug!(%why, %folder, "not watched");
                        Watch::Over
                    }
                },
                Watch::Reading(fd, pending) => match pending.poll() {
                    None => Watch::Reading(fd, pending),
                    Some(Ok(events)) => {
                        changed |= events.lost || !events.events.is_empty();
                        let gone = events.events.iter().any(|event| event.change == table::FileChange::Gone);
                        if gone { Watch::Over } else { next(fd) }
                    }
                    Some(Err(_)) => Watch::Over,
                },
                Watch::Over => Watch::Over,
            };
        }
        changed
    }
}

/// What a person should hear of a change: apps that came, and files that cannot be used any more.
fn news(before: &Registry, now: &Registry) -> Vec<(Tone, String, String)> {
    let was = |entry: &AppEntry| before.by_path(&entry.path);
    let fatal = |entry: &AppEntry| entry.problems.iter().find(|problem| problem.fatal).cloned();
    let told = now.entries().iter().filter(|entry| !entry.path.is_empty()).filter_map(|entry| {
        match (was(entry), fatal(entry)) {
            (None, None) => {
                let text = entry.missing().unwrap_or(&entry.description).to_owned();
                Some((Tone::Success, format!("{} was added", entry.name), text))
            }
            (Some(old), Some(problem)) if fatal(old).as_ref() != Some(&problem) => {
                Some((Tone::Warning, format!("{} cannot be used", entry.name), problem.text))
            }
            (Some(old), None) if fatal(old).is_some() => {
                Some((Tone::Success, format!("{} can be used again", entry.name), String::new()))
            }
            _ => None,
        }
    });
    told.take(MAX_MESSAGES).collect()
}
