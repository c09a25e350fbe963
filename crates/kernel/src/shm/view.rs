//! Views: a segment's memory as a slice, for Rust callers in this program.

#![allow(unsafe_code, reason = "hands out the memory of a segment as slices")]

use super::Segment;
use abi::{Pid, SysResult};
use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

/// A segment to look at, as `&[u8]`. While it is held, nobody writes; others may look too.
///
/// It keeps the memory, also when the segment is destroyed or the process that holds it ends.
pub struct ShmView(Arc<Segment>);

/// A segment to write to, as `&mut [u8]`. While it is held, nobody else looks or writes.
pub struct ShmViewMut(Arc<Segment>);

impl ShmView {
    pub(super) fn new(segment: Arc<Segment>, pid: Pid) -> SysResult<Self> {
        segment.lend(pid)?;
        Ok(ShmView(segment))
    }
}

impl ShmViewMut {
    pub(super) fn new(segment: Arc<Segment>, pid: Pid) -> SysResult<Self> {
        segment.lend_mut(pid)?;
        Ok(ShmViewMut(segment))
    }
}

impl Deref for ShmView {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        // SAFETY: we are counted among the loans, so no call writes and no writing view is made; no program
        // of the host has the memory.
        unsafe { self.0.memory().slice() }
    }
}

impl Deref for ShmViewMut {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        // SAFETY: the loan is ours alone, and the slice borrows us.
        unsafe { self.0.memory().slice() }
    }
}

impl DerefMut for ShmViewMut {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: the loan is ours alone, and the slice borrows us.
        unsafe { self.0.memory().slice_mut() }
    }
}

impl Drop for ShmView {
    fn drop(&mut self) {
        self.0.end_loan();
    }
}

impl Drop for ShmViewMut {
    fn drop(&mut self) {
        self.0.end_loan_mut();
    }
}
