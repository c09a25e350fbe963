//! Numbers that name kernel objects. Slots are recycled, so ids that outlive a slot carry a
//! generation in their upper half: a stale id never names the slot's next tenant.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A process. Lower 32 bits: slot; upper 32 bits: generation. Shown and serialised as one number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pid(pub u64);

impl Pid {
    /// The kernel itself, the parent of everything.
    pub const KERNEL: Pid = Pid(0);

    /// Puts slot and generation together.
    #[must_use]
    pub const fn new(slot: u32, generation: u32) -> Self {
        Pid(((generation as u64) << 32) | slot as u64)
    }

    /// Index into the process table.
    #[must_use]
    pub const fn slot(self) -> u32 {
        self.0 as u32
    }

    /// How often the slot was used before.
    #[must_use]
    pub const fn generation(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pid({})", self.0)
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident($raw:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $raw);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

ids! {
    /// A descriptor of one process, the lowest free number first as POSIX has it.
    Fd(u32);
    /// A pipe, unique for the life of the boot.
    PipeId(u64);
    /// A segment of shared memory, unique for the life of the boot.
    ShmId(u64);
    /// A message queue, unique for the life of the boot.
    QueueId(u64);
    /// A mapping of a file, unique for the life of the boot.
    MapId(u64);
    /// A submitted call.
    TaskId(u64);
    /// A request for a right.
    RequestId(u64);
    /// A run whose changes are held back, unique in the data folder.
    RunId(u64);
}
