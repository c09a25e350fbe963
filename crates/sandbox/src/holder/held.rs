//! The desktop's side of a program that has a holder.

use super::{
    Hold, Keep, MAX_NOTE_BYTES,
    frame::{Decoder, HEAD_BYTES, HeldInfo, Message},
    is_id,
    ring::OutputRing,
};
use crate::{
    Enforced, Exit, ExitStatus, Group, Limits, Observations, Quota, QuotaError, SpawnError, Spec, WindowSize,
    error::Asked,
    process_tree::{Seen, descendants, kill_descendants, kill_tree},
    pty,
    quota::Running,
    spawn::{self, Launched},
    spawner,
    wire::receive_with_descriptors,
};
use nix::{
    libc,
    sys::socket::{MsgFlags, recv},
};
use std::{
    io::{self, Read, Write},
    os::{
        fd::{AsFd, AsRawFd, OwnedFd},
        unix::net::UnixStream,
    },
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How long a holder may keep a call. It answers in far less than a millisecond.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);
/// What is told of a program whose holder was ended by somebody else.
const LOST: Exit = Exit {
    status: ExitStatus::Signal(libc::SIGHUP),
    user_time: Duration::ZERO,
    system_time: Duration::ZERO,
    peak_memory_bytes: 0,
    exceeded: None,
    refused_processes: 0,
};

/// A program with a terminal and a holder.
#[derive(Debug)]
pub struct HeldProcess {
    /// The terminal: non-blocking, close-on-exec. It hangs up by [`Held::hang_up`], since the holder has it, too.
    pub master: OwnedFd,
    /// The program.
    pub held: Held,
}

/// Our hold on such a program. Dropping it ends the program and its holder, if it is ours: one that was started
/// here is, one that was attached is from [`Held::adopt`] on. Otherwise the holder keeps it.
#[derive(Debug)]
pub struct Held {
    info: HeldInfo,
    group: OnceLock<Group>,
    socket: Mutex<Socket>,
    /// The same socket once more, so that somebody can wait without the lock.
    end: OwnedFd,
    pidfd: OwnedFd,
    ring: OutputRing,
    observations: Mutex<Option<Observations>>,
    is_ours: AtomicBool,
    was_released: AtomicBool,
    was_ended: AtomicBool,
    was_lost: AtomicBool,
}

#[derive(Debug)]
struct Socket {
    stream: UnixStream,
    decoder: Decoder,
    exit: Option<Exit>,
}

/// Starts a program as leader of a session of its own on a new terminal, with a holder between it and us.
/// Takes about three milliseconds, at most ten seconds; not for the thread that draws.
///
/// # Errors
/// [`SpawnError`]; nothing is left running then.
pub fn spawn_held(spec: &Spec, size: WindowSize, keep: &Keep) -> Result<HeldProcess, SpawnError> {
    spec.check()?;
    let folder = keep.folder.to_str().filter(|_| is_id(&keep.id) && keep.note.len() <= MAX_NOTE_BYTES);
    let Some(folder) = folder else {
        return Err(SpawnError::Invalid("this is no place or no note for a holder".into()));
    };
    let mut request = spawn::request(spec, spawn::tier_for(spec)?, true);
    let outside = if request.is_inside() { None } else { Some(pty::open(size)?) };
    let (_, ring) = OutputRing::create().asked("shared memory")?;
    request.hold = Some(Hold {
        folder: folder.to_owned(),
        id: keep.id.clone(),
        note: keep.note.clone(),
        started_millis: keep.started_millis,
    });
    let mut handed = Vec::new();
    match &outside {
        Some((master, slave)) => handed.extend([slave.as_fd(), slave.as_fd(), slave.as_fd(), master.as_fd()]),
        // A terminal inside is made there.
        None => request.size = Some(size),
    }
    handed.push(ring.as_fd());
    let group = spawn::group(spec, &request)?;
    request.group.clone_from(&group);
    let Launched { mut child, control, sent } = spawn::launch(spec, &request, &handed)?;
    drop(handed);
    drop(outside);
    let helper = |detail: String| SpawnError::Helper { path: spec.helper.path().to_owned(), detail };
    let begun = begin(control).map_err(|why| match sent {
        Err(error) => helper(error.to_string()),
        Ok(()) => match why {
            HolderAnswer::Failed(failure) => spawn::explain(spec, &failure),
            HolderAnswer::Busy => helper("it answered as a holder that is busy".into()),
            HolderAnswer::Unreadable(error) => {
                helper(format!("it is of another version or was killed: {error}"))
            }
        },
    });
    // The helper itself has ended; what it became is nobody's child.
    let _ = child.wait_timeout(spawn::HELPER_END);
    match begun {
        Ok(mut process) => {
            spawner::keep_ready(&spec.helper);
            if let (Some(group), Some(isolation)) = (group, &spec.isolation) {
                process.held.group = OnceLock::from(group.without_helper(&isolation.quota));
            }
            process.held.adopt();
            Ok(process)
        }
        Err(why) => {
            group.iter().for_each(Group::remove);
            Err(why)
        }
    }
}

/// What is no program.
pub(super) enum HolderAnswer {
    Busy,
    Failed(crate::wire::Failure),
    Unreadable(io::Error),
}

impl From<io::Error> for HolderAnswer {
    fn from(error: io::Error) -> Self {
        HolderAnswer::Unreadable(error)
    }
}

/// Takes the program that a holder hands over.
pub(super) fn begin(mut stream: UnixStream) -> Result<HeldProcess, HolderAnswer> {
    let unreadable = || io::Error::from(io::ErrorKind::InvalidData);
    let (message, descriptors) = receive(&mut stream)?;
    let info = match message {
        Message::Info(info) => *info,
        Message::Busy => return Err(HolderAnswer::Busy),
        Message::Failed(failure) => return Err(HolderAnswer::Failed(failure)),
        _ => return Err(unreadable().into()),
    };
    let mut descriptors = descriptors;
    let observations = if descriptors.len() > 3 { descriptors.pop().map(Observations::new) } else { None };
    let [master, ring, pidfd]: [OwnedFd; 3] = descriptors.try_into().map_err(|_| unreadable())?;
    let ring = OutputRing::open(&ring)?;
    let end = OwnedFd::from(stream.try_clone()?);
    stream.set_write_timeout(Some(ANSWER_TIMEOUT))?;
    let held = Held {
        group: info.group.clone().map(OnceLock::from).unwrap_or_default(),
        info,
        socket: Mutex::new(Socket { stream, decoder: Decoder::default(), exit: None }),
        end,
        pidfd,
        ring,
        observations: Mutex::new(observations),
        is_ours: AtomicBool::new(false),
        was_released: AtomicBool::new(false),
        was_ended: AtomicBool::new(false),
        was_lost: AtomicBool::new(false),
    };
    Ok(HeldProcess { master, held })
}

/// One message, whole, with what came with it.
pub(super) fn receive(stream: &mut UnixStream) -> io::Result<(Message, Vec<OwnedFd>)> {
    let unreadable = || io::Error::from(io::ErrorKind::InvalidData);
    let mut decoder = Decoder::default();
    let mut head = [0; HEAD_BYTES];
    let descriptors = receive_with_descriptors(stream, &mut head)?;
    decoder.push(&head);
    loop {
        if let Some(message) = decoder.next().map_err(|_| unreadable())? {
            return Ok((message, descriptors));
        }
        let missing = decoder.missing_bytes().ok_or_else(unreadable)?;
        let mut body = vec![0; missing];
        stream.read_exact(&mut body)?;
        decoder.push(&body);
    }
}

impl Held {
    /// What the holder knows of it, as of the time when we attached.
    #[must_use]
    pub fn info(&self) -> &HeldInfo {
        &self.info
    }

    /// What holds it; `None` for a program without isolation.
    #[must_use]
    pub fn enforced(&self) -> Option<&Enforced> {
        self.info.enforced.as_deref()
    }

    /// Where what it does is told, when it is observed; gives it away.
    pub fn take_observations(&self) -> Option<Observations> {
        self.observations.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The control groups that hold its limits, when some do.
    #[must_use]
    pub fn group(&self) -> Option<&Group> {
        self.group.get()
    }

    /// Changes what it may use up; see [`crate::Child::set_quota`].
    ///
    /// # Errors
    /// As there.
    pub fn set_quota(&self, quota: &Quota, was: &Quota) -> Result<(), QuotaError> {
        let running = Running {
            host_pid: self.info.host_pid,
            enforced: self.enforced(),
            group: &self.group,
            members: &|| self.members(),
            tell: &|quota| {
                self.tell(&Message::Quota(*quota));
                Ok(())
            },
        };
        if let Some(late) = running.change(quota, was)? {
            self.tell(&Message::Group(late));
        }
        Ok(())
    }

    /// Gives the program and everything it started other limits; see [`crate::Child::set_limits`].
    ///
    /// # Errors
    /// What the host says.
    pub fn set_limits(&self, limits: &Limits, was: &Limits) -> io::Result<()> {
        match limits.apply_to(&self.members(), was) {
            Err(why) if why.raw_os_error() == Some(libc::EPERM) && self.info.enforced.is_some() => {
                self.tell(&Message::Limits(*limits));
                limits.wait_until_held(self.info.host_pid)
            }
            set => set,
        }
    }

    /// The program's process id on the host, which is also its session.
    #[must_use]
    pub fn host_pid(&self) -> i32 {
        self.info.host_pid
    }

    /// Becomes readable when the holder has something to say: then [`Held::try_wait`] answers.
    ///
    /// # Errors
    /// No descriptor is to be had.
    pub fn end_descriptor(&self) -> io::Result<OwnedFd> {
        self.end.try_clone()
    }

    /// The end of the program, if it has come. When its holder was ended by somebody else, what the program had
    /// started is killed, and it counts as hung up.
    ///
    /// # Errors
    /// What reading says.
    pub fn try_wait(&self) -> io::Result<Option<Exit>> {
        let mut socket = self.lock();
        while socket.exit.is_none() {
            let mut piece = [0; 1024];
            match recv(socket.stream.as_raw_fd(), &mut piece, MsgFlags::MSG_DONTWAIT) {
                Ok(0) | Err(nix::Error::ECONNRESET) => {
                    socket.exit = Some(LOST);
                    // Unless it is we who ended it, or let go of it.
                    if !self.was_ended.load(Ordering::Acquire) && !self.was_released() {
                        self.lose();
                    }
                }
                Ok(count) => socket.decoder.push(&piece[..count]),
                Err(nix::Error::EAGAIN) => return Ok(None),
                Err(nix::Error::EINTR) => {}
                Err(why) => return Err(why.into()),
            }
            while let Ok(Some(message)) = socket.decoder.next() {
                if let Message::Exited(exit, _) = message {
                    socket.exit = Some(exit);
                }
            }
        }
        Ok(socket.exit)
    }

    fn lose(&self) {
        self.was_lost.store(true, Ordering::Release);
        // It was told by the host to hang up and may not have.
        self.signal_program(libc::SIGKILL);
        kill_tree(self.info.host_pid, libc::SIGKILL);
    }

    /// Whether the holder was ended by somebody else.
    #[must_use]
    pub fn was_lost(&self) -> bool {
        self.was_lost.load(Ordering::Acquire)
    }

    /// Keeps a copy of what was read from the terminal. By one thread at a time.
    pub fn record(&self, output: &[u8]) {
        self.ring.append(output);
    }

    /// The last output, from the beginning of a line; at most 256 KiB.
    #[must_use]
    pub fn last_output(&self) -> Vec<u8> {
        self.ring.last_output()
    }

    /// The program and everything it started, also what left its session.
    #[must_use]
    pub fn members(&self) -> Vec<i32> {
        let mut members = descendants(self.info.holder_pid);
        members.retain(|pid| !self.info.own_pids.contains(pid));
        members
    }

    /// The same, to be reached when it is a tree no more.
    #[must_use]
    pub fn seen(&self) -> Seen {
        Seen::descendants(self.info.holder_pid)
    }

    /// Sends a signal to all of them; returns how many got it.
    pub fn signal_tree(&self, signal: i32) -> usize {
        kill_descendants(self.info.holder_pid, signal)
    }

    /// Sends a signal to the program alone; false when it has ended.
    #[allow(unsafe_code, reason = "pidfd calls have no wrapper in nix")]
    pub fn signal_program(&self, signal: i32) -> bool {
        // SAFETY: the descriptor is open, no signal information is passed.
        unsafe { libc::syscall(libc::SYS_pidfd_send_signal, self.pidfd.as_raw_fd(), signal, 0, 0) == 0 }
    }

    /// From now on it ends with us, unless it is released.
    pub fn adopt(&self) {
        self.is_ours.store(true, Ordering::Release);
    }

    /// Closes the terminal at the holder's side, too, when it is ours. Our end is to be closed as well; then the host
    /// hangs up.
    pub fn hang_up(&self) {
        if self.is_ours.load(Ordering::Acquire) && !self.was_released() {
            self.tell(&Message::HangUp);
        }
    }

    /// Leaves the program to its holder, for the next desktop. The terminal must not be read from now on.
    pub fn release(&self) {
        if !self.was_released.swap(true, Ordering::AcqRel) {
            // Descriptors of it may be around for a while; the holder shall see our end at once.
            let socket = self.lock();
            let _ = socket.stream.shutdown(std::net::Shutdown::Both);
        }
    }

    /// Ends the program and its holder, if it is ours and was not released; what the program had started gets three
    /// seconds to say farewell when it has ended by itself. Output that is in the terminal can still be read.
    pub fn end(&self) {
        if self.is_ours.load(Ordering::Acquire)
            && !self.was_released()
            && !self.was_ended.swap(true, Ordering::AcqRel)
        {
            self.tell(&Message::End);
        }
    }

    /// Whether it was left to its holder.
    #[must_use]
    pub fn was_released(&self) -> bool {
        self.was_released.load(Ordering::Acquire)
    }

    fn tell(&self, message: &Message) {
        let mut socket = self.lock();
        if socket.stream.write_all(&message.encode()).is_err() {
            // A holder that does not listen sees the end of our socket in any case.
            let _ = socket.stream.shutdown(std::net::Shutdown::Both);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Socket> {
        self.socket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.end();
    }
}
