//! What the page *Why?* shows, as plain data.
//!
//! **Invariants** ([`WhyModel::verify_invariants`]): a story is of the subject that is asked about; a plan belongs to
//! a cause of an entry of the story; chains have at least the cause of their row where it is known.

use super::super::sentence::{self, changes_files, is_alarming, is_bad, sentence, who};
use crate::common::{format, problem::Problem};
use abi::{
    Capability, Cause, CauseId, Pid,
    table::{Chain, Event, Explanation, JournalRow, UndoMode, UndoStep, Undone},
};
use std::collections::HashMap;
use widgets::Subject;

/// Entries of a story.
const MOST: usize = 64;

/// One thing that happened, and why.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Entry {
    /// What happened.
    pub(super) sentence: String,
    /// What allowed or refused it; empty where no rule was asked.
    pub(super) rule: String,
    /// Date and time of the last time.
    pub(super) when: String,
    /// How often it happened in a row.
    pub(super) times: u32,
    pub(super) cause: CauseId,
    pub(super) pid: Option<Pid>,
    /// The nearest first, the root last.
    pub(super) chain: Vec<Cause>,
    /// How many events of the cause are still in the ring.
    pub(super) events: usize,
    pub(super) can_undo: bool,
    pub(super) bad: bool,
}

/// What would be taken back, or was.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Plan {
    Looking,
    /// What would change.
    Steps(Vec<UndoStep>),
    Running,
    Done(Undone),
    Failed(Problem),
}

/// How far the answer is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in super::super) enum State {
    /// Nothing was asked.
    #[default]
    Nothing,
    Looking,
    /// The newest first.
    Story(Vec<Entry>),
    /// Nobody knows anything of it.
    Unknown,
    Failed(Problem),
}

/// What drawing asks for.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum WhyCommand {
    /// What is typed in the field.
    Draft(String),
    /// Asks about what is typed.
    AskTyped,
    Ask(Subject),
    /// Asks again about the same.
    Again,
    Plan(CauseId),
    Undo(CauseId, UndoMode),
    DropPlan,
}

/// What the page shows.
#[derive(Debug, Default)]
pub(in super::super) struct WhyModel {
    pub(in super::super) draft: String,
    /// Whether what is typed can be asked about.
    pub(super) typed_wrong: bool,
    pub(in super::super) subject: Option<Subject>,
    pub(in super::super) state: State,
    pub(in super::super) plan: Option<(CauseId, Plan)>,
}

impl WhyModel {
    /// Begins to look for an answer.
    pub(super) fn ask(&mut self, subject: Subject) {
        self.draft = typed(&subject);
        self.typed_wrong = false;
        self.state = State::Looking;
        self.plan = None;
        self.subject = Some(subject);
    }

    /// Makes the story of what the journal and the ring know.
    pub(super) fn told(&mut self, entries: Vec<Entry>) {
        self.state = if entries.is_empty() { State::Unknown } else { State::Story(entries) };
    }

    pub(in super::super) fn entries(&self) -> &[Entry] {
        match &self.state {
            State::Story(entries) => entries,
            _ => &[],
        }
    }

    /// What the cause that is asked about is called, where its story knows it.
    pub(super) fn subject_label(&self) -> Option<&str> {
        let Some(Subject::Cause(asked)) = self.subject else { return None };
        let mut causes = self.entries().iter().flat_map(|entry| &entry.chain);
        causes.find(|cause| cause.id == asked).map(|cause| cause.spec.label.as_str())
    }

    /// Sentences and causes, for scripts.
    pub(in super::super) fn data(&self) -> serde_json::Value {
        let entries = self.entries().iter().map(|entry| {
            let chain: Vec<&str> = entry.chain.iter().map(|cause| cause.spec.label.as_str()).collect();
            serde_json::json!({ "sentence": entry.sentence, "rule": entry.rule, "chain": chain })
        });
        serde_json::json!({
            "subject": self.subject.as_ref().map(describe),
            "state": match &self.state {
                State::Nothing => "nothing",
                State::Looking => "looking",
                State::Story(_) => "story",
                State::Unknown => "unknown",
                State::Failed(_) => "failed",
            },
            "entries": entries.collect::<Vec<_>>(),
        })
    }

    /// Panics where an invariant of the module does not hold.
    #[cfg(test)]
    pub(super) fn verify_invariants(&self) {
        assert_eq!(self.subject.is_some(), self.state != State::Nothing);
        if let Some((cause, plan)) = &self.plan {
            let known = self.entries().iter().any(|entry| entry.cause == *cause);
            assert!(known || matches!(plan, Plan::Done(_) | Plan::Running), "a plan of nothing");
        }
        assert!(self.entries().len() <= MOST);
    }
}

/// What is asked about, in words.
pub(in super::super) fn describe(subject: &Subject) -> String {
    match subject {
        Subject::Path(path) => path.clone(),
        Subject::Process(pid) => format!("process {pid}"),
        Subject::HostProcess(host_pid) => format!("host process {host_pid}"),
        Subject::Window(window) => format!("window {window}"),
        Subject::Cause(cause) => format!("cause {cause}"),
    }
}

/// As it would be typed.
fn typed(subject: &Subject) -> String {
    describe(subject)
}

/// Reads what is typed: a path, a process, a process of the host, a window, a cause.
pub(in super::super) fn parse(text: &str) -> Option<Subject> {
    let text = text.trim();
    if text.starts_with('/') {
        return Some(Subject::Path(text.to_owned()));
    }
    let (word, rest) = text.split_once([' ', '=', ':']).unwrap_or(("", text));
    let rest = rest.trim().trim_start_matches('#');
    match word.to_lowercase().as_str() {
        "host" => {
            let number = rest.trim_start_matches("process").trim_start_matches("pid").trim();
            number.parse().ok().map(Subject::HostProcess)
        }
        "window" => rest.parse().ok().map(Subject::Window),
        "cause" => parse_cause(rest).map(Subject::Cause),
        "process" | "pid" => rest.parse().ok().map(|pid| Subject::Process(Pid(pid))),
        "path" | "file" | "folder" => rest.starts_with('/').then(|| Subject::Path(rest.to_owned())),
        "" if rest.contains('.') => parse_cause(rest).map(Subject::Cause),
        "" => rest.parse().ok().map(|pid| Subject::Process(Pid(pid))),
        _ => None,
    }
}

/// `3.42`: boot and sequence; or the plain number.
fn parse_cause(text: &str) -> Option<CauseId> {
    match text.split_once('.') {
        Some((boot, sequence)) => {
            let boot: u32 = boot.parse().ok().filter(|boot| *boot < 1 << 24)?;
            let sequence: u64 = sequence.parse().ok().filter(|sequence| *sequence < 1 << 40)?;
            Some(CauseId::new(boot, sequence))
        }
        None => text.parse().ok().map(CauseId),
    }
}

/// What is asked about can only be of this boot: numbers of windows and processes are given anew.
fn is_of_boot(subject: &Subject, row: &JournalRow, boot: u64) -> bool {
    match subject {
        Subject::Window(_) => row.cause.0 >> 40 == boot,
        Subject::Path(_) | Subject::Process(_) | Subject::HostProcess(_) | Subject::Cause(_) => true,
    }
}

/// The story: rows of the journal with what allowed them, or where there are none, what the ring remembers.
///
/// `rights` are those that processes of this boot have now.
pub(super) fn story(
    subject: &Subject,
    explained: Vec<Explanation>,
    ring: Option<&Chain>,
    rights: &HashMap<Pid, Vec<Capability>>,
    boot: u64,
) -> Vec<Entry> {
    let of_boot: Vec<Explanation> =
        explained.into_iter().filter(|one| is_of_boot(subject, &one.row, boot)).collect();
    // What a row led to, and that there was a cause, is told by the other rows; alone it is better than nothing.
    let is_aside = |row: &JournalRow| matches!(row.kind.as_str(), "cause" | "file.settled");
    let all_aside = of_boot.iter().all(|one| is_aside(&one.row));
    let told = of_boot.into_iter().filter(|one| all_aside || !is_aside(&one.row));
    let mut entries: Vec<Entry> = Vec::new();
    for entry in told.take(MOST).map(|one| entry(one, rights, boot)) {
        match entries.last_mut() {
            // Who saves at each key did the same for the same reason: said once, with the last time.
            Some(last) if last.cause == entry.cause && last.sentence == entry.sentence => {
                last.times += 1;
                last.can_undo |= entry.can_undo;
            }
            _ => entries.push(entry),
        }
    }
    if let (true, Some(chain)) = (entries.is_empty(), ring) {
        entries.extend(of_ring(chain));
    }
    for entry in &mut entries {
        let link = ring.into_iter().flat_map(|chain| &chain.links).find(|link| link.cause.id == entry.cause);
        if let Some(link) = link {
            entry.events = entry.events.max(link.events.len());
        }
    }
    entries
}

fn entry(explained: Explanation, rights: &HashMap<Pid, Vec<Capability>>, boot: u64) -> Entry {
    let Explanation { row, chain } = explained;
    let of_now = row.cause.0 >> 40 == boot;
    let allowed = || {
        let rights = rights.get(&row.pid).filter(|_| of_now)?;
        sentence::allowing(&row, rights)
    };
    let rule = match (&row.rule, is_bad(&row)) {
        (Some(rule), true) => {
            let words = sentence::rule_words(&row, rule);
            match sentence::would_allow(&row) {
                right if right.is_empty() => words,
                right => format!("{words}; {right} would allow it"),
            }
        }
        (Some(rule), false) => sentence::rule_words(&row, rule),
        (None, true) => String::new(),
        (None, false) if row.call.is_empty() => String::new(),
        (None, false) => match allowed() {
            Some(right) => format!("allowed by the right {right} of {}", who(&row)),
            None => format!("allowed by a right that {} had then", who(&row)),
        },
    };
    Entry {
        sentence: sentence(&row),
        rule,
        when: format::moment(row.time_millis),
        times: 1,
        cause: row.cause,
        pid: Some(row.pid).filter(|_| of_now),
        chain,
        events: 0,
        can_undo: changes_files(&row),
        bad: is_alarming(&row),
    }
}

/// What is only in the ring: the cause, and its newest event.
fn of_ring(chain: &Chain) -> Option<Entry> {
    let link = chain.links.first()?;
    let causes: Vec<Cause> = chain.links.iter().map(|link| link.cause.clone()).collect();
    let last: Option<&Event> = link.events.last();
    let label = if link.cause.spec.label.is_empty() { "something" } else { &link.cause.spec.label };
    let mut chars = label.chars();
    let sentence = chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>());
    Some(Entry {
        sentence: sentence.unwrap_or_default(),
        rule: "not in the journal: it changed nothing that lasts".into(),
        when: format::moment(link.cause.time_millis),
        times: 1,
        cause: link.cause.id,
        pid: last.map(|event| event.pid),
        chain: causes,
        events: link.events.len(),
        can_undo: false,
        bad: false,
    })
}

#[cfg(test)]
mod tests;
