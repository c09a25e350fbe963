//! The recorder that the door and the subsystems call.
//!
//! A timed thing is bracketed by [`Observer::enter`] and [`Observer::leave`], anything else is one
//! [`Observer::emit`]. What a call costs (release build, counts of expensive steps):
//!
//! - sampled out: a counter and a gap that only this thread writes; the clock is read once in 16 times;
//! - kept: two counters, two clock readings (one for `emit`), a histogram bucket, a slot of the ring.
//!
//! Each kept event is one load more, and a fence while somebody listens (`listeners.rs`).
//!
//! Counters are exact in both cases: a thing is counted when it begins. Durations are sampled together
//! with their events, without regard to how long they were, so percentiles stay true. Switched off, each
//! is one load.
//!
//! **Invariants** (while nobody records)
//! 1. The ring's head equals the sum of kept events over all kinds.
//! 2. Those of [`Ring`], [`Kinds`], [`Labels`] and [`Causes`].
//!
//! **Lock order**: window (tried only), then the list of kinds; the others are never held together.

use crate::observe::{
    Causes, Clock, Kind, KindId, Kinds, LabelId, Labels, RawEvent, Ring, SamplingBudget,
    histogram::bucket_of, listeners::Listeners, ring, window::Windows,
};
use abi::{
    Cause, CauseId, CauseSpec, Errno, Pid,
    table::{EventCategory, Severity},
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// On the sampled-out path the clock is read once in so many events, to notice that a flood is over.
const SKIPS_PER_CHECK: u64 = 16;

/// How an [`Observer`] is made.
#[derive(Clone, Debug)]
pub struct ObserverConfig {
    /// The durable boot counter of the data folder; it makes causes unique for ever.
    pub boot: u32,
    /// Where time comes from.
    pub clock: Clock,
    /// Slots of the ring.
    pub ring_capacity: usize,
    /// What sampling is held to.
    pub budget: SamplingBudget,
}

impl ObserverConfig {
    /// The kernel's: the machine's clock, 65,536 slots, 1 % of a processor at the cost measured now.
    #[must_use]
    pub fn new(boot: u32) -> Self {
        let clock = Clock::system();
        let budget = SamplingBudget::measured(&clock);
        ObserverConfig { boot, clock, ring_capacity: ring::CAPACITY, budget }
    }
}

/// The beginning of a timed thing, counted already.
#[derive(Clone, Copy, Debug)]
#[must_use = "what was entered is recorded when it leaves"]
pub struct Entered {
    /// Raw clock value; zero where it is not kept.
    start: u64,
}

/// The end of a timed thing.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// Who did it.
    pub pid: Pid,
    /// On whose account.
    pub cause: CauseId,
    /// How it failed, if it did. Failures are always kept.
    pub errno: Option<Errno>,
    /// What it was about.
    pub label: LabelId,
}

/// An event that has no duration.
#[derive(Clone, Copy, Debug)]
pub struct NewEvent {
    /// What happened.
    pub kind: KindId,
    /// From [`Severity::Warning`] on it is always kept.
    pub severity: Severity,
    /// Who did it.
    pub pid: Pid,
    /// On whose account.
    pub cause: CauseId,
    /// First figure; its meaning belongs to the kind.
    pub a: u64,
    /// Second figure.
    pub b: u64,
    /// What it was about.
    pub label: LabelId,
}

impl NewEvent {
    /// An event of the given kind with no figures and no label.
    #[must_use]
    pub fn new(kind: KindId, severity: Severity, pid: Pid, cause: CauseId) -> Self {
        NewEvent { kind, severity, pid, cause, a: 0, b: 0, label: LabelId::NONE }
    }
}

/// See the module documentation.
pub struct Observer {
    on: AtomicBool,
    pub(super) clock: Clock,
    pub(super) ring: Ring,
    pub(super) kinds: Kinds,
    pub(super) labels: Labels,
    pub(super) causes: Causes,
    windows: Windows,
    anomaly: KindId,
    listeners: Arc<Listeners>,
}

impl Observer {
    /// An observer that is switched on.
    #[must_use]
    pub fn new(config: ObserverConfig) -> Self {
        let ObserverConfig { boot, clock, ring_capacity, budget } = config;
        let kinds = Kinds::new();
        let anomaly = kinds.register(EventCategory::Anomaly, "anomaly");
        let windows = Windows::new(budget, &clock);
        Observer {
            on: AtomicBool::new(true),
            clock,
            ring: Ring::new(ring_capacity),
            kinds,
            labels: Labels::default(),
            causes: Causes::new(boot),
            windows,
            anomaly,
            listeners: Arc::default(),
        }
    }

    /// Switches recording on or off. Causes are opened in either state; counters stand still while off.
    pub fn set_on(&self, on: bool) {
        self.on.store(on, Ordering::Relaxed);
    }

    /// Whether it records.
    #[inline]
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    /// The clock of all events.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Registers a kind of event. Keep the number; this takes a lock.
    pub fn kind(&self, category: EventCategory, name: &'static str) -> KindId {
        self.kinds.register(category, name)
    }

    /// The figures of a kind.
    #[must_use]
    pub fn figures(&self, kind: KindId) -> &Kind {
        self.kinds.get(kind)
    }

    /// Events of a kind since boot, exact.
    #[must_use]
    pub fn events(&self, kind: KindId) -> u64 {
        self.kinds.events(kind)
    }

    /// Keeps a text for use in events (about 50 ns when known; recycled when 8,192 newer ones came).
    pub fn label(&self, text: &str) -> LabelId {
        self.labels.intern(text)
    }

    /// Keeps a text of the program for ever.
    pub fn fixed_label(&self, text: &'static str) -> LabelId {
        self.labels.fixed(text)
    }

    /// Opens a cause at the wall clock's time.
    pub fn open_cause(&self, spec: CauseSpec) -> CauseId {
        self.causes.open(spec, self.clock.wall_millis())
    }

    /// The cause, if it is of this boot and still kept.
    #[must_use]
    pub fn cause(&self, id: CauseId) -> Option<Arc<Cause>> {
        self.causes.get(id)
    }

    /// A cause back to its root, nearest first, as far as they are kept.
    #[must_use]
    pub fn causes_of(&self, id: CauseId) -> Vec<Arc<Cause>> {
        self.causes.chain(id)
    }

    /// Position that the next event gets.
    #[must_use]
    pub fn next_event(&self) -> u64 {
        self.ring.head()
    }

    /// Somebody wants to hear of events from now on: position of the first, and whom to leave again.
    pub(crate) fn listen(&self) -> (u64, Arc<Listeners>) {
        self.listeners.add();
        (self.ring.join(), self.listeners.clone())
    }

    /// Causes opened since boot.
    #[must_use]
    pub fn causes_opened(&self) -> u64 {
        self.causes.opened()
    }

    /// Begins a timed thing, and counts it.
    #[inline]
    pub fn enter(&self, kind: KindId) -> Entered {
        if !self.is_on() {
            return Entered { start: 0 };
        }
        let counted = self.kinds.count(kind);
        if counted.keep {
            // A clock that has just begun may say 0, which here means untimed.
            return Entered { start: self.clock.raw().max(1) };
        }
        self.skip(counted.turn);
        Entered { start: 0 }
    }

    /// Ends a timed thing: where it is kept or failed, records duration and event. The event's `a` is the
    /// duration in nanoseconds (0 where it was not timed), `b` the errno.
    #[inline]
    pub fn leave(&self, entered: Entered, kind: KindId, outcome: Outcome) {
        if entered.start != 0 || outcome.errno.is_some() {
            self.leave_kept(entered, kind, outcome);
        }
    }

    fn leave_kept(&self, entered: Entered, id: KindId, outcome: Outcome) {
        if !self.is_on() {
            return;
        }
        let kind = self.kinds.get(id);
        let turn = kind.kept();
        let time_raw = self.clock.raw();
        let mut duration = 0;
        if entered.start != 0 {
            duration = self.clock.nanos_between(entered.start, time_raw);
            let bucket = bucket_of(duration);
            let latency = kind.latency();
            latency.histogram.record_in(bucket, duration);
            if kind.is_watched()
                && let Some(alarm) =
                    latency.detector.observe(bucket, turn, || self.clock.nanos_since_start(time_raw))
            {
                self.tell_anomaly(kind, duration, alarm.z_score, outcome);
            }
        }
        let mut severity = Severity::Info;
        if let Some(errno) = outcome.errno {
            severity = Severity::Warning;
            kind.errors.fetch_add(1, Ordering::Relaxed);
            if matches!(errno, Errno::EACCES | Errno::EPERM) {
                kind.denied.fetch_add(1, Ordering::Relaxed);
            }
        }
        let event = NewEvent {
            kind: id,
            severity,
            pid: outcome.pid,
            cause: outcome.cause,
            a: duration,
            b: outcome.errno.map_or(0, |errno| errno as u64),
            label: outcome.label,
        };
        self.keep(kind, event, time_raw);
    }

    /// Records an event.
    #[inline]
    pub fn emit(&self, event: NewEvent) {
        if !self.is_on() {
            return;
        }
        let counted = self.kinds.count(event.kind);
        if counted.keep || event.severity >= Severity::Warning {
            self.keep(self.kinds.get(event.kind), event, self.clock.raw());
        } else {
            self.skip(counted.turn);
        }
    }

    /// Opens a cause and records the event that it begins with.
    pub fn emit_causal(&self, spec: CauseSpec, event: NewEvent) -> CauseId {
        let cause = self.open_cause(spec);
        self.emit(NewEvent { cause, ..event });
        cause
    }

    #[inline]
    fn keep(&self, kind: &Kind, event: NewEvent, time_raw: u64) {
        kind.kept.fetch_add(1, Ordering::Relaxed);
        let ticket = self.ring.push(RawEvent {
            time_raw,
            pid: event.pid,
            cause: event.cause,
            a: event.a,
            b: event.b,
            category: kind.category() as u8,
            severity: event.severity as u8,
            kind: event.kind.0,
            label: event.label.0,
        });
        self.listeners.tell();
        if self.windows.is_over(time_raw, ticket) {
            self.close_window(time_raw);
        }
    }

    #[inline]
    fn skip(&self, events: u64) {
        if events.is_multiple_of(SKIPS_PER_CHECK) {
            let now = self.clock.raw();
            if self.windows.is_over(now, 0) {
                self.close_window(now);
            }
        }
    }

    #[cold]
    fn close_window(&self, now_raw: u64) {
        self.windows.close(now_raw, &self.clock, &self.ring, &self.kinds);
    }

    /// Share of one processor that recording took in the last window, in millionths.
    #[must_use]
    pub fn overhead_ppm(&self) -> u64 {
        self.windows.overhead_ppm()
    }

    /// Anomalies noticed since boot.
    #[must_use]
    pub fn anomalies(&self) -> u64 {
        self.kinds.events(self.anomaly)
    }

    /// Stops or allows the alarms of a kind.
    pub fn mute_anomalies(&self, kind: KindId, muted: bool) {
        self.kinds.get(kind).latency().detector.set_muted(muted);
    }

    #[cold]
    fn tell_anomaly(&self, kind: &Kind, duration: u64, z_score: f64, outcome: Outcome) {
        self.emit(NewEvent {
            kind: self.anomaly,
            severity: Severity::Warning,
            pid: outcome.pid,
            cause: outcome.cause,
            a: duration,
            b: (z_score * 100.0) as u64,
            label: self.labels.fixed(kind.info().name),
        });
    }

    /// Checks the invariants of the module; only meaningful while nobody records.
    ///
    /// # Errors
    /// The broken invariant in words.
    pub fn verify_invariants(&self) -> Result<(), String> {
        let kept: u64 = self.kinds.iter().map(Kind::kept).sum();
        if kept != self.ring.head() {
            return Err(format!("{kept} events kept, {} in the ring", self.ring.head()));
        }
        self.ring.verify_invariants()?;
        self.kinds.verify_invariants()?;
        self.labels.verify_invariants()?;
        self.causes.verify_invariants()
    }
}
