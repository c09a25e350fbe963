//! The dock: which apps are pinned, which run, which windows are minimised, in which order.
//!
//! Only the pinned list and the order in which apps began to run are state; the items are derived.

use crate::apply::{Answer, bounded};
use crate::desktop::Desktop;
use crate::op::{Outcome, Refusal};
use crate::window::WindowId;

/// Apps that can be pinned.
pub const MAX_PINNED: usize = 64;

/// One thing in the dock, from left to right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DockItem {
    App {
        app: String,
        pinned: bool,
        /// Open windows, dialogs not counted; running when above 0.
        windows: usize,
        /// Its window has the focus.
        focused: bool,
    },
    /// A minimised window (dialogs go with their parent).
    Window { window: WindowId, app: String, title: String },
    /// Opens the launcher.
    Launcher,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Dock {
    pub(crate) pinned: Vec<String>,
    /// Apps with windows, in the order in which their first one opened.
    pub(crate) running: Vec<String>,
}

impl Desktop {
    /// Pinned apps in their order.
    pub fn pinned(&self) -> &[String] {
        &self.dock.pinned
    }

    /// Apps with windows, in the order in which they began to run.
    pub fn running(&self) -> &[String] {
        &self.dock.running
    }

    /// Pinned apps, then running ones, then minimised windows (the longest in the dock first), then the launcher.
    pub fn dock_items(&self) -> Vec<DockItem> {
        let pinned = self.dock.pinned.iter().map(|app| (app, true));
        let running = self.dock.running.iter().filter(|app| !self.dock.pinned.contains(app));
        let focused = self.focused().map(|window| window.app.as_str());
        let apps = pinned.chain(running.map(|app| (app, false)));
        let mut items: Vec<_> = apps
            .map(|(app, pinned)| DockItem::App {
                app: app.clone(),
                pinned,
                windows: self.roots().filter(|window| window.app == *app).count(),
                focused: focused == Some(app.as_str()),
            })
            .collect();
        items.extend(self.roots().filter(|window| window.minimised).map(|window| DockItem::Window {
            window: window.id,
            app: window.app.clone(),
            title: window.title.clone(),
        }));
        items.push(DockItem::Launcher);
        items
    }

    pub(crate) fn pin(&mut self, app: String, index: Option<usize>) -> Answer {
        let app = bounded(app);
        if app.is_empty() {
            return Err(Refusal::NoApp);
        }
        let pinned = &mut self.dock.pinned;
        let at = pinned.iter().position(|pinned| *pinned == app);
        if at.is_none() && pinned.len() >= MAX_PINNED {
            return Err(Refusal::TooManyPinned);
        }
        if let Some(at) = at {
            pinned.remove(at);
        }
        let to = index.unwrap_or(pinned.len()).min(pinned.len());
        pinned.insert(to, app);
        Ok(if at == Some(to) { Outcome::Unchanged } else { Outcome::Changed })
    }

    pub(crate) fn unpin(&mut self, app: &str) -> Outcome {
        let before = self.dock.pinned.len();
        self.dock.pinned.retain(|pinned| pinned != app);
        if self.dock.pinned.len() == before { Outcome::Unchanged } else { Outcome::Changed }
    }

    fn roots(&self) -> impl Iterator<Item = &crate::Window> {
        self.windows.iter().filter(|window| window.parent.is_none())
    }

    pub(crate) fn note_running(&mut self, app: &str) {
        if !self.dock.running.iter().any(|running| running == app) {
            self.dock.running.push(app.to_owned());
        }
    }

    pub(crate) fn forget_ended(&mut self) {
        let windows = &self.windows;
        self.dock.running.retain(|app| windows.iter().any(|window| window.app == *app));
    }
}
