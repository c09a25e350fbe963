//! Questions before what cannot be taken back, and their answers.

use super::{Ask, Operations, account, transfer};
use crate::{
    common::format,
    files::{
        job::{Erase, Job, Op, Order, Work},
        model::Model,
        names::last_name,
    },
};
use abi::table::FileKind;
use widgets::{AppContext, Question, ShellCommand};

impl Operations {
    fn ask(&mut self, question: Question, ask: Ask, cx: &mut AppContext<'_>) {
        self.questions += 1;
        cx.commands.push(ShellCommand::Ask(Question { id: self.questions, ..question }));
        self.asked = Some((self.questions, ask));
    }
}

pub(super) fn ask_erase(model: &Model, work: &mut Operations, cx: &mut AppContext<'_>) {
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

pub(super) fn ask_discard(model: &Model, work: &mut Operations, all: bool, cx: &mut AppContext<'_>) {
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
        "Undo brings back only what the journal could keep.".to_owned()
    };
    let confirm = if all { "Empty trash" } else { "Delete" };
    let question = Question { id: 0, title, text, confirm: confirm.into(), destructive: true };
    work.ask(question, Ask::Discard(items.into_iter().map(|item| item.item.clone()).collect()), cx);
}

pub(super) fn answered(work: &mut Operations, ask: Ask, beside: Option<String>, cx: &AppContext<'_>) {
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
