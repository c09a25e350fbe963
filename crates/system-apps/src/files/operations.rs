//! What changes files: made, named, moved, copied, put away, brought back, taken back. Each on a cause of its own, so
//! that it can be undone by itself and says afterwards what it was.

use super::{
    clipboard::Clip,
    history::{Entry, History, Way},
    job::{Erase, Job, Op, Order, Outcome, Transfer, Work},
    model::{Activity, Command, Deed, HOME, Model, Offer},
    names::{join, last_name, parent, place, wrong},
    update::say,
};
use crate::common::{
    format,
    problem::{Problem, plain},
};
use abi::{
    CauseId, CauseKind, CauseSpec, Pending, SysResult, UiCaller,
    table::{Create, Explain, FileKind, Mkdir, Move, QueryJournal, UndoMode},
};
use std::{collections::VecDeque, time::Duration};
use widgets::{AppContext, Question, ShellCommand};

/// Jobs that may wait for the one that runs.
const WAITING: usize = 32;
/// How often a long call is asked how far it is.
const ACTIVITY_INTERVAL: Duration = Duration::from_millis(100);
/// How the label of a cause of ours ends.
const OURS: &str = " in Files";

/// A single call.
enum Quick {
    NewFolder(String, Pending<Mkdir>),
    NewFile(String, Pending<Create>),
    Rename(String, Pending<Move>),
}

/// What a question is about.
enum Ask {
    Erase(Vec<(String, FileKind)>),
    /// Items of the trash.
    Discard(Vec<String>),
}

/// Changes under way, and those that were made.
#[derive(Default)]
pub(super) struct Operations {
    quick: Option<(Quick, Entry)>,
    jobs: VecDeque<Job>,
    asked: Option<(u64, Ask)>,
    questions: u64,
    pub(super) history: History,
    /// What the app did last before this window was there.
    earlier: Option<Pending<QueryJournal>>,
    earlier_label: Option<(CauseId, Pending<Explain>)>,
    reload: bool,
    /// What the person did that the next change comes from; the desktop says it of clicks.
    pub(super) deed: Option<Deed>,
}

impl Operations {
    /// Whether what is shown has to be asked for anew.
    pub(super) fn wants_reload(&mut self) -> bool {
        std::mem::take(&mut self.reload)
    }

    /// Whether something goes on that closing the window would end.
    pub(super) fn is_busy(&self) -> bool {
        !self.jobs.is_empty()
    }

    /// Finds out what was done last, so that it can be undone after a restart.
    pub(super) fn look_back(&mut self, cx: &AppContext<'_>) {
        let query = QueryJournal {
            app: Some("files".into()),
            kind: Some("file".into()),
            limit: 1,
            cause: None,
            path: None,
            pid: None,
            since_millis: None,
            before: None,
        };
        // Without it there is only less to undo.
        self.earlier = cx.syscalls.submit(query).ok();
    }

    fn take_earlier(&mut self, cx: &AppContext<'_>) {
        if let Some(result) = self.earlier.as_ref().and_then(Pending::poll) {
            self.earlier = None;
            if let Some(row) = result.ok().and_then(|rows| rows.into_iter().next()) {
                let explain = Explain { path: None, pid: None, window: None, cause: Some(row.cause) };
                self.earlier_label = cx.syscalls.submit(explain).ok().map(|pending| (row.cause, pending));
            }
        }
        let Some(result) = self.earlier_label.as_ref().and_then(|(_, pending)| pending.poll()) else {
            return;
        };
        let Some((cause, _)) = self.earlier_label.take() else { return };
        let label = result.unwrap_or_default().iter().find_map(|one| {
            let own = one.chain.iter().find(|link| link.id == cause)?;
            own.spec.label.strip_suffix(OURS).map(str::to_owned)
        });
        if let Some(label) = label {
            self.history.remember(Entry { label, cause });
        }
    }

    fn ask(&mut self, question: Question, ask: Ask, cx: &mut AppContext<'_>) {
        self.questions += 1;
        cx.commands.push(ShellCommand::Ask(Question { id: self.questions, ..question }));
        self.asked = Some((self.questions, ask));
    }
}

/// A caller on a new cause with this label.
fn account(work: &mut Operations, cx: &AppContext<'_>, label: &str) -> (CauseId, UiCaller) {
    let app = Some("files".to_owned());
    let known = cx.syscalls.handle().cause();
    // A key or a drag is no click on something: the cause at hand is that of an earlier one.
    let done = work.deed.take().map(|deed| match deed {
        Deed::Key(keys) => CauseSpec::new(CauseKind::Key, format!("key {keys}{OURS}")),
        Deed::Drag => CauseSpec::new(CauseKind::Pointer, format!("drag of files{OURS}")),
    });
    let parent = match done {
        Some(spec) => cx.syscalls.open_cause(CauseSpec { app: app.clone(), ..spec }),
        None => known,
    };
    let spec = CauseSpec {
        parent: Some(parent).filter(|&cause| cause != CauseId::NONE),
        app,
        ..CauseSpec::new(CauseKind::App, format!("{label}{OURS}"))
    };
    let cause = cx.syscalls.open_cause(spec);
    (cause, cx.syscalls.with_cause(cause))
}

pub(super) fn update(model: &mut Model, work: &mut Operations, command: Command, cx: &mut AppContext<'_>) {
    match command {
        Command::NewFolder => new(model, work, true, cx),
        Command::NewFile => new(model, work, false, cx),
        Command::CommitRename { to } => rename(model, work, &to, cx),
        Command::Delete if model.in_trash() => ask_discard(model, work, false, cx),
        Command::Delete => {
            let paths = model.selected_paths();
            put_away(work, &paths, model.beside_selection(), cx);
        }
        Command::DropInTrash { paths } => put_away(work, &paths, None, cx),
        Command::AskErase if model.in_trash() => ask_discard(model, work, false, cx),
        Command::AskErase => ask_erase(model, work, cx),
        Command::AskEmptyTrash => ask_discard(model, work, true, cx),
        Command::Restore => restore(model, work, cx),
        Command::Answered { id, yes } => {
            let asked = work.asked.take_if(|(asked, _)| *asked == id);
            if let Some((_, ask)) = asked.filter(|_| yes) {
                answered(work, ask, model.beside_selection(), cx);
            }
        }
        Command::Paste(text) => paste(model, work, &text, cx),
        Command::Duplicate => {
            let orders: Vec<Order> = model
                .selected_paths()
                .into_iter()
                .map(|path| Order { op: Op::Copy, from: path.clone(), to: path })
                .collect();
            transfer(work, "Copy", "Copying", "copied", orders, cx);
        }
        Command::Drop { paths, into, copies } => bring(work, paths, &into, copies, cx),
        Command::TakeBack(way) => take_back(model, work, way, UndoMode::Whole, cx),
        Command::TakeBackPossible => {
            let way = model.obstacles.take().map_or(Way::Undo, |obstacles| obstacles.way);
            take_back(model, work, way, UndoMode::Possible, cx);
        }
        Command::StopJob => {
            if let Some(job) = work.jobs.front_mut() {
                job.stop();
            }
        }
        Command::Decide { choice, all } => {
            if let Some(job) = work.jobs.front_mut() {
                job.decide(choice, all);
            }
        }
        // The others are no changes.
        _ => {}
    }
}

fn new(model: &mut Model, work: &mut Operations, folder: bool, cx: &AppContext<'_>) {
    let Some(here) = model.folder().filter(|_| work.quick.is_none()) else { return };
    let wanted = if folder { "New folder" } else { "New file.txt" };
    let name = model.free_name(wanted, folder);
    let path = join(here, &name);
    let label = format!("Creation of {name}");
    let (cause, syscalls) = account(work, cx, &label);
    let quick = if folder {
        syscalls.submit(Mkdir { path, parents: false }).map(|pending| Quick::NewFolder(name, pending))
    } else {
        let create = Create { path, data: abi::Bytes::default() };
        syscalls.submit(create).map(|pending| Quick::NewFile(name, pending))
    };
    match quick {
        Ok(quick) => work.quick = Some((quick, Entry { label, cause })),
        Err(why) => model.problem = Some(Problem::new("It could not be made", &why)),
    }
}

fn rename(model: &mut Model, work: &mut Operations, to: &str, cx: &AppContext<'_>) {
    let Some(rename) = model.rename.take() else { return };
    let (Some(from), Some(entry)) = (model.path_of(rename.entry), model.entries.get(rename.entry)) else {
        return;
    };
    let (to, name) = (to.trim(), last_name(&entry.name));
    if to == name || to.is_empty() || work.quick.is_some() {
        return;
    }
    if let Some(why) = wrong(to) {
        model.problem = Some(Problem { title: format!("“{to}” cannot be a name"), text: why.into() });
        return;
    }
    let label = format!("Rename of {name}");
    let (cause, syscalls) = account(work, cx, &label);
    let target = join(&parent(&from).unwrap_or_default(), to);
    match syscalls.submit(Move { from, to: target, overwrite: false }) {
        Ok(pending) => work.quick = Some((Quick::Rename(to.to_owned(), pending), Entry { label, cause })),
        Err(why) => model.problem = Some(Problem::new("It could not be renamed", &why)),
    }
}

/// `notes.txt` or `3 items`.
fn things(orders: &[Order]) -> String {
    match orders {
        [one] => last_name(&one.from).to_owned(),
        many => format::counted(many.len(), "item", "items"),
    }
}

/// Takes back what was done last, or does it again.
fn take_back(model: &mut Model, work: &mut Operations, way: Way, mode: UndoMode, cx: &AppContext<'_>) {
    let Some(what) = work.history.next(way).map(str::to_owned) else { return };
    let verb = if way == Way::Undo { "Undo" } else { "Redo" };
    let (_, syscalls) = account(work, cx, &format!("{verb} of {what}"));
    if let Err(why) = work.history.begin(way, mode, &syscalls) {
        model.problem = Some(Problem::new(format!("{what} could not be taken back"), &why));
    }
}

/// Queues a job; nothing for nothing.
fn transfer(
    work: &mut Operations,
    noun: &str,
    doing: &'static str,
    then: &str,
    orders: Vec<Order>,
    cx: &AppContext<'_>,
) {
    if orders.is_empty() || work.jobs.len() >= WAITING {
        return;
    }
    let label = format!("{noun} of {}", things(&orders));
    let (cause, syscalls) = account(work, cx, &label);
    let job = Work::Transfer(Transfer::new(syscalls, orders));
    work.jobs.push_back(Job { label, doing, then: then.to_owned(), cause, beside: None, work: job });
}

fn put_away(work: &mut Operations, paths: &[String], beside: Option<String>, cx: &AppContext<'_>) {
    let order = |path: &String| Order { op: Op::Trash, from: path.clone(), to: String::new() };
    let queued = work.jobs.len();
    transfer(work, "Delete", "Deleting", "moved to the trash", paths.iter().map(order).collect(), cx);
    if let Some(job) = work.jobs.get_mut(queued) {
        job.beside = beside;
    }
}

fn restore(model: &Model, work: &mut Operations, cx: &AppContext<'_>) {
    let chosen = model.shown.iter().filter(|index| model.selection.contains(index));
    let order = |item: &abi::table::TrashEntry| Order {
        op: Op::Restore,
        from: item.item.clone(),
        to: item.original.clone().unwrap_or_else(|| join(HOME, last_name(&item.item))),
    };
    let orders = chosen.filter_map(|&index| model.trash.get(index)).map(order).collect();
    transfer(work, "Restore", "Restoring", "restored", orders, cx);
}

fn paste(model: &mut Model, work: &mut Operations, text: &str, cx: &mut AppContext<'_>) {
    model.expects_paste = false;
    let Some(into) = model.folder().map(str::to_owned) else {
        say(model, "Nothing can be put into the trash by pasting.".into(), Offer::Nothing, cx);
        return;
    };
    let Some(clip) = Clip::from_text(text) else {
        say(model, "There are no files on the clipboard.".into(), Offer::Nothing, cx);
        return;
    };
    model.cut.clear();
    bring(work, clip.paths, &into, !clip.cut, cx);
}

/// Copies or moves into a folder. What is there already stays.
fn bring(work: &mut Operations, paths: Vec<String>, into: &str, copies: bool, cx: &AppContext<'_>) {
    let op = if copies { Op::Copy } else { Op::Move };
    let comes = |path: &String| copies || (parent(path).as_deref() != Some(into) && path != into);
    let order = |path: String| Order { op, to: join(into, last_name(&path)), from: path };
    let orders: Vec<Order> = paths.into_iter().filter(comes).map(order).collect();
    let place = place(into);
    if copies {
        transfer(work, "Copy", "Copying", &format!("copied to {place}"), orders, cx);
    } else {
        transfer(work, "Move", "Moving", &format!("moved to {place}"), orders, cx);
    }
}

fn ask_erase(model: &Model, work: &mut Operations, cx: &mut AppContext<'_>) {
    let chosen: Vec<(String, FileKind)> = model
        .selection
        .iter()
        .filter_map(|&index| Some((model.path_of(index)?, model.entries.get(index)?.kind)))
        .collect();
    let what = match chosen.as_slice() {
        [] => return,
        [(path, _)] => format!("“{}”", last_name(path)),
        many => format::counted(many.len(), "item", "items"),
    };
    let folders = chosen.iter().any(|(_, kind)| *kind == FileKind::Directory);
    let inside = if folders { "With everything inside. " } else { "" };
    let question = Question {
        id: 0,
        title: format!("Delete {what} for good?"),
        text: format!("{inside}It does not go to the trash."),
        confirm: "Delete".into(),
        destructive: true,
    };
    work.ask(question, Ask::Erase(chosen), cx);
}

fn ask_discard(model: &Model, work: &mut Operations, all: bool, cx: &mut AppContext<'_>) {
    let index = |item: &usize| all || model.selection.contains(item);
    let chosen: Vec<usize> = (0..model.trash.len()).filter(index).collect();
    let items: Vec<_> = chosen.iter().filter_map(|&index| model.trash.get(index)).collect();
    let size = format::bytes(items.iter().map(|item| item.size).sum());
    let size = match model.trash_content {
        Some(content) if all => {
            let files: u64 = items.iter().map(|item| item.size).sum();
            let least = if content.counting || content.partial { "at least " } else { "" };
            format!("{least}{}", format::bytes(files + content.bytes))
        }
        _ => size,
    };
    let what = match items.as_slice() {
        [] => return,
        [one] => format!("“{}”", last_name(one.original.as_deref().unwrap_or(&one.item))),
        many => format::counted(many.len(), "item", "items"),
    };
    let title = if all { "Empty the trash?".to_owned() } else { format!("Delete {what} for good?") };
    let text = if all {
        format!("{} will be deleted for good: {size}.", format::counted(items.len(), "item", "items"))
    } else {
        "What is deleted from the trash cannot be brought back.".to_owned()
    };
    let confirm = if all { "Empty trash" } else { "Delete" };
    let question = Question { id: 0, title, text, confirm: confirm.into(), destructive: true };
    work.ask(question, Ask::Discard(items.into_iter().map(|item| item.item.clone()).collect()), cx);
}

fn answered(work: &mut Operations, ask: Ask, beside: Option<String>, cx: &AppContext<'_>) {
    match ask {
        Ask::Discard(items) => {
            let order = |from: String| Order { op: Op::Discard, from, to: String::new() };
            let orders = items.into_iter().map(order).collect();
            transfer(work, "Permanent delete", "Deleting", "deleted for good", orders, cx);
        }
        Ask::Erase(paths) => {
            let what = match paths.as_slice() {
                [(path, _)] => last_name(path).to_owned(),
                many => format::counted(many.len(), "item", "items"),
            };
            let label = format!("Permanent delete of {what}");
            let (cause, syscalls) = account(work, cx, &label);
            let job = Work::Erase(Erase::new(syscalls, paths));
            let then = "deleted for good".to_owned();
            work.jobs.push_back(Job { label, doing: "Deleting", then, cause, beside, work: job });
        }
    }
}

/// Takes results.
pub(super) fn poll(model: &mut Model, work: &mut Operations, cx: &mut AppContext<'_>) {
    work.take_earlier(cx);
    take_quick(model, work);
    let Some(job) = work.jobs.front_mut() else { return };
    let over = job.advance();
    if !over {
        model.activity = Some(activity(job));
        // A long copy says how far it is when it is asked.
        if !job.waits() {
            cx.wake_after(ACTIVITY_INTERVAL);
        }
        return;
    }
    model.activity = None;
    if let Some(job) = work.jobs.pop_front() {
        finish(model, work, &job, cx);
    }
    // The next one begins with the next frame.
    if !work.jobs.is_empty() {
        cx.wake_after(Duration::ZERO);
    }
}

fn take_quick(model: &mut Model, work: &mut Operations) {
    let Some((quick, entry)) = work.quick.take() else { return };
    let result = match &quick {
        Quick::NewFolder(_, pending) => pending.poll(),
        Quick::NewFile(_, pending) => pending.poll(),
        Quick::Rename(_, pending) => pending.poll(),
    };
    let Some(result): Option<SysResult<()>> = result else {
        work.quick = Some((quick, entry));
        return;
    };
    let title = match &quick {
        Quick::NewFolder(..) => "The folder could not be made",
        Quick::NewFile(..) => "The file could not be made",
        Quick::Rename(..) => "It could not be renamed",
    };
    let renames = matches!(quick, Quick::Rename(..));
    let (Quick::NewFolder(name, _) | Quick::NewFile(name, _) | Quick::Rename(name, _)) = quick;
    if let Err(why) = result {
        model.problem = Some(Problem::new(title, &why));
    } else {
        work.history.push(entry);
        model.problem = None;
        model.choose_next = vec![name];
        model.rename_next = !renames;
        if !renames {
            model.filter.clear();
            model.found = None;
        }
    }
    // Also where it failed: what is shown may be out of date.
    work.reload = true;
}

fn activity(job: &Job) -> Activity {
    let outcome = job.outcome();
    let over = outcome.done + outcome.failed + outcome.skipped;
    let of = format::counted(outcome.found, "item", "items");
    let words = if job.is_stopped() {
        "Stopping…".to_owned()
    } else if job.waits() {
        format!("{} waits for an answer", job.doing)
    } else if outcome.found == 1 {
        format!("{}…", job.doing)
    } else {
        format!("{} {} of {of}", job.doing, format::count((over + 1).min(outcome.found) as u64))
    };
    Activity {
        words,
        share: job.share(),
        stopping: job.is_stopped(),
        clash: job.clash().map(|(clash, others)| (clash.clone(), others)),
    }
}

fn finish(model: &mut Model, work: &mut Operations, job: &Job, cx: &mut AppContext<'_>) {
    let outcome = job.outcome();
    let discards = job.then == "deleted for good";
    if outcome.changed && !matches!(&job.work, Work::Transfer(_) if discards) {
        work.history.push(Entry { label: job.label.clone(), cause: job.cause });
    }
    let offer = if outcome.changed && !discards { Offer::Undo } else { Offer::Nothing };
    model.problem = failure(job.doing, outcome);
    let what = match outcome.results.as_slice() {
        [one] if outcome.found == 1 => format!("“{}”", last_name(one)),
        _ => format::counted(outcome.done, "item", "items"),
    };
    if outcome.done > 0 {
        let stopped = if job.is_stopped() { "Stopped: " } else { "" };
        let skipped =
            if outcome.skipped > 0 { format!(", {} skipped", outcome.skipped) } else { String::new() };
        say(model, format!("{stopped}{what} {}{skipped}", job.then), offer, cx);
    } else if outcome.failed == 0 {
        let text = match (job.is_stopped(), outcome.changed) {
            (true, true) => "Stopped before anything was done as a whole.",
            (true, false) => "Stopped. Nothing was changed.",
            (false, _) => "Nothing was changed.",
        };
        say(model, text.into(), offer, cx);
    } else {
        model.notice = None;
    }
    let here = model.folder().map(str::to_owned);
    let arrived = outcome.results.iter().filter(|path| parent(path) == here);
    let names: Vec<String> = arrived.map(|path| last_name(path).to_owned()).collect();
    if !names.is_empty() {
        model.choose_next = names;
    } else if outcome.failed == 0
        && let Some(beside) = &job.beside
        && model.selection.iter().filter_map(|&entry| model.path_of(entry)).all(|path| job.took(&path))
    {
        // The keyboard goes on from there.
        model.choose_next = vec![beside.clone()];
    }
    work.reload = true;
}

/// What went wrong, in words.
fn failure(doing: &str, outcome: &Outcome) -> Option<Problem> {
    let (path, why) = outcome.failures.first()?;
    let verb = match doing {
        "Copying" => "copied",
        "Moving" => "moved",
        "Restoring" => "restored",
        _ => "deleted",
    };
    let title = if outcome.found == 1 && !path.is_empty() {
        format!("“{}” could not be {verb}", last_name(path))
    } else {
        let of = format::count(outcome.found as u64);
        format!("{} of {of} items could not be {verb}", format::count(outcome.failed as u64))
    };
    if outcome.found == 1 {
        return Some(Problem { title, text: plain(why) });
    }
    let line = |(path, why): &(String, abi::SysError)| match path.as_str() {
        "" => plain(why),
        path => format!("{}: {}", last_name(path), plain(why)),
    };
    let mut lines: Vec<String> = outcome.failures.iter().take(3).map(line).collect();
    if outcome.failed > lines.len() {
        lines.push(format!("… and {} more.", outcome.failed - lines.len()));
    }
    Some(Problem { title, text: lines.join("\n") })
}
