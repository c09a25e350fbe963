//! The table of one process.
//!
//! **Invariants**: at most [`MAX_DESCRIPTORS`] numbers; the last slot, if any, is in use.

use super::Description;
use crate::{
    socket::Socket,
    sync::{read, write},
};
use abi::{Errno, Fd, SysError, SysResult};
use std::sync::{Arc, RwLock};

/// Descriptors of one process.
pub(crate) const MAX_DESCRIPTORS: u32 = 1_024;

#[derive(Clone)]
struct Slot {
    description: Arc<Description>,
    close_on_exec: bool,
}

/// Descriptors by number.
#[derive(Default)]
pub(crate) struct Descriptors {
    slots: RwLock<Vec<Option<Slot>>>,
}

fn not_open(fd: Fd) -> SysError {
    SysError::new(Errno::EBADF, format!("descriptor {fd} is not open"))
}

impl Descriptors {
    /// Puts a description under the lowest free number that is at least `from`.
    pub(crate) fn insert(&self, description: Arc<Description>, from: u32, most: u32) -> SysResult<Fd> {
        let mut slots = write(&self.slots);
        let most = most.min(MAX_DESCRIPTORS) as usize;
        let full = || SysError::new(Errno::EMFILE, format!("the process has its {most} descriptors"));
        if slots.iter().flatten().count() >= most {
            return Err(full());
        }
        let from = from as usize;
        let free =
            (from..MAX_DESCRIPTORS as usize).find(|index| slots.get(*index).is_none_or(Option::is_none));
        let index = free.ok_or_else(full)?;
        if slots.len() <= index {
            slots.resize(index + 1, None);
        }
        slots[index] = Some(Slot { description, close_on_exec: false });
        #[allow(clippy::cast_possible_truncation, reason = "below MAX_DESCRIPTORS")]
        Ok(Fd(index as u32))
    }

    /// The description behind a number.
    pub(crate) fn get(&self, fd: Fd) -> SysResult<Arc<Description>> {
        let slots = read(&self.slots);
        let slot = slots.get(fd.0 as usize).and_then(Option::as_ref);
        slot.map(|slot| slot.description.clone()).ok_or_else(|| not_open(fd))
    }

    /// Lets go of a number. The description comes back, to be dropped without any lock.
    pub(crate) fn remove(&self, fd: Fd) -> SysResult<Arc<Description>> {
        let mut slots = write(&self.slots);
        let slot = slots.get_mut(fd.0 as usize).and_then(Option::take).ok_or_else(|| not_open(fd))?;
        while slots.last().is_some_and(Option::is_none) {
            slots.pop();
        }
        drop(slots);
        slot.description.let_go();
        Ok(slot.description)
    }

    /// Puts what is behind `fd` under `to` as well; what was there comes back.
    pub(crate) fn replace(&self, fd: Fd, to: Fd, most: u32) -> SysResult<Option<Arc<Description>>> {
        let most = most.min(MAX_DESCRIPTORS);
        if to.0 >= most {
            return Err(SysError::new(Errno::EBADF, format!("a descriptor is below {most}, not {to}")));
        }
        let description = self.get(fd)?;
        if fd == to {
            return Ok(None);
        }
        let mut slots = write(&self.slots);
        let index = to.0 as usize;
        if slots.len() <= index {
            slots.resize(index + 1, None);
        }
        let before = slots[index].replace(Slot { description, close_on_exec: false });
        drop(slots);
        Ok(before.map(|slot| {
            slot.description.let_go();
            slot.description
        }))
    }

    /// Whether the number is closed when a program is executed.
    pub(crate) fn close_on_exec(&self, fd: Fd) -> SysResult<bool> {
        let slots = read(&self.slots);
        let slot = slots.get(fd.0 as usize).and_then(Option::as_ref);
        slot.map(|slot| slot.close_on_exec).ok_or_else(|| not_open(fd))
    }

    pub(crate) fn set_close_on_exec(&self, fd: Fd, close_on_exec: bool) -> SysResult<()> {
        let mut slots = write(&self.slots);
        let slot = slots.get_mut(fd.0 as usize).and_then(Option::as_mut).ok_or_else(|| not_open(fd))?;
        slot.close_on_exec = close_on_exec;
        Ok(())
    }

    /// Numbers in use.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(read(&self.slots).iter().flatten().count()).unwrap_or(u32::MAX)
    }

    /// Descriptors that are sockets, in the order of their numbers.
    pub(crate) fn sockets(&self) -> Vec<(Fd, Arc<Socket>)> {
        let slots = read(&self.slots);
        let numbered = (0u32..).zip(slots.iter());
        numbered
            .filter_map(|(number, slot)| Some((Fd(number), slot.as_ref()?.description.socket_of().ok()?)))
            .collect()
    }

    /// What is open, in the order of the numbers, each with whether it is closed when a program is executed.
    pub(crate) fn open(&self) -> Vec<(Fd, Arc<Description>, bool)> {
        let slots = read(&self.slots);
        let numbered = (0u32..).zip(slots.iter());
        let open = numbered.filter_map(|(number, slot)| Some((Fd(number), slot.as_ref()?)));
        open.map(|(fd, slot)| (fd, slot.description.clone(), slot.close_on_exec)).collect()
    }

    /// Unread output of terminals and programs behind the numbers, bytes.
    pub(crate) fn buffered_bytes(&self) -> u64 {
        let open: Vec<_> = read(&self.slots).iter().flatten().map(|slot| slot.description.clone()).collect();
        open.iter().map(|description| description.buffered_bytes()).sum()
    }

    /// Lets go of every number; says how many there were.
    pub(crate) fn release(&self) -> usize {
        // Also where somebody waits on one and holds on to it meanwhile.
        for (_, socket) in self.sockets() {
            socket.close();
        }
        let slots = std::mem::take(&mut *write(&self.slots));
        slots.into_iter().flatten().inspect(|slot| slot.description.let_go()).count()
    }
}
