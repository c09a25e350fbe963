//! The telemetry ring under loom: producers that lap each other and a reader, in every order that the memory model
//! allows. Whatever the reader gets is an event as somebody pushed it, under its own ticket; what was torn or
//! overwritten is said to be. The ring's source is taken in as it is; its atomics are loom's.

mod atomic {
    pub(crate) use loom::sync::atomic::{AtomicU64, Ordering, fence};
}

#[path = "../src/observe/ring.rs"]
#[allow(dead_code, unreachable_pub, reason = "the kernel uses more of it")]
mod ring;

use abi::{CauseId, Pid};
use atomic::{AtomicU64, Ordering};
use loom::{sync::Arc, thread};
use ring::{Missing, RawEvent, Ring};

/// Every field says whose event it is, so that a mixture of two is seen.
fn event(mark: u64) -> RawEvent {
    RawEvent {
        time_raw: mark,
        pid: Pid(mark),
        cause: CauseId(mark),
        a: mark,
        b: mark,
        category: mark as u8,
        severity: mark as u8,
        kind: mark as u16,
        label: mark as u32,
    }
}

fn is_whole(event: RawEvent) -> bool {
    let mark = event.time_raw;
    (1..=3).contains(&mark) && event == self::event(mark)
}

/// Few switches between threads reach the interesting orders; all of them would take hours. `LOOM_MAX_PREEMPTIONS`
/// raises the bound.
fn model(act: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(1));
    builder.check(act);
}

#[test]
fn a_reader_gets_an_event_whole_or_is_told_why_not() {
    model(|| {
        let ring = Arc::new(Ring::new(2));
        let first = ring.push(event(1));
        let producer = {
            let ring = ring.clone();
            // The second of these takes the slot of the first event.
            thread::spawn(move || {
                ring.push(event(2));
                ring.push(event(3));
            })
        };
        match ring.read(first) {
            Ok(read) => assert_eq!(read, event(1), "under its own ticket there is no other event"),
            // `Pending` while its slot is being filled anew and the new head is not seen yet: whoever asks again
            // learns more.
            Err(Missing::Overwritten | Missing::Torn | Missing::Pending) => {}
        }
        producer.join().unwrap();
        assert_eq!(ring.read(first), Err(Missing::Overwritten));
        assert_eq!((ring.read(1), ring.read(2)), (Ok(event(2)), Ok(event(3))));
        assert_eq!(ring.overwritten(), 1);
    });
}

#[test]
fn a_producer_that_is_lapped_leaves_no_mixture_behind() {
    model(|| {
        let ring = Arc::new(Ring::new(2));
        let one = {
            let ring = ring.clone();
            thread::spawn(move || ring.push(event(1)))
        };
        // Two more: one of them meets the other thread's in its slot.
        ring.push(event(2));
        let last = ring.push(event(3));
        let other = one.join().unwrap();
        assert_ne!(other, last);
        for ticket in 0..3 {
            if let Ok(read) = ring.read(ticket) {
                assert!(is_whole(read), "{ticket}: {read:?}");
            }
        }
    });
}

#[test]
fn whoever_joins_is_seen_by_the_producer_of_each_event_from_his_place_on() {
    model(|| {
        let shared = Arc::new((Ring::new(2), AtomicU64::new(0)));
        let producer = {
            let shared = shared.clone();
            thread::spawn(move || (shared.0.push(event(1)), shared.1.load(Ordering::Relaxed)))
        };
        shared.1.store(1, Ordering::Relaxed);
        let place = shared.0.join();
        let (ticket, seen) = producer.join().unwrap();
        assert!(ticket < place || seen == 1, "ticket {ticket} from place {place} on, not seen");
    });
}
