//! The filter that asks the supervisor: a list of calls, and for the opening of files a look at what for.

use super::Observe;
use nix::{errno::Errno, libc, sys::prctl};
use std::os::fd::{FromRawFd, OwnedFd};

/// Asked about whenever something is observed.
pub(super) const CHANGES: &[libc::c_long] = &[
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_unlinkat,
    libc::SYS_mkdirat,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
    libc::SYS_truncate,
    libc::SYS_fchmodat,
    libc::SYS_fchownat,
    libc::SYS_connect,
    // Its flags are in memory, where a filter cannot look.
    libc::SYS_openat2,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_rename,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_unlink,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_rmdir,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_mkdir,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_link,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_symlink,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_creat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chmod,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chown,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lchown,
];

/// Opening a file, with the place of the flags among the arguments.
const OPENS: &[(libc::c_long, u32)] = &[
    (libc::SYS_openat, 2),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_open, 1),
];

/// Flags of an opening that may change something.
pub(super) const WRITING: u64 = (libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC) as u64;

/// Offsets in `struct seccomp_data`.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;

#[cfg(target_arch = "x86_64")]
const OURS: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const OURS: u32 = 0xc000_00b7;

const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
const EQUALS: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
const HAS_BIT: u16 = (libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K) as u16;
const AND: u16 = (libc::BPF_ALU | libc::BPF_AND | libc::BPF_K) as u16;
const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;

/// Puts the filter in place for this process and what it starts; the descriptor is where the supervisor listens. In a
/// filtered network it is asked about what such a network does not carry, too.
///
/// # Errors
/// What the host says; `EBUSY` when somebody listens to this process already.
#[allow(unsafe_code, reason = "no wrapper gives the listener")]
pub(crate) fn install(observe: Observe, is_filtered: bool) -> nix::Result<OwnedFd> {
    prctl::set_no_new_privs()?;
    let mut program = program(observe, is_filtered);
    let program = libc::sock_fprog {
        len: u16::try_from(program.len()).map_err(|_| Errno::E2BIG)?,
        filter: program.as_mut_ptr(),
    };
    let listener = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER;
    // A signal while the supervisor looks does not begin the call anew, unless it kills; known since Linux 5.19.
    let flags = [listener | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, listener];
    let mut answer = Err(Errno::EINVAL);
    for flags in flags {
        // SAFETY: the program and its description live through the call.
        answer = Errno::result(unsafe {
            libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const program)
        });
        if answer != Err(Errno::EINVAL) {
            break;
        }
    }
    let raw = i32::try_from(answer?).map_err(|_| Errno::EOVERFLOW)?;
    // SAFETY: the host has just opened this descriptor for us alone.
    Ok(unsafe { OwnedFd::from_raw_fd(raw) })
}

fn program(observe: Observe, is_filtered: bool) -> Vec<libc::sock_filter> {
    let step = |code, jt, jf, k| libc::sock_filter { code, jt, jf, k };
    let ask = step(RETURN, 0, 0, libc::SECCOMP_RET_USER_NOTIF);
    let go_on = step(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW);
    let number = |call: libc::c_long| u32::try_from(call).unwrap_or(u32::MAX);
    // What comes from elsewhere is another filter's.
    let mut steps =
        vec![step(LOAD, 0, 0, ARCHITECTURE), step(EQUALS, 1, 0, OURS), go_on, step(LOAD, 0, 0, NUMBER)];
    for call in CHANGES {
        steps.extend([step(EQUALS, 0, 1, number(*call)), ask]);
    }
    for (call, place) in OPENS {
        match observe {
            Observe::Everything => steps.extend([step(EQUALS, 0, 1, number(*call)), ask]),
            Observe::Changes | Observe::Nothing => steps.extend([
                step(EQUALS, 0, 4, number(*call)),
                step(LOAD, 0, 0, ARGUMENTS + 8 * place),
                step(HAS_BIT, 0, 1, WRITING as u32),
                ask,
                go_on,
            ]),
        }
    }
    if is_filtered {
        steps.extend(datagrams(ask, go_on));
    }
    steps.push(go_on);
    steps
}

/// Datagrams to an address, and sockets for ICMP and raw packets. `sendmsg` has its address in memory, and what is sent
/// by it is not told; the network refuses it all the same.
fn datagrams(ask: libc::sock_filter, go_on: libc::sock_filter) -> Vec<libc::sock_filter> {
    let step = |code, jt, jf, k| libc::sock_filter { code, jt, jf, k };
    let number = |call: libc::c_long| u32::try_from(call).unwrap_or(u32::MAX);
    let argument = |place: u32| step(LOAD, 0, 0, ARGUMENTS + 8 * place);
    vec![
        step(EQUALS, 0, 6, number(libc::SYS_sendto)),
        // Either half of a pointer that is no null pointer.
        argument(4),
        step(EQUALS, 0, 2, 0),
        step(LOAD, 0, 0, ARGUMENTS + 8 * 4 + 4),
        step(EQUALS, 1, 0, 0),
        ask,
        go_on,
        step(EQUALS, 0, 11, number(libc::SYS_socket)),
        argument(0),
        step(EQUALS, 1, 0, libc::AF_INET.cast_unsigned()),
        step(EQUALS, 0, 7, libc::AF_INET6.cast_unsigned()),
        argument(1),
        // Flags lie above.
        step(AND, 0, 0, 0xf),
        step(EQUALS, 3, 0, libc::SOCK_RAW.cast_unsigned()),
        argument(2),
        step(EQUALS, 1, 0, libc::IPPROTO_ICMP.cast_unsigned()),
        step(EQUALS, 0, 1, libc::IPPROTO_ICMPV6.cast_unsigned()),
        ask,
        go_on,
    ]
}
