//! The adapters beneath the door to the host's processes: what they are tied to here, their standard
//! streams, and what they use. Files are reached through `vfs`.
//!
//! Nothing here knows who may do what.

mod limits;
mod lineage;
mod process;
mod readable;
mod stream;
mod usage;

pub(crate) use limits::{changed_limits, given, inherited_limits, quota, sandbox_limits};
pub(crate) use lineage::{Account, LOOKS, Lineage};
pub(crate) use process::HostProcess;
pub(crate) use readable::{readable, writable};
pub(crate) use stream::{HostStream, StreamKind, drain};
pub(crate) use usage::{HostUsage, machine_memory, own_resident_bytes, sample};
