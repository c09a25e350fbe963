//! Begins changes: single calls, and jobs that wait for their turn.

use super::{Operations, Quick, account};
use crate::{
    common::{format, problem::Problem},
    files::{
        clipboard::Clip,
        history::{Entry, Way},
        job::{Job, Op, Order, Transfer, Work},
        model::{HOME, Model, Offer},
        names::{join, last_name, parent, place, wrong},
        update::say,
    },
};
use abi::table::{Create, Mkdir, Move, UndoMode};
use widgets::AppContext;

/// Jobs that may wait for the one that runs.
const WAITING: usize = 32;

pub(super) fn new(model: &mut Model, work: &mut Operations, folder: bool, cx: &AppContext<'_>) {
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

pub(super) fn rename(model: &mut Model, work: &mut Operations, to: &str, cx: &AppContext<'_>) {
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
pub(super) fn take_back(
    model: &mut Model,
    work: &mut Operations,
    way: Way,
    mode: UndoMode,
    cx: &AppContext<'_>,
) {
    let Some(what) = work.history.next(way).map(str::to_owned) else { return };
    let verb = if way == Way::Undo { "Undo" } else { "Redo" };
    let (_, syscalls) = account(work, cx, &format!("{verb} of {what}"));
    if let Err(why) = work.history.begin(way, mode, &syscalls) {
        model.problem = Some(Problem::new(format!("{what} could not be taken back"), &why));
    }
}

/// Queues a job; nothing for nothing.
pub(super) fn transfer(
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

pub(super) fn put_away(work: &mut Operations, paths: &[String], beside: Option<String>, cx: &AppContext<'_>) {
    let order = |path: &String| Order { op: Op::Trash, from: path.clone(), to: String::new() };
    let queued = work.jobs.len();
    transfer(work, "Delete", "Deleting", "moved to the trash", paths.iter().map(order).collect(), cx);
    if let Some(job) = work.jobs.get_mut(queued) {
        job.beside = beside;
    }
}

pub(super) fn restore(model: &Model, work: &mut Operations, cx: &AppContext<'_>) {
    let chosen = model.shown.iter().filter(|index| model.selection.contains(index));
    let order = |item: &abi::table::TrashEntry| Order {
        op: Op::Restore,
        from: item.item.clone(),
        to: item.original.clone().unwrap_or_else(|| join(HOME, last_name(&item.item))),
    };
    let orders = chosen.filter_map(|&index| model.trash.get(index)).map(order).collect();
    transfer(work, "Restore", "Restoring", "restored", orders, cx);
}

pub(super) fn paste(model: &mut Model, work: &mut Operations, text: &str, cx: &mut AppContext<'_>) {
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
pub(super) fn bring(
    work: &mut Operations,
    paths: Vec<String>,
    into: &str,
    copies: bool,
    cx: &AppContext<'_>,
) {
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
