//! Task Manager.

use crate::{
    stage::Stage,
    testing::{Fake, process},
};
use abi::Pid;
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
