//! Loads and saves. Saving looks at the file first, so that a change by somebody else is not lost unseen.

use super::{
    model::{Command, Content, LIMIT, Model},
    stream::Stream,
};
use crate::common::problem::Problem;
use abi::{
    Errno, Pending, SysError, SysResult,
    table::{Create, FileStat, Read, Stat, Write},
};
use widgets::{AppContext, Question, ShellCommand, Tone};

/// Calls under way.
#[derive(Default)]
pub(super) struct Work {
    read: Option<Pending<Read>>,
    /// A file that is too large for that.
    stream: Stream,
    /// For the time of the last change, after reading or saving.
    stamp: Option<Pending<Stat>>,
    /// Whether the file is still as it was read.
    check: Option<Pending<Stat>>,
    write: Option<(String, Writing)>,
    questions: u64,
    asked: Option<u64>,
}

/// A file that is replaced, or made.
enum Writing {
    Replace(Pending<Write>),
    Make(String, Pending<Create>),
}

pub(super) fn update(model: &mut Model, work: &mut Work, command: Command, cx: &mut AppContext<'_>) {
    match command {
        Command::Load => load(model, work, cx),
        Command::Save => save(model, work, cx),
        Command::AskName => {
            let beside = model.path.clone().unwrap_or_else(|| "/home/Documents/Untitled.txt".into());
            model.naming = Some(beside);
        }
        Command::CancelName => model.naming = None,
        Command::SaveAs(path) => save_as(model, work, path.trim(), cx),
        Command::ToggleWrap => model.wrap = !model.wrap,
        Command::DismissProblem => model.problem = None,
        Command::Answered { id, yes } => {
            if work.asked.take_if(|asked| *asked == id).is_some() && yes {
                write(model, work, cx);
            }
        }
    }
}

fn load(model: &mut Model, work: &mut Work, cx: &AppContext<'_>) {
    let Some(path) = model.path.clone() else { return };
    (model.content, model.large) = (Content::Loading, None);
    work.stream.end(cx);
    stamp(model, work, cx);
    match cx.syscalls.submit(Read { path, offset: 0, size: Some(LIMIT as u64 + 1) }) {
        Ok(pending) => work.read = Some(pending),
        Err(why) => model.content = Content::Failed(Problem::new("This file cannot be read", &why)),
    }
}

fn stamp(model: &Model, work: &mut Work, cx: &AppContext<'_>) {
    if let Some(path) = model.path.clone() {
        // Without a stamp saving only knows less; the call that matters reports its own error.
        work.stamp = cx.syscalls.submit(Stat { path, follow: true }).ok();
    }
}

fn can_save(model: &Model, work: &Work) -> bool {
    model.content == Content::Text && !model.read_only() && work.write.is_none() && work.check.is_none()
}

fn save(model: &mut Model, work: &mut Work, cx: &mut AppContext<'_>) {
    if !can_save(model, work) {
        return;
    }
    let Some(path) = model.path.clone() else {
        update(model, work, Command::AskName, cx);
        return;
    };
    match cx.syscalls.submit(Stat { path, follow: true }) {
        Ok(pending) => work.check = Some(pending),
        Err(why) => failed(model, &why),
    }
    model.saving = true;
}

fn write(model: &mut Model, work: &mut Work, cx: &AppContext<'_>) {
    let Some(path) = model.path.clone() else { return };
    match cx.syscalls.submit(Write { path, data: model.to_bytes().into(), append: false }) {
        Ok(pending) => {
            work.write = Some((model.text.clone(), Writing::Replace(pending)));
            model.saving = true;
        }
        Err(why) => failed(model, &why),
    }
}

/// Saves as a file that must not be there yet.
fn save_as(model: &mut Model, work: &mut Work, path: &str, cx: &mut AppContext<'_>) {
    if !can_save(model, work) || path.is_empty() {
        return;
    }
    if model.path.as_deref() == Some(path) {
        model.naming = None;
        return save(model, work, cx);
    }
    match cx.syscalls.submit(Create { path: path.into(), data: model.to_bytes().into() }) {
        Ok(pending) => {
            work.write = Some((model.text.clone(), Writing::Make(path.to_owned(), pending)));
            model.saving = true;
        }
        Err(why) => failed(model, &why),
    }
}

fn failed(model: &mut Model, why: &SysError) {
    model.saving = false;
    model.problem = Some(Problem::new("The text was not saved", why));
}

/// Takes results of calls that are done.
pub(super) fn poll(model: &mut Model, work: &mut Work, cx: &mut AppContext<'_>) {
    if let Some(result) = done(&mut work.read) {
        match result {
            Ok(bytes) if bytes.0.len() > LIMIT => {
                let path = model.path.clone().unwrap_or_default();
                work.stream.begin(model, path, cx);
            }
            Ok(bytes) => model.loaded(bytes.0),
            Err(why) => model.content = Content::Failed(unreadable(&why)),
        }
    }
    work.stream.poll(model, cx);
    if let Some(result) = done(&mut work.stamp) {
        model.size = result.as_ref().ok().map(|stat| stat.size);
        model.modified_millis = result.ok().map(|stat| stat.modified_millis);
    }
    if let Some(result) = done(&mut work.check) {
        checked(model, work, result, cx);
    }
    poll_write(model, work, cx);
}

/// Writes, or asks first where the file is not as it was.
fn checked(model: &mut Model, work: &mut Work, result: SysResult<FileStat>, cx: &mut AppContext<'_>) {
    let changed = match (&result, model.modified_millis) {
        (Ok(stat), Some(known)) => stat.modified_millis != known,
        _ => false,
    };
    if !changed {
        return write(model, work, cx);
    }
    model.saving = false;
    work.questions += 1;
    work.asked = Some(work.questions);
    cx.commands.push(ShellCommand::Ask(Question {
        id: work.questions,
        title: format!("“{}” was changed by another app", model.name()),
        text: "Saving replaces what is in the file now with the text in this window.".into(),
        confirm: "Replace".into(),
        destructive: true,
    }));
}

fn poll_write(model: &mut Model, work: &mut Work, cx: &mut AppContext<'_>) {
    let Some((_, writing)) = &work.write else { return };
    let result = match writing {
        Writing::Replace(pending) => pending.poll().map(|result| result.map(|_| None)),
        Writing::Make(path, pending) => pending.poll().map(|result| result.map(|()| Some(path.clone()))),
    };
    let Some(result) = result else { return };
    let Some((text, _)) = work.write.take() else { return };
    model.saving = false;
    match result {
        Ok(path) => {
            if let Some(path) = path {
                model.path = Some(path);
                model.naming = None;
                cx.toast(Tone::Success, "Saved", model.name());
            }
            model.problem = None;
            model.written(text);
            stamp(model, work, cx);
        }
        Err(why) => failed(model, &why),
    }
}

/// Why a file is not shown.
pub(super) fn unreadable(why: &SysError) -> Problem {
    let title = match why.errno {
        Errno::ENOENT => "This file does not exist",
        Errno::EISDIR => "This is a folder",
        _ => "This file cannot be read",
    };
    Problem::new(title, why)
}

pub(super) fn done<C: abi::Syscall>(slot: &mut Option<Pending<C>>) -> Option<SysResult<C::Reply>> {
    let result = slot.as_ref()?.poll()?;
    *slot = None;
    Some(result)
}
