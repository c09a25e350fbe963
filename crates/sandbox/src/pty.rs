//! Pseudo-terminals: opening a pair, their size, and who is in the foreground.

use crate::error::{Asked, SpawnError};
use nix::{
    fcntl::{FcntlArg, OFlag, fcntl},
    libc,
    pty::{grantpt, posix_openpt, ptsname_r, unlockpt},
    sys::termios::{InputFlags, SetArg, tcgetattr, tcsetattr},
    unistd::tcgetpgrp,
};
use serde::{Deserialize, Serialize};
use std::{
    fs::OpenOptions,
    io,
    os::{
        fd::{AsFd, AsRawFd, FromRawFd, IntoRawFd, OwnedFd},
        unix::fs::OpenOptionsExt,
    },
};

/// Size of a terminal in character cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowSize {
    /// Lines, at least 1.
    pub rows: u16,
    /// Cells in a line, at least 1.
    pub cols: u16,
}

mod ioctl {
    #![allow(unsafe_code, reason = "the window size of a terminal has no wrapper in nix")]
    nix::ioctl_write_ptr_bad!(set_size, nix::libc::TIOCSWINSZ, nix::libc::winsize);
    nix::ioctl_read_bad!(get_size, nix::libc::TIOCGWINSZ, nix::libc::winsize);
}

/// Both ends of a new terminal, close-on-exec; the master does not block.
pub(crate) fn open(size: WindowSize) -> Result<(OwnedFd, OwnedFd), SpawnError> {
    let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC).asked("terminal")?;
    grantpt(&master).asked("terminal")?;
    unlockpt(&master).asked("terminal")?;
    let name = ptsname_r(&master).asked("terminal")?;
    // The standard library opens close-on-exec.
    let slave = OpenOptions::new().read(true).write(true).custom_flags(libc::O_NOCTTY).open(name);
    let slave = OwnedFd::from(slave.asked("terminal")?);
    let mut modes = tcgetattr(&slave).asked("terminal")?;
    // So that erasing a character of several bytes on the shell's line erases all of them.
    modes.input_flags.insert(InputFlags::IUTF8);
    tcsetattr(&slave, SetArg::TCSANOW, &modes).asked("terminal")?;
    let master = owned(master);
    resize(&master, size).asked("terminal")?;
    set_nonblocking(&master).asked("terminal")?;
    Ok((master, slave))
}

#[allow(unsafe_code, reason = "nix's master gives its descriptor away as a number only")]
fn owned(master: nix::pty::PtyMaster) -> OwnedFd {
    // SAFETY: `into_raw_fd` gives up ownership of an open descriptor, taken over here.
    unsafe { OwnedFd::from_raw_fd(master.into_raw_fd()) }
}

/// Makes reads and writes answer `EAGAIN` instead of waiting.
pub(crate) fn set_nonblocking(fd: &impl AsFd) -> io::Result<()> {
    let flags = OFlag::from_bits_retain(fcntl(fd, FcntlArg::F_GETFL)?);
    fcntl(fd, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    Ok(())
}

/// Tells the terminal its size; the program in the foreground gets `SIGWINCH` when it changed.
///
/// # Errors
/// What the host says, such as `EBADF` or `ENOTTY`.
#[allow(unsafe_code, reason = "ioctl")]
pub fn resize(master: &impl AsFd, size: WindowSize) -> io::Result<()> {
    let size =
        libc::winsize { ws_row: size.rows.max(1), ws_col: size.cols.max(1), ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the descriptor is open for as long as it is borrowed, the size lives through the call.
    unsafe { ioctl::set_size(master.as_fd().as_raw_fd(), &raw const size) }?;
    Ok(())
}

/// The size that programs of the terminal see.
///
/// # Errors
/// What the host says, such as `EBADF` or `ENOTTY`.
#[allow(unsafe_code, reason = "ioctl")]
pub fn window_size(master: &impl AsFd) -> io::Result<WindowSize> {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the descriptor is open for as long as it is borrowed, the size lives through the call.
    unsafe { ioctl::get_size(master.as_fd().as_raw_fd(), &raw mut size) }?;
    Ok(WindowSize { rows: size.ws_row, cols: size.ws_col })
}

/// The process group in the terminal's foreground. When it is not the shell's own, a job runs that
/// closing the window would end. `None` when there is none or the terminal is gone.
#[must_use]
pub fn foreground_group(master: &impl AsFd) -> Option<i32> {
    tcgetpgrp(master).ok().map(nix::unistd::Pid::as_raw).filter(|group| *group > 0)
}
