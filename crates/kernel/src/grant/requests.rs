//! Requests for rights that wait for somebody to answer.
//!
//! Those of one app and one root cause that come within [`TOGETHER_MILLIS`] of one another are one *prompt*: it carries
//! the number of its first request, grows while any of it waits, and has at most [`MOST_PER_PROMPT`] lines. What comes
//! later is a prompt of its own. Each line is answered for itself; a line may stand for several rights that are one
//! thing for a person.

use super::habit::{Habits, Patience};
use crate::{
    bell::Bell,
    gate::covers,
    sync::{lock, read, write},
};
use abi::{
    Capability, CauseId, Errno, Pid, RequestId, SysError, SysResult,
    table::{CapabilityRequest, RequestKind},
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

#[cfg(test)]
mod tests;

/// Requests of all processes that wait.
const MOST: usize = 256;
/// Requests of one process that wait.
const MOST_PER_PROCESS: usize = 24;
/// Requests of one prompt.
const MOST_PER_PROMPT: usize = 24;
/// How long after the newest line of a prompt another one still belongs to it, milliseconds.
const TOGETHER_MILLIS: u64 = 2_000;
/// Rights that one process was refused and is not asked about again.
const MOST_REFUSED: usize = 256;

/// What came of a request.
pub(crate) type Outcome = SysResult<abi::table::Granted>;

/// A request that waits.
pub(crate) struct Pending {
    pub(crate) info: CapabilityRequest,
    /// What led to it in the end.
    root: CauseId,
    /// Somebody answers it at this moment.
    is_claimed: AtomicBool,
    outcome: Mutex<Option<Outcome>>,
    bell: Bell,
}

impl Pending {
    /// What came of it, if it is settled.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        lock(&self.outcome).clone()
    }

    fn waits(&self) -> bool {
        !self.is_claimed.load(Ordering::Acquire)
    }

    fn settle(&self, outcome: Outcome) {
        lock(&self.outcome).get_or_insert(outcome);
        self.bell.ring();
    }

    /// Rung when it is settled.
    pub(crate) fn bell(&self) -> &Bell {
        &self.bell
    }
}

/// What is asked, and by whom.
pub(crate) struct Question<'a> {
    pub(crate) pid: Pid,
    pub(crate) app: Option<&'a str>,
    /// What led to it in the end.
    pub(crate) root: CauseId,
    /// What is one thing for a person; at least one.
    pub(crate) rights: &'a [Capability],
    pub(crate) kind: RequestKind,
    pub(crate) now_millis: u64,
}

/// Under which name an asker's habits are remembered.
pub(crate) fn asker_name(app: Option<&str>, pid: Pid) -> String {
    app.map_or_else(|| format!("process {pid}"), str::to_owned)
}

/// What came of asking.
pub(crate) enum Asked {
    /// The process has the right by now.
    Held,
    /// The same was asked already.
    Joined(Arc<Pending>),
    /// Somebody is to be told.
    Made(Arc<Pending>),
    /// It has asked too often and is not asked about any more; somebody is to be told.
    Muted,
}

#[derive(Default)]
struct Table {
    /// The oldest first, each with how many wait for it.
    waiting: Vec<(Arc<Pending>, usize)>,
    refused: HashMap<Pid, Vec<Capability>>,
    habits: Habits,
}

impl Table {
    /// The prompt that a question belongs to, where one is open and has room.
    fn prompt_of(&self, question: &Question<'_>) -> Option<RequestId> {
        let same_asker = |asked: &CapabilityRequest| match question.app {
            Some(app) => asked.app.as_deref() == Some(app),
            None => asked.pid == question.pid,
        };
        let open = self.waiting.iter().map(|(pending, _)| pending).filter(|pending| pending.waits());
        let fits = |pending: &&Arc<Pending>| {
            pending.root == question.root
                && pending.info.kind == question.kind
                && same_asker(&pending.info)
                && question.now_millis < pending.info.asked_millis + TOGETHER_MILLIS
        };
        let newest = open.rev().find(fits)?;
        let prompt = newest.info.prompt;
        let lines = self.waiting.iter().filter(|(pending, _)| pending.info.prompt == prompt).count();
        (lines < MOST_PER_PROMPT).then_some(prompt)
    }
}

/// All of them.
#[derive(Default)]
pub(crate) struct Requests {
    last: AtomicU64,
    /// Raised with every change of what waits.
    revision: AtomicU64,
    table: Mutex<Table>,
    /// Processes that have asked for the list: they answer.
    approvers: RwLock<Vec<Pid>>,
}

impl Requests {
    /// Joins the request of the same process for this right or a wider one, or makes one; `make` gets its number
    /// and that of its prompt. `leave` must follow.
    ///
    /// # Errors
    /// `EACCES` when the process was refused this right before or is muted, `EAGAIN` when too many wait.
    pub(crate) fn ask(
        &self,
        question: &Question<'_>,
        is_held: impl FnOnce() -> bool,
        make: impl FnOnce(RequestId, RequestId) -> CapabilityRequest,
    ) -> SysResult<Asked> {
        let Question { pid, rights, root, kind, .. } = *question;
        let mut table = lock(&self.table);
        // Who starts a program anew is asked anew.
        let refused = table.refused.get(&pid).into_iter().flatten().filter(|_| kind != RequestKind::Start);
        if refused.into_iter().any(|refused| rights.iter().any(|right| covers(refused, right))) {
            return Err(SysError::new(
                Errno::EACCES,
                "denied by the answer no, which holds until the process ends",
            ));
        }
        let same = |(pending, _): &&mut (Arc<Pending>, usize)| {
            let asked = |right| pending.info.rights().any(|asked| covers(asked, right));
            pending.info.pid == pid && pending.info.kind == kind && rights.iter().all(asked)
        };
        if let Some((pending, waiters)) = table.waiting.iter_mut().find(same) {
            *waiters += 1;
            return Ok(Asked::Joined(pending.clone()));
        }
        // A request leaves the table after its right is there, so whoever finds none may have missed one.
        if is_held() {
            return Ok(Asked::Held);
        }
        let prompt = table.prompt_of(question);
        // However much a program needs, it is started once.
        if kind != RequestKind::Start || prompt.is_none() {
            match table.habits.asks(&asker_name(question.app, pid), question.now_millis) {
                Patience::Left => {}
                Patience::Ended => return Ok(Asked::Muted),
                Patience::Gone => return Err(muted(question)),
            }
        }
        let own = table.waiting.iter().filter(|(pending, _)| pending.info.pid == pid).count();
        if table.waiting.len() >= MOST || own >= MOST_PER_PROCESS {
            return Err(SysError::new(
                Errno::EAGAIN,
                format!("{own} requests of process {pid} wait already"),
            ));
        }
        let id = RequestId(self.last.fetch_add(1, Ordering::Relaxed) + 1);
        let pending = Arc::new(Pending {
            info: make(id, prompt.unwrap_or(id)),
            root,
            is_claimed: AtomicBool::new(false),
            outcome: Mutex::default(),
            bell: Bell::default(),
        });
        table.waiting.push((pending.clone(), 1));
        self.changed();
        Ok(Asked::Made(pending))
    }

    /// One less waits for it; when nobody does, it is gone. True then.
    pub(crate) fn leave(&self, pending: &Arc<Pending>) -> bool {
        let mut table = lock(&self.table);
        let at = table.waiting.iter().position(|(waiting, _)| Arc::ptr_eq(waiting, pending));
        let Some(at) = at else { return false };
        table.waiting[at].1 -= 1;
        let is_gone = table.waiting[at].1 == 0;
        if is_gone {
            table.waiting.remove(at);
            self.changed();
        }
        is_gone
    }

    /// The request with this number, if it still waits.
    pub(crate) fn get(&self, id: RequestId) -> SysResult<Arc<Pending>> {
        let table = lock(&self.table);
        let found = table.waiting.iter().find(|(pending, _)| pending.info.request == id && pending.waits());
        found.map(|(pending, _)| pending.clone()).ok_or_else(|| gone(id))
    }

    /// Claims a request, to settle it. Only one gets it; others who ask the same join it until it is settled.
    pub(crate) fn claim(&self, id: RequestId) -> SysResult<Arc<Pending>> {
        let pending = self.get(id)?;
        if pending.is_claimed.swap(true, Ordering::AcqRel) {
            return Err(gone(id));
        }
        self.changed();
        Ok(pending)
    }

    /// Takes a claimed request away and tells all who wait for it.
    pub(crate) fn settle(&self, pending: &Arc<Pending>, outcome: Outcome) {
        lock(&self.table).waiting.retain(|(waiting, _)| !Arc::ptr_eq(waiting, pending));
        self.changed();
        pending.settle(outcome);
    }

    /// Keeps a no until the process ends. True when its app has been refused so often that it is muted now.
    pub(crate) fn refuse(&self, asked: &CapabilityRequest, now_millis: u64) -> bool {
        let mut table = lock(&self.table);
        let refused = table.refused.entry(asked.pid).or_default();
        let room = MOST_REFUSED.saturating_sub(refused.len());
        refused.extend(asked.rights().take(room).cloned());
        table.habits.refused(&asker_name(asked.app.as_deref(), asked.pid), asked.prompt, now_millis)
    }

    /// Forgets the noes about a right that was given after all.
    pub(crate) fn pardon(&self, app: Option<&str>, pid: Pid, capability: &Capability) {
        let mut table = lock(&self.table);
        if let Some(refused) = table.refused.get_mut(&pid) {
            refused.retain(|refused| !covers(capability, refused));
        }
        table.habits.granted(&asker_name(app, pid));
    }

    /// What a process was refused, until it ends.
    pub(crate) fn refused(&self, pid: Pid) -> Vec<Capability> {
        lock(&self.table).refused.get(&pid).cloned().unwrap_or_default()
    }

    /// Those whose questions are not asked.
    pub(crate) fn muted(&self) -> Vec<String> {
        lock(&self.table).habits.muted().map(str::to_owned).collect()
    }

    /// Somebody decides whether an asker is muted.
    pub(crate) fn mute(&self, asker: &str, muted: bool, now_millis: u64) {
        lock(&self.table).habits.mute(asker, muted, now_millis);
        self.changed();
    }

    /// Something is different for whoever shows requests and decisions.
    pub(crate) fn changed(&self) {
        self.revision.fetch_add(1, Ordering::Release);
    }

    /// A number that another list has another of.
    pub(crate) fn revision(&self) -> u64 {
        self.revision.load(Ordering::Acquire)
    }

    /// Those that wait, the oldest first.
    pub(crate) fn list(&self) -> Vec<CapabilityRequest> {
        let table = lock(&self.table);
        table
            .waiting
            .iter()
            .filter(|(pending, _)| pending.waits())
            .map(|(pending, _)| pending.info.clone())
            .collect()
    }

    /// Requests of a process that wait.
    pub(crate) fn count(&self, pid: Pid) -> u32 {
        let table = lock(&self.table);
        let own = table.waiting.iter().filter(|(pending, _)| pending.info.pid == pid).count();
        u32::try_from(own).unwrap_or(u32::MAX)
    }

    /// From now on requests wait for this process.
    pub(crate) fn add_approver(&self, pid: Pid) {
        if !read(&self.approvers).contains(&pid) {
            let mut approvers = write(&self.approvers);
            if !approvers.contains(&pid) {
                approvers.push(pid);
            }
        }
    }

    /// Whether somebody else than the process itself answers.
    pub(crate) fn has_approver_for(&self, pid: Pid) -> bool {
        read(&self.approvers).iter().any(|approver| *approver != pid)
    }

    /// Ends what a process asked, and what it was; says what that was.
    pub(crate) fn release(&self, pid: Pid) -> Vec<Arc<Pending>> {
        write(&self.approvers).retain(|approver| *approver != pid);
        let ended: Vec<Arc<Pending>> = {
            let mut table = lock(&self.table);
            table.refused.remove(&pid);
            let own = |(pending, _): &mut (Arc<Pending>, usize)| pending.info.pid == pid;
            table.waiting.extract_if(.., own).map(|(pending, _)| pending).collect()
        };
        if !ended.is_empty() {
            self.changed();
        }
        for pending in &ended {
            let detail = format!("process {pid} has ended");
            pending.settle(Err(SysError::new(Errno::ECANCELED, detail)));
        }
        ended
    }
}

/// Why a question of somebody who is muted is not asked.
pub(crate) fn muted(question: &Question<'_>) -> SysError {
    let asker = asker_name(question.app, question.pid);
    let detail =
        format!("{asker} has asked too often and is muted; nobody is asked until it is unmuted in Settings");
    SysError::new(Errno::EACCES, detail)
}

fn gone(id: RequestId) -> SysError {
    SysError::new(Errno::ENOENT, format!("request {id} does not wait for an answer, or no longer"))
}
