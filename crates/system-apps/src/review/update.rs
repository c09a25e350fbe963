//! Reads runs and their changes, and has them applied, discarded and undone.

use super::model::{AppliedLast, Command, Model, Page, is_harmless};
use crate::common::problem::{Problem, plain};
use abi::{
    Errno, Pending, RunId, SysError, SysResult, Syscall,
    table::{Applied, ApplyMode, ApplyRun, DiscardRun, ListRuns, RunChangesOf, RunDiff, Undo, UndoMode},
};
use widgets::{AppContext, Question, ShellCommand, Subject, Tone};

/// Lines around a difference.
const CONTEXT: u32 = 3;

/// Calls under way.
#[derive(Default)]
pub(super) struct Work {
    list: Option<Pending<ListRuns>>,
    changes: Option<Pending<RunChangesOf>>,
    /// Whether they are the first of a run that was just opened.
    first: bool,
    diff: Option<(String, Pending<RunDiff>)>,
    apply: Option<Pending<ApplyRun>>,
    discard: Option<(bool, Pending<DiscardRun>)>,
    undo: Option<Pending<Undo>>,
    questions: u64,
    asked: Option<(u64, Asked)>,
}

/// What a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Overwrite,
    Discard,
    DiscardRun,
}

pub(super) fn update(model: &mut Model, work: &mut Work, command: Command, cx: &mut AppContext<'_>) {
    match command {
        Command::List => {
            *model = Model { loading: true, ..Model::default() };
            list(model, work, cx);
        }
        Command::Show(run) => {
            *model = Model { page: Page::Run(run), loading: true, ..Model::default() };
            work.first = true;
            list(model, work, cx);
            changes(model, work, run, cx);
        }
        Command::Reload => reload(model, work, cx),
        Command::Select(row) => select(model, work, row, cx),
        Command::Tick(row) => tick(model, row),
        Command::TickAll(on) => tick_all(model, on),
        Command::Apply => {
            let conflicts = model.ticked_conflicts();
            if conflicts == 0 {
                apply(model, work, ApplyMode::Keep, cx);
            } else {
                let files =
                    if conflicts == 1 { "One file was".into() } else { format!("{conflicts} files were") };
                let text = format!(
                    "{files} changed by somebody else since the run began. That would be replaced; it can be undone."
                );
                ask(work, Asked::Overwrite, "Replace newer content?", &text, "Replace", cx);
            }
        }
        Command::Discard if model.ticked_count() > 0 => {
            let text = "What is ticked will not be offered again. The originals stay as they are.";
            ask(work, Asked::Discard, "Discard these changes?", text, "Discard", cx);
        }
        Command::DiscardRun if matches!(model.page, Page::Run(_)) => {
            let text =
                "Everything that the run changed and nobody has applied is removed. This cannot be undone.";
            ask(work, Asked::DiscardRun, "Discard all changes?", text, "Discard all", cx);
        }
        Command::Discard | Command::DiscardRun => {}
        Command::Undo => undo(model, work, cx),
        Command::Why => {
            if let Some(change) = model.selected_change() {
                cx.commands.push(ShellCommand::Why(Subject::Path(change.path.clone())));
            }
        }
        Command::DismissProblem => model.problem = None,
        Command::Answered { id, yes } => {
            let Some((_, asked)) = work.asked.take_if(|(asked, _)| *asked == id).filter(|_| yes) else {
                return;
            };
            match asked {
                Asked::Overwrite => apply(model, work, ApplyMode::Overwrite, cx),
                Asked::Discard => discard(model, work, model.ticked.iter().cloned().collect(), cx),
                Asked::DiscardRun => discard(model, work, Vec::new(), cx),
            }
        }
    }
}

fn ask(work: &mut Work, about: Asked, title: &str, text: &str, confirm: &str, cx: &mut AppContext<'_>) {
    work.questions += 1;
    work.asked = Some((work.questions, about));
    cx.commands.push(ShellCommand::Ask(Question {
        id: work.questions,
        title: title.into(),
        text: text.into(),
        confirm: confirm.into(),
        destructive: true,
    }));
}

fn list(model: &mut Model, work: &mut Work, cx: &AppContext<'_>) {
    match cx.syscalls.submit(ListRuns {}) {
        Ok(pending) => work.list = Some(pending),
        Err(why) => model.failure = Some(Problem::new("The runs cannot be read", &why)),
    }
}

fn changes(model: &mut Model, work: &mut Work, run: RunId, cx: &AppContext<'_>) {
    match cx.syscalls.submit(RunChangesOf { run }) {
        Ok(pending) => work.changes = Some(pending),
        Err(why) => model.failure = Some(Problem::new("The changes cannot be read", &why)),
    }
}

fn reload(model: &mut Model, work: &mut Work, cx: &AppContext<'_>) {
    model.failure = None;
    model.loading = true;
    list(model, work, cx);
    if let Page::Run(run) = model.page {
        changes(model, work, run, cx);
    }
}

fn select(model: &mut Model, work: &mut Work, row: usize, cx: &AppContext<'_>) {
    let count = match model.page {
        Page::Runs => model.runs.as_ref().map_or(0, Vec::len),
        Page::Run(_) => model.rows.len(),
    };
    if row < count && model.selected != Some(row) {
        model.selected = Some(row);
        compare(model, work, cx);
    }
}

/// Asks for the comparison of what is selected.
fn compare(model: &mut Model, work: &mut Work, cx: &AppContext<'_>) {
    (model.diff, work.diff) = (None, None);
    model.lines.clear();
    let (Page::Run(run), Some(change)) = (model.page, model.selected_change()) else { return };
    if !super::diff::has_lines(change) {
        return;
    }
    let path = change.path.clone();
    match cx.syscalls.submit(RunDiff { run, path: path.clone(), context: CONTEXT }) {
        Ok(pending) => work.diff = Some((path, pending)),
        Err(why) => model.diff = Some(Err(plain(&why))),
    }
}

/// Ticks everything at and beneath a row; with all of it ticked, takes that back.
fn tick(model: &mut Model, row: usize) {
    let paths: Vec<String> = match model.change(row) {
        // A folder stands for what is in it, but never for what runs later: that is ticked by itself.
        Some(change) if model.beneath(row).count() <= 1 => {
            model.beneath(row).map(|_| change.path.clone()).collect()
        }
        _ => model
            .beneath(row)
            .filter(|change| is_harmless(change))
            .map(|change| change.path.clone())
            .collect(),
    };
    if paths.iter().all(|path| model.ticked.contains(path)) {
        // What is taken back includes everything.
        let all: Vec<String> = model.beneath(row).map(|change| change.path.clone()).collect();
        for path in all {
            model.ticked.remove(&path);
        }
    } else {
        model.ticked.extend(paths);
    }
}

fn tick_all(model: &mut Model, on: bool) {
    let all = model.changes.iter().flat_map(|changes| &changes.changes);
    model.ticked = all.filter(|change| on && is_harmless(change)).map(|change| change.path.clone()).collect();
}

fn apply(model: &mut Model, work: &mut Work, mode: ApplyMode, cx: &AppContext<'_>) {
    let Page::Run(run) = model.page else { return };
    if model.ticked.is_empty() || model.busy {
        return;
    }
    let mut paths: Vec<String> = model.ticked.iter().cloned().collect();
    paths.sort_unstable();
    match cx.syscalls.submit(ApplyRun { run, paths, mode, exact: true }) {
        Ok(pending) => (work.apply, model.busy) = (Some(pending), true),
        Err(why) => model.problem = Some(Problem::new("Nothing was applied", &why)),
    }
}

fn discard(model: &mut Model, work: &mut Work, mut paths: Vec<String>, cx: &AppContext<'_>) {
    let Page::Run(run) = model.page else { return };
    let whole = paths.is_empty();
    paths.sort_unstable();
    match cx.syscalls.submit(DiscardRun { run, paths, exact: true }) {
        Ok(pending) => (work.discard, model.busy) = (Some((whole, pending)), true),
        Err(why) => model.problem = Some(Problem::new("Nothing was discarded", &why)),
    }
}

fn undo(model: &mut Model, work: &mut Work, cx: &AppContext<'_>) {
    let Some(applied) = model.applied.as_ref().filter(|applied| !applied.undone && !model.busy) else {
        return;
    };
    // What is newer than what was applied stays.
    match cx.syscalls.submit(Undo { cause: applied.cause, mode: UndoMode::Possible }) {
        Ok(pending) => (work.undo, model.busy) = (Some(pending), true),
        Err(why) => model.problem = Some(Problem::new("Nothing was undone", &why)),
    }
}

/// Takes what has come.
pub(super) fn poll(model: &mut Model, work: &mut Work, cx: &mut AppContext<'_>) {
    if let Some(result) = done(&mut work.list) {
        match result {
            Ok(runs) => {
                if let Page::Run(shown) = model.page {
                    model.run = runs.iter().find(|run| run.run == shown).cloned();
                } else {
                    model.loading = false;
                    model.selected = model.selected.filter(|row| *row < runs.len()).or(if runs.is_empty() {
                        None
                    } else {
                        Some(0)
                    });
                }
                model.runs = Some(runs);
            }
            Err(why) => model.failure = Some(Problem::new("The runs cannot be read", &why)),
        }
    }
    // The tree needs the folders, which the list has.
    if work.list.is_none()
        && let Some(result) = done(&mut work.changes)
    {
        model.loading = false;
        match result {
            Ok(found) => {
                model.take_changes(found, std::mem::take(&mut work.first));
                compare(model, work, cx);
            }
            Err(why) if why.errno == Errno::ENOENT => {
                model.failure = Some(Problem {
                    title: "There is nothing to review".into(),
                    text: "The run changed nothing, or was discarded.".into(),
                });
            }
            Err(why) => model.failure = Some(Problem::new("The changes cannot be read", &why)),
        }
    }
    if let Some((path, pending)) = &work.diff
        && let Some(result) = pending.poll()
    {
        if model.selected_change().is_some_and(|change| change.path == *path) {
            model.lines = result.as_ref().map(super::diff::lines).unwrap_or_default();
            model.diff = Some(result.map_err(|why| plain(&why)));
        }
        work.diff = None;
    }
    if let Some(result) = done(&mut work.apply) {
        applied(model, work, result, cx);
    }
    if let Some((whole, result)) =
        work.discard.as_ref().and_then(|(whole, pending)| Some((*whole, pending.poll()?)))
    {
        (work.discard, model.busy) = (None, false);
        discarded(model, work, whole, result, cx);
    }
    if let Some(result) = done(&mut work.undo) {
        model.busy = false;
        match result {
            Ok(undone) => {
                if let Some(applied) = &mut model.applied {
                    applied.undone = true;
                    applied.left = undone.left;
                }
                reload(model, work, cx);
            }
            Err(why) => model.problem = Some(Problem::new("It was not undone", &why)),
        }
    }
}

fn applied(model: &mut Model, work: &mut Work, result: SysResult<Applied>, cx: &AppContext<'_>) {
    model.busy = false;
    match result {
        Ok(applied) => {
            let count = applied.applied.len();
            let left = applied.left;
            model.applied = Some(AppliedLast { cause: applied.cause, count, left, undone: false });
            reload(model, work, cx);
        }
        Err(why) => failed(model, work, "Nothing was applied", &why, cx),
    }
}

fn discarded(
    model: &mut Model,
    work: &mut Work,
    whole: bool,
    result: SysResult<u64>,
    cx: &mut AppContext<'_>,
) {
    match result {
        Ok(_) if whole => {
            cx.toast(Tone::Info, "Discarded", "The originals are as they were.");
            update(model, work, Command::List, cx);
        }
        Ok(_) => reload(model, work, cx),
        Err(why) => failed(model, work, "Nothing was discarded", &why, cx),
    }
}

fn failed(model: &mut Model, work: &mut Work, title: &str, why: &SysError, cx: &AppContext<'_>) {
    model.problem = Some(Problem::new(title, why));
    reload(model, work, cx);
}

fn done<C: Syscall>(slot: &mut Option<Pending<C>>) -> Option<SysResult<C::Reply>> {
    let result = slot.as_ref()?.poll()?;
    *slot = None;
    Some(result)
}
