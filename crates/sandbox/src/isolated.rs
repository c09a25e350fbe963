//! A program in isolation, as whoever started it sees it: the first process of the namespaces, whose end
//! is the end of everything in them, and the program itself.

use crate::{
    Enforced, Exit, ExitStatus, Group, Isolation, Limits, Quota, Seen, SpawnError, Spec, Stage, Tier,
    child::reap,
    enforce::{Ended, Told, number_of},
    observe::Supervisor,
    process_tree::{descendants, kill_descendants},
    spawn::explain,
    wire::{self, Answer, Failure},
};
use nix::{
    errno::Errno,
    libc,
    sys::socket::{MsgFlags, recv},
};
use std::{
    io,
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
        unix::net::UnixStream,
    },
    sync::OnceLock,
    time::Duration,
};

/// Longest telling of an end, bytes.
const MAX_TOLD_BYTES: usize = 4096;
/// How long a killed namespace may take to be gone.
const KILL_TIMEOUT: Duration = Duration::from_secs(1);

/// The namespaces of a program: with this, everything in them is ended when it is dropped.
#[derive(Debug)]
pub(crate) struct Namespaces {
    init_pid: i32,
    init: OwnedFd,
    report: OwnedFd,
    was_reaped: bool,
    /// The program has ended and had left nothing behind.
    is_deserted: bool,
    group: OnceLock<Group>,
}

/// A program that is held.
#[derive(Debug)]
pub(crate) struct IsolatedProgram {
    /// None in the tier without.
    pub(crate) namespaces: Option<Namespaces>,
    pub(crate) host_pid: i32,
    pub(crate) pidfd: OwnedFd,
    /// The terminal that was made inside.
    pub(crate) master: Option<OwnedFd>,
    pub(crate) relay_pid: Option<i32>,
    /// Tells of its calls.
    pub(crate) supervisor: Option<Supervisor>,
    pub(crate) enforced: Enforced,
}

/// Why there is none.
#[derive(Debug)]
pub(crate) enum NotStarted {
    /// A step failed.
    Failed(Failure),
    /// What was started is not a helper, or was killed.
    NotAHelper(io::Error),
}

/// Waits until the program runs in its namespaces; whatever was made is gone when it does not. The socket says who
/// speaks.
pub(crate) fn receive(
    control: &UnixStream,
    isolation: &Isolation,
    group: Option<Group>,
) -> Result<IsolatedProgram, NotStarted> {
    let unreadable = || NotStarted::NotAHelper(io::ErrorKind::InvalidData.into());
    let mut supervisor = None;
    let heard = wire::receive_isolated(control, |listener, relay_port| {
        supervisor = Some(Supervisor::start(listener, relay_port, isolation)?);
        Ok(())
    });
    let heard = heard.map_err(NotStarted::NotAHelper)?;
    let namespaces = match heard.init {
        Some((init_pid, descriptors)) => {
            let [init, report]: [OwnedFd; 2] = descriptors.try_into().map_err(|_| unreadable())?;
            let group = group.map(OnceLock::from).unwrap_or_default();
            Some(Namespaces { init_pid, init, report, was_reaped: false, is_deserted: false, group })
        }
        None => None,
    };
    match heard.answer {
        Answer::Runs => {}
        Answer::Failed(failure) => return Err(NotStarted::Failed(failure)),
        Answer::NotAHelper => return Err(NotStarted::NotAHelper(io::ErrorKind::UnexpectedEof.into())),
    }
    let Some((started, host_pid, descriptors)) = heard.program else { return Err(unreadable()) };
    if namespaces.is_some() != (started.enforced.tier == Tier::Namespaces) {
        return Err(unreadable());
    }
    let mut descriptors = descriptors.into_iter();
    let pidfd = descriptors.next().ok_or_else(unreadable)?;
    let relay = if started.has_relay { descriptors.next() } else { None };
    let relay_pid = relay.and_then(|relay| number_of(&relay).ok().flatten());
    let master = descriptors.next();
    Ok(IsolatedProgram {
        namespaces,
        host_pid,
        pidfd,
        master,
        relay_pid,
        supervisor,
        enforced: started.enforced,
    })
}

impl NotStarted {
    /// In the caller's words.
    pub(crate) fn explain(&self, spec: &Spec) -> SpawnError {
        match self {
            NotStarted::Failed(failure) => explain(spec, failure),
            NotStarted::NotAHelper(error) => SpawnError::Helper {
                path: spec.helper.path().to_owned(),
                detail: format!("it is not a helper or was killed: {error}"),
            },
        }
    }

    /// As a failure that can be passed on.
    pub(crate) fn into_failure(self) -> Failure {
        match self {
            NotStarted::Failed(failure) => failure,
            NotStarted::NotAHelper(error) => Failure {
                stage: Stage::Exec,
                errno: error.raw_os_error().unwrap_or(libc::ECHILD),
                about: "the helper was killed".into(),
            },
        }
    }
}

impl Namespaces {
    /// The first process.
    pub(crate) fn init_pid(&self) -> i32 {
        self.init_pid
    }

    /// Becomes readable when the program has ended, and stays so.
    pub(crate) fn report(&self) -> BorrowedFd<'_> {
        self.report.as_fd()
    }

    /// How the program ended, if it has.
    ///
    /// # Errors
    /// What the host says when asked for the end of init.
    pub(crate) fn try_wait(&mut self) -> io::Result<Option<Exit>> {
        let mut told = [0; MAX_TOLD_BYTES];
        match recv(self.report.as_raw_fd(), &mut told, MsgFlags::MSG_DONTWAIT) {
            Err(Errno::EAGAIN | Errno::EINTR) => Ok(None),
            Ok(count @ 1..) => match serde_json::from_slice::<Ended>(&told[..count]) {
                Ok(Ended { exit, is_deserted }) => {
                    self.is_deserted = is_deserted;
                    Ok(Some(self.judge(exit)))
                }
                Err(_) => self.killed(),
            },
            // Init is gone and has said nothing: it was killed, and everything with it.
            Ok(_) | Err(_) => self.killed(),
        }
    }

    fn killed(&mut self) -> io::Result<Option<Exit>> {
        self.kill();
        let status = ExitStatus::Signal(libc::SIGKILL);
        match self.reap() {
            Some(exit) => Ok(Some(self.judge(Exit { status, ..exit }))),
            // Somebody else has reaped it, or it takes its time to die.
            None => Ok(Some(self.judge(Exit { status, ..Exit::default() }))),
        }
    }

    fn judge(&self, exit: Exit) -> Exit {
        self.group.get().map_or(exit, |group| group.judge(exit))
    }

    /// Whether nobody is left in them, as their first process has told with the program's end.
    pub(crate) fn is_deserted(&self) -> bool {
        self.is_deserted
    }

    /// A group that its processes were put into while they ran.
    pub(crate) fn set_group(&self, group: Group) {
        let _ = self.group.set(group);
    }

    /// What their first process looks at from now on.
    pub(crate) fn set_quota(&self, quota: &Quota) -> io::Result<()> {
        self.tell(&Told::Quota(*quota))
    }

    /// Gives each process in them other limits. A desktop that is another user may not do so itself, and init may.
    pub(crate) fn set_limits(&self, limits: &Limits) -> io::Result<()> {
        self.tell(&Told::Limits(*limits))
    }

    fn tell(&self, told: &Told) -> io::Result<()> {
        let told = serde_json::to_vec(told)?;
        let flags = MsgFlags::MSG_NOSIGNAL | MsgFlags::MSG_DONTWAIT;
        Ok(nix::sys::socket::send(self.report.as_raw_fd(), &told, flags).map(drop)?)
    }

    /// Ends everything in the namespaces at once.
    pub(crate) fn kill(&self) -> bool {
        send(&self.init, libc::SIGKILL)
    }

    /// Reaps init when it has ended; does not wait.
    pub(crate) fn reap(&mut self) -> Option<Exit> {
        if self.was_reaped {
            return None;
        }
        let reaped = reap(self.init_pid);
        // An error says that it is no child of ours any more.
        self.was_reaped = !matches!(reaped, Ok(None));
        reaped.ok().flatten().map(|(_, exit)| exit)
    }

    /// Whoever reaps all of its children has reaped this one, too.
    pub(crate) fn was_reaped_elsewhere(&mut self) {
        self.was_reaped = true;
    }

    /// Everything in the namespaces but their first process.
    pub(crate) fn members(&self) -> Vec<i32> {
        descendants(self.init_pid)
    }

    /// The same, to be reached when it is a tree no more.
    pub(crate) fn seen(&self) -> Seen {
        Seen::descendants(self.init_pid)
    }

    /// Sends a signal to everything in the namespaces; returns how many got it.
    pub(crate) fn signal(&self, signal: i32) -> usize {
        if signal == libc::SIGKILL {
            let count = descendants(self.init_pid).len();
            return if self.kill() { count.max(1) } else { 0 };
        }
        kill_descendants(self.init_pid, signal)
    }
}

impl Drop for Namespaces {
    fn drop(&mut self) {
        if self.was_reaped {
            return;
        }
        self.kill();
        let timeout = nix::poll::PollTimeout::try_from(KILL_TIMEOUT).unwrap_or(nix::poll::PollTimeout::MAX);
        let mut wanted = [nix::poll::PollFd::new(self.init.as_fd(), nix::poll::PollFlags::POLLIN)];
        let _ = nix::poll::poll(&mut wanted, timeout);
        self.reap();
    }
}

/// Sends a signal to the process of a descriptor; false when it has ended.
#[allow(unsafe_code, reason = "pidfd calls have no wrapper in nix")]
pub(crate) fn send(pidfd: &OwnedFd, signal: i32) -> bool {
    // SAFETY: the descriptor is open, no signal information is passed.
    unsafe { libc::syscall(libc::SYS_pidfd_send_signal, pidfd.as_raw_fd(), signal, 0, 0) == 0 }
}
