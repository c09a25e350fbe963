//! What a call is about, from its number and its arguments.

use super::{Act, Observed, filter::WRITING, memory::Process, notify::Question};
use nix::libc;
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::{SystemTime, UNIX_EPOCH},
};

/// Longest address of a socket, bytes (`struct sockaddr_un`).
const MAX_ADDRESS_BYTES: usize = 110;

/// Where paths and flags are among the arguments: folder and path, maybe a second pair.
struct Shape {
    act: Act,
    path: (Option<usize>, usize),
    other: Option<(Option<usize>, usize)>,
}

const fn shape(act: Act, path: (Option<usize>, usize)) -> Shape {
    Shape { act, path, other: None }
}

fn shape_of(question: &Question) -> Option<Shape> {
    let writes = |flags: u64| if flags & WRITING != 0 { Act::Write } else { Act::Read };
    let arguments = &question.arguments;
    let both = |act, path, other| Shape { act, path, other: Some(other) };
    Some(match question.number {
        libc::SYS_openat => shape(writes(arguments[2]), (Some(0), 1)),
        libc::SYS_openat2 => shape(Act::Read, (Some(0), 1)),
        libc::SYS_execve => shape(Act::Execute, (None, 0)),
        libc::SYS_execveat => shape(Act::Execute, (Some(0), 1)),
        libc::SYS_renameat | libc::SYS_renameat2 => both(Act::Rename, (Some(0), 1), (Some(2), 3)),
        libc::SYS_unlinkat if arguments[2] & libc::AT_REMOVEDIR as u64 != 0 => {
            shape(Act::RemoveFolder, (Some(0), 1))
        }
        libc::SYS_unlinkat => shape(Act::Remove, (Some(0), 1)),
        libc::SYS_mkdirat => shape(Act::MakeFolder, (Some(0), 1)),
        libc::SYS_linkat => both(Act::Link, (Some(0), 1), (Some(2), 3)),
        libc::SYS_symlinkat => shape(Act::Link, (Some(1), 2)),
        libc::SYS_truncate => shape(Act::Truncate, (None, 0)),
        libc::SYS_fchmodat | libc::SYS_fchownat => shape(Act::Permissions, (Some(0), 1)),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_open => shape(writes(arguments[1]), (None, 0)),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_creat => shape(Act::Write, (None, 0)),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_rename => both(Act::Rename, (None, 0), (None, 1)),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_unlink => shape(Act::Remove, (None, 0)),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_rmdir => shape(Act::RemoveFolder, (None, 0)),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_mkdir => shape(Act::MakeFolder, (None, 0)),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_link => both(Act::Link, (None, 0), (None, 1)),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_symlink => shape(Act::Link, (None, 1)),
        #[cfg(target_arch = "x86_64")]
        libc::SYS_chmod | libc::SYS_chown | libc::SYS_lchown => shape(Act::Permissions, (None, 0)),
        _ => return None,
    })
}

/// What a call on files is about; `None` when it is about nothing that can be read.
pub(super) fn of_file(question: &Question, process: Process) -> Option<Observed> {
    let Shape { mut act, path, other } = shape_of(question)?;
    #[allow(clippy::cast_possible_truncation, reason = "the host takes the lower half of a descriptor, too")]
    let read = |(folder, path): (Option<usize>, usize)| {
        let folder = folder.map_or(libc::AT_FDCWD, |place| question.arguments[place] as i32);
        process.path(folder, question.arguments[path])
    };
    if question.number == libc::SYS_openat2 {
        let mut flags = [0; 8];
        if process.bytes(question.arguments[2], &mut flags) && u64::from_ne_bytes(flags) & WRITING != 0 {
            act = Act::Write;
        }
    }
    let object = read(path)?;
    let other = other.and_then(read);
    Some(observed(question.host_pid, act, object, other))
}

pub(super) fn observed(host_pid: i32, act: Act, object: String, other: Option<String>) -> Observed {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let at_millis = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    Observed { host_pid, act, object, other, is_there: None, at_millis, dropped_before: 0 }
}

/// Where somebody wants to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    Net(SocketAddr),
    /// A path, or a name behind `@`.
    Unix(String),
    /// Of another family, or none: a socket of datagrams that forgets whom it was connected to.
    Other,
}

/// The address of a `connect` or a `sendto`.
pub(super) fn address(question: &Question, process: Process) -> Option<Address> {
    let place = if question.number == libc::SYS_sendto { 4 } else { 1 };
    let len = usize::try_from(question.arguments[place + 1]).ok()?.min(MAX_ADDRESS_BYTES);
    let mut bytes = [0; MAX_ADDRESS_BYTES];
    let bytes = &mut bytes[..len];
    process.bytes(question.arguments[place], bytes).then(|| parse_address(bytes))
}

/// What a socket would be for that is no socket of connections or datagrams.
pub(super) fn packets(question: &Question) -> &'static str {
    match i32::try_from(question.arguments[2]) {
        Ok(libc::IPPROTO_ICMP | libc::IPPROTO_ICMPV6) => "icmp",
        _ => "raw packets",
    }
}

fn parse_address(bytes: &[u8]) -> Address {
    let parse = || -> Option<Address> {
        let (family, rest) = bytes.split_first_chunk::<2>()?;
        match i32::from(u16::from_ne_bytes(*family)) {
            libc::AF_INET => {
                let (port, rest) = rest.split_first_chunk::<2>()?;
                let ip = Ipv4Addr::from(*rest.first_chunk::<4>()?);
                Some(Address::Net(SocketAddr::new(IpAddr::V4(ip), u16::from_be_bytes(*port))))
            }
            libc::AF_INET6 => {
                let (port, rest) = rest.split_first_chunk::<2>()?;
                // Flow information lies between.
                let ip = Ipv6Addr::from(*rest.get(4..)?.first_chunk::<16>()?);
                Some(Address::Net(SocketAddr::new(IpAddr::V6(ip), u16::from_be_bytes(*port))))
            }
            libc::AF_UNIX => {
                let (mark, name) = match rest.split_first()? {
                    (0, name) => ("@", name),
                    _ => ("", rest),
                };
                let name = name.split(|byte| *byte == 0).next().unwrap_or(name);
                Some(Address::Unix(format!("{mark}{}", String::from_utf8_lossy(name))))
            }
            _ => None,
        }
    };
    parse().unwrap_or(Address::Other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_the_host_writes_them() {
        let v4 = [2, 0, 1, 187, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(parse_address(&v4), Address::Net("1.2.3.4:443".parse().unwrap()));
        let mut v6 = vec![10, 0, 0, 53, 0, 0, 0, 0];
        v6.extend(Ipv6Addr::LOCALHOST.octets());
        assert_eq!(parse_address(&v6), Address::Net("[::1]:53".parse().unwrap()));
        assert_eq!(parse_address(b"\x01\0/run/x\0junk"), Address::Unix("/run/x".into()));
        assert_eq!(parse_address(b"\x01\0\0name"), Address::Unix("@name".into()));
        for broken in [&b""[..], b"\x02", b"\x02\0\x01", b"\0\0", b"\xff\xff\xff\xff"] {
            assert_eq!(parse_address(broken), Address::Other, "{broken:?}");
        }
    }
}
