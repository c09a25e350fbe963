//! The memory of a ring of bytes. It only copies; who may touch which bytes is settled by
//! [`ring`](super::ring).

#![allow(unsafe_code, reason = "two threads use different parts of one buffer")]

use std::ptr::NonNull;

/// A fixed number of bytes, reached by position; what runs over the end goes on at the beginning.
pub(super) struct Slots {
    start: NonNull<u8>,
    capacity: usize,
}

// SAFETY: it is plain memory without ties to a thread; `copy_in` and `copy_out` ask their callers
// for what keeps two threads apart.
unsafe impl Send for Slots {}
// SAFETY: as above.
unsafe impl Sync for Slots {}

impl Slots {
    /// Room for `capacity` bytes, which the host gives as they are first written. `None` without memory.
    pub(super) fn new(capacity: usize) -> Option<Self> {
        let mut memory: Vec<u8> = Vec::new();
        memory.try_reserve_exact(capacity).ok()?;
        let mut memory = std::mem::ManuallyDrop::new(memory);
        // What the allocator gave; the ring uses the part that was asked for.
        Some(Slots { start: NonNull::new(memory.as_mut_ptr())?, capacity: memory.capacity() })
    }

    /// Copies `data` to the bytes from `at` on, in a ring of `ring` bytes.
    ///
    /// # Safety
    /// `at < ring`, `data.len() <= ring`, `ring` is at most what [`Slots::new`] was asked for, and nobody else
    /// touches these bytes meanwhile.
    pub(super) unsafe fn copy_in(&self, ring: usize, at: usize, data: &[u8]) {
        let (first, rest) = data.split_at(data.len().min(ring - at));
        // SAFETY: both parts lie within the ring, which lies within the memory, and are the caller's alone.
        unsafe {
            self.start.as_ptr().add(at).copy_from_nonoverlapping(first.as_ptr(), first.len());
            self.start.as_ptr().copy_from_nonoverlapping(rest.as_ptr(), rest.len());
        }
    }

    /// Adds the `count` bytes from `at` on to `out`.
    ///
    /// # Safety
    /// `at < ring`, `count <= ring`, `ring` as above, the bytes were written before, and nobody
    /// writes them meanwhile.
    pub(super) unsafe fn copy_out(&self, ring: usize, at: usize, count: usize, out: &mut Vec<u8>) {
        let first = count.min(ring - at);
        // SAFETY: both parts lie within the ring, were written, and stay as they are for now.
        let parts = unsafe {
            let first_part = std::slice::from_raw_parts(self.start.as_ptr().add(at), first);
            [first_part, std::slice::from_raw_parts(self.start.as_ptr(), count - first)]
        };
        out.reserve_exact(count);
        out.extend_from_slice(parts[0]);
        out.extend_from_slice(parts[1]);
    }
}

impl Drop for Slots {
    fn drop(&mut self) {
        // SAFETY: pointer and capacity are those of the vector that `new` took apart.
        drop(unsafe { Vec::from_raw_parts(self.start.as_ptr(), 0, self.capacity) });
    }
}
