//! Opens a cause for what a person just did, so that everything which follows can be traced back to it.

use super::Shell;
use crate::hosts::Noted;
use abi::{CauseId, CauseKind, CauseSpec};
use egui::output::OutputEvent;
use windows::WindowId;

/// What a widget reported, as words of a person.
pub(crate) fn describe(event: &OutputEvent, app: &str) -> Option<(CauseKind, String)> {
    let (kind, verb, info) = match event {
        OutputEvent::Clicked(info) => (CauseKind::Pointer, "click on", info),
        OutputEvent::DoubleClicked(info) => (CauseKind::Pointer, "double click on", info),
        OutputEvent::TripleClicked(info) => (CauseKind::Pointer, "triple click on", info),
        OutputEvent::ValueChanged(info) => (CauseKind::Key, "change of", info),
        OutputEvent::FocusGained(_) | OutputEvent::TextSelectionChanged(_) => return None,
    };
    // A field that is named beside it has a label that is empty.
    let named = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let name =
        named(&info.label).or_else(|| named(&info.hint_text)).unwrap_or_else(|| format!("{:?}", info.role));
    Some((kind, format!("{verb} {name} in {app}")))
}

impl Shell {
    /// A cause for something in a window.
    pub(crate) fn open_cause(&self, kind: CauseKind, label: String, window: Option<WindowId>) -> CauseId {
        let app = window.and_then(|id| self.layout.window(id)).map(|window| window.app.clone());
        let spec = CauseSpec { app, window: window.map(|id| id.0), ..CauseSpec::new(kind, label) };
        self.processes.system().open_cause(spec)
    }

    /// Writes down that somebody outside carries out a step. Its name only: what is typed may be a secret.
    pub fn note_control(&self, step: &str) {
        self.processes.note(Noted::Control, &format!("drive: {step}"));
    }

    /// What widgets of the shell reported becomes the cause of what is started for it: a tile of the dock, an
    /// entry of the launcher or of a menu. It is no cause of the app that has the keyboard.
    pub(crate) fn account_for_starts(&mut self, events: &[OutputEvent]) {
        let told = events.iter().rev().find_map(|event| describe(event, "the desktop"));
        let Some((kind, label)) = told else { return };
        let cause = self.open_cause(kind, label, None);
        for (action, account) in &mut self.actions {
            if action.starts() {
                account.get_or_insert(cause);
            }
        }
    }

    /// What widgets reported becomes the cause of the app that has the keyboard.
    pub(crate) fn note_widget_events(&mut self, events: &[OutputEvent]) {
        let Some(window) = self.layout.focused().map(|window| (window.id, window.title.clone())) else {
            return;
        };
        let Some((kind, label)) = events.iter().rev().find_map(|event| describe(event, &window.1)) else {
            return;
        };
        let cause = self.open_cause(kind, label, Some(window.0));
        if let Some(hosted) = self.hosted.get_mut(&window.0) {
            hosted.set_cause(cause);
        }
    }
}
