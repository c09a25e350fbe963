//! Task Manager.

use crate::{
    stage::Stage,
    testing::{Fake, journal_row, process},
};
use abi::{
    Errno, Pid,
    table::{ProcessInfo, ProcessKind},
};
use egui::{Key, Modifiers, Role};

fn world() -> Fake {
    let fake = Fake::default();
    fake.world().processes =
        vec![process(0, "AgentOS", 0), process(3, "Notes", 1_000), process(4, "Files", 2_000)];
    fake
}

#[test]
fn a_process_ends_after_a_question() {
    let fake = world();
    let mut stage = Stage::of(&fake, "task-manager", None);
    stage.click(Role::Row, "Notes");
    assert!(stage.has(Role::Label, "Details of Notes") && stage.says("Failed calls: 3"));
    stage.click(Role::Button, "End");
    stage.answer(false);
    assert!(fake.world().killed.is_empty());
    stage.key(Modifiers::NONE, Key::Delete);
    stage.answer(true);
    assert_eq!(fake.world().killed, [(Pid(3), 15)]);
    stage.frames(3);
    assert!(!stage.has(Role::Row, "Notes") && stage.has(Role::Row, "Files"));
}

#[test]
fn the_system_cannot_be_ended() {
    let fake = world();
    let mut stage = Stage::of(&fake, "task-manager", None);
    stage.click(Role::Row, "AgentOS");
    stage.key(Modifiers::NONE, Key::Delete);
    assert_eq!(stage.commands(), []);
    let end = stage.harness.state().app.menus()[0].items[0].clone();
    assert!(!end.enabled);
}

#[test]
fn rows_are_sorted_by_a_head_and_filtered_by_name() {
    let mut stage = Stage::of(&world(), "task-manager", None);
    stage.click(Role::ColumnHeader, "Name");
    assert_eq!(stage.names(Role::Row), ["AgentOS", "Files", "Notes"]);
    stage.click(Role::ColumnHeader, "Name, sorted, smallest first");
    assert_eq!(stage.names(Role::Row), ["Notes", "Files", "AgentOS"]);
    stage.click(Role::TextInput, "Filter by name or number");
    stage.type_text("not");
    assert_eq!(stage.names(Role::Row), ["Notes"]);
}

fn with_a_program() -> Fake {
    let fake = world();
    let program = ProcessInfo { parent: Some(Pid(3)), kind: ProcessKind::Host, ..process(5, "sh", 0) };
    fake.world().processes.push(program);
    fake.world().files.insert(
        "/proc/5/descriptors".into(),
        Some(br#"[{"fd":0,"kind":"pty","path":null,"readable":true,"writable":true}]"#.to_vec()),
    );
    fake
}

#[test]
fn a_program_is_stopped_slowed_and_ended_with_its_tree() {
    let fake = with_a_program();
    let mut stage = Stage::of(&fake, "task-manager", None);
    stage.click(Role::Row, "sh");
    for id in ["signal:19", "signal:1", "priority:2"] {
        stage.harness.state_mut().app.menu(id);
        stage.frames(3);
    }
    assert_eq!(fake.world().signals, [(Pid(5), 19), (Pid(5), 1)]);
    assert_eq!(fake.world().priorities, [(Pid(5), 2)]);
    assert!(stage.says("sh has priority 2 now"));
    stage.click(Role::Row, "Notes");
    stage.key(Modifiers::SHIFT, Key::Delete);
    stage.answer(true);
    assert_eq!(fake.world().killed, [(Pid(5), 15), (Pid(3), 15)], "the deepest first");
}

#[test]
fn what_is_refused_is_said() {
    let fake = with_a_program();
    fake.world().failing.insert("set_process_priority", Errno::EPERM);
    fake.world().failing.insert("send_signal", Errno::EACCES);
    let mut stage = Stage::of(&fake, "task-manager", None);
    stage.click(Role::Row, "sh");
    stage.harness.state_mut().app.menu("priority:9");
    stage.frames(4);
    assert!(stage.says("The priority of sh could not be changed"));
    stage.click(Role::Button, "Dismiss");
    stage.harness.state_mut().app.menu("signal:2");
    stage.frames(4);
    assert!(stage.says("SIGINT could not be sent to sh") && stage.says("not allowed"));
}

#[test]
fn details_show_rights_what_is_open_and_limits() {
    let fake = with_a_program();
    fake.world().limits.tasks = Some(100);
    let mut stage = Stage::of(&fake, "task-manager", None);
    stage.click(Role::Row, "sh");
    stage.click(Role::RadioButton, "Rights");
    assert!(stage.says("ReadFile  /home/Notes"));
    stage.click(Role::RadioButton, "Open");
    stage.frames(3);
    assert!(stage.says("0  pty to read and write"));
    stage.click(Role::RadioButton, "History");
    assert!(stage.says("Memory of sh over the last two minutes"));
    stage.click(Role::RadioButton, "Limits");
    stage.click(Role::TextInput, "Tasks");
    stage.type_text("0");
    stage.click(Role::Button, "Set limits");
    assert_eq!(fake.world().limits.tasks, Some(1_000));
    assert!(stage.says("The limits of sh were changed"));
}

#[test]
fn what_has_ended_is_read_from_the_journal() {
    let fake = world();
    fake.world().journal = vec![
        abi::table::JournalRow { detail: "signal 9".into(), ..journal_row(2, "process.exit", "", "make") },
        abi::table::JournalRow { detail: "code 0".into(), ..journal_row(1, "process.exit", "", "ls") },
    ];
    let mut stage = Stage::of(&fake, "task-manager", None);
    stage.click(Role::RadioButton, "Recently ended");
    stage.frames(4);
    assert_eq!(stage.names(Role::Row), ["make", "ls"]);
    stage.click(Role::Row, "make");
    stage.key(Modifiers::NONE, Key::Enter);
    let cause = abi::CauseId::new(1, 2);
    assert_eq!(stage.commands(), [widgets::ShellCommand::Why(widgets::Subject::Cause(cause))]);
}

#[test]
fn a_tree_folds_by_keyboard() {
    let mut stage = Stage::of(&with_a_program(), "task-manager", None);
    assert!(stage.has(Role::Row, "sh"));
    stage.click(Role::Row, "Notes");
    stage.key(Modifiers::NONE, Key::ArrowLeft);
    assert!(!stage.has(Role::Row, "sh"));
    stage.key(Modifiers::NONE, Key::ArrowRight);
    assert!(stage.has(Role::Row, "sh"));
    stage.click(Role::Button, "Hide what Notes started");
    assert!(!stage.has(Role::Row, "sh"));
}
