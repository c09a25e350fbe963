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
    Enforced, Stage,
    child::open_pidfd,
    helper::{self, At, FAILED, errno_of},
    isolated::{self, IsolatedProgram, Namespaces, NotStarted},
    observe::Supervisor,
    process_name::take_name,
    process_tree::kill_descendants,
    wire::{self, Answer, Descriptors, Failure, Request},
};
use nix::{
    errno::Errno,
    libc,
    sys::{
        prctl::set_child_subreaper,
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
    // While there is one thread: a supervisor opens and closes descriptors whenever its program asks something.
    close_all_but(descriptors.numbers().chain([control.as_raw_fd()]).collect());
    match prepare(&request, descriptors) {
        Err(failure) => refuse_with(control, failure),
        Ok(prepared) => match prepared.greet(control, request) {
            Ok(holder) => holder.run(),
            Err(_) => exit(FAILED),
        },
    }
}

fn refuse(control: UnixStream, stage: Stage, errno: Errno) -> ! {
    refuse_with(control, Failure { stage, errno: errno as i32, about: String::new() })
}

fn refuse_with(control: UnixStream, failure: Failure) -> ! {
    let failed = Message::Failed(failure);
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
    program: Started,
    ended_children: SignalFd,
}

/// The program that the holder is for.
struct Started {
    host_pid: i32,
    pidfd: OwnedFd,
    isolated: Option<(Option<Namespaces>, Option<i32>, Enforced)>,
    supervisor: Option<Supervisor>,
}

fn prepare(request: &Request, descriptors: Descriptors) -> Result<Prepared, Failure> {
    let failed =
        |(stage, errno): (Stage, Errno)| Failure { stage, errno: errno as i32, about: String::new() };
    let Descriptors { stdio, master, ring, inherited, prepared } = descriptors;
    let (Some(hold), Some(ring_file)) = (&request.hold, ring) else {
        return Err(failed((Stage::Request, Errno::EPROTO)));
    };
    let at_holder = |error: io::Error| failed((Stage::Holder, errno_of(&error)));
    setsid().at(Stage::Session).map_err(failed)?;
    take_name(c"agentos-holder");
    // What a program leaves behind when it ends becomes ours, so that it can be found and ended.
    set_child_subreaper(true).at(Stage::Holder).map_err(failed)?;
    let ring = OutputRing::open(&ring_file).map_err(at_holder)?;
    let (place, listener) = Place::take(Path::new(&hold.folder), &hold.id).map_err(at_holder)?;
    let inner = Descriptors { stdio, master: None, ring: None, inherited, prepared };
    let started = start_program(request, inner).inspect_err(|_| place.remove())?;
    let (program, inside) = started;
    let Some(master) = master.or(inside) else {
        place.remove();
        return Err(failed((Stage::Terminal, Errno::EPROTO)));
    };
    let ended_children = leave_the_desktop().map_err(at_holder).inspect_err(|_| {
        place.remove();
        kill_descendants(std::process::id().cast_signed(), libc::SIGKILL);
    })?;
    Ok(Prepared { place, listener, master, ring, ring_file, program, ended_children })
}

/// Starts the program, and comes back when it runs; with the terminal, when that was made inside.
fn start_program(request: &Request, descriptors: Descriptors) -> Result<(Started, Option<OwnedFd>), Failure> {
    let at_holder =
        |errno: Errno| Failure { stage: Stage::Holder, errno: errno as i32, about: String::new() };
    let pair = UnixStream::pair().and_then(|(report, answer)| {
        answer.set_read_timeout(Some(START_TIMEOUT))?;
        if request.isolation.is_some() {
            wire::hear_who_speaks(&answer)?;
        }
        // The numbers below are the program's to give.
        Ok((UnixStream::from(helper::aside(report.into())?), answer))
    });
    let (report, answer) = pair.map_err(|error| at_holder(errno_of(&error)))?;
    let holder = std::process::id().cast_signed();
    match fork_now().map_err(at_holder)? {
        ForkResult::Child => {
            drop(answer);
            helper::enter(request, descriptors, holder, report);
        }
        ForkResult::Parent { child } => {
            drop((report, descriptors));
            let begun = match &request.isolation {
                Some(isolation) => isolated::receive(&answer, isolation, request.group.clone())
                    .map(Started::isolated)
                    .map_err(NotStarted::into_failure),
                None => receive_plain(&answer, child.as_raw()).map(|started| (started, None)),
            };
            begun.inspect_err(|_| {
                kill_descendants(holder, libc::SIGKILL);
            })
        }
    }
}

fn receive_plain(answer: &UnixStream, host_pid: i32) -> Result<Started, Failure> {
    let failure = |stage, errno| Failure { stage, errno, about: String::new() };
    match wire::receive_answer(answer) {
        Ok(Answer::Runs) => match open_pidfd(host_pid) {
            Ok(pidfd) => Ok(Started { host_pid, pidfd, isolated: None, supervisor: None }),
            Err(error) => Err(failure(Stage::Holder, errno_of(&error) as i32)),
        },
        Ok(Answer::Failed(failure)) => Err(failure),
        Ok(Answer::NotAHelper) => Err(failure(Stage::Exec, libc::ECHILD)),
        Err(error) => Err(failure(Stage::Exec, errno_of(&error) as i32)),
    }
}

impl Started {
    fn isolated(program: IsolatedProgram) -> (Started, Option<OwnedFd>) {
        let IsolatedProgram { namespaces, host_pid, pidfd, master, relay_pid, supervisor, enforced } =
            program;
        let isolated = Some((namespaces, relay_pid, enforced));
        (Started { host_pid, pidfd, isolated, supervisor }, master)
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
        let Started { host_pid, pidfd, isolated, supervisor } = self.program;
        let (mut own_pids, mut enforced, mut group, mut namespaces) = (Vec::new(), None, None, None);
        if let Some((made, relay_pid, held)) = isolated {
            own_pids = made.iter().map(Namespaces::init_pid).chain(relay_pid).collect();
            enforced = Some(Box::new(held));
            group = request.group;
            namespaces = made;
        }
        let info = HeldInfo {
            id: hold.id,
            note: hold.note,
            args: HeldInfo::cut_args(&request.args),
            executable: request.executable,
            host_pid,
            own_pids,
            holder_pid: std::process::id().cast_signed(),
            started_millis: hold.started_millis,
            attached: false,
            ended: None,
            group,
            enforced,
        };
        let control = Connection::new(control)?;
        let program =
            Program { master: self.master, ring: self.ring, ring_file: self.ring_file, pidfd, supervisor };
        let mut holder =
            Holder::new(info, self.place, self.listener, program, namespaces, self.ended_children);
        holder.attach(control);
        Ok(holder)
    }
}

/// Closes what the desktop had left open by mistake: it would stay open for as long as the program runs. Nothing else
/// may run in this process, since what it opens meanwhile would be closed under it.
#[allow(unsafe_code, reason = "close_range has no wrapper in nix")]
fn close_all_but(mut kept: Vec<i32>) {
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
