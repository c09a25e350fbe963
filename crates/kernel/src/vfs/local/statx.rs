//! Facts about a name in a folder, by one call of the host.
//!
//! `nix` has no `statx`, and `fstatat` does not tell when a file was made. A name has no slash, so this
//! call looks at nothing but the folder itself; a link is described, not followed.

#![allow(unsafe_code, reason = "statx is not in nix")]

use super::super::{Kind, Stat};
use nix::libc;
use std::{ffi::CString, mem::MaybeUninit, os::fd::AsRawFd};

/// What a name in a folder names.
///
/// # Errors
/// Those of `statx(2)`; `EINVAL` for a name that is none.
pub(super) fn stat_in(folder: &impl AsRawFd, name: &str) -> nix::Result<Stat> {
    if name.contains('/') {
        return Err(nix::Error::EINVAL);
    }
    let name = CString::new(name).map_err(|_| nix::Error::EINVAL)?;
    let mut host = MaybeUninit::<libc::statx>::zeroed();
    let (flags, mask) = (libc::AT_SYMLINK_NOFOLLOW, libc::STATX_BASIC_STATS | libc::STATX_BTIME);
    // SAFETY: the name ends with a NUL and lives over the call, and the host writes at most one `statx`
    // to where there is room for one.
    let result = unsafe { libc::statx(folder.as_raw_fd(), name.as_ptr(), flags, mask, host.as_mut_ptr()) };
    nix::Error::result(result)?;
    // SAFETY: it was all zeros, which is a `statx`, before the host filled it.
    let host = unsafe { host.assume_init() };
    let millis = |time: libc::statx_timestamp| {
        time.tv_sec.saturating_mul(1000).saturating_add(i64::from(time.tv_nsec / 1_000_000))
    };
    Ok(Stat {
        kind: match u32::from(host.stx_mode) & libc::S_IFMT {
            libc::S_IFREG => Kind::File,
            libc::S_IFDIR => Kind::Directory,
            libc::S_IFLNK => Kind::Symlink,
            _ => Kind::Other,
        },
        len_bytes: host.stx_size,
        modified_millis: millis(host.stx_mtime),
        created_millis: (host.stx_mask & libc::STATX_BTIME != 0).then(|| millis(host.stx_btime)),
        inode: host.stx_ino,
        links: u64::from(host.stx_nlink),
        mode: u32::from(host.stx_mode) & 0o7777,
    })
}
