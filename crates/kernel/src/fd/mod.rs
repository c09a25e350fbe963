//! Descriptors: each process's table of small numbers, and the open descriptions they share.
//!
//! [`Descriptors`] gives the lowest free number first, as POSIX has it; the number belongs to one
//! process, so nobody reaches another's. A [`Description`] is what `open` made: file or stream, offset,
//! status flags. `dup` shares it, `close` lets go of it; the last one gone closes the file.
//!
//! **Lock order**: the table's lock is let go before a description is used; a description's offset
//! is held while its file is read or written, which is what makes shared offsets exact.

mod description;
mod subscription;
mod table;
mod transfer;

pub(crate) use description::{Description, Object};
pub(crate) use subscription::Subscription;
pub(crate) use table::{Descriptors, MAX_DESCRIPTORS};
pub(crate) use transfer::{MAX_PART, Transfer};

#[cfg(test)]
mod tests;
