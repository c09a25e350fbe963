//! What the page says about rights.

use crate::common::format;
use abi::table::{KeptAnswer, Right, RightSource};

/// Where a right comes from, and until when it holds.
pub(super) fn source(right: &Right, now_millis: u64) -> String {
    let given = match right.source {
        RightSource::Manifest => return "Has it from its start".into(),
        RightSource::Always => return format!("Always allowed{}", since(right.since_millis)),
        RightSource::Prompt => "You allowed it when it asked".to_owned(),
        RightSource::Given => match right.by.as_deref() {
            Some("Shell") | None => "You allowed it".to_owned(),
            Some(by) => format!("Given by {by}"),
        },
    };
    match (right.how.as_str(), right.until_millis) {
        (_, Some(until)) => format!("{given}, until {} ({} left)", short(until), left(until, now_millis)),
        ("once", _) => format!("{given}, once; not used yet"),
        ("always", _) => format!("{given}, always"),
        _ => format!("{given}, while it runs"),
    }
}

/// What an answer that holds says.
pub(super) fn kept(answer: &KeptAnswer) -> String {
    let word = if answer.allowed { "Always allowed" } else { "Never allowed" };
    format!("{word}{}", since(answer.since_millis))
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
    use abi::Capability;

    #[test]
    fn a_right_says_where_it_comes_from_and_what_is_left() {
        let right = |source, how: &str, until_millis| Right {
            capability: Capability::Notify,
            source,
            how: how.into(),
            since_millis: 0,
            until_millis,
            by: Some("Shell".into()),
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
}
