//! A prompt: what one app asks for on account of one cause, a line for each right; or what a person may give to an
//! app that was refused something.

use abi::{
    Capability, CauseId, Pid, RequestId, rights_in_words, story,
    table::{Answer, CapabilityRequest, RequestKind, RightDecision},
};

/// How long a line must have been in view before it can be answered, seconds.
pub(crate) const GUARD_SECONDS: f64 = 0.5;

/// How long a lease is, milliseconds.
const LEASE_MILLIS: u64 = 60 * 60 * 1000;

/// What a person can say. Deny is the first everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Deny,
    Never,
    Once,
    Run,
    Hour,
    Always,
}

impl Choice {
    /// In the order in which the keyboard reaches them.
    pub(crate) const ALL: [Choice; 6] =
        [Choice::Deny, Choice::Never, Choice::Once, Choice::Run, Choice::Hour, Choice::Always];

    /// What its button says.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Choice::Deny => "Deny",
            Choice::Never => "Never allow",
            Choice::Once => "Allow once",
            Choice::Run => "Allow this run",
            Choice::Hour => "Allow for 1 hour",
            Choice::Always => "Always allow",
        }
    }

    /// For how long that is.
    pub(crate) const fn explanation(self) -> &'static str {
        match self {
            Choice::Deny => "Refused, and not asked again while it runs",
            Choice::Never => "Refused now and whenever it runs, until you change it in Settings",
            Choice::Once => "For the next time it needs it",
            Choice::Run => "Until it ends",
            Choice::Hour => "For the next hour, or until it ends",
            Choice::Always => "Now and whenever it runs, until you change it in Settings",
        }
    }

    pub(crate) const fn allows(self) -> bool {
        !matches!(self, Choice::Deny | Choice::Never)
    }

    /// As the kernel takes it; `now_millis` is the wall clock.
    pub(crate) const fn answer(self, now_millis: u64) -> Answer {
        match self {
            Choice::Deny => Answer::Deny,
            Choice::Never => Answer::Never,
            Choice::Once => Answer::Once,
            Choice::Run => Answer::Run,
            Choice::Hour => Answer::Until(now_millis + LEASE_MILLIS),
            Choice::Always => Answer::Always,
        }
    }
}

/// Who began a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum PromptKey {
    /// The app: the number of the first request.
    Asked(RequestId),
    /// The person, about something that was refused: a number of the shell's.
    Offered(u64),
}

/// One thing in a prompt: a right, or several that are one thing for a person.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// The request, where the app asks.
    pub(crate) request: Option<RequestId>,
    pub(crate) pid: Pid,
    pub(crate) rights: Vec<Capability>,
    /// What the app says it is for.
    pub(crate) reason: String,
    /// Whether an *allow* is about it, too.
    pub(crate) ticked: bool,
    /// When it came into view, seconds of the frame clock.
    pub(crate) seen_at: Option<f64>,
}

impl Line {
    /// What it is, as it follows "asks to".
    pub(crate) fn in_words(&self) -> String {
        rights_in_words(&self.rights)
    }

    /// Whether somebody can have read it by now.
    pub(crate) fn is_answerable(&self, now: f64) -> bool {
        self.seen_at.is_some_and(|at| now >= at + GUARD_SECONDS)
    }
}

/// See the module documentation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Prompt {
    pub(crate) key: PromptKey,
    pub(crate) kind: RequestKind,
    pub(crate) name: String,
    pub(crate) app: Option<String>,
    /// Names of the processes above, the nearest first.
    pub(crate) parents: Vec<String>,
    pub(crate) cause: CauseId,
    /// What led to it, the nearest first.
    pub(crate) because: Vec<String>,
    pub(crate) asked_millis: u64,
    pub(crate) lines: Vec<Line>,
    /// The person wants to answer later; it waits in the inbox.
    pub(crate) is_aside: bool,
}

impl Prompt {
    /// A prompt of one line.
    pub(crate) fn of_request(asked: &CapabilityRequest) -> Prompt {
        Prompt {
            key: PromptKey::Asked(asked.prompt),
            kind: asked.kind,
            name: asked.name.clone(),
            app: asked.app.clone(),
            parents: asked.parents.clone(),
            cause: asked.cause,
            because: asked.because.clone(),
            asked_millis: asked.asked_millis,
            lines: vec![Line::of_request(asked)],
            is_aside: false,
        }
    }

    /// What would have allowed a call that was denied.
    pub(crate) fn of_denial(key: u64, denied: &RightDecision) -> Prompt {
        let line = Line {
            request: None,
            pid: denied.pid,
            rights: denied.rights().cloned().collect(),
            reason: String::new(),
            ticked: true,
            seen_at: None,
        };
        Prompt {
            key: PromptKey::Offered(key),
            kind: RequestKind::Use,
            name: denied.name.clone(),
            app: denied.app.clone(),
            parents: Vec::new(),
            cause: denied.cause,
            because: denied.because.clone(),
            asked_millis: denied.time_millis,
            lines: vec![line],
            is_aside: false,
        }
    }

    pub(crate) fn is_offer(&self) -> bool {
        matches!(self.key, PromptKey::Offered(_))
    }

    /// What it is about, in one sentence.
    pub(crate) fn title(&self) -> String {
        let name = &self.name;
        match (self.lines.as_slice(), self.is_offer()) {
            ([line], false) => format!("{name} asks to {}", line.in_words()),
            ([line], true) => format!("Allow {name} to {}?", line.in_words()),
            (lines, _) if self.kind == RequestKind::Start => {
                format!("{name} asks for {} things before it starts", lines.len())
            }
            (lines, _) => format!("{name} asks for {} things", lines.len()),
        }
    }

    /// Why, as somebody would tell it.
    pub(crate) fn because_in_words(&self) -> Option<String> {
        let (first, root) = (self.because.first()?, self.because.last()?);
        let begin = if self.is_offer() { "It was refused this because" } else { "Because" };
        // A timer is nothing that somebody did.
        let is_deed = |label: &String| story(label) != *label && !label.starts_with("timer ");
        // What a person did says more than the steps from there on.
        Some(match (is_deed(first), is_deed(root)) {
            (_, false) => format!("{begin} {}", story(first)),
            (true, true) => format!("{begin} {}", story(root)),
            (false, true) => format!("{begin} {}, after {}", story(first), story(root)),
        })
    }

    /// Who started whom.
    pub(crate) fn parents_in_words(&self) -> Option<String> {
        match self.parents.as_slice() {
            [] => None,
            [desktop] if desktop == "Shell" => Some("Started from the desktop".to_owned()),
            parents => {
                let names: Vec<&str> =
                    parents.iter().map(|name| if name == "Shell" { "the desktop" } else { name }).collect();
                Some(format!("Started by {}", names.join(", which was started by ")))
            }
        }
    }

    /// What can be answered, in the order in which the keyboard reaches it.
    pub(crate) fn choices(&self) -> impl Iterator<Item = Choice> {
        let is_start = self.kind == RequestKind::Start;
        // A start is one run, so *once* would say the same.
        Choice::ALL.into_iter().filter(move |choice| !is_start || *choice != Choice::Once)
    }

    /// What the answer to a line is: of those that were not ticked, an *allow* is a no. What was taken out of a
    /// program that may start for good is no question the next time either.
    pub(crate) fn choice_for(&self, line: &Line, choice: Choice) -> Choice {
        match choice {
            Choice::Always if !line.ticked && self.kind == RequestKind::Start => Choice::Never,
            choice if choice.allows() && !line.ticked => Choice::Deny,
            choice => choice,
        }
    }

    /// What a person has to know about where it comes from, in a sentence each.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let reasons = self.reasons();
        match self.kind {
            RequestKind::Start => reasons
                .into_iter()
                .map(|manifest| {
                    format!("It did not come with this desktop. Its manifest asks for this: {manifest}")
                })
                .collect(),
            RequestKind::Connection => {
                let held =
                    if self.lines.len() == 1 { "a connection that waits" } else { "connections that wait" };
                reasons
                    .into_iter()
                    .take(3)
                    .map(|program| format!("Its program {program} has {held}"))
                    .collect()
            }
            RequestKind::Use => {
                reasons.into_iter().take(3).map(|reason| format!("It says: “{reason}”")).collect()
            }
        }
    }

    /// What the app says for itself, once for each different reason, in one line.
    pub(crate) fn reasons(&self) -> Vec<String> {
        let mut reasons: Vec<String> = Vec::new();
        for line in &self.lines {
            let reason = line.reason.replace(char::is_control, " ").trim().to_owned();
            if !reason.is_empty() && !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        reasons
    }

    /// Whether anything of it can be answered at this second.
    pub(crate) fn is_answerable(&self, now: f64) -> bool {
        self.lines.iter().any(|line| line.is_answerable(now))
    }

    pub(crate) fn ticked(&self) -> usize {
        self.lines.iter().filter(|line| line.ticked).count()
    }
}

impl Line {
    pub(crate) fn of_request(asked: &CapabilityRequest) -> Line {
        Line {
            request: Some(asked.request),
            pid: asked.pid,
            rights: asked.rights().cloned().collect(),
            reason: asked.reason.clone(),
            ticked: true,
            seen_at: None,
        }
    }
}
