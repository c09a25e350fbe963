//! Looking: finds nodes and data, and compares what is there with what was expected.

use super::{
    runner::{Outcome, Runner},
    stage::Stage,
    steps::{Expectation, Target, WindowName},
    tree::{Item, WindowRef, window_named},
    window_expectation,
};
use serde_json::{Value, json};

impl<S: Stage> Runner<S> {
    pub(super) fn windows(&mut self) -> Result<Vec<WindowRef>, String> {
        self.stage.with_shell(|shell| {
            let windows = shell.window_list();
            windows
                .into_iter()
                .map(|w| WindowRef { id: w.id, app: w.app, title: w.title, focused: w.focused })
                .collect()
        })
    }

    pub(super) fn data(&mut self, window: Option<&WindowName>, pointer: &str) -> Outcome {
        let windows = self.windows()?;
        let window = match window {
            Some(name) => window_named(name, &windows)?,
            None => windows
                .iter()
                .find(|w| w.focused)
                .map(|w| w.id)
                .ok_or("data: no window has the focus; name one")?,
        };
        let pointer = pointer.to_owned();
        self.stage.with_shell(move |shell| shell.app_data(window, &pointer))?
    }

    pub(super) fn find(&mut self, target: &Target) -> Result<Item, String> {
        let windows = self.windows()?;
        let found = self.tree.find(target, &windows)?;
        match found.first() {
            Some(item) => Ok((*item).clone()),
            None => Err(format!("nothing fits {}{}", describe(target), self.tree.near(target))),
        }
    }

    pub(super) fn expect(&mut self, wanted: &Expectation) -> Outcome {
        if let Some(pointer) = &wanted.data {
            let there = self.data(wanted.window.as_ref(), pointer)?;
            let equals = wanted.equals.clone().unwrap_or_default();
            let same = there == equals || there.as_f64().zip(equals.as_f64()).is_some_and(|(a, b)| a == b);
            return if same {
                Ok(json!({"data": there}))
            } else {
                Err(format!("data {pointer} is {there}, expected {equals}"))
            };
        }
        if wanted.is_about_window() {
            let list = self.stage.with_shell(|shell| shell.window_list())?;
            return window_expectation::compare(wanted, &list);
        }
        let windows = self.windows()?;
        let found = self.tree.find(&wanted.target(), &windows)?;
        let fits = |item: &&&Item| {
            wanted.value.as_ref().is_none_or(|value| item.value_matches(value))
                && wanted
                    .value_contains
                    .as_deref()
                    .is_none_or(|part| item.value.as_deref().is_some_and(|v| v.contains(part)))
                && wanted.checked.is_none_or(|checked| item.checked == Some(checked))
                && wanted.selected.is_none_or(|selected| item.selected == Some(selected))
                && wanted.enabled.is_none_or(|enabled| item.enabled == enabled)
                && wanted.focused.is_none_or(|focused| item.focused == focused)
        };
        let fitting: Vec<&&Item> = found.iter().filter(fits).collect();
        if let Some(count) = wanted.count {
            return if fitting.len() == count {
                Ok(json!({"count": count}))
            } else {
                Err(format!("{} fit {}, expected {count}", fitting.len(), describe(&wanted.target())))
            };
        }
        match (wanted.exists.unwrap_or(true), fitting.first()) {
            (true, Some(item)) => Ok(json!({"found": item.to_json(&windows)})),
            (false, None) => Ok(Value::Null),
            (false, Some(item)) => Err(format!("expected nothing, but there is {}", item.to_json(&windows))),
            (true, None) => match found.first() {
                Some(item) => {
                    Err(format!("{} is there, but is {}", describe(&wanted.target()), item.to_json(&windows)))
                }
                None => Err(format!(
                    "nothing fits {}{}",
                    describe(&wanted.target()),
                    self.tree.near(&wanted.target())
                )),
            },
        }
    }
}

/// A target in words.
pub(super) fn describe(target: &Target) -> String {
    let mut words = Vec::new();
    if let Some(role) = &target.role {
        words.push(format!("role {role}"));
    }
    if let Some(name) = &target.name {
        words.push(format!("name \"{name}\""));
    }
    if let Some(part) = &target.name_contains {
        words.push(format!("a name with \"{part}\""));
    }
    if let Some(id) = &target.id {
        words.push(format!("id {id}"));
    }
    if let Some(window) = &target.window {
        words.push(match window {
            WindowName::Number(id) => format!("in window {id}"),
            WindowName::Words(words) => format!("in window {words}"),
        });
    }
    if words.is_empty() { "anything".into() } else { words.join(", ") }
}
