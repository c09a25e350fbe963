//! What the page says about rights.

use crate::common::format;
use abi::{
    Capability, rights_in_words, story,
    table::{KeptAnswer, Right, RightSource, RightUses},
};

/// Where a right comes from, and until when it holds.
pub(super) fn source(right: &Right, now_millis: u64) -> String {
    let given = match right.source {
        RightSource::Manifest => return "Has it from its start".into(),
        RightSource::Always => return always(right.since_millis),
        RightSource::Prompt => "You allowed it when it asked".to_owned(),
        RightSource::Given => match right.by.as_deref() {
            Some("Shell") | None => "You allowed it".to_owned(),
            Some(by) => format!("Given by {by}"),
        },
    };
    match (right.how.as_str(), right.until_millis) {
        (_, Some(until)) => format!("{given}, until {} ({} left)", short(until), left(until, now_millis)),
        ("once", _) => format!("{given}, once; not used yet"),
        ("always", _) => always(right.since_millis),
        _ => format!("{given}, while it runs"),
    }
}

/// What answers that hold say.
pub(super) fn kept(answer: &KeptAnswer) -> String {
    if answer.allowed {
        always(answer.since_millis)
    } else {
        format!("Never allowed{}", since(answer.since_millis))
    }
}

fn always(since_millis: u64) -> String {
    format!("Always allowed{}", since(since_millis))
}

/// How often rights were used that are one thing for a person, and when, by whom and why last.
pub(super) fn uses<'a>(all: impl Iterator<Item = &'a RightUses>, now_millis: u64) -> String {
    let (mut count, mut last) = (0, None::<&RightUses>);
    for uses in all {
        count += uses.count;
        if uses.count > 0 && last.is_none_or(|last| last.last_millis <= uses.last_millis) {
            last = Some(uses);
        }
    }
    let Some(last) = last else { return "Not used yet".into() };
    let when = ago(last.last_millis, now_millis);
    let last_time = if count > 1 && when != "just now" { "last " } else { "" };
    let times = match count {
        1 => "Used once".to_owned(),
        2 => "Used twice".to_owned(),
        count => format!("Used {count} times"),
    };
    let because = match (last.because.first(), last.because.last()) {
        (Some(_), Some(root)) => format!(", because {}", story(root)),
        _ => String::new(),
    };
    format!("{times}, {last_time}{when} by {}{because}", last.by)
}

/// `just now`, `5 min ago`.
fn ago(millis: u64, now_millis: u64) -> String {
    match now_millis.saturating_sub(millis) / 1_000 {
        0..5 => "just now".into(),
        seconds @ 5..90 => format!("{seconds} s ago"),
        seconds @ 90..5_400 => format!("{} min ago", seconds / 60),
        seconds => format!("{} h ago", seconds / 3_600),
    }
}

/// Rights as one thing, as the label of a row.
pub(super) fn label<'a>(rights: impl IntoIterator<Item = &'a Capability>) -> String {
    capitalised(&rights_in_words(rights))
}

/// What is about one place and has the same standing is one row. The order is that of the first of each.
pub(super) fn grouped<'a, T>(
    all: impl IntoIterator<Item = &'a T>,
    right: impl Fn(&T) -> &Capability,
    is_alike: impl Fn(&T, &T) -> bool,
) -> Vec<Vec<&'a T>> {
    let mut groups: Vec<Vec<&'a T>> = Vec::new();
    for one in all {
        let place = right(one).path_scope();
        let fits = |group: &&mut Vec<&'a T>| {
            place.is_some() && right(group[0]).path_scope() == place && is_alike(group[0], one)
        };
        match groups.iter_mut().find(fits) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups
}

fn since(millis: u64) -> String {
    if millis == 0 { String::new() } else { format!(" since {}", format::date_time(millis)) }
}

fn short(millis: u64) -> String {
    let clock = format::clock(millis);
    clock.rsplit_once(':').map_or_else(|| clock.clone(), |(minutes, _)| minutes.to_owned())
}

/// `42 min`, `30 s`.
fn left(until_millis: u64, now_millis: u64) -> String {
    let seconds = until_millis.saturating_sub(now_millis).div_ceil(1_000);
    match seconds {
        0..90 => format!("{seconds} s"),
        90..5_400 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3_600)),
    }
}

/// `Read /home/notes` of `read /home/notes`.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use abi::PathScope;

    #[test]
    fn a_right_says_where_it_comes_from_and_what_is_left() {
        let right = |source, how: &str, until_millis| Right {
            capability: Capability::Notify,
            source,
            how: how.into(),
            since_millis: 0,
            until_millis,
            by: Some("Shell".into()),
            uses: RightUses::default(),
        };
        let says = |right: Right| source(&right, 1_000_000);
        assert_eq!(says(right(RightSource::Manifest, "manifest", None)), "Has it from its start");
        assert_eq!(
            says(right(RightSource::Prompt, "run", None)),
            "You allowed it when it asked, while it runs"
        );
        assert_eq!(says(right(RightSource::Given, "once", None)), "You allowed it, once; not used yet");
        assert!(says(right(RightSource::Prompt, "until", Some(1_120_000))).ends_with("(2 min left)"));
        assert!(says(right(RightSource::Prompt, "until", Some(5))).ends_with("(0 s left)"));
        assert_eq!(left(1_000 * 5_400, 0), "2 h");
    }

    #[test]
    fn uses_say_how_often_when_by_whom_and_why() {
        let used = |count, last_millis, because: &[&str]| RightUses {
            count,
            last_millis,
            by: "curl".into(),
            because: because.iter().map(|label| (*label).to_owned()).collect(),
        };
        let said = |all: &[RightUses]| uses(all.iter(), 100_000);
        assert_eq!(said(&[RightUses::default()]), "Not used yet");
        assert_eq!(said(&[used(1, 99_000, &[])]), "Used once, just now by curl");
        let two = [used(1, 10_000, &["other"]), used(1, 60_000, &["line typed", "click on Sync in Notes"])];
        assert_eq!(said(&two), "Used twice, last 40 s ago by curl, because you clicked Sync in Notes");
    }

    #[test]
    fn rights_about_one_place_are_one_row() {
        let scope = |path: &str| PathScope(path.into());
        let all = [
            Capability::ReadFile(scope("/a")),
            Capability::Notify,
            Capability::WriteFile(scope("/b")),
            Capability::ListDirectory(scope("/a")),
            Capability::Notify,
        ];
        let groups = grouped(&all, |right| right, |_, _| true);
        let labels: Vec<_> = groups.into_iter().map(label).collect();
        assert_eq!(labels, ["Read /a", "Show notifications", "Change /b", "Show notifications"]);
    }
}
