//! The form of limits: text of each field, and what it means.

use abi::table::{LimitTier, Limits, ProcessStats, SandboxLevel, Sandboxed};

/// A limit that can be set by hand.
pub(super) struct Field {
    /// Its label, with the unit.
    pub(super) label: &'static str,
    /// What it holds for, and who sees to it.
    pub(super) hint: &'static str,
    /// What one unit of the field is in the limit's own.
    unit: u64,
    get: fn(&Limits) -> Option<u64>,
    set: fn(&mut Limits, Option<u64>),
    /// What the process has of it now, in the limit's own unit; `None` where that is not counted.
    used: fn(&ProcessStats) -> Option<u64>,
}

/// As many as fit.
fn narrow(value: Option<u64>) -> Option<u32> {
    value.map(|value| u32::try_from(value).unwrap_or(u32::MAX))
}

/// Bytes of a megabyte.
const MB: u64 = 1_000_000;

/// All of them, in the order of the form.
pub(super) const FIELDS: [Field; 13] = [
    Field {
        label: "Memory, MB",
        hint: "The kernel refuses more; a sandboxed program is held to it with all it started, another gets so much address space.",
        unit: MB,
        get: |limits| limits.memory_bytes,
        set: |limits, value| limits.memory_bytes = value,
        used: |stats| Some(stats.memory_bytes),
    },
    Field {
        label: "Programs",
        hint: "The kernel starts no more programs of the host at one time.",
        unit: 1,
        get: |limits| limits.processes.map(u64::from),
        set: |limits, value| limits.processes = narrow(value),
        used: |_| None,
    },
    Field {
        label: "Descriptors",
        hint: "The kernel opens no more.",
        unit: 1,
        get: |limits| limits.descriptors.map(u64::from),
        set: |limits, value| limits.descriptors = narrow(value),
        used: |stats| Some(stats.descriptors.into()),
    },
    Field {
        label: "Tasks",
        hint: "The kernel takes no more calls at one time.",
        unit: 1,
        get: |limits| limits.tasks.map(u64::from),
        set: |limits, value| limits.tasks = narrow(value),
        used: |stats| Some(stats.tasks.into()),
    },
    Field {
        label: "Pipes",
        hint: "The kernel makes no more.",
        unit: 1,
        get: |limits| limits.pipes.map(u64::from),
        set: |limits, value| limits.pipes = narrow(value),
        used: |stats| Some(stats.pipes.into()),
    },
    Field {
        label: "Shared, MB",
        hint: "The kernel shares no more memory.",
        unit: MB,
        get: |limits| limits.shared_bytes,
        set: |limits, value| limits.shared_bytes = value,
        used: |_| None,
    },
    Field {
        label: "Mappings",
        hint: "The kernel maps no more.",
        unit: 1,
        get: |limits| limits.mappings.map(u64::from),
        set: |limits, value| limits.mappings = narrow(value),
        used: |stats| Some(stats.mappings.into()),
    },
    Field {
        label: "Queues",
        hint: "The kernel makes no more.",
        unit: 1,
        get: |limits| limits.queues.map(u64::from),
        set: |limits, value| limits.queues = narrow(value),
        used: |stats| Some(stats.queues.into()),
    },
    Field {
        label: "CPU, seconds",
        hint: "The host ends a program that used so much: SIGXCPU, and SIGKILL soon after.",
        unit: 1,
        get: |limits| limits.cpu_seconds,
        set: |limits, value| limits.cpu_seconds = value,
        used: |stats| Some(stats.cpu_time_micros / 1_000_000),
    },
    Field {
        label: "File, MB",
        hint: "The host lets a program write no larger file; one that goes on gets SIGXFSZ.",
        unit: MB,
        get: |limits| limits.file_bytes,
        set: |limits, value| limits.file_bytes = value,
        used: |_| None,
    },
    Field {
        label: "Processes",
        hint: "A sandboxed program gets no more processes and threads, with all that it started.",
        unit: 1,
        get: |limits| limits.tree_processes,
        set: |limits, value| limits.tree_processes = value,
        used: |_| None,
    },
    Field {
        label: "CPU, %",
        hint: "A sandboxed program gets this share, with all that it started; 100 is one processor.",
        unit: 1,
        get: |limits| limits.cpu_percent,
        set: |limits, value| limits.cpu_percent = value,
        used: |_| None,
    },
    Field {
        label: "Disk, MB",
        hint: "A sandboxed program that writes more into the folders that it was granted is ended.",
        unit: MB,
        get: |limits| limits.disk_bytes,
        set: |limits, value| limits.disk_bytes = value,
        used: |_| None,
    },
];

/// Who holds the limits of a program and of all that it started, in one sentence.
pub(super) fn held_by(sandbox: &Sandboxed) -> Option<String> {
    if sandbox.level == SandboxLevel::None {
        return None;
    }
    let counted = match (sandbox.limit_tier, sandbox.namespaces) {
        (LimitTier::CgroupV2, _) => "the host: memory.max, pids.max, cpu.max",
        (LimitTier::CgroupV1, _) => "the host: memory.limit_in_bytes, pids.max, cpu.cfs_quota_us",
        (LimitTier::Polled, true) => "looking at memory again and again, RLIMIT_NPROC, fewer processors",
        (LimitTier::Polled, false) => {
            "RLIMIT_DATA of each process, fewer processors; nobody counts processes"
        }
    };
    let disk = match sandbox.namespaces {
        true => "RLIMIT_FSIZE and looking at its folders",
        false => "RLIMIT_FSIZE of each file",
    };
    Some(format!("Held by {counted}. Disk: {disk}. Never more than its sandbox gave it."))
}

/// What is typed in the form; an empty field is no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) texts: Vec<String>,
    /// Whether somebody typed since the limits were read.
    pub(super) changed: bool,
}

impl Draft {
    pub(super) fn of(limits: &Limits) -> Self {
        let text = |field: &Field| match (field.get)(limits) {
            None => String::new(),
            Some(value) if value.is_multiple_of(field.unit) => (value / field.unit).to_string(),
            Some(value) => format!("{}", value as f64 / field.unit as f64),
        };
        Draft { texts: FIELDS.iter().map(text).collect(), changed: false }
    }

    pub(super) fn edit(&mut self, index: usize, text: String) {
        if let Some(field) = self.texts.get_mut(index) {
            *field = text;
            self.changed = true;
        }
    }

    /// Whether a field says something that is a limit, or nothing.
    pub(super) fn is_valid(&self, index: usize) -> bool {
        self.texts.get(index).is_some_and(|text| parse(text, FIELDS[index].unit).is_some())
    }

    /// The limits that the form asks for; those that it does not show stay. `None` while a field is wrong.
    pub(super) fn limits(&self, current: &Limits) -> Option<Limits> {
        let mut limits = current.clone();
        for (field, text) in FIELDS.iter().zip(&self.texts) {
            (field.set)(&mut limits, parse(text, field.unit)?);
        }
        Some(limits)
    }
}

/// How a process stands to its limits.
pub(super) struct Use {
    /// `12 of 64 MB`, or `12 MB` where there is no limit.
    pub(super) words: String,
    /// The part of the limit that is used, 0 to 1, where there is a limit.
    pub(super) part: Option<f32>,
}

/// What a process has of what a field limits; `None` where that is not counted.
pub(super) fn use_of(field: &Field, limits: &Limits, stats: &ProcessStats) -> Option<Use> {
    let used = (field.used)(stats)?;
    let in_units = |value: u64| {
        let value = value as f64 / field.unit as f64;
        if value < 10.0 && value.fract() > 0.0 { format!("{value:.1}") } else { format!("{value:.0}") }
    };
    Some(match (field.get)(limits) {
        None => Use { words: format!("{} now", in_units(used)), part: None },
        Some(limit) => Use {
            words: format!("{} of {} used", in_units(used), in_units(limit)),
            part: Some((used as f64 / limit.max(1) as f64).clamp(0.0, 1.0) as f32),
        },
    })
}

/// `Some(None)` for an empty field.
fn parse(text: &str, unit: u64) -> Option<Option<u64>> {
    let text = text.trim();
    if text.is_empty() {
        return Some(None);
    }
    let value: f64 = text.parse().ok()?;
    let value = value * unit as f64;
    (value.is_finite() && (0.0..=1e15).contains(&value) && (unit > 1 || value.fract() == 0.0))
        .then_some(Some(value as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_is_told_with_its_limit() {
        let limits = Limits { memory_bytes: Some(64 * MB), ..Limits::default() };
        let stats = ProcessStats { memory_bytes: 16 * MB, tasks: 3, ..ProcessStats::default() };
        let memory = use_of(&FIELDS[0], &limits, &stats).expect("it is counted");
        assert_eq!((memory.words.as_str(), memory.part), ("16 of 64 used", Some(0.25)));
        let tasks = use_of(&FIELDS[3], &limits, &stats).expect("they are counted");
        assert_eq!((tasks.words.as_str(), tasks.part), ("3 now", None));
        assert!(use_of(&FIELDS[1], &limits, &stats).is_none(), "nobody counts programs");
        let none = Limits { memory_bytes: Some(0), ..Limits::default() };
        assert_eq!(use_of(&FIELDS[0], &none, &stats).expect("it is counted").part, Some(1.0));
    }

    #[test]
    fn a_form_reads_back_and_leaves_alone_what_is_not_typed() {
        let limits = Limits { memory_bytes: Some(1_500_000), tasks: Some(100), ..Limits::default() };
        let mut draft = Draft::of(&limits);
        assert_eq!((draft.texts[0].as_str(), draft.texts[3].as_str()), ("1.5", "100"));
        assert_eq!(draft.limits(&limits), Some(limits.clone()));
        draft.edit(0, "2".into());
        draft.edit(3, " ".into());
        let wanted = Limits { memory_bytes: Some(2_000_000), ..Limits::default() };
        assert_eq!(draft.limits(&limits), Some(wanted));
        for wrong in ["-1", "x", "1.5", "1e30", "NaN"] {
            draft.edit(3, wrong.into());
            assert!(!draft.is_valid(3) && draft.limits(&limits).is_none(), "{wrong}");
        }
        draft.edit(99, "1".into());
        let limits = Limits { cpu_seconds: Some(60), file_bytes: Some(5 * MB), ..Limits::default() };
        let draft = Draft::of(&limits);
        assert_eq!((draft.texts[8].as_str(), draft.texts[9].as_str()), ("60", "5"));
        assert_eq!(draft.limits(&Limits::default()), Some(limits));
    }
}
