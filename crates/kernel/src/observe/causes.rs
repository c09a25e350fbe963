//! The causes of this boot: why something happened, and why that happened.
//!
//! Causes are numbered from one and kept in the order in which they were opened; the newest
//! 65,536 can be asked about. A cause never points to a later one, so a chain always ends.
//!
//! **Invariants**
//! 1. Every kept cause lies in the slot of its sequence number.
//! 2. A parent of this boot is older than its child.
//!
//! **Lock order**: one shard at a time, nothing is called while it is held.

use crate::observe::labels::cut;
use abi::{Cause, CauseId, CauseSpec};
use std::sync::{
    Arc, Mutex, MutexGuard,
    atomic::{AtomicU64, Ordering},
};

/// Causes that can be asked about.
pub(super) const CAPACITY: u64 = 65_536;
const SHARDS: u64 = 64;
const PER_SHARD: u64 = CAPACITY / SHARDS;
/// A chain longer than this is cut; nothing that people do nests so deep.
pub(super) const MAX_CHAIN: usize = 64;
/// Longer texts of a cause are cut, bytes.
const MAX_TEXT_BYTES: usize = 200;
const SEQUENCE_BITS: u32 = 40;

/// The store; see the module documentation.
pub struct Causes {
    boot: u32,
    next: AtomicU64,
    shards: Box<[Mutex<Vec<Option<Arc<Cause>>>>]>,
}

impl Causes {
    /// An empty store. `boot` is the durable boot counter of the data folder; 24 bits are used.
    #[must_use]
    pub fn new(boot: u32) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Causes { boot: boot & 0x00ff_ffff, next: AtomicU64::new(1), shards }
    }

    fn shard(&self, sequence: u64) -> (MutexGuard<'_, Vec<Option<Arc<Cause>>>>, usize) {
        let shard = &self.shards[(sequence % SHARDS) as usize];
        let slot = (sequence / SHARDS % PER_SHARD) as usize;
        (crate::sync::lock(shard), slot)
    }

    /// Opens a cause. Texts are cut to 200 bytes; a parent of this boot that does not exist yet is
    /// left out.
    pub fn open(&self, mut spec: CauseSpec, time_millis: u64) -> CauseId {
        shorten(&mut spec.label);
        spec.app.as_mut().map(shorten);
        spec.component.as_mut().map(shorten);
        let sequence = self.next.fetch_add(1, Ordering::Relaxed);
        let id = CauseId::new(self.boot, sequence);
        spec.parent = spec.parent.filter(|parent| self.is_older(*parent, sequence));
        let cause = Arc::new(Cause { id, spec, time_millis });
        let (mut shard, slot) = self.shard(sequence);
        if shard.len() <= slot {
            shard.resize(slot + 1, None);
        }
        // A thread that was overtaken by a whole round does not replace the newer cause.
        if shard[slot].as_ref().is_none_or(|kept| kept.id < id) {
            shard[slot] = Some(cause);
        }
        id
    }

    fn is_older(&self, parent: CauseId, sequence: u64) -> bool {
        let (boot, number) = (parent.0 >> SEQUENCE_BITS, parent.0 & ((1 << SEQUENCE_BITS) - 1));
        number != 0 && (boot != u64::from(self.boot) || number < sequence)
    }

    /// The cause, if it is of this boot and still kept.
    #[must_use]
    pub fn get(&self, id: CauseId) -> Option<Arc<Cause>> {
        let (shard, slot) = self.shard(id.0 & ((1 << SEQUENCE_BITS) - 1));
        shard.get(slot)?.as_ref().filter(|cause| cause.id == id).cloned()
    }

    /// The cause, its parent, and so on to the root or as far as it is kept: at most 64.
    #[must_use]
    pub fn chain(&self, id: CauseId) -> Vec<Arc<Cause>> {
        let mut chain = Vec::new();
        let mut next = Some(id);
        while let Some(cause) = next.filter(|_| chain.len() < MAX_CHAIN).and_then(|id| self.get(id)) {
            next = cause.spec.parent;
            chain.push(cause);
        }
        chain
    }

    /// Causes opened since boot.
    #[must_use]
    pub fn opened(&self) -> u64 {
        self.next.load(Ordering::Relaxed) - 1
    }

    /// Checks the invariants of the module; only meaningful while no thread opens causes.
    ///
    /// # Errors
    /// The broken invariant in words.
    pub fn verify_invariants(&self) -> Result<(), String> {
        for shard_index in 0..SHARDS {
            let shard = crate::sync::lock(&self.shards[shard_index as usize]);
            for (slot, cause) in shard.iter().enumerate() {
                let Some(cause) = cause else { continue };
                let sequence = cause.id.0 & ((1 << SEQUENCE_BITS) - 1);
                if sequence % SHARDS != shard_index || (sequence / SHARDS % PER_SHARD) as usize != slot {
                    return Err(format!("cause {} lies in slot {slot} of shard {shard_index}", cause.id));
                }
                if cause.spec.parent.is_some_and(|parent| !self.is_older(parent, sequence)) {
                    return Err(format!("cause {} has a younger parent", cause.id));
                }
            }
        }
        Ok(())
    }
}

fn shorten(text: &mut String) {
    text.truncate(cut(text, MAX_TEXT_BYTES).len());
}

#[cfg(test)]
mod tests {
    use super::*;
    use abi::CauseKind;

    fn spec(label: &str, parent: Option<CauseId>) -> CauseSpec {
        CauseSpec { parent, ..CauseSpec::new(CauseKind::Pointer, label) }
    }

    fn labels(chain: &[Arc<Cause>]) -> Vec<&str> {
        chain.iter().map(|cause| cause.spec.label.as_str()).collect()
    }

    #[test]
    fn a_chain_goes_back_to_the_root() {
        let causes = Causes::new(3);
        let click = causes.open(spec("click", None), 10);
        let tool = causes.open(spec("tool", Some(click)), 11);
        let call = causes.open(spec("call", Some(tool)), 12);
        assert_eq!(labels(&causes.chain(call)), ["call", "tool", "click"]);
        assert_eq!(causes.get(click).map(|cause| cause.time_millis), Some(10));
        assert_eq!(call, CauseId::new(3, 3));
        assert_eq!(causes.opened(), 3);
        causes.verify_invariants().expect("causes are consistent");
    }

    #[test]
    fn made_up_and_foreign_causes_end_a_chain() {
        let causes = Causes::new(3);
        assert_eq!(causes.get(CauseId::NONE), None);
        assert_eq!(causes.get(CauseId::new(3, 9)), None);
        let future = causes.open(spec("future", Some(CauseId::new(3, 7))), 0);
        assert_eq!(causes.get(future).and_then(|cause| cause.spec.parent), None);
        let earlier_boot = causes.open(spec("resumed", Some(CauseId::new(2, 70))), 0);
        assert_eq!(labels(&causes.chain(earlier_boot)), ["resumed"]);
        assert_eq!(causes.get(earlier_boot).and_then(|cause| cause.spec.parent), Some(CauseId::new(2, 70)));
    }

    #[test]
    fn old_causes_are_forgotten_and_long_chains_cut() {
        let causes = Causes::new(0);
        let first = causes.open(spec("first", None), 0);
        let mut last = first;
        for _ in 0..CAPACITY {
            last = causes.open(spec("more", Some(last)), 0);
        }
        assert_eq!(causes.get(first), None);
        assert_eq!(causes.chain(last).len(), MAX_CHAIN);
        causes.verify_invariants().expect("causes are consistent");
    }

    #[test]
    fn long_texts_are_cut() {
        let causes = Causes::new(0);
        let id = causes.open(spec(&"ü".repeat(500), None), 0);
        assert_eq!(causes.get(id).map(|cause| cause.spec.label.len()), Some(200));
    }

    #[test]
    fn threads_open_causes_at_once() {
        let causes = Causes::new(1);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let root = causes.open(spec("root", None), 0);
                    for _ in 0..2_000 {
                        let id = causes.open(spec("leaf", Some(root)), 0);
                        assert_eq!(labels(&causes.chain(id)), ["leaf", "root"]);
                    }
                });
            }
        });
        assert_eq!(causes.opened(), 8_004);
    }
}
