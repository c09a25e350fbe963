//! Kernel objects by number: slots that are used again, each time under another number.
//!
//! A number holds the slot and how often the slot was used, so a number that somebody kept never
//! reaches the slot's next tenant; the first is 1. New slots come first, and a free one rests at the
//! end of a line, so small numbers stay small and are not given again soon.
//!
//! **Invariants** (`verify_invariants`): a slot is empty if and only if it is in the line of free ones or its
//! numbers are used up; never more objects than the bound.
//! **Lock order**: the table's lock is never held while an object is used, except by the check of
//! [`Registry::insert`], which must not lock.

use crate::sync::{read, write};
use abi::SysResult;
use std::{
    collections::VecDeque,
    sync::{Arc, RwLock},
};

/// So many slots are made before one is used again.
const FRESH_SLOTS: usize = 1_024;

struct Slot<T> {
    generation: u32,
    object: Option<Arc<T>>,
}

struct Table<T> {
    slots: Vec<Slot<T>>,
    free: VecDeque<u32>,
    used: usize,
}

/// All objects of one kind.
pub(crate) struct Registry<T> {
    table: RwLock<Table<T>>,
    most: usize,
}

impl<T> Registry<T> {
    /// An empty one for at most `most` objects.
    pub(crate) fn new(most: usize) -> Self {
        let table = Table { slots: Vec::new(), free: VecDeque::new(), used: 0 };
        Registry { table: RwLock::new(table), most }
    }

    /// Makes an object under a new number, if `admit` agrees to one more beside those that are there.
    /// Its argument says whether the bound is reached; nothing else can come in between.
    pub(crate) fn insert(
        &self,
        admit: impl FnOnce(&mut dyn Iterator<Item = &Arc<T>>, bool) -> SysResult<()>,
        make: impl FnOnce(u64) -> T,
    ) -> SysResult<Arc<T>> {
        let mut table = write(&self.table);
        let is_full = table.used >= self.most;
        admit(&mut table.slots.iter().filter_map(|slot| slot.object.as_ref()), is_full)?;
        let slot = table.take_slot();
        let object = Arc::new(make(table.number(slot)));
        table.slots[slot].object = Some(object.clone());
        table.used += 1;
        Ok(object)
    }

    /// The object with this number.
    #[inline]
    pub(crate) fn get(&self, number: u64) -> Option<Arc<T>> {
        read(&self.table).find(number).and_then(|slot| slot.object.clone())
    }

    /// Takes the object with this number away.
    pub(crate) fn remove(&self, number: u64) -> Option<Arc<T>> {
        let mut table = write(&self.table);
        let object = table.find_mut(number)?.object.take()?;
        table.used -= 1;
        table.give_back(slot_of(number)?);
        Some(object)
    }

    /// All objects, in the order of their slots.
    pub(crate) fn all(&self) -> Vec<Arc<T>> {
        read(&self.table).slots.iter().filter_map(|slot| slot.object.clone()).collect()
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(read(&self.table).used).unwrap_or(u32::MAX)
    }

    #[cfg(test)]
    pub(crate) fn verify_invariants(&self) {
        let table = read(&self.table);
        assert!(table.used <= self.most);
        assert_eq!(table.used, table.slots.iter().filter(|slot| slot.object.is_some()).count());
        for (index, slot) in table.slots.iter().enumerate() {
            let free = table.free.iter().filter(|free| **free as usize == index).count();
            assert!(free == usize::from(slot.object.is_none()) || slot.generation == u32::MAX);
        }
    }
}

/// The slot in a number; none in 0.
#[inline]
fn slot_of(number: u64) -> Option<usize> {
    (number & u64::from(u32::MAX)).checked_sub(1).and_then(|slot| usize::try_from(slot).ok())
}

impl<T> Table<T> {
    fn take_slot(&mut self) -> usize {
        if self.slots.len() >= FRESH_SLOTS
            && let Some(slot) = self.free.pop_front()
        {
            return slot as usize;
        }
        self.slots.push(Slot { generation: 0, object: None });
        self.slots.len() - 1
    }

    fn give_back(&mut self, slot: usize) {
        // A slot whose generations are used up stays empty for ever, so that no number comes twice.
        if let Some(next) = self.slots[slot].generation.checked_add(1) {
            self.slots[slot].generation = next;
            #[allow(clippy::cast_possible_truncation, reason = "bounded far below by the registry's bound")]
            self.free.push_back(slot as u32);
        }
    }

    fn number(&self, slot: usize) -> u64 {
        (u64::from(self.slots[slot].generation) << 32) | (slot as u64 + 1)
    }

    #[inline]
    fn find(&self, number: u64) -> Option<&Slot<T>> {
        self.slots.get(slot_of(number)?).filter(|slot| u64::from(slot.generation) == number >> 32)
    }

    fn find_mut(&mut self, number: u64) -> Option<&mut Slot<T>> {
        self.slots.get_mut(slot_of(number)?).filter(|slot| u64::from(slot.generation) == number >> 32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insert(registry: &Registry<u64>) -> SysResult<u64> {
        let full = || abi::SysError::from(abi::Errno::EMFILE);
        registry
            .insert(|_, is_full| if is_full { Err(full()) } else { Ok(()) }, |number| number)
            .map(|object| *object)
    }

    #[test]
    fn a_number_is_never_given_twice() {
        let registry = Registry::new(2_000);
        let mut seen = std::collections::HashSet::new();
        assert_eq!(insert(&registry).unwrap(), 1);
        for _ in 0..5_000 {
            let number = insert(&registry).unwrap();
            assert!(seen.insert(number));
            assert_eq!(registry.get(number).as_deref(), Some(&number));
            assert!(registry.remove(number).is_some() && registry.remove(number).is_none());
            assert!(registry.get(number).is_none());
        }
        assert!(registry.get(0).is_none() && registry.get(u64::MAX).is_none());
        assert_eq!(registry.count(), 1);
        registry.verify_invariants();
    }

    #[test]
    fn there_is_a_bound() {
        let registry = Registry::new(2);
        let first = insert(&registry).unwrap();
        insert(&registry).unwrap();
        assert!(insert(&registry).is_err());
        registry.remove(first);
        assert!(insert(&registry).is_ok());
        registry.verify_invariants();
    }
}
