//! Policies change here: by an answer, by a grant, by a revocation, by the end of a lease.

use super::{
    ask::described,
    because,
    ledger::{Entry, Used},
};
use crate::{
    caller::Caller,
    confine::withdraw,
    core::Core,
    gate::{Policy, describe},
    journal::RowKind,
    observe::{KindId, NewEvent},
    process::Process,
};
use abi::{
    Capability, CauseId, Errno, Pid, SysError, SysResult, Syscalls,
    table::{
        Answer, CapabilityRequest, DecisionKind, Granted, RequestKind, RightDecision, RightSource, Severity,
    },
};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Weak},
    time::Duration,
};

/// Who gives, and on whose account.
#[derive(Clone, Copy)]
pub(crate) struct Giver {
    /// Nobody, where a remembered answer is carried out.
    pub(crate) pid: Option<Pid>,
    pub(crate) cause: CauseId,
}

impl Giver {
    /// Whoever calls.
    pub(crate) fn of(caller: &Caller) -> Self {
        Giver { pid: Some(caller.process().pid()), cause: caller.cause() }
    }
}

/// Whether the caller may give a right to a process.
///
/// # Errors
/// `EPERM` for one's own process, the kernel's, for what the caller does not have itself, and for the right to
/// give rights, which the shell alone has from its start.
fn check_giver(caller: &Caller, to: &Process, capability: &Capability) -> SysResult<()> {
    let why = if to.pid() == caller.process().pid() {
        "nobody gives rights to itself".to_owned()
    } else if to.pid() == Pid::KERNEL {
        "the kernel's rights do not change".to_owned()
    } else if *capability == Capability::Grant {
        "the right to give rights is not given".to_owned()
    } else if !caller.process().policy().can_give(capability) {
        format!("{} has no {} to give", caller.process().name(), describe(capability))
    } else {
        return Ok(());
    };
    Err(SysError::new(Errno::EPERM, why))
}

impl Core {
    /// Answers a request: gives the right or refuses it, and tells whoever waits.
    ///
    /// # Errors
    /// `ENOENT` when it does not wait any more, `EPERM` as said above (it waits on then), `EINVAL` for a time
    /// that is over, `EIO` when the journal cannot record a yes (the asker gets that, too).
    pub(crate) fn answer(
        self: &Arc<Self>,
        caller: &Caller,
        id: abi::RequestId,
        answer: Answer,
    ) -> SysResult<()> {
        let asked = self.requests.get(id)?;
        let pid = asked.info.pid;
        let process = self.processes.get(pid)?;
        if answer.allows() {
            for right in asked.info.rights() {
                check_giver(caller, &process, right)?;
            }
            self.check_time(answer)?;
            if answer == Answer::Once && asked.info.kind == RequestKind::Start {
                let detail = "a program is started for a run: `run`, `until`, `always`, or a no";
                return Err(SysError::new(Errno::EINVAL, detail));
            }
        } else if pid == caller.process().pid() {
            return Err(SysError::new(Errno::EPERM, "nobody answers its own request"));
        }
        let asked = self.requests.claim(id)?;
        let giver = Giver::of(caller);
        let result = if answer.allows() {
            let give = |right| self.give(giver, RightSource::Prompt, &process, right, answer);
            let first = give(&asked.info.capability);
            let all = asked.info.also.iter().fold(first, |first, right| {
                let first = first?;
                give(right).map(|_| first)
            });
            all.map_err(Some)
        } else {
            self.refuse(giver, &process, &asked.info, answer).map_err(Some).and(Err(None))
        };
        if !matches!(result, Err(Some(_))) {
            self.keep_decision(&asked.info, answer);
        }
        let refusal = || {
            let (name, right) = (process.name(), described(asked.info.rights()));
            SysError::new(
                Errno::EACCES,
                format!("denied to {name} ({pid}) by the answer {}; {right} would allow it", answer.name()),
            )
        };
        let told = match &result {
            Ok(granted) => Ok(granted.clone()),
            Err(Some(why)) => Err(why.clone()),
            Err(None) => Err(refusal()),
        };
        self.requests.settle(&asked, told);
        match result {
            Ok(_) | Err(None) => Ok(()),
            Err(Some(why)) => Err(why),
        }
    }

    /// Gives a right to a process, as a caller's own decision.
    ///
    /// # Errors
    /// `ESRCH`, `EPERM`, `EINVAL`, `EIO` as above.
    pub(crate) fn grant(
        self: &Arc<Self>,
        caller: &Caller,
        pid: Pid,
        capability: Capability,
        answer: Answer,
    ) -> SysResult<()> {
        let process = self.processes.get(pid)?;
        if !process.is_alive() {
            return Err(SysError::new(Errno::ESRCH, format!("process {pid} has ended")));
        }
        let capability = Policy::normal(capability)?;
        if !answer.allows() {
            return Err(SysError::new(Errno::EINVAL, format!("`{}` gives nothing", answer.name())));
        }
        check_giver(caller, &process, &capability)?;
        self.check_time(answer)?;
        self.give(Giver::of(caller), RightSource::Given, &process, &capability, answer).map(drop)
    }

    fn keep_decision(&self, asked: &CapabilityRequest, answer: Answer) {
        let kind = if answer.allows() { DecisionKind::Granted } else { DecisionKind::Refused };
        let rule = format!("answer {}", answer.name());
        let mut decision = RightDecision::of_request(asked, kind, &rule, self.now_millis());
        decision.until_millis = if let Answer::Until(millis) = answer { Some(millis) } else { None };
        self.recent.keep(decision);
    }

    /// A call was refused by the gate, and a right would have allowed it.
    pub(crate) fn keep_denial(
        &self,
        process: &Process,
        cause: CauseId,
        call: &str,
        denied: (&Capability, &str),
    ) {
        let (capability, rule) = denied;
        let decision = RightDecision {
            number: 0,
            kind: DecisionKind::Denied,
            request: None,
            pid: process.pid(),
            name: process.name().to_owned(),
            app: process.identity().app.clone(),
            capability: capability.clone(),
            rule: rule.to_owned(),
            also: Vec::new(),
            call: call.to_owned(),
            cause,
            because: because(self, cause),
            until_millis: None,
            time_millis: self.now_millis(),
            times: 1,
        };
        if self.recent.keep(decision) {
            self.requests.changed();
            self.wake();
        }
    }

    fn check_time(&self, answer: Answer) -> SysResult<()> {
        match answer {
            Answer::Until(millis) if millis <= self.now_millis() => {
                Err(SysError::new(Errno::EINVAL, format!("the time {millis} is over")))
            }
            _ => Ok(()),
        }
    }

    /// Makes a right hold. The journal's row is on the disk before.
    pub(crate) fn give(
        self: &Arc<Self>,
        giver: Giver,
        source: RightSource,
        process: &Arc<Process>,
        capability: &Capability,
        answer: Answer,
    ) -> SysResult<Granted> {
        // Looked at first, so that what cannot be given is not written down as given.
        process.policy().with(capability)?;
        let app = process.identity().app.as_deref();
        let always_for = match (answer, app) {
            (Answer::Always, None) => {
                return Err(SysError::new(
                    Errno::EINVAL,
                    "`always` is for apps; the process belongs to none",
                ));
            }
            (Answer::Always, app) => app,
            _ => None,
        };
        let until_millis = if let Answer::Until(millis) = answer { Some(millis) } else { None };
        let rule = format!("answer {}", answer.name());
        let detail = json!({ "by": giver.pid, "until_millis": until_millis });
        self.write_durably(giver, process, RowKind::Grant, capability, &rule, detail)?;
        if let Some(app) = always_for.filter(|_| giver.pid.is_some()) {
            self.remembered.keep(app, capability, true, self.now_millis())?;
        }
        let by = giver.pid.and_then(|pid| self.processes.get(pid).ok());
        let entry = Entry {
            capability: capability.clone(),
            source,
            answer,
            since_millis: self.now_millis(),
            by: by.map(|giver| giver.name().to_owned()),
            used: Used::default(),
        };
        match answer {
            Answer::Once => process.lend_once(capability.clone())?,
            _ => process.change_policy(|policy| policy.with(capability))?,
        }
        self.ledger.given(process.pid(), entry);
        process.note_given();
        self.requests.pardon(app, process.pid(), capability);
        if let Some(millis) = until_millis {
            self.end_lease_at(process, capability, millis);
        }
        self.tell_change(self.kinds.granted, giver, process, capability);
        Ok(Granted { capability: capability.clone(), how: answer.name().to_owned(), until_millis })
    }

    /// Takes a right from a process and all it has started, at the next call. Says the epoch of that.
    pub(crate) fn take(&self, process: &Process, capability: &Capability) -> SysResult<u64> {
        let take = |process: &Process| {
            process.change_policy(|policy| policy.without(capability))?;
            process.end_loans();
            self.ledger.taken(process.pid(), capability);
            Ok::<(), SysError>(())
        };
        take(process)?;
        for other in self.processes.descendants(process.pid()) {
            take(&other)?;
        }
        let epoch = self.gate.policy_changed();
        self.proxies.rights_changed();
        self.take_from_programs(process, capability);
        Ok(epoch)
    }

    /// What an app has no more goes from its programs, too; what is left of it until they end is told.
    fn take_from_programs(&self, process: &Process, capability: &Capability) {
        for (program, left) in withdraw(self, process, capability) {
            let identity = program.identity();
            let decision = RightDecision {
                number: 0,
                kind: DecisionKind::Lingers,
                request: None,
                pid: program.pid(),
                name: process.name().to_owned(),
                app: identity.app.clone(),
                capability: capability.clone(),
                also: Vec::new(),
                rule: left.rule().to_owned(),
                call: String::new(),
                cause: identity.cause,
                because: Vec::new(),
                until_millis: None,
                time_millis: self.now_millis(),
                times: 1,
            };
            self.recent.keep(decision);
            let text = describe(capability);
            let mut row = self.journal_row(identity, identity.cause, RowKind::GrantLingers, &text);
            row.rule = Some(left.rule().to_owned());
            self.write_down(&row);
            self.requests.changed();
            self.wake();
        }
    }

    fn refuse(
        &self,
        giver: Giver,
        process: &Process,
        asked: &CapabilityRequest,
        answer: Answer,
    ) -> SysResult<()> {
        // A no holds whether or not it can be written down.
        if self.requests.refuse(asked, self.now_millis()) {
            self.tell_muted(process, asked.cause, &asked.capability);
        }
        let rule = format!("answer {}", answer.name());
        let mut written = Ok(());
        for right in asked.rights() {
            let detail = json!({ "by": giver.pid });
            written =
                written.and(self.write_durably(giver, process, RowKind::GrantRefused, right, &rule, detail));
            self.tell_change(self.kinds.refused, giver, process, right);
            if let (Answer::Never, Some(app)) = (answer, process.identity().app.as_deref()) {
                self.remembered.keep(app, right, false, self.now_millis())?;
            }
        }
        written
    }

    pub(super) fn write_durably(
        &self,
        giver: Giver,
        process: &Process,
        kind: RowKind,
        capability: &Capability,
        rule: &str,
        detail: Value,
    ) -> SysResult<()> {
        let text = describe(capability);
        let mut row = self.journal_row(process.identity(), giver.cause, kind, &text);
        row.rule = Some(rule.to_owned());
        row.detail = detail;
        self.journal.append_durable(&row).map(drop).map_err(|why| {
            self.journal_failed(&why);
            SysError::new(Errno::EIO, format!("{text}: the journal cannot record it: {why}"))
        })
    }

    fn tell_change(&self, kind: KindId, giver: Giver, process: &Process, capability: &Capability) {
        let event = NewEvent {
            a: giver.pid.map_or(0, |pid| pid.0),
            label: self.observer.label(&describe(capability)),
            ..NewEvent::new(kind, Severity::Info, process.pid(), giver.cause)
        };
        self.observer.emit(event);
    }

    fn end_lease_at(self: &Arc<Self>, process: &Arc<Process>, capability: &Capability, millis: u64) {
        let lease = Duration::from_millis(millis.saturating_sub(self.now_millis()));
        let (core, process, capability) = (Arc::downgrade(self), Arc::downgrade(process), capability.clone());
        self.runtime().spawn(async move {
            tokio::time::sleep(lease).await;
            let (Some(core), Some(process)) = (Weak::upgrade(&core), Weak::upgrade(&process)) else { return };
            // The journal waits for the disk: not on a thread of the runtime.
            let _ = tokio::task::spawn_blocking(move || core.end_lease(&process, &capability, millis)).await;
        });
    }

    fn end_lease(&self, process: &Arc<Process>, capability: &Capability, millis: u64) {
        self.ledger.ended(process.pid(), capability, millis);
        // Taking one copy of a right that is there cannot fail.
        let _ = process.change_policy(|policy| Ok(policy.without_one(capability)));
        for descendant in self.processes.descendants(process.pid()) {
            // Too many revocations: nothing left to take it with but the process.
            if descendant.change_policy(|policy| policy.without(capability)).is_err() {
                descendant.change_policy(|_| Ok(Policy::default())).ok();
            }
        }
        self.gate.policy_changed();
        self.proxies.rights_changed();
        if !process.policy().has(capability) {
            self.take_from_programs(process, capability);
        }
        let giver = Giver { pid: None, cause: process.identity().cause };
        self.tell_change(self.kinds.revoked, giver, process, capability);
        let written =
            self.write_durably(giver, process, RowKind::Revoke, capability, "end of lease", Value::Null);
        if let Err(why) = written {
            tracing::warn!(%why, "a lease has ended without a row in the journal");
        }
    }
}

/// Takes a right, and everything it covers, from a process and from all it started. Holds from the next
/// call on, whether or not that can be written down.
///
/// # Errors
/// `ESRCH` when there is no such process, `EPERM` for the kernel's, `EINVAL` for a bad scope, `EIO` when it
/// holds now and a remembered answer could not be forgotten.
pub(crate) fn revoke(core: &Core, giver: Option<Giver>, pid: Pid, capability: &Capability) -> SysResult<()> {
    let process = core.processes.get(pid)?;
    if pid == Pid::KERNEL {
        return Err(SysError::new(Errno::EPERM, "the kernel's rights do not change"));
    }
    let epoch = core.take(&process, capability)?;
    let identity = process.identity();
    let cause = giver.map_or(identity.cause, |giver| giver.cause);
    let text = describe(capability);
    let event = NewEvent {
        a: epoch,
        label: core.observer.label(&text),
        ..NewEvent::new(core.kinds.revoked, Severity::Info, pid, cause)
    };
    core.observer.emit(event);
    let mut row = core.journal_row(identity, cause, RowKind::Revoke, &text);
    if let Some(by) = giver.and_then(|giver| giver.pid) {
        row.detail = json!({ "by": by });
    }
    if let Err(why) = core.journal.append_durable(&row) {
        core.journal_failed(&why);
    }
    match identity.app.as_deref() {
        // What a process gives up itself is for this time; what was answered for its app stays.
        Some(app) if giver.is_none_or(|giver| giver.pid != Some(pid)) => {
            core.remembered.forget(app, capability)
        }
        _ => Ok(()),
    }
}
