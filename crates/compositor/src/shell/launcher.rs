//! The launcher's model: one query, and what fits it. Drawing is in [`super::draw`].
//!
//! Exact titles first, then what was chosen before, then fuzzy (by `nucleo`). The list of a query is made once
//! and does not move under the selection.

use super::{Action, Shell, keys};
use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};
use services::AppKind;
use std::collections::HashMap;
use windows::Op;

/// Results that are shown.
pub(crate) const MAX_RESULTS: usize = 9;
/// Longest query in bytes.
const MAX_QUERY: usize = 200;

/// Something that can be chosen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) title: String,
    /// What kind of thing it is, shown on the right.
    pub(crate) hint: String,
    /// An emoji or the name of a symbol.
    pub(crate) icon: String,
    pub(crate) category: String,
    pub(crate) app: String,
    /// What is wrong with it, where it cannot be started.
    pub(crate) problem: Option<String>,
    pub(crate) action: Action,
}

/// State of the launcher.
#[derive(Default)]
pub(crate) struct Launcher {
    open: bool,
    pub(crate) query: String,
    pub(crate) results: Vec<Entry>,
    pub(crate) selected: usize,
    /// How often an entry was chosen, by title.
    chosen: HashMap<String, u32>,
    /// The field wants the keyboard.
    pub(crate) take_focus: bool,
}

impl Launcher {
    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    pub(crate) fn close(&mut self) {
        self.open = false;
        self.query.clear();
        self.results.clear();
    }
}

impl Shell {
    pub(crate) fn toggle_launcher(&mut self) {
        if self.launcher.open {
            self.launcher.close();
        } else {
            self.launcher.open = true;
            self.launcher.take_focus = true;
            self.launcher.query.clear();
            self.search();
        }
    }

    /// Makes the list of the present query.
    pub(crate) fn search(&mut self) {
        let mut query = self.launcher.query.trim().to_owned();
        query.truncate(
            (0..=MAX_QUERY.min(query.len())).rev().find(|at| query.is_char_boundary(*at)).unwrap_or(0),
        );
        let mut results = Vec::new();
        if let Some(result) = calculation(&query) {
            results.push(result);
        }
        results.extend(self.ranked(&query));
        results.truncate(MAX_RESULTS);
        self.launcher.results = results;
        self.launcher.selected = 0;
    }

    /// Chooses the entry at `index`.
    pub(crate) fn choose(&mut self, index: usize) {
        let Some(entry) = self.launcher.results.get(index).cloned() else { return };
        if self.launcher.chosen.len() < 1000 {
            *self.launcher.chosen.entry(entry.title.clone()).or_default() += 1;
        }
        self.launcher.close();
        self.push(entry.action);
    }

    fn ranked(&self, query: &str) -> Vec<Entry> {
        let lower = query.to_lowercase();
        let mut matcher = Matcher::new(Config::DEFAULT);
        let pattern = Pattern::parse(query, CaseMatching::Ignore, Normalization::Smart);
        let mut buffer = Vec::new();
        let mut scored: Vec<(u32, u32, u32, Entry)> = Vec::new();
        for (order, entry) in self.candidates().into_iter().enumerate() {
            let score = if query.is_empty() {
                Some(1)
            } else {
                pattern.score(Utf32Str::new(&entry.title, &mut buffer), &mut matcher)
            };
            let Some(score) = score else { continue };
            let exact = u32::from(entry.title.to_lowercase() == lower);
            let chosen = self.launcher.chosen.get(&entry.title).copied().unwrap_or(0).min(20);
            scored.push((exact, score + chosen * 8, u32::MAX - order as u32, entry));
        }
        scored.sort_by_key(|(exact, score, order, _)| std::cmp::Reverse((*exact, *score, *order)));
        scored.into_iter().map(|(_, _, _, entry)| entry).collect()
    }

    fn candidates(&self) -> Vec<Entry> {
        let apps = self.registry.entries().iter().map(|app| Entry {
            title: app.name.clone(),
            hint: match app.kind {
                AppKind::System => "System app",
                AppKind::Blueprint => "Blueprint",
                AppKind::Process => "Process app",
            }
            .into(),
            icon: app.icon.clone(),
            category: app.category.clone(),
            app: app.id.clone(),
            problem: {
                let fatal = app.problems.iter().find(|problem| problem.fatal);
                fatal.map(|problem| problem.text.clone()).or_else(|| app.missing().map(str::to_owned))
            },
            action: Action::Open(app.id.clone()),
        });
        let windows = self.layout.windows().rev().map(|window| Entry {
            title: window.title.clone(),
            hint: "Open window".into(),
            icon: self.hosted.get(&window.id).map_or_else(String::new, |hosted| hosted.icon.clone()),
            category: self.hosted.get(&window.id).map_or_else(String::new, |hosted| hosted.category.clone()),
            app: window.app.clone(),
            problem: None,
            action: Action::Layout(Op::Focus { window: window.id }),
        });
        // Apps are in the list as themselves.
        let opens_an_app = |action| {
            use keys::ShellAction::{Files, Launcher, Review, Settings, TaskManager, Terminal};
            matches!(action, Files | Launcher | Review | Settings | TaskManager | Terminal)
        };
        let actions =
            keys::BINDINGS.iter().filter(|binding| !opens_an_app(binding.action)).map(|binding| Entry {
                title: binding.label.to_owned(),
                hint: keys::shown(binding.action),
                icon: "command".into(),
                category: "action".into(),
                app: String::new(),
                problem: None,
                action: Action::Key(binding.action),
            });
        apps.chain(windows).chain(actions).collect()
    }

    /// For the error of an unknown app: names that are near.
    pub(crate) fn launcher_names_near(&self, id: &str) -> String {
        let mut matcher = Matcher::new(Config::DEFAULT);
        let pattern = Pattern::parse(id, CaseMatching::Ignore, Normalization::Smart);
        let mut buffer = Vec::new();
        let near: Vec<String> = self
            .registry
            .entries()
            .iter()
            .filter(|app| pattern.score(Utf32Str::new(&app.id, &mut buffer), &mut matcher).is_some())
            .map(|app| format!("\"{}\"", app.id))
            .take(3)
            .collect();
        if near.is_empty() {
            let all: Vec<&str> = self.registry.entries().iter().map(|app| app.id.as_str()).take(20).collect();
            format!("; installed are {}", all.join(", "))
        } else {
            format!("; did you mean {}?", near.join(" or "))
        }
    }
}

/// `2^10+1` → its value, to be copied.
fn calculation(query: &str) -> Option<Entry> {
    if !query.contains(|c: char| c.is_ascii_digit()) || !query.contains(|c: char| "+-*/^%×÷−(".contains(c))
    {
        return None;
    }
    let value = math::evaluate(query, &math::Options::default()).ok()?.value.to_text(12);
    (value != query).then(|| Entry {
        title: format!("{query} = {value}"),
        hint: "Copy the result".into(),
        icon: "🧮".into(),
        category: "utilities".into(),
        app: String::new(),
        problem: None,
        action: Action::CopyText(value),
    })
}
