//! Rights and causes in words for people: the prompt, Settings and the journal say the same about the same.

use crate::{
    Capability, PathScope,
    table::{Exceeded, LimitKind},
};
use std::fmt;

impl fmt::Display for Exceeded {
    /// `memory limit of 64 MB reached`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, unit) = match self.limit {
            LimitKind::Memory => ("memory limit", Some(size_in_words as fn(u64) -> String)),
            LimitKind::Disk => ("limit of what it writes", Some(size_in_words as _)),
            LimitKind::FileSize => ("limit of a file's size", Some(size_in_words as _)),
            LimitKind::CpuSeconds => ("processor time limit", Some((|seconds| format!("{seconds} s")) as _)),
            LimitKind::Other => ("a limit", None),
        };
        match (self.most, unit) {
            (Some(most), Some(in_words))
                if self.limit == LimitKind::Memory || self.limit == LimitKind::CpuSeconds =>
            {
                write!(f, "{what} of {} reached", in_words(most))
            }
            (Some(most), Some(in_words)) => write!(f, "{what} ({}) reached", in_words(most)),
            _ => write!(f, "{what} reached"),
        }
    }
}

/// Megabytes as a manifest counts them (1,048,576 bytes), with a decimal where it matters.
fn size_in_words(bytes: u64) -> String {
    const MB: u64 = 1024 * 1024;
    match bytes {
        _ if bytes.is_multiple_of(MB) => format!("{} MB", bytes / MB),
        _ if bytes >= MB / 10 => format!("{:.1} MB", bytes as f64 / MB as f64),
        _ => format!("{bytes} bytes"),
    }
}

impl Capability {
    /// What it allows, as it follows "asks to": `read /home/notes`, `reach example.org`.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Capability::ReadFile(scope) => format!("read {}", place(scope)),
            Capability::WriteFile(scope) => format!("change {}", place(scope)),
            Capability::CreateFile(scope) => format!("make files in {}", place(scope)),
            Capability::DeleteFile(scope) => format!("delete {}", place(scope)),
            Capability::ListDirectory(scope) => format!("see what is in {}", place(scope)),
            Capability::SpawnProcess(names) => format!("start {}", programs(names)),
            Capability::KillProcess => "end other processes".into(),
            Capability::NetworkAccess(rules) => hosts(rules),
            Capability::BindPort(0) => "be reached at a port".into(),
            Capability::BindPort(port) => format!("be reached at port {port}"),
            Capability::NetworkNamespace => "have a network of its own".into(),
            Capability::NestedSandbox => "make sandboxes of its own, inside of its sandbox".into(),
            Capability::SystemInfo => "know about this machine and its processes".into(),
            Capability::TimeAccess => "know the time".into(),
            Capability::SendMessage(scope) if scope == "*" => "send messages to anybody".into(),
            Capability::SendMessage(scope) => format!("send messages to {scope}"),
            Capability::ReceiveMessage(scope) if scope == "*" => "receive messages from anybody".into(),
            Capability::ReceiveMessage(scope) => format!("receive messages as {scope}"),
            Capability::Clipboard(scope) => format!("{scope} the clipboard"),
            Capability::Notify => "show notifications".into(),
            Capability::Ai(u64::MAX) => "use AI without a limit".into(),
            Capability::Ai(tokens) => format!("use up to {tokens} AI tokens a day"),
            Capability::Ui(scope) if scope == "*" => "act in your place everywhere".into(),
            Capability::Ui(scope) => format!("act in your place in {scope}"),
            Capability::Mount => "mount file systems".into(),
            Capability::Schedule => "change priorities of other processes".into(),
            Capability::Limits => "change limits of other processes".into(),
            Capability::Observe(scope) if scope == "*" => "see what every app does".into(),
            Capability::Observe(scope) => format!("see what {scope} does"),
            Capability::Grant => "give and take rights of other apps".into(),
        }
    }
}

/// Several rights that are one thing for a person, in words: what is about the same place is said together, as in
/// `read and change /home/notes`.
#[must_use]
pub fn rights_in_words<'a>(rights: impl IntoIterator<Item = &'a Capability>) -> String {
    let mut places: Vec<(&PathScope, Verbs)> = Vec::new();
    let mut said: Vec<String> = Vec::new();
    for right in rights {
        let Some((scope, verb)) = verb_of(right) else {
            said.push(right.in_words());
            continue;
        };
        match places.iter_mut().find(|(known, _)| *known == scope) {
            Some((_, verbs)) => verbs.0 |= verb.0,
            None => places.push((scope, verb)),
        }
    }
    let about = places.into_iter().map(|(scope, verbs)| verbs.in_words(place(scope)));
    let mut all: Vec<String> = about.chain(said).collect();
    if all.len() > MOST_THINGS {
        let more = all.len() - (MOST_THINGS - 1);
        all.truncate(MOST_THINGS - 1);
        all.push(format!("{more} things more"));
    }
    if all.is_empty() { "do nothing".into() } else { listed(&all) }
}

/// Things that one sentence names.
const MOST_THINGS: usize = 6;

/// `a, b and c`.
fn listed(all: &[String]) -> String {
    match all {
        [most @ .., last] if !most.is_empty() => format!("{} and {last}", most.join(", ")),
        few => few.concat(),
    }
}

/// What may be done with a place, a bit each.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Verbs(u8);

impl Verbs {
    const READ: Verbs = Verbs(1);
    const LIST: Verbs = Verbs(2);
    const WRITE: Verbs = Verbs(4);
    const CREATE: Verbs = Verbs(8);
    const DELETE: Verbs = Verbs(16);
    const CHANGE: u8 = Verbs::WRITE.0 | Verbs::CREATE.0 | Verbs::DELETE.0;

    fn has(self, verb: Verbs) -> bool {
        self.0 & verb.0 != 0
    }

    fn in_words(self, place: &str) -> String {
        let is_whole = self.0 & Verbs::CHANGE == Verbs::CHANGE;
        let mut deeds = Vec::new();
        // Who reads what lies there sees what is there.
        match (self.has(Verbs::READ), self.has(Verbs::LIST)) {
            (true, _) => deeds.push(format!("read {place}")),
            (false, true) => deeds.push(format!("see what is in {place}")),
            (false, false) => {}
        }
        if is_whole {
            deeds.push(format!("change {place}"));
        } else {
            let each = [
                (Verbs::WRITE, format!("change {place}")),
                (Verbs::CREATE, format!("make files in {place}")),
                (Verbs::DELETE, format!("delete {place}")),
            ];
            deeds.extend(each.into_iter().filter(|(verb, _)| self.has(*verb)).map(|(_, words)| words));
        }
        if is_whole && self.has(Verbs::READ) {
            return format!("read and change {place}");
        }
        listed(&deeds)
    }
}

fn verb_of(right: &Capability) -> Option<(&PathScope, Verbs)> {
    Some(match right {
        Capability::ReadFile(scope) => (scope, Verbs::READ),
        Capability::ListDirectory(scope) => (scope, Verbs::LIST),
        Capability::WriteFile(scope) => (scope, Verbs::WRITE),
        Capability::CreateFile(scope) => (scope, Verbs::CREATE),
        Capability::DeleteFile(scope) => (scope, Verbs::DELETE),
        _ => return None,
    })
}

fn place(scope: &PathScope) -> &str {
    if scope.0 == "/" { "everything" } else { &scope.0 }
}

fn programs(names: &[String]) -> String {
    if names.iter().any(|name| name == "*") { "any program".into() } else { names.join(", ") }
}

fn hosts(rules: &[String]) -> String {
    let (denied, allowed): (Vec<&str>, Vec<&str>) =
        rules.iter().map(String::as_str).partition(|rule| rule.starts_with('!'));
    let everything = ["*", "loopback", "private", "link-local"];
    if denied.is_empty() && everything.iter().all(|rule| allowed.contains(rule)) {
        return "use the network of this machine without restriction".into();
    }
    let allowed: Vec<String> = allowed.into_iter().map(host).collect();
    let denied: Vec<String> = denied.into_iter().map(|rule| host(&rule[1..])).collect();
    match (allowed.is_empty(), denied.is_empty()) {
        (false, true) => format!("reach {}", allowed.join(", ")),
        (false, false) => format!("reach {}, but not {}", allowed.join(", "), denied.join(", ")),
        (true, true) => "reach no host".into(),
        (true, false) => format!("not reach {}", denied.join(", ")),
    }
}

/// `example.org:443/tcp` → `example.org port 443`.
fn host(rule: &str) -> String {
    let rule = rule.strip_suffix("/tcp").unwrap_or(rule);
    // An IPv6 address has colons of its own, in brackets where a port follows.
    let (host, port) = match rule.rsplit_once(':') {
        Some((host, port))
            if !port.is_empty()
                && port.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
                && (!host.contains(':') || host.ends_with(']')) =>
        {
            (host, Some(port))
        }
        _ => (rule, None),
    };
    let host = match host {
        "*" => "any public host",
        "loopback" => "this machine",
        "private" => "your local network",
        "link-local" => "devices beside this machine",
        host => host,
    };
    match port {
        None => host.to_owned(),
        Some(ports) if ports.contains('-') => format!("{host} ports {ports}"),
        Some(port) => format!("{host} port {port}"),
    }
}

/// What led to something, as it follows "because": `you clicked Sync in Notes` for a click's label, which is
/// `click on Sync in Notes`.
#[must_use]
pub fn story(label: &str) -> String {
    const DEEDS: [(&str, &str); 9] = [
        ("click on ", "you clicked "),
        ("double click on ", "you double-clicked "),
        ("triple click on ", "you triple-clicked "),
        ("change of ", "you changed "),
        ("key for ", "you pressed the key for "),
        ("key ", "you pressed "),
        ("line typed in ", "you typed a line in "),
        ("timer in ", "of a timer in "),
        ("agentos run-process ", "you ran agentos run-process "),
    ];
    const EVENTS: [(&str, &str); 2] =
        [("start of ", " was started"), ("session brings back ", " came back with your session")];
    let after = |begin: &str| label.strip_prefix(begin);
    if let Some((answer, title)) = after("answer ").and_then(|rest| rest.split_once(": ")) {
        return format!("you answered “{answer}” ({title})");
    }
    let event = EVENTS.iter().find_map(|(begin, end)| Some(format!("{}{end}", after(begin)?)));
    let deed = || DEEDS.iter().find_map(|(begin, story)| Some(format!("{story}{}", after(begin)?)));
    event.or_else(deed).unwrap_or_else(|| label.to_owned())
}

/// Whether what a rule decided went well, for those rules that do not say it themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was allowed.
    Allowed,
    /// It was refused.
    Refused,
}

/// The rule of a journal row as it follows what happened: `allowed by your answer, while it runs`.
#[must_use]
pub fn rule_in_words(rule: &str, verdict: Verdict) -> String {
    let (head, capability) = split_rule(rule);
    let may = capability.map(|capability| format!(": it may {}", capability.in_words())).unwrap_or_default();
    let words = match head {
        "default-deny" => "refused, since nobody has allowed it",
        "revoked" => return format!("refused, since the right was taken{}", may.replacen("it may", "to", 1)),
        "manifest" => "allowed by its manifest",
        "answer once" => "allowed by your answer, once",
        "answer run" => "allowed by your answer, while it runs",
        "answer until" => "allowed by your answer, for a time",
        "answer always" => "allowed by your answer, always",
        "answer deny" => "refused by your answer, while it runs",
        "answer never" => "refused by your answer, for good",
        "answer ask" => "your earlier answer was forgotten",
        "given once" => "allowed by you, once",
        "given run" => "allowed by you, while it runs",
        "given until" => "allowed by you, for a time",
        "given always" => "allowed by you, always",
        "no answer in time" => "refused, since nobody answered in time",
        "nobody waits any more" => "it does not wait for the answer any more",
        "the process has ended" => "it has ended meanwhile",
        "asked too often" => "refused, since it asked too often",
        "end of lease" => "the time that it was given for is over",
        "what is open stays open" => "what it has open stays open until it ends",
        "it has it until it ends" => "its program has it until it ends",
        "decided" => "decided by you",
        _ => {
            let verdict = if verdict == Verdict::Allowed { "allowed" } else { "refused" };
            return format!("{verdict} by {rule}");
        }
    };
    format!("{words}{may}")
}

/// The name of a rule, and the right that it is about where it names one.
fn split_rule(rule: &str) -> (&str, Option<Capability>) {
    let at = rule.find(['{', '"']);
    let right = at.and_then(|at| Some((rule[..at].trim_end(), serde_json::from_str(&rule[at..]).ok()?)));
    right.map_or((rule, None), |(head, capability)| (head, Some(capability)))
}

/// A right that is written as JSON, as in the object of a journal row, in words; anything else as it is.
#[must_use]
pub fn right_in_words(json: &str) -> String {
    serde_json::from_str::<Capability>(json).map_or_else(|_| json.to_owned(), |right| right.in_words())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_was_reached_is_said_with_its_size() {
        let words = |limit, most| Exceeded { limit, most }.to_string();
        assert_eq!(words(LimitKind::Memory, Some(64 << 20)), "memory limit of 64 MB reached");
        assert_eq!(words(LimitKind::Memory, None), "memory limit reached");
        assert_eq!(words(LimitKind::CpuSeconds, Some(2)), "processor time limit of 2 s reached");
        assert_eq!(words(LimitKind::FileSize, Some(1_000_000)), "limit of a file's size (1.0 MB) reached");
        assert_eq!(words(LimitKind::Disk, Some(4_096)), "limit of what it writes (4096 bytes) reached");
    }

    #[test]
    fn rights_read_as_sentences() {
        let path = |path: &str| PathScope(path.into());
        let net = |rules: &[&str]| Capability::NetworkAccess(rules.iter().map(|r| (*r).to_owned()).collect());
        for (capability, words) in [
            (Capability::ReadFile(path("/home/notes")), "read /home/notes"),
            (Capability::WriteFile(path("/")), "change everything"),
            (Capability::SpawnProcess(vec!["*".into()]), "start any program"),
            (net(&["registry.npmjs.org:443/tcp"]), "reach registry.npmjs.org port 443"),
            (net(&["*", "!10.0.0.1"]), "reach any public host, but not 10.0.0.1"),
            (net(&["[2001:db8::1]:80", "fe80::1"]), "reach [2001:db8::1] port 80, fe80::1"),
            (net(&["loopback:8000-8010"]), "reach this machine ports 8000-8010"),
            (net(&["a.org:"]), "reach a.org:"),
            (net(&[]), "reach no host"),
            (
                net(&["*", "loopback", "private", "link-local"]),
                "use the network of this machine without restriction",
            ),
        ] {
            assert_eq!(capability.in_words(), words);
        }
    }

    #[test]
    fn what_is_about_one_place_is_said_together() {
        let path = || PathScope("/home/a".into());
        let reads = [Capability::ReadFile(path()), Capability::ListDirectory(path())];
        let changes =
            [Capability::WriteFile(path()), Capability::CreateFile(path()), Capability::DeleteFile(path())];
        assert_eq!(rights_in_words(&reads), "read /home/a");
        assert_eq!(rights_in_words(reads.iter().chain(&changes)), "read and change /home/a");
        assert_eq!(rights_in_words(&changes), "change /home/a");
        assert_eq!(rights_in_words(&reads[1..]), "see what is in /home/a");
        assert_eq!(rights_in_words(&changes[1..]), "make files in /home/a and delete /home/a");
        assert_eq!(
            rights_in_words([&reads[0], &Capability::Notify, &Capability::TimeAccess]),
            "read /home/a, show notifications and know the time"
        );
        assert_eq!(rights_in_words([]), "do nothing");
    }

    #[test]
    fn rules_read_as_what_decided() {
        let allowed = |rule: &str| rule_in_words(rule, Verdict::Allowed);
        assert_eq!(
            allowed(r#"manifest {"WriteFile":"/home"}"#),
            "allowed by its manifest: it may change /home"
        );
        assert_eq!(
            allowed(r#"given run "TimeAccess""#),
            "allowed by you, while it runs: it may know the time"
        );
        assert_eq!(allowed("answer once"), "allowed by your answer, once");
        assert_eq!(
            rule_in_words(r#"revoked {"ReadFile":"/home"}"#, Verdict::Refused),
            "refused, since the right was taken: to read /home"
        );
        assert_eq!(
            rule_in_words("the rule !10.0.0.0/8", Verdict::Refused),
            "refused by the rule !10.0.0.0/8"
        );
        assert_eq!(allowed("proxy 7 {odd"), "allowed by proxy 7 {odd");
        assert_eq!(right_in_words("\"Notify\""), "show notifications");
        assert_eq!(right_in_words("ReadFile(/home)"), "ReadFile(/home)");
    }

    #[test]
    fn causes_read_as_what_somebody_did() {
        assert_eq!(story("click on Sync in Notes"), "you clicked Sync in Notes");
        assert_eq!(story("key Enter on the desktop"), "you pressed Enter on the desktop");
        assert_eq!(story("key for Settings"), "you pressed the key for Settings");
        assert_eq!(story("start of Notes"), "Notes was started");
        assert_eq!(story("line typed in Terminal"), "you typed a line in Terminal");
        assert_eq!(
            story("answer Deny: Notes asks to read /home"),
            "you answered “Deny” (Notes asks to read /home)"
        );
        assert_eq!(story("something else"), "something else");
    }
}
