//! Operations that take their time: many calls on one account, in the background, that can be stopped.
//!
//! [`Transfer`] copies, moves, puts away and brings back; [`Erase`] deletes for good. Both keep going where one
//! thing fails, say what failed, and are stopped between two calls: each file is then where it was or where it
//! should go, never half of it.

mod clash;
mod erase;
mod item;
mod transfer;

pub(super) use clash::{Choice, Clash, ClashKind};
pub(super) use erase::Erase;
pub(super) use item::{Op, Order};
pub(super) use transfer::Transfer;

use abi::{CauseId, SysError};

/// Failures that are kept with their reason; further ones are only counted.
const KEPT_FAILURES: usize = 20;

/// What came of a job until now.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Files and folders found so far.
    pub(super) found: usize,
    /// Of these, done.
    pub(super) done: usize,
    /// Whether anything was changed: also a folder that was made for what did not come.
    pub(super) changed: bool,
    /// Left because somebody said so.
    pub(super) skipped: usize,
    /// What could not be done: path and reason, the first ones.
    pub(super) failures: Vec<(String, SysError)>,
    /// How many could not be done.
    pub(super) failed: usize,
    /// Where what was asked for lies now.
    pub(super) results: Vec<String>,
}

impl Outcome {
    fn fail(&mut self, path: String, why: SysError) {
        self.failed += 1;
        if self.failures.len() < KEPT_FAILURES {
            self.failures.push((path, why));
        }
    }
}

/// Either kind of job.
pub(super) enum Work {
    Transfer(Transfer),
    Erase(Erase),
}

/// A job with what it is called.
pub(super) struct Job {
    /// `Move of 3 items`.
    pub(super) label: String,
    /// `Moving`.
    pub(super) doing: &'static str,
    /// What the status says afterwards: `in the trash`, `copied to Documents`.
    pub(super) then: String,
    /// On whose account.
    pub(super) cause: CauseId,
    /// Chosen afterwards, where the selection is gone.
    pub(super) beside: Option<String>,
    pub(super) work: Work,
}

impl Job {
    /// Takes results and starts further calls; true once nothing is left to do.
    pub(super) fn advance(&mut self) -> bool {
        match &mut self.work {
            Work::Transfer(transfer) => transfer.advance(),
            Work::Erase(erase) => erase.advance(),
        }
    }

    /// Starts nothing any more.
    pub(super) fn stop(&mut self) {
        match &mut self.work {
            Work::Transfer(transfer) => transfer.stop(),
            Work::Erase(erase) => erase.stopped = true,
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        match &self.work {
            Work::Transfer(transfer) => transfer.is_stopped(),
            Work::Erase(erase) => erase.stopped,
        }
    }

    pub(super) fn outcome(&self) -> &Outcome {
        match &self.work {
            Work::Transfer(transfer) => &transfer.outcome,
            Work::Erase(erase) => &erase.outcome,
        }
    }

    /// Whether nothing goes on until a name that is taken is decided about.
    pub(super) fn waits(&self) -> bool {
        matches!(&self.work, Work::Transfer(transfer) if transfer.waits())
    }

    /// How much is done, from 0 to 1.
    pub(super) fn share(&self) -> f32 {
        let outcome = self.outcome();
        let over = (outcome.done + outcome.failed + outcome.skipped) as f32;
        let parts = match &self.work {
            Work::Transfer(transfer) => transfer.under_way(),
            Work::Erase(_) => 0.0,
        };
        ((over + parts) / outcome.found.max(1) as f32).min(1.0)
    }

    /// Whether this path was given to it.
    pub(super) fn took(&self, path: &str) -> bool {
        match &self.work {
            Work::Transfer(transfer) => transfer.took(path),
            Work::Erase(erase) => erase.took(path),
        }
    }

    /// The name that is taken and has to be decided about, with how many more there are of its kind.
    pub(super) fn clash(&self) -> Option<(&Clash, usize)> {
        match &self.work {
            Work::Transfer(transfer) => transfer.clash(),
            Work::Erase(_) => None,
        }
    }

    /// Decides about the name that is taken, and about the others of its kind.
    pub(super) fn decide(&mut self, choice: Choice, all: bool) {
        if let Work::Transfer(transfer) = &mut self.work {
            transfer.decide(choice, all);
        }
    }
}
