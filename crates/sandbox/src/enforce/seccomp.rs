//! Which system calls a program may not make. A list of what is refused, since programs need hundreds and new ones
//! every year; view, namespaces and Landlock hold where the list does not reach.
//!
//! `EPERM` for what is refused, `ENOSYS` for what has an older form that can be judged (`clone3` keeps its flags in
//! memory, where a filter cannot look); calls in the numbers of another architecture end the process, see
//! [`crate::calls`].

use super::trouble::{During, Tried};
use crate::{
    Profile, Stage,
    calls::{
        Answer,
        Compare::{HasAny, Is, IsNot, Masked},
        Condition, Rules,
    },
};
use nix::{errno::Errno, libc};

/// Refused in every profile.
const REFUSED: &[libc::c_long] = &[
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_kcmp,
    libc::SYS_pidfd_getfd,
    libc::SYS_process_madvise,
    // Large doors into the kernel that programs do without.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_fanotify_init,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    libc::SYS_move_pages,
    libc::SYS_migrate_pages,
    libc::SYS_lookup_dcookie,
    libc::SYS_nfsservctl,
    libc::SYS_vhangup,
    // The host itself.
    libc::SYS_acct,
    libc::SYS_reboot,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_syslog,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_modify_ldt,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_uselib,
];

/// Refused but for programs that bring a sandbox of their own.
const REFUSED_UNLESS_NESTED: &[libc::c_long] = &[
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    SYS_OPEN_TREE_ATTR,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
];

/// Linux 6.15; the C library's crate does not know it yet.
const SYS_OPEN_TREE_ATTR: libc::c_long = 467;

/// Flags of `clone` that make namespaces.
const NAMESPACE_FLAGS: [i32; 7] = [
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWNS,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWCGROUP,
];

/// Requests to a terminal that put words into somebody's mouth or change what the terminal is.
const TERMINAL_REQUESTS: [u64; 4] = [libc::TIOCSTI, libc::TIOCLINUX, libc::TIOCSETD, libc::TIOCCONS];

/// Families of sockets that a program may have; others reach past its network or into large parts of the kernel.
const SOCKET_FAMILIES: [i32; 4] = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK];

/// `personality` with this only asks.
const ASK_PERSONALITY: u32 = 0xffff_ffff;
/// A listener of the program's own would hear its calls in place of ours.
const NEW_LISTENER: u32 = 8;
/// Connects without `connect`.
const FAST_OPEN: u32 = libc::MSG_FASTOPEN as u32;
/// What is answered to a call that is refused.
const REFUSE: Answer = Answer::Fails(Errno::EPERM);

/// What sockets may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sockets {
    /// Those of the program's own network, or of the host's when that is shared.
    Network,
    /// On the host's network without a namespace, everything but sockets that are files or names of this host.
    Internet,
    /// On the host's network without a namespace, TCP to what Landlock lets through and nothing else.
    TcpOnly,
    /// None that reach another process.
    None,
}

/// What a program of a profile may not call, when it may reach this.
pub(super) fn refusals(profile: Profile, sockets: Sockets) -> Rules {
    let mut rules = Rules::default();
    for call in REFUSED {
        rules.always(*call, REFUSE);
    }
    if profile == Profile::Standard {
        for call in REFUSED_UNLESS_NESTED {
            rules.always(*call, REFUSE);
        }
        let namespaces = NAMESPACE_FLAGS.iter().fold(0, |all, flag| all | flag.cast_unsigned());
        rules.when(libc::SYS_clone, &[(0, HasAny(namespaces))], REFUSE);
        rules.always(libc::SYS_clone3, Answer::Fails(Errno::ENOSYS));
    }
    for request in TERMINAL_REQUESTS {
        rules.when(libc::SYS_ioctl, &[(1, Is(lower_half(request)))], REFUSE);
    }
    rules.when(libc::SYS_personality, &[(0, IsNot(0)), (0, IsNot(ASK_PERSONALITY))], REFUSE);
    rules.when(libc::SYS_seccomp, &[(1, HasAny(NEW_LISTENER))], REFUSE);
    refuse_sockets(&mut rules, sockets);
    if sockets != Sockets::Network {
        refuse_neighbours(&mut rules);
    }
    rules
}

/// Refuses them from here on, and for everything that is started.
pub(super) fn apply(profile: Profile, sockets: Sockets) -> Tried<()> {
    refusals(profile, sockets).install().during(Stage::Seccomp, "").map(drop)
}

/// Calls that reach other processes of the same user, where no namespace keeps them apart.
fn refuse_neighbours(rules: &mut Rules) {
    for call in [libc::SYS_shmget, libc::SYS_msgget, libc::SYS_semget, libc::SYS_mq_open] {
        rules.always(call, REFUSE);
    }
    // 0 is whoever asks.
    for (call, argument) in [
        (libc::SYS_prlimit64, 0),
        (libc::SYS_setpriority, 1),
        (libc::SYS_ioprio_set, 1),
        (libc::SYS_sched_setscheduler, 0),
        (libc::SYS_sched_setparam, 0),
        (libc::SYS_sched_setattr, 0),
    ] {
        rules.when(call, &[(argument, IsNot(0))], REFUSE);
    }
}

fn refuse_sockets(rules: &mut Rules, sockets: Sockets) {
    let not_family = |family: i32| -> Condition { (0, IsNot(family.cast_unsigned())) };
    match sockets {
        Sockets::Network => rules.when(libc::SYS_socket, &SOCKET_FAMILIES.map(not_family), REFUSE),
        Sockets::None => rules.always(libc::SYS_socket, REFUSE),
        Sockets::Internet => {
            let families = [libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK];
            rules.when(libc::SYS_socket, &families.map(not_family), REFUSE);
        }
        Sockets::TcpOnly => {
            let kind = !(libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK).cast_unsigned();
            rules.when(libc::SYS_socket, &[not_family(libc::AF_INET)], REFUSE);
            let stream = libc::SOCK_STREAM.cast_unsigned();
            // One rule for each kind that is not a stream: a filter has no "is not, under a mask".
            for other in (0..=kind & 0xf).filter(|other| *other != stream) {
                rules.when(libc::SYS_socket, &[(1, Masked(kind, other))], REFUSE);
            }
            let tcp = libc::IPPROTO_TCP.cast_unsigned();
            rules.when(libc::SYS_socket, &[(2, IsNot(0)), (2, IsNot(tcp))], REFUSE);
            for (call, argument) in [(libc::SYS_sendto, 3), (libc::SYS_sendmsg, 2), (libc::SYS_sendmmsg, 3)] {
                rules.when(call, &[(argument, HasAny(FAST_OPEN))], REFUSE);
            }
        }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "it is what the host looks at")]
const fn lower_half(value: u64) -> u32 {
    value as u32
}
