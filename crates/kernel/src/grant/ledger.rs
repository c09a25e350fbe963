//! Who gave which right to a process, when, and for how long. A policy only says what holds; this says why.
//!
//! What a policy has and the ledger does not know, the process began with: that is its manifest. An entry goes when
//! its right is taken, when its lease ends, and with its process.

use crate::{gate::covers, sync::lock};
use abi::{
    Capability, Pid,
    table::{Answer, Right, RightSource},
};
use std::{collections::HashMap, sync::Mutex};

/// Entries of one process; a policy has no more rules.
const MOST: usize = 1_024;

/// A right that was given after its process began.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) capability: Capability,
    pub(crate) source: RightSource,
    pub(crate) answer: Answer,
    pub(crate) since_millis: u64,
    /// Name of who gave it.
    pub(crate) by: Option<String>,
}

impl Entry {
    fn to_right(&self) -> Right {
        Right {
            capability: self.capability.clone(),
            source: self.source,
            how: self.answer.name().to_owned(),
            since_millis: self.since_millis,
            until_millis: if let Answer::Until(millis) = self.answer { Some(millis) } else { None },
            by: self.by.clone(),
        }
    }
}

/// See the module documentation.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<HashMap<Pid, Vec<Entry>>>);

impl Ledger {
    /// A right was given.
    pub(crate) fn given(&self, pid: Pid, entry: Entry) {
        let mut table = lock(&self.0);
        let entries = table.entry(pid).or_default();
        // What was given for one check may be used up by now; the newest counts.
        entries.retain(|old| old.answer != Answer::Once || old.capability != entry.capability);
        if entries.len() < MOST {
            entries.push(entry);
        }
    }

    /// A right was taken, with all it covers and with everything that was lent.
    pub(crate) fn taken(&self, pid: Pid, capability: &Capability) {
        if let Some(entries) = lock(&self.0).get_mut(&pid) {
            let stays =
                |entry: &Entry| entry.answer != Answer::Once && !covers(capability, &entry.capability);
            entries.retain(stays);
        }
    }

    /// A lease is over.
    pub(crate) fn ended(&self, pid: Pid, capability: &Capability, until_millis: u64) {
        if let Some(entries) = lock(&self.0).get_mut(&pid) {
            let is_it = |entry: &Entry| {
                entry.answer == Answer::Until(until_millis) && entry.capability == *capability
            };
            if let Some(at) = entries.iter().position(is_it) {
                entries.remove(at);
            }
        }
    }

    /// A process has ended.
    pub(crate) fn release(&self, pid: Pid) {
        lock(&self.0).remove(&pid);
    }

    /// What a process has, with where each comes from; `loans` wait for their check.
    pub(crate) fn rights(&self, pid: Pid, granted: &[Capability], loans: &[Capability]) -> Vec<Right> {
        let entries = lock(&self.0).get(&pid).cloned().unwrap_or_default();
        let (lent, mut lasting): (Vec<Entry>, Vec<Entry>) =
            entries.into_iter().partition(|entry| entry.answer == Answer::Once);
        let mut rights: Vec<Right> = Vec::new();
        for capability in granted {
            let known = lasting.iter().position(|entry| entry.capability == *capability);
            rights.push(match known {
                Some(at) => lasting.remove(at).to_right(),
                None => from_the_start(capability),
            });
        }
        let waits = |entry: &&Entry| loans.contains(&entry.capability);
        rights.extend(lent.iter().filter(waits).map(Entry::to_right));
        rights
    }

    /// The rule by which a process has this very right: `manifest`, or where it came from and for how long.
    pub(crate) fn rule(&self, pid: Pid, capability: &Capability) -> String {
        let table = lock(&self.0);
        let entry = table.get(&pid).into_iter().flatten().find(|entry| entry.capability == *capability);
        match entry {
            None => RightSource::Manifest.name().to_owned(),
            Some(Entry { source: RightSource::Given, answer, .. }) => format!("given {}", answer.name()),
            Some(entry) => format!("answer {}", entry.answer.name()),
        }
    }
}

fn from_the_start(capability: &Capability) -> Right {
    Right {
        capability: capability.clone(),
        source: RightSource::Manifest,
        how: RightSource::Manifest.name().to_owned(),
        since_millis: 0,
        until_millis: None,
        by: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PID: Pid = Pid(7);

    fn entry(capability: Capability, answer: Answer) -> Entry {
        Entry { capability, source: RightSource::Prompt, answer, since_millis: 5, by: Some("Shell".into()) }
    }

    #[test]
    fn what_nobody_gave_is_of_the_manifest_and_the_rest_says_who_gave_it() {
        let ledger = Ledger::default();
        ledger.given(PID, entry(Capability::Notify, Answer::Until(99)));
        ledger.given(PID, entry(Capability::Limits, Answer::Once));
        let granted = [Capability::TimeAccess, Capability::Notify];
        let how = |loans: &[Capability]| {
            let rights = ledger.rights(PID, &granted, loans);
            rights
                .into_iter()
                .map(|right| (right.capability, right.how, right.until_millis))
                .collect::<Vec<_>>()
        };
        let lasting = [
            (Capability::TimeAccess, "manifest".to_owned(), None),
            (Capability::Notify, "until".to_owned(), Some(99)),
        ];
        assert_eq!(how(&[]), lasting);
        assert_eq!(how(&[Capability::Limits])[2], (Capability::Limits, "once".to_owned(), None));
        ledger.ended(PID, &Capability::Notify, 98);
        assert_eq!(how(&[]), lasting, "another lease");
        ledger.ended(PID, &Capability::Notify, 99);
        assert_eq!(how(&[])[1].1, "manifest");
    }

    #[test]
    fn what_is_taken_or_ended_is_forgotten() {
        let ledger = Ledger::default();
        ledger.given(PID, entry(Capability::Notify, Answer::Run));
        ledger.given(PID, entry(Capability::Limits, Answer::Run));
        ledger.taken(PID, &Capability::Notify);
        let rule = |capability| ledger.rule(PID, &capability);
        assert_eq!(rule(Capability::Notify), "manifest");
        assert_eq!(rule(Capability::Limits), "answer run");
        ledger.release(PID);
        assert_eq!(rule(Capability::Limits), "manifest");
        assert!(lock(&ledger.0).is_empty());
    }
}
