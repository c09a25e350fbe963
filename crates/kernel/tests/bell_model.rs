//! The bell, and a queue that rings it, under loom: nobody who waits is forgotten, in any order that the memory model
//! allows; a lost wake-up would be a deadlock, which loom reports. Bell and lane are taken in as they are; the atomics
//! are loom's, and what tokio does for the kernel is done here by a lock and a list.

#![allow(unreachable_pub, reason = "stands in for modules of the kernel")]

mod waking {
    use loom::sync::Mutex;
    pub(crate) use loom::sync::atomic::{AtomicU32, AtomicUsize, Ordering, fence};
    use std::{
        future::Future,
        pin::Pin,
        task::{Context, Poll, Waker},
    };

    /// As tokio's, as far as the bell uses it: whoever asked before `notify_waiters` is told.
    #[derive(Default)]
    pub(crate) struct Notify(Mutex<(u64, Vec<Waker>)>);

    pub(crate) struct Notified<'a> {
        notify: &'a Notify,
        since: u64,
    }

    impl Notify {
        pub(crate) fn notified(&self) -> Notified<'_> {
            Notified { notify: self, since: self.0.lock().unwrap().0 }
        }

        pub(crate) fn notify_waiters(&self) {
            let wakers = {
                let mut state = self.0.lock().unwrap();
                state.0 += 1;
                std::mem::take(&mut state.1)
            };
            wakers.into_iter().for_each(Waker::wake);
        }
    }

    impl Notified<'_> {
        pub(crate) fn enable(self: Pin<&mut Self>) -> bool {
            false
        }
    }

    impl Future for Notified<'_> {
        type Output = ();

        fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
            let mut state = self.notify.0.lock().unwrap();
            if state.0 != self.since {
                return Poll::Ready(());
            }
            state.1.push(context.waker().clone());
            Poll::Pending
        }
    }
}

#[path = "../src/bell.rs"]
#[allow(dead_code, reason = "the kernel uses more of it")]
mod bell;
#[path = "../src/queue/lane.rs"]
#[allow(dead_code, reason = "queues use more of it")]
mod lane;

use abi::{
    CauseId, Pid,
    table::{Message, QueueKind, QueueOverflow},
};
use bell::Bell;
use lane::Lane;
use loom::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Wake, Waker},
};

/// Few switches between threads reach the interesting orders; `LOOM_MAX_PREEMPTIONS` raises the bound.
fn model(act: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(2));
    builder.check(act);
}

#[test]
fn a_change_that_was_made_visible_is_seen_by_whoever_waits() {
    model(|| {
        let shared = Arc::new((Bell::default(), AtomicUsize::new(0)));
        let changer = {
            let shared = shared.clone();
            thread::spawn(move || {
                // Nothing but the bell orders this.
                shared.1.store(1, Ordering::Relaxed);
                shared.0.ring();
            })
        };
        block_on(shared.0.until(|| (shared.1.load(Ordering::Relaxed) == 1).then_some(())));
        changer.join().unwrap();
    });
}

struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.unpark();
    }
}

/// As the kernel's own: polls, and parks the thread in between.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(std::sync::Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

struct Queue {
    lane: Mutex<Lane>,
    changed: Bell,
}

impl Queue {
    fn send(&self, sequence: u64) {
        let message = Message {
            sequence,
            sender: Pid(1),
            cause: CauseId(sequence),
            priority: 0,
            data: Default::default(),
            dropped: 0,
        };
        assert!(self.lane.lock().unwrap().push(message));
        self.changed.ring();
    }

    fn receive(&self) -> Message {
        block_on(self.changed.until(|| self.lane.lock().unwrap().pop()))
    }
}

#[test]
fn each_message_of_a_queue_reaches_one_receiver_and_nobody_waits_in_vain() {
    model(|| {
        let lane = Lane::new(QueueKind::Fifo, 8, QueueOverflow::Refuse, Default::default());
        let queue = Arc::new(Queue { lane: Mutex::new(lane), changed: Bell::default() });
        let receiver = {
            let queue = queue.clone();
            thread::spawn(move || queue.receive().sequence)
        };
        let sender = {
            let queue = queue.clone();
            thread::spawn(move || {
                queue.send(1);
                queue.send(2);
            })
        };
        let own = queue.receive().sequence;
        let other = receiver.join().unwrap();
        sender.join().unwrap();
        assert_eq!(own + other, 3, "one each: {own} and {other}");
    });
}
