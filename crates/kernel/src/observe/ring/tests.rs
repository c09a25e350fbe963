//! The ring alone, with damage done by hand and with threads.

use super::ring::{CHECK, Cursor, Missing, PATIENCE, RawEvent, Ring, SEQUENCE, Scan, Slot};
use abi::{CauseId, Pid};
use std::{
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering},
};

/// An event whose every field follows from one number, so that a mixture shows.
fn consistent(n: u64) -> RawEvent {
    RawEvent {
        time_raw: n,
        pid: Pid(n ^ 0x55),
        cause: CauseId(n.wrapping_mul(3)),
        a: !n,
        b: n.rotate_left(17),
        category: n as u8,
        severity: (n >> 1) as u8,
        kind: n as u16,
        label: n as u32,
    }
}

fn tickets(ring: &Ring, floor: u64) -> (Vec<u64>, Scan) {
    let mut seen = Vec::new();
    let scan = ring.newest_first(floor, |ticket, _| {
        seen.push(ticket);
        ControlFlow::Continue(())
    });
    (seen, scan)
}

#[test]
fn slot_is_one_cache_line() {
    assert_eq!(size_of::<Slot>(), 64);
    assert_eq!(align_of::<Slot>(), 64);
}

#[test]
fn fields_survive_the_packing() {
    for n in [0, 1, 0xffff, u64::MAX, 0x0123_4567_89ab_cdef] {
        assert_eq!(RawEvent::from_words(consistent(n).to_words()), consistent(n));
    }
}

#[test]
fn old_events_give_way_and_are_counted() {
    let ring = Ring::new(8);
    for n in 0..20 {
        assert_eq!(ring.push(consistent(n)), n);
    }
    let (seen, scan) = tickets(&ring, 0);
    assert_eq!(seen, (12..20).rev().collect::<Vec<_>>());
    assert_eq!(scan, Scan { next: 20, lost: 12 });
    assert_eq!(ring.overwritten(), 12);
    assert_eq!(ring.read(3), Err(Missing::Overwritten));
    assert_eq!(ring.read(20), Err(Missing::Pending));
    assert_eq!(ring.read(13), Ok(consistent(13)));
    ring.verify_invariants().expect("no producer runs");
}

#[test]
fn a_slot_in_the_making_is_pending_then_lost() {
    let ring = Ring::new(4096);
    for n in 0..10 {
        ring.push(consistent(n));
    }
    ring.poke(7, SEQUENCE, 0);
    let (seen, scan) = tickets(&ring, 5);
    assert_eq!(seen, [9, 8, 6, 5]);
    assert_eq!(scan, Scan { next: 7, lost: 0 }, "the reader comes back for it");

    let mut cursor = Cursor::default();
    assert_eq!(cursor.poll(&ring, 100, |_, _| true), 7);
    assert_eq!(cursor.next, 7);
    for n in 10..10 + 2 * PATIENCE {
        ring.push(consistent(n));
    }
    cursor.poll(&ring, 4096, |_, _| true);
    assert_eq!(cursor, Cursor { next: 10 + 2 * PATIENCE, lost: 1 }, "a stalled producer is given up");
}

#[test]
fn a_mixture_of_two_events_does_not_pass() {
    let ring = Ring::new(4);
    ring.push(consistent(1));
    for word in 1..CHECK {
        let ring = Ring::new(4);
        ring.push(consistent(1));
        ring.poke(0, word, 0xdead_beef);
        assert_eq!(ring.read(0), Err(Missing::Torn), "word {word}");
    }
    // The late writer of an older lap finishes last: its ticket shows, the newer event is lost.
    for n in 1..5 {
        ring.push(consistent(n));
    }
    ring.poke(4, SEQUENCE, 1);
    assert!(ring.read(4).is_err());
    assert_eq!(ring.read(0), Err(Missing::Torn));
}

#[test]
fn a_slow_subscriber_loses_and_is_told() {
    let ring = Ring::new(8);
    let mut cursor = Cursor::at_head(&ring);
    for n in 0..30 {
        ring.push(consistent(n));
    }
    let mut seen = Vec::new();
    let record = |ticket, _| {
        seen.push(ticket);
        ticket % 2 == 0
    };
    assert_eq!(cursor.poll(&ring, 3, record), 3);
    assert_eq!(seen, [22, 23, 24, 25, 26]);
    assert_eq!(cursor, Cursor { next: 27, lost: 22 });
}

#[test]
fn producers_and_readers_race_without_a_mixed_event() {
    const PRODUCERS: u64 = 4;
    const EVENTS: u64 = 20_000;
    let ring = Ring::new(64);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut cursor = Cursor::default();
            let mut seen = 0_u64;
            loop {
                let last = done.load(Ordering::Acquire);
                let got = cursor.poll(&ring, 256, |_, event| {
                    assert_eq!(event, consistent(event.time_raw));
                    seen += 1;
                    true
                });
                tickets(&ring, 0);
                if last && got == 0 {
                    return (seen, cursor);
                }
            }
        });
        let producers: Vec<_> = (0..PRODUCERS)
            .map(|producer| {
                let ring = &ring;
                scope.spawn(move || {
                    for n in 0..EVENTS {
                        ring.push(consistent(producer << 32 | n));
                    }
                })
            })
            .collect();
        for producer in producers {
            producer.join().expect("a producer cannot panic");
        }
        done.store(true, Ordering::Release);
        let (seen, cursor) = reader.join().expect("every event read was whole");
        assert_eq!(seen + cursor.lost, cursor.next);
    });
    assert_eq!(ring.head(), PRODUCERS * EVENTS);
    ring.verify_invariants().expect("producers are done");
}
