//! The last output of a program, in memory that desktop and holder share.
//!
//! A head of one page with two counters of bytes, then the data. A writer first says how far it will have
//! written (`reserved`), copies, then says that it has (`written`): whoever reads after a writer was killed in
//! between leaves out what may be half overwritten.
//!
//! **Invariant**: one writer at a time. The desktop writes while it is attached, the holder while none is.

#![allow(unsafe_code, reason = "shares memory with another process")]

use nix::{
    fcntl::{FcntlArg, SealFlag, fcntl},
    sys::{
        memfd::{MFdFlags, memfd_create},
        mman::{MapFlags, ProtFlags, mmap, munmap},
        stat::fstat,
    },
    unistd::ftruncate,
};
use std::{
    io,
    num::NonZeroUsize,
    os::fd::OwnedFd,
    ptr::NonNull,
    sync::atomic::{AtomicU64, Ordering},
};

/// Output that is kept, bytes.
const CAPACITY_BYTES: usize = 256 * 1024;
const HEAD_BYTES: usize = 4096;
const TOTAL_BYTES: usize = HEAD_BYTES + CAPACITY_BYTES;
/// "AgntOut1".
const MAGIC: u64 = u64::from_le_bytes(*b"AgntOut1");
/// How far into the oldest output the end of a line is looked for, bytes.
const MAX_FIRST_LINE_BYTES: usize = 4096;

#[repr(C)]
struct Head {
    magic: AtomicU64,
    reserved: AtomicU64,
    written: AtomicU64,
}

/// The ring, mapped.
#[derive(Debug)]
pub(crate) struct OutputRing {
    start: NonNull<u8>,
}

// SAFETY: plain shared memory; counters are atomic, and the data has one writer by the module's invariant.
unsafe impl Send for OutputRing {}
// SAFETY: as above.
unsafe impl Sync for OutputRing {}

impl OutputRing {
    /// An empty one, with the descriptor by which others map it.
    pub(crate) fn create() -> io::Result<(OutputRing, OwnedFd)> {
        let file = memfd_create(c"agentos-output", MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING)?;
        ftruncate(&file, TOTAL_BYTES as i64)?;
        // Nobody can make our reads fail by another size.
        let fixed = SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_SEAL;
        fcntl(&file, FcntlArg::F_ADD_SEALS(fixed))?;
        let ring = OutputRing::map(&file)?;
        ring.head().magic.store(MAGIC, Ordering::Release);
        Ok((ring, file))
    }

    /// One that another process made.
    ///
    /// # Errors
    /// `InvalidData` when it is none.
    pub(crate) fn open(file: &OwnedFd) -> io::Result<OutputRing> {
        let seals = SealFlag::from_bits_retain(fcntl(file, FcntlArg::F_GET_SEALS)?);
        let is_fixed = seals.contains(SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW);
        if !is_fixed || fstat(file)?.st_size != TOTAL_BYTES as i64 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let ring = OutputRing::map(file)?;
        match ring.head().magic.load(Ordering::Acquire) {
            MAGIC => Ok(ring),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    fn map(file: &OwnedFd) -> io::Result<OutputRing> {
        const TOTAL: NonZeroUsize = NonZeroUsize::new(TOTAL_BYTES).unwrap();
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: the host chooses the place, so nothing of ours lies there.
        let start = unsafe { mmap(None, TOTAL, access, MapFlags::MAP_SHARED, file, 0)? };
        Ok(OutputRing { start: start.cast() })
    }

    fn head(&self) -> &Head {
        // SAFETY: the mapping begins on a page and is longer than the head, whose fields are atomics.
        unsafe { self.start.cast::<Head>().as_ref() }
    }

    /// Keeps what a program wrote; the oldest makes room.
    pub(crate) fn append(&self, data: &[u8]) {
        let skipped = data.len().saturating_sub(CAPACITY_BYTES);
        let begin = self.head().written.load(Ordering::Acquire).wrapping_add(skipped as u64);
        let data = &data[skipped..];
        let end = begin.wrapping_add(data.len() as u64);
        self.head().reserved.store(end, Ordering::Release);
        let at = position(begin);
        let (first, second) = data.split_at(data.len().min(CAPACITY_BYTES - at));
        // SAFETY: `at` lies within the data, `first` ends at most at its end, `second` is what is left of at
        // most one capacity and begins at its start. No reference covers the data.
        unsafe {
            let start = self.start.as_ptr().add(HEAD_BYTES);
            start.add(at).copy_from_nonoverlapping(first.as_ptr(), first.len());
            start.copy_from_nonoverlapping(second.as_ptr(), second.len());
        }
        self.head().written.store(end, Ordering::Release);
    }

    /// What is kept, the oldest first. Where something is missing before it, it begins with a whole line.
    pub(crate) fn last_output(&self) -> Vec<u8> {
        let written = self.head().written.load(Ordering::Acquire);
        let reserved = self.head().reserved.load(Ordering::Acquire).max(written);
        let oldest = reserved.saturating_sub(CAPACITY_BYTES as u64).min(written);
        #[allow(clippy::cast_possible_truncation, reason = "at most the capacity")]
        let count = (written - oldest).min(CAPACITY_BYTES as u64) as usize;
        let mut data = vec![0; count];
        let at = position(oldest);
        let split = count.min(CAPACITY_BYTES - at);
        // SAFETY: both parts lie within the data, as in `append`, and within the vector.
        unsafe {
            let start = self.start.as_ptr().add(HEAD_BYTES);
            start.add(at).copy_to_nonoverlapping(data.as_mut_ptr(), split);
            start.copy_to_nonoverlapping(data.as_mut_ptr().add(split), count - split);
        }
        if oldest > 0 {
            let near = &data[..data.len().min(MAX_FIRST_LINE_BYTES)];
            let cut = near.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            data.drain(..cut);
        }
        data
    }
}

impl Drop for OutputRing {
    fn drop(&mut self) {
        // SAFETY: mapped by `map`, and nobody points into it. It cannot fail for a range that is mapped.
        let _ = unsafe { munmap(self.start.cast(), TOTAL_BYTES) };
    }
}

#[allow(clippy::cast_possible_truncation, reason = "less than the capacity")]
fn position(count: u64) -> usize {
    (count % CAPACITY_BYTES as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_output_is_seen_by_both_sides() {
        let (ours, file) = OutputRing::create().unwrap();
        let theirs = OutputRing::open(&file).unwrap();
        assert!(theirs.last_output().is_empty());
        ours.append(b"one\n");
        theirs.append(b"two\n");
        assert_eq!(ours.last_output(), b"one\ntwo\n");
    }

    #[test]
    fn the_oldest_makes_room_line_by_line() {
        let (ring, _file) = OutputRing::create().unwrap();
        let mut all = Vec::new();
        for number in 0..40_000 {
            let line = format!("line {number}\n");
            ring.append(line.as_bytes());
            all.extend_from_slice(line.as_bytes());
        }
        let last = ring.last_output();
        assert!(last.len() > CAPACITY_BYTES - 100 && last.starts_with(b"line ") && all.ends_with(&last));
        ring.append(&vec![b'x'; CAPACITY_BYTES + 7]);
        assert_eq!(ring.last_output(), vec![b'x'; CAPACITY_BYTES]);
    }

    #[test]
    fn what_a_killed_writer_had_half_overwritten_is_left_out() {
        let (ring, _file) = OutputRing::create().unwrap();
        ring.append(&vec![b'a'; CAPACITY_BYTES]);
        ring.head().reserved.fetch_add(10, Ordering::Relaxed);
        assert_eq!(ring.last_output().len(), CAPACITY_BYTES - 10);
        ring.append(b"b");
        assert_eq!(ring.last_output().last(), Some(&b'b'));
    }

    #[test]
    fn no_other_file_is_taken_for_one() {
        let (_ring, file) = OutputRing::create().unwrap();
        assert!(ftruncate(&file, 10).is_err(), "its size is fixed");
        let other = memfd_create(c"other", MFdFlags::MFD_CLOEXEC).unwrap();
        assert!(OutputRing::open(&other).is_err());
        let null = OwnedFd::from(std::fs::File::open("/dev/null").unwrap());
        assert!(OutputRing::open(&null).is_err());
    }
}
