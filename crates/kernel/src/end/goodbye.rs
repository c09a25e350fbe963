//! An end that leaves programs of the host a moment: they are hung up, as when their terminal goes, and killed when
//! they are still there after it, whatever they made of the signal and wherever they are by then.
//!
//! Nothing here is for the thread that draws: trees are read from `/proc`, and the moment is waited for.

use crate::{core::Core, host::HostProcess, process::Process};
use abi::table::EndReason;
use nix::libc;
use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

/// How long a program may take over its goodbye when its window is closed.
const WINDOW_GOODBYE: Duration = Duration::from_millis(500);
/// How often it is looked whether all have gone.
const LOOK: Duration = Duration::from_millis(4);

impl Core {
    /// Ends a process and everything it started. One without programs of the host ends here and now; with them it
    /// ends when they have, within [`WINDOW_GOODBYE`] and what killing takes.
    pub(crate) fn close(self: &Arc<Self>, process: &Arc<Process>) {
        for one in family(self, process) {
            one.order_end(EndReason::Closed, None);
        }
        if programs_of(self, process).is_empty() {
            return self.kill_now(process);
        }
        let (core, process) = (self.clone(), process.clone());
        self.runtime().spawn_blocking(move || {
            let programs = programs_of(&core, &process);
            // The end of the kernel has a goodbye of its own.
            let is_over = || core.closing.load(Ordering::Acquire);
            say_goodbye(&programs, WINDOW_GOODBYE, is_over);
            if !is_over() {
                core.kill_now(&process);
            }
        });
    }
}

/// A process of ours and the program behind it.
type Ours = (Arc<Process>, Arc<HostProcess>);

/// A process and its descendants.
fn family(core: &Core, process: &Arc<Process>) -> Vec<Arc<Process>> {
    let mut all = core.processes.descendants(process.pid());
    all.push(process.clone());
    all
}

/// The programs of the host among a process and its descendants.
fn programs_of(core: &Core, process: &Arc<Process>) -> Vec<Ours> {
    programs_among(&family(core, process))
}

/// The programs of the host among these that have not ended.
pub(crate) fn programs_among(processes: &[Arc<Process>]) -> Vec<Ours> {
    let alive = processes.iter().filter(|process| process.is_alive());
    alive.filter_map(|process| Some((process.clone(), process.host()?.clone()))).collect()
}

/// Hangs programs up, waits until they and all they had started are gone, at most this long or until it `is_over`,
/// and kills the rest. Says how many programs were still there.
pub(crate) fn say_goodbye(programs: &[Ours], patience: Duration, is_over: impl Fn() -> bool) -> usize {
    let deadline = Instant::now() + patience;
    let seen: Vec<_> = programs.iter().map(|(_, host)| host.seen()).collect();
    for seen in &seen {
        seen.signal(libc::SIGHUP);
    }
    // A program has gone when its watcher has told so: then its end is written as it was.
    let left = || programs.iter().filter(|(process, _)| process.is_alive()).count();
    let have_gone = || left() == 0 && seen.iter().all(sandbox::Seen::has_ended);
    while !have_gone() && Instant::now() < deadline && !is_over() {
        std::thread::sleep(LOOK);
    }
    let left = left();
    for (seen, (process, host)) in seen.iter().zip(programs) {
        // What was born since its tree was seen is in the tree now, or has a parent that is.
        if process.is_alive() {
            host.signal(libc::SIGKILL);
        }
        seen.signal(libc::SIGKILL);
    }
    left
}
