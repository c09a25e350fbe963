//! Gives up what a program must never have: capabilities, and any way to get some.

use super::trouble::{During, Tried};
use crate::Stage;
use nix::{errno::Errno, libc, sys::prctl};

/// Version 3 of the interface: two sets of 32.
const CAPABILITY_VERSION: u32 = 0x2008_0522;

#[repr(C)]
struct Header {
    version: u32,
    pid: i32,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Set {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

/// Empties every capability set, the bounding one first since that takes a capability, and rules out that a program
/// gains anything by what it runs.
#[allow(unsafe_code, reason = "no wrapper in nix")]
pub(super) fn give_up() -> Tried<()> {
    for capability in 0..64 {
        // SAFETY: plain numbers.
        match Errno::result(unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) }) {
            // The last one that this host knows was the one before.
            Err(Errno::EINVAL) => break,
            // Without a namespace an ordinary user has none to drop, and no_new_privs keeps them away.
            Err(Errno::EPERM) => break,
            dropped => dropped.during(Stage::Privileges, capability)?,
        };
    }
    // SAFETY: plain numbers; kernels before 4.3 know no such set.
    let _ = unsafe { libc::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) };
    let header = Header { version: CAPABILITY_VERSION, pid: 0 };
    let none = [Set::default(); 2];
    // SAFETY: both live through the call and have the layout of version 3.
    Errno::result(unsafe { libc::syscall(libc::SYS_capset, &raw const header, none.as_ptr()) })
        .during(Stage::Privileges, "capabilities")?;
    prctl::set_no_new_privs().during(Stage::Privileges, "no_new_privs")
}
