//! What a process of ours is called where processes are listed, in its own sandbox among other places: by what it is,
//! without a path of the host.

use nix::{libc, sys::prctl};
use std::{ffi::CStr, sync::OnceLock};

/// Takes a name in place of the one that it was started by. A longer one is cut there.
///
/// To be called while there is one thread.
#[allow(
    unsafe_code,
    reason = "the argument lies where the host reads it, which no library gives away to be written"
)]
pub(crate) fn take_name(name: &CStr) {
    static ROOM_BYTES: OnceLock<usize> = OnceLock::new();
    // Longer than 15 bytes it is cut by the host.
    let _ = prctl::set_name(name);
    // SAFETY: the C library sets it to the first argument before `main`, and nobody here changes it.
    let first = unsafe { program_invocation_name };
    if first.is_null() {
        return;
    }
    // SAFETY: an argument ends with a zero. Its length is looked at once: what is written may be shorter.
    let room_bytes = *ROOM_BYTES.get_or_init(|| unsafe { libc::strlen(first) });
    for (index, byte) in
        name.to_bytes().iter().copied().chain(std::iter::repeat(0)).take(room_bytes).enumerate()
    {
        // SAFETY: within the argument, which stays for as long as the process does; there is no other thread that
        // could read it meanwhile.
        unsafe { first.add(index).write(byte.cast_signed()) };
    }
}

#[allow(unsafe_code, reason = "a variable of the C library")]
unsafe extern "C" {
    /// The first argument itself, not a copy.
    static program_invocation_name: *mut libc::c_char;
}
