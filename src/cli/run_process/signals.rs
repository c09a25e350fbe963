//! Signals to this program are passed on to the one it runs.

use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use std::{io, thread};

/// What is caught: ends, and a new size of the terminal.
const CAUGHT: [Signal; 7] = [
    Signal::SIGHUP,
    Signal::SIGINT,
    Signal::SIGQUIT,
    Signal::SIGTERM,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGWINCH,
];

/// From now on these signals wait for [`Caught::each`].
pub(super) struct Caught {
    set: SigSet,
}

impl Caught {
    /// To be called while this is the only thread: others get the mask from it.
    pub(super) fn begin() -> io::Result<Self> {
        let set: SigSet = CAUGHT.into_iter().collect();
        sigprocmask(SigmaskHow::SIG_BLOCK, Some(&set), None)?;
        Ok(Caught { set })
    }

    /// Hands each to somebody, on a thread that goes with the program.
    pub(super) fn each(self, mut act: impl FnMut(Signal) + Send + 'static) -> io::Result<()> {
        let wait = move || {
            while let Ok(signal) = self.set.wait() {
                act(signal);
            }
        };
        thread::Builder::new().name("signals".into()).spawn(wait).map(drop)
    }
}
