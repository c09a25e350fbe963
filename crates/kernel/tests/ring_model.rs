//! The ring of the pipes under loom: every interleaving of a writer and a reader that the memory model
//! allows. Its source is taken in as it is; atomics and memory are loom's, which report a byte that both
//! sides touch at once and one that is read before it was published.

#![allow(unsafe_code, unreachable_pub, reason = "stands in for the memory of the ring")]

mod atomic {
    pub(crate) use loom::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };
}

mod slots {
    use loom::cell::UnsafeCell;

    /// Bytes whose every use loom sees.
    pub(crate) struct Slots(Vec<UnsafeCell<u8>>);

    // SAFETY: that two threads do not meet in a byte is what the model is here to find out.
    unsafe impl Sync for Slots {}

    impl Slots {
        pub(crate) fn new(capacity: usize) -> Self {
            Slots((0..capacity).map(|_| UnsafeCell::new(0)).collect())
        }

        pub(crate) unsafe fn copy_in(&self, ring: usize, at: usize, data: &[u8]) {
            for (index, byte) in data.iter().enumerate() {
                // SAFETY: as for the type.
                self.0[(at + index) % ring].with_mut(|slot| unsafe { *slot = *byte });
            }
        }

        pub(crate) unsafe fn copy_out(&self, ring: usize, at: usize, count: usize, out: &mut Vec<u8>) {
            for index in 0..count {
                // SAFETY: as for the type.
                out.push(self.0[(at + index) % ring].with(|slot| unsafe { *slot }));
            }
        }
    }
}

#[path = "../src/pipe/ring.rs"]
#[allow(dead_code, reason = "the pipes use more of it")]
mod ring;

use loom::thread;

#[test]
fn bytes_arrive_in_order_whole_and_once_over_the_end_of_the_ring() {
    loom::model(|| {
        let (mut producer, mut consumer, totals) = ring::ring(slots::Slots::new(3), 3);
        let writer = thread::spawn(move || {
            let mut sent = 0_u8;
            for _ in 0..3 {
                let data: Vec<u8> = (sent..(sent + 2).min(5)).collect();
                sent += producer.push(&data) as u8;
            }
            sent
        });
        let mut got = Vec::new();
        for _ in 0..2 {
            consumer.pop(2, &mut got);
        }
        let (written, read) = totals.get(3);
        assert!(read <= written && written - read <= 3);
        let sent = writer.join().unwrap();
        consumer.pop(usize::MAX, &mut got);
        assert_eq!(got, (0..sent).collect::<Vec<u8>>());
        assert_eq!(totals.get(3), (u64::from(sent), u64::from(sent)));
    });
}

#[test]
fn a_full_ring_takes_nothing_until_it_was_read() {
    loom::model(|| {
        let (mut producer, mut consumer, _) = ring::ring(slots::Slots::new(1), 1);
        assert_eq!(producer.push(&[7, 8]), 1);
        let reader = thread::spawn(move || {
            let mut got = Vec::new();
            (consumer.pop(9, &mut got), got)
        });
        let taken = producer.push(&[9]);
        let (count, got) = reader.join().unwrap();
        assert!(taken <= 1 && count >= 1 && got[0] == 7);
        assert_eq!(got.get(1).copied(), (count == 2).then_some(9));
    });
}
