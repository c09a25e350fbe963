//! Files.

mod change;
mod trash;

use crate::{stage::Stage, testing::Fake};
use abi::Errno;
use egui::{Key, Modifiers, Role};
use widgets::ShellCommand;

fn world() -> Fake {
    Fake::with_files(&[
        ("/home", None),
        ("/home/Documents", None),
        ("/home/Documents/plan.md", Some("# Plan")),
        ("/home/Documents/old", None),
        ("/home/Documents/old/a.txt", Some("a")),
        ("/home/notes.txt", Some("hello")),
        ("/home/Calculator.bp", Some("{}")),
    ])
}

/// Names that are chosen.
fn chosen(stage: &Stage) -> Vec<String> {
    let data = stage.harness.state().app.data();
    data["selected"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect()
}

/// Names of the entries; those of the side bar come before.
fn entries(stage: &Stage) -> Vec<String> {
    stage.names(Role::ListItem).into_iter().skip_while(|name| name != "Processes").skip(1).collect()
}

/// Pastes a text, as the keys do.
fn paste(stage: &mut Stage, text: &str) {
    stage.harness.event(egui::Event::Paste(text.to_owned()));
    stage.frames(6);
}

#[test]
fn a_folder_is_entered_and_left() {
    let mut stage = Stage::of(&world(), "files", None);
    assert_eq!(stage.names(Role::ListItem).iter().filter(|name| *name == "notes.txt").count(), 1);
    // The side bar has a Documents too; the entry comes after it.
    stage.key(Modifiers::NONE, Key::ArrowRight);
    stage.key(Modifiers::NONE, Key::Enter);
    assert_eq!(stage.harness.state().app.title(), "Documents");
    assert!(stage.has(Role::ListItem, "plan.md"));
    stage.click(Role::Button, "Back");
    assert_eq!(stage.harness.state().app.title(), "Home");
    stage.key(Modifiers::ALT, Key::ArrowRight);
    assert_eq!(stage.harness.state().app.title(), "Documents");
    stage.key(Modifiers::NONE, Key::Backspace);
    assert_eq!(stage.harness.state().app.title(), "Home");
    assert_eq!(stage.harness.state().app.data()["selected"][0], "Documents");
}

#[test]
fn enter_opens_what_is_chosen_wherever_the_keyboard_is_in_the_list() {
    let mut stage = Stage::of(&world(), "files", None);
    stage.click(Role::ListItem, "Calculator.bp");
    stage.key(Modifiers::NONE, Key::Enter);
    assert_eq!(stage.commands(), [ShellCommand::OpenPath("/home/Calculator.bp".into())]);
    stage.click(Role::Button, "As list");
    stage.key(Modifiers::NONE, Key::Escape);
    for _ in 0..30 {
        if stage.harness.state().app.data()["selected"] != serde_json::json!([]) {
            break;
        }
        stage.key(Modifiers::NONE, Key::Tab);
    }
    stage.key(Modifiers::NONE, Key::Home);
    stage.key(Modifiers::NONE, Key::Enter);
    assert_eq!(stage.harness.state().app.title(), "Documents", "Tab reaches the list, Enter opens");
}

#[test]
fn files_are_opened_by_the_desktop() {
    let mut stage = Stage::of(&world(), "files", None);
    stage.double_click(Role::ListItem, "Calculator.bp");
    assert_eq!(stage.commands(), [ShellCommand::OpenPath("/home/Calculator.bp".into())]);
    stage.type_text("no");
    stage.key(Modifiers::NONE, Key::Enter);
    assert_eq!(stage.commands(), [ShellCommand::OpenPath("/home/notes.txt".into())]);
}

#[test]
fn a_new_folder_gets_its_name_at_once() {
    let fake = world();
    let mut stage = Stage::of(&fake, "files", None);
    stage.click(Role::Button, "New folder");
    stage.frames(4);
    assert!(stage.has(Role::TextInput, "New name of New folder"));
    stage.type_text("Letters");
    stage.key(Modifiers::NONE, Key::Enter);
    stage.frames(4);
    assert!(fake.world().files.contains_key("/home/Letters"));
    assert!(stage.has(Role::ListItem, "Letters"));
    // Enter ended the renaming and opened nothing.
    assert_eq!(stage.harness.state().app.title(), "Home");
}

#[test]
fn renaming_replaces_nothing() {
    let fake = world();
    let mut stage = Stage::of(&fake, "files", None);
    stage.click(Role::ListItem, "notes.txt");
    stage.key(Modifiers::NONE, Key::F2);
    stage.key(Modifiers::COMMAND, Key::A);
    stage.type_text("Calculator.bp");
    stage.key(Modifiers::NONE, Key::Enter);
    stage.frames(4);
    assert!(stage.says("already there"));
    assert!(fake.world().files.contains_key("/home/notes.txt"));
    stage.click(Role::Button, "Dismiss");
    assert!(!stage.says("already there"));
}

#[test]
fn escape_leaves_a_name_as_it_was() {
    let fake = world();
    let mut stage = Stage::of(&fake, "files", None);
    stage.click(Role::ListItem, "notes.txt");
    stage.key(Modifiers::NONE, Key::F2);
    stage.type_text("x");
    stage.key(Modifiers::NONE, Key::Escape);
    stage.frames(4);
    assert!(stage.has(Role::ListItem, "notes.txt"));
    assert!(fake.world().files.contains_key("/home/notes.txt"));
}

#[test]
fn a_folder_is_deleted_with_its_content_after_a_question() {
    let fake = world();
    let mut stage = Stage::of(&fake, "files", None);
    stage.key(Modifiers::NONE, Key::ArrowRight);
    stage.key(Modifiers::SHIFT, Key::Delete);
    stage.answer(false);
    assert!(fake.world().files.contains_key("/home/Documents/old/a.txt"));
    stage.key(Modifiers::SHIFT, Key::Delete);
    stage.answer(true);
    stage.frames(20);
    let left: Vec<String> = fake.world().files.keys().cloned().collect();
    assert_eq!(left, ["/home", "/home/Calculator.bp", "/home/notes.txt"]);
    assert!(!stage.says("Deleting"));
    assert!(stage.says("deleted for good"));
}

#[test]
fn what_cannot_be_deleted_stays_and_is_named() {
    let fake = world();
    fake.world().failing.insert("delete", Errno::EROFS);
    let mut stage = Stage::of(&fake, "files", None);
    stage.click(Role::ListItem, "notes.txt");
    stage.key(Modifiers::SHIFT, Key::Delete);
    stage.answer(true);
    assert!(stage.says("This place cannot be changed"));
    assert!(stage.has(Role::ListItem, "notes.txt"));
}

#[test]
fn a_folder_that_cannot_be_read_says_why_and_can_be_tried_again() {
    let fake = world();
    fake.world().failing.insert("list", Errno::EACCES);
    let mut stage = Stage::of(&fake, "files", None);
    assert!(stage.says("may not be looked into") && stage.says("not allowed"));
    fake.world().failing.clear();
    stage.click(Role::Button, "Try again");
    assert!(stage.has(Role::ListItem, "notes.txt"));
}

#[test]
fn a_file_is_shown_in_its_folder() {
    let stage = Stage::of(&world(), "files", Some("/home/notes.txt"));
    assert_eq!(stage.harness.state().app.title(), "Home");
    assert_eq!(stage.harness.state().app.data()["selected"][0], "notes.txt");
}

#[test]
fn a_filter_narrows_and_says_when_nothing_is_left() {
    let mut stage = Stage::of(&world(), "files", None);
    stage.click(Role::TextInput, "Filter by name");
    stage.type_text("calc");
    assert!(stage.has(Role::ListItem, "Calculator.bp") && !stage.has(Role::ListItem, "notes.txt"));
    stage.type_text("zzz");
    assert!(stage.says("No match"));
}

#[test]
fn of_a_hundred_thousand_files_only_those_in_view_are_laid_out() {
    let fake = world();
    for number in 0..100_000 {
        fake.world().files.insert(format!("/home/f{number}"), Some(Vec::new()));
    }
    let mut stage = Stage::of(&fake, "files", None);
    for layout in ["list", "grid"] {
        stage.harness.state_mut().app.menu(layout);
        stage.frames(2);
        stage.key(Modifiers::NONE, Key::End);
        stage.frames(4);
        let names = stage.names(Role::ListItem);
        assert!(names.len() < 120, "{} rows", names.len());
        assert!(names.iter().any(|name| name == "notes.txt"), "{layout}: the end is in view");
        stage.key(Modifiers::NONE, Key::Home);
    }
}
