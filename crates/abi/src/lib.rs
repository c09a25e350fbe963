//! The words that every part of AgentOS shares: ids, errors, capabilities, causes, and the
//! syscall table with everything that is derived from it.
//!
//! Nothing here does anything. The kernel implements [`Syscalls`]; apps, services and the shell
//! hold one and never see the kernel itself.

mod bytes;
mod capability;
mod cause;
mod errno;
#[doc(hidden)]
pub mod fuzzing;
mod ids;
pub mod later;
pub mod net;
mod syscalls;
pub mod table;
pub mod variable;
pub mod view;
mod words;

pub use bytes::{Bytes, SharedBytes};
pub use capability::{Capability, PathScope, Scope};
pub use cause::{Cause, CauseId, CauseKind, CauseSpec};
pub use errno::{Errno, SysError, SysResult};
pub use ids::{Fd, MapId, Pid, PipeId, QueueId, RequestId, RunId, ShmId, TaskId};
pub use syscalls::{AnySlot, Pending, Slot, Syscalls, UiCaller};
pub use table::{Call, Reply, Syscall};
pub use words::{Verdict, right_in_words, rights_in_words, rule_in_words, story};
