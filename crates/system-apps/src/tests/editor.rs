//! Text Editor.

use crate::{stage::Stage, testing::Fake};
use egui::{Key, Modifiers, Role};

fn world() -> Fake {
    Fake::with_files(&[("/home", None), ("/home/a.txt", Some("one\r\ntwo\r\n"))])
}

#[test]
fn a_text_is_changed_and_saved_by_the_keyboard() {
    let fake = world();
    let mut stage = Stage::of(&fake, "text-editor", Some("/home/a.txt"));
    assert_eq!(stage.harness.state().app.title(), "a.txt");
    // As a real Ctrl arrives: both flags.
    stage.key(Modifiers::CTRL | Modifiers::COMMAND, Key::End);
    stage.type_text("three");
    assert_eq!(stage.harness.state().app.title(), "• a.txt");
    assert!(stage.harness.state().app.unsaved());
    stage.key(Modifiers::COMMAND, Key::S);
    stage.frames(4);
    assert_eq!(fake.world().files["/home/a.txt"].as_deref(), Some(&b"one\r\ntwo\r\nthree"[..]));
    assert!(!stage.harness.state().app.unsaved());
    assert!(stage.says("Saved"));
}

#[test]
fn a_new_text_asks_for_its_path_and_replaces_nothing() {
    let fake = world();
    let mut stage = Stage::of(&fake, "text-editor", None);
    stage.type_text("hello");
    stage.key(Modifiers::COMMAND, Key::S);
    assert!(stage.has(Role::TextInput, "Path to save as"));
    stage.key(Modifiers::COMMAND, Key::A);
    stage.type_text("/home/a.txt");
    stage.click(Role::Button, "Save");
    stage.frames(3);
    assert!(stage.says("already there"));
    stage.click(Role::TextInput, "Path to save as");
    stage.key(Modifiers::COMMAND, Key::A);
    stage.type_text("/home/b.txt");
    stage.key(Modifiers::NONE, Key::Enter);
    stage.frames(3);
    assert_eq!(fake.world().files["/home/b.txt"].as_deref(), Some(&b"hello"[..]));
    assert_eq!(stage.harness.state().app.title(), "b.txt");
}

#[test]
fn a_file_that_is_no_text_is_refused_and_one_that_is_missing_is_said() {
    let fake = world();
    fake.world().files.insert("/home/x.bin".into(), Some(vec![0, 159, 146, 150]));
    assert!(Stage::of(&fake, "text-editor", Some("/home/x.bin")).says("This is not a text file"));
    assert!(Stage::of(&fake, "text-editor", Some("/home/none")).says("This file does not exist"));
    assert!(Stage::of(&fake, "text-editor", Some("/home")).says("This is a folder"));
}

#[test]
fn a_failed_save_keeps_the_text_unsaved() {
    let fake = world();
    let mut stage = Stage::of(&fake, "text-editor", Some("/home/a.txt"));
    stage.type_text("!");
    fake.world().failing.insert("write", abi::Errno::ENOSPC);
    stage.click(Role::Button, "Save");
    stage.frames(3);
    assert!(stage.says("There is no space left"));
    assert!(stage.harness.state().app.unsaved());
}

#[test]
fn a_large_file_is_shown_as_it_comes_and_only_to_be_read() {
    let line = "a line of a large log file\n";
    let fake = Fake::with_files(&[("/home/log", Some(&line.repeat(100_000)))]);
    fake.world().slow = 2;
    let mut stage = Stage::of(&fake, "text-editor", Some("/home/log"));
    for _ in 0..200 {
        stage.frames(1);
        if stage.says("This file is large. Reading: ") {
            break;
        }
    }
    let some = stage.harness.state().app.data()["bytes"].as_u64().unwrap_or(0);
    assert!(some > 0 && some < 2_700_000, "{some} bytes while it is read");
    assert!(stage.has(Role::Label, line.trim_end()));
    stage.frames(60);
    let data = stage.harness.state().app.data();
    assert_eq!((data["bytes"].as_u64(), data["reading"].as_bool()), (Some(2_700_000), Some(false)));
    assert!(stage.says("This file is large: it cannot be changed here."));
    assert!(fake.world().streams.is_empty(), "the stream was closed");
    // What cannot be read to its end stays, as far as it came.
    fake.world().failing.insert("stream_next", abi::Errno::EIO);
    stage.harness.state_mut().app.menu("reload");
    stage.frames(60);
    assert!(stage.says("This file cannot be read"));
    // No text, though it begins as one.
    fake.world().failing.clear();
    let mut bytes = line.repeat(50_000).into_bytes();
    bytes.push(0);
    fake.world().files.insert("/home/log".into(), Some(bytes));
    stage.harness.state_mut().app.menu("reload");
    stage.frames(90);
    assert!(stage.says("This is not a text file") && fake.world().streams.is_empty());
}
