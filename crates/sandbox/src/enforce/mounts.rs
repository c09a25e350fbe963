//! The host's newer mount calls, which hold a mount by a descriptor: nothing is ever looked up twice, and a mount can
//! be made in one namespace and placed in another.
//!
//! Numbers are from `linux/mount.h` (Linux 5.2, `mount_setattr` 5.12).

use nix::{
    errno::Errno,
    libc,
    mount::{MntFlags, MsFlags, umount2},
};
use std::{
    ffi::{CStr, CString},
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::Path,
    ptr,
};

/// Nobody writes there.
pub(super) const READ_ONLY: u64 = 1;
/// A program there does not change its user.
pub(super) const NO_SETUID: u64 = 2;
/// Device files mean nothing there.
pub(super) const NO_DEVICES: u64 = 4;
/// Nothing there is run.
pub(super) const NO_PROGRAMS: u64 = 8;
/// Owners are translated by a user namespace.
const OWNERS: u64 = 0x10_0000;

const OPEN_TREE_CLONE: libc::c_ulong = 1;
const AT_RECURSIVE: libc::c_int = 0x8000;
const FROM_DESCRIPTOR: libc::c_uint = 0x4;
const TO_DESCRIPTOR: libc::c_uint = 0x40;
const FSCONFIG_SET_FLAG: libc::c_uint = 0;
const FSCONFIG_SET_STRING: libc::c_uint = 1;
const FSCONFIG_CMD_CREATE: libc::c_uint = 6;

#[repr(C)]
struct MountAttributes {
    set: u64,
    clear: u64,
    propagation: u64,
    user_namespace: u64,
}

/// A copy of what is mounted at a path, with everything beneath, attached nowhere.
#[allow(unsafe_code, reason = "no wrapper in nix")]
pub(super) fn copy_tree(folder: BorrowedFd<'_>, path: &CStr) -> nix::Result<OwnedFd> {
    let flags = OPEN_TREE_CLONE
        | AT_RECURSIVE as libc::c_ulong
        | libc::AT_EMPTY_PATH as libc::c_ulong
        | libc::O_CLOEXEC as libc::c_ulong;
    // SAFETY: the string lives through the call.
    own(unsafe { libc::syscall(libc::SYS_open_tree, folder.as_raw_fd(), path.as_ptr(), flags) })
}

/// A file system that nobody has seen yet.
pub(super) fn new_file_system(
    kind: &CStr,
    options: &[(&CStr, &CStr)],
    attributes: u64,
) -> nix::Result<OwnedFd> {
    new_file_system_with(kind, &[], options, attributes)
}

/// The same with options that have no value.
#[allow(unsafe_code, reason = "no wrapper in nix")]
pub(super) fn new_file_system_with(
    kind: &CStr,
    flags: &[&CStr],
    options: &[(&CStr, &CStr)],
    attributes: u64,
) -> nix::Result<OwnedFd> {
    // SAFETY: the string lives through the call; 1 is close-on-exec.
    let context = own(unsafe { libc::syscall(libc::SYS_fsopen, kind.as_ptr(), 1) })?;
    let fd = context.as_raw_fd();
    for (name, value) in options {
        // SAFETY: both strings live through the call.
        Errno::result(unsafe {
            libc::syscall(libc::SYS_fsconfig, fd, FSCONFIG_SET_STRING, name.as_ptr(), value.as_ptr(), 0)
        })?;
    }
    let null = ptr::null::<libc::c_char>();
    for name in flags {
        // SAFETY: the string lives through the call, which takes no value.
        Errno::result(unsafe {
            libc::syscall(libc::SYS_fsconfig, fd, FSCONFIG_SET_FLAG, name.as_ptr(), null, 0)
        })?;
    }
    // SAFETY: this command takes no strings.
    Errno::result(unsafe { libc::syscall(libc::SYS_fsconfig, fd, FSCONFIG_CMD_CREATE, null, null, 0) })?;
    // SAFETY: plain numbers; 1 is close-on-exec.
    own(unsafe { libc::syscall(libc::SYS_fsmount, fd, 1, attributes) })
}

/// Sets attributes of a mount and of everything beneath it, and keeps it apart from its original: what is mounted
/// there later does not appear here, and the other way round.
pub(super) fn restrict(mount: BorrowedFd<'_>, attributes: u64) -> nix::Result<()> {
    set(mount, attributes, None, AT_RECURSIVE)
}

/// The same for this mount alone, not what is beneath.
pub(super) fn restrict_alone(mount: BorrowedFd<'_>, attributes: u64) -> nix::Result<()> {
    set(mount, attributes, None, 0)
}

/// Translates the owners of all files there, as a user namespace says. Some file systems cannot (`EINVAL`).
pub(super) fn translate_owners(mount: BorrowedFd<'_>, user_namespace: BorrowedFd<'_>) -> nix::Result<()> {
    set(mount, OWNERS, Some(user_namespace), AT_RECURSIVE)
}

#[allow(unsafe_code, reason = "no wrapper in nix")]
fn set(
    mount: BorrowedFd<'_>,
    attributes: u64,
    user_namespace: Option<BorrowedFd<'_>>,
    flags: libc::c_int,
) -> nix::Result<()> {
    let wanted = MountAttributes {
        set: attributes,
        clear: 0,
        propagation: MsFlags::MS_PRIVATE.bits(),
        user_namespace: user_namespace.map_or(0, |it| u64::from(it.as_raw_fd().cast_unsigned())),
    };
    // SAFETY: the empty string and the structure live through the call, whose last argument is its size.
    Errno::result(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            flags | libc::AT_EMPTY_PATH,
            &raw const wanted,
            size_of::<MountAttributes>(),
        )
    })
    .map(drop)
}

/// Puts a mount over a file or folder, which is held by a descriptor.
#[allow(unsafe_code, reason = "no wrapper in nix")]
pub(super) fn place(mount: &impl AsFd, over: BorrowedFd<'_>) -> nix::Result<()> {
    // SAFETY: the empty strings live through the call.
    Errno::result(unsafe {
        libc::syscall(
            libc::SYS_move_mount,
            mount.as_fd().as_raw_fd(),
            c"".as_ptr(),
            over.as_raw_fd(),
            c"".as_ptr(),
            FROM_DESCRIPTOR | TO_DESCRIPTOR,
        )
    })
    .map(drop)
}

/// What a path names now, never through a link.
#[allow(unsafe_code, reason = "no wrapper in nix")]
fn named(path: &Path) -> nix::Result<OwnedFd> {
    let path = CString::new(path.as_os_str().as_bytes()).map_err(|_| Errno::EINVAL)?;
    #[allow(clippy::cast_sign_loss, reason = "flags are bits")]
    let how = OpenHow {
        flags: (libc::O_PATH | libc::O_NOFOLLOW | libc::O_CLOEXEC) as u64,
        mode: 0,
        resolve: libc::RESOLVE_NO_SYMLINKS,
    };
    // SAFETY: the string and the structure live through the call, whose last argument is its size.
    own(unsafe {
        libc::syscall(libc::SYS_openat2, libc::AT_FDCWD, path.as_ptr(), &raw const how, size_of::<OpenHow>())
    })
}

#[repr(C)]
struct OpenHow {
    flags: u64,
    mode: u64,
    resolve: u64,
}

/// Mounts that may lie over one another at one place.
const MOST_LAYERS: usize = 32;

/// Takes what is mounted at a path off this view, with everything beneath. Where the path lies within a mount,
/// something empty comes to lie over it.
pub(crate) fn hide_mount(path: &Path) -> nix::Result<()> {
    for taken in 0..MOST_LAYERS {
        let held = named(path)?;
        match umount2(path, MntFlags::MNT_DETACH | MntFlags::UMOUNT_NOFOLLOW) {
            Ok(()) => {}
            Err(Errno::EINVAL) if taken > 0 => return Ok(()),
            Err(Errno::EINVAL) => return cover_with_nothing(&held),
            Err(why) => return Err(why),
        }
    }
    Err(Errno::EBUSY)
}

fn cover_with_nothing(held: &OwnedFd) -> nix::Result<()> {
    let is_folder = nix::sys::stat::fstat(held)?.st_mode & libc::S_IFMT == libc::S_IFDIR;
    let attributes = READ_ONLY | NO_SETUID | NO_DEVICES | NO_PROGRAMS;
    if is_folder {
        let nothing = new_file_system(c"tmpfs", &[(c"mode", c"0555"), (c"size", c"4096")], attributes)?;
        return place(&nothing, held.as_fd());
    }
    let nothing = copy_tree(nix::fcntl::AT_FDCWD, c"/dev/null")?;
    place(&nothing, held.as_fd())
}

/// Has nobody in this view change what lies at a path any more: a copy of the mount that is only read comes to lie over
/// it. Files that are open for writing stay so.
pub(crate) fn make_read_only(path: &Path) -> nix::Result<()> {
    let held = named(path)?;
    let copy = copy_tree(held.as_fd(), c"")?;
    restrict(copy.as_fd(), READ_ONLY)?;
    place(&copy, held.as_fd())
}

/// Owns what a call has opened.
#[allow(unsafe_code, reason = "descriptors come as numbers")]
fn own(answer: libc::c_long) -> nix::Result<OwnedFd> {
    let raw = Errno::result(answer)?;
    #[allow(clippy::cast_possible_truncation, reason = "descriptors fit an int")]
    // SAFETY: the host has just opened this descriptor for us alone.
    Ok(unsafe { OwnedFd::from_raw_fd(raw as i32) })
}
