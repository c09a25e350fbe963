//! Reads figures and events while the window can be seen, and asks why an event happened.

use super::model::{Command, Model, Page};
use crate::common::problem::Problem;
use abi::{
    Errno, SysResult, Syscall,
    table::{GetMemoryStats, GetMetrics, Instant, ListProcesses, QueryEvents, Why},
};
use std::time::Duration;
use widgets::AppContext;

/// Between two readings: at most four a second.
const REFRESH: Duration = Duration::from_millis(250);
/// Between two looks at the names of processes, seconds.
const NAMES_EVERY: f64 = 1.0;
/// Events of one query.
const EVENTS_AT_ONCE: u32 = 500;

/// When the next reading is due, on the frame clock in seconds.
#[derive(Default)]
pub(super) struct Work {
    due_at: f64,
    names_due_at: f64,
    /// The chosen event changed; its cause is still to be asked for.
    ask_why: bool,
}

pub(super) fn update(model: &mut Model, work: &mut Work, command: Command, cx: &mut AppContext<'_>) {
    match command {
        Command::Show(page) => {
            model.page = page;
            work.due_at = 0.0;
        }
        Command::Pause(paused) => model.paused = paused,
        Command::ShowOwn(show) => model.show_own(show),
        Command::Clear => model.clear(),
        Command::Category(category) => model.set_category(category),
        Command::Text(text) => model.set_text(text),
        Command::Pick(seq) => {
            model.pick(Some(seq));
            work.ask_why = true;
        }
        Command::PickNone => model.pick(None),
        Command::Move(by) => {
            model.step(by);
            work.ask_why = true;
        }
        Command::SortBy(sort) => model.sort = sort,
        Command::FilterRows(filter) => model.row_filter = filter,
    }
    if std::mem::take(&mut work.ask_why) {
        ask_why(model, cx);
    }
}

/// A call of this app itself: it is made and tallied.
fn call<C: Syscall<Class = Instant>>(model: &mut Model, cx: &AppContext<'_>, call: C) -> SysResult<C::Reply> {
    *model.own.entry(C::ROW.name).or_default() += 1;
    cx.syscalls.call(call)
}

fn ask_why(model: &mut Model, cx: &AppContext<'_>) {
    let Some((seq, cause)) = model.chosen().map(|event| (event.seq, event.cause)) else { return };
    let by_event = call(model, cx, Why { cause: None, pid: None, event: Some(seq) });
    // An event that the ring has lost meanwhile still names its cause.
    let chain = match by_event {
        Err(why) if why.errno == Errno::ENOENT => {
            call(model, cx, Why { cause: Some(cause), pid: None, event: None })
        }
        other => other,
    };
    model.chain = Some(chain.map_err(|why| match why.errno {
        Errno::ENOENT => Problem {
            title: "The cause is not known any more".into(),
            text: "It is older than what the system remembers.".into(),
        },
        _ => Problem::new("The cause cannot be shown", &why),
    }));
}

/// Reads what the page shows, when it is time.
pub(super) fn poll(model: &mut Model, work: &mut Work, cx: &mut AppContext<'_>) {
    if !cx.visible {
        return;
    }
    if cx.now_seconds < work.due_at {
        cx.wake_after(Duration::from_secs_f64(work.due_at - cx.now_seconds));
        return;
    }
    work.due_at = cx.now_seconds + REFRESH.as_secs_f64();
    cx.wake_after(REFRESH);
    model.own_pid = Some(cx.syscalls.pid());
    match call(model, cx, GetMetrics {}) {
        Ok(metrics) => {
            model.problem = None;
            model.measured(metrics, cx.now_seconds);
        }
        Err(why) => {
            model.problem = Some(Problem::new("The figures cannot be read", &why));
            return;
        }
    }
    // Without memory figures the rest is still worth showing.
    model.memory = call(model, cx, GetMemoryStats {}).ok();
    if model.page == Page::Events && !model.paused {
        read_events(model, work, cx);
    }
}

fn read_events(model: &mut Model, work: &mut Work, cx: &AppContext<'_>) {
    if cx.now_seconds >= work.names_due_at {
        work.names_due_at = cx.now_seconds + NAMES_EVERY;
        if let Ok(processes) = call(model, cx, ListProcesses {}) {
            // Names of ended processes stay as long as they may still be shown.
            if model.names.len() > 10_000 {
                model.names.clear();
            }
            model.names.extend(processes.into_iter().map(|process| (process.pid, process.name)));
        }
    }
    let query = QueryEvents {
        pid: None,
        cause: None,
        category: None,
        kind: None,
        severity: None,
        text: None,
        since: model.next,
        limit: EVENTS_AT_ONCE,
    };
    match call(model, cx, query) {
        Ok(page) => model.received(page),
        Err(why) => model.problem = Some(Problem::new("The events cannot be read", &why)),
    }
}
