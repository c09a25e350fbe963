//! Rows of the journal in words.

use super::{
    super::sheet::{Sheet, SheetId},
    *,
};
use crate::testing::journal_row;
use abi::PathScope;
use serde_json::json;

#[test]
fn rows_are_sentences() {
    let told = |kind: &str, call: &str, object: &str| sentence(&journal_row(1, kind, call, object));
    assert_eq!(told("file", "write", "/home/a.txt"), "Notes wrote /home/a.txt");
    assert_eq!(told("file", "move", "/home/a → /home/b"), "Notes moved /home/a → /home/b");
    assert_eq!(told("call", "pipe_create", "x"), "Notes called pipe_create on x");
    assert_eq!(told("denied", "list", "/etc"), "Notes was not allowed to look into /etc");
    assert_eq!(told("denied", "get_metrics", ""), "Notes was not allowed to see what others do");
    assert_eq!(told("process.exit", "", "bash"), "bash ended, nobody knows how");
    let ended = |detail| sentence(&JournalRow { detail, ..journal_row(1, "process.exit", "", "bash") });
    assert_eq!(ended(json!("code 0")), "bash ended, by itself");
    assert_eq!(ended(json!({"exit": "signal 1", "reason": "closed"})), "bash was closed");
    assert_eq!(ended(json!({"exit": "signal 1", "reason": "quit"})), "bash ended with the desktop");
    let asked = json!({"exit": "signal 15", "reason": "asked", "by": "Task Manager"});
    assert_eq!(ended(asked), "bash was ended by Task Manager, with signal 15");
    assert_eq!(ended(json!({"exit": "code 3", "reason": "eclipse"})), "bash ended, with code 3");
    let touched =
        |detail| sentence(&JournalRow { detail, ..journal_row(1, "process.touch", "", "/home/key") });
    assert_eq!(touched(json!({"act": "write"})), "Notes opened /home/key to write");
    assert_eq!(touched(json!({"act": "rename", "other": "/home/b"})), "Notes renamed /home/key to /home/b");
    let later = json!({"act": "write", "runs_later": "git runs it"});
    let expected = "Notes opened /home/key to write, which runs later by itself: git runs it";
    assert_eq!(touched(later.clone()), expected);
    assert!(is_alarming(&JournalRow { detail: later, ..journal_row(1, "process.touch", "", "/home/key") }));
    let hidden = json!({"act": "read", "hidden": true});
    assert_eq!(touched(hidden), "Notes tried to read /home/key, which its sandbox hides");
    let right = r#"{"ReadFile":"/home"}"#;
    assert_eq!(told("grant", "", right), "Notes was allowed to read /home");
    assert_eq!(told("grant.asked", "", right), "Notes asked to read /home");
    assert_eq!(told("grant.refused", "", right), "Notes asked to read /home and was refused");
    assert_eq!(told("grant.expired", "", right), "Notes asked to read /home and got no answer");
    assert_eq!(told("revoke", "", right), "Notes may no longer read /home");
    assert_eq!(told("grant.muted", "", "notes"), "Notes was muted");
    let decided = |rule: &str| {
        let row = JournalRow { rule: Some(rule.into()), ..journal_row(1, "grant.kept", "", right) };
        journal_sentence(&row, Some("click on Never in Settings"))
    };
    assert_eq!(
        decided("answer never"),
        "You decided that Notes may never read /home; because you clicked Never in Settings"
    );
    assert!(decided("answer always").starts_with("You decided that Notes may always read /home;"));
    assert!(
        decided("answer ask").starts_with("You decided to be asked again when Notes wants to read /home")
    );
    let refused = |kind: &str, rule: &str| {
        journal_sentence(&JournalRow { rule: Some(rule.into()), ..journal_row(1, kind, "", right) }, None)
    };
    assert_eq!(
        refused("grant.refused", "answer deny"),
        "Notes asked to read /home and was refused by your answer, while it runs"
    );
    let denied = JournalRow { rule: Some("default-deny".into()), ..journal_row(1, "denied", "list", "/etc") };
    assert_eq!(
        journal_sentence(&denied, Some("line typed in Terminal")),
        "Notes was not allowed to look into /etc, since nobody has allowed it; because you typed a line in Terminal"
    );
    assert_eq!(
        refused("grant.lingers", "it has it until it ends"),
        "Notes had been allowed to read /home; its program has it until it ends"
    );
    assert!(told("process.child", "", "sleep").ends_with(" started sleep"));
    assert_eq!(told("cause", "", "click on Save"), "Click on Save");
    assert_eq!(told("holo.gram", "", "x"), "Notes: holo.gram x");
    let started = JournalRow {
        detail: json!({"argv": ["ls", "-l"]}),
        app: None,
        pid: abi::Pid::KERNEL,
        ..journal_row(1, "call", "spawn", "ls")
    };
    assert_eq!(sentence(&started), "The system started the program ls -l");
    assert_eq!(app_name("text-editor"), "Text Editor");
}

#[test]
fn the_right_behind_a_row_is_named() {
    let row = journal_row(1, "file", "write", "/home/Notes/a.txt");
    let rights = [
        Capability::ReadFile(PathScope("/".into())),
        Capability::WriteFile(PathScope("/srv".into())),
        Capability::WriteFile(PathScope("/home/Notes".into())),
    ];
    assert_eq!(allowing(&row, &rights).as_deref(), Some("WriteFile /home/Notes"));
    assert_eq!(allowing(&row, &rights[..2]), None);
    let started = journal_row(1, "call", "spawn", "ls");
    assert_eq!(
        allowing(&started, &[Capability::SpawnProcess(vec!["*".into()])]).as_deref(),
        Some(r#"SpawnProcess ["*"]"#)
    );
    let denied = journal_row(1, "denied", "list", "/etc");
    assert_eq!(would_allow(&denied), "ListDirectory /etc");
    let by_rule = JournalRow { rule: Some("the rule !10.0.0.0/8".into()), ..denied };
    assert_eq!(would_allow(&by_rule), "only the end of that rule");
}

#[test]
fn repeated_refusals_are_one_row() {
    let first =
        JournalRow { rule: Some("default-deny".into()), ..journal_row(5, "denied", "read", "/etc/x") };
    let counts = [
        JournalRow { detail: json!({"times": 4}), ..journal_row(9, "denied.count", "read", "/etc/x") },
        JournalRow { detail: json!({"times": 2}), ..journal_row(7, "denied.count", "read", "/etc/x") },
    ];
    let mut sheet = Sheet::new(SheetId::Denials);
    sheet.receive(denials(&[first], &counts), 1);
    sheet.verify_invariants();
    assert_eq!(sheet.rows[0].values[4].cell.text, "4");
    let mut sheet = Sheet::new(SheetId::Grants);
    sheet.receive(grants(&[journal_row(3, "revoke", "", "ReadFile(/home)")]), 1);
    sheet.verify_invariants();
    assert_eq!(sheet.rows[0].name, "Notes may no longer ReadFile(/home)");
    let mut sheet = Sheet::new(SheetId::Journal);
    sheet.receive(journal(&counts), 2);
    sheet.verify_invariants();
}

#[test]
fn a_refusal_offers_what_would_have_allowed_it_and_nothing_else_does() {
    let refused = JournalRow {
        rule: Some("default-deny".into()),
        detail: json!({"would_allow": {"ReadFile": "/etc/x"}}),
        ..journal_row(5, "denied", "read", "/etc/x")
    };
    let row = denials(std::slice::from_ref(&refused), &[]).remove(0);
    let offer = row.offer.expect("it can be allowed");
    assert_eq!((offer.app.as_deref(), offer.capability.in_words().as_str()), (Some("notes"), "read /etc/x"));
    assert_eq!(row.values[3].cell.text, "Read /etc/x");
    let bad = JournalRow { detail: json!({"would_allow": {"Fly": 1}}), ..refused.clone() };
    assert!(denials(&[bad], &[])[0].offer.is_none());
    let given = JournalRow { kind: "grant".into(), ..refused };
    assert!(grants(&[given])[0].offer.is_none());
}
