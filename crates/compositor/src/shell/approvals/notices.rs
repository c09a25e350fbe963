//! What a person is told about decisions that nobody asked them for: something was refused, an app was muted.
//!
//! A refusal is said once for each app and right, and one in [`QUIET_SECONDS`] at most for each app: the rest is in
//! the inbox. Refusals of the desktop's own apps are said by these themselves.

use super::Shell;
use crate::shell::Action;
use abi::{
    Capability,
    table::{DecisionKind, RightDecision},
};
use services::AppKind;
use std::collections::{HashMap, HashSet};
use widgets::Tone;

/// Least time between two messages about refusals of one app.
const QUIET_SECONDS: f64 = 10.0;
/// Apps and rights that are remembered; then it begins anew.
const MOST_SAID: usize = 1_024;

/// What was said already.
#[derive(Default)]
pub(super) struct Notices {
    said: HashSet<(String, Capability)>,
    /// Programs and places that something is left of.
    left: HashSet<(String, String)>,
    last: HashMap<String, f64>,
}

impl Notices {
    /// Whether what is left of a right was not said yet.
    fn is_new(&mut self, left: (String, String)) -> bool {
        if self.left.len() >= MOST_SAID {
            self.left.clear();
        }
        self.left.insert(left)
    }

    /// Whether a refusal is to be said now.
    fn is_due(&mut self, app: &str, capability: &Capability, now: f64) -> bool {
        if self.said.len() >= MOST_SAID || self.last.len() >= MOST_SAID {
            *self = Notices::default();
        }
        let is_new = self.said.insert((app.to_owned(), capability.clone()));
        if !is_new || self.last.get(app).is_some_and(|last| now - last < QUIET_SECONDS) {
            return false;
        }
        self.last.insert(app.to_owned(), now);
        true
    }
}

impl Shell {
    pub(super) fn tell_decision(&mut self, decision: &RightDecision) {
        let Some(app) = decision.app.clone() else { return };
        // Its process may be named after a program, such as `sh`, which nobody opened.
        let name = self.registry.get(&app).map_or_else(|| decision.name.clone(), |entry| entry.name.clone());
        match decision.kind {
            DecisionKind::Muted => {
                let text = "It has asked too often. Its questions are answered with no.".into();
                let actions = vec![("Unmute", Action::MuteApp { app, muted: false })];
                self.toast_with(Tone::Warning, &format!("{name} is muted"), text, actions);
            }
            DecisionKind::Denied => {
                let is_own = self.registry.get(&app).is_some_and(|entry| entry.kind == AppKind::System);
                // It may be refused what it has just been refused by an answer; that is no news.
                let is_answered = self.approvals.decisions.iter().any(|earlier| {
                    earlier.kind == DecisionKind::Refused
                        && earlier.app == decision.app
                        && earlier.capability == decision.capability
                });
                if is_own || app == "shell" || is_answered {
                    return;
                }
                if !self.approvals.notices.is_due(&app, &decision.capability, self.now) {
                    return;
                }
                let text = format!("It may not {}", decision.capability.in_words());
                let offer = Action::OfferRight {
                    pid: decision.pid,
                    app: decision.app.clone(),
                    capability: decision.capability.clone(),
                };
                self.toast_with(Tone::Warning, &format!("{name} was refused"), text, vec![("Allow…", offer)]);
            }
            DecisionKind::Lingers => self.tell_lingering(decision),
            DecisionKind::Granted
            | DecisionKind::Refused
            | DecisionKind::Expired
            | DecisionKind::Withdrawn => {}
        }
    }

    /// A right was taken, and a program that runs has something left of it: a person decides what becomes of it.
    fn tell_lingering(&mut self, decision: &RightDecision) {
        let RightDecision { pid, name, capability, .. } = decision;
        let is_open = decision.rule == "what is open stays open";
        // A folder is several rights, and one message.
        let key = (
            format!("{pid} {is_open}"),
            capability.path_scope().map_or_else(String::new, |scope| scope.0.clone()),
        );
        if !self.approvals.notices.is_new(key) {
            return;
        }
        let what = capability.path_scope().map_or_else(|| capability.in_words(), |scope| scope.0.clone());
        let (title, text) = match (is_open, capability.path_scope()) {
            (true, _) => (
                format!("Taken from {name} while it runs"),
                format!("{what}: what it has open stays open until it ends."),
            ),
            (false, Some(_)) => (
                format!("{name} still has {what}"),
                "Its program was started with it and has it until it ends.".to_owned(),
            ),
            (false, None) => (
                format!("{name} can still {what}"),
                "Its program was started with that and has it until it ends.".to_owned(),
            ),
        };
        let actions =
            vec![("Restart without it", Action::RestartProgram(*pid)), ("End now", Action::EndProgram(*pid))];
        self.toast_with(if is_open { Tone::Info } else { Tone::Warning }, &title, text, actions);
    }
}
