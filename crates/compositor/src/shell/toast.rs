//! Messages: at most three are shown in the corner, the others wait their turn; what was said stays in a list that the
//! notifications show (see [`super::draw`], centre).
//!
//! **Invariants**: at most [`MAX_SHOWN`] on screen, [`MAX_WAITING`] wait, [`MAX_KEPT`] are kept; while nobody is to be
//! disturbed none is shown, and all are kept.

use super::Action;
use std::collections::VecDeque;
use widgets::Tone;

/// Shown at once (desktop.md, notifications).
pub(crate) const MAX_SHOWN: usize = 3;
/// Messages that may wait; older ones are dropped.
const MAX_WAITING: usize = 50;
/// Messages that are kept to be looked at later; older ones are forgotten.
const MAX_KEPT: usize = 100;
/// Seconds on screen.
const SHOWN_SECONDS: f64 = 5.0;
/// The same where something can be done about it.
const SHOWN_SECONDS_WITH_ACTIONS: f64 = 8.0;

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Toast {
    pub(crate) tone: Tone,
    pub(crate) title: String,
    pub(crate) text: String,
    /// What can be done about it: a word for a button each.
    pub(crate) actions: Vec<(&'static str, Action)>,
    /// Stays on screen until it is answered, or somebody does something else.
    pub(crate) stays: bool,
}

impl Toast {
    pub(crate) fn new(tone: Tone, title: impl Into<String>, text: impl Into<String>) -> Self {
        Toast { tone, title: title.into(), text: text.into(), actions: Vec::new(), stays: false }
    }

    pub(crate) fn with_actions(self, actions: Vec<(&'static str, Action)>) -> Self {
        Toast { actions, ..self }
    }

    pub(crate) fn staying(self) -> Self {
        Toast { stays: true, ..self }
    }

    /// Seconds on screen: what can be answered stays longer.
    fn seconds(&self) -> f64 {
        match self {
            _ if self.stays => f64::INFINITY,
            _ if self.actions.is_empty() => SHOWN_SECONDS,
            _ => SHOWN_SECONDS_WITH_ACTIONS,
        }
    }
}

/// A message that was said.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) id: u64,
    pub(crate) toast: Toast,
    /// When, in seconds of the frame clock.
    pub(crate) at: f64,
    seen: bool,
}

/// All messages.
#[derive(Debug, Default)]
pub(crate) struct Toasts {
    shown: Vec<(u64, Toast, f64)>,
    waiting: VecDeque<(u64, Toast)>,
    /// Newest first.
    kept: VecDeque<Kept>,
    next: u64,
    quiet: bool,
}

impl Toasts {
    pub(crate) fn show(&mut self, toast: Toast, now: f64) {
        self.next += 1;
        let id = self.next;
        self.kept.push_front(Kept { id, toast: toast.clone(), at: now, seen: false });
        self.kept.truncate(MAX_KEPT);
        if self.quiet {
            return;
        }
        self.waiting.push_back((id, toast));
        if self.waiting.len() > MAX_WAITING {
            self.waiting.pop_front();
        }
        self.advance(now);
    }

    /// Drops what was long enough on screen and shows what waits.
    pub(crate) fn advance(&mut self, now: f64) {
        self.shown.retain(|(_, toast, since)| now - since < toast.seconds());
        while self.shown.len() < MAX_SHOWN {
            let Some((id, toast)) = self.waiting.pop_front() else { return };
            self.shown.push((id, toast, now));
        }
    }

    /// Somebody has answered it, or put it away.
    pub(crate) fn dismiss(&mut self, id: u64) {
        self.shown.retain(|(shown, _, _)| *shown != id);
        self.waiting.retain(|(waiting, _)| *waiting != id);
        if let Some(kept) = self.kept.iter_mut().find(|kept| kept.id == id) {
            kept.seen = true;
        }
    }

    /// What a message offers is done: the offer leaves the screen.
    pub(crate) fn is_done(&mut self, action: &Action) {
        let offers = |toast: &Toast| toast.actions.iter().any(|(_, offered)| offered == action);
        let ids: Vec<u64> = self.kept.iter().filter(|kept| offers(&kept.toast)).map(|kept| kept.id).collect();
        ids.into_iter().for_each(|id| self.dismiss(id));
        // It has waited for just that.
        self.kept.retain(|kept| !(kept.toast.stays && offers(&kept.toast)));
    }

    /// Somebody is busy with something else: what would stay until it is answered waits among the notifications.
    pub(crate) fn retreat(&mut self) {
        self.shown.retain(|(_, toast, _)| !toast.stays);
        self.waiting.retain(|(_, toast)| !toast.stays);
    }

    /// Number, message and seconds on screen, oldest first.
    pub(crate) fn shown(&self) -> impl Iterator<Item = (u64, &Toast, f64)> {
        self.shown.iter().map(|(id, toast, since)| (*id, toast, *since))
    }

    /// What was said, newest first.
    pub(crate) fn kept(&self) -> impl ExactSizeIterator<Item = &Kept> {
        self.kept.iter()
    }

    /// How many were said that nobody has looked at and that are not on screen.
    pub(crate) fn unseen(&self) -> usize {
        let on_screen = |id: u64| self.shown.iter().any(|(shown, _, _)| *shown == id);
        self.kept.iter().filter(|kept| !kept.seen && !on_screen(kept.id)).count()
    }

    /// Somebody looks at the list.
    pub(crate) fn look(&mut self) {
        self.kept.iter_mut().for_each(|kept| kept.seen = true);
    }

    /// Takes one from the list.
    pub(crate) fn forget(&mut self, id: u64) {
        self.dismiss(id);
        self.kept.retain(|kept| kept.id != id);
    }

    pub(crate) fn forget_all(&mut self) {
        self.shown.clear();
        self.waiting.clear();
        self.kept.clear();
    }

    /// Whether messages are kept without being shown.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    pub(crate) fn set_quiet(&mut self, quiet: bool) {
        self.quiet = quiet;
        if quiet {
            self.shown.clear();
            self.waiting.clear();
        }
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

    fn say(toasts: &mut Toasts, title: &str, now: f64) {
        toasts.show(Toast::new(Tone::Info, title, ""), now);
    }

    fn titles(toasts: &Toasts) -> Vec<String> {
        toasts.shown().map(|(_, toast, _)| toast.title.clone()).collect()
    }

    #[test]
    fn three_are_shown_and_the_fourth_follows() {
        let mut toasts = Toasts::default();
        for n in 0..4 {
            say(&mut toasts, &n.to_string(), f64::from(n));
        }
        assert_eq!(titles(&toasts), ["0", "1", "2"]);
        toasts.advance(5.5);
        assert_eq!(titles(&toasts), ["1", "2", "3"]);
        assert!(toasts.next_change(5.5) <= 6.0);
    }

    #[test]
    fn what_went_by_is_kept_until_somebody_looks() {
        let mut toasts = Toasts::default();
        say(&mut toasts, "one", 0.0);
        assert_eq!(toasts.unseen(), 0, "it is on screen");
        toasts.advance(6.0);
        assert_eq!((toasts.unseen(), toasts.kept().len()), (1, 1));
        toasts.look();
        assert_eq!((toasts.unseen(), toasts.kept().len()), (0, 1));
        for n in 0..300 {
            say(&mut toasts, "many", f64::from(n));
        }
        assert_eq!(toasts.kept().len(), MAX_KEPT);
    }

    #[test]
    fn nobody_is_disturbed_who_does_not_want_to_be() {
        let mut toasts = Toasts::default();
        say(&mut toasts, "shown", 0.0);
        toasts.set_quiet(true);
        say(&mut toasts, "kept", 0.1);
        assert!(titles(&toasts).is_empty());
        assert_eq!(toasts.unseen(), 2);
        toasts.set_quiet(false);
        toasts.advance(0.2);
        assert!(titles(&toasts).is_empty(), "what was kept does not come back");
    }

    #[test]
    fn an_offer_that_was_taken_elsewhere_goes() {
        let mut toasts = Toasts::default();
        let review = Action::OpenWith("review".into(), "run=1".into());
        let offer = Toast::new(Tone::Info, "changes", "").with_actions(vec![("Review", review.clone())]);
        toasts.show(offer.staying(), 0.0);
        toasts.advance(1000.0);
        assert_eq!(titles(&toasts), ["changes"], "it waits for an answer");
        assert!(toasts.next_change(1000.0).is_infinite(), "and asks for no frames");
        toasts.is_done(&review);
        assert!(titles(&toasts).is_empty());
        assert_eq!(toasts.unseen(), 0);
    }
}
