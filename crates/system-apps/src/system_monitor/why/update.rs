//! Asks the journal and the ring, and takes back what was asked for.

use super::model::{Plan, State, WhyCommand, WhyModel, parse, story};
use crate::common::problem::Problem;
use abi::{
    Errno, Pending, Pid, SysResult,
    table::{Chain, Explain, Explanation, GetSystemInfo, ListCapabilities, Undo, UndoMode, UndoPlan, Why},
};
use std::collections::HashMap;
use widgets::{AppContext, Subject};

/// Processes whose rights are asked for, for one story.
const RIGHTS: usize = 16;

/// Calls under way.
#[derive(Default)]
pub(in super::super) struct Asking {
    explaining: Option<Pending<Explain>>,
    planning: Option<Pending<UndoPlan>>,
    undoing: Option<Pending<Undo>>,
}

/// Carries out what the page asks for.
pub(in super::super) fn run(
    model: &mut WhyModel,
    asking: &mut Asking,
    command: WhyCommand,
    cx: &mut AppContext<'_>,
) {
    match command {
        WhyCommand::Draft(text) => {
            model.typed_wrong = false;
            model.draft = text;
        }
        WhyCommand::AskTyped => match parse(&model.draft) {
            Some(subject) => ask(model, asking, subject, cx),
            None => model.typed_wrong = true,
        },
        WhyCommand::Ask(subject) => ask(model, asking, subject, cx),
        WhyCommand::Again => {
            if let Some(subject) = model.subject.clone() {
                ask(model, asking, subject, cx);
            }
        }
        WhyCommand::Plan(cause) => match cx.syscalls.submit(UndoPlan { cause }) {
            Ok(pending) => {
                asking.planning = Some(pending);
                model.plan = Some((cause, Plan::Looking));
            }
            Err(why) => model.plan = Some((cause, Plan::Failed(refused(&why)))),
        },
        WhyCommand::Undo(cause, mode) => undo(model, asking, cause, mode, cx),
        WhyCommand::DropPlan => model.plan = None,
    }
}

fn refused(why: &abi::SysError) -> Problem {
    Problem::new("It cannot be taken back", why)
}

fn ask(model: &mut WhyModel, asking: &mut Asking, subject: Subject, cx: &AppContext<'_>) {
    let none = Explain { path: None, pid: None, window: None, cause: None, host_pid: None };
    let explain = match &subject {
        Subject::Path(path) => Explain { path: Some(path.clone()), ..none },
        Subject::Process(pid) => Explain { pid: Some(*pid), ..none },
        Subject::HostProcess(host_pid) => Explain { host_pid: Some(*host_pid), ..none },
        Subject::Window(window) => Explain { window: Some(*window), ..none },
        Subject::Cause(cause) => Explain { cause: Some(*cause), ..none },
    };
    model.ask(subject);
    match cx.syscalls.submit(explain) {
        Ok(pending) => asking.explaining = Some(pending),
        Err(why) => model.state = State::Failed(Problem::new("The journal cannot be asked", &why)),
    }
}

fn undo(model: &mut WhyModel, asking: &mut Asking, cause: abi::CauseId, mode: UndoMode, cx: &AppContext<'_>) {
    match cx.syscalls.submit(Undo { cause, mode }) {
        Ok(pending) => {
            asking.undoing = Some(pending);
            model.plan = Some((cause, Plan::Running));
        }
        Err(why) => model.plan = Some((cause, Plan::Failed(refused(&why)))),
    }
}

/// Takes answers.
pub(in super::super) fn poll(model: &mut WhyModel, asking: &mut Asking, cx: &AppContext<'_>) {
    if let Some(result) = asking.explaining.as_ref().and_then(Pending::poll) {
        asking.explaining = None;
        explained(model, result, cx);
    }
    if let Some(result) = asking.planning.as_ref().and_then(Pending::poll) {
        asking.planning = None;
        if let Some((_, plan)) = &mut model.plan {
            *plan = match result {
                Ok(steps) => Plan::Steps(steps),
                Err(why) => Plan::Failed(refused(&why)),
            };
        }
    }
    if let Some(result) = asking.undoing.as_ref().and_then(Pending::poll) {
        asking.undoing = None;
        if let Some((_, plan)) = &mut model.plan {
            *plan = match result {
                Ok(undone) => Plan::Done(undone),
                Err(why) => Plan::Failed(refused(&why)),
            };
        }
    }
}

fn explained(model: &mut WhyModel, result: SysResult<Vec<Explanation>>, cx: &AppContext<'_>) {
    let Some(subject) = model.subject.clone() else { return };
    let ring = ring(&subject, cx);
    let explained = match result {
        Ok(explained) => explained,
        // Without a journal the ring is all there is.
        Err(why) if why.errno == Errno::ENOSYS && ring.is_some() => Vec::new(),
        Err(why) => {
            model.state = State::Failed(Problem::new("The journal cannot be asked", &why));
            return;
        }
    };
    let boot = cx.syscalls.call(GetSystemInfo {}).map_or(0, |info| u64::from(info.boot));
    let mut rights: HashMap<Pid, Vec<abi::Capability>> = HashMap::new();
    for one in &explained {
        if rights.len() < RIGHTS && !rights.contains_key(&one.row.pid) {
            // Whoever is gone has none any more.
            let of_process =
                cx.syscalls.call(ListCapabilities { pid: Some(one.row.pid) }).unwrap_or_default();
            rights.insert(one.row.pid, of_process);
        }
    }
    model.told(story(&subject, explained, ring.as_ref(), &rights, boot));
}

/// What the ring knows of it; it knows neither paths nor windows.
fn ring(subject: &Subject, cx: &AppContext<'_>) -> Option<Chain> {
    let none = Why { cause: None, pid: None, event: None };
    let why = match subject {
        Subject::Process(pid) => Why { pid: Some(*pid), ..none },
        Subject::Cause(cause) => Why { cause: Some(*cause), ..none },
        Subject::Path(_) | Subject::HostProcess(_) | Subject::Window(_) => return None,
    };
    cx.syscalls.call(why).ok()
}
