//! Places where a test ends this program as a SIGKILL from outside would, chosen and not by luck.
//!
//! A file that `AGENTOS_KILL_FILE` names says where: `replace 3` is the third time that a file is about to get its new
//! content, `any 40` the fortieth place of any name. The file is removed before the program ends, so the next start goes
//! on. Counting begins anew when the file says something else.
//!
//! In a release build nothing of this is there.

/// A place of this name is reached.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub(crate) fn reached(_name: &str) {}

/// A place of this name is reached; `cut` is done before the program ends there, as half of what was under way.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub(crate) fn reached_within(_name: &str, _cut: impl FnOnce()) {}

#[cfg(debug_assertions)]
pub(crate) use armed::{reached, reached_within};

#[cfg(debug_assertions)]
mod armed {
    use crate::sync::lock;
    use nix::sys::signal::{Signal, raise};
    use std::{
        fs,
        path::PathBuf,
        sync::{LazyLock, Mutex},
    };

    /// Where the file is; without one a place costs a look at this.
    static FILE: LazyLock<Option<PathBuf>> =
        LazyLock::new(|| std::env::var_os("AGENTOS_KILL_FILE").map(PathBuf::from));

    /// What the file said last, and how often that was reached since.
    static COUNTED: Mutex<(String, u64)> = Mutex::new((String::new(), 0));

    pub(crate) fn reached(name: &str) {
        reached_within(name, || {});
    }

    pub(crate) fn reached_within(name: &str, cut: impl FnOnce()) {
        let Some(file) = &*FILE else { return };
        let Ok(said) = fs::read_to_string(file) else { return };
        let Some((wanted, number)) = said.trim().split_once(' ') else { return };
        if wanted != "any" && wanted != name {
            return;
        }
        let mut counted = lock(&COUNTED);
        if counted.0 != said {
            *counted = (said.clone(), 0);
        }
        counted.1 += 1;
        if number.parse() == Ok(counted.1) {
            cut();
            let _ = fs::remove_file(file);
            let _ = raise(Signal::SIGKILL);
        }
    }
}
