//! Answers on their way to the kernel.

use super::{Choice, Line, Prompt, PromptKey, Shell};
use abi::{
    Capability, CauseKind, Errno, Pending, Pid, RequestId, SysError, UiCaller,
    table::{
        AnswerCapabilityRequest, DecisionKind, GrantCapability, KeepAnswer, KeptRule, MuteRequests,
        RevokeCapability, RightDecision,
    },
};
use widgets::Tone;

/// An answer that was sent.
pub(super) enum Sent {
    Answer(RequestId, Pending<AnswerCapabilityRequest>),
    Grant(Pending<GrantCapability>),
    Keep(Pending<KeepAnswer>),
    Mute(Pending<MuteRequests>),
    Revoke(Pending<RevokeCapability>),
}

impl Sent {
    /// The request that it is about.
    pub(super) fn request(&self) -> Option<RequestId> {
        if let Sent::Answer(request, _) = self { Some(*request) } else { None }
    }

    fn poll(&self) -> Option<Result<(), SysError>> {
        match self {
            Sent::Answer(_, pending) => pending.poll(),
            Sent::Grant(pending) => pending.poll(),
            Sent::Keep(pending) => pending.poll(),
            Sent::Mute(pending) => pending.poll(),
            Sent::Revoke(pending) => pending.poll(),
        }
    }
}

impl Shell {
    /// Looks what became of the answers that were sent.
    pub(super) fn follow_answers(&mut self) {
        let mut failed = Vec::new();
        let mut is_wrong = false;
        self.approvals.sent.retain(|sent| match sent.poll() {
            None => true,
            Some(Ok(())) => false,
            Some(Err(why)) => {
                // Whoever asked went away between the press and the answer: then there is nothing to say.
                if why.errno != Errno::ENOENT {
                    failed.push(why.detail);
                }
                is_wrong = true;
                false
            }
        });
        if is_wrong {
            // What did not count waits on.
            self.approvals.revision = None;
        }
        for why in failed {
            self.toast(Tone::Error, "The answer did not count", why);
        }
    }

    /// Sends the answers to the prompt in view: those lines that somebody can have read. What is ticked gets this
    /// answer; of what is not, an *allow* is a *deny*.
    pub(crate) fn answer_prompt_with(&mut self, key: PromptKey, choice: Choice) {
        let Some((prompt, _)) = self.approvals.top().filter(|(top, _)| top.key == key) else { return };
        let prompt = prompt.clone();
        let is_offered = prompt.choices().any(|offered| offered == choice);
        if !is_offered || !prompt.is_answerable(self.now) || (choice.allows() && prompt.ticked() == 0) {
            return;
        }
        let label = format!("answer {}: {}", choice.label(), prompt.title());
        let cause = self.open_cause(CauseKind::Pointer, label, None);
        let system = UiCaller::new(self.processes.system()).with_cause(cause);
        let (answered, left): (Vec<Line>, Vec<Line>) =
            prompt.lines.iter().cloned().partition(|line| line.is_answerable(self.now));
        for line in answered {
            let choice = prompt.choice_for(&line, choice);
            let sent = match line.request {
                Some(request) => {
                    let answer = choice.answer(self.wall_millis());
                    system
                        .submit(AnswerCapabilityRequest { request, answer })
                        .map(|sent| Some(Sent::Answer(request, sent)))
                }
                None => self.answer_offer(&system, &prompt, line, choice),
            };
            match sent {
                Ok(sent) => self.approvals.sent.extend(sent),
                Err(why) => self.toast(Tone::Error, "The answer did not count", why.detail),
            }
        }
        if let Some(at) = self.approvals.prompts.iter().position(|prompt| prompt.key == key) {
            if left.is_empty() {
                self.approvals.prompts.remove(at);
            } else {
                self.approvals.prompts[at].lines = left;
            }
        }
    }

    fn answer_offer(
        &self,
        system: &UiCaller,
        prompt: &Prompt,
        line: Line,
        choice: Choice,
    ) -> Result<Option<Sent>, SysError> {
        // An offer is about one right: the one that was missing.
        let (pid, Some(capability)) = (line.pid, line.rights.into_iter().next()) else { return Ok(None) };
        let keep = |rule| {
            let app = prompt.app.clone().unwrap_or_default();
            system
                .submit(KeepAnswer { app, capability: capability.clone(), rule })
                .map(|sent| Some(Sent::Keep(sent)))
        };
        match choice {
            // It is refused already.
            Choice::Deny => Ok(None),
            Choice::Never => keep(KeptRule::Never),
            Choice::Always if prompt.app.is_some() => keep(KeptRule::Always),
            choice => {
                let answer = choice.answer(self.wall_millis());
                let give = GrantCapability { pid, capability: capability.clone(), answer };
                system.submit(give).map(|sent| Some(Sent::Grant(sent)))
            }
        }
    }

    fn wall_millis(&self) -> u64 {
        super::super::draw::wall_clock_millis(self.processes.as_ref())
    }

    /// Shows what would allow something that was denied, so that a person can decide about it.
    pub(crate) fn offer_right(&mut self, pid: Pid, app: Option<&str>, capability: &Capability) {
        let known = self.approvals.decisions.iter().find(|decision| {
            decision.kind == DecisionKind::Denied && decision.pid == pid && decision.capability == *capability
        });
        let denied = known.cloned().or_else(|| self.denial_of(pid, capability));
        let Some(denied) = denied.filter(|denied| denied.app.as_deref() == app) else {
            self.toast(
                Tone::Warning,
                "It has ended",
                "Whoever was refused this does not run any more.".into(),
            );
            return;
        };
        self.approvals.offer(&denied);
        self.approvals.choose(self.now);
        self.approvals.wants_keyboard = true;
    }

    /// A denial that the kernel does not remember any more, of a process that still runs.
    fn denial_of(&self, pid: Pid, capability: &Capability) -> Option<RightDecision> {
        let system = UiCaller::new(self.processes.system());
        let info = system.call(abi::table::GetProcessInfo { pid: Some(pid) }).ok()?;
        Some(RightDecision {
            number: 0,
            kind: DecisionKind::Denied,
            request: None,
            pid,
            name: info.name,
            app: info.app,
            capability: capability.clone(),
            also: Vec::new(),
            rule: String::new(),
            call: String::new(),
            cause: abi::CauseId::NONE,
            because: Vec::new(),
            until_millis: None,
            time_millis: 0,
            times: 1,
        })
    }

    /// Takes a right: from a process, or from an app for good.
    pub(crate) fn refuse_right(&mut self, pid: Pid, for_good: Option<String>, capability: Capability) {
        let mut system = UiCaller::new(self.processes.system());
        if let Some(cause) = self.account {
            system = system.with_cause(cause);
        }
        let sent = match for_good {
            Some(app) => {
                let keep = KeepAnswer { app, capability, rule: KeptRule::Never };
                system.submit(keep).map(Sent::Keep)
            }
            None => system.submit(RevokeCapability { pid, capability }).map(Sent::Revoke),
        };
        match sent {
            Ok(sent) => self.approvals.sent.push(sent),
            Err(why) => self.toast(Tone::Error, "The answer did not count", why.detail),
        }
    }

    /// Lets an app ask again, or no more.
    pub(crate) fn mute_app(&mut self, app: &str, muted: bool) {
        let label = if muted { format!("Mute {app}") } else { format!("Unmute {app}") };
        let cause = self.open_cause(CauseKind::Pointer, label, None);
        let system = UiCaller::new(self.processes.system()).with_cause(cause);
        match system.submit(MuteRequests { app: app.to_owned(), muted }) {
            Ok(sent) => self.approvals.sent.push(Sent::Mute(sent)),
            Err(why) => self.toast(Tone::Error, "That did not count", why.detail),
        }
    }
}
