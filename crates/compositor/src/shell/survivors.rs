//! Programs that outlived the last desktop and come back into windows.
//!
//! Each goes to the window that the session says it was in, else to another of its app, else it gets a new one.
//! Nothing else starts by itself.

use super::{Shell, open::Content};
use crate::hosts::Begin;
use abi::{Syscalls, table};
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use widgets::Tone;
use windows::{Placement, WindowId};

/// What was found, and where it goes.
#[derive(Default)]
pub(super) struct Survivors {
    given: HashMap<WindowId, Vec<table::HeldProgram>>,
    rest: Vec<table::HeldProgram>,
    names: Vec<String>,
}

impl Survivors {
    /// Asks who is there. Before the first frame, and bounded by the kernel.
    pub(super) fn find(system: &Arc<dyn Syscalls>) -> Self {
        let held = system.call(table::ListHeld {}).unwrap_or_else(|why| {
            tracing::warn!(%why, "programs that outlived the desktop were not looked for");
            Vec::new()
        });
        // Without an app nobody may take it over.
        let rest: Vec<_> = held.into_iter().filter(|held| !held.attached && held.app.is_some()).collect();
        let running = rest.iter().filter(|held| held.exit.is_none());
        Survivors { names: running.map(|held| held.name.clone()).collect(), rest, given: HashMap::new() }
    }

    /// Gives them to windows: first as the session says, then to those of the same app that got none.
    pub(super) fn give_to(&mut self, windows: &[(WindowId, String)], session: &BTreeMap<u64, Vec<String>>) {
        for (window, _) in windows {
            for was_there in session.get(&window.0).into_iter().flatten() {
                self.give(*window, |held| held.id == *was_there);
            }
        }
        for (window, app) in windows {
            if !self.given.contains_key(window) {
                self.give(*window, |held| held.app.as_ref() == Some(app));
            }
        }
    }

    fn give(&mut self, window: WindowId, fits: impl Fn(&table::HeldProgram) -> bool) {
        if let Some(index) = self.rest.iter().position(fits) {
            self.given.entry(window).or_default().push(self.rest.remove(index));
        }
    }

    /// What a window got.
    pub(super) fn take(&mut self, window: WindowId) -> Vec<table::HeldProgram> {
        self.given.remove(&window).unwrap_or_default()
    }
}

impl Shell {
    /// Gives a window to those that have none, and says what went on.
    pub(super) fn adopt_survivors(&mut self, survivors: Survivors) {
        for held in survivors.rest {
            let (app, name) = (held.app.clone().unwrap_or_default(), held.name.clone());
            let plan = self.process_plan(&app, &name);
            let content = Content::Process {
                manifest: plan.source.clone(),
                begin: Begin::Back { kept: Value::Null, held: vec![held] },
            };
            if let Err(why) = self.host(plan, content, Placement::Auto) {
                self.toast(Tone::Warning, "A program goes on without a window", format!("{name}: {why}"));
            }
        }
        if !survivors.names.is_empty() {
            let text = format!("{} went on while the desktop was away", survivors.names.join(", "));
            self.toast(Tone::Info, "Still running", text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(id: &str, app: &str) -> table::HeldProgram {
        let text = serde_json::json!({
            "id": id, "app": app, "name": app, "executable": "sh", "args": [], "host_pid": 7, "cause": 1,
            "started_millis": 0, "attached": false, "pid": null, "exit": null, "ended_millis": null,
        });
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn each_goes_where_it_was_then_to_its_app_and_the_rest_is_left() {
        let rest =
            vec![held("1-1", "terminal"), held("1-2", "terminal"), held("1-3", "python"), held("1-4", "git")];
        let mut survivors = Survivors { rest, ..Survivors::default() };
        let windows = [(5, "terminal"), (6, "terminal"), (7, "python"), (8, "python"), (9, "files")];
        let windows = windows.map(|(id, app)| (WindowId(id), app.to_owned()));
        let session = BTreeMap::from([(6, vec!["1-1".to_owned()]), (8, vec!["0-9".to_owned()])]);
        survivors.give_to(&windows, &session);
        let mut got = |id| survivors.take(WindowId(id)).into_iter().map(|held| held.id).collect::<Vec<_>>();
        assert_eq!([got(5), got(6), got(7)], [["1-2"], ["1-1"], ["1-3"]]);
        assert!(got(8).is_empty() && got(9).is_empty());
        let left: Vec<_> = survivors.rest.iter().map(|held| held.id.as_str()).collect();
        assert_eq!(left, ["1-4"]);
    }

    #[test]
    fn all_programs_of_a_window_come_back_into_it() {
        let rest = vec![held("1-1", "terminal"), held("1-2", "terminal"), held("1-3", "terminal")];
        let mut survivors = Survivors { rest, ..Survivors::default() };
        let windows = [(5, "terminal"), (6, "terminal")].map(|(id, app)| (WindowId(id), app.to_owned()));
        let session = BTreeMap::from([(6, vec!["1-3".to_owned(), "1-1".to_owned()])]);
        survivors.give_to(&windows, &session);
        let mut got = |id| survivors.take(WindowId(id)).into_iter().map(|held| held.id).collect::<Vec<_>>();
        assert_eq!(got(6), ["1-3", "1-1"]);
        assert_eq!(got(5), ["1-2"]);
    }
}
