//! The memory of a segment: an anonymous file of the host, mapped once for as long as it is there.
//!
//! The file is sealed against another size, so no program that has its descriptor can make our
//! reads fail. It only copies and points; who may do so when is settled by
//! [`Segment`](super::Segment).

#![allow(unsafe_code, reason = "maps memory of the host")]

use nix::{
    fcntl::{FcntlArg, OFlag, SealFlag, fcntl, open},
    sys::{
        memfd::{MFdFlags, memfd_create},
        mman::{MapFlags, ProtFlags, mmap, munmap},
        stat::Mode,
    },
    unistd::ftruncate,
};
use std::{
    num::NonZeroUsize,
    os::fd::{AsRawFd, OwnedFd},
    ptr::NonNull,
};

/// Mapped memory of the host.
pub(super) struct Memory {
    file: OwnedFd,
    start: NonNull<u8>,
    len: NonZeroUsize,
}

// SAFETY: it is plain memory without ties to a thread; those who copy and point say what keeps threads apart.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

impl Memory {
    /// `len` zeros, which the host gives as they are first touched.
    pub(super) fn new(len: NonZeroUsize) -> nix::Result<Self> {
        let file = memfd_create(c"agentos-shm", MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING)?;
        ftruncate(&file, len.get().try_into().map_err(|_| nix::Error::EFBIG)?)?;
        fcntl(&file, FcntlArg::F_ADD_SEALS(SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW))?;
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: the host chooses the place, so nothing of ours lies there.
        let start = unsafe { mmap(None, len, access, MapFlags::MAP_SHARED, &file, 0)? };
        Ok(Memory { file, start: start.cast(), len })
    }

    pub(super) fn len(&self) -> usize {
        self.len.get()
    }

    /// A descriptor of the same memory for a program of the host, closed when another is executed.
    pub(super) fn writable_descriptor(&self) -> nix::Result<OwnedFd> {
        self.file.try_clone().map_err(|why| nix::Error::try_from(why).unwrap_or(nix::Error::EMFILE))
    }

    /// The same, with which nothing can be changed, not even when it is opened anew. From then on no
    /// writable descriptor is of use either; our own mapping keeps its access.
    pub(super) fn read_only_descriptor(&self) -> nix::Result<OwnedFd> {
        // F_SEAL_FUTURE_WRITE (Linux 5.1), which nix has no name for.
        fcntl(&self.file, FcntlArg::F_ADD_SEALS(SealFlag::from_bits_retain(0x10)))?;
        let path = format!("/proc/self/fd/{}", self.file.as_raw_fd());
        open(path.as_str(), OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())
    }

    /// Copies `data` to the bytes from `at` on.
    ///
    /// # Safety
    /// They lie within, and nobody in this program touches them meanwhile.
    pub(super) unsafe fn copy_in(&self, at: usize, data: &[u8]) {
        debug_assert!(at <= self.len() && data.len() <= self.len() - at);
        // SAFETY: within the mapping, which nobody else's Rust references cover.
        unsafe { self.start.as_ptr().add(at).copy_from_nonoverlapping(data.as_ptr(), data.len()) };
    }

    /// The `count` bytes from `at` on.
    ///
    /// # Safety
    /// They lie within, and nobody in this program writes them meanwhile.
    pub(super) unsafe fn copy_out(&self, at: usize, count: usize) -> Vec<u8> {
        debug_assert!(at <= self.len() && count <= self.len() - at);
        let mut data = Vec::with_capacity(count);
        // SAFETY: within the mapping; the vector has room for `count` bytes, which are written before it
        // is told that they are its own.
        unsafe {
            self.start.as_ptr().add(at).copy_to_nonoverlapping(data.as_mut_ptr(), count);
            data.set_len(count);
        }
        data
    }

    /// All of it.
    ///
    /// # Safety
    /// Nobody writes it, in this program or another, while the slice is there.
    pub(super) unsafe fn slice(&self) -> &[u8] {
        // SAFETY: mapped for as long as `self` is.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len()) }
    }

    /// All of it, to write.
    ///
    /// # Safety
    /// Nobody else touches it, in this program or another, while the slice is there.
    #[allow(clippy::mut_from_ref, reason = "the caller keeps others away")]
    pub(super) unsafe fn slice_mut(&self) -> &mut [u8] {
        // SAFETY: mapped for as long as `self` is.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len()) }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: mapped by `new`, and whoever points into it holds the segment. It cannot fail for a range
        // that is mapped.
        let _ = unsafe { munmap(self.start.cast(), self.len()) };
    }
}
