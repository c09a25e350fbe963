//! What the Task Manager knows of a process, in words for people.

use super::model::{Model, Row};
use crate::common::{facts::Fact, format};
use abi::table::{Exit, ProcessInfo, ProcessKind, ProcessState};

/// Signals that can be sent by hand: number, name, what it is for.
pub(super) const SIGNALS: [(i32, &str, &str); 8] = [
    (15, "TERM", "please end"),
    (9, "KILL", "end at once"),
    (1, "HUP", "the terminal is gone"),
    (2, "INT", "as Ctrl+C"),
    (19, "STOP", "stand still"),
    (18, "CONT", "go on"),
    (10, "USR1", "of the program's own"),
    (12, "USR2", "of the program's own"),
];

/// `SIGTERM` for 15; the number where it has no name here.
pub(super) fn signal_name(signal: i32) -> String {
    let known = SIGNALS.iter().find(|(number, ..)| *number == signal).map(|(_, name, _)| *name);
    let known = known.or(match signal {
        3 => Some("QUIT"),
        6 => Some("ABRT"),
        11 => Some("SEGV"),
        13 => Some("PIPE"),
        _ => None,
    });
    known.map_or_else(|| format!("signal {signal}"), |name| format!("SIG{name}"))
}

/// Where a process is in its life, in a word.
pub(super) fn state_word(info: &ProcessInfo) -> &'static str {
    match (info.state, info.exit) {
        (_, Some(Exit::Signal(_))) => "Killed",
        (_, Some(Exit::Code(0))) => "Ended",
        (_, Some(Exit::Code(_))) => "Failed",
        (ProcessState::Creating | ProcessState::Initializing, _) => "Starting",
        (ProcessState::Ready, _) => "Ready",
        (ProcessState::Running, _) => "Running",
        (ProcessState::Blocked, _) => "Waiting",
        (ProcessState::Stopped, _) => "Stopped",
        (ProcessState::Zombie | ProcessState::Terminated, _) => "Ended",
    }
}

/// What a process is, in a word.
pub(super) fn kind_word(kind: ProcessKind) -> &'static str {
    match kind {
        ProcessKind::App => "App",
        ProcessKind::System => "Part of the system",
        ProcessKind::Service => "Service",
        ProcessKind::Host => "Host process",
    }
}

pub(super) fn kind_mark(kind: ProcessKind) -> &'static str {
    match kind {
        ProcessKind::App => "🧩",
        ProcessKind::System => "⚙️",
        ProcessKind::Service => "🛎️",
        ProcessKind::Host => "🖥️",
    }
}

/// How it ended, where it did.
pub(super) fn exit_words(exit: Option<Exit>) -> Option<String> {
    exit.map(|exit| match exit {
        Exit::Code(0) => "by itself".to_owned(),
        Exit::Code(code) => format!("with code {code}"),
        Exit::Signal(signal) => format!("by {}", signal_name(signal)),
    })
}

/// Argument list as one would type it.
pub(super) fn command_line(argv: &[String]) -> String {
    let quoted = |word: &String| {
        let plain = !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || "'\"\\$`".contains(c));
        if plain { word.clone() } else { format!("'{}'", word.replace('\'', "'\\''")) }
    };
    argv.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// The details of a process.
pub(super) fn facts(model: &Model, row: &Row) -> Vec<Fact> {
    let info = &row.info;
    let cause = model.cause_of(info);
    let mut lines = vec![
        ("Kind", kind_word(info.kind).to_owned()),
        ("Because of", if cause.is_empty() { "not known any more".into() } else { cause.to_owned() }),
        ("Started", format::date_time(info.started_millis)),
        ("App", info.app.clone().unwrap_or_else(|| "–".into())),
        ("Parent", parent_words(model, info)),
        ("Priority", info.priority.to_string()),
        ("CPU time", format::cpu_time(info.cpu_time_micros)),
    ];
    if let Some(argv) = model.chosen.argv.as_ref().filter(|argv| !argv.is_empty()) {
        lines.insert(1, ("Command", command_line(argv)));
    }
    if let Some(level) = info.sandbox {
        lines.push(("Held", widgets::sandbox::level_word(level).to_owned()));
    }
    if let Some(number) = info.host_pid {
        lines.push(("Host number", number.to_string()));
    }
    if let Some(how) = exit_words(info.exit) {
        lines.push(("Ended", how));
    }
    if let Some(stats) = &model.chosen.stats {
        lines.push(("Failed calls", format::count(stats.errors)));
        lines.push(("Denied calls", format::count(stats.denied)));
        lines.push(("Descriptors", format::count(stats.descriptors.into())));
        lines.push(("Pipes", format::count(stats.pipes.into())));
        lines.push(("Queues", format::count(stats.queues.into())));
        lines.push(("Mappings", format::count(stats.mappings.into())));
        lines.push(("Tasks", format::count(stats.tasks.into())));
        if info.kind == ProcessKind::Host {
            lines.push(("Threads", format::count(stats.threads.into())));
            lines.push(("Read", format::bytes(stats.read_bytes)));
            lines.push(("Written", format::bytes(stats.written_bytes)));
        }
    }
    lines
}

fn parent_words(model: &Model, info: &ProcessInfo) -> String {
    let Some(parent) = info.parent else { return "–".into() };
    let name = model.rows.iter().find(|row| row.info.pid == parent).map(|row| row.info.name.as_str());
    name.map_or_else(|| parent.to_string(), |name| format!("{name} ({parent})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_as_a_shell_would_need_them() {
        let argv = ["sh", "-c", "echo 'a b'", ""].map(str::to_owned);
        assert_eq!(command_line(&argv), r"sh -c 'echo '\''a b'\''' ''");
        assert_eq!(signal_name(9), "SIGKILL");
        assert_eq!(signal_name(64), "signal 64");
        assert_eq!(exit_words(Some(Exit::Code(0))).as_deref(), Some("by itself"));
        assert_eq!(exit_words(Some(Exit::Signal(11))).as_deref(), Some("by SIGSEGV"));
    }
}
