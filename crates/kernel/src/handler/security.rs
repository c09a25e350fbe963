//! Rows about rights: what one has, giving up, asking, answering.

use super::{MAX_WAIT_MILLIS, subject};
use crate::{
    caller::Caller,
    core::Core,
    door::Wait,
    gate::{Policy, describe},
    grant::{Asked, Giver, Outcome, Pending, revoke},
    observe::NewEvent,
    text::cut,
};
use abi::{
    Capability, Errno, Pid, RequestId, SysError, SysResult, Syscalls,
    table::{
        Answer, AnswerCapabilityRequest, CapabilityRequest, DropCapability, GrantCapability, Granted,
        ListCapabilities, ListCapabilityRequests, RequestCapability, RevokeCapability, Severity,
    },
};
use std::{sync::Arc, time::Duration};

/// Longest wait for an answer where the call does not say.
const PATIENCE_MILLIS: u64 = 60_000;
/// Longest reason, bytes.
const MAX_REASON: usize = 500;
/// Processes and causes above the one that asks that a request names.
const MOST_ABOVE: usize = 8;

handlers! {
    ListCapabilities => list_capabilities;
    DropCapability => drop_capability;
    RequestCapability waits;
    ListCapabilityRequests => list_requests;
    AnswerCapabilityRequest => answer;
    GrantCapability => grant;
    RevokeCapability => revoke_from;
}

fn list_capabilities(caller: &Caller, call: ListCapabilities) -> SysResult<Vec<Capability>> {
    Ok(subject(caller, call.pid)?.policy().granted().to_vec())
}

fn drop_capability(caller: &Caller, call: DropCapability) -> SysResult<()> {
    revoke(caller.core(), Some(Giver::of(caller)), caller.process().pid(), &call.capability)
}

fn list_requests(caller: &Caller, _: ListCapabilityRequests) -> SysResult<Vec<CapabilityRequest>> {
    let requests = &caller.core().requests;
    requests.add_approver(caller.process().pid());
    Ok(requests.list())
}

fn answer(caller: &Caller, call: AnswerCapabilityRequest) -> SysResult<()> {
    caller.core().answer(caller, call.request, call.answer)
}

fn grant(caller: &Caller, call: GrantCapability) -> SysResult<()> {
    caller.core().grant(caller, call.pid, call.capability, call.answer)
}

fn revoke_from(caller: &Caller, call: RevokeCapability) -> SysResult<()> {
    revoke(caller.core(), Some(Giver::of(caller)), call.pid, &call.capability)
}

/// Leaves the request when the asker does not wait any more, also when its task is cancelled.
struct Waiting {
    core: Arc<Core>,
    pending: Arc<Pending>,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.core.requests.leave(&self.pending) {
            // Whoever shows it may take it away.
            self.core.wake();
        }
    }
}

impl Wait for RequestCapability {
    const INTERRUPTIBLE: bool = false;

    async fn wait(self, caller: &Caller) -> Outcome {
        let capability = Policy::normal(self.capability)?;
        if let Some(settled) = without_asking(caller, &capability) {
            return settled;
        }
        let Some(waiting) = ask(caller, &capability, &self.reason)? else { return held(&capability) };
        let millis = self.timeout_millis.unwrap_or(PATIENCE_MILLIS).min(MAX_WAIT_MILLIS);
        let pending = waiting.pending.clone();
        let answered = pending.bell().until(|| pending.outcome());
        match tokio::time::timeout(Duration::from_millis(millis), answered).await {
            Ok(outcome) => outcome,
            Err(_) => Err(SysError::new(
                Errno::ETIMEDOUT,
                format!("nobody answered within {millis} ms; {} would allow it", describe(&capability)),
            )),
        }
    }
}

fn held(capability: &Capability) -> Outcome {
    Ok(Granted { capability: capability.clone(), how: "held".to_owned(), until_millis: None })
}

/// What is known without asking anybody.
fn without_asking(caller: &Caller, capability: &Capability) -> Option<Outcome> {
    let (core, process) = (caller.core(), caller.process());
    if process.policy().has(capability) {
        return Some(held(capability));
    }
    let denied = |rule: &str| {
        let (name, pid, right) = (process.name(), process.pid(), describe(capability));
        let detail = format!("denied to {name} ({pid}) by {rule}; {right} would allow it");
        Some(Err(SysError::new(Errno::EACCES, detail)))
    };
    if *capability == Capability::Grant {
        return denied("the rule that the right to give rights is not given");
    }
    match core.remembered.answer(process.identity().app.as_deref(), capability) {
        Some(false) => denied("the answer never"),
        Some(true) => {
            let giver = Giver { pid: None, cause: caller.cause() };
            Some(core.give(giver, process, capability, Answer::Always))
        }
        None if core.requests.has_approver_for(process.pid()) => None,
        None => denied("default-deny, and nobody is there to ask"),
    }
}

/// `None` when the right is there by now.
fn ask(caller: &Caller, capability: &Capability, reason: &str) -> SysResult<Option<Waiting>> {
    let (core, process) = (caller.core(), caller.process());
    let make = |request: RequestId| CapabilityRequest {
        request,
        pid: process.pid(),
        name: process.name().to_owned(),
        app: process.identity().app.clone(),
        parents: parents(core, process.pid()),
        capability: capability.clone(),
        reason: cut(reason, MAX_REASON),
        cause: caller.cause(),
        because: because(caller),
        asked_millis: core.now_millis(),
    };
    let is_held = || process.policy().has(capability);
    let (pending, is_new) = match core.requests.ask(process.pid(), capability, is_held, make)? {
        Asked::Held => return Ok(None),
        Asked::Joined(pending) => (pending, false),
        Asked::Made(pending) => (pending, true),
    };
    let waiting = Waiting { core: core.clone(), pending };
    if !process.is_alive() {
        return Err(SysError::new(Errno::ECANCELED, format!("process {} has ended", process.pid())));
    }
    if is_new {
        let event = NewEvent {
            a: waiting.pending.info.request.0,
            label: core.observer.label(&describe(capability)),
            ..NewEvent::new(core.kinds.requested, Severity::Info, process.pid(), caller.cause())
        };
        core.observer.emit(event);
        core.wake();
    }
    Ok(Some(waiting))
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

fn because(caller: &Caller) -> Vec<String> {
    let chain = caller.core().observer.causes_of(caller.cause());
    chain.into_iter().take(MOST_ABOVE).map(|cause| cause.spec.label.clone()).collect()
}
