//! What comes of changes: how far they are, what was done, what failed, what is shown of it.

use super::{Operations, Quick};
use crate::{
    common::{
        format,
        problem::{Problem, plain},
    },
    files::{
        history::Entry,
        job::{Job, Outcome},
        model::{Activity, Model, Offer},
        names::{last_name, parent},
        update::say,
    },
};
use abi::SysResult;
use std::time::Duration;
use widgets::AppContext;

/// How often a long call is asked how far it is.
const ACTIVITY_INTERVAL: Duration = Duration::from_millis(100);

/// Takes results.
pub(in crate::files) fn poll(model: &mut Model, work: &mut Operations, cx: &mut AppContext<'_>) {
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
    if outcome.changed {
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
