//! Rows about rights: what one has, giving up, asking, answering.

use super::{MAX_WAIT_MILLIS, subject};
use crate::{
    caller::Caller,
    door::Wait,
    grant::{Asker, Giver, Outcome, revoke},
};
use abi::{
    Capability, SysResult, Syscalls,
    table::{
        AnswerCapabilityRequest, CapabilityRequest, DropCapability, GrantCapability, ListCapabilities,
        ListCapabilityRequests, RequestCapability, RevokeCapability,
    },
};
use std::time::Duration;

/// Longest wait for an answer where the call does not say.
const PATIENCE_MILLIS: u64 = 60_000;

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

impl Wait for RequestCapability {
    const INTERRUPTIBLE: bool = false;

    async fn wait(self, caller: &Caller) -> Outcome {
        let patience =
            Duration::from_millis(self.timeout_millis.unwrap_or(PATIENCE_MILLIS).min(MAX_WAIT_MILLIS));
        let asker = Asker::new(caller.core().clone(), caller.process().clone(), caller.cause());
        asker.ask(self.capability, &self.reason, patience).await
    }
}
