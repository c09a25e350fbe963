//! What people do to files, taken back.

use super::{By, Undo, UndoPolicy, UndoReport, Verdict, run::Begin};
use crate::journal::{
    RowKind,
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
    let row = crate::journal::Row::new(1, cause(2), Pid::new(1, 0), RowKind::File, "/home/a");
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

/// Whatever cause 2 does, taking it back by force leads to the tree before, also when the program ends after
/// some steps.
fn check(before: &[Op], ops: &[Op], interrupted_after: Option<usize>) -> Result<(), TestCaseError> {
    let mut world = World::new();
    before.iter().for_each(|op| apply(&world, 1, op));
    let tree = world.tree();
    ops.iter().for_each(|op| apply(&world, 2, op));
    if let Some(steps) = interrupted_after {
        let undo = Undo::new(&world.recorder, &world.mounts);
        let plan = undo.plan(cause(2)).expect("readable");
        let policy = UndoPolicy::Overwrite;
        undo.begin(&Begin { of: cause(2), up_to: plan.up_to, policy }, &by(3), 5).expect("room");
        let mut report = UndoReport::new(&plan, &by(3));
        plan.steps.iter().take(steps).for_each(|step| undo.go(step, &by(3), policy, 5, &mut report));
        world = world.restarted();
        let undo = Undo::new(&world.recorder, &world.mounts);
        prop_assert_eq!(undo.resume(6).expect("readable").len(), 1);
        prop_assert_eq!(undo.resume(7).expect("readable").len(), 0, "it has come to its end");
    } else {
        // Where every call failed there is nothing to take back, which is an error.
        let _ = undo(&world, 2, 3, UndoPolicy::Overwrite);
    }
    prop_assert_eq!(world.tree(), tree);
    Ok(())
}

#[test]
fn changes_that_were_once_not_taken_back() {
    let cases: [(&[Op], &[Op]); 4] = [
        (&[], &[Op::Overwrite(3, 0), Op::Mkdir(2), Op::Write(3, 0)]),
        (&[Op::Mkdir(1)], &[Op::Mkdir(2), Op::Rename(2, 1), Op::Mkdir(2)]),
        (&[Op::Mkdir(0), Op::Mkdir(2)], &[Op::Rename(0, 1), Op::Write(0, 0)]),
        (&[Op::Mkdir(1)], &[Op::Rename(1, 6), Op::Mkdir(1)]),
    ];
    for (before, ops) in cases {
        for interrupted_after in [None, Some(0), Some(1), Some(2)] {
            check(before, ops, interrupted_after).expect("the tree before");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_changes_go_back(
        before in prop::collection::vec(op(), 0..8),
        ops in prop::collection::vec(op(), 1..10),
        interrupted_after in prop::option::of(0_usize..6),
    ) {
        check(&before, &ops, interrupted_after)?;
    }
}
