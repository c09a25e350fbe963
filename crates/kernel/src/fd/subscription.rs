//! A place in the telemetry ring from which somebody reads on. It holds no events: a reader that is too slow
//! finds them overwritten, and is told how many.

use crate::{core::Core, sync::lock};
use abi::{
    Pid,
    table::{EventPage, QueryEvents},
};
use std::{
    sync::{Mutex, Weak},
    time::Duration,
};

/// How often a waiting reader looks. Those who emit never wait and never wake anybody.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A subscription to events.
pub(crate) struct Subscription {
    core: Weak<Core>,
    query: QueryEvents,
    place: Mutex<Place>,
}

#[derive(Clone, Copy)]
struct Place {
    next: u64,
    /// Lost since the reader was told last.
    lost: u64,
}

impl Subscription {
    /// To what the query says, from now on.
    pub(crate) fn new(core: Weak<Core>, query: QueryEvents) -> Self {
        let next = core.upgrade().map_or(0, |core| core.observer.next_event());
        Subscription { core, query, place: Mutex::new(Place { next, lost: 0 }) }
    }

    /// Whose events.
    pub(crate) fn subject(&self) -> Option<Pid> {
        self.query.pid
    }

    /// At most `limit` events that are there now.
    pub(crate) fn take(&self, limit: u32) -> EventPage {
        let mut place = lock(&self.place);
        let Some(core) = self.core.upgrade() else { return EventPage::default() };
        let mut page =
            core.observer.query(&QueryEvents { since: Some(place.next), limit, ..self.query.clone() });
        page.lost += place.lost;
        *place = Place { next: page.next, lost: 0 };
        page
    }

    /// Whether there is one. Moves on over events that are none of its.
    pub(crate) fn is_ready(&self) -> bool {
        let mut place = lock(&self.place);
        let Some(core) = self.core.upgrade() else { return true };
        let query = QueryEvents { since: Some(place.next), limit: 1, ..self.query.clone() };
        let page = core.observer.query(&query);
        let first = page.events.first().map(|event| event.seq);
        *place = Place { next: first.unwrap_or(page.next), lost: place.lost + page.lost };
        first.is_some()
    }
}
