//! Short messages in the corner: at most three are shown, the others wait their turn.

use super::Action;
use std::collections::VecDeque;
use widgets::Tone;

/// Shown at once (desktop.md, notifications).
pub(crate) const MAX_SHOWN: usize = 3;
/// Messages that may wait; older ones are dropped.
const MAX_WAITING: usize = 50;
/// Seconds on screen.
const SHOWN_SECONDS: f64 = 5.0;
/// The same where something can be done about it.
const SHOWN_SECONDS_WITH_ACTIONS: f64 = 12.0;

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Toast {
    pub(crate) tone: Tone,
    pub(crate) title: String,
    pub(crate) text: String,
    /// What can be done about it: a word for a button each.
    pub(crate) actions: Vec<(&'static str, Action)>,
}

impl Toast {
    /// Seconds on screen: what can be answered stays longer.
    fn seconds(&self) -> f64 {
        if self.actions.is_empty() { SHOWN_SECONDS } else { SHOWN_SECONDS_WITH_ACTIONS }
    }
}

/// All messages.
#[derive(Debug, Default)]
pub(crate) struct Toasts {
    shown: Vec<(u64, Toast, f64)>,
    waiting: VecDeque<Toast>,
    next: u64,
}

impl Toasts {
    pub(crate) fn show(&mut self, toast: Toast, now: f64) {
        self.waiting.push_back(toast);
        if self.waiting.len() > MAX_WAITING {
            self.waiting.pop_front();
        }
        self.advance(now);
    }

    /// Drops what was long enough on screen and shows what waits.
    pub(crate) fn advance(&mut self, now: f64) {
        self.shown.retain(|(_, toast, since)| now - since < toast.seconds());
        while self.shown.len() < MAX_SHOWN {
            let Some(toast) = self.waiting.pop_front() else { return };
            self.next += 1;
            self.shown.push((self.next, toast, now));
        }
    }

    pub(crate) fn dismiss(&mut self, id: u64) {
        self.shown.retain(|(shown, _, _)| *shown != id);
    }

    /// Number, message and seconds on screen, oldest first.
    pub(crate) fn shown(&self) -> impl Iterator<Item = (u64, &Toast, f64)> {
        self.shown.iter().map(|(id, toast, since)| (*id, toast, *since))
    }

    /// When the next one goes, in seconds of the frame clock.
    pub(crate) fn next_change(&self, now: f64) -> f64 {
        let ends = self.shown.iter().map(|(_, toast, since)| since + toast.seconds());
        let next = ends.fold(f64::INFINITY, f64::min);
        next.max(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_are_shown_and_the_fourth_follows() {
        let mut toasts = Toasts::default();
        for n in 0..4 {
            let toast =
                Toast { tone: Tone::Info, title: n.to_string(), text: String::new(), actions: Vec::new() };
            toasts.show(toast, f64::from(n));
        }
        let titles = |toasts: &Toasts| toasts.shown().map(|(_, t, _)| t.title.clone()).collect::<Vec<_>>();
        assert_eq!(titles(&toasts), ["0", "1", "2"]);
        toasts.advance(5.5);
        assert_eq!(titles(&toasts), ["1", "2", "3"]);
        assert!(toasts.next_change(5.5) <= 6.0);
    }
}
