//! The trash of a mount: the folder `.Trash` at its top.
//!
//! What was deleted lies in `files`; for each of these there is `info/<name>.json` with the path it had
//! and the time. The document is written first and the file moved then, both under a name that was
//! free, so whatever is interrupted leaves a document too many and never a file that nobody knows of.
//!
//! Moving is a rename, so nothing is copied and nothing crosses a mount. It refuses to put the trash or
//! something in it into itself. Nothing in here follows a link: a link in place of `.Trash` is `ELOOP`.

use super::{
    Detail, Durability, Existing, Kind, LastLink, Mounts, Resolved, Stat, VPath, path::MAX_NAME_BYTES,
};
use abi::{Errno, SysError, SysResult};
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// The folder's name.
const TRASH: &str = ".Trash";
const FILES: &str = "files";
const INFO: &str = "info";
/// Most items that are listed.
const MAX_ITEMS: usize = 10_000;
/// How many names of one kind there may be: `a.txt`, `a.txt.2` …
const MAX_SAME_NAMES: u32 = 10_000;
/// Largest document that is read, bytes.
const MAX_INFO_BYTES: u64 = 16 * 1024;
/// Names that are removed from a folder in one go.
const REMOVED_AT_ONCE: usize = 1_000;

/// What is written down about an item.
#[derive(Debug, Serialize, Deserialize)]
struct Info {
    path: String,
    deleted_millis: u64,
}

/// Something in a trash.
#[derive(Clone, Debug)]
pub struct Item {
    /// Where it is now.
    pub at: VPath,
    /// Where it was, and when it was deleted in milliseconds since 1970, if that was written down.
    pub origin: Option<(String, u64)>,
    /// What it is.
    pub stat: Stat,
}

/// The folders of one trash.
struct Trash<'a> {
    mounts: &'a Mounts,
    top: VPath,
}

/// What a path inside a trash means.
enum Place {
    /// The folder `.Trash` itself.
    Top,
    /// `files/<name>`.
    Item(String),
}

impl<'a> Trash<'a> {
    fn of_mount(mounts: &'a Mounts, object: &Resolved) -> SysResult<Self> {
        Ok(Trash { mounts, top: object.mount_point().join(TRASH)? })
    }

    /// The trash that a path lies in.
    fn around(mounts: &'a Mounts, object: &Resolved) -> SysResult<(Self, Place)> {
        let trash = Self::of_mount(mounts, object)?;
        let inner: Option<Vec<String>> =
            object.path().rebase(&trash.top).map(|path| path.components().map(str::to_owned).collect());
        let place = match inner.as_deref() {
            Some([]) => Place::Top,
            Some([files, name]) if files == FILES => Place::Item(name.clone()),
            _ => return object.refuse(Errno::EINVAL, "is neither a trash nor an item in one"),
        };
        Ok((trash, place))
    }

    fn at(&self, folder: &str, name: &str) -> SysResult<Resolved> {
        Ok(self.mounts.assume(&self.top.join(folder)?.join(name)?, LastLink::Keep))
    }

    fn file(&self, name: &str) -> SysResult<Resolved> {
        self.at(FILES, name)
    }

    fn info(&self, name: &str) -> SysResult<Resolved> {
        self.at(INFO, &format!("{name}.json"))
    }

    fn make(&self) -> SysResult<()> {
        for folder in [self.top.clone(), self.top.join(FILES)?, self.top.join(INFO)?] {
            match self.mounts.make_dir(&self.mounts.assume(&folder, LastLink::Keep)) {
                Err(why) if why.errno != Errno::EEXIST => return Err(why),
                _ => {}
            }
        }
        Ok(())
    }

    /// What was written down about an item, when that can be read.
    fn origin(&self, name: &str) -> Option<(String, u64)> {
        let text = self.mounts.read_all(&self.info(name).ok()?, MAX_INFO_BYTES).ok()?;
        let info: Info = serde_json::from_slice(&text).ok()?;
        Some((info.path, info.deleted_millis))
    }

    /// Forgets what was written down. A document that is not there is nothing to forget.
    fn forget(&self, name: &str) -> SysResult<()> {
        match self.mounts.remove_file(&self.info(name)?) {
            Err(why) if why.errno != Errno::ENOENT => Err(why),
            _ => Ok(()),
        }
    }
}

/// Reads what was written down about an item that is in the trash at this path.
///
/// # Errors
/// `ENOENT` when nothing was, and those of [`Mounts::read_all`].
pub fn read_document(mounts: &Mounts, item: &VPath) -> SysResult<(VPath, Vec<u8>)> {
    let document = info_of(item).ok_or(Errno::ENOENT)?;
    let text = mounts.read_all(&mounts.assume(&document, LastLink::Keep), MAX_INFO_BYTES)?;
    Ok((document, text))
}

/// Puts an object into the trash of its mount and says where it is then.
///
/// # Errors
/// `EINVAL` for the trash itself and what is in it, and those of [`Mounts::rename`].
pub fn put(mounts: &Mounts, object: &Resolved, now_millis: u64) -> SysResult<VPath> {
    let trash = Trash::of_mount(mounts, object)?;
    if object.path().is_at_or_beneath(&trash.top) {
        return object.refuse(Errno::EINVAL, "is in the trash already");
    }
    let Some(name) = object.path().name().filter(|_| object.path() != object.mount_point()) else {
        return object.refuse(Errno::EBUSY, "is a mount point");
    };
    mounts.stat(object)?; // nothing is made for something that is not there
    trash.make()?;
    let info = Info { path: object.path().as_str().to_owned(), deleted_millis: now_millis };
    let info = serde_json::to_vec(&info).unwrap_or_default(); // a text and a number are always JSON
    for number in 1..=MAX_SAME_NAMES {
        let name = numbered(name, number);
        let mut document = mounts.replace(&trash.info(&name)?)?;
        document.write(&info)?;
        match document.commit(Existing::Keep, Durability::Cached) {
            Err(why) if why.errno == Errno::EEXIST => continue,
            result => result?,
        }
        let place = trash.file(&name)?;
        match mounts.rename(object, &place, Existing::Keep) {
            Ok(()) => return Ok(place.path().clone()),
            // Somebody put a file there by hand; its document is ours now, and says something wrong.
            Err(why) => {
                trash.forget(&name)?;
                if why.errno != Errno::EEXIST {
                    return Err(why);
                }
            }
        }
    }
    object.refuse(Errno::EEXIST, "is in the trash under too many numbers")
}

/// Where it is written down where an item was; `None` for what is no item.
#[must_use]
pub fn info_of(item: &VPath) -> Option<VPath> {
    let (files, name) = item.split()?;
    files.parent()?.join(INFO).ok()?.join(&format!("{name}.json")).ok()
}

/// What is in a trash, the newest first. One that nobody used yet is empty.
///
/// # Errors
/// `EINVAL` when the path is no trash, `EFBIG` with more than 10,000 items, and those of [`Mounts::list`].
pub fn list(mounts: &Mounts, folder: &Resolved) -> SysResult<Vec<Item>> {
    let (trash, place) = Trash::around(mounts, folder)?;
    let Place::Top = place else { return folder.refuse(Errno::EINVAL, "is no trash") };
    let files = mounts.assume(&trash.top.join(FILES)?, LastLink::Keep);
    let listing = match mounts.list(&files, MAX_ITEMS, Detail::Full) {
        Err(why) if why.errno == Errno::ENOENT => return Ok(Vec::new()),
        listing => listing?,
    };
    if listing.truncated {
        return folder.refuse(Errno::EFBIG, "holds more than 10,000 items");
    }
    let mut items = Vec::new();
    for entry in listing.entries {
        // Gone since, or a name that no path of ours can say.
        let (Some(stat), Ok(at)) = (entry.stat, trash.file(&entry.name)) else { continue };
        items.push(Item { at: at.path().clone(), origin: trash.origin(&entry.name), stat });
    }
    items.sort_by_key(|item| std::cmp::Reverse(item.origin.as_ref().map_or(0, |(_, millis)| *millis)));
    Ok(items)
}

/// Takes an item out of the trash.
///
/// # Errors
/// `EINVAL` when it is no item, `EEXIST` when something is at `to`, and those of [`Mounts::rename`].
pub fn restore(mounts: &Mounts, item: &Resolved, to: &Resolved) -> SysResult<()> {
    let (trash, place) = Trash::around(mounts, item)?;
    let Place::Item(name) = place else { return item.refuse(Errno::EINVAL, "is no item of a trash") };
    if to.path().is_at_or_beneath(&trash.top) {
        return to.refuse(Errno::EINVAL, "is in the trash");
    }
    mounts.rename(item, to, Existing::Keep)?;
    trash.forget(&name)
}

/// Deletes an item, or everything in a trash, for good. `progress` hears of each name that went and may
/// stop it. Gives the number of files and folders; what is in `info` does not count.
///
/// # Errors
/// `EINVAL` when the path is neither, `ECANCELED` when stopped, and those of removing.
pub fn empty(
    mounts: &Mounts,
    object: &Resolved,
    progress: &mut dyn FnMut() -> ControlFlow<()>,
) -> SysResult<u64> {
    let (trash, place) = Trash::around(mounts, object)?;
    if let Place::Item(name) = place {
        let removed = remove_tree(mounts, object.path(), progress)?;
        trash.forget(&name)?;
        return Ok(removed);
    }
    let mut removed = 0;
    let empty = |folder: &str, progress: &mut dyn FnMut() -> ControlFlow<()>| {
        match remove_tree(mounts, &trash.top.join(folder)?, progress) {
            // The folder itself is none of the items.
            Ok(count) => Ok(count.saturating_sub(1)),
            Err(why) if why.errno == Errno::ENOENT => Ok(0),
            Err(why) => Err::<u64, SysError>(why),
        }
    };
    removed += empty(FILES, progress)?;
    empty(INFO, progress)?;
    Ok(removed)
}

/// Removes a file, or a folder with everything in it, without following a link; the deepest first and
/// without recursion. Gives the number of names that went.
fn remove_tree(
    mounts: &Mounts,
    top: &VPath,
    progress: &mut dyn FnMut() -> ControlFlow<()>,
) -> SysResult<u64> {
    let object = |path: &VPath| mounts.assume(path, LastLink::Keep);
    let mut removed = 0;
    let mut gone = |result: SysResult<()>| -> SysResult<()> {
        match result {
            // Somebody else was quicker.
            Err(why) if why.errno == Errno::ENOENT => {}
            result => {
                result?;
                removed += 1;
            }
        }
        match progress() {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(SysError::new(Errno::ECANCELED, format!("{top}: stopped"))),
        }
    };
    if mounts.stat(&object(top))?.kind != Kind::Directory {
        gone(mounts.remove_file(&object(top)))?;
        return Ok(removed);
    }
    let mut folders = vec![top.clone()];
    while let Some(folder) = folders.last().cloned() {
        let listing = mounts.list(&object(&folder), REMOVED_AT_ONCE, Detail::Names)?;
        let mut deeper = false;
        for entry in listing.entries {
            let at = folder.join(&entry.name)?;
            if entry.kind == Kind::Directory {
                folders.push(at);
                deeper = true;
                continue;
            }
            gone(mounts.remove_file(&object(&at)))?;
        }
        if !deeper && !listing.truncated {
            gone(mounts.remove_dir(&object(&folder)))?;
            folders.pop();
        }
    }
    Ok(removed)
}

/// `name`, `name.2`, `name.3` …, cut so that the document's name fits as well.
fn numbered(name: &str, number: u32) -> String {
    let suffix = if number == 1 { String::new() } else { format!(".{number}") };
    let room = MAX_NAME_BYTES - ".json".len() - suffix.len();
    let end = (0..=room.min(name.len())).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    format!("{}{suffix}", &name[..end])
}
