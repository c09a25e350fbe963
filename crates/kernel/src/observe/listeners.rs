//! Who wants to hear of events as they come.
//!
//! Nobody who records ever waits for them. While there are none, recording costs one load more; while there
//! are some, a fence; a wake-up only where somebody waits, and that is at most once per [`REST`] for each who
//! finds nothing of his among what was recorded.
//!
//! Whoever joins is seen by the recorder of each event from his place on: both take their ticket from the
//! ring's one counter, the listener after he has counted himself ([`Ring::join`](super::Ring::join)).

use crate::bell::Bell;
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

/// How long a listener sleeps who was woken in vain.
const REST: Duration = Duration::from_millis(1);

/// See the module documentation.
#[derive(Default)]
pub(crate) struct Listeners {
    count: AtomicUsize,
    bell: Bell,
}

impl Listeners {
    /// One more. He must take his place in the ring after this.
    pub(super) fn add(&self) {
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    /// One less.
    pub(crate) fn remove(&self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }

    /// An event was published.
    #[inline]
    pub(super) fn tell(&self) {
        if self.count.load(Ordering::Relaxed) != 0 {
            self.bell.ring();
        }
    }

    /// Something other than an event has changed for those who wait.
    pub(crate) fn wake(&self) {
        self.bell.ring();
    }

    /// Waits until a look finds something.
    pub(crate) async fn until(&self, mut look: impl FnMut() -> bool) {
        while !self.bell.rung(&mut look).await {
            if look() {
                return;
            }
            tokio::time::sleep(REST).await;
        }
    }
}
