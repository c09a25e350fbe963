//! What a waiting process points to, and where its paths begin.

use super::MAX_PATH_BYTES;
use nix::{
    errno::Errno,
    fcntl::{OFlag, OpenHow, ResolveFlag, openat2},
    libc,
    sys::uio::{RemoteIoVec, process_vm_readv},
    unistd::Pid,
};
use std::{
    fs::{self, File},
    io::IoSliceMut,
    os::{fd::OwnedFd, unix::fs::FileExt},
    path::{Path, PathBuf},
};

/// Text is read in pieces that end where a page does, since the next one may not be there.
const PAGE_BYTES: u64 = 4096;

/// How much is read at first; most paths are shorter.
const FIRST_BYTES: usize = 256;

/// A process that waits for us.
#[derive(Clone, Copy, Debug)]
pub(super) struct Process {
    host_pid: i32,
}

impl Process {
    pub(super) fn new(host_pid: i32) -> Process {
        Process { host_pid }
    }

    /// Text that ends with a zero, as far as it is taken.
    pub(super) fn text(&self, address: u64) -> Option<String> {
        let mut piece = [0; PAGE_BYTES as usize];
        let mut bytes = Vec::new();
        while bytes.len() < MAX_PATH_BYTES {
            let at = address.checked_add(bytes.len() as u64)?;
            let to_page_end = usize::try_from(PAGE_BYTES - at % PAGE_BYTES).ok()?;
            let wanted = if bytes.is_empty() { to_page_end.min(FIRST_BYTES) } else { to_page_end };
            let count = self.read(at, &mut piece[..wanted]).filter(|count| *count > 0)?;
            match piece[..count].iter().position(|byte| *byte == 0) {
                Some(end) => {
                    bytes.extend_from_slice(&piece[..end]);
                    break;
                }
                None => bytes.extend_from_slice(&piece[..count]),
            }
        }
        bytes.truncate(MAX_PATH_BYTES);
        Some(
            String::from_utf8(bytes)
                .unwrap_or_else(|why| String::from_utf8_lossy(why.as_bytes()).into_owned()),
        )
    }

    /// Bytes, exactly as many.
    pub(super) fn bytes(&self, address: u64, buffer: &mut [u8]) -> bool {
        self.read(address, buffer) == Some(buffer.len())
    }

    /// In one call where the host has it.
    #[allow(clippy::cast_possible_truncation, reason = "an address of this host's is a usize")]
    fn read(&self, address: u64, buffer: &mut [u8]) -> Option<usize> {
        let there = [RemoteIoVec { base: address as usize, len: buffer.len() }];
        let read = process_vm_readv(Pid::from_raw(self.host_pid), &mut [IoSliceMut::new(buffer)], &there);
        match read {
            Err(Errno::ENOSYS) => {
                let memory = File::open(format!("/proc/{}/mem", self.host_pid)).ok()?;
                memory.read_at(buffer, address).ok()
            }
            read => read.ok(),
        }
    }

    /// A path as the process means it, absolute in its view. `folder` is a descriptor of the process.
    pub(super) fn path(&self, folder: i32, address: u64) -> Option<String> {
        let text = self.text(address)?;
        if text.starts_with('/') {
            return Some(text);
        }
        let folder = match folder {
            libc::AT_FDCWD => format!("/proc/{}/cwd", self.host_pid),
            descriptor => format!("/proc/{}/fd/{descriptor}", self.host_pid),
        };
        let folder = fs::read_link(folder).unwrap_or_else(|_| PathBuf::from("?"));
        let joined = if text.is_empty() { folder } else { folder.join(text) };
        Some(joined.to_string_lossy().into_owned())
    }

    /// The root of what the process sees.
    pub(super) fn root(&self) -> Option<OwnedFd> {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let root = format!("/proc/{}/root", self.host_pid);
        nix::fcntl::open(Path::new(&root), flags, nix::sys::stat::Mode::empty()).ok()
    }
}

/// Whether a path leads to something beneath a root; `None` when that cannot be found out.
pub(super) fn is_there(root: &OwnedFd, path: &str) -> Option<bool> {
    let how = OpenHow::new()
        .flags(OFlag::O_PATH | OFlag::O_CLOEXEC)
        .resolve(ResolveFlag::RESOLVE_IN_ROOT | ResolveFlag::RESOLVE_NO_MAGICLINKS);
    match openat2(root, path.trim_start_matches('/'), how) {
        Ok(_) => Some(true),
        Err(Errno::ENOENT | Errno::ENOTDIR) => Some(path == "/"),
        Err(_) => None,
    }
}
