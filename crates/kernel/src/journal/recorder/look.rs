//! What lies at a path right now, as the journal says it.

use crate::{
    blob::Digest,
    journal::State,
    vfs::{Kind, LastLink, Mounts, OpenFile, OpenOptions, Resolved, Stat, VPath},
};
use abi::{Errno, SysResult};

/// Files up to this are read for their digest; beyond, length and time have to do. Bytes.
const MAX_DIGEST_BYTES: u64 = 64 * 1024 * 1024;
const CHUNK_BYTES: usize = 256 * 1024;

/// What was seen.
pub(in crate::journal) struct Look {
    pub(in crate::journal) state: State,
    /// All of the file, where it is small enough to be kept.
    pub(in crate::journal) content: Option<Vec<u8>>,
    /// It does not outlive the boot.
    pub(in crate::journal) is_volatile: bool,
}

/// Looks; files of at most `max_content_bytes` are read whole. Links on the way are followed, one at the end
/// is the object itself.
pub(in crate::journal) fn look(mounts: &Mounts, path: &VPath, max_content_bytes: u64) -> Look {
    let mut is_volatile = false;
    let seen = mounts.resolve(path, LastLink::Keep).and_then(|object| {
        is_volatile = object.is_instant();
        let facts = mounts.stat(&object)?;
        // Nothing of it is there after a restart, and nobody shall wait for what is only in memory.
        let max_content_bytes = if is_volatile { 0 } else { max_content_bytes };
        of(mounts, &object, &facts, max_content_bytes)
    });
    let (state, content) = match seen {
        Ok(seen) => seen,
        Err(why) if matches!(why.errno, Errno::ENOENT | Errno::ENOTDIR) => (State::Absent, None),
        Err(why) => (State::Unreadable(why.to_string()), None),
    };
    Look { state, content, is_volatile }
}

fn of(
    mounts: &Mounts,
    object: &Resolved,
    facts: &Stat,
    max_content_bytes: u64,
) -> SysResult<(State, Option<Vec<u8>>)> {
    Ok(match facts.kind {
        Kind::Directory => (State::Folder, None),
        Kind::Symlink => (State::Link(mounts.read_link(object)?), None),
        Kind::Other => (State::Other, None),
        Kind::File if facts.len_bytes <= max_content_bytes => {
            let content = mounts.read_all(object, max_content_bytes)?;
            (State::of(&content), Some(content))
        }
        Kind::File if facts.len_bytes <= MAX_DIGEST_BYTES && !object.is_instant() => {
            let (digest, len_bytes) = digest(&mounts.open(object, OpenOptions::READ)?)?;
            (State::File { digest, len_bytes }, None)
        }
        Kind::File => {
            let (len_bytes, modified_millis) = (facts.len_bytes, facts.modified_millis);
            (State::Large { len_bytes, modified_millis }, None)
        }
    })
}

/// The digest of a file and how many bytes it is of, which are no more than a few over the bound.
fn digest(file: &OpenFile) -> SysResult<(Digest, u64)> {
    let (mut hasher, mut offset) = (blake3::Hasher::new(), 0_u64);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = file.read_at(offset, &mut chunk)?;
        hasher.update(&chunk[..read]);
        offset += read as u64;
        if read == 0 || offset > MAX_DIGEST_BYTES {
            return Ok((hasher.finalize().into(), offset));
        }
    }
}
