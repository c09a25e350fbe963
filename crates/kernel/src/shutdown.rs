//! The end of a kernel: gently as long as that goes fast, then by force; bounded in any case.
//!
//! 1. Nothing new is begun. Programs of the host are hung up, as when their terminal closes, and may say goodbye.
//! 2. Whatever still runs is killed, and everything that processes hold is released.
//! 3. Calls that are inside the host get a moment to come back; one that hangs there is left behind with its thread.
//! 4. The journal is closed, and the data folder is given back: the next kernel may have it.
//!
//! Whoever drops a kernel without asking for this gets it all the same, with a warning when something was running.

use crate::{
    Kernel,
    core::Core,
    end::{programs_among, say_goodbye},
    process::Process,
    sync::lock,
};
use abi::{Pid, table::EndReason};
use std::{
    sync::{Arc, atomic::Ordering, mpsc},
    time::{Duration, Instant},
};

/// How long programs of the host may take over their goodbye.
const GOODBYE: Duration = Duration::from_millis(800);
/// How long calls that are inside the host may take to come back.
const CALLS_PATIENCE: Duration = Duration::from_millis(500);
/// How long the disk may take over the last rows.
const JOURNAL_PATIENCE: Duration = Duration::from_secs(3);

/// What a shutdown did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shutdown {
    /// Processes that were ended by it.
    pub ended: usize,
    /// Of those, programs of the host that had to be killed.
    pub killed: usize,
    /// Calls hung in the host and were left behind.
    pub left_calls: bool,
    /// The journal could not be closed in time; the data folder stays taken until it is.
    pub left_journal: bool,
    /// How long it took.
    pub took: Duration,
}

impl Kernel {
    /// Ends every process and gives the data folder back, within about five seconds at the most. Does nothing the
    /// second time. Runs at the drop, too.
    pub fn shutdown(&self) -> Shutdown {
        if self.core.closing.swap(true, Ordering::AcqRel) {
            return Shutdown::default();
        }
        let began = Instant::now();
        let running = running(&self.core);
        for process in &running {
            process.order_end(EndReason::Quit, None);
        }
        let killed = say_goodbye(&programs_among(&running), GOODBYE, || false);
        for process in &running {
            self.core.kill_now(process);
        }
        let left_calls = self.stop_threads();
        self.give_back(Shutdown { ended: running.len(), killed, left_calls, ..Shutdown::default() }, began)
    }

    /// Ends as if this program had been killed: what survives that survives this.
    pub fn abandon(&self) -> Shutdown {
        if self.core.closing.swap(true, Ordering::AcqRel) {
            return Shutdown::default();
        }
        let began = Instant::now();
        // Nobody may read a terminal any more when its holder begins to.
        let left_calls = self.stop_threads();
        let running = running(&self.core);
        for host in running.iter().filter_map(|process| process.host()) {
            host.release();
        }
        let killed =
            running.iter().filter_map(|process| process.host()).filter(|host| !host.was_released()).count();
        for process in &running {
            self.core.kill_now(process);
        }
        self.give_back(Shutdown { ended: running.len(), killed, left_calls, ..Shutdown::default() }, began)
    }

    /// Closes the journal and lets go of the data folder.
    fn give_back(&self, report: Shutdown, began: Instant) -> Shutdown {
        self.core.proxies.finish();
        let left_journal = !close_journal(&self.core);
        if !left_journal {
            // Nobody can change anything any more, so the next kernel may have the folder, even while handles
            // on this one are still around.
            drop(lock(&self.core.data_dir).take());
        }
        let report = Shutdown { left_journal, took: began.elapsed(), ..report };
        tracing::debug!(?report, "the kernel has ended");
        report
    }

    /// Whether calls were left behind.
    fn stop_threads(&self) -> bool {
        let Some(runtime) = lock(&self.runtime).take() else { return false };
        let began = Instant::now();
        // A call that hangs in the host would keep us; its thread ends with the program.
        runtime.shutdown_timeout(CALLS_PATIENCE);
        let is_late = began.elapsed() >= CALLS_PATIENCE;
        if is_late {
            tracing::warn!("calls that hang in the host were left behind");
        }
        is_late
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        if !self.core.closing.load(Ordering::Acquire) && !std::thread::panicking() {
            let running = running(&self.core).len();
            if running > 0 {
                tracing::warn!(running, "a kernel is dropped while processes run; they are ended");
            }
        }
        self.shutdown();
    }
}

fn running(core: &Core) -> Vec<Arc<Process>> {
    let mut all = core.processes.all();
    all.retain(|process| process.pid() != Pid::KERNEL && process.is_alive());
    all
}

/// Closes the journal on a thread of its own, since a disk may hang. Whether it was closed in time.
fn close_journal(core: &Arc<Core>) -> bool {
    let (done, is_done) = mpsc::sync_channel(1);
    let own = core.clone();
    let close = move || {
        own.journal.close();
        // Nobody listens any more when it was too late.
        let _ = done.send(());
    };
    if std::thread::Builder::new().name("journal-close".into()).spawn(close).is_err() {
        core.journal.close();
        return true;
    }
    let closed = is_done.recv_timeout(JOURNAL_PATIENCE).is_ok();
    if !closed {
        tracing::error!("the journal could not be closed in time; the last rows may not be on the disk");
    }
    closed
}
