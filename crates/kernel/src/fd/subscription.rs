//! A place in the telemetry ring from which somebody reads on. It holds no events: a reader that is too slow
//! finds them overwritten, and is told how many.

use crate::{core::Core, observe::Listeners, sync::lock};
use abi::{
    Pid,
    table::{EventPage, QueryEvents},
};
use std::sync::{Arc, Mutex, Weak};

/// A subscription to events.
pub(crate) struct Subscription {
    core: Weak<Core>,
    listeners: Arc<Listeners>,
    query: QueryEvents,
    /// Events of this process are left out.
    without: Option<Pid>,
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
    pub(crate) fn new(core: &Arc<Core>, query: QueryEvents, without: Option<Pid>) -> Self {
        let (next, listeners) = core.observer.listen();
        let place = Mutex::new(Place { next, lost: 0 });
        Subscription { core: Arc::downgrade(core), listeners, query, without, place }
    }

    /// Whose events.
    pub(crate) fn subject(&self) -> Option<Pid> {
        self.query.pid
    }

    /// Who hears of events. To be held by whoever waits, instead of this.
    pub(crate) fn listeners(&self) -> &Arc<Listeners> {
        &self.listeners
    }

    /// At most `limit` events that are there now.
    pub(crate) fn take(&self, limit: u32) -> EventPage {
        let mut place = lock(&self.place);
        let Some(mut page) = self.look(place.next, limit) else { return EventPage::default() };
        page.lost += place.lost;
        *place = Place { next: page.next, lost: 0 };
        page
    }

    /// Whether there is one. Moves on over events that are none of its.
    pub(crate) fn is_ready(&self) -> bool {
        let mut place = lock(&self.place);
        let Some(page) = self.look(place.next, 1) else { return true };
        let first = page.events.first().map(|event| event.seq);
        *place = Place { next: first.unwrap_or(page.next), lost: place.lost + page.lost };
        first.is_some()
    }

    /// Waits until there is one.
    pub(crate) async fn changed(&self) {
        self.listeners.until(|| self.is_ready()).await;
    }

    fn look(&self, since: u64, limit: u32) -> Option<EventPage> {
        let query = QueryEvents { since: Some(since), limit, ..self.query.clone() };
        Some(self.core.upgrade()?.observer.query_without(&query, self.without))
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.listeners.remove();
    }
}
