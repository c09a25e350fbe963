//! The helper's side: one thread, no desktop around it, becomes the program step by step.
//!
//! The order matters. Parent death first, so that nothing is left when the desktop dies meanwhile;
//! the session before the terminal, since only a session leader can take one; descriptors closed
//! after the last one needed is in place; limits and folder before `execve`, the signals last.

use crate::{
    Stage, Tier, enforce,
    environment::DEFAULT_PATH,
    holder::become_holder,
    spec::FIRST_OWN_DESCRIPTOR,
    wire::{Descriptors, Failure, READY, Request, receive_request},
    withdraw::{WITHDRAW_SUBCOMMAND, withdraw_main},
};
use nix::{
    errno::Errno,
    fcntl::{FcntlArg, fcntl},
    libc,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::{
        prctl::set_pdeathsig,
        signal::{SigSet, SigmaskHow, Signal, sigprocmask},
    },
    unistd::{chdir, dup2_stderr, dup2_stdin, dup2_stdout, execve, getppid, setsid},
};
use std::{
    ffi::CString,
    io::{self, Write},
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd},
        unix::net::UnixStream,
    },
    process::exit,
};

/// The hidden subcommand by which a program is its own helper.
pub const HELPER_SUBCOMMAND: &str = "__sandbox-helper";

/// Exit code of a helper that failed; the reason goes over the control socket.
pub(crate) const FAILED: i32 = 127;

pub(crate) type Step<T> = Result<T, (Stage, Errno)>;

/// Becomes the helper when the program was started as one, and then never returns. To be called by
/// `main` before anything else: before threads, files or arguments are touched.
pub fn run_if_helper() {
    let subcommand = std::env::args_os().nth(1);
    match subcommand {
        Some(argument) if argument == HELPER_SUBCOMMAND => helper_main(),
        Some(argument) if argument == WITHDRAW_SUBCOMMAND => withdraw_main(),
        _ => {}
    }
}

/// The helper as a whole: reads a request from descriptor 0 and becomes what it says, or its holder.
pub fn helper_main() -> ! {
    let Ok(mut control) = take_control_socket() else {
        eprintln!("agentos-sandbox is started by AgentOS and does nothing by itself");
        exit(FAILED);
    };
    keep_only(&control);
    let prepared = if is_asked(&control) { None } else { enforce::Prepared::early() };
    let received = receive_request(&mut control).map(|(request, mut descriptors)| {
        descriptors.prepared = prepared;
        (request, descriptors)
    });
    match received {
        Ok((request, descriptors)) if request.hold.is_some() => become_holder(control, request, descriptors),
        Ok((request, descriptors)) => enter(&request, descriptors, request.parent, control),
        Err(error) => report(&mut control, Stage::Request, errno_of(&error)),
    }
}

/// Closes what the desktop had left open by mistake: this process may wait for long, and whoever reads from the other
/// end of such a descriptor would wait with it.
#[allow(unsafe_code, reason = "close_range has no wrapper in nix")]
fn keep_only(control: &UnixStream) {
    let control = control.as_raw_fd().cast_unsigned();
    for (first, last) in [(3, control - 1), (control + 1, libc::c_uint::MAX)] {
        // SAFETY: nothing in this process has opened anything yet but the socket, which lies above the first.
        unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
    }
}

/// Whether a request is there already.
fn is_asked(control: &UnixStream) -> bool {
    let mut asked = [PollFd::new(control.as_fd(), PollFlags::POLLIN)];
    !matches!(poll(&mut asked, PollTimeout::ZERO), Ok(0))
}

/// Becomes the program, or tells why not and ends.
pub(crate) fn enter(request: &Request, descriptors: Descriptors, parent: i32, mut control: UnixStream) -> ! {
    match (&request.isolation, request.tier) {
        (Some(isolation), Tier::Namespaces) => {
            enforce::enter_namespaces(request, isolation, descriptors, parent, control)
        }
        (Some(isolation), Tier::NoNamespaces) => {
            enforce::enter_alone(request, isolation, descriptors, parent, control)
        }
        (None, _) => {}
    }
    let Err((stage, errno)) = become_program(request, descriptors, parent, &mut control);
    report(&mut control, stage, errno)
}

fn report(control: &mut UnixStream, stage: Stage, errno: Errno) -> ! {
    send_failure(control, &Failure { stage, errno: errno as i32, about: String::new() });
    exit(FAILED);
}

pub(crate) fn send_failure(control: &mut UnixStream, failure: &Failure) {
    // When the desktop no longer listens there is nobody to tell.
    if let Ok(message) = serde_json::to_vec(failure) {
        let _ = control.write_all(&message);
    }
}

/// Moves the control socket out of the way of the descriptors that the program gets.
#[allow(unsafe_code, reason = "descriptor 0 is the socket by agreement with the parent")]
fn take_control_socket() -> Result<UnixStream, Errno> {
    // SAFETY: descriptor 0 stays open through this call; when it is closed the call says so.
    let raw = fcntl(unsafe { BorrowedFd::borrow_raw(0) }, FcntlArg::F_DUPFD_CLOEXEC(FIRST_OWN_DESCRIPTOR))?;
    // SAFETY: the host has just opened this descriptor for us alone.
    let socket = unsafe { OwnedFd::from_raw_fd(raw) };
    // Fails on anything that is no socket, such as a terminal of a curious user.
    nix::sys::socket::getsockname::<nix::sys::socket::UnixAddr>(socket.as_raw_fd())?;
    Ok(UnixStream::from(socket))
}

fn become_program(
    request: &Request,
    descriptors: Descriptors,
    parent: i32,
    control: &mut UnixStream,
) -> Step<std::convert::Infallible> {
    follow_parent(request, parent)?;
    setsid().at(Stage::Session)?;
    place_descriptors(descriptors)?;
    if request.terminal {
        take_terminal().at(Stage::Terminal)?;
    }
    request.limits.apply().at(Stage::Limits)?;
    chdir(request.working_dir.as_str()).at(Stage::WorkingDir)?;
    reset_signals().at(Stage::Signals)?;
    run(request, control)
}

/// Ties its life to the desktop's, or to its holder's. A terminal's shell gets `SIGHUP`, as when a line is
/// cut, so that it can tell its jobs; a program on pipes knows no such thing and is killed.
pub(crate) fn follow_parent(request: &Request, parent: i32) -> Step<()> {
    let signal = if request.terminal { Signal::SIGHUP } else { Signal::SIGKILL };
    set_pdeathsig(signal).at(Stage::ParentDeath)?;
    match getppid().as_raw() == parent {
        true => Ok(()),
        // It died before the line above: no signal will come.
        false => Err((Stage::ParentDeath, Errno::ESRCH)),
    }
}

/// Standard and inherited descriptors get their numbers; everything else closes when the program runs.
#[allow(unsafe_code, reason = "close_range has no wrapper in nix, and descriptors get chosen numbers")]
pub(crate) fn place_descriptors(descriptors: Descriptors) -> Step<()> {
    let Descriptors { stdio, inherited, prepared, .. } = descriptors;
    // Its numbers may be given away below, and must not be closed then.
    drop(prepared);
    // First all out of the way, so that none is overwritten before it was copied.
    let mut moved = Vec::new();
    for (number, fd) in inherited {
        moved.push((number, aside(fd).at(Stage::Descriptors)?.into_raw_fd()));
    }
    let [stdin, stdout, stderr]: [OwnedFd; 3] =
        stdio.try_into().map_err(|_| (Stage::Descriptors, Errno::EPROTO))?;
    dup2_stdin(&stdin).at(Stage::Descriptors)?;
    dup2_stdout(&stdout).at(Stage::Descriptors)?;
    dup2_stderr(&stderr).at(Stage::Descriptors)?;
    // Their old numbers may be given away below, and must not be closed then.
    drop((stdin, stdout, stderr));
    // SAFETY: only sets the close-on-exec flag; no descriptor is closed under its owner.
    let marked = unsafe {
        libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC as libc::c_uint)
    };
    Errno::result(marked).at(Stage::Descriptors)?;
    for (number, fd) in moved {
        // SAFETY: numbers below the helper's own have no owner here any more but the standard library's
        // buffers, which are not used again before the program runs.
        Errno::result(unsafe { libc::dup2(fd, number) }).at(Stage::Descriptors)?;
    }
    Ok(())
}

/// A descriptor at a number that no program's descriptor gets.
#[allow(unsafe_code, reason = "descriptors come as numbers")]
pub(crate) fn aside(fd: OwnedFd) -> nix::Result<OwnedFd> {
    let raw = fcntl(&fd, FcntlArg::F_DUPFD_CLOEXEC(FIRST_OWN_DESCRIPTOR))?;
    // SAFETY: the host has just opened this descriptor for us alone.
    Ok(unsafe { OwnedFd::from_raw_fd(raw) })
}

#[allow(unsafe_code, reason = "ioctl")]
pub(crate) fn take_terminal() -> nix::Result<()> {
    // SAFETY: descriptor 0 was put in place just before; the call takes a number.
    Errno::result(unsafe { libc::ioctl(0, libc::TIOCSCTTY, 0) }).map(drop)
}

/// Programs begin with every signal unblocked and at its default, whatever our own run time and the
/// desktop's parents had changed (Rust ignores `SIGPIPE`, `nohup` ignores `SIGHUP`). Asked of the
/// host directly, since the C library hides the two signals that it uses itself.
#[allow(unsafe_code, reason = "libraries know neither real-time signals nor their own two")]
pub(crate) fn reset_signals() -> nix::Result<()> {
    // A kernel `sigaction` of zeros is SIG_DFL without flags; 64 bytes are more than any of ours has.
    let default = [0_u64; 8];
    for signal in 1..=64 {
        // SAFETY: reads the array only, sets a default disposition, no handler. The two signals that
        // cannot be set answer an error, which is right: they are at their default.
        unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, default.as_ptr(), 0, 8) };
    }
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None)
}

/// Runs the program by the search rules of `execvp`, except that a file without a known format is
/// an error and never given to a shell.
pub(crate) fn run(request: &Request, control: &mut UnixStream) -> Step<std::convert::Infallible> {
    let at_exec = |errno| (Stage::Exec, errno);
    let c_string = |text: &str| CString::new(text).map_err(|_| at_exec(Errno::EINVAL));
    let mut argv = vec![c_string(&request.executable)?];
    for argument in &request.args {
        argv.push(c_string(argument)?);
    }
    let mut environment = Vec::new();
    for (name, value) in &request.env {
        environment.push(c_string(&format!("{name}={value}"))?);
    }
    let candidates = candidates(request);
    control.write_all(&[READY]).map_err(|error| at_exec(errno_of(&error)))?;

    let mut worst = Errno::ENOENT;
    for candidate in candidates {
        let Err(errno) = execve(&c_string(&candidate)?, &argv, &environment);
        match errno {
            Errno::ENOENT | Errno::ENOTDIR => {}
            // A later folder may hold one that runs.
            Errno::EACCES => worst = errno,
            _ => return Err(at_exec(errno)),
        }
    }
    Err(at_exec(worst))
}

fn candidates(request: &Request) -> Vec<String> {
    if request.executable.contains('/') {
        return vec![request.executable.clone()];
    }
    let path = request.env.iter().find(|(name, _)| name == "PATH").map_or(DEFAULT_PATH, |(_, value)| value);
    // An empty entry means the working folder to POSIX; nobody wants that, so it is skipped.
    path.split(':')
        .filter(|folder| !folder.is_empty())
        .map(|it| format!("{it}/{}", request.executable))
        .collect()
}

pub(crate) fn errno_of(error: &io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EPROTO, Errno::from_raw)
}

/// Names the step an error belongs to.
pub(crate) trait At<T> {
    fn at(self, stage: Stage) -> Step<T>;
}

impl<T> At<T> for nix::Result<T> {
    fn at(self, stage: Stage) -> Step<T> {
        self.map_err(|errno| (stage, errno))
    }
}
