//! Who gave which right to a process, when, and for how long. A policy only says what holds; this says why.
//!
//! What a policy has and the ledger does not know, the process began with: that is its manifest. An entry goes when
//! its right is taken, when its lease ends, and with its process.
//!
//! It also counts what each of these rights was used for. What an *always* was used for outlives the process, until the
//! kernel ends.

use crate::{gate::covers, sync::lock};
use abi::{
    Capability, CauseId, Pid,
    table::{Answer, Right, RightSource, RightUses},
};
use std::{collections::HashMap, sync::Mutex};

/// Entries of one process; a policy has no more rules.
const MOST: usize = 1_024;
/// Rights of processes that have ended whose uses are remembered.
const MOST_ENDED: usize = 4_096;

/// What a right was used for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Used {
    count: u64,
    last_millis: u64,
    by: String,
    cause: CauseId,
}

impl Used {
    /// For people; `because` tells a cause.
    fn told(&self, because: &impl Fn(CauseId) -> Vec<String>) -> RightUses {
        RightUses {
            count: self.count,
            last_millis: self.last_millis,
            by: self.by.clone(),
            because: if self.count == 0 { Vec::new() } else { because(self.cause) },
        }
    }

    fn add(&mut self, other: &Used) {
        self.count += other.count;
        if other.last_millis >= self.last_millis {
            (self.last_millis, self.cause) = (other.last_millis, other.cause);
            self.by.clone_from(&other.by);
        }
    }
}

/// One use of a right.
#[derive(Clone, Copy)]
pub(crate) struct Use<'a> {
    pub(crate) by: &'a str,
    pub(crate) cause: CauseId,
    pub(crate) now_millis: u64,
}

/// A right that was given after its process began.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) capability: Capability,
    pub(crate) source: RightSource,
    pub(crate) answer: Answer,
    pub(crate) since_millis: u64,
    /// Name of who gave it.
    pub(crate) by: Option<String>,
    pub(crate) used: Used,
}

impl Entry {
    fn to_right(&self, because: &impl Fn(CauseId) -> Vec<String>) -> Right {
        Right {
            capability: self.capability.clone(),
            source: self.source,
            how: self.answer.name().to_owned(),
            since_millis: self.since_millis,
            until_millis: if let Answer::Until(millis) = self.answer { Some(millis) } else { None },
            by: self.by.clone(),
            uses: self.used.told(because),
        }
    }
}

/// See the module documentation.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<HashMap<Pid, Vec<Entry>>>, Mutex<HashMap<(String, Capability), Used>>);

impl Ledger {
    /// A right that fits was used, where one is known.
    pub(crate) fn used(&self, pid: Pid, fits: impl Fn(&Capability) -> bool, of: Use<'_>) {
        let mut table = lock(&self.0);
        let found = table.get_mut(&pid).into_iter().flatten().find(|entry| fits(&entry.capability));
        if let Some(Entry { used, .. }) = found {
            used.count += 1;
            (used.last_millis, used.cause) = (of.now_millis, of.cause);
            if used.by != of.by {
                of.by.clone_into(&mut used.by);
            }
        }
    }

    /// What an app used a right for that it has always, since the kernel began; `pids` are its processes.
    pub(crate) fn uses(
        &self,
        app: &str,
        pids: &[Pid],
        capability: &Capability,
        because: &impl Fn(CauseId) -> Vec<String>,
    ) -> RightUses {
        let mut all = lock(&self.1).get(&(app.to_owned(), capability.clone())).cloned().unwrap_or_default();
        let table = lock(&self.0);
        let entries = pids.iter().filter_map(|pid| table.get(pid)).flatten();
        entries
            .filter(|entry| entry.answer == Answer::Always && entry.capability == *capability)
            .for_each(|entry| all.add(&entry.used));
        all.told(because)
    }

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

    /// A process of an app has ended.
    pub(crate) fn release(&self, pid: Pid, app: Option<&str>) {
        let Some(entries) = lock(&self.0).remove(&pid) else { return };
        let Some(app) = app else { return };
        let mut ended = lock(&self.1);
        for entry in entries {
            let key = (app.to_owned(), entry.capability);
            let counts = entry.answer == Answer::Always && entry.used.count > 0;
            if counts && (ended.len() < MOST_ENDED || ended.contains_key(&key)) {
                ended.entry(key).or_default().add(&entry.used);
            }
        }
    }

    /// What a process has, with where each comes from; `loans` wait for their check.
    pub(crate) fn rights(
        &self,
        pid: Pid,
        granted: &[Capability],
        loans: &[Capability],
        because: &impl Fn(CauseId) -> Vec<String>,
    ) -> Vec<Right> {
        let entries = lock(&self.0).get(&pid).cloned().unwrap_or_default();
        let (lent, mut lasting): (Vec<Entry>, Vec<Entry>) =
            entries.into_iter().partition(|entry| entry.answer == Answer::Once);
        let mut rights: Vec<Right> = Vec::new();
        for capability in granted {
            let known = lasting.iter().position(|entry| entry.capability == *capability);
            rights.push(match known {
                Some(at) => lasting.remove(at).to_right(because),
                None => from_the_start(capability),
            });
        }
        let waits = |entry: &&Entry| loans.contains(&entry.capability);
        rights.extend(lent.iter().filter(waits).map(|entry| entry.to_right(because)));
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
        uses: RightUses::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PID: Pid = Pid(7);

    fn entry(capability: Capability, answer: Answer) -> Entry {
        Entry {
            capability,
            source: RightSource::Prompt,
            answer,
            since_millis: 5,
            by: Some("Shell".into()),
            used: Used::default(),
        }
    }

    #[test]
    fn what_nobody_gave_is_of_the_manifest_and_the_rest_says_who_gave_it() {
        let ledger = Ledger::default();
        ledger.given(PID, entry(Capability::Notify, Answer::Until(99)));
        ledger.given(PID, entry(Capability::Limits, Answer::Once));
        let granted = [Capability::TimeAccess, Capability::Notify];
        let how = |loans: &[Capability]| {
            let rights = ledger.rights(PID, &granted, loans, &|_| Vec::new());
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
        ledger.release(PID, None);
        assert_eq!(rule(Capability::Limits), "manifest");
        assert!(lock(&ledger.0).is_empty());
    }

    #[test]
    fn uses_are_counted_and_those_of_an_always_outlive_the_process() {
        let ledger = Ledger::default();
        ledger.given(PID, entry(Capability::Notify, Answer::Always));
        ledger.given(PID, entry(Capability::Limits, Answer::Run));
        let use_at = |capability: Capability, now_millis| {
            ledger.used(
                PID,
                |right| *right == capability,
                Use { by: "curl", cause: CauseId(now_millis), now_millis },
            );
        };
        use_at(Capability::Notify, 10);
        use_at(Capability::Notify, 20);
        use_at(Capability::Limits, 30);
        use_at(Capability::Mount, 40);
        let because = |cause: CauseId| vec![cause.to_string()];
        let rights = ledger.rights(PID, &[Capability::Notify, Capability::Limits], &[], &because);
        let seen: Vec<_> = rights.iter().map(|right| (right.uses.count, right.uses.last_millis)).collect();
        assert_eq!(seen, [(2, 20), (1, 30)]);
        assert_eq!((rights[0].uses.by.as_str(), rights[0].uses.because.len()), ("curl", 1));
        ledger.release(PID, Some("notes"));
        let kept = |capability| ledger.uses("notes", &[PID], &capability, &because).count;
        assert_eq!((kept(Capability::Notify), kept(Capability::Limits)), (2, 0));
        ledger.given(PID, entry(Capability::Notify, Answer::Always));
        use_at(Capability::Notify, 50);
        assert_eq!(ledger.uses("notes", &[PID], &Capability::Notify, &because).last_millis, 50);
        assert_eq!(kept(Capability::Notify), 3);
    }
}
