//! What a row is about.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What a row is about. As text and in JSON its name.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum RowKind {
            $($(#[$doc])* $variant,)*
            /// A kind that this version does not know; kept by its name.
            Other(Box<str>),
        }

        impl RowKind {
            /// Those that have a name of their own.
            pub const KNOWN: &'static [RowKind] = &[$(RowKind::$variant),*];

            /// The name.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(RowKind::$variant => $name,)*
                    RowKind::Other(name) => name,
                }
            }
        }

        impl From<&str> for RowKind {
            fn from(name: &str) -> Self {
                match name {
                    $($name => RowKind::$variant,)*
                    other => RowKind::Other(other.into()),
                }
            }
        }
    };
}

kinds! {
    /// A right was given.
    Grant = "grant",
    /// A right was asked for.
    GrantAsked = "grant.asked",
    /// A right was asked for, and nobody answered in time, or whoever asked did not wait.
    GrantExpired = "grant.expired",
    /// What holds for an app over restarts was decided.
    GrantKept = "grant.kept",
    /// An app's questions are not asked any more, or again.
    GrantMuted = "grant.muted",
    /// A right was taken, and a program has something left of it until it ends.
    GrantLingers = "grant.lingers",
    /// A right was asked for, and the answer was no.
    GrantRefused = "grant.refused",
    /// A right was taken.
    Revoke = "revoke",
    /// A connection of a program was allowed.
    NetworkAllowed = "network.allowed",
    /// A call was refused; the first of its process, call and object.
    Denial = "denied",
    /// The same was refused again and again: how often so far.
    DenialCount = "denied.count",
    /// A process began.
    ProcessStart = "process.start",
    /// A program started another by itself, as it was seen.
    ProcessChild = "process.child",
    /// A program in a sandbox did something to a file, ran one, asked for one that it may not see, or connected.
    ProcessTouch = "process.touch",
    /// A program that outlived an earlier desktop was taken over.
    ProcessAttach = "process.attach",
    /// A process ended.
    ProcessExit = "process.exit",
    /// Files or folders are about to change.
    File = "file",
    /// What changed files look like now that their writer is done.
    FileSettled = "file.settled",
    /// What a row said would become of files did not happen.
    FileFailed = "file.failed",
    /// A call changes something else that outlives it.
    Call = "call",
    /// A handler panicked, and its caller was ended.
    Fault = "fault",
    /// A cause, when the first row because of it comes.
    Cause = "cause",
    /// An app was installed, updated or removed.
    Install = "install",
    /// A session was saved or restored.
    Session = "session",
    /// A call of the control interface.
    Control = "control",
    /// A turn of an AI model.
    Ai = "ai",
    /// What a cause did is being taken back.
    Undo = "undo",
    /// Taking back has come to its end.
    UndoDone = "undo.done",
    /// A run begins, whose changes are held back.
    RunBegin = "run.begin",
    /// Changes of a run are taken over.
    RunApply = "run.apply",
    /// Somebody decided against changes of a run.
    RunDiscard = "run.discard",
    /// Damage that was found at a start: what was cut or left aside.
    Damaged = "journal.damaged",
    /// The oldest rows made room; closes what is gone.
    Retired = "journal.retired",
}

impl From<String> for RowKind {
    fn from(name: String) -> Self {
        name.as_str().into()
    }
}

impl From<RowKind> for String {
    fn from(kind: RowKind) -> Self {
        kind.as_str().to_owned()
    }
}

impl fmt::Display for RowKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq<&str> for RowKind {
    fn eq(&self, name: &&str) -> bool {
        self.as_str() == *name
    }
}

impl PartialEq<str> for RowKind {
    fn eq(&self, name: &str) -> bool {
        self.as_str() == name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_distinct_names_that_read_back() {
        for (index, kind) in RowKind::KNOWN.iter().enumerate() {
            assert_eq!(RowKind::from(kind.as_str()), *kind);
            assert!(RowKind::KNOWN[..index].iter().all(|other| other.as_str() != kind.as_str()));
        }
        let newer: RowKind = serde_json::from_str("\"holographic\"").expect("a name");
        assert_eq!(serde_json::to_string(&newer).expect("plain data"), "\"holographic\"");
    }
}
