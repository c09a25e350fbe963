//! Short texts of events, kept once and named by a number that fits into an event's slot.
//!
//! Bounded: the first part of the numbers is for texts of the program itself, which stay for
//! ever; the rest goes round, and the oldest text makes room for a new one. A number is never given
//! to another text, so an old event shows no label rather than a wrong one.
//!
//! **Invariants**
//! 1. Every text in the index is in the slot of its number, and the other way round.
//! 2. Numbers of recycled labels only grow.

use std::{
    collections::HashMap,
    sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

/// Texts that can be kept at a time.
const RECYCLED: u32 = 8_192;
/// Numbers below this are for fixed labels; zero is "no label".
const FIXED: u32 = 1_024;
/// Longer texts are cut, bytes.
pub(super) const MAX_LABEL_BYTES: usize = 120;

/// Number of a kept text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct LabelId(pub(super) u32);

impl LabelId {
    /// No label.
    pub const NONE: LabelId = LabelId(0);
}

#[derive(Default)]
struct Inner {
    index: HashMap<Arc<str>, u32>,
    fixed: Vec<Arc<str>>,
    recycled: Vec<(u32, Arc<str>)>,
    next: u32,
}

/// The texts; see the module documentation.
#[derive(Default)]
pub struct Labels {
    inner: RwLock<Inner>,
}

impl Labels {
    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        crate::sync::read(&self.inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Inner> {
        crate::sync::write(&self.inner)
    }

    /// Keeps a text of the program for ever. Where there are too many, it is kept like any other.
    pub fn fixed(&self, text: &'static str) -> LabelId {
        {
            let mut inner = self.write();
            if let Some(id) = inner.index.get(text).filter(|id| **id < FIXED) {
                return LabelId(*id);
            }
            if inner.fixed.len() + 1 < FIXED as usize {
                let text: Arc<str> = Arc::from(cut(text, MAX_LABEL_BYTES));
                inner.fixed.push(text.clone());
                let id = inner.fixed.len() as u32;
                inner.index.insert(text, id);
                return LabelId(id);
            }
        }
        self.intern(text)
    }

    /// Keeps a text until 8,192 others have come. About 50 ns when it is known.
    pub fn intern(&self, text: &str) -> LabelId {
        let text = cut(text, MAX_LABEL_BYTES);
        if text.is_empty() {
            return LabelId::NONE;
        }
        if let Some(id) = self.read().index.get(text) {
            return LabelId(*id);
        }
        let mut inner = self.write();
        if let Some(id) = inner.index.get(text) {
            return LabelId(*id);
        }
        // After four thousand million texts the numbers are used up; events go without label then.
        let Some(id) = FIXED.checked_add(inner.next) else { return LabelId::NONE };
        inner.next += 1;
        let text: Arc<str> = Arc::from(text);
        let entry = (id, text.clone());
        let slot = ((id - FIXED) % RECYCLED) as usize;
        if slot == inner.recycled.len() {
            inner.recycled.push(entry);
        } else {
            let (old_id, old) = std::mem::replace(&mut inner.recycled[slot], entry);
            if inner.index.get(&old) == Some(&old_id) {
                inner.index.remove(&old);
            }
        }
        inner.index.insert(text, id);
        LabelId(id)
    }

    /// The text, if it is still kept.
    #[must_use]
    pub fn get(&self, label: LabelId) -> Option<Arc<str>> {
        let inner = self.read();
        match label.0 {
            0 => None,
            id if id < FIXED => inner.fixed.get(id as usize - 1).cloned(),
            id => {
                let (kept, text) = inner.recycled.get(((id - FIXED) % RECYCLED) as usize)?;
                (*kept == id).then(|| text.clone())
            }
        }
    }

    /// Checks the invariants of the module.
    ///
    /// # Errors
    /// The broken invariant in words.
    pub fn verify_invariants(&self) -> Result<(), String> {
        let inner = self.read();
        for (slot, (id, text)) in inner.recycled.iter().enumerate() {
            if ((*id - FIXED) % RECYCLED) as usize != slot || *id >= FIXED + inner.next {
                return Err(format!("label {id} lies in slot {slot}"));
            }
            // A fixed text may have come after the recycled one; the index then names the fixed.
            if inner.index.get(text).is_none_or(|indexed| indexed != id && *indexed >= FIXED) {
                return Err(format!("{text:?} is not indexed as {id}"));
            }
        }
        if inner.index.len() > inner.fixed.len() + inner.recycled.len() {
            return Err(format!("{} indexed texts", inner.index.len()));
        }
        Ok(())
    }
}

/// The longest beginning of a text that has at most `max_bytes` bytes and whole characters.
pub(super) fn cut(text: &str, max_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(max_bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_once() {
        let labels = Labels::default();
        let id = labels.intern("/home/a.txt");
        assert_eq!(labels.intern("/home/a.txt"), id);
        assert_eq!(labels.get(id).as_deref(), Some("/home/a.txt"));
        assert_eq!(labels.intern(""), LabelId::NONE);
        assert_eq!(labels.get(LabelId::NONE), None);
    }

    #[test]
    fn old_texts_go_and_never_turn_into_others() {
        let labels = Labels::default();
        let fixed = labels.fixed("boot");
        let first = labels.intern("first");
        for n in 0..RECYCLED {
            labels.intern(&n.to_string());
        }
        assert_eq!(labels.get(first), None);
        assert_ne!(labels.intern("first"), first);
        assert_eq!(labels.get(fixed).as_deref(), Some("boot"));
        labels.verify_invariants().expect("labels are consistent");
    }

    #[test]
    fn a_fixed_text_may_have_been_interned_before() {
        let labels = Labels::default();
        let id = labels.intern("late");
        let fixed = labels.fixed("late");
        assert_ne!(id, fixed);
        assert_eq!(labels.intern("late"), fixed);
        for n in 0..RECYCLED {
            labels.intern(&n.to_string());
        }
        assert_eq!(labels.fixed("late"), fixed);
        labels.verify_invariants().expect("labels are consistent");
    }

    #[test]
    fn long_texts_are_cut_at_a_character() {
        let labels = Labels::default();
        let id = labels.intern(&"ä".repeat(100));
        assert_eq!(labels.get(id).as_deref(), Some("ä".repeat(60).as_str()));
    }
}
