//! Tells those who wait that something may have changed, and costs next to nothing when nobody does.
//!
//! A waiter first says that it waits, then looks; who changes something first makes the change visible,
//! then looks for waiters. With a full fence between the two steps on both sides, one of them sees the
//! other, whatever the order (Dekker's argument). `tests/bell_model.rs` tries every order.

use super::waking::{AtomicU32, AtomicUsize, Notify, Ordering, fence};

/// See the module documentation.
#[derive(Default)]
pub(crate) struct Bell {
    waiters: AtomicUsize,
    /// How many looks [`Bell::spin`] has lately found worth while.
    patience: AtomicU32,
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

    /// Looks now, and where that finds nothing waits for one change. Says whether it found something.
    pub(crate) async fn rung(&self, look: impl FnOnce() -> bool) -> bool {
        self.waiters.fetch_add(1, Ordering::Relaxed);
        let _waiter = Waiter(&self.waiters);
        let rung = self.notify.notified();
        tokio::pin!(rung);
        // Registered before looking, so that a change in between is not missed.
        rung.as_mut().enable();
        fence(Ordering::SeqCst);
        if look() {
            return true;
        }
        rung.await;
        false
    }

    /// Looks a while without giving the thread away: whoever answers within microseconds, on another
    /// processor, is met without a switch. Never longer than about 10 µs, and hardly at all where that has
    /// not helped lately: on a busy machine the other one waits for this very processor.
    pub(crate) fn spin<T>(&self, mut look: impl FnMut() -> Option<T>) -> Option<T> {
        if let Some(found) = look() {
            return Some(found);
        }
        let patience = self.patience.load(Ordering::Relaxed);
        let looks = if patience < LEAST_LOOKS {
            // Now and then it is tried again, since machines become quiet, too.
            self.patience.store(patience + 1, Ordering::Relaxed);
            if patience + 1 == LEAST_LOOKS { MOST_LOOKS } else { 0 }
        } else {
            patience
        };
        for _ in 0..looks {
            std::hint::spin_loop();
            if let Some(found) = look() {
                self.patience.store((looks * 2).min(MOST_LOOKS), Ordering::Relaxed);
                return Some(found);
            }
        }
        if looks > 0 {
            let less = looks / 2;
            self.patience.store(if less < LEAST_LOOKS { 0 } else { less }, Ordering::Relaxed);
        }
        None
    }
}

/// Looks in a row: with the pause between them about 5 µs.
pub(super) const MOST_LOOKS: u32 = 96;
/// Patience below this means none; it counts up to the next try.
const LEAST_LOOKS: u32 = 16;
