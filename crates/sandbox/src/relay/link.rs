//! Two sockets and what is on its way between them, in both directions.
//!
//! **Invariants**: a direction whose buffer is full is not read; its end is passed on once the buffer is empty
//! (half-close), so that neither side loses bytes that were sent before an end.

use super::{BUFFER_BYTES, read, send, shut_write};
use nix::poll::PollFlags;
use std::{
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    time::Instant,
};

/// One of the two sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The one that asked for the connection.
    Near,
    /// The one that it leads to.
    Far,
}

/// One direction.
#[derive(Debug, Default)]
struct Way {
    waiting: Vec<u8>,
    /// Nothing more will be read.
    has_ended: bool,
    /// The other side knows.
    is_told: bool,
}

impl Way {
    fn carry(&mut self, from: BorrowedFd<'_>, to: BorrowedFd<'_>, can_read: bool) -> bool {
        let mut has_moved = false;
        if can_read && !self.has_ended && self.waiting.len() < BUFFER_BYTES {
            let filled = self.waiting.len();
            self.waiting.resize(BUFFER_BYTES, 0);
            let count = read(from, &mut self.waiting[filled..]);
            self.waiting.truncate(filled + count.unwrap_or(0));
            has_moved |= count.is_some();
            self.has_ended |= count == Some(0);
        }
        if !self.waiting.is_empty() {
            match send(to, &self.waiting) {
                Some(Ok(count)) => {
                    self.waiting.drain(..count);
                    has_moved = true;
                }
                // Nobody listens any more: what waits is for nobody.
                Some(Err(())) => {
                    self.waiting.clear();
                    (self.has_ended, has_moved) = (true, true);
                }
                None => {}
            }
        }
        if self.waiting.is_empty() {
            // A quiet connection holds no buffer.
            self.waiting.shrink_to_fit();
            if self.has_ended && !self.is_told {
                shut_write(to);
                self.is_told = true;
            }
        }
        has_moved
    }
}

/// See the module documentation.
#[derive(Debug)]
pub(super) struct Link {
    near: OwnedFd,
    far: OwnedFd,
    outwards: Way,
    inwards: Way,
    moved: Instant,
}

impl Link {
    pub(super) fn new(near: OwnedFd, far: OwnedFd) -> Self {
        Link { near, far, outwards: Way::default(), inwards: Way::default(), moved: Instant::now() }
    }

    pub(super) fn fd(&self, side: Side) -> BorrowedFd<'_> {
        match side {
            Side::Near => self.near.as_fd(),
            Side::Far => self.far.as_fd(),
        }
    }

    /// What it waits for on one side.
    pub(super) fn wants(&self, side: Side) -> PollFlags {
        let (reads, writes) = match side {
            Side::Near => (&self.outwards, &self.inwards),
            Side::Far => (&self.inwards, &self.outwards),
        };
        let mut wants = PollFlags::empty();
        wants.set(PollFlags::POLLIN, !reads.has_ended && reads.waiting.len() < BUFFER_BYTES);
        wants.set(PollFlags::POLLOUT, !writes.waiting.is_empty());
        wants
    }

    /// Carries what can be carried, after a look at both sides.
    pub(super) fn carry(&mut self, near: PollFlags, far: PollFlags) {
        if near.is_empty() && far.is_empty() {
            return;
        }
        let gone = PollFlags::POLLERR | PollFlags::POLLHUP;
        let readable = PollFlags::POLLIN | gone;
        let mut has_moved =
            self.outwards.carry(self.near.as_fd(), self.far.as_fd(), near.intersects(readable));
        has_moved |= self.inwards.carry(self.far.as_fd(), self.near.as_fd(), far.intersects(readable));
        if has_moved {
            self.moved = Instant::now();
        } else if (near | far).intersects(gone) {
            // Gone on one side, and nothing can move any more: `poll` would say so for ever.
            self.outwards = Way { has_ended: true, is_told: true, waiting: Vec::new() };
            self.inwards = Way { has_ended: true, is_told: true, waiting: Vec::new() };
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.outwards.is_told && self.inwards.is_told
    }

    pub(super) fn last_moved(&self) -> Instant {
        self.moved
    }
}
