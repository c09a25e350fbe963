//! The host's questions and our answers.

use nix::{errno::Errno, libc};
use std::os::fd::{AsRawFd, OwnedFd};

/// Wakes the one who waits at once, on the same processor; Linux 6.6 and up.
const SYNCHRONOUS_WAKE_UP: u64 = 1;

/// From this version on, whoever waits for a question hears when nobody is left who could ask.
const TELLS_OF_THE_END: (u32, u32) = (6, 11);

/// Whether [`receive`] may be called before it is known that there is a question.
pub(super) fn waits_by_itself() -> bool {
    let Ok(host) = nix::sys::utsname::uname() else { return false };
    let release = host.release().to_string_lossy();
    let mut numbers = release.split('.').map_while(|part| part.parse::<u32>().ok());
    numbers.next().zip(numbers.next()) >= Some(TELLS_OF_THE_END)
}

/// A call that waits for an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question {
    id: u64,
    pub(super) host_pid: i32,
    pub(super) number: libc::c_long,
    pub(super) arguments: [u64; 6],
}

/// Asks for answers to be quick.
#[allow(unsafe_code, reason = "ioctl")]
pub(super) fn hurry(listener: &OwnedFd) {
    // SAFETY: a plain number; hosts that do not know it say so.
    unsafe { libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SET_FLAGS, SYNCHRONOUS_WAKE_UP) };
}

/// The next question. Waits for one.
///
/// # Errors
/// `ENOENT` when whoever asked has gone, which is no error of ours; `EINTR`.
#[allow(unsafe_code, reason = "ioctl")]
pub(super) fn receive(listener: &OwnedFd) -> nix::Result<Question> {
    // SAFETY: numbers only; the host wants zeros.
    let mut asked: libc::seccomp_notif = unsafe { std::mem::zeroed() };
    // SAFETY: the structure lives through the call, and is the host's.
    Errno::result(unsafe {
        libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_RECV, &raw mut asked)
    })?;
    Ok(Question {
        id: asked.id,
        host_pid: asked.pid.cast_signed(),
        number: libc::c_long::from(asked.data.nr),
        arguments: asked.data.args,
    })
}

/// Whether whoever asked still waits; what was read from its memory before that is its own.
#[allow(unsafe_code, reason = "ioctl")]
pub(super) fn still_waits(listener: &OwnedFd, question: &Question) -> bool {
    // SAFETY: reads one live number.
    unsafe {
        libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_ID_VALID, &raw const question.id) == 0
    }
}

/// Lets the call go on as if nobody had asked; false when whoever asked was gone, and with it whatever was read from
/// its memory: its number may be another's by now.
pub(super) fn go_on(listener: &OwnedFd, question: &Question) -> bool {
    answer(listener, question, 0, libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32)
}

/// The call was done by us: 0, or why it failed.
pub(super) fn done(listener: &OwnedFd, question: &Question, result: Result<(), Errno>) {
    answer(listener, question, result.err().map_or(0, |errno| -(errno as i32)), 0);
}

#[allow(unsafe_code, reason = "ioctl")]
fn answer(listener: &OwnedFd, question: &Question, error: i32, flags: u32) -> bool {
    let response = libc::seccomp_notif_resp { id: question.id, val: 0, error, flags };
    // SAFETY: reads a live structure. Whoever asked may be gone; then nobody needs an answer.
    unsafe { libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SEND, &raw const response) == 0 }
}
