//! Settings.

use crate::{stage::Stage, testing::Fake};
use abi::{
    Capability, PathScope, Pid,
    table::{AppRights, KeptAnswer, ProcessRights, Right, RightSource, RightUses},
};
use egui::Role;
use widgets::{Appearance, InstalledApp, ShellCommand, ThemeChoice};

fn read(path: &str) -> Capability {
    Capability::ReadFile(PathScope(path.into()))
}

fn right(capability: Capability, source: RightSource, how: &str) -> Right {
    Right {
        capability,
        source,
        how: how.into(),
        since_millis: 5,
        until_millis: None,
        by: None,
        uses: RightUses::default(),
    }
}

/// Notes runs with two rights and one answer for good; Chess is installed and does not run.
fn with_rights() -> Fake {
    let fake = Fake::default();
    fake.world().rights = vec![AppRights {
        app: "notes".into(),
        muted: true,
        kept: vec![KeptAnswer {
            capability: read("/home/secret"),
            allowed: false,
            since_millis: 5,
            uses: RightUses::default(),
        }],
        processes: vec![ProcessRights {
            pid: Pid(12),
            name: "Notes".into(),
            started_millis: 5,
            rights: vec![
                right(Capability::TimeAccess, RightSource::Manifest, "manifest"),
                right(read("/home/notes"), RightSource::Prompt, "run"),
            ],
            taken: vec![Capability::Notify],
            lingering: Vec::new(),
            refused: vec![read("/etc")],
            denied: 3,
        }],
    }];
    fake
}

fn installed(stage: &mut Stage) {
    let app = |id: &str, name: &str| InstalledApp {
        id: id.into(),
        name: name.into(),
        icon: "♟️".into(),
        category: "games".into(),
        kind: "Blueprint".into(),
        capabilities: vec![read("/system/storage/x")],
        asks: Vec::new(),
    };
    stage.harness.state_mut().app.installed(&[app("chess", "Chess"), app("notes", "Notes")]);
    stage.frames(3);
}

#[test]
fn what_an_app_may_do_is_listed_with_where_it_comes_from_and_can_be_taken() {
    let fake = with_rights();
    let mut stage = Stage::of(&fake, "settings", Some("apps"));
    installed(&mut stage);
    assert!(stage.has(Role::Button, "Chess") && stage.has(Role::Button, "Notes"));
    stage.click(Role::Button, "Notes");
    for said in [
        "Know the time",
        "Has it from its start",
        "Read /home/notes",
        "You allowed it when it asked, while it runs",
        "Show notifications",
        "Taken from it",
        "Read /etc",
        "You said no when it asked",
        "Read /home/secret",
        "Never allowed since",
        "3 steps were refused",
    ] {
        assert!(stage.says(said), "{said}");
    }
    stage.click(Role::Button, "Revoke read /home/notes");
    stage.click(Role::Button, "Never know the time");
    stage.click(Role::Button, "Forget read /home/secret");
    stage.click(Role::Switch, "May ask for rights");
    let decided = fake.world().decided.clone();
    assert_eq!(
        decided,
        [
            "12 revoke read /home/notes",
            "notes Never know the time",
            "notes Ask read /home/secret",
            "notes muted false"
        ]
    );
    stage.click(Role::Button, "All apps");
    stage.click(Role::Button, "Chess");
    assert!(stage.says("What it has when it starts") && stage.says("Read /system/storage/x"));
}

#[test]
fn apps_are_found_by_name_and_by_what_they_may_do() {
    let fake = with_rights();
    let mut stage = Stage::of(&fake, "settings", Some("apps"));
    installed(&mut stage);
    stage.click(Role::TextInput, "Search apps and rights");
    stage.type_text("the time");
    assert!(stage.has(Role::Button, "Notes") && !stage.has(Role::Button, "Chess"));
    stage.type_text(" of day nobody knows");
    assert!(stage.says("No app fits"));
}

#[test]
fn a_refused_change_and_unknown_rights_are_said() {
    let fake = with_rights();
    let mut stage = Stage::of(&fake, "settings", Some("apps:notes"));
    installed(&mut stage);
    fake.world().failing.insert("revoke_capability", abi::Errno::EPERM);
    stage.click(Role::Button, "Revoke read /home/notes");
    assert!(stage.says("That did not work"));
    fake.world().failing.insert("list_app_rights", abi::Errno::EACCES);
    stage.frames(40);
    assert!(stage.says("The rights of apps are not known"));
}

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
    assert!(stage.says("run in sandboxes"));
    assert!(stage.says("Linux 6.1, testbox"));
    assert!(stage.says("1 h 2 min"));
}
