//! Asks a front-end for a frame from any thread: a task is done, output has arrived.
//!
//! Wakes are coalesced. From the first wake to the start of the next frame all others cost one atomic
//! read, so a process that writes thousands of times a second wakes the desktop once per frame.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A handle that asks for a frame.
#[derive(Clone)]
pub struct Waker {
    pending: Arc<AtomicBool>,
    notify: Arc<dyn Fn() + Send + Sync>,
}

impl std::fmt::Debug for Waker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waker").field("pending", &self.is_pending()).finish_non_exhaustive()
    }
}

impl Waker {
    /// A waker that calls `notify` once per batch of wakes.
    pub fn new(notify: impl Fn() + Send + Sync + 'static) -> Waker {
        Waker { pending: Arc::new(AtomicBool::new(false)), notify: Arc::new(notify) }
    }

    /// Asks for a frame. Never blocks.
    pub fn wake(&self) {
        if !self.pending.load(Ordering::Acquire) && !self.pending.swap(true, Ordering::AcqRel) {
            (self.notify)();
        }
    }

    /// Whether a wake has not been answered by a frame.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.pending.load(Ordering::Acquire)
    }

    /// Called by a front-end before the frame that answers: what comes later gets a frame of its own.
    pub(crate) fn take(&self) -> bool {
        self.pending.swap(false, Ordering::AcqRel)
    }
}

/// The sleeping side of a [`Waker`] where there is no event loop.
#[derive(Clone, Debug)]
pub(crate) struct Sleeper {
    waker: Waker,
    bell: Arc<(Mutex<()>, Condvar)>,
}

impl Sleeper {
    pub(crate) fn new() -> Sleeper {
        let bell = Arc::new((Mutex::new(()), Condvar::new()));
        let rung = Arc::clone(&bell);
        let waker = Waker::new(move || {
            // The lock orders this after a sleeper's check, so that no wake falls between check and sleep.
            drop(rung.0.lock().unwrap_or_else(PoisonError::into_inner));
            rung.1.notify_all();
        });
        Sleeper { waker, bell }
    }

    pub(crate) fn waker(&self) -> &Waker {
        &self.waker
    }

    /// Sleeps until woken or `timeout` has passed, and says whether it was woken.
    pub(crate) fn sleep(&self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout.min(Duration::from_secs(3600));
        let mut guard = self.bell.0.lock().unwrap_or_else(PoisonError::into_inner);
        while !self.waker.is_pending() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            guard = self.bell.1.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn many_wakes_are_one_until_taken() {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let waker = Waker::new(move || {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        (0..1000).for_each(|_| waker.clone().wake());
        assert_eq!(calls.load(Ordering::Relaxed), 1);
        assert!(waker.take());
        assert!(!waker.take());
        waker.wake();
        assert_eq!(calls.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_wake_from_another_thread_ends_the_sleep() {
        let sleeper = Sleeper::new();
        let waker = sleeper.waker().clone();
        let other = std::thread::Builder::new().name("waker".into()).spawn(move || waker.wake());
        assert!(sleeper.sleep(Duration::from_secs(60)));
        other.expect("a thread can be made in tests").join().expect("it does not panic");
        sleeper.waker().take();
        assert!(!sleeper.sleep(Duration::ZERO));
    }
}
