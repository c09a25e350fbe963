//! What a waiting process points to, and where its paths begin.

use super::MAX_PATH_BYTES;
use nix::{
    errno::Errno,
    fcntl::{OFlag, OpenHow, ResolveFlag, openat2},
    libc,
};
use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

/// Text is read in pieces that end where a page does, since the next one may not be there.
const PAGE_BYTES: u64 = 4096;

/// A process that waits for us.
pub(super) struct Process {
    host_pid: i32,
    memory: File,
}

impl Process {
    pub(super) fn open(host_pid: i32) -> Option<Process> {
        let memory = File::open(format!("/proc/{host_pid}/mem")).ok()?;
        Some(Process { host_pid, memory })
    }

    /// Text that ends with a zero, as far as it is taken.
    pub(super) fn text(&self, address: u64) -> Option<String> {
        let mut bytes = Vec::new();
        while bytes.len() < MAX_PATH_BYTES {
            let at = address.checked_add(bytes.len() as u64)?;
            let mut piece = [0; PAGE_BYTES as usize];
            let len = usize::try_from(PAGE_BYTES - at % PAGE_BYTES).ok()?;
            let count = self.memory.read_at(&mut piece[..len], at).ok().filter(|count| *count > 0)?;
            match piece[..count].iter().position(|byte| *byte == 0) {
                Some(end) => {
                    bytes.extend_from_slice(&piece[..end]);
                    break;
                }
                None => bytes.extend_from_slice(&piece[..count]),
            }
        }
        bytes.truncate(MAX_PATH_BYTES);
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Bytes, exactly as many.
    pub(super) fn bytes(&self, address: u64, buffer: &mut [u8]) -> bool {
        self.memory.read_exact_at(buffer, address).is_ok()
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

    /// Whether a path leads to something in the view of the process; `None` when that cannot be found out.
    pub(super) fn is_there(&self, path: &str) -> Option<bool> {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let root = nix::fcntl::open(
            Path::new(&format!("/proc/{}/root", self.host_pid)),
            flags,
            nix::sys::stat::Mode::empty(),
        );
        let how = OpenHow::new()
            .flags(OFlag::O_PATH | OFlag::O_CLOEXEC)
            .resolve(ResolveFlag::RESOLVE_IN_ROOT | ResolveFlag::RESOLVE_NO_MAGICLINKS);
        match openat2(root.ok()?, path.trim_start_matches('/'), how) {
            Ok(_) => Some(true),
            Err(Errno::ENOENT | Errno::ENOTDIR) => Some(path == "/"),
            Err(_) => None,
        }
    }
}
