//! The table of processes: slots with generations, and who is whose child.
//!
//! **Invariants** (`verify_invariants`): a published process sits in the slot of its pid with its
//! generation; slot 0 is the kernel; free slots are in the free list once; a child's parent lists it; no
//! parent has more than 64 ended children.

use super::Process;
use crate::sync::{read, write};
use abi::{Errno, Pid, SysError, SysResult};
use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::{Arc, RwLock},
};

/// Processes at one time, zombies among them.
const MAX_PROCESSES: usize = 16_384;
/// So many slots are made before one is used again.
const FRESH_SLOTS: usize = 1_024;
/// Ended children that wait for a parent which never asks for them.
const MOST_ZOMBIES: usize = 64;

#[derive(Default)]
struct Slot {
    generation: u32,
    process: Option<Arc<Process>>,
}

#[derive(Default)]
struct Books {
    slots: Vec<Slot>,
    free: VecDeque<u32>,
    children: HashMap<Pid, BTreeSet<Pid>>,
    /// Of them those that have ended, in that order.
    zombies: HashMap<Pid, VecDeque<Pid>>,
}

/// All processes.
#[derive(Default)]
pub(crate) struct Processes {
    books: RwLock<Books>,
}

fn no_process(pid: Pid) -> SysError {
    SysError::new(Errno::ESRCH, format!("there is no process {pid}"))
}

impl Processes {
    /// Takes a slot for a process that is being made.
    pub(super) fn reserve(&self) -> SysResult<Pid> {
        let mut books = write(&self.books);
        // New slots first: pids stay small, and a slot rests long before it has another tenant.
        if books.slots.len() >= FRESH_SLOTS
            && let Some(slot) = books.free.pop_front()
        {
            return Ok(Pid::new(slot, books.slots[slot as usize].generation));
        }
        if books.slots.len() >= MAX_PROCESSES {
            return Err(SysError::new(Errno::EAGAIN, format!("all {MAX_PROCESSES} processes are taken")));
        }
        books.slots.push(Slot::default());
        #[allow(clippy::cast_possible_truncation, reason = "below MAX_PROCESSES")]
        let slot = (books.slots.len() - 1) as u32;
        Ok(Pid::new(slot, 0))
    }

    /// Gives back a slot whose process never came to be.
    pub(super) fn abandon(&self, pid: Pid) {
        write(&self.books).release(pid);
    }

    pub(super) fn publish(&self, process: Arc<Process>) -> SysResult<()> {
        let mut books = write(&self.books);
        let (pid, parent) = (process.pid(), process.identity().parent);
        if let Some(parent) = parent {
            // Looked at under the lock under which an ending parent's children are collected: either the
            // child is among them, or it is refused here.
            if !books.get(parent).is_some_and(|parent| parent.is_alive()) {
                return Err(no_process(parent));
            }
            books.children.entry(parent).or_default().insert(pid);
        }
        books.slots[pid.slot() as usize].process = Some(process);
        Ok(())
    }

    /// Takes a zombie's slot away. It is gone for everybody.
    pub(crate) fn reap(&self, pid: Pid) {
        let mut books = write(&self.books);
        let Some(process) = books.get(pid).cloned() else { return };
        if let Some(parent) = process.identity().parent
            && let Some(siblings) = books.children.get_mut(&parent)
        {
            siblings.remove(&pid);
            if siblings.is_empty() {
                books.children.remove(&parent);
            }
        }
        if let Some(parent) = process.identity().parent
            && let Some(zombies) = books.zombies.get_mut(&parent)
        {
            zombies.retain(|zombie| *zombie != pid);
            if zombies.is_empty() {
                books.zombies.remove(&parent);
            }
        }
        books.children.remove(&pid);
        books.zombies.remove(&pid);
        books.release(pid);
    }

    /// A child has ended and waits for its parent. Where too many do, the one that has waited longest goes.
    pub(crate) fn keep_zombie(&self, parent: Pid, child: Pid) {
        let surplus = {
            let mut books = write(&self.books);
            if books.get(child).is_none() {
                return; // It was asked for already.
            }
            let zombies = books.zombies.entry(parent).or_default();
            zombies.push_back(child);
            if zombies.len() > MOST_ZOMBIES { zombies.pop_front() } else { None }
        };
        if let Some(surplus) = surplus {
            self.reap(surplus);
        }
    }

    /// The process, zombies included.
    pub(crate) fn get(&self, pid: Pid) -> SysResult<Arc<Process>> {
        read(&self.books).get(pid).cloned().ok_or_else(|| no_process(pid))
    }

    pub(crate) fn is_alive(&self, pid: Pid) -> bool {
        read(&self.books).get(pid).is_some_and(|process| process.is_alive())
    }

    /// All of them in the order of their slots.
    pub(crate) fn all(&self) -> Vec<Arc<Process>> {
        read(&self.books).slots.iter().filter_map(|slot| slot.process.clone()).collect()
    }

    /// The children, zombies included, in the order of their pids.
    pub(crate) fn children(&self, pid: Pid) -> Vec<Arc<Process>> {
        let books = read(&self.books);
        let children = books.children.get(&pid).into_iter().flatten();
        children.filter_map(|child| books.get(*child).cloned()).collect()
    }

    /// All that a process started, directly or through others, parents before their children.
    pub(crate) fn descendants(&self, pid: Pid) -> Vec<Arc<Process>> {
        let books = read(&self.books);
        let mut found: Vec<Arc<Process>> = Vec::new();
        let mut next = 0;
        let mut parent = pid;
        loop {
            let children = books.children.get(&parent).into_iter().flatten();
            found.extend(children.filter_map(|child| books.get(*child).cloned()));
            let Some(process) = found.get(next) else { return found };
            parent = process.pid();
            next += 1;
        }
    }

    /// Whether `pid` is `ancestor` or was started by it, directly or through others.
    pub(crate) fn is_within(&self, pid: Pid, ancestor: Pid) -> bool {
        let books = read(&self.books);
        let mut current = Some(pid);
        // Parents have lower ages, so the walk ends; the bound is for the day on which that is wrong.
        for _ in 0..MAX_PROCESSES {
            match current {
                Some(pid) if pid == ancestor => return true,
                Some(pid) => current = books.get(pid).and_then(|process| process.identity().parent),
                None => return false,
            }
        }
        false
    }

    #[cfg(test)]
    pub(crate) fn verify_invariants(&self) {
        let books = read(&self.books);
        for (index, slot) in books.slots.iter().enumerate() {
            let free = books.free.iter().filter(|free| **free as usize == index).count();
            match &slot.process {
                Some(process) => {
                    assert_eq!(
                        (process.pid().slot() as usize, process.pid().generation()),
                        (index, slot.generation)
                    );
                    assert_eq!(free, 0);
                    let parent = process.identity().parent;
                    assert!(parent.is_none_or(|parent| books.children[&parent].contains(&process.pid())));
                }
                None => assert!(free <= 1),
            }
        }
    }
}

impl Books {
    fn get(&self, pid: Pid) -> Option<&Arc<Process>> {
        let slot = self.slots.get(pid.slot() as usize)?;
        slot.process.as_ref().filter(|_| slot.generation == pid.generation())
    }

    fn release(&mut self, pid: Pid) {
        let slot = &mut self.slots[pid.slot() as usize];
        slot.process = None;
        // A slot whose generations are used up stays empty for ever, so that no pid comes twice.
        if let Some(next) = slot.generation.checked_add(1) {
            slot.generation = next;
            self.free.push_back(pid.slot());
        }
    }
}
