//! Reads the processes once a second while they can be seen, and ends one where that was confirmed.

use super::model::{Command, Ending, Model, details};
use crate::common::problem::Problem;
use abi::{
    Pending, Pid,
    table::{GetProcessStats, Kill, ListProcesses, Why},
};
use std::{fmt::Write as _, time::Duration};
use widgets::{AppContext, Question, ShellCommand};

/// Between two looks.
const REFRESH: Duration = Duration::from_secs(1);
/// Most causes that are looked up in one go.
const CAUSES_AT_ONCE: usize = 20;
/// Time that a process has after a polite signal, milliseconds.
const GRACE_MILLIS: u64 = 2_000;

/// Calls under way, and when the next look is due.
#[derive(Default)]
pub(super) struct Work {
    /// Frame clock, seconds.
    due_at: f64,
    killing: Vec<(String, Pending<Kill>)>,
    questions: u64,
    asked: Option<(u64, Pid, String, Ending)>,
}

pub(super) fn update(model: &mut Model, work: &mut Work, command: Command, cx: &mut AppContext<'_>) {
    match command {
        Command::Refresh => work.due_at = 0.0,
        Command::Pick(pid) => {
            model.pick(pid);
            read_stats(model, cx);
        }
        Command::PickNone => model.selected = None,
        Command::Move(by) => {
            model.step(by);
            read_stats(model, cx);
        }
        Command::SortBy(sort) => model.set_sort(sort),
        Command::Filter(filter) => model.set_filter(filter),
        Command::AskEnd(ending) => ask(model, work, ending, cx),
        Command::Answered { id, yes } => {
            let asked = work.asked.take_if(|(asked, ..)| *asked == id);
            if let Some((_, pid, name, ending)) = asked.filter(|_| yes) {
                kill(model, work, pid, name, ending, cx);
            }
        }
        Command::DismissProblem => model.problem = None,
        Command::CopyDetails => {
            if let Some(row) = model.chosen() {
                let mut text = format!("{} ({})\n", row.info.name, row.info.pid);
                for (name, value) in details(row, model.stats.as_ref(), model.cause_of(&row.info)) {
                    // Writing into a string does not fail.
                    let _ = writeln!(text, "{name}: {value}");
                }
                cx.commands.push(ShellCommand::CopyText(text));
            }
        }
    }
}

fn ask(model: &Model, work: &mut Work, ending: Ending, cx: &mut AppContext<'_>) {
    let Some(row) = model.chosen().filter(|_| model.can_end()) else { return };
    let name = row.info.name.clone();
    work.questions += 1;
    let text = match ending {
        Ending::Politely => {
            "It is asked to end, with everything that it started. Work that it did not save is lost."
        }
        Ending::AtOnce => {
            "It ends without being asked, with everything that it started. Unsaved work is lost."
        }
    };
    cx.commands.push(ShellCommand::Ask(Question {
        id: work.questions,
        title: format!("End “{name}”?"),
        text: text.into(),
        confirm: "End".into(),
        destructive: true,
    }));
    work.asked = Some((work.questions, row.info.pid, name, ending));
}

fn kill(model: &mut Model, work: &mut Work, pid: Pid, name: String, ending: Ending, cx: &AppContext<'_>) {
    let signal = if ending == Ending::AtOnce { 9 } else { 15 };
    match cx.syscalls.submit(Kill { pid, signal, grace_millis: GRACE_MILLIS }) {
        Ok(pending) => work.killing.push((name, pending)),
        Err(why) => model.problem = Some(Problem::new(format!("{name} could not be ended"), &why)),
    }
}

/// Takes results, and looks again when it is time.
pub(super) fn poll(model: &mut Model, work: &mut Work, cx: &mut AppContext<'_>) {
    work.killing.retain(|(name, pending)| match pending.poll() {
        None => true,
        Some(result) => {
            if let Err(why) = result {
                model.problem = Some(Problem::new(format!("{name} could not be ended"), &why));
            }
            work.due_at = 0.0;
            false
        }
    });
    if !cx.visible {
        return;
    }
    if cx.now_seconds >= work.due_at {
        work.due_at = cx.now_seconds + REFRESH.as_secs_f64();
        look(model, cx);
        cx.wake_after(REFRESH);
    } else {
        cx.wake_after(Duration::from_secs_f64(work.due_at - cx.now_seconds));
    }
}

fn look(model: &mut Model, cx: &AppContext<'_>) {
    match cx.syscalls.call(ListProcesses {}) {
        Ok(processes) => model.listed(processes, cx.now_seconds),
        Err(why) => {
            model.problem = Some(Problem::new("The processes cannot be listed", &why));
            return;
        }
    }
    read_stats(model, cx);
    let unknown: Vec<_> = model
        .rows
        .iter()
        .map(|row| row.info.cause)
        .filter(|cause| !model.causes.contains_key(cause))
        .take(CAUSES_AT_ONCE)
        .collect();
    for cause in unknown {
        // A cause that is forgotten has no label; it is not asked for again.
        let chain = cx.syscalls.call(Why { cause: Some(cause), pid: None, event: None }).unwrap_or_default();
        let label = chain.links.first().map(|link| link.cause.spec.label.clone()).unwrap_or_default();
        model.learn_cause(cause, label);
    }
}

fn read_stats(model: &mut Model, cx: &AppContext<'_>) {
    // A process that ended meanwhile has none; the next list says so.
    model.stats = model.selected.and_then(|pid| cx.syscalls.call(GetProcessStats { pid: Some(pid) }).ok());
}
