//! The one thread that starts helpers, and keeps one ready.
//!
//! "Die with the parent" means the parent *thread* on Linux: a helper started by a worker that later
//! ends would be killed with it. So all are started by a thread that lives as long as the desktop.
//!
//! Loading a program takes longer than what the helper then does, so from the first program on one
//! helper has been started before anybody asks for it. It waits for a request on its socket, and has
//! prepared meanwhile what most requests need; when we end, its socket does, and with that it ends.
//!
//! **Invariants**: at most one helper is ready; it is of the file that is asked for, and alive when it
//! is given away.

use crate::{Child, Helper, SpawnError, error::Asked, limiter};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::{
    ffi::OsStr,
    io,
    os::{
        fd::{AsFd, OwnedFd},
        unix::{net::UnixStream, process::CommandExt},
    },
    process::{Command, Stdio},
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        mpsc::{SyncSender, sync_channel},
    },
    thread,
};

/// Requests that may wait; a caller beyond that waits itself.
const WAITING: usize = 32;
/// What the helper is called in lists of processes, those of its sandbox included: a name without a path of the host.
const NAME: &str = "agentos-sandbox";

/// A helper that waits for a request on the other end of the socket.
#[derive(Debug)]
pub(crate) struct Waiting {
    /// Dropped, it is ended and reaped.
    pub(crate) child: Child,
    pub(crate) control: UnixStream,
}

enum Job {
    Start { helper: Helper, reply: SyncSender<Result<Waiting, SpawnError>> },
    KeepReady(Helper),
}

/// The one that is ready, and of which file.
static READY: Mutex<Option<(Helper, Waiting)>> = Mutex::new(None);

fn ready() -> MutexGuard<'static, Option<(Helper, Waiting)>> {
    READY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A helper to send a request to.
///
/// # Errors
/// It cannot be started.
pub(crate) fn helper(helper: &Helper) -> Result<Waiting, SpawnError> {
    let kept = ready().take();
    if let Some((_, waiting)) = kept.filter(|(of, waiting)| of == helper && waiting.is_alive()) {
        return Ok(waiting);
    }
    let gone = || io::Error::other("the thread that starts processes is gone");
    let (reply, result) = sync_channel(1);
    let job = Job::Start { helper: helper.clone(), reply };
    let jobs = thread_handle().ok_or_else(gone).asked("helper")?;
    jobs.send(job).map_err(|_| gone()).asked("helper")?;
    result.recv().map_err(|_| gone()).asked("helper")?
}

/// Has one ready for the next time, soon. Nobody waits for that.
pub(crate) fn keep_ready(helper: &Helper) {
    if let Some(jobs) = thread_handle() {
        // When there is much to do already, the next one is started when it is needed.
        let _ = jobs.try_send(Job::KeepReady(helper.clone()));
    }
}

fn thread_handle() -> Option<&'static SyncSender<Job>> {
    static JOBS: OnceLock<Option<SyncSender<Job>>> = OnceLock::new();
    let start = || {
        let (jobs, queue) = sync_channel::<Job>(WAITING);
        let run = move || {
            for job in queue {
                match job {
                    Job::Start { helper, reply } => {
                        // A caller that no longer listens has ended its thread by a panic.
                        let _ = reply.send(start_one(&helper));
                    }
                    Job::KeepReady(helper) => {
                        let is_ready =
                            ready().as_ref().is_some_and(|(of, waiting)| *of == helper && waiting.is_alive());
                        // Whether it can be started is told to whoever needs it.
                        if !is_ready && let Ok(waiting) = start_one(&helper) {
                            *ready() = Some((helper, waiting));
                        }
                    }
                }
            }
        };
        thread::Builder::new().name("agentos-spawner".into()).spawn(run).ok()?;
        Some(jobs)
    };
    JOBS.get_or_init(start).as_ref()
}

fn start_one(helper: &Helper) -> Result<Waiting, SpawnError> {
    // We may have to move within the host's control groups to make some of our own, which is possible alone only.
    limiter::places();
    let (control, theirs) = UnixStream::pair().asked("socket")?;
    // No `pre_exec`, folder, user or group here: the standard library then uses `posix_spawn`.
    let mut command = Command::new(helper.path());
    command.arg0(OsStr::new(NAME)).args(helper.args()).env_clear();
    command.stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::null()).stderr(Stdio::inherit());
    let started = command
        .spawn()
        .map_err(|error| SpawnError::Helper { path: helper.path().to_owned(), detail: error.to_string() })?;
    let child = Child::adopt(started).asked("handle on the process")?;
    Ok(Waiting { child, control })
}

impl Waiting {
    /// A helper says nothing before it is asked.
    fn is_alive(&self) -> bool {
        let mut said = [PollFd::new(self.control.as_fd(), PollFlags::POLLIN)];
        matches!(poll(&mut said, PollTimeout::ZERO), Ok(0))
    }
}
