//! Tools: what actions can call.
//!
//! One registry ([`tools`]) with arguments, result, capability and an example per row. `ui.*` and
//! `system.undo`/`redo` run inside the instance, `math.*` is pure, everything else goes through
//! [`ToolHost`] to whoever runs the app.

mod arithmetic;
mod entry;
mod table;

use serde_json::{Map, Value};

pub(crate) use arithmetic::{Calculation, angle_of, calculate, run_math};
pub(crate) use entry::{Entry, append as append_entry};
pub use table::{ArgRow, ToolKind, ToolRow, tool, tools};

/// Number of a request that is under way, given by the host; unique while it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// Why a tool failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToolErrorKind {
    /// Not permitted.
    Denied,
    /// No such tool, file, key or component.
    NotFound,
    /// The arguments do not fit.
    BadArguments,
    /// Stopped by a person or by the end of the app.
    Cancelled,
    /// Anything else.
    Failed,
}

/// A failed tool, with a sentence to show at the component.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ToolError {
    /// What kind of failure.
    pub kind: ToolErrorKind,
    /// For people.
    pub message: String,
}

impl ToolError {
    /// An error of a kind.
    #[must_use]
    pub fn new(kind: ToolErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(ToolErrorKind::BadArguments, message)
    }
}

/// What a host answers.
#[derive(Clone, Debug, PartialEq)]
pub enum ToolReply {
    /// It is done.
    Done(Result<Value, ToolError>),
    /// It goes on; [`Instance::resolve`](crate::Instance::resolve) brings the result.
    Pending(Ticket),
}

/// Whoever runs an app: carries out the tools that have effects.
///
/// Calls of one app must take effect in the order in which they were made, also where they are
/// answered by a ticket: two `storage.set` of one key leave the later value.
pub trait ToolHost {
    /// Runs a tool of kind [`ToolKind::Effect`]. `args` is an object. Must not block.
    fn call(&mut self, tool: &str, args: &Value) -> ToolReply;
}

/// A named argument.
pub(crate) fn argument<'a>(args: &'a Map<String, Value>, name: &str) -> Result<&'a Value, ToolError> {
    args.get(name).ok_or_else(|| ToolError::bad(format!("The argument `{name}` is missing")))
}
