//! Rights that come and go while a process runs: asked for and answered, given, lent, taken.
//!
//! ```text
//! request_capability ─▶ Requests::ask ─▶ (held · remembered · pending) ─▶ answer ─▶ give ─▶ Policy
//! ```
//!
//! Another part of the kernel asks on behalf of a process, without holding a thread:
//!
//! ```text
//! core.request_for(pid, capability, cause, program: &str, patience: Duration).await
//!     -> SysResult<Granted>   // EACCES: no · ETIMEDOUT: nobody answered · EAGAIN: too many wait
//! ```
//!
//! Many at once and the same again are fine: requests of one app and one cause that wait together are one prompt,
//! and who asks for what is asked already joins.
//!
//! [`Requests`] keeps what waits for an answer, and who asks too often ([`habit`]); [`Remembered`] the answers
//! *always* and *never* over restarts, which hold from an app's start; [`Ledger`] who gave what and until when;
//! [`Recent`] what was decided lately. [`give`] changes policies: the journal's row is on the disk before a right is there, and a right that is
//! taken is gone before anything else.
//!
//! **Invariants**: a request is answered at most once; one process has one pending request per right; nobody
//! gives what it does not have, or to itself; whatever is given says in the journal by whom and for how long.
//! **Lock order**: the table of requests, or the remembered answers, alone; neither is held while a policy is
//! changed or the journal is written.

mod ask;
mod give;
mod habit;
mod ledger;
mod overview;
mod recent;
mod remembered;
mod requests;

pub(crate) use ask::{Asker, because};
pub(crate) use give::{Giver, revoke};
pub(crate) use ledger::{Ledger, Use};
pub(crate) use recent::Recent;
pub(crate) use remembered::Remembered;
pub(crate) use requests::{Asked, Outcome, Pending, Requests};
