//! Observability: what happens in the kernel, how long it takes, and why.
//!
//! [`Observer`] is what the door and the subsystems hold. Beneath it: the [`Clock`], the lossy
//! [`Ring`] of events, exact counters with latencies per [`Kinds`] entry, sampling ([`Rate`]), the
//! [`Detector`] of unusual latencies, the [`Causes`], and the [`Labels`]. Nothing here is durable, and
//! nothing here refuses a call: records that must not be lost belong into the journal.

mod anomaly;
mod causes;
mod clock;
mod histogram;
mod kinds;
mod labels;
mod listeners;
mod observer;
mod query;
mod ring;
#[cfg(test)]
#[path = "ring/tests.rs"]
mod ring_tests;
mod sampling;
#[cfg(test)]
mod tests;
mod window;

/// What the ring is built on; its loom model has others here.
mod atomic {
    pub(super) use std::sync::atomic::{AtomicU64, Ordering, fence};
}

pub use anomaly::{Alarm, Detector, Welford};
pub use causes::Causes;
pub use clock::{Clock, VirtualTime};
pub use histogram::{Histogram, Percentiles, Snapshot};
pub use kinds::{Kind, KindId, KindInfo, Kinds, Latency};
pub use labels::{LabelId, Labels};
pub(crate) use listeners::Listeners;
pub use observer::{Entered, NewEvent, Observer, ObserverConfig, Outcome};
pub use query::MAX_EVENTS;
pub use ring::{Cursor, Missing, RawEvent, Ring, Scan};
pub use sampling::{Rate, SamplingBudget};
