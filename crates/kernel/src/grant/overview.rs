//! The rights of all apps in one list, and what somebody decides there.

use super::{Giver, because};
use crate::{
    caller::Caller,
    confine::lingering,
    core::Core,
    gate::{Policy, describe},
    journal::{Row, RowKind},
    process::Process,
};
use abi::{
    Capability, CauseId, Errno, Pid, SysError, SysResult, Syscalls,
    table::{Answer, AppRights, KeptRule, ProcessKind, ProcessRights, RightSource},
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering},
};

/// Longest id of an app, bytes.
const MAX_APP_ID: usize = 200;

impl Core {
    /// Apps that run, have answers that hold, or are muted, by their ids.
    pub(crate) fn app_rights(&self, only: Option<&str>) -> Vec<AppRights> {
        let mut apps: BTreeMap<String, AppRights> = BTreeMap::new();
        let empty = |app: &str| AppRights {
            app: app.to_owned(),
            muted: false,
            kept: Vec::new(),
            processes: Vec::new(),
        };
        let is_wanted = |app: &str| only.is_none_or(|only| only == app);
        let mut of = |app: &str, change: &dyn Fn(&mut AppRights)| {
            if is_wanted(app) {
                change(apps.entry(app.to_owned()).or_insert_with(|| empty(app)));
            }
        };
        for (app, answer) in self.remembered.all() {
            of(&app, &|rights| rights.kept.push(answer.clone()));
        }
        for app in self.requests.muted() {
            of(&app, &|rights| rights.muted = true);
        }
        for process in self.processes.all() {
            // Programs of the host make no calls: they have what their app has.
            let is_asker = process.is_alive() && process.identity().kind != ProcessKind::Host;
            if let Some(app) = process.identity().app.as_deref().filter(|_| is_asker) {
                of(app, &|rights| rights.processes.push(self.process_rights(&process)));
            }
        }
        let mut all: Vec<AppRights> = apps.into_values().collect();
        for rights in &mut all {
            let pids: Vec<Pid> = rights.processes.iter().map(|process| process.pid).collect();
            for kept in &mut rights.kept {
                kept.uses =
                    self.ledger.uses(&rights.app, &pids, &kept.capability, &|cause| because(self, cause));
            }
            rights.processes.sort_by_key(|process| (process.started_millis, process.pid.0));
        }
        all
    }

    fn process_rights(&self, process: &Process) -> ProcessRights {
        let (pid, policy) = (process.pid(), process.policy());
        ProcessRights {
            pid,
            name: process.name().to_owned(),
            started_millis: process.identity().started_millis,
            rights: self
                .ledger
                .rights(pid, policy.granted(), &process.loans(), &|cause| because(self, cause)),
            taken: policy.revoked().to_vec(),
            lingering: lingering(self, process),
            refused: self.requests.refused(pid),
            denied: process.denied.load(Ordering::Relaxed),
        }
    }

    /// The policy of a new instance of an app: what it asks for, what it was given for always, and nothing of what it
    /// may never. A child of the app itself has what its parent gives it.
    pub(crate) fn with_kept_answers(&self, app: Option<&str>, parent: &Process, policy: Policy) -> Policy {
        let Some(app) = app.filter(|app| parent.identity().app.as_deref() != Some(app)) else {
            return policy;
        };
        let (always, never): (Vec<_>, Vec<_>) =
            self.remembered.of(app).into_iter().partition(|answer| answer.allowed);
        let may_give = |capability: &Capability| parent.policy().can_give(capability);
        let wider = always.iter().filter(|answer| may_give(&answer.capability));
        // What does not fit in any more is as if it had not been answered.
        let policy = wider.fold(policy, |policy, answer| policy.with(&answer.capability).unwrap_or(policy));
        // Too many rules to take it out: then it has nothing.
        never.iter().fold(policy, |policy, answer| policy.without(&answer.capability).unwrap_or_default())
    }

    /// Notes which rights of a new instance come from an earlier *always*.
    pub(crate) fn note_kept_answers(&self, process: &Process) {
        let Some(app) = process.identity().app.as_deref() else { return };
        let parent = process.identity().parent.and_then(|pid| self.processes.get(pid).ok());
        if parent.is_none_or(|parent| parent.identity().app.as_deref() == Some(app)) {
            return;
        }
        for answer in self.remembered.of(app).into_iter().filter(|answer| answer.allowed) {
            if !process.policy().granted().contains(&answer.capability) {
                continue;
            }
            let rule = format!("answer {}", Answer::Always.name());
            let mut row = self.journal_row(
                process.identity(),
                process.identity().cause,
                RowKind::Grant,
                &describe(&answer.capability),
            );
            row.rule = Some(rule);
            self.write_down(&row);
            self.ledger.given(
                process.pid(),
                super::ledger::Entry {
                    capability: answer.capability,
                    source: RightSource::Always,
                    answer: Answer::Always,
                    since_millis: answer.since_millis,
                    by: None,
                    used: super::ledger::Used::default(),
                },
            );
            process.note_given();
        }
    }

    /// Decides for an app over restarts.
    ///
    /// # Errors
    /// `EINVAL` for an id that is none and a right that is none, `EPERM` for what the caller does not have itself,
    /// for the right to give rights and for the caller's own app, `EIO` when the journal cannot record it or it
    /// cannot be kept.
    pub(crate) fn keep_answer(
        self: &Arc<Self>,
        caller: &Caller,
        app: &str,
        capability: Capability,
        rule: KeptRule,
    ) -> SysResult<()> {
        check_app(app)?;
        let capability = Policy::normal(capability)?;
        let text = describe(&capability);
        let own = caller.process();
        let refusal = if own.identity().app.as_deref() == Some(app) {
            Some("nobody decides for itself".to_owned())
        } else if rule == KeptRule::Always && capability == Capability::Grant {
            Some("the right to give rights is not given".to_owned())
        } else if rule == KeptRule::Always && !own.policy().can_give(&capability) {
            Some(format!("{} has no {text} to give", own.name()))
        } else {
            None
        };
        if let Some(why) = refusal {
            return Err(SysError::new(Errno::EPERM, why));
        }
        let (kept, name) = match rule {
            KeptRule::Always => (Some(true), "always"),
            KeptRule::Never => (Some(false), "never"),
            KeptRule::Ask => (None, "ask"),
        };
        let giver = Giver::of(caller);
        let mut row = Row::new(self.now_millis(), giver.cause, own.pid(), RowKind::GrantKept, text.clone());
        row.app = Some(app.to_owned());
        row.rule = Some(format!("answer {name}"));
        row.detail = json!({ "by": own.pid() });
        let written = self.journal.append_durable(&row).map(drop).map_err(|why| {
            self.journal_failed(&why);
            SysError::new(Errno::EIO, format!("{text}: the journal cannot record it: {why}"))
        });
        // A yes is not given unless it is written down; a no holds in any case.
        if rule == KeptRule::Always {
            written.clone()?;
        }
        self.carry_out(giver, app, &capability, rule);
        let kept = match kept {
            Some(allowed) => self.remembered.keep(app, &capability, allowed, self.now_millis()),
            None => self.remembered.forget_answer(app, &capability),
        };
        written.and(kept)
    }

    /// Makes what was decided hold for the instances that run.
    fn carry_out(self: &Arc<Self>, giver: Giver, app: &str, capability: &Capability, rule: KeptRule) {
        let parents_app = |process: &Process| {
            let parent = process.identity().parent.and_then(|pid| self.processes.get(pid).ok());
            parent.and_then(|parent| parent.identity().app.clone())
        };
        for process in self.processes.all() {
            if process.identity().app.as_deref() != Some(app) || !process.is_alive() {
                continue;
            }
            let done = match rule {
                KeptRule::Never => self.take(&process, capability).map(drop),
                // What the app starts itself has what the app gives it.
                KeptRule::Always if parents_app(&process).as_deref() != Some(app) => {
                    self.give(giver, RightSource::Always, &process, capability, Answer::Always).map(drop)
                }
                KeptRule::Always | KeptRule::Ask => Ok(()),
            };
            if let Err(why) = done {
                tracing::warn!(%why, pid = %process.pid(), "what was decided for an app does not hold for this instance");
            }
        }
    }

    /// Somebody decides whether an app is asked about.
    ///
    /// # Errors
    /// `EINVAL` for an id that is none.
    pub(crate) fn mute_requests(&self, caller: &Caller, app: &str, muted: bool) -> SysResult<()> {
        check_app(app)?;
        self.requests.mute(app, muted, self.now_millis());
        let cause: CauseId = caller.cause();
        let mut row = Row::new(self.now_millis(), cause, caller.process().pid(), RowKind::GrantMuted, app);
        row.app = Some(app.to_owned());
        row.rule = Some("decided".to_owned());
        row.detail = json!({ "by": caller.process().pid(), "muted": muted });
        self.write_down(&row);
        self.wake();
        Ok(())
    }
}

fn check_app(app: &str) -> SysResult<()> {
    if app.is_empty() || app.len() > MAX_APP_ID || app.chars().any(char::is_control) {
        return Err(SysError::new(Errno::EINVAL, format!("{app:?} is no id of an app")));
    }
    Ok(())
}
