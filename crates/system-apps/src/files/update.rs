//! Runs the commands of Files and takes the results of its calls.

use super::{
    delete::{DeleteJob, Progress},
    kind::{self, Opens},
    model::{Command, Listing, Model, Rename},
    names::{join, last_name, parent},
};
use crate::common::{format, problem::Problem};
use abi::{
    Errno, Pending, SysResult, Syscall,
    table::{List, Mkdir, Move},
};
use widgets::{AppContext, Question, ShellCommand};

/// Calls under way.
#[derive(Default)]
pub(super) struct Work {
    listing: Option<(String, Pending<List>)>,
    mkdir: Option<(String, Pending<Mkdir>)>,
    rename: Option<(String, Pending<Move>)>,
    delete: Option<DeleteJob>,
    /// The question that was asked last, and what it was about.
    asked: Option<(u64, Vec<(String, abi::table::FileKind)>)>,
    questions: u64,
}

pub(super) fn update(model: &mut Model, work: &mut Work, command: Command, cx: &mut AppContext<'_>) {
    match command {
        Command::Go(path) => {
            model.go(&path);
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
        Command::Up => {
            if let Some(up) = model.parent() {
                let here = last_name(&model.path).to_owned();
                model.go(&up);
                model.choose_next = vec![here];
                reload(model, work, cx);
            }
        }
        Command::Reload => reload(model, work, cx),
        Command::Pick { at, how } => model.pick(at, how),
        Command::PickAll => model.pick_all(),
        Command::PickNone => model.pick_none(),
        Command::Move { by, how } => model.step(by, how),
        Command::TypeAhead { text, now } => model.type_ahead(&text, now),
        Command::Open { at } => open(model, work, at, cx),
        Command::OpenSelected => open_selected(model, work, cx),
        Command::NewFolder => {
            let path = join(&model.path, &model.free_name("New folder"));
            match cx.syscalls.submit(Mkdir { path: path.clone(), parents: false }) {
                Ok(pending) => work.mkdir = Some((path, pending)),
                Err(why) => model.problem = Some(Problem::new("The folder could not be made", &why)),
            }
        }
        Command::BeginRename => {
            if let (1, Some(&entry)) = (model.selection.len(), model.selection.first()) {
                model.rename = Some(Rename { entry });
            }
        }
        Command::CommitRename { to } => rename(model, work, &to, cx),
        Command::CancelRename => model.rename = None,
        Command::AskDelete => ask_delete(model, work, cx),
        Command::Answered { id, yes } => {
            let asked = work.asked.take_if(|(asked, _)| *asked == id);
            if let Some((_, paths)) = asked.filter(|_| yes && work.delete.is_none()) {
                work.delete = Some(DeleteJob::new(paths));
            }
        }
        Command::StopDeleting => {
            if let Some(job) = &mut work.delete {
                job.stopped = true;
            }
        }
        Command::Show(layout) => {
            model.layout = layout;
            model.reveal += 1;
        }
        Command::ToggleHidden => model.toggle_hidden(),
        Command::Filter(filter) => model.set_filter(filter),
        Command::SortBy(sort) => model.set_sort(sort),
        Command::CopyPath => {
            let paths: Vec<String> =
                model.selection.iter().filter_map(|&entry| model.path_of(entry)).collect();
            let text = if paths.is_empty() { model.path.clone() } else { paths.join("\n") };
            cx.commands.push(ShellCommand::CopyText(text));
        }
        Command::DismissProblem => model.problem = None,
    }
}

fn reload(model: &mut Model, work: &mut Work, cx: &mut AppContext<'_>) {
    match cx.syscalls.submit(List { path: model.path.clone() }) {
        Ok(pending) => work.listing = Some((model.path.clone(), pending)),
        Err(why) => model.listing = Listing::Failed(Problem::new("This folder cannot be shown", &why)),
    }
}

fn open(model: &mut Model, work: &mut Work, at: usize, cx: &mut AppContext<'_>) {
    let Some(entry) = model.at(at) else { return };
    let path = join(&model.path, &entry.name);
    match kind::opens(entry) {
        Opens::Folder => {
            model.go(&path);
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

fn rename(model: &mut Model, work: &mut Work, to: &str, cx: &mut AppContext<'_>) {
    let Some(rename) = model.rename.take() else { return };
    let to = to.trim();
    let (Some(from), Some(entry)) = (model.path_of(rename.entry), model.entries.get(rename.entry)) else {
        return;
    };
    if to == entry.name || to.is_empty() {
        return;
    }
    if to.contains('/') || to == "." || to == ".." {
        let text = "A name has no slash and is not “.” or “..”.".to_owned();
        model.problem = Some(Problem { title: format!("“{to}” cannot be a name"), text });
        return;
    }
    match cx.syscalls.submit(Move { from, to: join(&model.path, to), overwrite: false }) {
        Ok(pending) => work.rename = Some((to.to_owned(), pending)),
        Err(why) => model.problem = Some(Problem::new("It could not be renamed", &why)),
    }
}

fn ask_delete(model: &Model, work: &mut Work, cx: &mut AppContext<'_>) {
    let chosen: Vec<_> = model
        .selection
        .iter()
        .filter_map(|&index| Some((model.path_of(index)?, model.entries.get(index)?)))
        .collect();
    let title = match chosen.as_slice() {
        [] => return,
        [(_, entry)] => format!("Delete “{}”?", entry.name),
        many => format!("Delete {}?", format::counted(many.len(), "item", "items")),
    };
    let folders = chosen.iter().any(|(_, entry)| entry.kind == abi::table::FileKind::Directory);
    let text =
        if folders { "With everything inside. This cannot be undone." } else { "This cannot be undone." };
    work.questions += 1;
    cx.commands.push(ShellCommand::Ask(Question {
        id: work.questions,
        title,
        text: text.into(),
        confirm: "Delete".into(),
        destructive: true,
    }));
    work.asked = Some((work.questions, chosen.into_iter().map(|(path, entry)| (path, entry.kind)).collect()));
}

/// Takes results of calls that are done.
pub(super) fn poll(model: &mut Model, work: &mut Work, cx: &mut AppContext<'_>) {
    if let Some((path, result)) = taken(&mut work.mkdir) {
        match result {
            Ok(()) => {
                model.choose_next = vec![last_name(&path).to_owned()];
                model.rename_next = true;
                model.filter.clear();
                reload(model, work, cx);
            }
            Err(why) => model.problem = Some(Problem::new("The folder could not be made", &why)),
        }
    }
    if let Some((name, result)) = taken(&mut work.rename) {
        match result {
            Ok(()) => {
                model.choose_next = vec![name];
                reload(model, work, cx);
            }
            Err(why) => model.problem = Some(Problem::new("It could not be renamed", &why)),
        }
    }
    if let Some(job) = &mut work.delete {
        let progress = job.advance(cx);
        model.activity = Some(format!("Deleting… {}", format::counted(job.deleted, "item", "items")));
        if let Progress::Failed(why) = &progress {
            model.problem = Some(Problem::new("Not everything could be deleted", why));
        }
        if !matches!(progress, Progress::UnderWay) {
            work.delete = None;
            model.activity = None;
            model.pick_none();
            reload(model, work, cx);
        }
    }
    if let Some((path, result)) = taken(&mut work.listing)
        && path == model.path
    {
        listed(model, work, result, cx);
    }
}

fn listed(
    model: &mut Model,
    work: &mut Work,
    result: SysResult<Vec<abi::table::DirEntry>>,
    cx: &mut AppContext<'_>,
) {
    match result {
        Ok(entries) => model.listed(entries),
        // A window that was opened for a file shows its folder, with the file chosen.
        Err(why) if why.errno == Errno::ENOTDIR && !model.can_go_back() && parent(&model.path).is_some() => {
            let name = last_name(&model.path).to_owned();
            let folder = parent(&model.path).unwrap_or_default();
            *model = Model::new(&folder);
            model.choose_next = vec![name];
            reload(model, work, cx);
        }
        Err(why) => {
            let title = match why.errno {
                Errno::ENOENT => "This folder does not exist",
                Errno::EFBIG => "This folder has too many files to show",
                _ => "This folder cannot be shown",
            };
            model.listing = Listing::Failed(Problem::new(title, &why));
        }
    }
}

/// What a call stands for and its result, once it is done.
fn taken<C: Syscall>(slot: &mut Option<(String, Pending<C>)>) -> Option<(String, SysResult<C::Reply>)> {
    let result = slot.as_ref()?.1.poll()?;
    slot.take().map(|(what, _)| (what, result))
}
