//! How a program ended, in words: code or signal by name, how long it ran, the most memory it had, and where a limit
//! ended it, which one.

use abi::table::{Exit, Exited};
use services::manifest::SandboxRules;

/// How a program ended, as far as anybody knows.
#[derive(Clone, Copy)]
pub(in crate::hosts) enum Ended {
    Told(Exited),
    /// Nobody could say.
    Unknown,
}

/// What is told of an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::hosts) struct Farewell {
    /// One sentence.
    pub(in crate::hosts) text: String,
    /// Code 0.
    pub(in crate::hosts) good: bool,
    /// For a badge: `3`, `SIGKILL`; empty when nobody knows.
    pub(in crate::hosts) badge: String,
}

/// What the words depend on beside the exit itself.
#[derive(Clone, Copy, Default)]
pub(in crate::hosts) struct Circumstances<'a> {
    pub(in crate::hosts) ran_seconds: f64,
    /// While no desktop was there.
    pub(in crate::hosts) away: bool,
    /// What it was allowed, where its manifest is known.
    pub(in crate::hosts) rules: Option<&'a SandboxRules>,
}

/// Says how it ended.
pub(in crate::hosts) fn farewell(ended: Ended, about: Circumstances<'_>) -> Farewell {
    let away = if about.away { ", while the desktop was away" } else { "" };
    let time = duration(about.ran_seconds);
    let Ended::Told(exited) = ended else {
        let text = format!("Ended after {time}{away}; how is not known");
        return Farewell { text, good: false, badge: String::new() };
    };
    let memory = exited.peak_memory_bytes.filter(|bytes| *bytes > 0);
    let memory = memory.map_or_else(String::new, |bytes| format!(", at most {} of memory", size(bytes)));
    if exited.holder_lost {
        let text = format!("Ended after {time}: the process that held it was ended from outside");
        return Farewell { text, good: false, badge: "lost".into() };
    }
    if let Some(exceeded) = exited.exceeded {
        let badge = match exited.exit {
            Exit::Code(code) => code.to_string(),
            Exit::Signal(signal) => signal_name(signal).0.to_owned(),
        };
        let text = format!("Ended by a limit ({exceeded}) after {time}{away}{memory}");
        return Farewell { text, good: false, badge };
    }
    let refused = match exited.refused_processes {
        0 => String::new(),
        1 => ", once no further process was allowed".to_owned(),
        times => format!(", {times} times no further process was allowed"),
    };
    let memory = memory + &refused;
    match exited.exit {
        Exit::Code(0) => Farewell {
            text: format!("Ended normally after {time}{away}{memory}"),
            good: true,
            badge: "0".into(),
        },
        Exit::Code(code) => {
            let meaning = code_meaning(code).map_or_else(String::new, |meaning| format!(" ({meaning})"));
            let text = format!("Ended with code {code}{meaning} after {time}{away}{memory}");
            Farewell { text, good: false, badge: code.to_string() }
        }
        Exit::Signal(signal) => {
            let (name, meaning) = signal_name(signal);
            let limit = limit_of(signal, exited.peak_memory_bytes, about.rules);
            let why = limit.unwrap_or_else(|| meaning.to_owned());
            let why = if why.is_empty() { why } else { format!(" ({why})") };
            let badge = if name.is_empty() { format!("signal {signal}") } else { name.to_owned() };
            let text = format!("Ended by {badge}{why} after {time}{away}{memory}");
            Farewell { text, good: false, badge }
        }
    }
}

/// What shells and the host mean by some codes.
fn code_meaning(code: i32) -> Option<&'static str> {
    match code {
        126 => Some("found, but it cannot be run"),
        127 => Some("a command was not found"),
        130 => Some("interrupted by Ctrl+C"),
        137 => Some("a program in it was killed"),
        139 => Some("a program in it touched memory that is not its own"),
        141 => Some("nobody read its output any more"),
        _ => None,
    }
}

/// Linux's numbers; name, and what it means where the name does not say it.
fn signal_name(signal: i32) -> (&'static str, &'static str) {
    match signal {
        1 => ("SIGHUP", "its terminal went away"),
        2 => ("SIGINT", "interrupted"),
        3 => ("SIGQUIT", "quit from the keyboard"),
        4 => ("SIGILL", "an instruction that the processor does not know"),
        5 => ("SIGTRAP", "a breakpoint"),
        6 => ("SIGABRT", "it gave up by itself"),
        7 => ("SIGBUS", "memory that is not there"),
        8 => ("SIGFPE", "an impossible calculation"),
        9 => ("SIGKILL", "killed"),
        11 => ("SIGSEGV", "it touched memory that is not its own"),
        13 => ("SIGPIPE", "nobody read its output any more"),
        14 => ("SIGALRM", "its own alarm"),
        15 => ("SIGTERM", "asked to end"),
        24 => ("SIGXCPU", "its processor time was used up"),
        25 => ("SIGXFSZ", "a file became larger than it may be"),
        31 => ("SIGSYS", "a call that the sandbox does not allow"),
        _ => ("", ""),
    }
}

/// Which limit ended it, where one did.
fn limit_of(signal: i32, peak_bytes: Option<u64>, rules: Option<&SandboxRules>) -> Option<String> {
    let memory_mb = rules?.memory_mb?;
    let near = memory_mb.saturating_mul(1024 * 1024) / 10 * 9;
    // The host kills what passes a limit of memory; a program that cannot get more often aborts.
    let by_memory = matches!(signal, 6 | 9 | 11) && peak_bytes.is_some_and(|peak| peak >= near);
    by_memory.then(|| format!("it reached its limit of {memory_mb} MB of memory"))
}

/// `4.2 s`, `3 min 7 s`, `2 h 5 min`.
pub(in crate::hosts) fn duration(seconds: f64) -> String {
    let seconds = seconds.max(0.0);
    let whole = seconds as u64;
    match whole {
        0..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

fn size(bytes: u64) -> String {
    const MIB: f64 = 1024.0 * 1024.0;
    let mib = bytes as f64 / MIB;
    if mib < 1024.0 { format!("{mib:.1} MB") } else { format!("{:.1} GB", mib / 1024.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use abi::{
        Pid,
        table::{Exceeded, LimitKind},
    };

    fn told(exit: Exit, peak_memory_bytes: Option<u64>) -> Ended {
        let (exceeded, refused_processes) = (None, 0);
        Ended::Told(Exited {
            pid: Pid(7),
            exit,
            holder_lost: false,
            peak_memory_bytes,
            exceeded,
            refused_processes,
        })
    }

    fn words(ended: Ended, about: Circumstances<'_>) -> String {
        farewell(ended, about).text
    }

    #[test]
    fn an_end_is_said_with_time_and_memory() {
        let about = Circumstances { ran_seconds: 4.21, ..Circumstances::default() };
        let peak = Some(3 * 1024 * 1024 + 100_000);
        assert_eq!(
            words(told(Exit::Code(0), peak), about),
            "Ended normally after 4.2 s, at most 3.1 MB of memory"
        );
        assert_eq!(words(told(Exit::Code(3), None), about), "Ended with code 3 after 4.2 s");
        let away = Circumstances { ran_seconds: 187.0, away: true, rules: None };
        assert_eq!(
            words(told(Exit::Signal(11), None), away),
            "Ended by SIGSEGV (it touched memory that is not its own) after 3 min 7 s, while the desktop was away"
        );
        assert_eq!(words(told(Exit::Signal(40), None), about), "Ended by signal 40 after 4.2 s");
        assert_eq!(words(Ended::Unknown, about), "Ended after 4.2 s; how is not known");
    }

    #[test]
    fn a_limit_that_ended_it_is_named_and_refusals_are_counted() {
        let about = Circumstances { ran_seconds: 1.0, ..Circumstances::default() };
        let Ended::Told(exited) = told(Exit::Signal(9), None) else { unreachable!("it was told") };
        let exceeded = Some(Exceeded { limit: LimitKind::Memory, most: Some(64 << 20) });
        assert_eq!(
            words(Ended::Told(Exited { exceeded, ..exited }), about),
            "Ended by a limit (memory limit of 64 MB reached) after 1.0 s"
        );
        let bomb = Exited { exit: Exit::Code(0), refused_processes: 7, ..exited };
        assert_eq!(
            words(Ended::Told(bomb), about),
            "Ended normally after 1.0 s, 7 times no further process was allowed"
        );
    }

    #[test]
    fn a_kill_at_the_limit_of_memory_names_the_limit() {
        let rules = SandboxRules { memory_mb: Some(64), ..SandboxRules::default() };
        let about = Circumstances { ran_seconds: 1.0, away: false, rules: Some(&rules) };
        let near = told(Exit::Signal(9), Some(63 * 1024 * 1024));
        assert!(words(near, about).contains("it reached its limit of 64 MB of memory"));
        assert!(words(told(Exit::Signal(9), Some(1024)), about).contains("SIGKILL (killed)"));
    }
}
