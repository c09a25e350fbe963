//! The stream of events: what the ring has when the page is opened, and then a subscription.
//!
//! One call waits in the kernel and wakes the window when there is something, at most every [`PAUSE`]; while
//! nothing happens nothing is asked. The kernel leaves out this app's own events, else showing events would
//! be events to show. Paused or hidden, it takes nothing: its place in the ring stays, and what is overwritten
//! meanwhile is counted.

use super::{model::Model, update::call};
use crate::common::problem::Problem;
use abi::{
    CauseId, Fd, Pending, Pid, SysError,
    table::{Close, NextEvents, QueryEvents, SubscribeEvents},
};
use std::time::Duration;
use widgets::AppContext;

/// Events of one answer.
const EVENTS_AT_ONCE: u32 = 1_000;
/// Between two answers that are shown, seconds.
const PAUSE: f64 = 0.25;
/// Before something that failed is tried again, seconds.
const RETRY: f64 = 1.0;

/// Which events come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wanted {
    cause: Option<CauseId>,
    without: Option<Pid>,
}

/// A subscription, and the call that waits on it.
struct Open {
    wanted: Wanted,
    fd: Fd,
    next: Option<Pending<NextEvents>>,
    /// No further call before, on the frame clock in seconds.
    due_at: f64,
}

/// See the module documentation.
#[derive(Default)]
pub(super) struct Feed {
    open: Option<Open>,
    /// Calls on subscriptions that were closed, until they are over.
    leaving: Vec<(Option<Pending<NextEvents>>, Pending<Close>)>,
    /// After a failure, not before, on the frame clock in seconds.
    retry_at: f64,
}

impl Feed {
    /// Takes what came and asks for more; says whether events came. To be called each frame that shows them.
    pub(super) fn poll(&mut self, model: &mut Model, cx: &mut AppContext<'_>) -> bool {
        self.leaving.retain_mut(|(next, close)| {
            *next = next.take().filter(|next| next.poll().is_none());
            next.is_some() || close.poll().is_none()
        });
        let own = Some(cx.syscalls.pid()).filter(|_| !model.show_own && model.cause.is_none());
        let wanted = Wanted { cause: model.cause, without: own };
        if model.paused || wait_until(self.retry_at, cx) {
            return false;
        }
        let mut came = false;
        if self.open.as_ref().is_none_or(|open| open.wanted != wanted) {
            self.begin(wanted, model, cx);
            came = true;
        }
        let Some(open) = &mut self.open else {
            self.retry_at = cx.now_seconds + RETRY;
            wait_until(self.retry_at, cx);
            return false;
        };
        if let Some(result) = open.next.as_ref().and_then(Pending::poll) {
            open.next = None;
            match result {
                Ok(page) => {
                    // Whoever is behind catches up.
                    let is_full = page.events.len() >= EVENTS_AT_ONCE as usize;
                    open.due_at = if is_full { 0.0 } else { cx.now_seconds + PAUSE };
                    (model.problem, came) = (None, true);
                    model.received(page);
                }
                Err(why) => {
                    fail(model, &why);
                    self.end(cx);
                    self.retry_at = cx.now_seconds + RETRY;
                    wait_until(self.retry_at, cx);
                    return false;
                }
            }
        }
        if open.next.is_some() || wait_until(open.due_at, cx) {
            return came;
        }
        *model.own.entry("next_events").or_default() += 1;
        let next = NextEvents { fd: open.fd, limit: EVENTS_AT_ONCE, timeout_millis: None };
        match cx.syscalls.submit(next) {
            Ok(pending) => open.next = Some(pending),
            Err(why) => {
                // Too many calls are under way: later.
                open.due_at = cx.now_seconds + RETRY;
                wait_until(open.due_at, cx);
                fail(model, &why);
            }
        }
        came
    }

    /// Subscribes, and shows what the ring has.
    fn begin(&mut self, wanted: Wanted, model: &mut Model, cx: &AppContext<'_>) {
        self.end(cx);
        let Wanted { cause, without } = wanted;
        let subscribe = SubscribeEvents {
            pid: None,
            cause,
            category: None,
            kind: None,
            severity: None,
            text: None,
            without,
        };
        let fd = match call(model, cx, subscribe) {
            Ok(fd) => fd,
            Err(why) => return fail(model, &why),
        };
        self.open = Some(Open { wanted, fd, next: None, due_at: 0.0 });
        // After subscribing, so that there is no gap; what comes twice is shown once.
        let query = QueryEvents {
            pid: None,
            cause,
            category: None,
            kind: None,
            severity: None,
            text: None,
            since: None,
            limit: EVENTS_AT_ONCE,
        };
        match call(model, cx, query) {
            Ok(mut page) => {
                // What was cleared away does not come back.
                page.events.retain(|event| model.next.is_none_or(|next| event.seq >= next));
                model.problem = None;
                model.received(page);
            }
            Err(why) => fail(model, &why),
        }
    }

    fn end(&mut self, cx: &AppContext<'_>) {
        let Some(open) = self.open.take() else { return };
        // It ends the wait, too. Where it cannot be submitted the descriptor stays until the app ends.
        if let Ok(close) = cx.syscalls.submit(Close { fd: open.fd }) {
            self.leaving.push((open.next, close));
        }
    }
}

/// Whether it is too early; then the window is drawn again when it is time.
fn wait_until(at: f64, cx: &mut AppContext<'_>) -> bool {
    let is_early = cx.now_seconds < at;
    if is_early {
        cx.wake_after(Duration::from_secs_f64(at - cx.now_seconds));
    }
    is_early
}

fn fail(model: &mut Model, why: &SysError) {
    model.problem = Some(Problem::new("The events cannot be read", why));
}
