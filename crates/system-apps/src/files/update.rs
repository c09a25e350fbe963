//! Runs the commands of Files and takes the results of its calls.

use super::{
    clipboard::Clip,
    history::{News, Way},
    kind::{self, Opens},
    listing::Listings,
    model::{Command, Listing, Model, Notice, Offer, Place, Rename},
    names::{join, last_name},
    operations::{self, Operations},
    properties::Inquiry,
    watcher::Watcher,
};
use crate::common::problem::Problem;
use std::{collections::BTreeSet, time::Duration};
use widgets::{AppContext, ShellCommand, Subject};

/// Seconds that a line at the bottom stays.
const NOTICE_SECONDS: f64 = 12.0;

/// Shortest time between two readings of a folder that keeps changing, in seconds.
const OFTEN_SECONDS: f64 = 0.3;
/// The same for one with more than [`MANY`] names.
const RARELY_SECONDS: f64 = 3.0;
const MANY: usize = 5_000;

/// Calls under way.
#[derive(Default)]
pub(super) struct Work {
    pub(super) listings: Listings,
    pub(super) operations: Operations,
    inquiry: Inquiry,
    watcher: Watcher,
    /// Something changed that is not shown yet.
    stale: bool,
    /// Second of the frame clock when the folder was last asked for because of that.
    refreshed: f64,
    begun: bool,
}

pub(super) fn update(model: &mut Model, work: &mut Work, command: Command, cx: &mut AppContext<'_>) {
    if let Command::By(deed) = command {
        work.operations.deed = Some(deed);
        return;
    }
    run(model, work, command, cx);
    work.operations.deed = None;
    if work.operations.wants_reload() {
        reload(model, work, cx);
    }
}

fn run(model: &mut Model, work: &mut Work, command: Command, cx: &mut AppContext<'_>) {
    match command {
        Command::Go(place) => {
            model.go(place);
            reload(model, work, cx);
        }
        Command::Back => {
            model.go_back();
            reload(model, work, cx);
        }
        Command::Forward => {
            model.go_forward();
            reload(model, work, cx);
        }
        Command::Up => up(model, work, cx),
        Command::Reload => reload(model, work, cx),
        Command::Pick { at, how } => model.pick(at, how),
        Command::PickThese { at, beside } => model.pick_these(&at, &beside),
        Command::PickAll => model.pick_all(),
        Command::PickNone => model.pick_none(),
        Command::Move { by, how } => model.step(by, how),
        Command::TypeAhead { text, now } => model.type_ahead(&text, now),
        Command::Open { at } => open(model, work, at, cx),
        Command::OpenSelected => open_selected(model, work, cx),
        Command::BeginRename => {
            if let Some(entry) = model.only().filter(|_| !model.in_trash()) {
                model.rename = Some(Rename { entry });
            }
        }
        Command::CancelRename => model.rename = None,
        Command::Copy | Command::Cut => copy(model, command == Command::Cut, cx),
        Command::WantPaste => {
            model.expects_paste = true;
            cx.commands.push(ShellCommand::Paste);
        }
        Command::Show(layout) => {
            model.layout = layout;
            model.reveal += 1;
        }
        Command::ToggleHidden => model.toggle_hidden(),
        Command::Filter(filter) => {
            if model.found.is_some() {
                work.listings.stop_search(model, cx);
                model.found = None;
                model.filter = filter;
                reload(model, work, cx);
            } else {
                model.set_filter(filter);
            }
        }
        Command::FocusFilter => model.wants_filter += 1,
        Command::Search => work.listings.search(model, cx),
        Command::StopSearch => work.listings.stop_search(model, cx),
        Command::SortBy(sort) => model.set_sort(sort),
        Command::EditPath(on) => model.path_edit = on,
        Command::CopyPath => {
            let paths = model.selected_paths();
            let here = model.folder().unwrap_or_default().to_owned();
            cx.commands.push(ShellCommand::CopyText(if paths.is_empty() { here } else { paths.join("\n") }));
        }
        Command::ToggleProperties => {
            if model.details.take().is_some() {
                work.inquiry.end(cx.syscalls);
            } else {
                inquire(model, work, cx);
            }
        }
        Command::Why => {
            let path = match model.only() {
                Some(entry) if model.in_trash() => {
                    model.trash.get(entry).map(|item| item.original.clone().unwrap_or(item.item.clone()))
                }
                Some(entry) => model.path_of(entry),
                None => model.folder().map(str::to_owned),
            };
            cx.commands.extend(path.map(|path| ShellCommand::Why(Subject::Path(path))));
        }
        Command::OpenIn(app) => {
            let folder = match model.only().and_then(|entry| model.at(entry).map(|found| (entry, found))) {
                Some((entry, found)) if matches!(kind::opens(found), Opens::Folder) => model.path_of(entry),
                _ => model.folder().map(str::to_owned),
            };
            cx.commands.extend(folder.map(|argument| ShellCommand::OpenWith { app: app.into(), argument }));
        }
        Command::DismissProblem => model.problem = None,
        Command::DismissNotice => model.notice = None,
        Command::LeaveObstacles => model.obstacles = None,
        other => operations::update(model, &mut work.operations, other, cx),
    }
}

/// Asks for the content of this place anew.
fn reload(model: &mut Model, work: &mut Work, cx: &mut AppContext<'_>) {
    work.listings.reload(model, cx);
    if model.details.is_some() {
        inquire(model, work, cx);
    }
}

fn up(model: &mut Model, work: &mut Work, cx: &mut AppContext<'_>) {
    let Some(up) = model.parent() else { return };
    let here = last_name(model.folder().unwrap_or_default()).to_owned();
    model.go(Place::Folder(up));
    model.choose_next = vec![here];
    reload(model, work, cx);
}

fn open(model: &mut Model, work: &mut Work, at: usize, cx: &mut AppContext<'_>) {
    let Some(entry) = model.at(at) else { return };
    let Some(folder) = model.folder() else {
        let text = "Restore it first: what is in the trash is not opened.".into();
        say(model, text, Offer::Nothing, cx);
        return;
    };
    let path = join(folder, &entry.name);
    match kind::opens(entry) {
        Opens::Folder => {
            model.go(Place::Folder(path));
            reload(model, work, cx);
        }
        Opens::File => cx.commands.push(ShellCommand::OpenPath(path)),
        Opens::Nothing => {
            model.problem = Some(Problem {
                title: format!("{} cannot be opened", entry.name),
                text: "It is a device or a socket of the host.".into(),
            });
        }
    }
}

/// Opens what is chosen: one folder is entered, files are opened, at most ten of them.
fn open_selected(model: &mut Model, work: &mut Work, cx: &mut AppContext<'_>) {
    let chosen: Vec<usize> =
        (0..model.shown.len()).filter(|&at| model.selection.contains(&model.shown[at])).take(10).collect();
    match chosen.as_slice() {
        [one] => open(model, work, *one, cx),
        many => {
            for &at in many {
                if model.at(at).is_some_and(|entry| kind::opens(entry) == Opens::File) {
                    open(model, work, at, cx);
                }
            }
        }
    }
}

fn copy(model: &mut Model, cut: bool, cx: &mut AppContext<'_>) {
    let paths = model.selected_paths();
    if paths.is_empty() || (cut && model.in_trash()) {
        return;
    }
    model.cut = if cut { paths.iter().cloned().collect() } else { BTreeSet::new() };
    cx.commands.push(ShellCommand::CopyText(Clip { cut, paths }.to_text()));
}

/// Shows a line at the bottom for a while.
pub(super) fn say(model: &mut Model, text: String, offer: Offer, cx: &mut AppContext<'_>) {
    model.notice = Some(Notice { text, offer, until: cx.now_seconds + NOTICE_SECONDS });
    cx.wake_after(Duration::from_secs_f64(NOTICE_SECONDS));
}

/// Finds out about what is chosen, or about the folder itself.
fn inquire(model: &mut Model, work: &mut Work, cx: &AppContext<'_>) {
    let Some((path, original)) = subject(model) else {
        work.inquiry.end(cx.syscalls);
        model.details = Some(super::properties::Details::default());
        return;
    };
    let details = work.inquiry.begin(&path, original.as_deref(), model.details.as_ref(), cx.syscalls);
    model.details = Some(details);
}

/// What the panel of properties is about: path, and where it was if it is in the trash.
fn subject(model: &Model) -> Option<(String, Option<String>)> {
    match model.only() {
        Some(entry) => {
            let original = model.trash.get(entry).and_then(|item| item.original.clone());
            Some((model.path_of(entry)?, original.filter(|_| model.in_trash())))
        }
        None if model.selection.is_empty() => Some((model.folder()?.to_owned(), None)),
        None => None,
    }
}

/// Takes results of calls that are done.
pub(super) fn poll(model: &mut Model, work: &mut Work, cx: &mut AppContext<'_>) {
    if !std::mem::replace(&mut work.begun, true) {
        work.operations.look_back(cx);
    }
    operations::poll(model, &mut work.operations, cx);
    if let Some(news) = work.operations.history.poll(cx.syscalls) {
        take_news(model, work, news, cx);
    }
    if work.operations.wants_reload() {
        reload(model, work, cx);
    }
    refresh(model, work, cx);
    work.listings.poll(model, cx);
    if model.details.is_some() {
        let about = subject(model).map(|(path, _)| path).unwrap_or_default();
        if model.details.as_ref().is_some_and(|details| details.path != about) {
            inquire(model, work, cx);
        }
        if let Some(details) = &mut model.details {
            work.inquiry.poll(details, cx.syscalls);
        }
    }
    model.undo = work.operations.history.next(Way::Undo).map(str::to_owned);
    model.redo = work.operations.history.next(Way::Redo).map(str::to_owned);
    if model.notice.as_ref().is_some_and(|notice| cx.now_seconds >= notice.until) {
        model.notice = None;
    }
}

/// Reads the folder anew where somebody changed it: not while a name is written, and not all the time.
fn refresh(model: &mut Model, work: &mut Work, cx: &mut AppContext<'_>) {
    let folder = model.folder().filter(|_| model.listing == Listing::Ready && model.found.is_none());
    work.watcher.follow(folder, cx.syscalls);
    work.stale |= work.watcher.poll(cx.syscalls);
    if !work.stale || folder.is_none() || model.rename.is_some() {
        return;
    }
    let interval = if model.entries.len() > MANY { RARELY_SECONDS } else { OFTEN_SECONDS };
    let due = work.refreshed + interval - cx.now_seconds;
    if due > 0.0 {
        cx.wake_after(Duration::from_secs_f64(due));
        return;
    }
    work.stale = false;
    work.refreshed = cx.now_seconds;
    reload(model, work, cx);
}

fn take_news(model: &mut Model, work: &mut Work, news: News, cx: &mut AppContext<'_>) {
    match news {
        News::Done { way, label, left } => {
            model.problem = None;
            model.obstacles = None;
            let (word, offer) = match way {
                Way::Undo => ("Undone", Offer::Redo),
                Way::Redo => ("Done again", Offer::Undo),
            };
            let rest = if left > 0 { format!(" ({left} left as they are)") } else { String::new() };
            say(model, format!("{word}: {label}{rest}"), offer, cx);
        }
        News::Refused(obstacles) => {
            model.notice = None;
            model.obstacles = Some(obstacles);
        }
        News::Failed(problem) => {
            model.notice = None;
            model.problem = Some(problem);
        }
    }
    reload(model, work, cx);
}
