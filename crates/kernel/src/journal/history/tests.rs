//! Answers with an index, with one that is behind, and without.

use super::{Explained, History, Touched, Why};
use crate::journal::{
    Before, Change, FileJournal, Filter, Indexer, Journal, Kept, Row, RowKind, State,
    tests::{folder, open, small},
};
use abi::{Cause, CauseId, CauseKind, CauseSpec, Pid};
use std::{fs, path::Path, time::Duration};

const LONG: Duration = Duration::from_secs(60);

fn cause(sequence: u64) -> CauseId {
    CauseId::new(2, sequence)
}

/// Opens a cause in the journal.
fn tell_cause(journal: &dyn Journal, sequence: u64, parent: Option<u64>, label: &str) {
    let spec = CauseSpec {
        parent: parent.map(cause),
        window: Some(sequence + 100),
        ..CauseSpec::new(CauseKind::Pointer, label)
    };
    let cause = Cause { id: cause(sequence), spec, time_millis: 1_000 };
    let detail = serde_json::to_value(&cause).expect("plain data");
    let row = Row { detail, ..Row::new(1_000, cause.id, Pid::KERNEL, RowKind::Cause, label) };
    journal.append(&row).expect("room");
}

fn file_row(time_millis: u64, sequence: u64, app: &str, path: &str) -> Row {
    let before = Some(Before { state: State::Absent, kept: Kept::Nothing });
    Row {
        app: Some(app.into()),
        call: "write".into(),
        changes: vec![Change::Set { path: path.into(), before, after: Some(State::of(b"x")) }],
        ..Row::new(time_millis, cause(sequence), Pid::new(4, 0), RowKind::File, path)
    }
}

/// A click that saves twice, a tool beneath it, and something else.
fn fill(journal: &dyn Journal) {
    tell_cause(journal, 1, None, "click on Save");
    journal.append(&file_row(1_001, 1, "notes", "/home/a.txt")).expect("room");
    tell_cause(journal, 2, Some(1), "tool notes.save");
    journal.append(&file_row(1_002, 2, "notes", "/home/deep/b.txt")).expect("room");
    journal.append(&file_row(1_003, 2, "notes", "/home/a.txt")).expect("room");
    tell_cause(journal, 3, None, "key Enter");
    journal.append(&file_row(1_004, 3, "files", "/home/a.txt")).expect("room");
    let denial = Row {
        rule: Some("files#3".into()),
        ..Row::new(1_005, cause(3), Pid::new(9, 1), RowKind::Denial, "/etc")
    };
    journal.append(&denial).expect("room");
    journal.append(&Row::new(1_006, cause(2), Pid::new(77, 0), RowKind::ProcessStart, "ls")).expect("room");
}

fn rows(history: &History, filter: &Filter) -> Vec<u64> {
    history.query(filter).expect("readable").iter().map(|row| row.time_millis).collect()
}

/// All answers that must not depend on the index.
fn check(history: &History) {
    let all = Filter::default();
    assert_eq!(rows(history, &all).len(), 9);
    let some = |filter: Filter| rows(history, &filter);
    assert_eq!(some(Filter { app: Some("notes".into()), ..all.clone() }), [1_003, 1_002, 1_001]);
    assert_eq!(some(Filter { object: Some("/home/a.txt".into()), ..all.clone() }), [1_004, 1_003, 1_001]);
    assert_eq!(some(Filter { under: Some("/home/deep".into()), ..all.clone() }), [1_002]);
    assert_eq!(some(Filter { under: Some("/home".into()), limit: 2, ..all.clone() }), [1_004, 1_003]);
    assert_eq!(some(Filter { kinds: vec![RowKind::Denial], ..all.clone() }), [1_005]);
    assert_eq!(some(Filter { since_millis: Some(1_004), ..all.clone() }), [1_006, 1_005, 1_004]);
    assert_eq!(
        some(Filter { until_millis: Some(1_003), kinds: vec![RowKind::File], ..all.clone() }),
        [1_002, 1_001]
    );
    assert_eq!(some(Filter { pid: Some(Pid::new(9, 1)), ..all.clone() }), [1_005]);
    assert_eq!(
        some(Filter { causes: Some(vec![cause(3)]), since_millis: Some(1_005), ..all.clone() }),
        [1_005]
    );
    assert_eq!(
        some(Filter {
            app: Some("notes".into()),
            under: Some("/home".into()),
            kinds: vec![RowKind::File],
            before_seq: Some(5),
            ..all.clone()
        }),
        [1_002, 1_001]
    );
    assert!(some(Filter { app: Some("nobody".into()), ..all.clone() }).is_empty());
    assert!(some(Filter { object: Some("/nowhere".into()), ..all }).is_empty());

    let labels = |explained: &Explained| -> Vec<String> {
        explained.chain.iter().map(|cause| cause.spec.label.clone()).collect()
    };
    let why = history.why(&Why::Path("/home/a.txt".into())).expect("readable");
    let chains: Vec<Vec<String>> = why.iter().map(labels).collect();
    assert_eq!(chains, [vec!["key Enter"], vec!["tool notes.save", "click on Save"], vec!["click on Save"]]);
    let why = history.why(&Why::Pid(Pid::new(77, 0))).expect("readable");
    assert_eq!(why.iter().map(labels).collect::<Vec<_>>(), [["tool notes.save", "click on Save"]]);
    let why = history.why(&Why::Window(103)).expect("readable");
    assert_eq!(why.iter().map(|one| one.row.time_millis).collect::<Vec<_>>(), [1_005, 1_004, 1_000]);
    // What the click in window 101 led to has a cause of another window.
    let why = history.why(&Why::Window(101)).expect("readable");
    let times: Vec<u64> = why.iter().map(|one| one.row.time_millis).collect();
    assert_eq!(times, [1_006, 1_003, 1_002, 1_000, 1_001, 1_000]);
    assert_eq!(history.with_descendants(cause(1)).expect("readable"), [cause(1), cause(2)]);
    assert_eq!(history.with_descendants(cause(9)).expect("readable"), [cause(9)]);

    let touched = history.touched_by("notes", 10).expect("readable");
    let times = |touched: &Touched| (touched.path.clone(), touched.times, touched.last_millis);
    assert_eq!(
        touched.iter().map(times).collect::<Vec<_>>(),
        [("/home/a.txt".into(), 2, 1_003), ("/home/deep/b.txt".into(), 1, 1_002)]
    );
    assert_eq!(history.touched_by("notes", 1).expect("readable").len(), 1);
}

fn append_all(journal: &FileJournal, rows: &[Row]) {
    for row in rows {
        journal.append(row).expect("room");
    }
}

fn index_folder(folder: &Path) -> std::path::PathBuf {
    folder.join("index")
}

fn history(folder: &Path) -> History {
    History::new(folder, &index_folder(folder))
}

fn indexed(folder: &Path, journal: &FileJournal) -> Indexer {
    let indexer = Indexer::start(folder, &index_folder(folder)).expect("a thread");
    let last = journal.reader().tail(1).expect("readable")[0].seq;
    assert!(indexer.wait_for(last, LONG), "{:?}", indexer.failure());
    indexer
}

#[test]
fn answers_are_the_same_without_an_index() {
    let folder = folder();
    fill(&open(folder.path()));
    check(&history(folder.path()));
}

#[test]
fn answers_are_the_same_with_an_index() {
    let folder = folder();
    let journal = small(folder.path());
    fill(&journal);
    let indexer = indexed(folder.path(), &journal);
    check(&history(folder.path()));
    drop(indexer);
    check(&history(folder.path()));
}

#[test]
fn answers_are_the_same_with_an_index_that_is_behind() {
    let complete = folder();
    fill(&open(complete.path()));
    let rows: Vec<Row> = open(complete.path()).reader().tail(100).expect("readable");
    for indexed_rows in 1..rows.len() {
        let folder = folder();
        let journal = small(folder.path());
        let (first, rest) = rows.split_at(indexed_rows);
        append_all(&journal, first);
        drop(indexed(folder.path(), &journal));
        append_all(&journal, rest);
        check(&history(folder.path()));
    }
}

#[test]
fn an_index_that_is_deleted_while_it_is_used_is_built_anew() {
    let folder = folder();
    let journal = open(folder.path());
    fill(&journal);
    let indexer = indexed(folder.path(), &journal);
    let history = history(folder.path());
    check(&history);
    fs::remove_dir_all(index_folder(folder.path())).expect("ours");
    check(&history);
    let last = journal.append(&Row::new(1_007, cause(3), Pid::KERNEL, "session", "more")).expect("room");
    assert!(indexer.wait_for(last, LONG));
    assert_eq!(indexer.builds(), 2);
    assert!(index_folder(folder.path()).join("journal.sqlite").exists());
    assert_eq!(rows(&history, &Filter { limit: 1, ..Filter::default() }), [1_007]);
    assert_eq!(rows(&history, &Filter { app: Some("notes".into()), ..Filter::default() }).len(), 3);
}

#[test]
fn a_damaged_index_and_one_of_another_journal_are_built_anew() {
    let folder = folder();
    let journal = open(folder.path());
    fill(&journal);
    drop(indexed(folder.path(), &journal));
    let file = index_folder(folder.path()).join("journal.sqlite");
    let whole = fs::read(&file).expect("readable");
    fs::write(&file, vec![b'x'; whole.len()]).expect("ours");
    check(&history(folder.path()));
    let indexer = indexed(folder.path(), &journal);
    assert_eq!(indexer.builds(), 1);
    check(&history(folder.path()));
    drop(indexer);

    let other = super::tests::folder();
    let journal = open(other.path());
    journal.append(&Row::new(7, cause(1), Pid::KERNEL, "session", "other")).expect("room");
    fs::create_dir(index_folder(other.path())).expect("ours");
    fs::copy(&file, index_folder(other.path()).join("journal.sqlite")).expect("ours");
    let indexer = indexed(other.path(), &journal);
    assert_eq!(indexer.builds(), 1);
    assert_eq!(rows(&history(other.path()), &Filter::default()), [7]);
}

#[test]
fn what_retired_leaves_the_index() {
    let folder = folder();
    let journal = small(folder.path());
    fill(&journal);
    drop(indexed(folder.path(), &journal));
    for n in 0..60 {
        journal.append(&Row::new(2_000 + n, cause(3), Pid::KERNEL, "session", "more")).expect("room");
    }
    let _indexer = indexed(folder.path(), &journal);
    let history = history(folder.path());
    let oldest = journal.reader().rows().expect("readable").next().expect("one").expect("whole").seq;
    let rows = history.query(&Filter::default()).expect("readable");
    assert_eq!(rows.last().map(|row| row.seq), Some(oldest));
    let touched = history.touched_by("notes", 10).expect("readable");
    assert_eq!(touched.len(), 2, "what an app touched is remembered longer than the rows");
}
