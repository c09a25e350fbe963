//! What changes files: made, named, moved, copied, put away, brought back, taken back. Each on a cause of its own, so
//! that it can be undone by itself and says afterwards what it was.

mod earlier;
mod order;
mod outcome;
mod question;

pub(super) use outcome::poll;

use super::{
    history::{Entry, History, Way},
    job::{Job, Op, Order},
    model::{Command, Deed, Model},
};
use abi::{
    CauseId, CauseKind, CauseSpec, Pending, UiCaller,
    table::{Create, Explain, FileKind, Mkdir, Move, QueryJournal, UndoMode},
};
use order::{bring, new, paste, put_away, rename, restore, take_back, transfer};
use question::{answered, ask_discard, ask_erase};
use std::collections::VecDeque;
use widgets::AppContext;

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
