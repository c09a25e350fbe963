//! The parts of what a window of Files shows.

use crate::{common::problem::Problem, files::job::Clash};

/// What a window looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::files) enum Place {
    /// Absolute, without a slash at its end.
    Folder(String),
    /// What was deleted, on all file systems.
    Trash,
}

/// How entries are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::files) enum Layout {
    #[default]
    Grid,
    List,
    Compact,
}

/// Whether the folder's content is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::files) enum Listing {
    Loading,
    Ready,
    Failed(Problem),
}

/// A new name being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::files) struct Rename {
    /// Index into `entries`.
    pub(in crate::files) entry: usize,
}

/// A search in everything beneath the folder; its hits are the entries, named by their way from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::files) struct Found {
    pub(in crate::files) needle: String,
    pub(in crate::files) looked: usize,
    pub(in crate::files) unread: usize,
    pub(in crate::files) cut: bool,
    pub(in crate::files) running: bool,
}

/// What a running job shows.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::files) struct Activity {
    /// `Moving 12 of 40 items`.
    pub(in crate::files) words: String,
    /// From 0 to 1.
    pub(in crate::files) share: f32,
    pub(in crate::files) stopping: bool,
    /// A name that is taken, and how many more of its kind wait.
    pub(in crate::files) clash: Option<(Clash, usize)>,
}

/// What a line at the bottom offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::files) enum Offer {
    Nothing,
    Undo,
    Redo,
}

/// A line that says what was done.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::files) struct Notice {
    pub(in crate::files) text: String,
    pub(in crate::files) offer: Offer,
    /// It goes at this second of the frame clock.
    pub(in crate::files) until: f64,
}
