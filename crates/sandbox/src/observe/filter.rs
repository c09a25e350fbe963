//! Which calls the supervisor is asked about: a list, and for the opening of files a look at what for.

use super::Observe;
use crate::calls::{Answer, Compare, Rules};
use nix::libc;

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
const OPENS: &[(libc::c_long, u8)] = &[
    (libc::SYS_openat, 2),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_open, 1),
];

/// Flags of an opening that may change something.
pub(super) const WRITING: u64 = (libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC) as u64;

/// Adds them; a call that is refused is not asked about, so what is refused comes before. In a filtered network it is
/// asked about what such a network does not carry, too.
pub(crate) fn ask(rules: &mut Rules, observe: Observe, is_filtered: bool) {
    if observe == Observe::Nothing {
        return;
    }
    for call in CHANGES {
        rules.always(*call, Answer::Asks);
    }
    for (call, place) in OPENS {
        match observe {
            Observe::Everything | Observe::Hidden => rules.always(*call, Answer::Asks),
            Observe::Changes | Observe::Nothing => {
                #[allow(clippy::cast_possible_truncation, reason = "flags are all in the lower half")]
                let writing = Compare::HasAny(WRITING as u32);
                rules.when(*call, &[(*place, writing)], Answer::Asks);
            }
        }
    }
    if is_filtered {
        ask_about_datagrams(rules);
    }
}

/// Datagrams to an address, and sockets for ICMP and raw packets. `sendmsg` has its address in memory, and what is sent
/// by it is not told; the network refuses it all the same.
fn ask_about_datagrams(rules: &mut Rules) {
    // Either half of a pointer that is no null pointer.
    for half in [Compare::IsNot(0), Compare::UpperIsNot(0)] {
        rules.when(libc::SYS_sendto, &[(4, half)], Answer::Asks);
    }
    // Flags lie above the kind.
    let raw = (1, Compare::Masked(0xf, libc::SOCK_RAW.cast_unsigned()));
    let protocols = [libc::IPPROTO_ICMP, libc::IPPROTO_ICMPV6].map(|it| (2, Compare::Is(it.cast_unsigned())));
    for family in [libc::AF_INET, libc::AF_INET6] {
        let family = (0, Compare::Is(family.cast_unsigned()));
        for what in [raw, protocols[0], protocols[1]] {
            rules.when(libc::SYS_socket, &[family, what], Answer::Asks);
        }
    }
}
