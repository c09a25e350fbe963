//! Rows about events, causes and figures.

use crate::caller::Caller;
use abi::{
    Errno, SysError, SysResult,
    table::{Chain, EventPage, GetMetrics, Metrics, QueryEvents, Why},
};

handlers! {
    Why => why;
    QueryEvents => query_events;
    GetMetrics => get_metrics;
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

fn get_metrics(caller: &Caller, _: GetMetrics) -> SysResult<Metrics> {
    Ok(caller.core().metrics())
}
