//! Tells those who wait that something may have changed, and costs next to nothing when nobody does.
//!
//! A waiter first says that it waits, then looks; who changes something first makes the change visible,
//! then looks for waiters. With a full fence between the two steps on both sides, one of them sees the
//! other, whatever the order (Dekker's argument).

use std::sync::atomic::{AtomicUsize, Ordering, fence};
use tokio::sync::Notify;

/// See the module documentation.
#[derive(Default)]
pub(crate) struct Bell {
    waiters: AtomicUsize,
    notify: Notify,
}

/// Somebody who waits, until it is dropped.
struct Waiter<'a>(&'a AtomicUsize);

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Bell {
    /// To be called after a change was made visible.
    #[inline]
    pub(crate) fn ring(&self) {
        fence(Ordering::SeqCst);
        if self.waiters.load(Ordering::Relaxed) != 0 {
            self.notify.notify_waiters();
        }
    }

    /// Looks now and after each change, until there is something.
    pub(crate) async fn until<T>(&self, mut look: impl FnMut() -> Option<T>) -> T {
        if let Some(found) = look() {
            return found;
        }
        self.waiters.fetch_add(1, Ordering::Relaxed);
        let _waiter = Waiter(&self.waiters);
        loop {
            let rung = self.notify.notified();
            tokio::pin!(rung);
            // Registered before looking, so that a change in between is not missed.
            rung.as_mut().enable();
            fence(Ordering::SeqCst);
            if let Some(found) = look() {
                return found;
            }
            rung.await;
        }
    }
}

/// Looks a while without giving the thread away: whoever answers within microseconds, on another
/// processor, is met without a switch. Never more than about 10 µs of looking, then a few turns for others.
pub(crate) fn spin<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    const LOOKS: u32 = 96;
    const YIELDS: u32 = 4;
    for _ in 0..LOOKS {
        if let Some(found) = look() {
            return Some(found);
        }
        std::hint::spin_loop();
    }
    for _ in 0..YIELDS {
        std::thread::yield_now();
        if let Some(found) = look() {
            return Some(found);
        }
    }
    None
}
