//! Actions, masks and what is pending, against a model.

use super::*;
use nix::libc::{SIGCHLD, SIGCONT, SIGTERM, SIGTSTP, SIGUSR1};
use proptest::prelude::*;

fn sent(signal: i32, value: i64) -> Sent {
    Sent { signal, sender: Pid(7), cause: CauseId::NONE, value, sent_millis: 0 }
}

fn receive(signals: &Signals, signal: i32) -> Fate {
    signals.receive(sent(signal, 0)).unwrap()
}

fn errno<T: std::fmt::Debug>(result: SysResult<T>) -> Errno {
    result.unwrap_err().errno
}

#[test]
fn without_a_handler_a_signal_does_what_posix_says() {
    let signals = Signals::default();
    for signal in (1..=31).chain(34..=64) {
        let fate = match default_of(signal) {
            Standard::Ends => Fate::Ends,
            Standard::Nothing => Fate::Lives,
            Standard::Stops => Fate::Stops,
        };
        assert_eq!(receive(&signals, signal), fate, "{}", name(signal));
    }
    assert!(signals.pending().is_empty());
    signals.verify_invariants();
}

#[test]
fn sigkill_and_sigstop_are_neither_caught_nor_blocked() {
    let signals = Signals::default();
    for signal in [SIGKILL, SIGSTOP] {
        assert_eq!(errno(signals.block(signal)), Errno::EINVAL);
        for action in [SignalAction::Queue, SignalAction::Ignore, SignalAction::Default] {
            assert_eq!(errno(signals.set_action(signal, action)), Errno::EINVAL);
        }
        assert!(!signals.unblock(signal).unwrap().0);
    }
    assert_eq!(receive(&signals, SIGKILL), Fate::Ends);
    for wrong in [i32::MIN, -1, 0, 32, 33, 65, i32::MAX] {
        assert_eq!(errno(signals.block(wrong)), Errno::EINVAL);
    }
    signals.verify_invariants();
}

#[test]
fn a_blocked_signal_waits_once_and_acts_when_it_is_let_through() {
    let signals = Signals::default();
    assert!(!signals.block(SIGTERM).unwrap() && signals.block(SIGTERM).unwrap());
    assert_eq!(receive(&signals, SIGTERM), Fate::Lives);
    assert_eq!(receive(&signals, SIGTERM), Fate::Lives);
    let pending = signals.pending();
    assert_eq!((pending.len(), pending[0].name.as_str(), pending[0].blocked), (1, "SIGTERM", true));
    assert_eq!(signals.unblock(SIGTERM).unwrap(), (true, Fate::Ends));
    assert_eq!(signals.stats().coalesced, 1);
    signals.verify_invariants();
}

#[test]
fn a_handler_keeps_signals_and_real_time_ones_all_of_them_in_order() {
    let signals = Signals::default();
    for signal in [SIGUSR1, SIGCHLD, SIGTSTP, 40] {
        assert_eq!(signals.set_action(signal, SignalAction::Queue).unwrap(), SignalAction::Default);
        assert_eq!(signals.set_action(signal, SignalAction::Queue).unwrap(), SignalAction::Queue);
    }
    for value in 0..3 {
        signals.receive(sent(40, value)).unwrap();
        signals.receive(sent(SIGUSR1, value)).unwrap();
    }
    assert_eq!(receive(&signals, SIGTSTP), Fate::Lives);
    let taken: Vec<(i32, i64)> =
        std::iter::from_fn(|| signals.take(&[40, SIGUSR1])).map(|info| (info.signal, info.value)).collect();
    assert_eq!(taken, [(SIGUSR1, 0), (40, 0), (40, 1), (40, 2)]);
    assert_eq!(signals.take(&[]).unwrap().signal, SIGTSTP);
    assert_eq!(signals.take(&[]), None);
    signals.verify_invariants();
}

#[test]
fn ignoring_forgets_what_is_pending_and_too_many_are_refused() {
    let signals = Signals::default();
    signals.block(64).unwrap();
    for value in 0..1_024 {
        signals.receive(sent(64, value)).unwrap();
    }
    assert_eq!(errno(signals.receive(sent(64, 0))), Errno::EAGAIN);
    signals.set_action(64, SignalAction::Ignore).unwrap();
    assert_eq!(signals.stats().pending, 0);
    assert_eq!(errno(signals.set_action(64, SignalAction::Handle)), Errno::EINVAL);
    signals.verify_invariants();
}

#[test]
fn the_end_wakes_who_waits() {
    let signals = std::sync::Arc::new(Signals::default());
    let waiting = {
        let signals = signals.clone();
        std::thread::Builder::new().spawn(move || crate::task::block_on(signals.wait(&[]))).unwrap()
    };
    signals.block(SIGTERM).unwrap();
    signals.receive(sent(SIGTERM, 3)).unwrap();
    assert_eq!(waiting.join().unwrap().unwrap().value, 3);
    let waiting = {
        let signals = signals.clone();
        std::thread::Builder::new().spawn(move || crate::task::block_on(signals.wait(&[SIGCONT]))).unwrap()
    };
    signals.receive(sent(SIGTERM, 4)).unwrap();
    assert_eq!(signals.release(), 1);
    assert_eq!(errno(waiting.join().unwrap()), Errno::ECANCELED);
    assert_eq!(errno(signals.receive(sent(SIGTERM, 0))), Errno::ESRCH);
}

#[derive(Clone, Debug)]
enum Op {
    Receive(i32),
    Action(i32, SignalAction),
    Block(i32),
    Unblock(i32),
    Take(i32),
}

fn op() -> impl Strategy<Value = Op> {
    let signal = prop_oneof![1i32..=22, 34i32..=36, Just(0), Just(32)];
    let action =
        prop_oneof![Just(SignalAction::Default), Just(SignalAction::Ignore), Just(SignalAction::Queue)];
    (0..5, signal, action).prop_map(|(which, signal, action)| match which {
        0 => Op::Receive(signal),
        1 => Op::Action(signal, action),
        2 => Op::Block(signal),
        3 => Op::Unblock(signal),
        _ => Op::Take(signal),
    })
}

proptest! {
    #[test]
    fn no_order_of_calls_breaks_the_books(ops in prop::collection::vec(op(), 0..200)) {
        let signals = Signals::default();
        for op in ops {
            match op {
                // A number that is none is refused by the handler.
                Op::Receive(signal) if check_number(signal).is_err() => {}
                Op::Receive(signal) => drop(signals.receive(sent(signal, 0))),
                Op::Action(signal, action) => drop(signals.set_action(signal, action)),
                Op::Block(signal) => drop(signals.block(signal)),
                Op::Unblock(signal) => {
                    let result = signals.unblock(signal);
                    prop_assert_eq!(result.is_err(), check_number(signal).is_err());
                }
                Op::Take(signal) => {
                    let before = signals.pending().iter().any(|info| info.signal == signal);
                    prop_assert_eq!(signals.take(&[signal]).is_some(), before);
                }
            }
            signals.verify_invariants();
        }
    }
}
