//! Rights that come and go while a process runs: asked for and answered, given, lent, taken.
//!
//! ```text
//! request_capability ─▶ Requests::ask ─▶ (held · remembered · pending) ─▶ answer ─▶ give ─▶ Policy
//! ```
//!
//! [`Requests`] keeps what waits for an answer, [`Remembered`] the answers *always* and *never* over restarts,
//! and [`give`] changes policies: the journal's row is on the disk before a right is there, and a right that is
//! taken is gone before anything else.
//!
//! **Invariants**: a request is answered at most once; one process has one pending request per right; nobody
//! gives what it does not have, or to itself; whatever is given says in the journal by whom and for how long.
//! **Lock order**: the table of requests, or the remembered answers, alone; neither is held while a policy is
//! changed or the journal is written.

mod give;
mod remembered;
mod requests;

pub(crate) use give::{Giver, revoke};
pub(crate) use remembered::Remembered;
pub(crate) use requests::{Asked, Outcome, Pending, Requests};
