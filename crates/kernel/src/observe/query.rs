//! Answers about what was recorded: `query_events`, `why` and the observer's part of `get_metrics`,
//! in the reply types of the syscall table.
//!
//! Reading takes nothing from the recorders: no lock of theirs, no slot. Each answer is bounded: at
//! most 1,000 events, one walk through the ring.

use crate::observe::{Cursor, Kind, LabelId, Observer, RawEvent, Snapshot};
use abi::{
    Cause, CauseId, Pid,
    table::{
        Category, CategoryMetrics, Chain, ChainLink, Event, EventCategory, EventPage, Metrics, QueryEvents,
        RingMetrics, RowMetrics, Severity,
    },
};
use std::{
    collections::{BTreeMap, HashMap},
    ops::ControlFlow,
    sync::Arc,
};

/// Events in one answer.
pub const MAX_EVENTS: usize = 1_000;
/// Events that `why` shows per cause.
const MAX_EVENTS_PER_CAUSE: usize = 256;

/// What a kind's name says about a query.
#[derive(Clone, Copy)]
struct NameMatch {
    /// It is the kind that was asked for, or none was.
    is_kind: bool,
    /// The text that was asked for is in the name, or none was.
    has_text: bool,
}

/// A query with its texts looked up once per kind and label instead of once per event.
struct Filter<'a> {
    observer: &'a Observer,
    query: &'a QueryEvents,
    /// Events of this one are none of them.
    without: Option<Pid>,
    text: Option<String>,
    names: Vec<NameMatch>,
    labels: HashMap<u32, bool>,
}

impl<'a> Filter<'a> {
    fn new(observer: &'a Observer, query: &'a QueryEvents, without: Option<Pid>) -> Self {
        let text = query.text.as_deref().filter(|text| !text.is_empty()).map(str::to_lowercase);
        let name_match = |kind: &Kind| {
            let name = kind.info().name;
            NameMatch {
                is_kind: query.kind.as_ref().is_none_or(|kind| kind == name),
                // Names of kinds are lower case.
                has_text: text.as_ref().is_none_or(|text| name.contains(text.as_str())),
            }
        };
        let names = observer.kinds.iter().map(name_match).collect();
        Filter { observer, query, without, text, names, labels: HashMap::new() }
    }

    fn matches(&mut self, event: &RawEvent) -> bool {
        let query = self.query;
        if query.pid.is_some_and(|pid| pid != event.pid)
            || self.without == Some(event.pid)
            || query.cause.is_some_and(|cause| cause != event.cause)
            || query.category.is_some_and(|category| category as u8 != event.category)
            || query.severity.is_some_and(|severity| event.severity < severity as u8)
        {
            return false;
        }
        // A kind that was registered since the query began is left for the next query.
        let Some(name) = self.names.get(usize::from(event.kind)) else { return false };
        name.is_kind && (name.has_text || self.label_has_text(event.label))
    }

    fn label_has_text(&mut self, label: u32) -> bool {
        let Some(text) = &self.text else { return true };
        *self.labels.entry(label).or_insert_with(|| {
            let label = self.observer.labels.get(LabelId(label));
            label.is_some_and(|label| label.to_lowercase().contains(text.as_str()))
        })
    }
}

impl Observer {
    fn kind_of(&self, event: &RawEvent) -> &Kind {
        self.kinds.get(crate::observe::KindId(event.kind))
    }

    fn resolve(&self, seq: u64, event: RawEvent) -> Event {
        let label = self.labels.get(LabelId(event.label));
        Event {
            seq,
            time_nanos: self.clock.nanos_since_start(event.time_raw),
            category: EventCategory::from_index(event.category).unwrap_or(EventCategory::Anomaly),
            severity: Severity::from_index(event.severity).unwrap_or(Severity::Error),
            kind: self.kind_of(&event).info().name.to_owned(),
            pid: event.pid,
            cause: event.cause,
            a: event.a,
            b: event.b,
            label: label.map(|label| label.to_string()).unwrap_or_default(),
        }
    }

    /// The event at a position of the ring, if it is still there.
    #[must_use]
    pub fn event(&self, seq: u64) -> Option<Event> {
        self.ring.read(seq).ok().map(|event| self.resolve(seq, event))
    }

    /// Events that match, newest last: with `since` the oldest from there on, without it the newest.
    #[must_use]
    pub fn query(&self, query: &QueryEvents) -> EventPage {
        self.query_without(query, None)
    }

    /// The same, leaving out the events of a process.
    #[must_use]
    pub fn query_without(&self, query: &QueryEvents, without: Option<Pid>) -> EventPage {
        let limit = (query.limit as usize).min(MAX_EVENTS);
        let mut filter = Filter::new(self, query, without);
        let mut events = Vec::new();
        if let Some(since) = query.since {
            let mut cursor = Cursor { next: since.min(self.ring.head()), lost: 0 };
            cursor.poll(&self.ring, limit, |seq, event| {
                let wanted = filter.matches(&event);
                if wanted {
                    events.push(self.resolve(seq, event));
                }
                wanted
            });
            return EventPage { events, next: cursor.next, lost: cursor.lost };
        }
        let scan = self.ring.newest_first(0, |seq, event| {
            if events.len() == limit {
                return ControlFlow::Break(());
            }
            if filter.matches(&event) {
                events.push(self.resolve(seq, event));
            }
            ControlFlow::Continue(())
        });
        events.reverse();
        // Whoever asks for the newest has not missed what lies before.
        EventPage { events, next: scan.next, lost: 0 }
    }

    /// A cause back to its root, nearest first, each with its events that are still in the ring.
    #[must_use]
    pub fn chain(&self, cause: CauseId) -> Chain {
        let mut links: Vec<(Arc<Cause>, Vec<Event>)> =
            self.causes.chain(cause).into_iter().map(|cause| (cause, Vec::new())).collect();
        let index: HashMap<CauseId, usize> =
            links.iter().enumerate().map(|(index, (cause, _))| (cause.id, index)).collect();
        let mut left = MAX_EVENTS;
        if !links.is_empty() {
            self.ring.newest_first(0, |seq, event| {
                if let Some(index) = index.get(&event.cause) {
                    let events = &mut links[*index].1;
                    if events.len() < MAX_EVENTS_PER_CAUSE {
                        events.push(self.resolve(seq, event));
                        left -= 1;
                    }
                }
                if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
        }
        let links = links.into_iter().map(|(cause, mut events)| {
            events.reverse();
            ChainLink { cause: Arc::unwrap_or_clone(cause), events }
        });
        Chain { links: links.collect() }
    }

    /// The observer's part of the system's figures; the rest is left at its default.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        let mut metrics = Metrics {
            uptime_nanos: self.clock.nanos_since_start(self.clock.raw()),
            causes: self.causes_opened(),
            anomalies: self.anomalies(),
            ..Metrics::default()
        };
        let mut groups: BTreeMap<Category, (CategoryMetrics, Snapshot)> =
            Category::ALL.iter().map(|category| (*category, Default::default())).collect();
        let (mut events, mut kept) = (0, 0);
        let kept_first: Vec<u64> = self.kinds.iter().map(Kind::kept).collect();
        for ((kind, count), kept_before) in self.kinds.counts().zip(kept_first) {
            // Kept was read first: a racing recorder counts the event before it keeps it.
            kept += kept_before;
            events += count;
            let info = kind.info();
            let Some((group, durations)) = info.group.and_then(|group| groups.get_mut(&group)) else {
                continue;
            };
            if count == 0 {
                continue;
            }
            let errors = kind.errors();
            group.count += count;
            group.errors += errors;
            metrics.syscalls_total += count;
            metrics.errors_total += errors;
            metrics.denied_total += kind.denied();
            let mut own = Snapshot::default();
            if let Some(latency) = kind.recorded_latency() {
                let timed = latency.histogram.count().max(1);
                own.add(&latency.histogram, 1.0);
                durations.add(&latency.histogram, count as f64 / timed as f64);
            }
            metrics
                .rows
                .push(RowMetrics { name: info.name.to_owned(), figures: figures(count, errors, &own) });
        }
        metrics.categories = groups
            .into_iter()
            .map(|(category, (group, durations))| {
                (category.name().to_owned(), figures(group.count, group.errors, &durations))
            })
            .collect();
        metrics.ring = RingMetrics {
            capacity: self.ring.capacity(),
            emitted: kept,
            sampled_out: events.saturating_sub(kept),
            overwritten: self.ring.overwritten(),
        };
        metrics
    }
}

fn figures(count: u64, errors: u64, durations: &Snapshot) -> CategoryMetrics {
    let percentiles = durations.percentiles();
    CategoryMetrics {
        count,
        errors,
        p50_nanos: percentiles.p50,
        p95_nanos: percentiles.p95,
        p99_nanos: percentiles.p99,
        max_nanos: percentiles.max,
    }
}
