//! Queues as their users see them, and against a map as the model.

use super::*;
use abi::{
    CauseId, Errno, Pid, QueueId, SharedBytes, SysResult,
    table::{QueueKind, QueueOverflow},
};
use proptest::prelude::*;
use std::sync::Arc;

const OWNER: Pid = Pid(1);
const OTHER: Pid = Pid(2);
const CAUSE: CauseId = CauseId(7);

fn queue(kind: QueueKind, capacity: u32, overflow: QueueOverflow) -> (Queues, Arc<Queue>, QueueId) {
    let queues = Queues::default();
    let id = queues.create(OWNER, NewQueue { name: "mail".into(), kind, capacity, overflow }, 9).unwrap();
    let queue = queues.get(id).unwrap();
    (queues, queue, id)
}

fn errno<T>(result: SysResult<T>) -> Errno {
    result.err().expect("it is refused").errno
}

fn send(queue: &Queue, text: &str, priority: u8) -> SysResult<u32> {
    queue.send(OTHER, CAUSE, SharedBytes::from(text), priority)
}

/// The text of the next message; `-` when there is none.
fn next(queue: &Queue, pid: Pid) -> String {
    match queue.try_receive(pid) {
        None => "-".into(),
        Some(message) => String::from_utf8_lossy(&message.unwrap().data).into_owned(),
    }
}

#[test]
fn a_message_says_who_sent_it_and_what_for_and_is_not_copied() {
    let (_queues, queue, _) = queue(QueueKind::Fifo, 4, QueueOverflow::Refuse);
    let data = SharedBytes::from("hello");
    assert_eq!(queue.send(OTHER, CAUSE, data.clone(), 3).unwrap(), 1);
    let message = queue.try_receive(OWNER).unwrap().unwrap();
    assert_eq!((message.sender, message.cause, message.priority, message.sequence), (OTHER, CAUSE, 3, 0));
    assert!(Arc::ptr_eq(&message.data.0, &data.0));
    assert_eq!(next(&queue, OWNER), "-");
}

#[test]
fn the_highest_priority_comes_first_and_equals_in_their_order() {
    let (_queues, queue, _) = queue(QueueKind::Priority, 9, QueueOverflow::Refuse);
    for (text, priority) in [("a", 1), ("b", 5), ("c", 1), ("d", 5), ("e", 0)] {
        send(&queue, text, priority).unwrap();
    }
    let order: Vec<String> = (0..6).map(|_| next(&queue, OWNER)).collect();
    assert_eq!(order, ["b", "d", "a", "c", "e", "-"]);
}

#[test]
fn a_full_queue_refuses_or_drops_the_oldest_of_the_lowest_priority() {
    let (_queues, refusing, _) = queue(QueueKind::Fifo, 2, QueueOverflow::Refuse);
    send(&refusing, "a", 0).unwrap();
    send(&refusing, "b", 0).unwrap();
    assert_eq!(errno(send(&refusing, "c", 0)), Errno::EAGAIN);
    refusing.verify_invariants();
    let (_queues, dropping, _) = queue(QueueKind::Priority, 2, QueueOverflow::DropOldest);
    for (text, priority) in [("a", 1), ("b", 1), ("c", 2)] {
        assert_eq!(send(&dropping, text, priority).unwrap(), 1);
    }
    assert_eq!(send(&dropping, "d", 0).unwrap(), 0, "all that wait are more important");
    dropping.verify_invariants();
    assert_eq!(next(&dropping, OWNER), "c");
    assert_eq!(next(&dropping, OWNER), "b");
    assert_eq!(dropping.stats().dropped, 2);
    send(&dropping, "e", 0).unwrap();
    assert_eq!(dropping.try_receive(OWNER).unwrap().unwrap().dropped, 0, "drops are told once");
}

#[test]
fn every_subscriber_gets_what_is_sent_after_it_came() {
    let (queues, queue, id) = queue(QueueKind::PubSub, 2, QueueOverflow::Refuse);
    assert_eq!(send(&queue, "nobody", 0).unwrap(), 0);
    assert_eq!(errno(queue.try_receive(OWNER).unwrap()), Errno::EPERM);
    queue.subscribe(OWNER, None, None).unwrap();
    queue.subscribe(OTHER, Some(1), Some(QueueOverflow::DropOldest)).unwrap();
    assert_eq!(errno(queue.subscribe(OTHER, None, None)), Errno::EEXIST);
    assert_eq!(errno(queue.subscribe(Pid(3), Some(0), None)), Errno::EINVAL);
    assert_eq!(send(&queue, "a", 0).unwrap(), 2);
    assert_eq!(send(&queue, "b", 0).unwrap(), 2);
    assert_eq!(errno(send(&queue, "c", 0)), Errno::EAGAIN, "the owner's is full, so nobody gets it");
    queue.verify_invariants();
    let slow = queue.try_receive(OTHER).unwrap().unwrap();
    assert_eq!((slow.data.0.as_slice(), slow.dropped), (&b"b"[..], 1));
    assert_eq!(
        (next(&queue, OWNER), next(&queue, OWNER), next(&queue, OWNER)),
        ("a".into(), "b".into(), "-".into())
    );
    queues.unsubscribe(OTHER, id).unwrap();
    assert_eq!(errno(queues.unsubscribe(OTHER, id)), Errno::ENOENT);
    assert_eq!(queue.stats().dropped, 1);
    let (_queues, fifo, _) = self::queue(QueueKind::Fifo, 2, QueueOverflow::Refuse);
    assert_eq!(errno(fifo.subscribe(OWNER, None, None)), Errno::EINVAL);
}

#[test]
fn a_closed_queue_is_drained_and_a_destroyed_one_is_gone() {
    let (queues, queue, id) = queue(QueueKind::Fifo, 4, QueueOverflow::Refuse);
    send(&queue, "last", 0).unwrap();
    assert_eq!(errno(queues.close(OTHER, id)), Errno::EPERM);
    queues.close(OWNER, id).unwrap();
    assert_eq!(errno(send(&queue, "late", 0)), Errno::EPIPE);
    assert_eq!(next(&queue, OTHER), "last");
    assert_eq!(errno(queue.try_receive(OTHER).unwrap()), Errno::EPIPE);
    assert_eq!(errno(queues.destroy(OTHER, id)), Errno::EPERM);
    queues.destroy(OWNER, id).unwrap();
    assert_eq!(errno(queue.try_receive(OTHER).unwrap()), Errno::EBADF);
    assert_eq!(errno(queues.get(id)), Errno::EBADF);
    assert_eq!(errno(queues.open("mail")), Errno::ENOENT);
    assert_eq!(queues.totals(), (0, 0));
}

#[test]
fn names_and_numbers_of_queues_are_bounded() {
    let (queues, _queue, id) = queue(QueueKind::Fifo, 4, QueueOverflow::Refuse);
    let create = |name: &str, capacity| {
        let (kind, overflow) = (QueueKind::Fifo, QueueOverflow::Refuse);
        queues.create(OWNER, NewQueue { name: name.into(), kind, capacity, overflow }, 2)
    };
    assert_eq!(queues.open("mail").unwrap(), id);
    assert_eq!(errno(create("mail", 1)), Errno::EEXIST);
    assert_eq!(errno(create("", 1)), Errno::EINVAL);
    assert_eq!(errno(create(&"x".repeat(256), 1)), Errno::EINVAL);
    assert_eq!(errno(create("news", 0)), Errno::EINVAL);
    assert_eq!(errno(create("news", 65_537)), Errno::EINVAL);
    create("news", 1).unwrap();
    assert_eq!(errno(create("more", 1)), Errno::EMFILE);
    assert_eq!(queues.release(OWNER), 2);
    assert_eq!(queues.totals(), (0, 0));
    create("mail", 1).unwrap();
}

#[test]
fn messages_are_bounded_in_bytes_too() {
    let (queues, queue, _) = queue(QueueKind::Fifo, 65_536, QueueOverflow::Refuse);
    let large = |len: usize| queue.send(OTHER, CAUSE, SharedBytes::from(vec![0; len]), 0);
    assert_eq!(errno(large(16 * 1024 * 1024 + 1)), Errno::EFBIG);
    (0..3).for_each(|_| assert_eq!(large(16 * 1024 * 1024).unwrap(), 1));
    assert_eq!(errno(large(16 * 1024 * 1024)), Errno::EAGAIN);
    assert!(queues.usage(OWNER).1 > 48 * 1024 * 1024);
    queue.verify_invariants();
    assert_eq!(queues.release(OWNER), 1);
    assert_eq!(queues.totals().1, 0);
}

#[test]
fn who_waits_wakes_for_a_message_and_for_the_end() {
    let (queues, queue, id) = queue(QueueKind::Fifo, 4, QueueOverflow::Refuse);
    let wait = || crate::task::block_on(queue.changed().until(|| queue.try_receive(OWNER)));
    std::thread::scope(|scope| {
        let waiter = scope.spawn(wait);
        send(&queue, "x", 0).unwrap();
        assert_eq!(&waiter.join().unwrap().unwrap().data[..], b"x");
        let waiter = scope.spawn(wait);
        queues.destroy(OWNER, id).unwrap();
        assert_eq!(errno(waiter.join().unwrap()), Errno::EBADF);
    });
}

#[derive(Clone, Debug)]
enum Op {
    Send(u8),
    Receive,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![3 => (0_u8..4).prop_map(Op::Send), 2 => Just(Op::Receive)];
    prop::collection::vec(op, 1..80)
}

proptest! {
    #[test]
    fn a_queue_is_its_model(ops in ops(), kind in 0..2, drops in any::<bool>()) {
        let kind = [QueueKind::Fifo, QueueKind::Priority][kind as usize];
        let overflow = if drops { QueueOverflow::DropOldest } else { QueueOverflow::Refuse };
        let (_queues, queue, _) = queue(kind, 5, overflow);
        // (priority, number) in the order of sending.
        let mut model: Vec<(u8, u64)> = Vec::new();
        let rank = |priority: u8| if kind == QueueKind::Priority { priority } else { 0 };
        for (number, op) in ops.into_iter().enumerate() {
            match op {
                Op::Send(priority) => {
                    let text = number.to_string();
                    let mut expected = Ok(1);
                    if model.len() == 5 {
                        let lowest = model.iter().map(|(priority, _)| rank(*priority)).min().unwrap();
                        if !drops {
                            expected = Err(Errno::EAGAIN);
                        } else if lowest > rank(priority) {
                            expected = Ok(0);
                        } else {
                            let oldest = model.iter().position(|(priority, _)| rank(*priority) == lowest);
                            model.remove(oldest.unwrap());
                        }
                    }
                    if expected == Ok(1) {
                        model.push((priority, number as u64));
                    }
                    prop_assert_eq!(send(&queue, &text, priority).map_err(|why| why.errno), expected);
                }
                Op::Receive => {
                    let highest = model.iter().map(|(priority, _)| rank(*priority)).max();
                    let first = highest.and_then(|highest| model.iter().position(|(p, _)| rank(*p) == highest));
                    let expected = first.map_or("-".to_owned(), |first| model.remove(first).1.to_string());
                    prop_assert_eq!(next(&queue, OWNER), expected);
                }
            }
            queue.verify_invariants();
            prop_assert_eq!(queue.stats().queued as usize, model.len());
        }
    }
}
