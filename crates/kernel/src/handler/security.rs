//! Rows about rights: what one has, giving up, asking, answering.

use super::{MAX_WAIT_MILLIS, subject};
use crate::{
    caller::Caller,
    door::Wait,
    gate::Policy,
    grant::{Asker, Giver, Outcome, revoke},
};
use abi::{
    Capability, Errno, SysError, SysResult, Syscalls,
    table::{
        AnswerCapabilityRequest, AppRights, CapabilityRequest, DropCapability, GrantCapability, KeepAnswer,
        ListAppRights, ListCapabilities, ListCapabilityRequests, ListRightDecisions, MuteRequests,
        RequestCapabilities, RequestCapability, RequestStart, RevokeCapability, RightAnswer, RightDecision,
        StartAnswer,
    },
};
use std::{
    future::{Future, poll_fn},
    task::Poll,
    time::Duration,
};

/// Longest wait for an answer where the call does not say.
const PATIENCE_MILLIS: u64 = 60_000;
/// Rights that one call asks for.
const MOST_AT_ONCE: usize = 24;
/// Rights of one line of what a program needs before it starts.
const MOST_IN_LINE: usize = 1_024;

handlers! {
    ListCapabilities => list_capabilities;
    DropCapability => drop_capability;
    RequestCapability waits;
    ListCapabilityRequests => list_requests;
    AnswerCapabilityRequest => answer;
    GrantCapability => grant;
    RevokeCapability => revoke_from;
    RequestCapabilities waits;
    ListAppRights => list_app_rights;
    KeepAnswer => keep_answer;
    ListRightDecisions => list_decisions;
    MuteRequests => mute_requests;
    RequestStart waits;
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

fn list_app_rights(caller: &Caller, call: ListAppRights) -> SysResult<Vec<AppRights>> {
    Ok(caller.core().app_rights(call.app.as_deref()))
}

fn keep_answer(caller: &Caller, call: KeepAnswer) -> SysResult<()> {
    caller.core().keep_answer(caller, &call.app, call.capability, call.rule)
}

fn list_decisions(caller: &Caller, call: ListRightDecisions) -> SysResult<Vec<RightDecision>> {
    Ok(caller.core().recent.after(call.after))
}

fn mute_requests(caller: &Caller, call: MuteRequests) -> SysResult<()> {
    caller.core().mute_requests(caller, &call.app, call.muted)
}

fn asker(caller: &Caller) -> Asker {
    Asker::new(caller.core().clone(), caller.process().clone(), caller.cause())
}

fn patience(timeout_millis: Option<u64>) -> Duration {
    Duration::from_millis(timeout_millis.unwrap_or(PATIENCE_MILLIS).min(MAX_WAIT_MILLIS))
}

impl Wait for RequestCapabilities {
    const INTERRUPTIBLE: bool = false;

    async fn wait(self, caller: &Caller) -> SysResult<Vec<RightAnswer>> {
        if self.capabilities.is_empty() || self.capabilities.len() > MOST_AT_ONCE {
            let detail = format!("1 to {MOST_AT_ONCE} rights at once, not {}", self.capabilities.len());
            return Err(SysError::new(Errno::EINVAL, detail));
        }
        // Each is read before any is asked for.
        let capabilities: Vec<Capability> =
            self.capabilities.into_iter().map(Policy::normal).collect::<SysResult<_>>()?;
        let patience = patience(self.timeout_millis);
        let questions = capabilities.into_iter().map(|capability| {
            let (asker, reason) = (asker(caller), &self.reason);
            async move {
                let outcome = asker.ask(capability.clone(), reason, patience).await;
                let (granted, why) = match outcome {
                    Ok(granted) => (Some(granted), String::new()),
                    Err(why) => (None, why.detail),
                };
                RightAnswer { capability, granted, why }
            }
        });
        let answers = all_at_once(questions).await;
        if !caller.process().is_alive() {
            let detail = format!("process {} has ended", caller.process().pid());
            return Err(SysError::new(Errno::ECANCELED, detail));
        }
        Ok(answers)
    }
}

impl Wait for RequestStart {
    const INTERRUPTIBLE: bool = false;

    async fn wait(self, caller: &Caller) -> SysResult<Vec<StartAnswer>> {
        let is_line = |line: &Vec<Capability>| (1..=MOST_IN_LINE).contains(&line.len());
        if self.lines.is_empty() || self.lines.len() > MOST_AT_ONCE || !self.lines.iter().all(is_line) {
            let detail = format!("1 to {MOST_AT_ONCE} lines with 1 to {MOST_IN_LINE} rights each");
            return Err(SysError::new(Errno::EINVAL, detail));
        }
        // Each is read before any is asked for.
        let normal =
            |line: Vec<Capability>| line.into_iter().map(Policy::normal).collect::<SysResult<Vec<_>>>();
        let lines = self.lines.into_iter().map(normal).collect::<SysResult<Vec<_>>>()?;
        let patience = patience(self.timeout_millis);
        let questions = lines.into_iter().map(|rights| {
            let (asker, reason) = (asker(caller), &self.reason);
            async move {
                let outcome = asker.ask_line(&rights, reason, patience).await;
                let policy = caller.process().policy();
                let missing: Vec<Capability> =
                    rights.iter().filter(|right| !policy.has(right)).cloned().collect();
                let why =
                    outcome.err().filter(|_| !missing.is_empty()).map(|why| why.detail).unwrap_or_default();
                StartAnswer { rights, missing, why }
            }
        });
        let answers = all_at_once(questions).await;
        if !caller.process().is_alive() {
            let detail = format!("process {} has ended", caller.process().pid());
            return Err(SysError::new(Errno::ECANCELED, detail));
        }
        Ok(answers)
    }
}

impl Wait for RequestCapability {
    const INTERRUPTIBLE: bool = false;

    async fn wait(self, caller: &Caller) -> Outcome {
        asker(caller).ask(self.capability, &self.reason, patience(self.timeout_millis)).await
    }
}

/// Waits for all of them, which go on side by side on this task, in their order.
async fn all_at_once<T>(futures: impl Iterator<Item = impl Future<Output = T> + Send>) -> Vec<T> {
    let mut under_way: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    poll_fn(|cx| {
        let mut is_done = true;
        for (future, outcome) in &mut under_way {
            if outcome.is_none() {
                match future.as_mut().poll(cx) {
                    Poll::Ready(ready) => *outcome = Some(ready),
                    Poll::Pending => is_done = false,
                }
            }
        }
        if is_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    under_way.into_iter().filter_map(|(_, outcome)| outcome).collect()
}
