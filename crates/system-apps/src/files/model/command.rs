//! Everything that drawing, menus and keys can ask of a window of Files.

use super::{Layout, Place};
use crate::{
    common::table::Sort,
    files::{history::Way, job::Choice},
};

/// How a click changes the selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::files) enum Pick {
    /// Only this one.
    Only,
    /// This one in or out (Ctrl).
    Toggle,
    /// Everything from the anchor to here (Shift).
    Extend,
}

/// What a person did, where the desktop does not say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::files) enum Deed {
    /// Pressed these keys.
    Key(&'static str),
    /// Let files fall.
    Drag,
}

/// What drawing asks for.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::files) enum Command {
    /// The next command comes from this.
    By(Deed),
    Go(Place),
    Back,
    Forward,
    Up,
    Reload,
    /// `at` is a position in `shown`.
    Pick {
        at: usize,
        how: Pick,
    },
    /// What a rubber band lies over, beside what was chosen before it.
    PickThese {
        at: Vec<usize>,
        beside: Vec<usize>,
    },
    PickAll,
    PickNone,
    /// Moves the cursor by this many positions.
    Move {
        by: isize,
        how: Pick,
    },
    /// Chooses the next name that begins with what was typed.
    TypeAhead {
        text: String,
        now: f64,
    },
    Open {
        at: usize,
    },
    OpenSelected,
    NewFolder,
    NewFile,
    BeginRename,
    CommitRename {
        to: String,
    },
    CancelRename,
    /// What is chosen goes into the trash; in the trash it is deleted for good, after a question.
    Delete,
    /// Deletes for good what is chosen, after a question.
    AskErase,
    AskEmptyTrash,
    /// What is chosen goes back to where it was.
    Restore,
    Answered {
        id: u64,
        yes: bool,
    },
    Copy,
    Cut,
    /// Asks the desktop for what is on the clipboard.
    WantPaste,
    /// That is on the clipboard.
    Paste(String),
    Duplicate,
    /// Files were dropped on a folder.
    Drop {
        paths: Vec<String>,
        into: String,
        copies: bool,
    },
    /// Files were dropped on the trash.
    DropInTrash {
        paths: Vec<String>,
    },
    TakeBack(Way),
    /// Takes back what nothing stands in the way of.
    TakeBackPossible,
    LeaveObstacles,
    StopJob,
    Decide {
        choice: Choice,
        all: bool,
    },
    Show(Layout),
    ToggleHidden,
    Filter(String),
    FocusFilter,
    /// Looks for the filter's text in everything beneath.
    Search,
    StopSearch,
    SortBy(Sort),
    EditPath(bool),
    CopyPath,
    ToggleProperties,
    Why,
    /// This process app in the chosen folder, else in the one that is shown.
    OpenIn(&'static str),
    DismissProblem,
    DismissNotice,
}
