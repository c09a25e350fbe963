//! Settings.

use crate::{stage::Stage, testing::Fake};
use egui::Role;
use widgets::{Appearance, ShellCommand, ThemeChoice};

#[test]
fn a_choice_acts_at_once_and_keeps_the_others() {
    let saved = "{\"wallpaper\":2,\"scale\":1.5}";
    let fake = Fake::with_files(&[("/system/settings.json", Some(saved))]);
    let mut stage = Stage::of(&fake, "settings", None);
    stage.commands();
    stage.click(Role::RadioButton, "Light");
    let expected = Appearance {
        theme: ThemeChoice::Light,
        wallpaper: 2,
        scale: 1.5,
        reduce_motion: true, // as the stage's theme has it
        ..Appearance::default()
    };
    assert_eq!(stage.commands(), [ShellCommand::SetAppearance(expected.clone())]);
    stage.click(Role::RadioButton, "Teal");
    let expected = Appearance { accent: 7, ..expected };
    assert_eq!(stage.commands(), [ShellCommand::SetAppearance(expected.clone())]);
    stage.click(Role::Switch, "Reduce motion");
    let expected = Appearance { reduce_motion: false, ..expected };
    assert_eq!(stage.commands(), [ShellCommand::SetAppearance(expected)]);
}

#[test]
fn damaged_settings_are_said_and_the_defaults_shown() {
    let fake = Fake::with_files(&[("/system/settings.json", Some("{ no json"))]);
    let stage = Stage::of(&fake, "settings", None);
    assert!(stage.says("damaged"));
    assert!(Stage::of(&Fake::default(), "settings", None).has(Role::RadioButton, "Silk"));
}

#[test]
fn about_tells_what_is_enforced() {
    let mut stage = Stage::of(&Fake::default(), "settings", None);
    stage.click(Role::ListItem, "About");
    stage.frames(3);
    assert!(stage.says("not sandboxed in this version"));
    assert!(stage.says("Linux 6.1, testbox"));
    assert!(stage.says("1 h 2 min"));
}
