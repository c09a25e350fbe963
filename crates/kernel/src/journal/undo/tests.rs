//! What people do to files, taken back.

use super::{Action, By, Step, Undo, UndoPolicy, UndoReport, Verdict};
use crate::journal::{
    Journal, Row, RowKind,
    recorder::tests::{World, cause},
};
use abi::{Errno, Pid, SysResult};
use proptest::prelude::*;
use std::fs;

fn by(sequence: u64) -> By {
    By { pid: Pid::new(1, 0), app: None, cause: cause(sequence) }
}

fn undo(world: &World, of: u64, account: u64, policy: UndoPolicy) -> SysResult<UndoReport> {
    Undo::new(&world.recorder, &world.mounts).run(cause(of), &by(account), policy, 5, &|_| Ok(()))
}

fn whole(world: &World, of: u64, account: u64) -> UndoReport {
    let report = undo(world, of, account, UndoPolicy::Whole).expect("nothing stands in the way");
    assert!(report.left.is_empty(), "{report:?}");
    report
}

#[test]
fn everything_one_cause_did_goes_back_and_forth() {
    let world = World::new();
    world.write(1, "/home/notes", b"old").expect("room");
    world.mkdir(1, "/home/docs").expect("room");
    world.write(1, "/home/docs/plan", b"plan").expect("room");
    world.write(1, "/home/trash", b"trash").expect("room");
    let before = world.tree();

    world.write(2, "/home/notes", b"new").expect("room");
    world.append(2, "/home/notes", b" and more").expect("room");
    world.mkdir(2, "/home/made").expect("room");
    world.write(2, "/home/made/inside", b"x").expect("room");
    world.rename(2, "/home/docs", "/home/made/moved").expect("room");
    world.write(2, "/home/made/moved/plan", b"better plan").expect("room");
    world.delete(2, "/home/trash").expect("room");
    world.link(2, "/home/trash", "notes").expect("room");
    world.overwrite(2, "/home/made/inside", b"yz").expect("room");
    let after = world.tree();

    let report = whole(&world, 2, 3);
    assert_eq!(world.tree(), before);
    assert!(report.restored.contains(&"/home/docs".to_owned()));
    let again = whole(&world, 2, 4);
    assert!(again.restored.is_empty(), "it is undone already: {again:?}");
    whole(&world, 3, 5);
    assert_eq!(world.tree(), after, "undoing the undoing is redoing");
    whole(&world, 2, 6);
    assert_eq!(world.tree(), before);
}

#[test]
fn newer_content_is_never_overwritten_unasked() {
    let world = World::new();
    world.write(1, "/home/a", b"first").expect("room");
    world.write(2, "/home/a", b"second").expect("room");
    world.write(2, "/home/b", b"made").expect("room");
    fs::write(world.host("/home/a"), "by a program of the host").expect("ours");
    let plan = Undo::new(&world.recorder, &world.mounts).plan(cause(2)).expect("readable");
    assert!(
        matches!(&plan.obstacle().expect("there is one").verdict, Verdict::Conflict(why) if why.contains("newer"))
    );
    let refused = undo(&world, 2, 3, UndoPolicy::Whole).expect_err("newer content");
    assert_eq!(refused.errno, Errno::EBUSY);
    assert!(refused.to_string().contains("/home/a") && world.host("/home/b").exists(), "{refused}");

    let report = undo(&world, 2, 4, UndoPolicy::Possible).expect("the rest is possible");
    assert_eq!((report.restored.len(), report.left.len()), (1, 1), "{report:?}");
    assert_eq!(fs::read_to_string(world.host("/home/a")).expect("there"), "by a program of the host");
    assert!(!world.host("/home/b").exists());

    undo(&world, 2, 5, UndoPolicy::Overwrite).expect("asked for");
    assert_eq!(fs::read_to_string(world.host("/home/a")).expect("there"), "first");
    whole(&world, 5, 6);
    assert_eq!(fs::read_to_string(world.host("/home/a")).expect("there"), "by a program of the host");
}

#[test]
fn what_somebody_else_did_in_between_is_not_taken_back() {
    let world = World::new();
    world.append(1, "/home/log", b"1").expect("room");
    world.append(2, "/home/log", b"2").expect("room");
    world.write(1, "/home/log", b"3").expect("room");
    let refused = undo(&world, 1, 3, UndoPolicy::Whole).expect_err("cause 2 came in between");
    assert!(refused.to_string().contains(&cause(2).to_string()), "{refused}");
}

#[test]
fn a_folder_with_other_peoples_files_stays() {
    let world = World::new();
    world.mkdir(1, "/home/shared").expect("room");
    world.write(1, "/home/shared/mine", b"1").expect("room");
    world.write(2, "/home/shared/theirs", b"2").expect("room");
    let refused = undo(&world, 1, 3, UndoPolicy::Whole).expect_err("it is not empty");
    assert!(refused.to_string().contains("/home/shared: "), "{refused}");
    whole(&world, 2, 4);
    whole(&world, 1, 5);
    assert!(world.tree().is_empty());
}

#[test]
fn what_followed_from_a_cause_goes_with_it() {
    let world = World::new();
    world.write(1, "/home/a", b"1").expect("room");
    world.write(12, "/home/b", b"2").expect("room");
    world.write(123, "/home/a", b"3").expect("room");
    world.write(2, "/home/c", b"4").expect("room");
    whole(&world, 1, 3);
    assert_eq!(world.tree().into_keys().collect::<Vec<_>>(), ["c"]);
}

#[test]
fn lost_images_are_said() {
    let world = World::new();
    world.write(1, "/home/a", b"first").expect("room");
    world.write(2, "/home/a", b"second").expect("room");
    let blobs = world.data_dir().join("blobs");
    let name = crate::blob::Digest::of(b"first").to_string();
    let file = blobs.join(&name[..2]).join(&name);
    fs::write(&file, "forged").expect("ours");
    let refused = undo(&world, 2, 3, UndoPolicy::Whole).expect_err("the image is damaged");
    assert!(refused.to_string().contains("damaged"), "{refused}");
    assert!(blobs.join("broken").join(&name).exists());
    let refused = undo(&world, 2, 3, UndoPolicy::Whole).expect_err("the image is gone");
    assert!(refused.to_string().contains("make room"), "{refused}");
    let unknown = undo(&world, 77, 3, UndoPolicy::Whole).expect_err("nothing happened");
    assert_eq!(unknown.errno, Errno::ENOENT);
}

#[test]
fn a_writer_that_was_killed_leaves_what_nobody_knows() {
    let world = World::new();
    world.write(1, "/home/a", b"first").expect("room");
    let row = Row::new(1, cause(2), Pid::new(1, 0), RowKind::File, "/home/a");
    let path = crate::vfs::VPath::parse("/home/a").expect("a path");
    let intent = crate::journal::Intent::Set { path: &path, after: crate::journal::After::Unknown };
    let _killed = world.recorder.record_files(&world.mounts, row, &[intent]).expect("room");
    let world = world.restarted();
    assert!(whole(&world, 2, 3).restored.is_empty(), "it is as it was");
    fs::write(world.host("/home/a"), "half written").expect("ours");
    undo(&world, 2, 4, UndoPolicy::Whole).expect_err("it may be newer");
}

#[test]
fn rights_are_asked_for_before_anything_happens() {
    let world = World::new();
    world.write(1, "/home/a", b"1").expect("room");
    world.write(1, "/home/b", b"2").expect("room");
    let deny = |step: &super::Step| match step.action.path() {
        "/home/a" => Err(Errno::EACCES.into()),
        _ => Ok(()),
    };
    let refused =
        Undo::new(&world.recorder, &world.mounts).run(cause(1), &by(2), UndoPolicy::Whole, 5, &deny);
    assert_eq!(refused.expect_err("denied").errno, Errno::EACCES);
    assert_eq!(world.tree().len(), 2);
    assert!(world.rows().iter().all(|row| row.kind != RowKind::Undo));
}

#[derive(Clone, Debug)]
enum Op {
    Write(usize, u8),
    Append(usize, u8),
    Overwrite(usize, u8),
    Truncate(usize, u64),
    Delete(usize),
    Mkdir(usize),
    Rmdir(usize),
    Rename(usize, usize),
    Copy(usize, usize),
    Link(usize),
}

const PATHS: [&str; 7] =
    ["/home/a", "/home/b", "/home/d", "/home/d/a", "/home/d/e", "/home/d/e/a", "/home/f"];

fn op() -> impl Strategy<Value = Op> {
    let path = 0..PATHS.len();
    prop_oneof![
        3 => (path.clone(), any::<u8>()).prop_map(|(path, byte)| Op::Write(path, byte)),
        1 => (path.clone(), any::<u8>()).prop_map(|(path, byte)| Op::Append(path, byte)),
        1 => (path.clone(), any::<u8>()).prop_map(|(path, byte)| Op::Overwrite(path, byte)),
        1 => (path.clone(), 0_u64..5).prop_map(|(path, len)| Op::Truncate(path, len)),
        1 => path.clone().prop_map(Op::Delete),
        3 => path.clone().prop_map(Op::Mkdir),
        1 => path.clone().prop_map(Op::Rmdir),
        3 => (path.clone(), path.clone()).prop_map(|(from, to)| Op::Rename(from, to)),
        1 => (path.clone(), path.clone()).prop_map(|(from, to)| Op::Copy(from, to)),
        1 => path.prop_map(Op::Link),
    ]
}

/// Many of them fail, and leave rows of what never happened.
fn apply(world: &World, by: u64, op: &Op) {
    let _ = match op {
        Op::Write(path, byte) => world.write(by, PATHS[*path], &[*byte; 2]),
        Op::Append(path, byte) => world.append(by, PATHS[*path], &[*byte]),
        Op::Overwrite(path, byte) => world.overwrite(by, PATHS[*path], &[*byte; 3]),
        Op::Truncate(path, len) => world.truncate(by, PATHS[*path], *len),
        Op::Delete(path) => world.delete(by, PATHS[*path]),
        Op::Mkdir(path) => world.mkdir(by, PATHS[*path]),
        Op::Rmdir(path) => world.rmdir(by, PATHS[*path]),
        Op::Rename(from, to) => world.rename(by, PATHS[*from], PATHS[*to]),
        Op::Copy(from, to) => world.copy(by, PATHS[*from], PATHS[*to]),
        Op::Link(path) => world.link(by, PATHS[*path], "b"),
    };
}

/// Where the program ends while it takes back.
#[derive(Clone, Copy, Debug)]
enum Cut {
    /// Behind so many steps.
    Between(usize),
    /// When the row of the step behind them is written.
    Written(usize),
    /// When what was there is removed, and what comes back is not there yet.
    Removed(usize),
}

/// Takes back cause 2 on account of cause 3 with a sudden end.
fn interrupted(world: World, cut: Cut, policy: UndoPolicy) -> World {
    let undo = Undo::new(&world.recorder, &world.mounts);
    let plan = super::plan::plan(&world.recorder, &world.mounts, cause(2), policy).expect("readable");
    let by = by(3);
    let mut running = undo.begin(&plan, &by, policy, 5).expect("room");
    let (Cut::Between(whole) | Cut::Written(whole) | Cut::Removed(whole)) = cut;
    let mut steps = plan.steps.iter().enumerate();
    steps.by_ref().take(whole).for_each(|(number, step)| running.go(number, step));
    let is_due = |step: &Step| match &step.verdict {
        Verdict::Due => true,
        Verdict::Conflict(_) => policy == UndoPolicy::Overwrite,
        Verdict::Done | Verdict::Lost(_) => false,
    };
    let next = steps.find(|(_, step)| is_due(step)).filter(|_| !matches!(cut, Cut::Between(_)));
    if let Some((number, step)) = next {
        let effect = || {
            if let (Cut::Removed(_), Action::Restore { path, .. }) = (cut, &step.action) {
                let host = world.host(path);
                let _ = fs::remove_file(&host).or_else(|_| fs::remove_dir(&host));
            }
            Ok(())
        };
        running.record(number, &step.action, effect).expect("room");
    }
    world.restarted()
}

fn resume(world: &World) -> Vec<UndoReport> {
    Undo::new(&world.recorder, &world.mounts).resume(6).expect("readable")
}

/// Whatever cause 2 does, taking it back by force leads to the tree before, also when the program ends on the way;
/// a second time changes nothing, and taking back the taking back leads to the tree behind.
fn check(before: &[Op], ops: &[Op], cut: Option<Cut>) -> Result<(), TestCaseError> {
    let mut world = World::new();
    before.iter().for_each(|op| apply(&world, 1, op));
    let tree = world.tree();
    ops.iter().for_each(|op| apply(&world, 2, op));
    let after = world.tree();
    if let Some(cut) = cut {
        world = interrupted(world, cut, UndoPolicy::Overwrite);
        prop_assert_eq!(resume(&world).len(), 1);
        prop_assert_eq!(resume(&world).len(), 0, "it has come to its end");
    } else {
        // Where every call failed there is nothing to take back, which is an error.
        let _ = undo(&world, 2, 3, UndoPolicy::Overwrite);
    }
    prop_assert_eq!(&world.tree(), &tree);
    let _ = undo(&world, 2, 4, UndoPolicy::Overwrite);
    prop_assert_eq!(&world.tree(), &tree, "a second time");
    let _ = undo(&world, 3, 5, UndoPolicy::Overwrite);
    prop_assert_eq!(&world.tree(), &after, "redone");
    Ok(())
}

#[test]
fn changes_that_were_once_not_taken_back() {
    let cases: [(&[Op], &[Op]); 14] = [
        (&[], &[Op::Overwrite(3, 0), Op::Mkdir(2), Op::Write(3, 0)]),
        (&[Op::Mkdir(1)], &[Op::Mkdir(2), Op::Rename(2, 1), Op::Mkdir(2)]),
        (&[Op::Mkdir(0), Op::Mkdir(2)], &[Op::Rename(0, 1), Op::Write(0, 0)]),
        (&[Op::Mkdir(1)], &[Op::Rename(1, 6), Op::Mkdir(1)]),
        // A folder that moved twice, one that took the name of another, and two that changed their names.
        (&[Op::Mkdir(0)], &[Op::Rename(0, 1), Op::Rename(1, 6)]),
        (&[Op::Mkdir(0), Op::Mkdir(1)], &[Op::Rename(0, 6), Op::Rename(1, 0)]),
        (&[Op::Mkdir(0), Op::Mkdir(1)], &[Op::Rename(0, 6), Op::Rename(1, 0), Op::Rename(6, 1)]),
        // One that moved and was removed, with another one in its old place.
        (&[Op::Mkdir(0)], &[Op::Rename(0, 1), Op::Rmdir(1), Op::Mkdir(0)]),
        (&[Op::Mkdir(0)], &[Op::Rename(0, 1), Op::Rmdir(1), Op::Write(0, 1)]),
        (&[Op::Mkdir(6)], &[Op::Rename(6, 2), Op::Rename(2, 0), Op::Rmdir(0), Op::Append(6, 0)]),
        (&[Op::Mkdir(2)], &[Op::Rename(2, 0), Op::Append(1, 0), Op::Rename(0, 0)]),
        // One that failed, of a folder that held something the cause had touched.
        (&[Op::Mkdir(6)], &[Op::Mkdir(2), Op::Link(3), Op::Rename(6, 4), Op::Rename(2, 3)]),
        // A name that leads through a link again to something else.
        (&[Op::Link(2), Op::Mkdir(1), Op::Write(4, 0)], &[Op::Rename(2, 3), Op::Rename(4, 2)]),
        // A link that moved through itself.
        (&[Op::Mkdir(1)], &[Op::Link(2), Op::Rename(2, 3)]),
    ];
    for (before, ops) in cases {
        let cuts = (0..3).flat_map(|at| [Cut::Between(at), Cut::Written(at), Cut::Removed(at)]);
        for cut in cuts.map(Some).chain([None]) {
            check(before, ops, cut).unwrap_or_else(|why| panic!("{before:?}, {ops:?}, {cut:?}: {why}"));
        }
    }
}

/// What a world holds in which cause 2 changed three files and made a folder.
fn changed() -> World {
    let world = World::new();
    for name in ["/home/a", "/home/b", "/home/f"] {
        world.write(1, name, b"first").expect("room");
        world.write(2, name, b"second").expect("room");
    }
    world
}

fn content(world: &World, path: &str) -> String {
    fs::read_to_string(world.host(path)).expect("it is there")
}

#[test]
fn what_is_newer_than_an_interruption_is_left() {
    // The step that was cut is not done any more where somebody else was at its file, nor is one behind it.
    let world = interrupted(changed(), Cut::Written(1), UndoPolicy::Whole);
    assert_eq!((content(&world, "/home/a"), content(&world, "/home/b")), ("first".into(), "second".into()));
    for name in ["/home/a", "/home/b", "/home/f"] {
        fs::write(world.host(name), "newer").expect("ours");
    }
    let reports = resume(&world);
    assert_eq!(reports[0].restored, ["/home/a"], "{reports:?}");
    let left: Vec<&str> = reports[0].left.iter().map(|(path, _)| &**path).collect();
    assert_eq!(left, ["/home/b", "/home/f"]);
    assert!(reports[0].left.iter().all(|(_, why)| why == "there is newer content"), "{reports:?}");
    for name in ["/home/a", "/home/b", "/home/f"] {
        assert_eq!(content(&world, name), "newer");
    }
}

#[test]
fn a_step_that_was_cut_is_done_again() {
    for cut in [Cut::Written(1), Cut::Removed(1)] {
        let world = interrupted(changed(), cut, UndoPolicy::Whole);
        let reports = resume(&world);
        assert_eq!((reports[0].restored.len(), reports[0].left.len()), (3, 0), "{reports:?}");
        for name in ["/home/a", "/home/b", "/home/f"] {
            assert_eq!(content(&world, name), "first");
        }
        whole(&world, 3, 4);
        assert_eq!(content(&world, "/home/b"), "second", "{cut:?}");
    }
}

#[test]
fn what_a_step_made_is_what_must_lie_there_for_the_next_one() {
    // A file, then a folder moved there and away again, then another file: two steps at one path.
    let made = || {
        let world = World::new();
        world.write(1, "/home/a", b"first").expect("room");
        world.mkdir(1, "/home/d").expect("room");
        world.delete(2, "/home/a").expect("room");
        world.rename(2, "/home/d", "/home/a").expect("room");
        world.rename(2, "/home/a", "/home/e").expect("room");
        world.write(2, "/home/a", b"second").expect("room");
        world
    };
    let world = interrupted(made(), Cut::Between(1), UndoPolicy::Whole);
    assert!(!world.host("/home/a").exists(), "the newest is taken back");
    fs::write(world.host("/home/a"), "newer").expect("ours");
    let reports = resume(&world);
    assert!(!reports[0].left.is_empty() && content(&world, "/home/a") == "newer", "{reports:?}");

    let world = interrupted(made(), Cut::Between(1), UndoPolicy::Whole);
    let reports = resume(&world);
    assert!(reports[0].left.is_empty() && content(&world, "/home/a") == "first", "{reports:?}");
    assert!(world.host("/home/d").is_dir());
}

#[test]
fn what_was_left_before_an_interruption_stays_left() {
    let world = changed();
    fs::write(world.host("/home/a"), "newer").expect("ours");
    let world = interrupted(world, Cut::Written(1), UndoPolicy::Possible);
    // Whoever put it there takes it away meanwhile; that is no reason to touch it now.
    fs::write(world.host("/home/a"), "second").expect("ours");
    let reports = resume(&world);
    assert_eq!(reports[0].restored, ["/home/b", "/home/f"], "{reports:?}");
    assert_eq!((&*reports[0].left[0].0, content(&world, "/home/a")), ("/home/a", "second".into()));
}

#[test]
fn an_undoing_that_an_earlier_version_began_is_brought_to_its_end() {
    let world = changed();
    let up_to = world.rows().last().expect("there are rows").seq;
    let detail = serde_json::json!({"of": cause(2), "up_to": up_to, "policy": "whole"});
    let row = Row::new(1, cause(3), Pid::new(1, 0), RowKind::Undo, "2");
    world.recorder.append(&Row { detail, ..row }).expect("room");
    world.write(3, "/home/a", b"first").expect("room");
    let world = world.restarted();
    let reports = resume(&world);
    assert_eq!((reports[0].unchanged.len(), reports[0].restored.len()), (1, 2), "{reports:?}");
    assert_eq!(content(&world, "/home/f"), "first");
}

fn cut() -> impl Strategy<Value = Cut> {
    (0_usize..8, 0..3).prop_map(|(at, how)| match how {
        0 => Cut::Between(at),
        1 => Cut::Written(at),
        _ => Cut::Removed(at),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_changes_go_back(
        before in prop::collection::vec(op(), 0..8),
        ops in prop::collection::vec(op(), 1..10),
        cut in prop::option::of(cut()),
    ) {
        check(&before, &ops, cut)?;
    }
}
