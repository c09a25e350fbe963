//! Asking for a right, by the process that wants it or on its behalf, and waiting for the answer.
//!
//! [`Core::request_for`] is for other parts of the kernel (a proxy that holds a connection, a supervisor that
//! holds a call): it waits without a thread, and whoever drops the future takes the question back.
//!
//! One question per new scope, never per call: whoever asks for what is asked already, or for a part of it,
//! joins and gets the same answer.

use super::{
    Asked, Giver, Outcome, Pending,
    requests::{Question, asker_name, muted},
};
use crate::{
    core::Core,
    gate::{Policy, describe, spelled},
    journal::{Row, RowKind},
    observe::NewEvent,
    process::Process,
    text::cut,
};
use abi::{
    Capability, CauseId, Errno, Pid, RequestId, SysError, SysResult,
    table::{
        Answer, CapabilityRequest, DecisionKind, Granted, RequestKind, RightDecision, RightSource, Severity,
    },
};
use serde_json::json;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Longest reason, bytes.
const MAX_REASON: usize = 500;
/// Processes and causes above the one that asks that a request names.
const MOST_ABOVE: usize = 8;

/// Who asks, and on whose account.
pub(crate) struct Asker {
    core: Arc<Core>,
    process: Arc<Process>,
    cause: CauseId,
}

/// Leaves the request when the asker does not wait any more, also when its task is cancelled.
struct Waiting {
    core: Arc<Core>,
    pending: Arc<Pending>,
    /// It waited as long as it wanted to.
    has_expired: AtomicBool,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.core.requests.leave(&self.pending) {
            let (kind, rule) = match self.has_expired.load(Ordering::Relaxed) {
                true => (DecisionKind::Expired, "no answer in time"),
                false => (DecisionKind::Withdrawn, "nobody waits any more"),
            };
            self.core.tell_unanswered(&self.pending.info, kind, rule);
            // Whoever shows it may take it away.
            self.core.wake();
        }
    }
}

impl Core {
    /// Asks on behalf of a process for the right to reach somebody, for a connection of its program that is held
    /// meanwhile, and waits for the answer at most so long. Whoever has the right is told so at once; a `once` is lent
    /// for the next check.
    ///
    /// # Errors
    /// `ESRCH` for a process that is gone, `EINVAL` for a right that is none, `EACCES` when the answer is no, was
    /// no before, or nobody is there to ask, `EAGAIN` when too many wait, `ETIMEDOUT` when none comes.
    pub(crate) async fn request_for(
        self: &Arc<Self>,
        pid: Pid,
        capability: Capability,
        cause: CauseId,
        program: &str,
        patience: Duration,
    ) -> Outcome {
        let process = self.processes.get(pid)?;
        let asker = Asker::new(self.clone(), process, cause);
        asker.ask_about(RequestKind::Connection, capability, program, patience).await
    }
}

impl Asker {
    pub(crate) fn new(core: Arc<Core>, process: Arc<Process>, cause: CauseId) -> Self {
        Asker { core, process, cause }
    }

    /// Asks for what the process wants to use now.
    pub(crate) async fn ask(self, capability: Capability, reason: &str, patience: Duration) -> Outcome {
        self.ask_about(RequestKind::Use, capability, reason, patience).await
    }

    async fn ask_about(
        self,
        kind: RequestKind,
        capability: Capability,
        reason: &str,
        patience: Duration,
    ) -> Outcome {
        let capability = Policy::normal(capability)?;
        if let Some(settled) = self.without_asking(&capability).await {
            return settled;
        }
        self.ask_person(std::slice::from_ref(&capability), kind, reason, patience).await
    }

    /// Asks for what is one thing that a program needs before it starts; the rights are in normal form. What is known
    /// without a person is not asked about; a right that may not be had makes an end of the whole line.
    pub(crate) async fn ask_line(
        self,
        rights: &[Capability],
        reason: &str,
        patience: Duration,
    ) -> SysResult<()> {
        let mut unknown = Vec::new();
        for right in rights {
            // What a person took stays taken while the app is there; only a person gives it back.
            if self.process.policy().is_taken(right) {
                let (name, right) = (self.process.name(), spelled(right));
                let detail = format!("taken from {name} since it began; {right} would allow it");
                return Err(SysError::new(Errno::EACCES, detail));
            }
            match self.without_asking(right).await {
                None => unknown.push(right.clone()),
                Some(settled) => drop(settled?),
            }
        }
        if unknown.is_empty() {
            return Ok(());
        }
        self.ask_person(&unknown, RequestKind::Start, reason, patience).await.map(drop)
    }

    async fn ask_person(
        self,
        rights: &[Capability],
        kind: RequestKind,
        reason: &str,
        patience: Duration,
    ) -> Outcome {
        let Some(waiting) = self.begin(rights, kind, reason)? else { return held(&rights[0]) };
        let pending = waiting.pending.clone();
        let answered = pending.bell().until(|| pending.outcome());
        match tokio::time::timeout(patience, answered).await {
            Ok(outcome) => outcome,
            Err(_) => {
                waiting.has_expired.store(true, Ordering::Relaxed);
                Err(SysError::new(
                    Errno::ETIMEDOUT,
                    format!(
                        "nobody answered within {}; {} would allow it",
                        spoken(patience),
                        described(rights)
                    ),
                ))
            }
        }
    }

    /// What is known without asking anybody.
    async fn without_asking(&self, capability: &Capability) -> Option<Outcome> {
        let process = &self.process;
        if process.policy().has(capability) {
            return Some(held(capability));
        }
        if *capability == Capability::Grant {
            return self.denied(capability, "the rule that the right to give rights is not given");
        }
        match self.core.remembered.answer(process.identity().app.as_deref(), capability) {
            Some(false) => self.denied(capability, "the answer never"),
            Some(true) => Some(self.give_as_remembered(capability).await),
            None if self.core.requests.has_approver_for(process.pid()) => None,
            None => self.denied(capability, "default-deny, and nobody is there to ask"),
        }
    }

    #[allow(clippy::unnecessary_wraps, reason = "it is the answer of `without_asking`")]
    fn denied(&self, capability: &Capability, rule: &str) -> Option<Outcome> {
        let (name, pid, right) = (self.process.name(), self.process.pid(), spelled(capability));
        let detail = format!("denied to {name} ({pid}) by {rule}; {right} would allow it");
        Some(Err(SysError::new(Errno::EACCES, detail)))
    }

    async fn give_as_remembered(&self, capability: &Capability) -> Outcome {
        let giver = Giver { pid: None, cause: self.cause };
        let (core, process, capability) = (self.core.clone(), self.process.clone(), capability.clone());
        // The journal waits for the disk: not on a thread of the runtime.
        let given = tokio::task::spawn_blocking(move || {
            core.give(giver, RightSource::Always, &process, &capability, Answer::Always)
        });
        given.await.unwrap_or_else(|_| Err(SysError::new(Errno::ECANCELED, "the system is closing")))
    }

    /// `None` when the right is there by now.
    fn begin(&self, rights: &[Capability], kind: RequestKind, reason: &str) -> SysResult<Option<Waiting>> {
        let (core, process) = (&self.core, &self.process);
        let chain = core.observer.causes_of(self.cause);
        let root = chain.last().map_or(self.cause, |cause| cause.id);
        let make = |request: RequestId, prompt: RequestId| CapabilityRequest {
            request,
            prompt,
            pid: process.pid(),
            name: process.name().to_owned(),
            app: process.identity().app.clone(),
            parents: parents(core, process.pid()),
            capability: rights[0].clone(),
            also: rights[1..].to_vec(),
            kind,
            reason: cut(reason, MAX_REASON),
            cause: self.cause,
            because: chain.iter().take(MOST_ABOVE).map(|cause| cause.spec.label.clone()).collect(),
            asked_millis: core.now_millis(),
        };
        let is_held = || rights.iter().all(|right| process.policy().has(right));
        let app = process.identity().app.as_deref();
        let question =
            Question { pid: process.pid(), app, root, rights, kind, now_millis: core.now_millis() };
        let (pending, is_new) = match core.requests.ask(&question, is_held, make)? {
            Asked::Held => return Ok(None),
            Asked::Joined(pending) => (pending, false),
            Asked::Made(pending) => (pending, true),
            Asked::Muted => {
                core.tell_muted(process, self.cause, &rights[0]);
                return Err(muted(&question));
            }
        };
        let waiting = Waiting { core: core.clone(), pending, has_expired: AtomicBool::new(false) };
        if !process.is_alive() {
            return Err(SysError::new(Errno::ECANCELED, format!("process {} has ended", process.pid())));
        }
        if is_new {
            self.tell_asked(&waiting.pending);
        }
        Ok(Some(waiting))
    }

    fn tell_asked(&self, pending: &Pending) {
        let core = &self.core;
        let event = NewEvent {
            a: pending.info.request.0,
            label: core.observer.label(&describe(&pending.info.capability)),
            ..NewEvent::new(core.kinds.requested, Severity::Info, self.process.pid(), self.cause)
        };
        core.observer.emit(event);
        let asked = &pending.info;
        let mut row = core.journal_row(
            self.process.identity(),
            self.cause,
            RowKind::GrantAsked,
            &describe(&asked.capability),
        );
        row.detail = json!({
            "request": asked.request, "prompt": asked.prompt, "reason": asked.reason, "kind": asked.kind,
            "also": asked.also,
        });
        core.write_down(&row);
        core.wake();
    }
}

impl Core {
    /// A request has ended without an answer.
    pub(crate) fn tell_unanswered(&self, asked: &CapabilityRequest, kind: DecisionKind, rule: &str) {
        let now_millis = self.now_millis();
        self.recent.keep(RightDecision::of_request(asked, kind, rule, now_millis));
        let mut row =
            Row::new(now_millis, asked.cause, asked.pid, RowKind::GrantExpired, describe(&asked.capability));
        row.app.clone_from(&asked.app);
        row.rule = Some(rule.to_owned());
        row.detail = json!({ "request": asked.request });
        self.write_down(&row);
    }

    /// An app has asked, or was refused, too often.
    pub(crate) fn tell_muted(&self, process: &Process, cause: CauseId, capability: &Capability) {
        let rule = "asked too often";
        let identity = process.identity();
        let asked = RightDecision {
            number: 0,
            kind: DecisionKind::Muted,
            request: None,
            pid: process.pid(),
            name: process.name().to_owned(),
            app: identity.app.clone(),
            capability: capability.clone(),
            also: Vec::new(),
            rule: rule.to_owned(),
            call: String::new(),
            cause,
            because: because(self, cause),
            until_millis: None,
            time_millis: self.now_millis(),
            times: 1,
        };
        self.recent.keep(asked);
        let event = NewEvent {
            label: self.observer.label(process.name()),
            ..NewEvent::new(self.kinds.muted, Severity::Warning, process.pid(), cause)
        };
        self.observer.emit(event);
        let object = asker_name(identity.app.as_deref(), process.pid());
        let mut row = self.journal_row(identity, cause, RowKind::GrantMuted, &object);
        row.rule = Some(rule.to_owned());
        row.detail = json!({ "muted": true });
        self.write_down(&row);
        self.requests.changed();
        self.wake();
    }

    /// Writes a row that nothing waits for.
    pub(crate) fn write_down(&self, row: &Row) {
        if let Err(why) = self.journal.append(row) {
            self.journal_failed(&why);
        }
    }
}

/// What led to something, for people, the nearest cause first.
pub(crate) fn because(core: &Core, cause: CauseId) -> Vec<String> {
    let chain = core.observer.causes_of(cause);
    chain.iter().take(MOST_ABOVE).map(|cause| cause.spec.label.clone()).collect()
}

/// Several rights, for messages.
pub(super) fn described<'a>(rights: impl IntoIterator<Item = &'a Capability>) -> String {
    let all: Vec<String> = rights.into_iter().map(spelled).collect();
    all.join(", ")
}

/// `14 seconds`.
fn spoken(patience: Duration) -> String {
    match patience.as_secs() {
        0 => format!("{} milliseconds", patience.as_millis()),
        1 => "a second".into(),
        seconds @ 2..120 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds / 60),
    }
}

fn held(capability: &Capability) -> Outcome {
    Ok(Granted { capability: capability.clone(), how: "held".to_owned(), until_millis: None })
}

/// Names of the processes above one, the nearest first.
fn parents(core: &Core, pid: Pid) -> Vec<String> {
    let mut names = Vec::new();
    let mut above = core.processes.get(pid).ok().and_then(|process| process.identity().parent);
    while let Some(process) =
        above.filter(|pid| *pid != Pid::KERNEL).and_then(|pid| core.processes.get(pid).ok())
    {
        if names.len() == MOST_ABOVE {
            break;
        }
        names.push(process.name().to_owned());
        above = process.identity().parent;
    }
    names
}
