//! Runs closures on the UI thread of a window, for scripts that attach to a running desktop.
//!
//! At most [`MOST_JOBS`] wait; more are refused, so that a runaway client cannot fill memory.

use crate::frontend::stage::Stage;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use thiserror::Error;
use winit::event_loop::EventLoopProxy;

/// Jobs that may wait at a time.
const MOST_JOBS: usize = 64;

/// What wakes the event loop.
#[derive(Debug)]
pub(super) enum Signal {
    /// Somebody asked for a frame.
    Wake,
    /// A job waits.
    Job,
    /// The host's accessibility service spoke.
    Accessibility(accesskit_winit::Event),
}

impl From<accesskit_winit::Event> for Signal {
    fn from(event: accesskit_winit::Event) -> Self {
        Signal::Accessibility(event)
    }
}

/// Why a job was not taken.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum RemoteError {
    /// Too many jobs wait.
    #[error("the desktop is busy: {MOST_JOBS} requests wait already")]
    Busy,
    /// The window is closed.
    #[error("the desktop has ended")]
    Ended,
}

type Job<D> = Box<dyn FnOnce(&mut dyn Stage<D>) + Send>;

/// Runs closures on the desktop in a window.
pub struct Remote<D: ?Sized> {
    jobs: Arc<Mutex<VecDeque<Job<D>>>>,
    proxy: EventLoopProxy<Signal>,
}

impl<D: ?Sized> Clone for Remote<D> {
    fn clone(&self) -> Self {
        Remote { jobs: Arc::clone(&self.jobs), proxy: self.proxy.clone() }
    }
}

impl<D: ?Sized> Remote<D> {
    pub(super) fn new(proxy: EventLoopProxy<Signal>) -> Self {
        Remote { jobs: Arc::default(), proxy }
    }

    pub(super) fn proxy(&self) -> EventLoopProxy<Signal> {
        self.proxy.clone()
    }

    /// Has `job` run on the UI thread, between frames; in order, not at once.
    ///
    /// # Errors
    /// [`RemoteError`].
    pub fn run(&self, job: impl FnOnce(&mut dyn Stage<D>) + Send + 'static) -> Result<(), RemoteError> {
        {
            let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
            if jobs.len() >= MOST_JOBS {
                return Err(RemoteError::Busy);
            }
            jobs.push_back(Box::new(job));
        }
        self.proxy.send_event(Signal::Job).map_err(|_| RemoteError::Ended)
    }

    pub(super) fn next(&self) -> Option<Job<D>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}
