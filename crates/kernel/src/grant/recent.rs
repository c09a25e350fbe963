//! What was decided about rights lately, for whoever shows it: answers, questions that nobody answered, denials.
//!
//! Bounded, and lost with the kernel: the journal is what lasts. A denial of the same right of the same process
//! counts up and stays where it is, so that a loop which is denied a thousand times a second moves nothing.

use crate::sync::lock;
use abi::table::{DecisionKind, RightDecision};
use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

/// Answers and the like that are kept, and denials that are kept.
const MOST_OF_EACH: usize = 128;

#[derive(Default)]
struct Table {
    answers: VecDeque<RightDecision>,
    denials: VecDeque<RightDecision>,
}

/// See the module documentation.
#[derive(Default)]
pub(crate) struct Recent {
    last: AtomicU64,
    table: Mutex<Table>,
}

impl Recent {
    /// Keeps a decision. False when it is a denial that was there already.
    pub(crate) fn keep(&self, mut decision: RightDecision) -> bool {
        let mut table = lock(&self.table);
        let is_denial = decision.kind == DecisionKind::Denied;
        let kept = if is_denial { &mut table.denials } else { &mut table.answers };
        if is_denial {
            let same =
                |old: &&mut RightDecision| old.pid == decision.pid && old.capability == decision.capability;
            if let Some(old) = kept.iter_mut().find(same) {
                old.times += 1;
                old.time_millis = decision.time_millis;
                return false;
            }
        }
        decision.number = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        if kept.len() >= MOST_OF_EACH {
            kept.pop_front();
        }
        kept.push_back(decision);
        true
    }

    /// Those with a higher number, the newest first.
    pub(crate) fn after(&self, number: u64) -> Vec<RightDecision> {
        let table = lock(&self.table);
        let newer = |decision: &&RightDecision| decision.number > number;
        let mut all: Vec<_> = table.answers.iter().chain(&table.denials).filter(newer).cloned().collect();
        all.sort_unstable_by_key(|decision| std::cmp::Reverse(decision.number));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use abi::{Capability, CauseId, Pid};

    fn decision(kind: DecisionKind, pid: u64) -> RightDecision {
        RightDecision {
            number: 0,
            kind,
            request: None,
            pid: Pid(pid),
            name: "test".into(),
            app: None,
            capability: Capability::Notify,
            also: Vec::new(),
            rule: "default-deny".into(),
            call: String::new(),
            cause: CauseId::NONE,
            because: Vec::new(),
            until_millis: None,
            time_millis: pid,
            times: 1,
        }
    }

    #[test]
    fn the_same_denial_counts_and_the_newest_come_first() {
        let recent = Recent::default();
        assert!(recent.keep(decision(DecisionKind::Denied, 1)));
        assert!(recent.keep(decision(DecisionKind::Granted, 1)));
        assert!(!recent.keep(decision(DecisionKind::Denied, 1)));
        let all = recent.after(0);
        let seen: Vec<_> = all.iter().map(|decision| (decision.kind, decision.times)).collect();
        assert_eq!(seen, [(DecisionKind::Granted, 1), (DecisionKind::Denied, 2)]);
        assert_eq!(recent.after(all[0].number), []);
    }

    #[test]
    fn a_flood_of_denials_is_bounded_and_leaves_the_answers() {
        let recent = Recent::default();
        recent.keep(decision(DecisionKind::Refused, 0));
        for pid in 0..3 * MOST_OF_EACH as u64 {
            recent.keep(decision(DecisionKind::Denied, pid));
        }
        let all = recent.after(0);
        assert_eq!(all.len(), MOST_OF_EACH + 1);
        assert_eq!(all.last().map(|decision| decision.kind), Some(DecisionKind::Refused));
    }
}
