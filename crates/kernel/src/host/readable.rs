//! Waiting until a descriptor can be read or written, without a thread.

#![allow(unsafe_code, reason = "tokio asks its caller to promise that the descriptor stays open")]

use std::{io, os::fd::OwnedFd, sync::Arc};
use tokio::io::{Interest, unix::AsyncFd};

/// Registers a descriptor that will be read, with the runtime that is entered.
pub(crate) fn readable(fd: Arc<OwnedFd>) -> io::Result<AsyncFd<Arc<OwnedFd>>> {
    register(fd, Interest::READABLE)
}

/// Registers a descriptor that will be written, with the runtime that is entered.
pub(crate) fn writable(fd: Arc<OwnedFd>) -> io::Result<AsyncFd<Arc<OwnedFd>>> {
    register(fd, Interest::WRITABLE)
}

fn register(fd: Arc<OwnedFd>, interest: Interest) -> io::Result<AsyncFd<Arc<OwnedFd>>> {
    // SAFETY: an `OwnedFd` is open and the same until it is dropped, and the result holds one of its
    // owners for as long as it lives.
    let registered = unsafe { AsyncFd::register_with_interest(fd, interest) };
    registered.map_err(io::Error::from)
}
