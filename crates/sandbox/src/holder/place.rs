//! Where a holder is found: its socket in the holders' folder. The folder is kept open, so it is the same one
//! also when it was moved, and a path of any length fits into a socket's address.

use super::socket_name;
use nix::{
    errno::Errno,
    fcntl::{AtFlags, OFlag, open},
    sys::{
        socket::{AddressFamily, SockFlag, SockType, UnixAddr, connect, socket},
        stat::{Mode, fstatat, umask},
    },
    unistd::{UnlinkatFlags, unlinkat},
};
use std::{
    io,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::net::{UnixListener, UnixStream},
    },
    path::Path,
};

/// The folder of the sockets.
#[derive(Debug)]
pub(super) struct Folder(OwnedFd);

impl Folder {
    pub(super) fn open(path: &Path) -> io::Result<Folder> {
        let flags = OFlag::O_DIRECTORY | OFlag::O_PATH | OFlag::O_CLOEXEC;
        Ok(Folder(open(path, flags, Mode::empty())?))
    }

    /// The host's own name for what lies in the folder that is open.
    fn path_of(&self, name: &str) -> String {
        format!("/proc/self/fd/{}/{name}", self.0.as_raw_fd())
    }

    /// Does not wait for a holder that has stopped taking guests.
    pub(super) fn connect(&self, id: &str) -> io::Result<UnixStream> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let socket = socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
        connect(socket.as_raw_fd(), &UnixAddr::new(self.path_of(&socket_name(id)).as_str())?)?;
        let stream = UnixStream::from(socket);
        stream.set_nonblocking(false)?;
        Ok(stream)
    }

    pub(super) fn remove(&self, id: &str) {
        // Gone already is as good.
        let _ = unlinkat(&self.0, socket_name(id).as_str(), UnlinkatFlags::NoRemoveDir);
    }

    fn inode_of(&self, name: &str) -> Result<(u64, u64), Errno> {
        let stat = fstatat(&self.0, name, AtFlags::AT_SYMLINK_NOFOLLOW)?;
        Ok((stat.st_dev, stat.st_ino))
    }
}

/// A holder's own socket.
#[derive(Debug)]
pub(super) struct Place {
    folder: Folder,
    id: String,
    inode: (u64, u64),
}

impl Place {
    /// Makes the socket, for this user only. The caller has one thread: the mask for new files is changed.
    pub(super) fn take(folder: &Path, id: &str) -> io::Result<(Place, UnixListener)> {
        let folder = Folder::open(folder)?;
        let mask = umask(Mode::from_bits_retain(0o177));
        let bound = UnixListener::bind(folder.path_of(&socket_name(id)));
        umask(mask);
        let listener = bound?;
        listener.set_nonblocking(true)?;
        let inode = folder.inode_of(&socket_name(id))?;
        Ok((Place { folder, id: id.to_owned(), inode }, listener))
    }

    /// Whether the socket can still be found.
    pub(super) fn is_there(&self) -> bool {
        self.folder.inode_of(&socket_name(&self.id)) == Ok(self.inode)
    }

    pub(super) fn remove(&self) {
        if self.is_there() {
            self.folder.remove(&self.id);
        }
    }
}
