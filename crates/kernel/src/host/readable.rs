//! Waiting until a descriptor can be read, without a thread.

#![allow(unsafe_code, reason = "tokio asks its caller to promise that the descriptor stays open")]

use std::{io, os::fd::OwnedFd, sync::Arc};
use tokio::io::{Interest, unix::AsyncFd};

/// Registers a descriptor with the runtime that is entered.
pub(crate) fn readable(fd: Arc<OwnedFd>) -> io::Result<AsyncFd<Arc<OwnedFd>>> {
    // SAFETY: an `OwnedFd` is open and the same until it is dropped, and the result holds one of its
    // owners for as long as it lives.
    let registered = unsafe { AsyncFd::register_with_interest(fd, Interest::READABLE) };
    registered.map_err(io::Error::from)
}
