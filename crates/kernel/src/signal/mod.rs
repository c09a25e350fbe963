//! Signals by POSIX's rules, for processes that run inside the desktop: actions, masks, what is pending.
//!
//! A handler is a queue: the signal is kept until the process asks with `wait_for_signal`, which also takes what it
//! blocks, as `sigwait` does. Calls that wait meanwhile are interrupted, unless it blocks the signal. Without a handler a signal does
//! what POSIX says: it ends the process or it does nothing. Programs of the host get real signals
//! instead, and the host keeps their masks ([`host_state`]).
//!
//! **Invariants** (`verify_invariants`): of a standard signal (1 to 31) at most one is pending, of all
//! at most [`MAX_PENDING`]; `SIGKILL` and `SIGSTOP` are never blocked, have no action and are never
//! pending; totals add up: received = delivered + ignored + coalesced + pending.
//! **Lock order**: one lock, held across nothing.

mod host;
mod number;
mod send;

pub(crate) use host::host_state;
pub(crate) use number::{check_number, name};

use crate::sync::lock;
use abi::{
    CauseId, Errno, Pid, SysError, SysResult,
    table::{SignalAction, SignalInfo, SignalState, SignalStats},
};
use nix::libc::{SIGKILL, SIGSTOP};
use number::{Standard, bit, default_of};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Mutex,
};
use tokio::sync::{Notify, futures::Notified};

/// Pending signals of one process; more are refused with `EAGAIN`.
const MAX_PENDING: usize = 1_024;
/// The first number that is queued as often as it is sent.
const FIRST_QUEUED: i32 = 32;

/// What became of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Kept, or nothing.
    Lives,
    /// The process ends by it.
    Ends,
    /// The process stops until SIGCONT.
    Stops,
}

/// A signal as it is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    pub(crate) signal: i32,
    pub(crate) sender: Pid,
    pub(crate) cause: CauseId,
    pub(crate) value: i64,
    pub(crate) sent_millis: u64,
}

/// One process's signals.
#[derive(Default)]
pub(crate) struct Signals {
    inner: Mutex<Inner>,
    arrived: Notify,
    /// Told when a signal comes that the process handles and does not block.
    handled: Notify,
}

#[derive(Default)]
struct Inner {
    /// Bit `n - 1` is signal `n`.
    blocked: u64,
    actions: BTreeMap<i32, SignalAction>,
    /// By number, then in the order of their coming.
    pending: BTreeMap<i32, VecDeque<Sent>>,
    stats: SignalStats,
    has_ended: bool,
}

impl Signals {
    /// Takes a signal in. `EAGAIN` when too many are pending.
    pub(crate) fn receive(&self, sent: Sent) -> SysResult<Fate> {
        let mut inner = lock(&self.inner);
        let (number, is_blocked) = (sent.signal, inner.is_blocked(sent.signal));
        let action = inner.action(number);
        let default = default_of(number);
        let stops = default == Standard::Stops && (number == SIGSTOP || action == SignalAction::Default);
        if is_blocked || action == SignalAction::Queue {
            inner.keep(sent)?;
            drop(inner);
            self.arrived.notify_waiters();
            if !is_blocked {
                self.handled.notify_waiters();
            }
            return Ok(Fate::Lives);
        }
        inner.stats.received += 1;
        if action == SignalAction::Ignore || default == Standard::Nothing {
            inner.stats.ignored += 1;
            return Ok(Fate::Lives);
        }
        inner.stats.delivered += 1;
        Ok(if stops { Fate::Stops } else { Fate::Ends })
    }

    /// Counts a signal that went to the host.
    pub(crate) fn count_passed_on(&self) {
        let mut inner = lock(&self.inner);
        inner.stats.received += 1;
        inner.stats.delivered += 1;
    }

    /// Says what happens with a signal; what happened before comes back. Ignoring it forgets what is pending.
    pub(crate) fn set_action(&self, signal: i32, action: SignalAction) -> SysResult<SignalAction> {
        check_catchable(signal)?;
        let mut inner = lock(&self.inner);
        let before = match action {
            SignalAction::Default => inner.actions.remove(&signal),
            SignalAction::Ignore | SignalAction::Queue => inner.actions.insert(signal, action),
            SignalAction::Handle => {
                return Err(SysError::new(
                    Errno::EINVAL,
                    "only programs of the host handle signals themselves",
                ));
            }
        };
        if action == SignalAction::Ignore {
            inner.ignore_pending(signal);
        }
        Ok(before.unwrap_or_default())
    }

    /// Keeps a signal pending from now on. Says whether it was so before.
    pub(crate) fn block(&self, signal: i32) -> SysResult<bool> {
        check_catchable(signal)?;
        let mut inner = lock(&self.inner);
        let before = inner.is_blocked(signal);
        inner.blocked |= bit(signal);
        Ok(before)
    }

    /// Lets a signal through, and what is pending of it: the fate is that of the process.
    pub(crate) fn unblock(&self, signal: i32) -> SysResult<(bool, Fate)> {
        check_number(signal)?;
        let mut inner = lock(&self.inner);
        let before = inner.is_blocked(signal);
        inner.blocked &= !bit(signal);
        let action = inner.action(signal);
        if !before || action == SignalAction::Queue || !inner.pending.contains_key(&signal) {
            return Ok((before, Fate::Lives));
        }
        let default = default_of(signal);
        if action == SignalAction::Ignore || default == Standard::Nothing {
            inner.ignore_pending(signal);
            return Ok((before, Fate::Lives));
        }
        let taken = inner.pending.remove(&signal).map_or(0, |pending| pending.len());
        inner.stats.delivered += taken as u64;
        Ok((before, if default == Standard::Stops { Fate::Stops } else { Fate::Ends }))
    }

    /// The next pending signal among `wanted` (all when empty), taken out.
    pub(crate) fn take(&self, wanted: &[i32]) -> Option<SignalInfo> {
        let mut inner = lock(&self.inner);
        let number = *inner.pending.keys().find(|number| wanted.is_empty() || wanted.contains(number))?;
        let queue = inner.pending.get_mut(&number)?;
        let sent = queue.pop_front()?;
        if queue.is_empty() {
            inner.pending.remove(&number);
        }
        inner.stats.delivered += 1;
        Some(inner.info(&sent))
    }

    /// Waits for the next pending signal among `wanted`. `ECANCELED` when the process ends.
    pub(crate) async fn wait(&self, wanted: &[i32]) -> SysResult<SignalInfo> {
        loop {
            let arrived = self.arrived.notified();
            tokio::pin!(arrived);
            // Registered before looking, so that one that comes in between is not missed.
            arrived.as_mut().enable();
            if let Some(info) = self.take(wanted) {
                return Ok(info);
            }
            if lock(&self.inner).has_ended {
                return Err(SysError::new(Errno::ECANCELED, "the process has ended"));
            }
            arrived.await;
        }
    }

    /// Comes back when a signal interrupts what waits from now on.
    pub(crate) fn interruption(&self) -> Notified<'_> {
        self.handled.notified()
    }

    /// What nobody has taken, in the order in which it will be.
    pub(crate) fn pending(&self) -> Vec<SignalInfo> {
        let inner = lock(&self.inner);
        inner.pending.values().flatten().map(|sent| inner.info(sent)).collect()
    }

    pub(crate) fn stats(&self) -> SignalStats {
        let inner = lock(&self.inner);
        SignalStats { pending: u32::try_from(inner.count()).unwrap_or(u32::MAX), ..inner.stats }
    }

    pub(crate) fn state(&self) -> SignalState {
        let inner = lock(&self.inner);
        SignalState {
            blocked: (1..=64).filter(|signal| inner.is_blocked(*signal)).collect(),
            actions: inner.actions.clone(),
            pending: inner.pending.keys().copied().collect(),
        }
    }

    /// Forgets what is pending, as the process ends; says how many that were.
    pub(crate) fn release(&self) -> usize {
        let count = {
            let mut inner = lock(&self.inner);
            inner.has_ended = true;
            let count = inner.count();
            inner.stats.ignored += count as u64;
            inner.pending.clear();
            count
        };
        self.arrived.notify_waiters();
        count
    }

    #[cfg(test)]
    pub(crate) fn verify_invariants(&self) {
        let inner = lock(&self.inner);
        let stats = &inner.stats;
        assert_eq!(
            stats.received,
            stats.delivered + stats.ignored + stats.coalesced + inner.count() as u64,
            "{stats:?}"
        );
        assert!(inner.count() <= MAX_PENDING);
        for (signal, queue) in &inner.pending {
            assert!(!queue.is_empty() && (*signal >= FIRST_QUEUED || queue.len() == 1));
        }
        for signal in [SIGKILL, SIGSTOP] {
            assert!(!inner.is_blocked(signal) && !inner.pending.contains_key(&signal));
            assert!(!inner.actions.contains_key(&signal));
        }
    }
}

impl Inner {
    fn is_blocked(&self, signal: i32) -> bool {
        self.blocked & bit(signal) != 0
    }

    fn action(&self, signal: i32) -> SignalAction {
        self.actions.get(&signal).copied().unwrap_or_default()
    }

    fn count(&self) -> usize {
        self.pending.values().map(VecDeque::len).sum()
    }

    fn keep(&mut self, sent: Sent) -> SysResult<()> {
        if self.has_ended {
            return Err(SysError::new(Errno::ESRCH, "the process has ended"));
        }
        if sent.signal < FIRST_QUEUED && self.pending.contains_key(&sent.signal) {
            self.stats.received += 1;
            self.stats.coalesced += 1;
            return Ok(());
        }
        if self.count() >= MAX_PENDING {
            return Err(SysError::new(Errno::EAGAIN, format!("{MAX_PENDING} signals are pending already")));
        }
        self.stats.received += 1;
        self.pending.entry(sent.signal).or_default().push_back(sent);
        Ok(())
    }

    fn ignore_pending(&mut self, signal: i32) {
        let forgotten = self.pending.remove(&signal).map_or(0, |pending| pending.len());
        self.stats.ignored += forgotten as u64;
    }

    fn info(&self, sent: &Sent) -> SignalInfo {
        let Sent { signal, sender, cause, value, sent_millis } = *sent;
        SignalInfo {
            signal,
            name: name(signal),
            sender,
            cause,
            value,
            sent_millis,
            blocked: self.is_blocked(signal),
        }
    }
}

fn check_catchable(signal: i32) -> SysResult<()> {
    check_number(signal)?;
    if matches!(signal, SIGKILL | SIGSTOP) {
        return Err(SysError::new(
            Errno::EINVAL,
            format!("{} can be neither caught nor blocked", name(signal)),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
