//! Review changes.

use crate::{
    stage::{Stage, unnamed},
    testing::{
        Fake,
        review::{change, run},
    },
};
use abi::{
    CauseId, Errno,
    table::{ApplyMode, DiffOp, RunChangeKind, RunVerdict},
};
use egui::{Key, Modifiers, Role};
use widgets::{ShellCommand, Subject, ThemeChoice};

/// A run with a change of each sort.
fn world() -> Fake {
    let fake = Fake::default();
    {
        let mut world = fake.world();
        let runs = &mut world.review;
        runs.runs = vec![run(7, "Script", 5)];
        let mut flagged = change(".envrc", RunChangeKind::Added);
        flagged.runs_later = Some("direnv runs it when a shell comes here".into());
        let mut conflict = change("notes.txt", RunChangeKind::Changed);
        (conflict.verdict, conflict.why) = (RunVerdict::Conflict, "the original was changed since".into());
        let mut refused = change("src/pipe", RunChangeKind::Added);
        (refused.verdict, refused.why) = (RunVerdict::Refused, "pipes are never taken over".into());
        refused.what = abi::table::FileKind::Other;
        runs.changes = vec![
            flagged,
            conflict,
            change("old.txt", RunChangeKind::Removed),
            change("src/main.rs", RunChangeKind::Changed),
            change("src/new.rs", RunChangeKind::Added),
            refused,
        ];
        runs.lines = vec![
            (DiffOp::Same, "fn main() {".into()),
            (DiffOp::Removed, "    one();".into()),
            (DiffOp::Added, "    two();".into()),
        ];
    }
    fake
}

fn paths(fake: &Fake) -> Vec<String> {
    let world = fake.world();
    let applied = world.review.applied.last().expect("something was applied");
    applied.paths.iter().map(|path| path.trim_start_matches("/home/p/").to_owned()).collect()
}

#[test]
fn runs_are_listed_and_one_is_opened_by_the_keyboard() {
    let fake = world();
    let mut stage = Stage::of(&fake, "review", None);
    assert!(stage.says("Script, /home/p, 5 changes"));
    stage.key(Modifiers::NONE, Key::Enter);
    stage.frames(4);
    assert_eq!(stage.harness.state().app.title(), "Changes of Script");
    assert!(stage.says("6 changes, 3 ticked"));
    stage.key(Modifiers::NONE, Key::Escape);
    stage.frames(4);
    assert!(stage.says("1 run"));
}

#[test]
fn only_what_is_harmless_is_ticked_beforehand_and_applied_exactly() {
    let fake = world();
    let mut stage = Stage::of(&fake, "review", Some("run=7"));
    stage.frames(6);
    stage.click(Role::Button, "Apply 3");
    stage.frames(6);
    assert_eq!(paths(&fake), ["old.txt", "src/main.rs", "src/new.rs"]);
    {
        let world = fake.world();
        let call = &world.review.applied[0];
        assert!(call.exact && call.mode == ApplyMode::Keep);
    }
    assert!(stage.says("3 changes were applied."));
    assert!(stage.says("3 changes, 0 ticked"));
    stage.click(Role::Button, "Undo");
    stage.frames(6);
    assert_eq!(fake.world().review.undone, [CauseId::new(1, 77)]);
    assert!(stage.says("applied and undone again"));
}

#[test]
fn what_runs_later_is_said_in_red_and_ticked_only_by_itself() {
    let fake = world();
    let mut stage = Stage::of(&fake, "review", Some("run=7"));
    stage.frames(6);
    assert!(stage.says(".envrc, added file, runs later"));
    assert!(stage.says("Runs later: direnv runs it when a shell comes here"));
    // The whole folder: never with it.
    stage.click(Role::CheckBox, "Take /home/p");
    stage.click(Role::CheckBox, "Take /home/p");
    assert!(stage.says("6 changes, 3 ticked"));
    stage.click(Role::CheckBox, "Take .envrc");
    assert!(stage.says("6 changes, 4 ticked"));
    stage.key(Modifiers::COMMAND, Key::Enter);
    stage.frames(6);
    assert!(paths(&fake).contains(&".envrc".to_owned()));
}

#[test]
fn a_conflict_is_replaced_only_after_a_question() {
    let fake = world();
    let mut stage = Stage::of(&fake, "review", Some("run=7"));
    stage.frames(6);
    stage.click(Role::CheckBox, "Take notes.txt");
    stage.click(Role::Button, "Apply 4");
    assert!(fake.world().review.applied.is_empty());
    stage.answer(false);
    assert!(fake.world().review.applied.is_empty());
    stage.click(Role::Button, "Apply 4");
    stage.answer(true);
    assert_eq!(fake.world().review.applied[0].mode, ApplyMode::Overwrite);
}

#[test]
fn what_was_left_is_said_with_its_reason() {
    let fake = world();
    fake.world().review.stubborn = vec!["main.rs"];
    let mut stage = Stage::of(&fake, "review", Some("run=7"));
    stage.frames(6);
    stage.click(Role::Button, "Apply 3");
    stage.frames(6);
    assert!(stage.says("2 changes were applied; /home/p/src/main.rs was left: the disk is full."));
}

#[test]
fn some_are_discarded_and_then_all() {
    let fake = world();
    let mut stage = Stage::of(&fake, "review", Some("run=7"));
    stage.frames(6);
    stage.click(Role::Button, "Discard");
    stage.answer(true);
    assert!(stage.says("3 changes, 0 ticked"));
    stage.click(Role::Button, "Discard all");
    stage.answer(true);
    stage.frames(4);
    assert!(fake.world().review.discarded[1].paths.is_empty());
    assert!(stage.says("No changes wait"));
}

#[test]
fn lines_are_shown_with_what_came_and_went_by_the_keyboard() {
    let fake = world();
    let mut stage = Stage::of(&fake, "review", Some("run=7"));
    stage.frames(6);
    for _ in 0..8 {
        stage.key(Modifiers::NONE, Key::ArrowDown);
    }
    for _ in 0..2 {
        stage.key(Modifiers::NONE, Key::ArrowUp);
    }
    stage.frames(3);
    assert!(stage.says("−    one();") && stage.says("+    two();"));
    // Space ticks and unticks.
    let data = stage.harness.state().app.data();
    assert_eq!(data["selected"], "/home/p/src/main.rs");
    stage.key(Modifiers::NONE, Key::Space);
    assert!(stage.says("6 changes, 2 ticked"));
}

#[test]
fn why_is_asked_about_the_file_that_is_selected() {
    let fake = world();
    let mut stage = Stage::of(&fake, "review", Some("run=7"));
    stage.frames(6);
    stage.harness.state_mut().app.menu("why");
    stage.frames(2);
    let asked = stage.commands();
    let path = Subject::Path("/home/p/.envrc".into());
    assert!(asked.contains(&ShellCommand::Why(path)), "{asked:?}");
}

#[test]
fn a_hundred_thousand_lines_scroll_as_ten_do() {
    let fake = world();
    fake.world().review.lines = (0..100_000).map(|line| (DiffOp::Added, format!("line {line}"))).collect();
    let mut stage = Stage::of(&fake, "review", Some("run=7"));
    stage.frames(6);
    assert!(stage.says("+line 0") && !stage.says("+line 999"));
    let labels = stage.names(Role::Label).len();
    assert!(labels < 200, "{labels} labels are laid out");
}

#[test]
fn trouble_and_emptiness_are_said() {
    let fake = world();
    fake.world().failing.insert("run_changes", Errno::EIO);
    let mut stage = Stage::of(&fake, "review", Some("run=7"));
    stage.frames(6);
    assert!(stage.says("The changes cannot be read"));
    fake.world().failing.clear();
    let mut stage = Stage::of(&fake, "review", Some("run=9"));
    stage.frames(6);
    assert!(stage.says("There is nothing to review"));
    fake.world().review.changes.clear();
    let mut stage = Stage::of(&fake, "review", Some("run=7"));
    stage.frames(6);
    assert!(stage.says("Nothing left to decide"));
    fake.world().review.runs.clear();
    let mut stage = Stage::of(&fake, "review", None);
    stage.frames(4);
    assert!(stage.says("No changes wait"));
}

#[test]
fn everything_has_a_name_in_both_themes_and_the_smallest_window() {
    for theme in [ThemeChoice::Dark, ThemeChoice::Light] {
        let fake = world();
        let spec = crate::all().into_iter().find(|spec| spec.id == "review").expect("it is there");
        let mut stage = Stage::new(&fake, (spec.make)(Some("run=7")), spec.min_size, theme);
        stage.frames(6);
        assert_eq!(unnamed(&stage.harness), Vec::<String>::new());
    }
}
