//! Locks that survive a panic of whoever held them.
//!
//! Almost all data here is plain, and every holder leaves it consistent between statements, so a poisoned lock is
//! taken over rather than passed on. Where that is not so (a queue, an end of a pipe), [`whole`] says so, and the
//! owner marks the thing as failed: whoever has it is told, everybody else is served.

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

#[inline]
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    let held = mutex.lock().unwrap_or_else(PoisonError::into_inner);
    fault::taken::<T>();
    held
}

#[inline]
pub(crate) fn read<T: ?Sized>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

#[inline]
pub(crate) fn write<T: ?Sized>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    let held = lock.write().unwrap_or_else(PoisonError::into_inner);
    fault::taken::<T>();
    held
}

/// As [`lock`], and whether nobody panicked while it was held; asked once, since then it is whole again.
#[inline]
pub(crate) fn whole<T>(mutex: &Mutex<T>) -> (MutexGuard<'_, T>, bool) {
    let (held, is_whole) = match mutex.lock() {
        Ok(held) => (held, true),
        Err(poisoned) => {
            mutex.clear_poison();
            (poisoned.into_inner(), false)
        }
    };
    fault::taken::<T>();
    (held, is_whole)
}

/// Faults on purpose, for tests: this thread panics while it holds a lock of a given kind.
#[cfg(any(test, feature = "testing"))]
pub(crate) mod fault {
    use std::{any::type_name, cell::RefCell, collections::BTreeMap};

    #[derive(Default)]
    struct Plan {
        /// How often each kind of lock was taken, while somebody wants to know.
        taken: Option<BTreeMap<&'static str, u32>>,
        /// The kind, and how often it may still be taken.
        panic_at: Option<(&'static str, u32)>,
    }

    thread_local! {
        static PLAN: RefCell<Plan> = RefCell::default();
    }

    /// A lock was taken for writing, and is held.
    #[inline]
    pub(crate) fn taken<T: ?Sized>() {
        let kind = type_name::<T>();
        let panics = PLAN.try_with(|plan| {
            let Ok(mut plan) = plan.try_borrow_mut() else { return false };
            if let Some(taken) = &mut plan.taken {
                *taken.entry(kind).or_default() += 1;
            }
            match &mut plan.panic_at {
                Some((wanted, 0)) if *wanted == kind => {
                    plan.panic_at = None;
                    true
                }
                Some((wanted, left)) if *wanted == kind => {
                    *left -= 1;
                    false
                }
                _ => false,
            }
        });
        assert!(panics != Ok(true), "a fault on purpose, holding {kind}");
    }

    /// The kinds of locks that this thread takes for writing meanwhile, and how often.
    pub(crate) fn record(act: impl FnOnce()) -> BTreeMap<&'static str, u32> {
        PLAN.with(|plan| plan.borrow_mut().taken = Some(BTreeMap::new()));
        act();
        PLAN.with(|plan| plan.borrow_mut().taken.take()).unwrap_or_default()
    }

    /// This thread panics when it holds a lock of this kind for the `turn`th time from now, counted from 0.
    pub(crate) fn arm(kind: &'static str, turn: u32) {
        PLAN.with(|plan| plan.borrow_mut().panic_at = Some((kind, turn)));
    }

    /// Whether the panic is still to come; it comes no more.
    pub(crate) fn disarm() -> bool {
        PLAN.with(|plan| plan.borrow_mut().panic_at.take()).is_some()
    }
}

#[cfg(not(any(test, feature = "testing")))]
mod fault {
    #[inline(always)]
    pub(super) fn taken<T: ?Sized>() {}
}
