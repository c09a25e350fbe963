//! The gate's decisions under loom: a revocation and calls at once, in every order that the memory model allows. A
//! call that begins when the revocation is done is denied, whatever was remembered; an entry that is being written
//! never answers for a key that nobody stored. The sources are taken in as they are; their atomics are loom's.

mod atomic {
    pub(crate) use loom::sync::atomic::{AtomicU64, Ordering, fence};
}

#[path = "../src/gate/decide.rs"]
mod decide;
#[path = "../src/gate/entry.rs"]
#[allow(dead_code, reason = "the cache uses more of it")]
mod entry;

use abi::{Pid, table::Verb};
use entry::{Entry, Key};
use loom::{
    sync::{
        Arc, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

/// Few switches between threads reach the interesting orders; `LOOM_MAX_PREEMPTIONS` raises the bound.
fn model(act: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(2));
    builder.check(act);
}

/// One hash for all keys: the worst that can happen.
const HASH: u64 = 7;

struct Gate {
    epoch: AtomicU64,
    entry: Entry,
    policy: RwLock<bool>,
    is_revoked: AtomicBool,
}

impl Gate {
    fn new() -> Self {
        Gate {
            epoch: AtomicU64::new(1),
            entry: Entry::new(),
            policy: RwLock::new(true),
            is_revoked: AtomicBool::new(false),
        }
    }

    fn check(&self) -> bool {
        let key = |epoch| Key::new(epoch, Pid(1), Verb::ReadFile, "/a").unwrap();
        decide::decide(
            &self.epoch,
            |epoch| self.entry.is(HASH, &key(epoch)),
            || *self.policy.read().unwrap(),
            |epoch| self.entry.store(HASH, &key(epoch)),
        )
    }

    fn revoke(&self) {
        *self.policy.write().unwrap() = false;
        decide::changed(&self.epoch);
        self.is_revoked.store(true, Ordering::Release);
    }
}

#[test]
fn what_was_remembered_never_outlives_a_revocation() {
    model(|| {
        let gate = Arc::new(Gate::new());
        let caller = {
            let gate = gate.clone();
            thread::spawn(move || {
                for _ in 0..2 {
                    let was_revoked = gate.is_revoked.load(Ordering::Acquire);
                    let is_allowed = gate.check();
                    assert!(!(was_revoked && is_allowed), "allowed after the revocation was done");
                }
            })
        };
        gate.revoke();
        assert!(!gate.check(), "who revoked is denied at once");
        caller.join().unwrap();
        assert!(!gate.check());
    });
}

#[test]
fn an_entry_that_two_write_answers_for_neither_mixture() {
    model(|| {
        let entry = Arc::new(Entry::new());
        let key = |pid, object: &'static str| Key::new(1, Pid(pid), Verb::ReadFile, object).unwrap();
        let writer = {
            let entry = entry.clone();
            thread::spawn(move || entry.store(HASH, &key(1, "/a")))
        };
        entry.store(HASH, &key(2, "/b"));
        assert!(!entry.is(HASH, &key(1, "/b")) && !entry.is(HASH, &key(2, "/a")));
        writer.join().unwrap();
        assert!(!entry.is(HASH, &key(1, "/b")) && !entry.is(HASH, &key(2, "/a")));
        let (one, other) = (entry.is(HASH, &key(1, "/a")), entry.is(HASH, &key(2, "/b")));
        assert!(one != other, "it is one of the two");
    });
}
