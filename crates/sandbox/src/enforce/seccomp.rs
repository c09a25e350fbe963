//! Which system calls a program may not make. A list of what is refused, since programs need hundreds and new ones
//! every year; view, namespaces and Landlock hold where the list does not reach.
//!
//! Three filters, because each has one answer: `EPERM` for what is refused, `ENOSYS` for what has an older form that
//! can be judged (`clone3` keeps its flags in memory, where a filter cannot look), and death for calls in the numbers
//! of another architecture, which would go around all of it.

use super::trouble::{Tried, Trouble};
use crate::{Profile, Stage};
use nix::{errno::Errno, libc};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen::Dword, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};
use std::collections::BTreeMap;

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
const ASK_PERSONALITY: u64 = 0xffff_ffff;
/// A listener of the program's own would hear its calls in place of ours.
const NEW_LISTENER: u64 = 8;
/// Connects without `connect`.
const FAST_OPEN: u64 = libc::MSG_FASTOPEN as u64;

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

/// The filters, ready to be put in place.
#[derive(Debug)]
pub(super) struct Filters(Vec<BpfProgram>);

impl Filters {
    /// For a profile and what may be reached.
    pub(super) fn new(profile: Profile, sockets: Sockets) -> Tried<Filters> {
        let mut refused = Rules::default();
        for call in REFUSED {
            refused.always(*call);
        }
        if profile == Profile::Standard {
            for call in REFUSED_UNLESS_NESTED {
                refused.always(*call);
            }
            for flag in NAMESPACE_FLAGS {
                let flag = u64::from(flag.cast_unsigned());
                refused.when(libc::SYS_clone, &[(0, SeccompCmpOp::MaskedEq(flag), flag)]);
            }
        }
        for request in TERMINAL_REQUESTS {
            refused.when(libc::SYS_ioctl, &[(1, SeccompCmpOp::Eq, request)]);
        }
        refused
            .when(libc::SYS_personality, &[(0, SeccompCmpOp::Ne, 0), (0, SeccompCmpOp::Ne, ASK_PERSONALITY)]);
        refused.when(libc::SYS_seccomp, &[(1, SeccompCmpOp::MaskedEq(NEW_LISTENER), NEW_LISTENER)]);
        refuse_sockets(&mut refused, sockets);
        if sockets != Sockets::Network {
            refuse_neighbours(&mut refused);
        }

        let mut unknown = Rules::default();
        if profile == Profile::Standard {
            unknown.always(libc::SYS_clone3);
        }
        let mut filters = vec![foreign_numbers(), refused.compile(Errno::EPERM)?];
        if !unknown.0.is_empty() {
            filters.push(unknown.compile(Errno::ENOSYS)?);
        }
        Ok(Filters(filters))
    }

    /// From here on, and for everything that is started. Sets `no_new_privs`, without which nobody may.
    pub(super) fn apply(&self) -> Tried<()> {
        for program in &self.0 {
            seccompiler::apply_filter(program)
                .map_err(|why| Trouble::new(Stage::Seccomp, Errno::last(), why))?;
        }
        Ok(())
    }
}

/// Calls that reach other processes of the same user, where no namespace keeps them apart.
fn refuse_neighbours(refused: &mut Rules) {
    for call in [libc::SYS_shmget, libc::SYS_msgget, libc::SYS_semget, libc::SYS_mq_open] {
        refused.always(call);
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
        refused.when(call, &[(argument, SeccompCmpOp::Ne, 0)]);
    }
}

fn refuse_sockets(refused: &mut Rules, sockets: Sockets) {
    let not_family = |family: i32| (0, SeccompCmpOp::Ne, u64::from(family.cast_unsigned()));
    match sockets {
        Sockets::Network => refused.when(libc::SYS_socket, &SOCKET_FAMILIES.map(not_family)),
        Sockets::None => refused.always(libc::SYS_socket),
        Sockets::Internet => {
            let families = [libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK];
            refused.when(libc::SYS_socket, &families.map(not_family));
        }
        Sockets::TcpOnly => {
            let kind = u64::from((libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK).cast_unsigned());
            let kind = u64::from(u32::MAX) & !kind;
            refused.when(libc::SYS_socket, &[not_family(libc::AF_INET)]);
            let stream = libc::SOCK_STREAM as u64;
            // One rule for each kind that is not a stream: a filter has no "is not, under a mask".
            for other in (0..=kind & 0xf).filter(|other| *other != stream) {
                refused.when(libc::SYS_socket, &[(1, SeccompCmpOp::MaskedEq(kind), other)]);
            }
            let tcp = libc::IPPROTO_TCP as u64;
            refused.when(libc::SYS_socket, &[(2, SeccompCmpOp::Ne, 0), (2, SeccompCmpOp::Ne, tcp)]);
            for (call, argument) in [(libc::SYS_sendto, 3), (libc::SYS_sendmsg, 2), (libc::SYS_sendmmsg, 3)] {
                refused.when(call, &[(argument, SeccompCmpOp::MaskedEq(FAST_OPEN), FAST_OPEN)]);
            }
        }
    }
}

/// Calls and when they are meant.
#[derive(Default)]
struct Rules(BTreeMap<i64, Vec<SeccompRule>>);

impl Rules {
    fn always(&mut self, call: libc::c_long) {
        self.0.insert(call, Vec::new());
    }

    /// When all of these hold: the argument's place, how it is compared, with what. Arguments are compared in their
    /// lower half, which is all that the host looks at for each of these calls.
    fn when(&mut self, call: libc::c_long, conditions: &[(u8, SeccompCmpOp, u64)]) {
        let conditions = conditions.iter().filter_map(|(argument, how, value)| {
            SeccompCondition::new(*argument, Dword, how.clone(), *value).ok()
        });
        // Fails only without conditions, or for a seventh argument.
        if let Ok(rule) = SeccompRule::new(conditions.collect()) {
            self.0.entry(call).or_default().push(rule);
        }
    }

    fn compile(self, answer: Errno) -> Tried<BpfProgram> {
        let refuse = |why: String| Trouble::new(Stage::Seccomp, Errno::EINVAL, why);
        let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(|why| refuse(why.to_string()))?;
        let answer = SeccompAction::Errno(answer as u32);
        let filter = SeccompFilter::new(self.0, SeccompAction::Allow, answer, arch);
        let filter = filter.map_err(|why| refuse(why.to_string()))?;
        filter.try_into().map_err(|why: seccompiler::BackendError| refuse(why.to_string()))
    }
}

/// Ends a process that calls by the numbers of another architecture: on x86-64 those of x32, which have a bit set
/// and are otherwise the same calls. (The other filters end a process that calls as a 32-bit program.)
fn foreign_numbers() -> BpfProgram {
    const LOAD_NUMBER: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    const AT_LEAST: u16 = (libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K) as u16;
    const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    /// `-1` stays a call that does not exist.
    const X32: u32 = 0x4000_0000;
    let step = |code, jt, jf, k| seccompiler::sock_filter { code, jt, jf, k };
    let first_foreign = if cfg!(target_arch = "x86_64") { X32 } else { u32::MAX };
    vec![
        step(LOAD_NUMBER, 0, 0, 0),
        step(AT_LEAST, 0, 2, first_foreign),
        step(AT_LEAST, 1, 0, u32::MAX),
        step(RETURN, 0, 0, libc::SECCOMP_RET_KILL_PROCESS),
        step(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_compiles_within_the_hosts_bound() {
        for profile in [Profile::Standard, Profile::Nested] {
            for sockets in [Sockets::Network, Sockets::Internet, Sockets::TcpOnly, Sockets::None] {
                let filters = Filters::new(profile, sockets).unwrap();
                assert!(filters.0.iter().all(|program| program.len() <= 4096), "{profile:?} {sockets:?}");
            }
        }
    }
}
