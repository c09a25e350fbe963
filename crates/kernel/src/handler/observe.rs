//! Rows about events, causes and figures.

use super::{MAX_WAIT_MILLIS, descriptor::most};
use crate::{
    caller::Caller,
    door::Wait,
    fd::{Description, Subscription},
};
use abi::{
    Errno, Fd, SysError, SysResult,
    table::{Chain, EventPage, GetMetrics, Metrics, NextEvents, QueryEvents, SubscribeEvents, Why},
};
use std::{sync::Arc, time::Duration};

/// Most events in one reply.
const MAX_EVENTS: u32 = 1_000;

handlers! {
    Why => why;
    QueryEvents => query_events;
    GetMetrics => get_metrics;
    SubscribeEvents => subscribe_events;
    NextEvents waits;
}

fn why(caller: &Caller, call: Why) -> SysResult<Chain> {
    let core = caller.core();
    let missing = |what: String| SysError::new(Errno::ENOENT, format!("{what} is not known, or no longer"));
    let cause = match (call.cause, call.pid, call.event) {
        (Some(cause), None, None) => cause,
        (None, Some(pid), None) => core.processes.get(pid)?.identity().cause,
        (None, None, Some(event)) => {
            core.observer.event(event).ok_or_else(|| missing(format!("event {event}")))?.cause
        }
        _ => return Err(SysError::new(Errno::EINVAL, "give one of cause, pid and event")),
    };
    let chain = core.observer.chain(cause);
    if chain.links.is_empty() { Err(missing(format!("cause {cause}"))) } else { Ok(chain) }
}

fn query_events(caller: &Caller, call: QueryEvents) -> SysResult<EventPage> {
    Ok(caller.core().observer.query(&call))
}

fn subscribe_events(caller: &Caller, call: SubscribeEvents) -> SysResult<Fd> {
    let SubscribeEvents { pid, cause, category, kind, severity, text, without } = call;
    let query = QueryEvents { pid, cause, category, kind, severity, text, since: None, limit: 0 };
    let subscription = Subscription::new(caller.core(), query, without);
    caller.process().descriptors.insert(Description::events(subscription), 0, most(caller))
}

impl Wait for NextEvents {
    const INTERRUPTIBLE: bool = false;

    async fn wait(self, caller: &Caller) -> SysResult<EventPage> {
        let limit = self.limit.clamp(1, MAX_EVENTS);
        let until = self
            .timeout_millis
            .map(|millis| tokio::time::Instant::now() + Duration::from_millis(millis.min(MAX_WAIT_MILLIS)));
        let descriptors = &caller.process().descriptors;
        let mut lost = 0;
        loop {
            if !caller.process().is_alive() {
                return Err(SysError::new(Errno::ECANCELED, "the process has ended"));
            }
            let description = descriptors.get(self.fd)?;
            let subscription = description.events_of()?;
            let mut page = subscription.take(limit);
            lost += page.lost;
            page.lost = lost;
            let is_over = until.is_some_and(|until| tokio::time::Instant::now() >= until);
            if !page.events.is_empty() || is_over {
                return Ok(page);
            }
            // Not held while it waits, so that a close meanwhile ends the wait.
            let listeners = subscription.listeners().clone();
            drop(description);
            let is_ready =
                |description: Arc<Description>| description.events_of().map(Subscription::is_ready);
            let heard = listeners.until(|| {
                !caller.process().is_alive() || descriptors.get(self.fd).and_then(is_ready).unwrap_or(true)
            });
            match until {
                // Time that is over is noticed above.
                Some(until) => drop(tokio::time::timeout_at(until, heard).await),
                None => heard.await,
            }
        }
    }
}

fn get_metrics(caller: &Caller, _: GetMetrics) -> SysResult<Metrics> {
    Ok(caller.core().metrics())
}
