//! What the page *Why?* shows, as plain data.
//!
//! **Invariants** ([`WhyModel::verify_invariants`]): a story is of the subject that is asked about; a plan belongs to
//! a cause of an entry of the story; chains have at least the cause of their row where it is known.

use super::super::sentence::{self, changes_files, is_bad, sentence, who};
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
        Subject::Window(window) => format!("window {window}"),
        Subject::Cause(cause) => format!("cause {cause}"),
    }
}

/// As it would be typed.
fn typed(subject: &Subject) -> String {
    describe(subject)
}

/// Reads what is typed: a path, a process, a window, a cause.
pub(in super::super) fn parse(text: &str) -> Option<Subject> {
    let text = text.trim();
    if text.starts_with('/') {
        return Some(Subject::Path(text.to_owned()));
    }
    let (word, rest) = text.split_once([' ', '=', ':']).unwrap_or(("", text));
    let rest = rest.trim().trim_start_matches('#');
    match word.to_lowercase().as_str() {
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
        Subject::Path(_) | Subject::Process(_) | Subject::Cause(_) => true,
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
        (Some(rule), true) => format!("refused by {rule}; {} would allow it", sentence::would_allow(&row)),
        (Some(rule), false) => format!("allowed by {rule}"),
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
        bad: is_bad(&row),
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
mod tests {
    use super::*;
    use crate::testing::journal_row;
    use abi::{CauseKind, CauseSpec, PathScope, table::ChainLink};

    fn cause(sequence: u64, label: &str) -> Cause {
        Cause {
            id: CauseId::new(1, sequence),
            spec: CauseSpec::new(CauseKind::Pointer, label),
            time_millis: 1_763_900_000_000,
        }
    }

    #[test]
    fn what_is_typed_is_understood() {
        let asked =
            ["/home/a b", "window 3", "Window #3", "process 7", "7", "cause 2.5", "2.5", "pid=7", "file /a"];
        let subjects = [
            Subject::Path("/home/a b".into()),
            Subject::Window(3),
            Subject::Window(3),
            Subject::Process(Pid(7)),
            Subject::Process(Pid(7)),
            Subject::Cause(CauseId::new(2, 5)),
            Subject::Cause(CauseId::new(2, 5)),
            Subject::Process(Pid(7)),
            Subject::Path("/a".into()),
        ];
        for (text, subject) in asked.into_iter().zip(subjects) {
            assert_eq!(parse(text).as_ref(), Some(&subject), "{text}");
            assert_eq!(parse(&describe(&subject)), Some(subject));
        }
        for wrong in ["", "notes", "window x", "cause 99999999.1", "2.x", "file a", "\u{1f4a5}"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_story_names_who_what_which_rule_and_the_click() {
        let subject = Subject::Path("/home/Notes/a.txt".into());
        let row = JournalRow {
            changes: vec![serde_json::json!({})],
            ..journal_row(4, "file", "write", "/home/Notes/a.txt")
        };
        let explained = vec![
            Explanation {
                row: row.clone(),
                chain: vec![cause(4, "tool notes.save"), cause(2, "click on Save in Notes")],
            },
            Explanation { row: journal_row(3, "file.settled", "", "/home/Notes/a.txt"), chain: Vec::new() },
        ];
        let rights = HashMap::from([(Pid(3), vec![Capability::WriteFile(PathScope("/home/Notes".into()))])]);
        let twice = [explained.clone(), explained.clone()].concat();
        let told = story(&subject, twice, None, &rights, 1);
        assert_eq!((told.len(), told[0].times), (1, 2));
        assert_eq!(told[0].sentence, "Notes wrote /home/Notes/a.txt");
        assert_eq!(told[0].rule, "allowed by the right WriteFile /home/Notes of Notes");
        assert_eq!(
            told[0].chain.last().map(|cause| cause.spec.label.as_str()),
            Some("click on Save in Notes")
        );
        assert!(told[0].can_undo && told[0].pid == Some(Pid(3)));
        // After a restart nobody knows the rights of then, and the number is somebody else's.
        let later = story(&subject, explained.clone(), None, &rights, 2);
        assert_eq!((later[0].pid, later[0].rule.as_str()), (None, "allowed by a right that Notes had then"));
        // A window of this boot is not one of an earlier boot with the same number.
        assert!(story(&Subject::Window(1), explained, None, &rights, 2).is_empty());
    }

    #[test]
    fn what_only_the_ring_knows_is_told_too() {
        let chain =
            Chain { links: vec![ChainLink { cause: cause(7, "click on Refresh"), events: Vec::new() }] };
        let told = story(&Subject::Cause(CauseId::new(1, 7)), Vec::new(), Some(&chain), &HashMap::new(), 1);
        assert_eq!(told[0].sentence, "Click on Refresh");
        assert!(!told[0].can_undo);
        let mut model = WhyModel::default();
        model.ask(Subject::Cause(CauseId::new(1, 7)));
        model.verify_invariants();
        model.told(told);
        model.verify_invariants();
        model.told(Vec::new());
        assert_eq!(model.state, State::Unknown);
    }
}
