//! The one thread that starts helpers.
//!
//! "Die with the parent" means the parent *thread* on Linux: a helper started by a worker that later
//! ends would be killed with it. So all are started by a thread that lives as long as the desktop.

use std::{
    io,
    process::{Child, Command},
    sync::{
        OnceLock,
        mpsc::{SyncSender, sync_channel},
    },
    thread,
};

/// Requests that may wait; a caller beyond that waits itself.
const WAITING: usize = 32;

struct Job {
    command: Command,
    reply: SyncSender<io::Result<Child>>,
}

/// Starts a command on the spawner thread. The command, and with it the caller's copies of the
/// child's descriptors, is dropped before this returns.
pub(crate) fn spawn(command: Command) -> io::Result<Child> {
    let (reply, result) = sync_channel(1);
    let gone = || io::Error::other("the thread that starts processes is gone");
    thread_handle()?.send(Job { command, reply }).map_err(|_| gone())?;
    result.recv().map_err(|_| gone())?
}

fn thread_handle() -> io::Result<&'static SyncSender<Job>> {
    static JOBS: OnceLock<Option<SyncSender<Job>>> = OnceLock::new();
    let start = || {
        let (jobs, queue) = sync_channel::<Job>(WAITING);
        let run = move || {
            for Job { mut command, reply } in queue {
                let result = command.spawn();
                drop(command);
                // A caller that no longer listens has ended its thread by a panic.
                let _ = reply.send(result);
            }
        };
        thread::Builder::new().name("agentos-spawner".into()).spawn(run).ok()?;
        Some(jobs)
    };
    JOBS.get_or_init(start).as_ref().ok_or_else(|| io::Error::other("no thread to start processes"))
}
