//! Requests of apps for rights, and what a person answers. The kernel keeps the requests; the shell asks for
//! the list when it has changed, shows the oldest, and sends the answer.
//!
//! **Invariants**: no answer is taken within [`GUARD_SECONDS`] after a request came into view, so that a press
//! which was on its way answers nothing; a request is answered at most once. Refuses to stop anybody else: the
//! card takes neither the keyboard nor the rest of the screen.

use super::Shell;
use abi::{
    Capability, CauseKind, Pending, RequestId, UiCaller,
    table::{Answer, AnswerCapabilityRequest, CapabilityRequest, ListCapabilityRequests},
};
use widgets::Tone;

/// How long a request must have been in view before it can be answered.
pub(crate) const GUARD_SECONDS: f64 = 0.5;

/// The answers, in the order of their buttons.
pub(crate) const ANSWERS: [(&str, Answer); 4] = [
    ("Deny", Answer::Deny),
    ("Allow once", Answer::Once),
    ("Allow this run", Answer::Run),
    ("Always allow", Answer::Always),
];

/// What waits for a person.
#[derive(Default)]
pub(crate) struct Approvals {
    waiting: Vec<CapabilityRequest>,
    /// Of which revision these are; before the first look none.
    revision: Option<u64>,
    /// The one in view, and since when, in seconds of the frame clock.
    in_view: Option<(RequestId, f64)>,
    sent: Vec<(RequestId, Pending<AnswerCapabilityRequest>)>,
}

impl Approvals {
    /// The request in view, and how many wait behind it.
    pub(crate) fn top(&self) -> Option<(&CapabilityRequest, usize)> {
        let mut open =
            self.waiting.iter().filter(|one| self.sent.iter().all(|(sent, _)| *sent != one.request));
        let first = open.next()?;
        Some((first, open.count()))
    }

    /// Whether the one in view can be answered at this second.
    pub(crate) fn is_answerable(&self, now: f64) -> bool {
        self.answerable_at().is_some_and(|at| now >= at)
    }

    /// When that will be.
    pub(crate) fn answerable_at(&self) -> Option<f64> {
        self.in_view.map(|(_, since)| since + GUARD_SECONDS)
    }
}

impl Shell {
    /// Looks what waits, and what became of the answers that were sent.
    pub(crate) fn follow_approvals(&mut self) {
        let system = UiCaller::new(self.processes.system());
        // Read before the list, so that a change in between is seen the next time.
        let revision = self.processes.requests_revision();
        if self.approvals.revision != Some(revision) {
            self.approvals.revision = Some(revision);
            // A kernel without such requests has none.
            self.approvals.waiting = system.call(ListCapabilityRequests {}).unwrap_or_default();
        }
        let mut failed = Vec::new();
        self.approvals.sent.retain(|(_, sent)| match sent.poll() {
            None => true,
            Some(Ok(())) => false,
            Some(Err(why)) => {
                failed.push(why.detail);
                false
            }
        });
        for why in failed {
            self.toast(Tone::Error, "The answer did not count", why);
        }
        let top = self.approvals.top().map(|(request, _)| request.request);
        if self.approvals.in_view.map(|(request, _)| request) != top {
            self.approvals.in_view = top.map(|request| (request, self.now));
        }
        if let Some(at) = self.approvals.answerable_at().filter(|at| *at > self.now) {
            self.wake_at = self.wake_at.min(at);
        }
    }

    /// Sends an answer to the request in view.
    pub(crate) fn answer_request(&mut self, request: RequestId, label: &str, answer: Answer) {
        let in_view = self.approvals.top().filter(|(top, _)| top.request == request);
        let Some((asked, _)) = in_view.filter(|_| self.approvals.is_answerable(self.now)) else { return };
        let label = format!("{label}: {} asks to {}", asked.name, in_words(&asked.capability));
        let cause = self.open_cause(CauseKind::Pointer, label, None);
        let system = UiCaller::new(self.processes.system()).with_cause(cause);
        match system.submit(AnswerCapabilityRequest { request, answer }) {
            Ok(sent) => self.approvals.sent.push((request, sent)),
            Err(why) => self.toast(Tone::Error, "The answer did not count", why.detail),
        }
    }
}

/// What a right allows, as it follows "asks to".
pub(crate) fn in_words(capability: &Capability) -> String {
    let list = |names: &[String]| names.join(", ");
    match capability {
        Capability::ReadFile(scope) => format!("read {scope}"),
        Capability::WriteFile(scope) => format!("change {scope}"),
        Capability::CreateFile(scope) => format!("make files in {scope}"),
        Capability::DeleteFile(scope) => format!("delete {scope}"),
        Capability::ListDirectory(scope) => format!("see what is in {scope}"),
        Capability::SpawnProcess(names) => format!("start {}", list(names)),
        Capability::KillProcess => "end other processes".into(),
        Capability::NetworkAccess(rules) => format!("reach {}", list(rules)),
        Capability::BindPort(port) => format!("be reached at port {port}"),
        Capability::NetworkNamespace => "have a network of its own".into(),
        Capability::SystemInfo => "know about this machine and its processes".into(),
        Capability::TimeAccess => "know the time".into(),
        Capability::SendMessage(scope) => format!("send messages to {scope}"),
        Capability::ReceiveMessage(scope) => format!("receive messages as {scope}"),
        Capability::Clipboard(scope) => format!("{scope} the clipboard"),
        Capability::Notify => "show notifications".into(),
        Capability::Ai(tokens) => format!("use up to {tokens} AI tokens a day"),
        Capability::Ui(scope) => format!("act in your place in {scope}"),
        Capability::Mount => "mount file systems".into(),
        Capability::Schedule => "change priorities of other processes".into(),
        Capability::Limits => "change limits of other processes".into(),
        Capability::Observe(scope) if scope == "*" => "see what every app does".into(),
        Capability::Observe(scope) => format!("see what {scope} does"),
        Capability::Grant => "give and take rights of other apps".into(),
    }
}
