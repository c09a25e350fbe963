//! Prompts for rights, and the inbox of those that wait. The kernel keeps the requests; the shell asks for the list
//! when it has changed, shows one prompt at a time, and sends the answers.
//!
//! ```text
//! requests ─▶ Approvals::take ─▶ prompts ─▶ one in view (the card) ─▶ answer ─▶ kernel
//!                                   └─ set aside ─▶ the inbox ─▶ brought back into view
//! denials, decisions ─▶ inbox, messages with "Allow…" ─▶ offer ─▶ the card
//! ```
//!
//! **Invariants**: no line is answered within [`GUARD_SECONDS`](prompt::GUARD_SECONDS) after it came into view, so that
//! a press which was on its way answers nothing, and a line that comes while the card is open is not answered with
//! those that were read; a request is answered at most once; nothing but Deny happens by Enter. Refuses to stop
//! anybody else: the card takes neither the keyboard, unless it is asked to, nor the rest of the screen.

mod answer;
mod lingering;
mod notices;
mod prompt;
#[cfg(test)]
mod tests;

pub(crate) use prompt::{Choice, GUARD_SECONDS, Line, Prompt, PromptKey};

use super::Shell;
use abi::{
    RequestId, UiCaller,
    table::{CapabilityRequest, ListCapabilityRequests, ListRightDecisions, RightDecision},
};
use answer::Sent;
use notices::Notices;
use std::collections::VecDeque;

/// Decisions that the inbox shows.
const MOST_DECISIONS: usize = 64;
/// Offers that wait to be looked at; the oldest makes room.
const MOST_OFFERS: usize = 16;

/// What waits for a person, and what was decided lately.
#[derive(Default)]
pub(crate) struct Approvals {
    /// The oldest first.
    prompts: Vec<Prompt>,
    /// Of which revision these are; before the first look none.
    revision: Option<u64>,
    /// The one in view.
    in_view: Option<PromptKey>,
    sent: Vec<Sent>,
    /// The newest first.
    decisions: VecDeque<RightDecision>,
    notices: Notices,
    offers: u64,
    /// The inbox is open.
    pub(crate) inbox_open: bool,
    /// The card shows everything it knows.
    pub(crate) shows_details: bool,
    /// The card gets the keyboard with the next frame.
    pub(crate) wants_keyboard: bool,
    /// Who had the keyboard before the card got it.
    pub(crate) keyboard_before: Option<egui::Id>,
}

impl Approvals {
    /// The prompt in view, and how many wait behind it.
    pub(crate) fn top(&self) -> Option<(&Prompt, usize)> {
        let top = self.prompts.iter().find(|prompt| Some(prompt.key) == self.in_view)?;
        Some((top, self.prompts.len() - 1))
    }

    /// All that wait, the oldest first.
    pub(crate) fn waiting(&self) -> &[Prompt] {
        &self.prompts
    }

    /// What was decided lately, the newest first.
    pub(crate) fn decisions(&self) -> impl Iterator<Item = &RightDecision> {
        self.decisions.iter()
    }

    /// When the next line in view can be answered.
    fn answerable_at(&self, now: f64) -> Option<f64> {
        let (top, _) = self.top()?;
        let times = top.lines.iter().filter_map(|line| line.seen_at.map(|at| at + GUARD_SECONDS));
        times.filter(|at| *at > now).reduce(f64::min)
    }

    /// Takes the list of requests that wait. What is known of a line stays.
    fn take(&mut self, requests: Vec<CapabilityRequest>) {
        let mut before: Vec<Prompt> = std::mem::take(&mut self.prompts);
        let sent = |request: RequestId| self.sent.iter().any(|sent| sent.request() == Some(request));
        for asked in requests.iter().filter(|asked| !sent(asked.request)) {
            let key = PromptKey::Asked(asked.prompt);
            let old = before.iter().find(|prompt| prompt.key == key);
            let mut new = Prompt::of_request(asked);
            if let Some(old) = old {
                new.is_aside = old.is_aside;
                if let Some(line) = old.lines.iter().find(|line| line.request == Some(asked.request)) {
                    new.lines[0] = line.clone();
                } else {
                    // Something new is worth another look.
                    new.is_aside = false;
                }
            }
            match self.prompts.iter_mut().find(|prompt| prompt.key == key) {
                None => self.prompts.push(new),
                Some(prompt) => {
                    prompt.is_aside &= new.is_aside;
                    prompt.lines.append(&mut new.lines);
                }
            }
        }
        self.prompts.extend(before.extract_if(.., |prompt| prompt.is_offer()));
    }

    /// Chooses what is in view: what is there already, else the oldest that was not set aside.
    fn choose(&mut self, now: f64) {
        let is_open = |prompt: &&Prompt| !prompt.is_aside;
        let stays =
            self.prompts.iter().filter(is_open).find(|prompt| Some(prompt.key) == self.in_view).is_some();
        if !stays {
            let next = self.prompts.iter().find(is_open).map(|prompt| prompt.key);
            self.show(next);
        }
        if let Some(top) = self.prompts.iter_mut().find(|prompt| Some(prompt.key) == self.in_view) {
            for line in &mut top.lines {
                line.seen_at.get_or_insert(now);
            }
        }
    }

    /// Puts another prompt into view. Its lines have to be looked at anew.
    fn show(&mut self, key: Option<PromptKey>) {
        if self.in_view == key {
            return;
        }
        self.in_view = key;
        self.shows_details = false;
        for prompt in &mut self.prompts {
            for line in &mut prompt.lines {
                line.seen_at = None;
            }
        }
    }

    /// A line's tick.
    pub(crate) fn tick(&mut self, key: PromptKey, line: usize, ticked: bool) {
        let prompt = self.prompts.iter_mut().find(|prompt| prompt.key == key);
        if let Some(line) = prompt.and_then(|prompt| prompt.lines.get_mut(line)) {
            line.ticked = ticked;
        }
    }

    /// The person wants to answer later. An offer is gone.
    fn set_aside(&mut self, key: PromptKey) {
        self.prompts.retain(|prompt| prompt.key != key || !prompt.is_offer());
        if let Some(prompt) = self.prompts.iter_mut().find(|prompt| prompt.key == key) {
            prompt.is_aside = true;
        }
    }

    /// Brings a prompt from the inbox into view.
    fn bring_back(&mut self, key: PromptKey) {
        if let Some(prompt) = self.prompts.iter_mut().find(|prompt| prompt.key == key) {
            prompt.is_aside = false;
            self.show(Some(key));
            self.inbox_open = false;
        }
    }

    /// Shows what would allow something that was denied, to be decided about.
    fn offer(&mut self, denied: &RightDecision) {
        let same = |prompt: &&mut Prompt| {
            prompt.is_offer()
                && prompt
                    .lines
                    .iter()
                    .any(|line| line.pid == denied.pid && line.rights.contains(&denied.capability))
        };
        let key = match self.prompts.iter_mut().find(same) {
            Some(prompt) => prompt.key,
            None => {
                if self.prompts.iter().filter(|prompt| prompt.is_offer()).count() >= MOST_OFFERS
                    && let Some(at) = self.prompts.iter().position(Prompt::is_offer)
                {
                    self.prompts.remove(at);
                }
                self.offers += 1;
                self.prompts.push(Prompt::of_denial(self.offers, denied));
                PromptKey::Offered(self.offers)
            }
        };
        self.bring_back(key);
    }
}

impl Shell {
    /// Looks what waits, and what became of the answers that were sent.
    pub(crate) fn follow_approvals(&mut self) {
        self.follow_answers();
        // Read before the lists, so that a change in between is seen the next time.
        let revision = self.processes.requests_revision();
        if self.approvals.revision != Some(revision) {
            self.approvals.revision = Some(revision);
            let system = UiCaller::new(self.processes.system());
            // A kernel without such requests has none.
            let waiting = system.call(ListCapabilityRequests {}).unwrap_or_default();
            self.approvals.take(waiting);
            let after = self.approvals.decisions.front().map_or(0, |newest| newest.number);
            let decisions = system.call(ListRightDecisions { after }).unwrap_or_default();
            for decision in decisions.into_iter().rev() {
                self.tell_decision(&decision);
                self.approvals.decisions.push_front(decision);
            }
            self.approvals.decisions.truncate(MOST_DECISIONS);
        }
        let had = self.approvals.in_view;
        self.approvals.choose(self.now);
        if had.is_some() && self.approvals.in_view.is_none() {
            self.give_back_keyboard();
        }
        if let Some(at) = self.approvals.answerable_at(self.now) {
            self.wake_at = self.wake_at.min(at);
        }
    }

    /// The key for approvals: to the card where one is in view, else the inbox opens or closes.
    pub(crate) fn toggle_approvals(&mut self) {
        let has_keyboard = self.approvals.keyboard_before.is_some() || self.card_has_keyboard();
        if self.approvals.top().is_some() && !has_keyboard && !self.approvals.inbox_open {
            self.approvals.wants_keyboard = true;
        } else {
            self.toggle_inbox();
        }
    }

    pub(crate) fn toggle_inbox(&mut self) {
        self.approvals.inbox_open = !self.approvals.inbox_open;
        self.centre.is_open = false;
    }

    /// The prompt in view waits in the inbox from now on.
    pub(crate) fn answer_later(&mut self, key: PromptKey) {
        self.approvals.set_aside(key);
        self.approvals.choose(self.now);
        self.give_back_keyboard();
    }

    pub(crate) fn open_prompt(&mut self, key: PromptKey) {
        self.approvals.bring_back(key);
        self.approvals.choose(self.now);
        self.approvals.wants_keyboard = true;
    }

    /// The keyboard goes back to where it was before the card had it.
    pub(crate) fn give_back_keyboard(&mut self) {
        if let Some(before) = self.approvals.keyboard_before.take() {
            self.ctx.memory_mut(|memory| memory.request_focus(before));
        }
    }
}
