//! Queues of messages, by the kernel's own number; each has a name, which rights are about.
//!
//! A [`Lane`] is what waits for somebody: a FIFO or priority queue has one, from which each message
//! goes to one receiver; pub/sub has one for every subscriber. A message is not copied, however many
//! get it. It carries its sender and the cause it was sent for. A queue goes when its maker ends; until
//! then who waits is woken by a message, by `close` (which ends sending) and by `destroy`.
//!
//! **Invariants**: no lane holds more messages or bytes than it may; `sent` of a FIFO or priority
//! queue is `received + dropped + queued`; names are unique; all lanes together hold the bytes that
//! the total says.
//! **Lock order**: the table of names, the table of queues, then one queue's state; nothing is called while
//! it is held, and no lock is held while waiting.

mod channel;
mod lane;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use channel::{NewQueue, Queue};
pub(crate) use table::{DEFAULT_PER_PROCESS, Queues};

use lane::Lane;
