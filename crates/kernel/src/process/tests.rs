//! Slots, generations and births.

use super::*;
use crate::{gate::Policy, vfs::VPath};
use abi::{
    CauseId, Errno, Pid,
    table::{Exit, ProcessKind, ProcessState},
};
use std::{cell::RefCell, collections::BTreeMap};

fn new(parent: Pid) -> NewProcess {
    NewProcess {
        name: "test".into(),
        app: None,
        kind: ProcessKind::App,
        capabilities: Vec::new(),
        parent,
        cause: CauseId::NONE,
    }
}

fn begin(table: &Processes, parent: Pid) -> Birth<'_, Initializing> {
    let birth = Birth::reserve(table).unwrap();
    birth.identify(&new(parent), Policy::default(), BTreeMap::new(), VPath::root(), 0)
}

#[test]
fn a_process_is_seen_when_it_is_ready_and_not_before() {
    let table = Processes::default();
    let birth = begin(&table, Pid(0));
    let pid = birth.process().pid();
    assert_eq!(table.get(pid).err().unwrap().errno, Errno::ESRCH);
    assert_eq!(birth.process().state(), ProcessState::Initializing);
    birth.publish().unwrap();
    assert_eq!(table.get(pid).unwrap().state(), ProcessState::Ready);
    table.verify_invariants();
}

#[test]
fn a_failed_birth_undoes_the_steps_before_it_last_first() {
    let table = Processes::default();
    let undone = RefCell::new(Vec::new());
    let mut birth = begin(&table, Pid(0));
    let pid = birth.process().pid();
    birth.initialise(|_| Ok(()), || undone.borrow_mut().push("first")).unwrap();
    birth.initialise(|_| Ok(()), || undone.borrow_mut().push("second")).unwrap();
    let failed =
        birth.initialise(|_| Err::<(), _>(Errno::ENOMEM.into()), || undone.borrow_mut().push("third"));
    assert!(failed.is_err());
    drop(birth);
    assert_eq!(*undone.borrow(), ["second", "first"]);
    assert!(table.get(pid).is_err());
    table.verify_invariants();
}

#[test]
fn a_stale_pid_does_not_reach_the_next_tenant() {
    let table = Processes::default();
    begin(&table, Pid(0)).publish().unwrap();
    let first = begin(&table, Pid(0)).publish().unwrap();
    assert!(first.begin_end(Exit::Code(0)) && !first.begin_end(Exit::Code(1)));
    assert_eq!(first.exit(), Some(Exit::Code(0)));
    table.reap(first.pid());
    let mut second = begin(&table, Pid(0)).publish().unwrap();
    while second.pid().slot() != first.pid().slot() {
        table.reap(second.pid());
        second = begin(&table, Pid(0)).publish().unwrap();
    }
    assert_eq!(second.pid().slot(), first.pid().slot());
    assert_ne!(second.pid(), first.pid());
    assert!(table.get(first.pid()).is_err());
    table.verify_invariants();
}

#[test]
fn descent_goes_through_the_generations_of_a_family() {
    let table = Processes::default();
    let root = begin(&table, Pid(u64::MAX)).publish().unwrap().pid();
    let child = begin(&table, root).publish().unwrap().pid();
    let grandchild = begin(&table, child).publish().unwrap().pid();
    assert!(table.is_within(grandchild, root) && table.is_within(root, root));
    assert!(!table.is_within(root, grandchild));
    assert_eq!(table.children(root).len(), 1);
    let all: Vec<Pid> = table.descendants(root).iter().map(|process| process.pid()).collect();
    assert_eq!(all, [child, grandchild]);
}

#[test]
fn a_child_of_a_parent_that_ended_meanwhile_is_not_born() {
    let table = Processes::default();
    begin(&table, Pid(0)).publish().unwrap();
    let parent = begin(&table, Pid(0)).publish().unwrap();
    let child = begin(&table, parent.pid());
    parent.begin_end(Exit::Code(0));
    assert_eq!(child.publish().err().unwrap().errno, Errno::ESRCH);
    table.verify_invariants();
}
