//! Changes: copied, moved, dragged, undone.

use super::{chosen, paste, world};
use crate::stage::Stage;
use abi::Errno;
use egui::{Event, Key, Modifiers, Role};
use widgets::ShellCommand;

/// What was put on the clipboard.
fn clipboard(stage: &mut Stage) -> String {
    let text = stage.commands().into_iter().find_map(|command| match command {
        ShellCommand::CopyText(text) => Some(text),
        _ => None,
    });
    text.expect("something was copied")
}

fn event(stage: &mut Stage, event: Event) {
    stage.harness.event(event);
    stage.frames(3);
}

#[test]
fn files_are_copied_from_one_window_to_another() {
    let fake = world();
    let mut here = Stage::of(&fake, "files", None);
    here.click(Role::ListItem, "notes.txt");
    event(&mut here, Event::Copy);
    let text = clipboard(&mut here);
    assert_eq!(text, "/home/notes.txt", "it can be pasted into a text, too");
    let mut there = Stage::of(&fake, "files", Some("/home/Documents"));
    paste(&mut there, &text);
    assert_eq!(chosen(&there), ["notes.txt"]);
    assert!(there.says("“notes.txt” copied to Documents"));
    let world = fake.world();
    assert_eq!(world.files["/home/Documents/notes.txt"], Some(b"hello".to_vec()));
    assert!(world.files.contains_key("/home/notes.txt"));
}

#[test]
fn what_was_cut_moves_with_everything_inside() {
    let fake = world();
    let mut stage = Stage::of(&fake, "files", Some("/home/Documents"));
    stage.click(Role::ListItem, "old");
    event(&mut stage, Event::Cut);
    let text = clipboard(&mut stage);
    stage.key(Modifiers::NONE, Key::Backspace);
    paste(&mut stage, &text);
    assert!(fake.world().files.contains_key("/home/old/a.txt"));
    assert!(!fake.world().files.contains_key("/home/Documents/old"));
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.frames(4);
    assert!(fake.world().files.contains_key("/home/Documents/old/a.txt"), "undone");
    assert!(stage.says("Undone: Move of old"));
    stage.key(Modifiers::COMMAND, Key::Y);
    stage.frames(4);
    assert!(fake.world().files.contains_key("/home/old/a.txt"), "done again");
}

#[test]
fn a_folder_is_copied_across_file_systems_and_then_goes() {
    let fake = world();
    fake.world().failing.insert("move", Errno::EXDEV);
    let mut stage = Stage::of(&fake, "files", None);
    paste(&mut stage, "# cut files\n/home/Documents/old");
    stage.frames(10);
    assert_eq!(fake.world().files["/home/old/a.txt"], Some(b"a".to_vec()));
    assert!(!fake.world().files.contains_key("/home/Documents/old"));
}

#[test]
fn a_name_that_is_taken_is_asked_about_once_for_all() {
    let fake = world();
    for name in ["a", "b", "c"] {
        fake.world().files.insert(format!("/home/{name}"), Some(b"old".to_vec()));
        fake.world().files.insert(format!("/home/Documents/{name}"), Some(b"new".to_vec()));
    }
    let mut stage = Stage::of(&fake, "files", None);
    paste(&mut stage, "/home/Documents/a\n/home/Documents/b\n/home/Documents/c\n/home/Documents/plan.md");
    stage.frames(4);
    assert!(stage.says("“a” is already in Home"));
    assert!(fake.world().files.contains_key("/home/plan.md"), "everything else goes on");
    assert_eq!(fake.world().files["/home/a"], Some(b"old".to_vec()), "nothing is replaced unasked");
    stage.click(Role::Button, "Skip");
    stage.frames(2);
    assert!(stage.says("“b” is already in Home"));
    stage.click(Role::CheckBox, "The same for 1 more");
    stage.click(Role::Button, "Replace");
    stage.frames(6);
    let contents = ["a", "b", "c"].map(|name| fake.world().files[&format!("/home/{name}")].clone());
    assert_eq!(contents.map(Option::unwrap), [b"old", b"new", b"new"].map(|bytes| bytes.to_vec()));
    assert!(stage.says("3 items copied to Home, 1 skipped"));
}

#[test]
fn keeping_both_numbers_the_new_one_and_folders_merge() {
    let fake = world();
    fake.world().files.insert("/home/old".into(), None);
    fake.world().files.insert("/home/old/b.txt".into(), Some(b"b".to_vec()));
    for folder in ["/home/old/deep", "/home/Documents/old/deep"] {
        fake.world().files.insert(folder.into(), None);
        fake.world().files.insert(format!("{folder}/{}", folder.len()), Some(b"c".to_vec()));
    }
    let mut stage = Stage::of(&fake, "files", None);
    paste(&mut stage, "# cut files\n/home/Documents/old");
    stage.frames(4);
    stage.click(Role::Button, "Merge");
    stage.frames(10);
    let world = fake.world();
    let deep = world.files.keys().filter(|path| path.starts_with("/home/old/deep/")).count();
    assert_eq!(deep, 2, "folders inside are merged without a further question");
    assert!(world.files.contains_key("/home/old/a.txt") && world.files.contains_key("/home/old/b.txt"));
    assert!(!world.files.contains_key("/home/Documents/old"), "an emptied folder goes");
    drop(world);
    stage.click(Role::ListItem, "notes.txt");
    stage.key(Modifiers::COMMAND, Key::D);
    stage.frames(4);
    assert_eq!(chosen(&stage), ["notes 2.txt"]);
    stage.click(Role::ListItem, "notes.txt");
    stage.key(Modifiers::COMMAND, Key::D);
    stage.frames(4);
    assert_eq!(chosen(&stage), ["notes 3.txt"]);
}

#[test]
fn a_folder_does_not_go_into_itself() {
    let fake = world();
    let mut stage = Stage::of(&fake, "files", Some("/home/Documents/old"));
    paste(&mut stage, "/home/Documents");
    stage.frames(4);
    assert!(stage.says("cannot be put into itself"));
    assert!(!fake.world().files.contains_key("/home/Documents/old/Documents"));
}

#[test]
fn other_text_is_not_pasted() {
    let mut stage = Stage::of(&world(), "files", None);
    paste(&mut stage, "just words");
    assert!(stage.says("no files on the clipboard"));
}

#[test]
fn something_that_vanished_is_named_and_the_rest_is_moved() {
    let fake = world();
    let mut stage = Stage::of(&fake, "files", None);
    paste(&mut stage, "# cut files\n/home/Documents/gone.txt\n/home/Documents/plan.md");
    stage.frames(4);
    assert!(stage.says("1 of 2 items could not be moved") && stage.says("gone.txt"));
    assert!(fake.world().files.contains_key("/home/plan.md"));
}

#[test]
fn a_long_run_can_be_stopped_and_undone() {
    let fake = world();
    for number in 0..200 {
        fake.world().files.insert(format!("/home/Documents/old/{number}"), Some(b"x".to_vec()));
    }
    fake.world().slow = 3;
    let mut stage = Stage::of(&fake, "files", None);
    paste(&mut stage, "/home/Documents/old");
    for _ in 0..40 {
        if fake.world().files.contains_key("/home/old") {
            break;
        }
        stage.frames(1);
    }
    stage.frames(8);
    assert!(stage.says("Copying"));
    stage.click(Role::Button, "Cancel");
    stage.frames(20);
    assert!(stage.says("Stopped"));
    let copied = fake.world().files.keys().filter(|path| path.starts_with("/home/old/")).count();
    assert!(copied < 200, "{copied}");
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.frames(20);
    assert!(!fake.world().files.keys().any(|path| path.starts_with("/home/old")));
}

#[test]
fn files_are_dragged_onto_a_folder() {
    let fake = world();
    let mut stage = Stage::of(&fake, "files", None);
    let from = stage.centre(Role::ListItem, "notes.txt", 0);
    let to = stage.centre(Role::ListItem, "Documents", 1);
    stage.drag(from, to);
    stage.frames(6);
    assert!(fake.world().files.contains_key("/home/Documents/notes.txt"));
    assert!(stage.says("“notes.txt” moved to Documents"));
}

#[test]
fn a_rubber_band_chooses_what_it_lies_over() {
    let mut stage = Stage::of(&world(), "files", None);
    let first = stage.centre(Role::ListItem, "Calculator.bp", 0);
    let free = egui::pos2(first.x + 190.0, first.y + 200.0);
    stage.drag(free, egui::pos2(first.x - 20.0, first.y));
    assert!(chosen(&stage).contains(&"Calculator.bp".to_owned()), "{:?}", chosen(&stage));
    assert!(!chosen(&stage).contains(&"Documents".to_owned()), "{:?}", chosen(&stage));
}

#[test]
fn undoing_over_newer_content_is_refused_and_says_what_is_in_the_way() {
    let fake = world();
    let mut stage = Stage::of(&fake, "files", None);
    stage.click(Role::ListItem, "notes.txt");
    stage.key(Modifiers::NONE, Key::Delete);
    stage.frames(4);
    fake.world().failing.insert("undo", Errno::EBUSY);
    stage.key(Modifiers::COMMAND, Key::Z);
    stage.frames(6);
    assert!(stage.says("Undo Delete of notes.txt was refused"));
    assert!(stage.says("/home/notes.txt: there is newer content"));
    assert!(stage.has(Role::Button, "Undo the 1 other"), "what can be undone is offered, not done");
    assert!(!fake.world().files.contains_key("/home/notes.txt"));
    stage.click(Role::Button, "Leave it");
    assert!(!stage.says("was refused"));
}
