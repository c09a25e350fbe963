//! What a file system says about its files, and how it is asked: plain data.

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A pipe, device or socket of the host: it can be seen, renamed and removed, never opened.
    Other,
}

/// Facts about one file, folder or link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// What it is.
    pub kind: Kind,
    /// Length of the content in bytes; of the target's text for a link; unspecified for a folder.
    pub len_bytes: u64,
    /// Last change of the content, in milliseconds since 1970 (negative before).
    pub modified_millis: i64,
    /// When it was made, in milliseconds since 1970, where that is known.
    pub created_millis: Option<i64>,
    /// Number of the file, unique within its file system while the file exists.
    pub inode: u64,
    /// Names that the file has (hard links).
    pub links: u64,
    /// Permission bits of the host, `0o000` to `0o7777`; facts to show, the gate decides.
    pub mode: u32,
}

/// One name in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name. A host name that is no UTF-8 is shown with `U+FFFD` and cannot be opened.
    pub name: String,
    /// What it is, a link not followed.
    pub kind: Kind,
    /// The facts, where [`Detail::Full`] was asked for and the file is still there.
    pub stat: Option<Stat>,
}

/// What is in a folder, ordered by name, without `.` and `..`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The names.
    pub entries: Vec<Entry>,
    /// Whether the folder has more names than were asked for.
    pub truncated: bool,
}

/// How much a listing says about each name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Name and kind: one pass over the folder.
    Names,
    /// Also the facts: one more host call per name.
    Full,
}

/// How a file is opened. All off by default, which is refused: ask to read or to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// The content may be read.
    pub read: bool,
    /// The content may be changed.
    pub write: bool,
    /// Plain writes go to the end, wherever that is at that moment. Implies `write`.
    pub append: bool,
    /// The file is made when it is not there.
    pub create: bool,
    /// With `create`: `EEXIST` when it is there, also as a link.
    pub exclusive: bool,
    /// The content is emptied first. Needs `write`.
    pub truncate: bool,
}

impl OpenOptions {
    const NONE: OpenOptions = OpenOptions {
        read: false,
        write: false,
        append: false,
        create: false,
        exclusive: false,
        truncate: false,
    };
    /// An existing file, to read.
    pub const READ: OpenOptions = OpenOptions { read: true, ..Self::NONE };
    /// An existing file, to change in place.
    pub const WRITE: OpenOptions = OpenOptions { write: true, ..Self::NONE };
    /// A file to write from its beginning, made or emptied.
    pub const REPLACE: OpenOptions = OpenOptions { write: true, create: true, truncate: true, ..Self::NONE };
    /// A file that was not there before.
    pub const CREATE_NEW: OpenOptions =
        OpenOptions { write: true, create: true, exclusive: true, ..Self::NONE };
    /// A file to add to, made when it is not there.
    pub const APPEND: OpenOptions = OpenOptions { append: true, create: true, ..Self::NONE };

    /// Whether the handle can change the content.
    #[must_use]
    pub const fn writes(self) -> bool {
        self.write || self.append
    }

    /// Whether opening alone may change something.
    #[must_use]
    pub const fn mutates(self) -> bool {
        self.create || self.truncate
    }

    /// Whether the combination makes sense.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        (self.read || self.writes())
            && (!self.truncate || self.write)
            && (!self.exclusive || self.create)
            && !(self.truncate && self.append)
    }
}

/// What happens to a file that already has the new name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It is replaced, in one step.
    Replace,
    /// It stays, and the call fails with `EEXIST`.
    Keep,
}

/// When new content counts as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// When the host has it: it outlives this program, not a power cut.
    Cached,
    /// When the disk has it, name included.
    Synced,
}

/// Room of a file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// All there is, in bytes.
    pub total_bytes: u64,
    /// What can still be written, in bytes.
    pub free_bytes: u64,
}

/// Whether anything can be changed through a file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everything is possible.
    ReadWrite,
    /// Each change fails with `EROFS`.
    ReadOnly,
}

/// A symbolic link met on the way along a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkHop {
    /// How many components precede it; the component with this index is the link.
    pub depth: usize,
    /// Its text, as it stands in the link.
    pub target: String,
}
