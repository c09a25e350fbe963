//! Submitted calls. Rows that wait run as tasks of the kernel's runtime and hold no thread while they do;
//! all others run on its bounded pool. Either way they pass through the door like every call.
//!
//! Results are kept until they are collected, at most an hour; a process that has as many as it may
//! loses the oldest result that it did not collect, and when all are under way gets `EAGAIN`.
//! Writes to one descriptor, and parts of a stream, run in the order of their submission ([`Strands`]).

mod block;
mod parked;
mod progress;
mod strand;
mod table;

pub(crate) use block::{block_on, block_on_for};
pub(crate) use parked::Parked;
pub(crate) use progress::Progress;
pub(crate) use strand::{MAX_STRAND, Strands};
pub(crate) use table::Tasks;
