//! Stories, and what is typed to ask for them.

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
    let asked = [
        "/home/a b",
        "window 3",
        "Window #3",
        "process 7",
        "7",
        "cause 2.5",
        "2.5",
        "pid=7",
        "file /a",
        "host 4711",
        "host pid 4711",
    ];
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
        Subject::HostProcess(4711),
        Subject::HostProcess(4711),
    ];
    for (text, subject) in asked.into_iter().zip(subjects) {
        assert_eq!(parse(text).as_ref(), Some(&subject), "{text}");
        assert_eq!(parse(&describe(&subject)), Some(subject));
    }
    for wrong in ["", "notes", "window x", "host x", "cause 99999999.1", "2.x", "file a", "\u{1f4a5}"] {
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
    assert_eq!(told[0].chain.last().map(|cause| cause.spec.label.as_str()), Some("click on Save in Notes"));
    assert!(told[0].can_undo && told[0].pid == Some(Pid(3)));
    // After a restart nobody knows the rights of then, and the number is somebody else's.
    let later = story(&subject, explained.clone(), None, &rights, 2);
    assert_eq!((later[0].pid, later[0].rule.as_str()), (None, "allowed by a right that Notes had then"));
    // A window of this boot is not one of an earlier boot with the same number.
    assert!(story(&Subject::Window(1), explained, None, &rights, 2).is_empty());
}

#[test]
fn what_only_the_ring_knows_is_told_too() {
    let chain = Chain { links: vec![ChainLink { cause: cause(7, "click on Refresh"), events: Vec::new() }] };
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
