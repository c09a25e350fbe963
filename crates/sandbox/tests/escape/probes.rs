//! The attempts themselves: each does one thing that a program in isolation must not be able to do, and says how far
//! it came. They run inside, and most of them also outside, where they have to succeed.

use nix::{errno::Errno, libc};
use std::{
    ffi::CString,
    fs,
    io::{self, Read, Write},
    net::{TcpStream, UdpSocket},
    os::{
        fd::{AsRawFd, FromRawFd, OwnedFd},
        unix::net::UnixStream,
    },
    ptr,
    time::Duration,
};

/// What an attempt came to.
pub(crate) type Outcome = Result<String, Errno>;

/// An attempt with a name.
pub(crate) struct Probe {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&str) -> Outcome,
}

const fn probe(name: &'static str, run: fn(&str) -> Outcome) -> Probe {
    Probe { name, run }
}

/// All of them, by name. The argument is what an attempt is about, such as a path or a port.
pub(crate) const ALL: &[Probe] = &[
    probe("read", |path| said(fs::read_to_string(path))),
    probe("list", |path| said(fs::read_dir(path).map(|all| all.count().to_string()))),
    probe("write", |path| said(fs::write(path, "escaped").map(|()| String::new()))),
    probe("read through a link", |path| {
        // Inside, a folder that was granted; outside, one for everybody.
        let is_inside = fs::exists("/home/granted").unwrap_or(false);
        let at = format!("{}/link-{}", if is_inside { "/home" } else { "/tmp" }, std::process::id());
        let at = at.as_str();
        std::os::unix::fs::symlink(path, at).map_err(errno)?;
        let read = said(fs::read_to_string(at));
        let _ = fs::remove_file(at);
        read
    }),
    probe("read up from a descriptor", |path| {
        let here = fs::File::open(".").map_err(errno)?;
        let up = format!("/proc/self/fd/{}/{}{path}", here.as_raw_fd(), "../".repeat(40));
        said(fs::read_to_string(up))
    }),
    probe("tcp", |address| {
        let address = address.parse().map_err(|_| Errno::EINVAL)?;
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2)).map_err(errno)?;
        stream.set_read_timeout(Some(Duration::from_secs(2))).map_err(errno)?;
        let mut text = String::new();
        said(stream.read_to_string(&mut text).map(|_| text))
    }),
    probe("udp", |address| {
        let socket = UdpSocket::bind("0.0.0.0:0").map_err(errno)?;
        socket.set_read_timeout(Some(Duration::from_millis(500))).map_err(errno)?;
        socket.send_to(b"hello", address).map_err(errno)?;
        let mut answer = [0; 64];
        said(socket.recv(&mut answer).map(|count| String::from_utf8_lossy(&answer[..count]).into_owned()))
    }),
    probe("unix", |path| hear(UnixStream::connect(path))),
    probe("abstract", |name| {
        let address =
            <std::os::unix::net::SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(name);
        hear(address.and_then(|address| UnixStream::connect_addr(&address)))
    }),
    probe("socket", |numbers| {
        let mut numbers = numbers.split(' ').map(|each| each.parse::<i32>().unwrap_or(-1));
        let mut next = || numbers.next().unwrap_or(0);
        // SAFETY: plain numbers.
        call(unsafe { libc::syscall(libc::SYS_socket, next(), next(), next()) })
    }),
    probe("user namespace", |_| {
        in_child(|| call(unsafe { libc::syscall(libc::SYS_unshare, libc::CLONE_NEWUSER) }))
    }),
    probe("user namespace by clone", |_| {
        // SAFETY: as fork; the child ends at once.
        let child = unsafe {
            libc::syscall(libc::SYS_clone, libc::CLONE_NEWUSER as u64 | libc::SIGCHLD as u64, 0, 0, 0, 0)
        };
        ended(child)
    }),
    probe("user namespace by clone3", |_| {
        // SAFETY: numbers only, zero is nothing.
        let mut arguments: libc::clone_args = unsafe { std::mem::zeroed() };
        arguments.flags = libc::CLONE_NEWUSER as u64;
        arguments.exit_signal = libc::SIGCHLD as u64;
        // SAFETY: as fork; the child ends at once.
        ended(unsafe { libc::syscall(libc::SYS_clone3, &raw const arguments, size_of::<libc::clone_args>()) })
    }),
    probe("mount in a namespace of its own", |_| {
        in_child(|| {
            call(unsafe { libc::syscall(libc::SYS_unshare, libc::CLONE_NEWUSER | libc::CLONE_NEWNS) })?;
            mount_something()
        })
    }),
    probe("mount", |_| mount_something()),
    probe("file system by descriptor", |_| {
        call(unsafe { libc::syscall(libc::SYS_fsopen, c"tmpfs".as_ptr(), 0) })
    }),
    probe("copy of a mount", |_| call(unsafe { libc::syscall(libc::SYS_open_tree, -100, c"/".as_ptr(), 1) })),
    probe("enter a namespace", |_| {
        let own = fs::File::open("/proc/self/ns/uts").map_err(errno)?;
        call(unsafe { libc::syscall(libc::SYS_setns, own.as_raw_fd(), 0) })
    }),
    probe("change the root", |_| {
        in_child(|| call(unsafe { libc::syscall(libc::SYS_chroot, c"/usr".as_ptr()) }))
    }),
    probe("host name", |_| {
        let mut name = [0_u8; 64];
        // SAFETY: the buffer lives through both calls; the name that is set is the one that is there.
        unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len()) };
        let len = name.iter().position(|byte| *byte == 0).unwrap_or(0);
        call(unsafe { libc::syscall(libc::SYS_sethostname, name.as_ptr(), len) })
    }),
    probe("trace a child", |_| in_child(|| call(unsafe { libc::syscall(libc::SYS_ptrace, 0, 0, 0, 0) }))),
    probe("memory of another process", |pid| {
        let pid: i32 = pid.parse().map_err(|_| Errno::EINVAL)?;
        let mut byte = 0_u8;
        let (local, remote) = (
            libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 },
            libc::iovec { iov_base: address_in(pid).ok_or(Errno::EACCES)? as *mut _, iov_len: 1 },
        );
        // SAFETY: the host checks the other process's address; ours is a live byte.
        call(unsafe {
            libc::syscall(libc::SYS_process_vm_readv, pid, &raw const local, 1, &raw const remote, 1, 0)
        })
    }),
    probe("bpf", |_| {
        // An array of one number: type 2, key 4 bytes, value 4 bytes, 1 entry.
        let map: [u32; 16] = [2, 4, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        call(unsafe { libc::syscall(libc::SYS_bpf, 0, map.as_ptr(), size_of_val(&map)) })
    }),
    probe("keys", |_| call(unsafe { libc::syscall(libc::SYS_keyctl, 0, -3, 1) })),
    probe("page faults", |_| call(unsafe { libc::syscall(libc::SYS_userfaultfd, 1) })),
    probe("io_uring", |_| {
        let mut parameters = [0_u8; 120];
        call(unsafe { libc::syscall(libc::SYS_io_uring_setup, 1, parameters.as_mut_ptr()) })
    }),
    probe("kernel log", |_| call(unsafe { libc::syscall(libc::SYS_syslog, 10, 0, 0) })),
    probe("file by handle", |_| {
        let mut handle = [0_u8; 160];
        handle[0] = 128;
        let mut mount = 0;
        call(unsafe {
            libc::syscall(
                libc::SYS_name_to_handle_at,
                -100,
                c"/".as_ptr(),
                handle.as_mut_ptr(),
                &raw mut mount,
                0,
            )
        })
    }),
    probe("words into the terminal", |_| type_into_terminal(libc::TIOCSTI)),
    // A filter that compares all 64 bits can be passed by setting one that the host ignores.
    probe("words into the terminal, upper bits set", |_| type_into_terminal(libc::TIOCSTI | 1 << 40)),
    probe("listener for system calls", |_| {
        in_child(|| {
            let program = [libc::sock_filter { code: 0x06, jt: 0, jf: 0, k: libc::SECCOMP_RET_ALLOW }];
            let program = libc::sock_fprog { len: 1, filter: program.as_ptr().cast_mut() };
            nix::sys::prctl::set_no_new_privs()?;
            call(unsafe { libc::syscall(libc::SYS_seccomp, 1, 8, &raw const program) })
        })
    }),
    probe("device file", |path| {
        let path = CString::new(path).map_err(|_| Errno::EINVAL)?;
        // The first disk of virtual machines; any number will do.
        call(unsafe {
            libc::syscall(libc::SYS_mknodat, -100, path.as_ptr(), libc::S_IFBLK | 0o600, 254 << 8)
        })
    }),
    probe("become root", |_| in_child(|| call(unsafe { libc::syscall(libc::SYS_setuid, 0) }))),
    probe("signal", |pid| call(unsafe { libc::syscall(libc::SYS_kill, pid.parse::<i32>().unwrap_or(0), 0) })),
    probe("kill", |pid| {
        call(unsafe { libc::syscall(libc::SYS_kill, pid.parse::<i32>().unwrap_or(0), libc::SIGKILL) })
    }),
    probe("shared memory of the host", |key| {
        call(unsafe { libc::syscall(libc::SYS_shmget, key.parse::<i32>().unwrap_or(0), 0, 0) })
    }),
    probe("priority over others", |_| call(unsafe { libc::syscall(libc::SYS_setpriority, 0, 0, -5) })),
    probe("status", |field| {
        let status = fs::read_to_string("/proc/self/status").map_err(errno)?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)).ok_or(Errno::ENOENT)?;
        Ok(line.trim_start_matches(':').trim().to_owned())
    }),
    #[cfg(target_arch = "x86_64")]
    probe("x32 call", |_| in_child(|| call(unsafe { libc::syscall(0x4000_0000 + 39) }))),
    #[cfg(target_arch = "x86_64")]
    probe("32-bit call", |_| {
        in_child(|| {
            let answer: i64;
            // SAFETY: `getpid` by the numbers of 32-bit programs, which touches no memory.
            unsafe { std::arch::asm!("int 0x80", inlateout("rax") 20_i64 => answer, options(nostack)) };
            call(answer)
        })
    }),
];

fn said(result: io::Result<String>) -> Outcome {
    result.map_err(errno)
}

fn errno(why: io::Error) -> Errno {
    why.raw_os_error().map_or(Errno::UnknownErrno, Errno::from_raw)
}

fn call(answer: libc::c_long) -> Outcome {
    Errno::result(answer).map(|answer| answer.to_string())
}

fn hear(stream: io::Result<UnixStream>) -> Outcome {
    let mut stream = stream.map_err(errno)?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).map_err(errno)?;
    let mut text = String::new();
    said(stream.read_to_string(&mut text).map(|_| text))
}

fn mount_something() -> Outcome {
    // SAFETY: all strings live through the call.
    call(unsafe {
        libc::syscall(libc::SYS_mount, c"none".as_ptr(), c"/tmp".as_ptr(), c"tmpfs".as_ptr(), 0, 0)
    })
}

fn type_into_terminal(request: u64) -> Outcome {
    let byte = b'x';
    // SAFETY: the byte lives through the call.
    call(unsafe { libc::syscall(libc::SYS_ioctl, 0, request, &raw const byte) })
}

/// An address that is readable in a process.
fn address_in(pid: i32) -> Option<usize> {
    if pid == 1 {
        // Not to be looked up in there; where it is does not matter to who may not look at all.
        return Some(0x1000);
    }
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
    let first = maps.lines().find(|line| line.contains("r--p"))?;
    usize::from_str_radix(first.split('-').next()?, 16).ok()
}

/// In a child, since it cannot be undone or may be the end of whoever tries.
fn in_child(attempt: impl FnOnce() -> Outcome) -> Outcome {
    let (mut reader, mut writer) = pipe();
    // SAFETY: the child makes system calls only, but for what the closure allocates; the parent has one more thread
    // of the test harness, which waits.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let number = match attempt() {
            Ok(_) => 0,
            Err(errno) => errno as i32,
        };
        let _ = writer.write_all(&number.to_le_bytes());
        // SAFETY: ends the child at once.
        unsafe { libc::_exit(0) };
    }
    drop(writer);
    let mut number = [0; 4];
    let heard = reader.read_exact(&mut number);
    let mut status = 0;
    // SAFETY: a live number.
    unsafe { libc::waitpid(child, &raw mut status, 0) };
    match (heard, i32::from_le_bytes(number)) {
        (Ok(()), 0) => Ok(String::new()),
        (Ok(()), number) => Err(Errno::from_raw(number)),
        (Err(_), _) => Ok(format!("killed by {}", libc::WTERMSIG(status))),
    }
}

fn pipe() -> (fs::File, fs::File) {
    let mut ends = [0; 2];
    // SAFETY: two live numbers, whose descriptors are then ours alone.
    unsafe {
        assert_eq!(libc::pipe(ends.as_mut_ptr()), 0);
        (OwnedFd::from_raw_fd(ends[0]).into(), OwnedFd::from_raw_fd(ends[1]).into())
    }
}

/// The child of a raw `clone` ends at once.
fn ended(child: libc::c_long) -> Outcome {
    if child == 0 {
        // SAFETY: ends the child at once.
        unsafe { libc::_exit(0) };
    }
    let answer = call(child)?;
    // SAFETY: reaps a child of ours.
    unsafe { libc::waitpid(i32::try_from(child).unwrap_or(-1), ptr::null_mut(), 0) };
    Ok(answer)
}
