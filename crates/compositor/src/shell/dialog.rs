//! Questions of apps and of the shell, drawn by the shell over the window that asks, never by the app.
//!
//! **Invariants**: at most [`MAX_OPEN`] are open (a further one is dropped and the asker told no by
//! silence); each is answered at most once; closing a window forgets its questions.

use windows::WindowId;

/// Questions that can be open at once.
const MAX_OPEN: usize = 16;

/// A question with two answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dialog {
    pub(crate) window: Option<WindowId>,
    pub(crate) purpose: Purpose,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) confirm: String,
    pub(crate) destructive: bool,
}

/// What an answer is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Whether a window with something unsaved closes.
    CloseWindow,
    /// Whether the desktop ends, with what would be lost by it.
    Quit,
    /// An app's own question.
    App { question: u64 },
}

/// The open questions, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Dialogs {
    open: Vec<(u64, Dialog)>,
    next: u64,
}

impl Dialogs {
    pub(crate) fn ask(&mut self, dialog: Dialog) {
        if self.open.len() < MAX_OPEN && !self.open.iter().any(|(_, open)| *open == dialog) {
            self.next += 1;
            self.open.push((self.next, dialog));
        }
    }

    /// Whether such a question is open.
    pub(crate) fn asks(&self, purpose: &Purpose) -> bool {
        self.open.iter().any(|(_, dialog)| dialog.purpose == *purpose)
    }

    /// The question on top.
    pub(crate) fn top(&self) -> Option<(u64, &Dialog)> {
        self.open.last().map(|(id, dialog)| (*id, dialog))
    }

    pub(crate) fn take(&mut self, id: u64) -> Option<Dialog> {
        let at = self.open.iter().position(|(open, _)| *open == id)?;
        Some(self.open.remove(at).1)
    }

    pub(crate) fn forget(&mut self, window: WindowId) {
        self.open.retain(|(_, dialog)| dialog.window != Some(window));
    }
}
