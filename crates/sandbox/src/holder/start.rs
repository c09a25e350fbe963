//! From helper to holder: leaves the desktop, makes the socket, starts the program.

use super::{
    HeldInfo,
    connection::Connection,
    frame::Message,
    place::Place,
    ring::OutputRing,
    serve::{Holder, Program},
};
use crate::{
    Stage,
    child::open_pidfd,
    helper::{self, At, FAILED, Step, errno_of},
    process_tree::kill_descendants,
    wire::{self, Answer, Descriptors, Failure, Request},
};
use nix::{
    errno::Errno,
    libc,
    sys::{
        prctl::{set_child_subreaper, set_name},
        signal::{SigHandler, SigSet, SigmaskHow, Signal, signal, sigprocmask},
        signalfd::{SfdFlags, SignalFd},
    },
    unistd::{ForkResult, chdir, dup2_stderr, dup2_stdin, dup2_stdout, fork, setsid},
};
use std::{
    fs::OpenOptions,
    io,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::net::UnixStream,
    },
    path::Path,
    process::exit,
    time::Duration,
};

/// How long the program may take until it runs; a working folder on a dead network drive is what makes it long.
const START_TIMEOUT: Duration = Duration::from_secs(9);

/// Becomes the holder of the program that was asked for, and never returns. The helper itself ends here: the
/// desktop reaps it, and the holder is nobody's child.
pub(crate) fn become_holder(control: UnixStream, request: Request, descriptors: Descriptors) -> ! {
    match fork_now() {
        Ok(ForkResult::Child) => {}
        Ok(ForkResult::Parent { .. }) => exit(0),
        Err(errno) => refuse(control, Stage::Holder, errno),
    }
    match prepare(&request, descriptors) {
        Err((stage, errno)) => refuse(control, stage, errno),
        Ok(prepared) => match prepared.greet(control, request) {
            Ok(holder) => holder.run(),
            Err(_) => exit(FAILED),
        },
    }
}

fn refuse(control: UnixStream, stage: Stage, errno: Errno) -> ! {
    let failed = Message::Failed(Failure { stage, errno: errno as i32 });
    // When the desktop no longer listens there is nobody to tell.
    let _ = Connection::new(control).and_then(|mut control| control.say(&failed));
    exit(FAILED)
}

#[allow(unsafe_code, reason = "fork")]
fn fork_now() -> nix::Result<ForkResult> {
    // SAFETY: the helper has one thread, so the child may do whatever it could have done.
    unsafe { fork() }
}

struct Prepared {
    place: Place,
    listener: std::os::unix::net::UnixListener,
    master: OwnedFd,
    ring: OutputRing,
    ring_file: OwnedFd,
    host_pid: i32,
    pidfd: OwnedFd,
    ended_children: SignalFd,
}

fn prepare(request: &Request, descriptors: Descriptors) -> Step<Prepared> {
    let (Some(hold), Some([master, ring_file])) = (&request.hold, descriptors.held) else {
        return Err((Stage::Request, Errno::EPROTO));
    };
    let at_holder = |error: io::Error| (Stage::Holder, errno_of(&error));
    setsid().at(Stage::Session)?;
    let _ = set_name(c"agentos-holder");
    // What a program leaves behind when it ends becomes ours, so that it can be found and ended.
    set_child_subreaper(true).at(Stage::Holder)?;
    let ring = OutputRing::open(&ring_file).map_err(at_holder)?;
    let (place, listener) = Place::take(Path::new(&hold.folder), &hold.id).map_err(at_holder)?;
    let inner = Descriptors { stdio: descriptors.stdio, held: None, inherited: descriptors.inherited };
    let host_pid = start_program(request, inner).inspect_err(|_| place.remove())?;
    let tied = || -> io::Result<(OwnedFd, SignalFd)> { Ok((open_pidfd(host_pid)?, leave_the_desktop()?)) };
    let (pidfd, ended_children) = tied().map_err(at_holder).inspect_err(|_| {
        place.remove();
        kill_descendants(std::process::id().cast_signed(), libc::SIGKILL);
    })?;
    Ok(Prepared { place, listener, master, ring, ring_file, host_pid, pidfd, ended_children })
}

/// Starts the program, and comes back when it runs.
fn start_program(request: &Request, descriptors: Descriptors) -> Step<i32> {
    let (mut report, answer) = UnixStream::pair().map_err(|error| (Stage::Holder, errno_of(&error)))?;
    let holder = std::process::id().cast_signed();
    match fork_now().at(Stage::Holder)? {
        ForkResult::Child => {
            drop(answer);
            helper::enter(request, descriptors, holder, &mut report);
        }
        ForkResult::Parent { child } => {
            drop((report, descriptors));
            let heard =
                answer.set_read_timeout(Some(START_TIMEOUT)).and_then(|()| wire::receive_answer(&answer));
            let failure = match heard {
                Ok(Answer::Runs) => return Ok(child.as_raw()),
                Ok(Answer::Failed(failure)) => failure,
                Ok(Answer::NotAHelper) => Failure { stage: Stage::Exec, errno: libc::ECHILD },
                Err(error) => Failure { stage: Stage::Exec, errno: errno_of(&error) as i32 },
            };
            kill_descendants(holder, libc::SIGKILL);
            Err((failure.stage, Errno::from_raw(failure.errno)))
        }
    }
}

/// Keys of a terminal and a log-out are none of ours; nor are the desktop's streams.
#[allow(unsafe_code, reason = "signal dispositions")]
fn leave_the_desktop() -> io::Result<SignalFd> {
    use Signal::{SIGCHLD, SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU};
    for ignored in [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU] {
        // SAFETY: ignoring installs no handler.
        unsafe { signal(ignored, SigHandler::SigIgn)? };
    }
    let mut children = SigSet::empty();
    children.add(SIGCHLD);
    sigprocmask(SigmaskHow::SIG_BLOCK, Some(&children), None)?;
    let null = OpenOptions::new().read(true).write(true).open("/dev/null")?;
    dup2_stdin(&null)?;
    dup2_stdout(&null)?;
    dup2_stderr(&null)?;
    chdir("/")?;
    Ok(SignalFd::with_flags(&children, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?)
}

impl Prepared {
    /// Tells the desktop that it runs; its socket is the first that is attached.
    fn greet(self, control: UnixStream, request: Request) -> io::Result<Holder> {
        let Some(hold) = request.hold else { return Err(io::ErrorKind::InvalidInput.into()) };
        let info = HeldInfo {
            id: hold.id,
            note: hold.note,
            args: HeldInfo::cut_args(&request.args),
            executable: request.executable,
            host_pid: self.host_pid,
            holder_pid: std::process::id().cast_signed(),
            started_millis: hold.started_millis,
            attached: false,
            ended: None,
            enforced: None,
        };
        let control = Connection::new(control)?;
        close_all_but([
            self.place.descriptor(),
            self.listener.as_raw_fd(),
            self.master.as_raw_fd(),
            self.ring_file.as_raw_fd(),
            self.pidfd.as_raw_fd(),
            std::os::fd::AsFd::as_fd(&self.ended_children).as_raw_fd(),
            std::os::fd::AsFd::as_fd(&control).as_raw_fd(),
        ]);
        let program =
            Program { master: self.master, ring: self.ring, ring_file: self.ring_file, pidfd: self.pidfd };
        let mut holder = Holder::new(info, self.place, self.listener, program, self.ended_children);
        holder.attach(control);
        Ok(holder)
    }
}

/// Closes what the desktop had left open by mistake: it would stay open for as long as the program runs.
#[allow(unsafe_code, reason = "close_range has no wrapper in nix")]
fn close_all_but(mut kept: [i32; 7]) {
    kept.sort_unstable();
    let mut first = 3;
    for end in kept.into_iter().chain([i32::MAX]) {
        if first < end {
            // SAFETY: everything that has an owner in this process is among the kept.
            unsafe {
                libc::syscall(libc::SYS_close_range, first.cast_unsigned(), (end - 1).cast_unsigned(), 0)
            };
        }
        first = end.saturating_add(1);
    }
}
