//! The trash, properties, search.

use super::{chosen, entries, paste, world};
use crate::stage::{Stage, unnamed};
use abi::{Cause, CauseId, CauseKind, CauseSpec, Pid, table};
use egui::{Key, Modifiers, Role, vec2};
use widgets::{ShellCommand, Subject, ThemeChoice};

fn deleted(names: &[&str]) -> (crate::testing::Fake, Stage) {
    let fake = world();
    let mut stage = Stage::of(&fake, "files", None);
    for name in names {
        stage.click(Role::ListItem, name);
        stage.key(Modifiers::NONE, Key::Delete);
        stage.frames(4);
    }
    (fake, stage)
}

#[test]
fn what_is_deleted_lies_in_the_trash_and_comes_back() {
    let (fake, mut stage) = deleted(&["notes.txt"]);
    assert!(stage.commands().is_empty(), "nobody was asked");
    assert!(stage.says("“notes.txt” moved to the trash"));
    assert!(!fake.world().files.contains_key("/home/notes.txt"));
    stage.click(Role::ListItem, "Trash");
    stage.frames(2);
    assert_eq!(entries(&stage), ["notes.txt"]);
    stage.click(Role::ListItem, "notes.txt");
    stage.harness.state_mut().app.menu("restore");
    stage.frames(5);
    assert_eq!(fake.world().files["/home/notes.txt"], Some(b"hello".to_vec()));
    assert!(stage.says("The trash is empty"));
}

#[test]
fn the_line_at_the_bottom_takes_it_back() {
    let (fake, mut stage) = deleted(&["notes.txt"]);
    stage.click(Role::Button, "Undo");
    stage.frames(4);
    assert!(fake.world().files.contains_key("/home/notes.txt") && fake.world().trash.is_empty());
    assert!(stage.says("Undone: Delete of notes.txt"));
}

#[test]
fn what_vanished_meanwhile_is_said() {
    let fake = world();
    let mut stage = Stage::of(&fake, "files", Some("/home/Documents"));
    stage.click(Role::ListItem, "plan.md");
    fake.world().files.remove("/home/Documents/plan.md");
    stage.key(Modifiers::NONE, Key::Delete);
    stage.frames(4);
    assert!(stage.says("“plan.md” could not be deleted") && stage.says("No such file or folder"));
    assert!(!stage.has(Role::ListItem, "plan.md"), "it is not shown any more");
    fake.world().files.retain(|path, _| !path.starts_with("/home/Documents"));
    stage.key(Modifiers::NONE, Key::F5);
    stage.frames(3);
    assert!(stage.says("This folder is not there any more"));
}

#[test]
fn the_keyboard_goes_on_beside_what_was_deleted() {
    let (_, mut stage) = deleted(&["Calculator.bp"]);
    assert_eq!(chosen(&stage), ["notes.txt"]);
    stage.key(Modifiers::NONE, Key::Delete);
    stage.frames(4);
    assert_eq!(chosen(&stage), ["Documents"], "the last one has one before it");
}

#[test]
fn emptying_asks_with_number_and_size() {
    let (fake, mut stage) = deleted(&["notes.txt", "Calculator.bp"]);
    stage.click(Role::ListItem, "Trash");
    stage.frames(4);
    stage.click(Role::Button, "Empty trash");
    let asked = stage.harness.state().commands.iter().find_map(|command| match command {
        ShellCommand::Ask(question) => Some(question.text.clone()),
        _ => None,
    });
    assert_eq!(asked.as_deref(), Some("2 items will be deleted for good: 7 B."));
    stage.answer(true);
    stage.frames(4);
    assert!(fake.world().trash.is_empty() && !fake.world().files.keys().any(|path| path.contains("Trash/")));
}

#[test]
fn restoring_onto_something_new_asks_and_keeps_both() {
    let (fake, mut stage) = deleted(&["notes.txt"]);
    fake.world().files.insert("/home/notes.txt".into(), Some(b"newer".to_vec()));
    stage.click(Role::ListItem, "Trash");
    stage.frames(2);
    stage.click(Role::ListItem, "notes.txt");
    stage.harness.state_mut().app.menu("restore");
    stage.frames(5);
    assert!(!stage.has(Role::Button, "Replace"));
    stage.click(Role::Button, "Keep both");
    stage.frames(5);
    assert_eq!(fake.world().files["/home/notes.txt"], Some(b"newer".to_vec()));
    assert_eq!(fake.world().files["/home/notes 2.txt"], Some(b"hello".to_vec()));
}

#[test]
fn a_folder_that_is_gone_is_made_for_what_comes_back() {
    let fake = world();
    let mut stage = Stage::of(&fake, "files", Some("/home/Documents/old"));
    stage.click(Role::ListItem, "a.txt");
    stage.key(Modifiers::NONE, Key::Delete);
    stage.frames(4);
    fake.world().files.remove("/home/Documents/old");
    stage.click(Role::ListItem, "Trash");
    stage.frames(2);
    stage.click(Role::ListItem, "a.txt");
    stage.harness.state_mut().app.menu("restore");
    stage.frames(8);
    assert!(fake.world().files.contains_key("/home/Documents/old/a.txt"));
}

#[test]
fn properties_say_what_made_it() {
    let fake = world();
    let spec = |kind, label: &str, parent| CauseSpec { parent, ..CauseSpec::new(kind, label) };
    let cause = |id, spec| Cause { id: CauseId(id), spec, time_millis: 0 };
    fake.world().explanations = vec![table::Explanation {
        row: table::JournalRow {
            seq: 1,
            time_millis: 1_763_900_000_000,
            cause: CauseId(2),
            pid: Pid(9),
            app: Some("notes".into()),
            kind: "file".into(),
            call: "write".into(),
            object: "/home/notes.txt".into(),
            rule: None,
            changes: Vec::new(),
            detail: serde_json::Value::Null,
        },
        chain: vec![
            cause(2, spec(CauseKind::App, "tool notes.save", Some(CauseId(1)))),
            cause(1, spec(CauseKind::Pointer, "click on Save in Notes", None)),
        ],
    }];
    let mut stage = Stage::of(&fake, "files", None);
    stage.click(Role::ListItem, "notes.txt");
    stage.key(Modifiers::ALT, Key::Enter);
    stage.frames(3);
    assert!(stage.says("Written by Notes 3 minutes ago"));
    assert!(stage.says("because you clicked Save in Notes"));
    assert!(stage.says("Permissions: rw-r--r-- (644)"));
    assert!(!stage.says("tool notes.save"));
    stage.click(Role::Button, "Why?");
    assert!(stage.commands().contains(&ShellCommand::Why(Subject::Path("/home/notes.txt".into()))));
    stage.click(Role::Button, "Show the chain of change 1");
    assert!(stage.says("tool notes.save"));
    // It follows what is chosen: the folder itself when nothing is.
    stage.key(Modifiers::NONE, Key::Escape);
    stage.frames(8);
    assert!(stage.says("Holds: 4 files, 2 folders"), "{:?}", stage.names(Role::Label));
}

#[test]
fn a_search_goes_through_everything_beneath() {
    let mut stage = Stage::of(&world(), "files", None);
    stage.key(Modifiers::COMMAND, Key::F);
    stage.type_text("a.t");
    stage.key(Modifiers::NONE, Key::Enter);
    stage.frames(8);
    assert_eq!(entries(&stage), ["Documents/old/a.txt"]);
    assert!(stage.says("1 item found in 3 folders"));
    stage.click(Role::ListItem, "Documents/old/a.txt");
    stage.key(Modifiers::NONE, Key::Enter);
    let opened = ShellCommand::OpenPath("/home/Documents/old/a.txt".into());
    assert!(stage.commands().contains(&opened));
    stage.click(Role::Button, "Leave search");
    stage.frames(3);
    assert!(stage.has(Role::ListItem, "notes.txt"));
}

#[test]
fn a_path_can_be_written() {
    let mut stage = Stage::of(&world(), "files", None);
    stage.key(Modifiers::COMMAND, Key::L);
    stage.frames(2);
    stage.type_text("~/Documents/old");
    stage.key(Modifiers::NONE, Key::Enter);
    stage.frames(3);
    assert_eq!(stage.harness.state().app.title(), "old");
    stage.key(Modifiers::COMMAND, Key::L);
    stage.frames(2);
    stage.type_text("/nowhere");
    stage.key(Modifiers::NONE, Key::Enter);
    stage.frames(3);
    assert!(stage.says("not there any more"));
}

#[test]
fn everything_has_a_name_in_every_state() {
    let fake = world();
    for size in [vec2(760.0, 470.0), vec2(440.0, 300.0)] {
        let make = || Box::new(crate::files::Files::new(None));
        let mut stage = Stage::new(&fake, make(), size, ThemeChoice::Light);
        for id in ["list", "compact", "grid", "properties", "trash", "home", "path", "properties"] {
            stage.harness.state_mut().app.menu(id);
            stage.frames(3);
            assert_eq!(unnamed(&stage.harness), Vec::<String>::new(), "{id} {size}");
        }
        stage.key(Modifiers::NONE, Key::Escape);
        fake.world().files.insert("/home/Documents/notes.txt".into(), Some(b"x".to_vec()));
        paste(&mut stage, "/home/Documents/notes.txt");
        stage.frames(4);
        assert!(stage.has(Role::Button, "Keep both"));
        assert_eq!(unnamed(&stage.harness), Vec::<String>::new(), "clash {size}");
        stage.click(Role::Button, "Skip");
        stage.frames(4);
    }
    let stage = Stage::of(&fake, "files", None);
    assert!(chosen(&stage).is_empty());
}
