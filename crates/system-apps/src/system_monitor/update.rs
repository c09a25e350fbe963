//! Carries out what drawing asked for, and reads what the shown page needs while the window can be seen.

use super::{
    feed::Feed,
    model::{Command, KeptOrNot, Model},
    page::Page,
    read::{self, Reading},
    sheet::Offer,
    why,
};
use crate::common::problem::Problem;
use abi::{
    Bytes, Errno, SysResult, Syscall,
    table::{CloseConnection, GetMemoryStats, GetMetrics, Instant, Why, Write},
};
use std::time::Duration;
use widgets::{AppContext, ShellCommand, Tone};

/// Between two readings: at most four a second.
const REFRESH: Duration = Duration::from_millis(250);
/// Between two readings of tables.
const TABLES: Duration = Duration::from_secs(1);
/// Between two looks at the names of processes, seconds.
const NAMES_EVERY: f64 = 1.0;

/// When the next reading is due, on the frame clock in seconds, and what is under way.
#[derive(Default)]
pub(super) struct Work {
    due_at: f64,
    names_due_at: f64,
    /// Events came that may be of processes without a known name.
    names_wanted: bool,
    feed: Feed,
    reading: Reading,
    why: why::Asking,
    exporting: Option<(String, abi::Pending<Write>)>,
    exports: u64,
}

pub(super) fn update(model: &mut Model, work: &mut Work, command: Command, cx: &mut AppContext<'_>) {
    match command {
        Command::Show(page) => show(model, work, page),
        Command::Pause(paused) => model.paused = paused,
        Command::ShowOwn(show) => model.show_own(show),
        Command::Clear => model.clear(),
        Command::Category(category) => model.set_category(category),
        Command::Text(text) => model.set_text(text),
        Command::Pick(seq) => {
            model.pick(Some(seq));
            ask_why(model, cx);
        }
        Command::PickNone => model.pick(None),
        Command::Move(by) => {
            model.step(by);
            ask_why(model, cx);
        }
        Command::SortBy(sort) => model.sort = sort,
        Command::FilterRows(filter) => model.row_filter = filter,
        Command::Sheet(id, command) => model.sheet_mut(id).run(command),
        Command::Part(page, part) => {
            model.show_part(page, part);
            work.due_at = 0.0;
        }
        Command::Why(command) => why::run(&mut model.why, &mut work.why, command, cx),
        Command::Ask(subject) => {
            show(model, work, Page::Why);
            why::run(&mut model.why, &mut work.why, why::WhyCommand::Ask(subject), cx);
        }
        Command::Offer(Offer { pid, app, capability }) => {
            cx.commands.push(ShellCommand::OfferRight { pid, app, capability });
        }
        Command::CloseConnection(pid, connection) => {
            // One that is gone already is what was wanted.
            let _ = call(model, cx, CloseConnection { pid, connection });
            work.due_at = 0.0;
        }
        Command::DenyHost(Offer { pid, app, capability }, kept) => {
            let for_good = app.filter(|_| kept == KeptOrNot::Kept);
            cx.commands.push(ShellCommand::RefuseRight { pid, for_good, capability });
            work.due_at = 0.0;
        }
        Command::EventsOf(cause) => {
            model.set_cause(Some(cause));
            show(model, work, Page::Events);
        }
        Command::AllEvents => model.set_cause(None),
        Command::ShowProcess(pid) => {
            show(model, work, Page::Processes);
            let sheet = model.sheet_mut(super::sheet::SheetId::Processes);
            sheet.run(super::sheet::SheetCommand::Filter(String::new()));
            sheet.choose_next(pid.0);
        }
        Command::JournalOf(cause) => {
            model.journal = super::journal::JournalModel::of(cause);
            show(model, work, Page::Journal);
            work.reading.ask_journal();
        }
        Command::Journal(command) => {
            let verify = command == super::journal::JournalCommand::Verify;
            if model.journal.run(command) {
                work.reading.ask_journal();
                work.due_at = 0.0;
            }
            if verify {
                work.reading.verify(model, cx);
            }
        }
        Command::Export => export(model, work, cx),
        Command::OpenApp(app) => cx.commands.push(ShellCommand::OpenApp(app.into())),
    }
}

fn show(model: &mut Model, work: &mut Work, page: Page) {
    model.page = page;
    work.due_at = 0.0;
    work.reading.ask_journal();
}

/// A call of this app itself: it is made and tallied.
pub(super) fn call<C: Syscall<Class = Instant>>(
    model: &mut Model,
    cx: &AppContext<'_>,
    call: C,
) -> SysResult<C::Reply> {
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

/// Writes the shown events to a file, one JSON object a line.
fn export(model: &mut Model, work: &mut Work, cx: &AppContext<'_>) {
    let lines: String = model
        .shown
        .iter()
        .filter_map(|&index| serde_json::to_string(&model.events[index]).ok())
        .map(|line| line + "\n")
        .collect();
    let millis = cx.syscalls.call(abi::table::GetCurrentTime {}).map_or(0, |time| time.unix_millis);
    work.exports += 1;
    let path = format!("/home/events-{millis}-{}.jsonl", work.exports);
    let write = Write { path: path.clone(), data: Bytes(lines.into_bytes()), append: false };
    match cx.syscalls.submit(write) {
        Ok(pending) => work.exporting = Some((path, pending)),
        Err(why) => model.problem = Some(Problem::new("The events could not be written", &why)),
    }
}

fn poll_export(model: &mut Model, work: &mut Work, cx: &mut AppContext<'_>) {
    let Some((path, result)) = work.exporting.as_ref().and_then(|(path, p)| Some((path.clone(), p.poll()?)))
    else {
        return;
    };
    work.exporting = None;
    match result {
        Ok(_) => {
            model.note = format!("Written to {path}");
            cx.toast(Tone::Success, "Events written", path);
        }
        Err(why) => {
            cx.toast(Tone::Error, "The events could not be written", crate::common::problem::plain(&why));
        }
    }
}

/// Reads what the page shows, when it is time.
pub(super) fn poll(model: &mut Model, work: &mut Work, cx: &mut AppContext<'_>) {
    why::poll(&mut model.why, &mut work.why, cx);
    poll_export(model, work, cx);
    work.reading.poll(model);
    // A story stands still.
    if !cx.visible || model.page == Page::Why {
        return;
    }
    model.own_pid = Some(cx.syscalls.pid());
    if model.page == Page::Events {
        return poll_events(model, work, cx);
    }
    if cx.now_seconds < work.due_at {
        cx.wake_after(Duration::from_secs_f64(work.due_at - cx.now_seconds));
        return;
    }
    let period = if model.page.sheets().is_empty() { REFRESH } else { TABLES };
    work.due_at = cx.now_seconds + period.as_secs_f64();
    cx.wake_after(period);
    if matches!(model.page, Page::Overview | Page::Syscalls | Page::Security | Page::Journal) {
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
    } else {
        model.problem = None;
    }
    if matches!(model.page, Page::Overview | Page::Memory) {
        // Without memory figures the rest is still worth showing.
        model.memory = call(model, cx, GetMemoryStats {}).ok();
    }
    let named = matches!(model.page, Page::Overview | Page::Syscalls);
    if !named && cx.now_seconds >= work.names_due_at {
        work.names_due_at = cx.now_seconds + NAMES_EVERY - 0.05;
        read::names(model, cx);
    }
    work.reading.read(model, cx);
}

/// While nothing happens, nothing is done.
fn poll_events(model: &mut Model, work: &mut Work, cx: &mut AppContext<'_>) {
    work.names_wanted |= work.feed.poll(model, cx);
    if !work.names_wanted {
        return;
    }
    if cx.now_seconds < work.names_due_at {
        cx.wake_after(Duration::from_secs_f64(work.names_due_at - cx.now_seconds));
        return;
    }
    work.names_wanted = false;
    work.names_due_at = cx.now_seconds + NAMES_EVERY;
    read::names(model, cx);
}
