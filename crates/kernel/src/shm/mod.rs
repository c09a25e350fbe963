//! Shared memory: segments that several processes see, by the kernel's own number.
//!
//! The maker names who may attach and for what; nobody else can. Calls copy in and out
//! ([`Segment::write`], [`Segment::read`]); Rust callers in this program can hold a view of the memory
//! itself ([`ShmView`], [`ShmViewMut`]), which costs no copy. While a view is held nobody writes, and
//! while a writing view is held nobody reads either, so a view is an ordinary slice. A segment is an
//! anonymous file of the host, so its descriptor can be given to a program; then the kernel no
//! longer knows who writes, and gives no views.
//!
//! **Invariants**: `loans` is -1 with one writing view, else the number of reading ones; no view of a segment
//! that was exported; whoever is attached for writing was named for it.
//! **Lock order**: the table; then one segment's attachments or its turn, never both.

mod memory;
mod segment;
mod table;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use segment::Segment;
pub(crate) use table::{DEFAULT_BYTES_PER_PROCESS, Segments};
pub use view::{ShmView, ShmViewMut};
