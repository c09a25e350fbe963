//! What went wrong on the way into isolation: the step, the host's number for it, and what it was about.

use crate::Stage;
use nix::errno::Errno;
use std::{fmt::Display, io};

/// What went wrong.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) stage: Stage,
    pub(crate) errno: Errno,
    /// What it was about, such as a path, and what can be done about it; empty when the step says it all.
    pub(crate) about: String,
}

pub(crate) type Tried<T> = Result<T, Trouble>;

impl Trouble {
    pub(crate) fn new(stage: Stage, errno: Errno, about: impl Display) -> Trouble {
        Trouble { stage, errno, about: about.to_string() }
    }
}

impl From<(Stage, Errno)> for Trouble {
    fn from((stage, errno): (Stage, Errno)) -> Self {
        Trouble { stage, errno, about: String::new() }
    }
}

/// Names the step an error belongs to, and what it was about.
pub(crate) trait During<T> {
    fn during(self, stage: Stage, about: impl Display) -> Tried<T>;
}

impl<T> During<T> for nix::Result<T> {
    fn during(self, stage: Stage, about: impl Display) -> Tried<T> {
        self.map_err(|errno| Trouble::new(stage, errno, about))
    }
}

impl<T> During<T> for io::Result<T> {
    fn during(self, stage: Stage, about: impl Display) -> Tried<T> {
        self.map_err(|error| Trouble::new(stage, crate::helper::errno_of(&error), about))
    }
}
