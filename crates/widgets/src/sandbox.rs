//! What holds a program, in words: a badge of two words, and sentences for whoever asks "What can this program do?".
//!
//! Says what the kernel was told by the helper when the program started, and nothing more.

use abi::later::EVERYTHING;
use abi::table::{CowKind, LimitTier, NetworkMode, SandboxLevel, SandboxProfile, Sandboxed};

/// A part of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What it is about.
    pub title: &'static str,
    /// One sentence each.
    pub lines: Vec<String>,
}

/// The badge's word.
#[must_use]
pub fn level_word(level: SandboxLevel) -> &'static str {
    match level {
        SandboxLevel::Full => "sandboxed",
        SandboxLevel::Nested => "nested sandbox",
        SandboxLevel::Limited => "limited sandbox",
        SandboxLevel::None => "not sandboxed",
    }
}

/// The badge's word, and a sentence that explains it.
#[must_use]
pub fn badge(told: &Sandboxed) -> (String, String) {
    let why = match told.level {
        SandboxLevel::Full => "It sees only what it was given, and the host's kernel holds it to that.",
        SandboxLevel::Nested => "It sees only what it was given, and may make sandboxes of its own inside.",
        SandboxLevel::Limited => "Rules of the host's kernel hold it, but it has no view of its own.",
        SandboxLevel::None => "Nothing holds it: it can do whatever you can do on this machine.",
    };
    (level_word(told.level).to_owned(), why.to_owned())
}

/// Everything, as plain sentences.
#[must_use]
pub fn sentences(told: &Sandboxed) -> Vec<String> {
    let mut all = vec![badge(told).1];
    all.extend(sections(told).into_iter().flat_map(|section| section.lines));
    all
}

/// The whole answer, in sections; none is empty.
#[must_use]
pub fn sections(told: &Sandboxed) -> Vec<Section> {
    let all = [
        ("Files", files(told)),
        ("Network", vec![network(told)]),
        ("Limits", limits(told)),
        ("What holds it", held(told)),
        ("What does not hold", told.missing.clone()),
    ];
    let all = all.into_iter().filter(|(_, lines)| !lines.is_empty());
    all.map(|(title, lines)| Section { title, lines }).collect()
}

fn files(told: &Sandboxed) -> Vec<String> {
    if told.level == SandboxLevel::None {
        return vec!["It reads and changes every file that you can.".into()];
    }
    let mut lines = Vec::new();
    // What is written is read as well.
    let only_read: Vec<&String> = told.read.iter().filter(|path| !told.write.contains(path)).collect();
    if !told.write.is_empty() {
        lines.push(format!("It reads and changes {}.", list(told.write.iter())));
    }
    if !only_read.is_empty() {
        lines.push(format!("It reads {}.", list(only_read.into_iter())));
    }
    if !told.only_read.is_empty() {
        lines.push(format!(
            "It only reads files there that run later by themselves: {}.",
            list(told.only_read.iter())
        ));
    }
    if told.runs_later.iter().any(|place| place == EVERYTHING) {
        lines.push("It may change files that run later by themselves, such as hooks and start files.".into());
    } else if !told.runs_later.is_empty() {
        lines.push(format!(
            "It may change files that run later by themselves: {}.",
            list(told.runs_later.iter())
        ));
    }
    if lines.is_empty() {
        lines.push("It was given no folder of yours.".into());
    }
    if !told.copy_on_write.is_empty() {
        lines.push(format!(
            "What it changes in {} is kept apart until you apply it{}.",
            list(told.copy_on_write.iter()),
            kept_by(&told.copy_on_write_by)
        ));
    }
    lines.push("It reads the programs and libraries of this machine, and has a /tmp of its own.".into());
    lines
}

/// By which means of the host.
fn kept_by(kinds: &[CowKind]) -> &'static str {
    match kinds {
        [] => "",
        kinds if kinds.iter().all(|kind| *kind == CowKind::Overlay) => " (copy-on-write by overlay)",
        kinds if kinds.iter().all(|kind| *kind == CowKind::Reflink) => " (copy-on-write by shared copies)",
        kinds if kinds.iter().all(|kind| *kind == CowKind::Copy) => " (copy-on-write by copies)",
        _ => " (copy-on-write by overlay and copies)",
    }
}

fn list<'a>(paths: impl ExactSizeIterator<Item = &'a String>) -> String {
    const SHOWN: usize = 8;
    let more = paths.len().saturating_sub(SHOWN);
    let mut words: Vec<String> = paths.take(SHOWN).cloned().collect();
    if more > 0 {
        words.push(format!("{more} more"));
    }
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

fn network(told: &Sandboxed) -> String {
    match told.network {
        NetworkMode::None => "It has no network.".into(),
        NetworkMode::Filtered if told.hosts.is_empty() => {
            "It reaches no host without asking you; each connection is judged and written down.".into()
        }
        NetworkMode::Filtered => format!(
            "It reaches {} and asks for others; each connection is judged and written down.",
            list(told.hosts.iter())
        ),
        NetworkMode::Private => "It has a network of its own, with a way out to every host.".into(),
        NetworkMode::Bridged => "It shares a network with other programs of the desktop.".into(),
        NetworkMode::Shared => "It uses the network of this machine, every host and port.".into(),
    }
}

fn limits(told: &Sandboxed) -> Vec<String> {
    if told.level == SandboxLevel::None {
        return Vec::new();
    }
    let mut words = Vec::new();
    if let Some(bytes) = told.memory_bytes {
        words.push(format!("{} MiB of memory", bytes / (1024 * 1024)));
    }
    if let Some(count) = told.processes {
        words.push(format!("{count} processes"));
    }
    if let Some(percent) = told.cpu_percent {
        words.push(format!("{percent} % of one processor"));
    }
    if let Some(bytes) = told.disk_bytes {
        words.push(format!("{} MiB of files of its own", bytes / (1024 * 1024)));
    }
    if words.is_empty() {
        return vec!["It has no limits but those of this machine.".into()];
    }
    let held = match told.limit_tier {
        LimitTier::CgroupV2 | LimitTier::CgroupV1 => "The host's kernel counts them for all that it starts.",
        LimitTier::Polled => "They are looked at several times a second; what goes beyond is ended.",
    };
    vec![format!("With all that it starts it may use {}.", list(words.iter())), held.into()]
}

fn held(told: &Sandboxed) -> Vec<String> {
    let mut lines = Vec::new();
    if told.namespaces {
        lines.push("Namespaces: files, processes, users and host name of its own.".to_owned());
    }
    if let Some(abi) = told.landlock_abi {
        lines.push(format!("Landlock (version {abi}): rules about files, ports and signals."));
    }
    if told.seccomp {
        lines.push(match told.profile {
            SandboxProfile::Standard => "Seccomp: calls that lead out of a sandbox are refused.".to_owned(),
            SandboxProfile::Nested => {
                "Seccomp: such calls are refused, but those that make a sandbox.".to_owned()
            }
        });
    }
    let counted = match told.limit_tier {
        LimitTier::CgroupV2 => "Control groups, version 2: limits of all that it starts.",
        LimitTier::CgroupV1 => "Control groups, version 1: limits of all that it starts.",
        LimitTier::Polled => "Limits of single processes, and looking at all of them.",
    };
    if told.level != SandboxLevel::None {
        lines.push(counted.to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told() -> Sandboxed {
        Sandboxed {
            level: SandboxLevel::Full,
            profile: SandboxProfile::Standard,
            read: vec!["/home".into(), "/mnt/x".into()],
            write: vec!["/home/projects".into()],
            only_read: vec!["/home/projects/.git/config".into()],
            runs_later: vec!["package.json".into()],
            copy_on_write: vec!["/home/projects".into()],
            copy_on_write_by: vec![CowKind::Overlay],
            network: NetworkMode::Filtered,
            hosts: vec!["pypi.org:443".into()],
            namespaces: true,
            landlock_abi: Some(7),
            seccomp: true,
            memory_bytes: Some(256 << 20),
            processes: Some(64),
            cpu_percent: None,
            disk_bytes: None,
            limit_tier: LimitTier::CgroupV1,
            missing: vec!["Nothing counts the disk.".into()],
        }
    }

    #[test]
    fn what_a_program_can_do_is_said_in_sentences() {
        let sections = sections(&told());
        let titles: Vec<&str> = sections.iter().map(|section| section.title).collect();
        assert_eq!(titles, ["Files", "Network", "Limits", "What holds it", "What does not hold"]);
        assert_eq!(sections[0].lines[0], "It reads and changes /home/projects.");
        assert_eq!(sections[0].lines[1], "It reads /home and /mnt/x.");
        assert_eq!(
            sections[0].lines[2],
            "It only reads files there that run later by themselves: /home/projects/.git/config."
        );
        assert_eq!(sections[0].lines[3], "It may change files that run later by themselves: package.json.");
        assert_eq!(
            sections[0].lines[4],
            "What it changes in /home/projects is kept apart until you apply it (copy-on-write by overlay)."
        );
        assert!(sections[1].lines[0].starts_with("It reaches pypi.org:443 and asks for others"));
        assert_eq!(
            sections[2].lines[0],
            "With all that it starts it may use 256 MiB of memory and 64 processes."
        );
        assert_eq!(badge(&told()).0, "sandboxed");
    }

    #[test]
    fn nothing_is_claimed_where_nothing_holds() {
        let open = Sandboxed {
            level: SandboxLevel::None,
            namespaces: false,
            landlock_abi: None,
            seccomp: false,
            missing: Vec::new(),
            network: NetworkMode::Shared,
            ..told()
        };
        let all = sentences(&open);
        assert!(all[0].starts_with("Nothing holds it"), "{all:?}");
        assert!(!sections(&open).iter().any(|section| section.title == "What holds it"));
    }
}
