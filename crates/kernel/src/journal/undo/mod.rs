//! Taking back what a cause did to files.
//!
//! A [`Plan`] says what would become of each path and finds out, without changing anything, where that is no
//! longer right: somebody else changed the file in between or since, or its image is gone. Running it
//! writes a row that it begins, then each change as a row of its own with an image of what it replaces (so it can
//! be taken back like anything else), then a row that it has come to its end. After a sudden end
//! [`Undo::resume`] reads in these rows how far it came, and does the rest.
//!
//! A path goes back to how it was before the *first* change on account of the cause or of what followed from
//! it. Paths go back in the opposite order in which they were first changed, so folders are there before
//! what lies in them, and empty before they go.

mod changes;
mod judge;
mod overlay;
mod plan;
mod progress;
mod renames;
mod resume;
mod run;
#[cfg(test)]
mod tests;

pub use plan::{Action, Plan, Step, Verdict};
pub use run::{By, Undo, UndoPolicy, UndoReport};
