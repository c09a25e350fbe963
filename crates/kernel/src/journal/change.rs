//! What a row says about the files it is about to change: how each was, and how it will be.

use crate::blob::Digest;
use serde::{Deserialize, Serialize};

/// What lies at a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing.
    Absent,
    /// A file with this content.
    File {
        /// Of the content.
        digest: Digest,
        /// Its length.
        len_bytes: u64,
    },
    /// A file too large to be read for this.
    Large {
        /// Its length.
        len_bytes: u64,
        /// When its content last changed, milliseconds since the Unix epoch.
        modified_millis: i64,
    },
    /// A folder, whatever lies in it.
    Folder,
    /// A symbolic link with this text.
    Link(String),
    /// A pipe, socket or device of the host.
    Other,
    /// Something that could not be looked at, for this reason.
    Unreadable(String),
}

impl State {
    /// The state of a file with this content.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        State::File { digest: Digest::of(content), len_bytes: content.len() as u64 }
    }
}

/// How much of a file's former content was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// All of it, in the blob store, as long as that has room.
    Content,
    /// Nothing was to be kept: there was no content.
    Nothing,
    /// Its digest only, since it is too large.
    TooLarge,
    /// Its digest only, since the store has no room or failed.
    NoRoom,
    /// Its digest only, since what lies there does not outlive the boot.
    Volatile,
}

/// How a path was before the first change that a cause made to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// What was there.
    pub state: State,
    /// Whether it can be had back.
    pub kept: Kept,
}

/// What a file or folder has beside its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// Permission bits.
    Mode,
    /// When its content changed last, milliseconds since the Unix epoch.
    Modified,
}

/// One change of the tree of files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// What lies at a path becomes something else.
    Set {
        /// Where.
        path: String,
        /// What was there; left out when an earlier row of the same cause says it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Before>,
        /// What will be there, where that is known beforehand.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<State>,
    },
    /// A folder, or a file that was not kept, gets another name, which is free by then.
    Rename {
        /// The old one.
        from: String,
        /// The new one.
        to: String,
    },
    /// Something that lies at a path gets another attribute, and keeps its content.
    Attribute {
        /// Where.
        path: String,
        /// Which.
        attribute: Attribute,
        /// What it was.
        before: i64,
        /// What it will be.
        after: i64,
    },
}

impl Change {
    /// The paths it is about.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let (first, second) = match self {
            Change::Set { path, .. } | Change::Attribute { path, .. } => (path, None),
            Change::Rename { from, to } => (from, Some(to)),
        };
        std::iter::once(first.as_str()).chain(second.map(String::as_str))
    }
}
