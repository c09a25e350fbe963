//! Reads the tables: what the shown page needs, and nothing that is under way already.
//!
//! What is a file of `/proc` or a row of the journal is submitted and taken when it is there; lists that are in
//! memory are asked for at once.

use super::{
    connections,
    journal::{Checked, PAGE},
    model::Model,
    objects::{self, Descriptors, Ipc, Sockets},
    page::Page,
    sentence,
    sheet::SheetId,
    update::call,
};
use crate::common::problem::Problem;
use abi::{
    Bytes, Pending, Pid, SysError, SysResult,
    table::{
        GetCurrentTime, JournalRow, ListConnections, ListMounts, ListProcesses, ProcessInfo, QueryJournal,
        Read, VerifyJournal, Why,
    },
};
use widgets::AppContext;

/// Largest answer of `/proc` that is read.
const MOST_BYTES: u64 = 8 * 1024 * 1024;
/// Most causes that are looked up in one go.
const CAUSES_AT_ONCE: usize = 20;
/// Labels of causes that are remembered.
const CAUSES: usize = 2_000;
/// Refusals and changes of rights that are shown.
const DECISIONS: u32 = 500;

/// Rows about calls that were refused.
const DENIAL_KINDS: [&str; 2] = ["denied", "denied.count"];
/// Rows about rights.
const RIGHT_KINDS: [&str; 8] = [
    "grant",
    "revoke",
    "grant.asked",
    "grant.refused",
    "grant.expired",
    "grant.kept",
    "grant.lingers",
    "grant.muted",
];

/// Rows of the journal that were asked for.
type Rows = Pending<QueryJournal>;

/// An answer that comes, or is there.
enum Answer {
    Waiting(Rows),
    There(SysResult<Vec<JournalRow>>),
}

impl Answer {
    fn poll(&mut self) -> bool {
        if let Answer::Waiting(pending) = self
            && let Some(result) = pending.poll()
        {
            *self = Answer::There(result);
        }
        matches!(self, Answer::There(_))
    }

    fn taken(self) -> SysResult<Vec<JournalRow>> {
        match self {
            Answer::There(result) => result,
            Answer::Waiting(_) => Ok(Vec::new()),
        }
    }
}

/// Answers that are shown together.
struct Several(Vec<Answer>);

impl Several {
    /// All of them, in the order in which they were asked for, once all are there.
    fn take(asked: &mut Option<Several>) -> Option<SysResult<Vec<Vec<JournalRow>>>> {
        let several = asked.as_mut()?;
        // Each is asked, also where an earlier one is not there.
        let waiting = several.0.iter_mut().filter_map(|answer| (!answer.poll()).then_some(())).count();
        if waiting > 0 {
            return None;
        }
        let Several(answers) = asked.take()?;
        Some(answers.into_iter().map(Answer::taken).collect())
    }
}

/// Calls under way.
#[derive(Default)]
pub(super) struct Reading {
    file: Option<(Page, Pending<Read>)>,
    /// With the time when it was asked for, milliseconds since the Unix epoch.
    connections: Option<(u64, Pending<ListConnections>)>,
    denials: Option<Several>,
    grants: Option<Several>,
    journal: Option<Rows>,
    check: Option<Pending<VerifyJournal>>,
    /// How many rows there were, and refusals, when they were read last; `None` when they must be read.
    journal_at: Option<u64>,
    decisions_at: Option<u64>,
}

/// Names and use of processes, and why they run.
pub(super) fn names(model: &mut Model, cx: &AppContext<'_>) {
    match call(model, cx, ListProcesses {}) {
        Ok(processes) => model.listed(processes, cx.now_seconds),
        Err(why) => model.problem = Some(Problem::new("The processes cannot be listed", &why)),
    }
}

impl Reading {
    /// Other rows of the journal are wanted.
    pub(super) fn ask_journal(&mut self) {
        (self.journal_at, self.decisions_at) = (None, None);
    }

    /// Looks whether the journal is whole.
    pub(super) fn verify(&mut self, model: &mut Model, cx: &AppContext<'_>) {
        match cx.syscalls.submit(VerifyJournal {}) {
            Ok(pending) => self.check = Some(pending),
            Err(why) => model.journal.checked = Checked::Failed(unreadable(&why)),
        }
    }

    /// Asks for what the shown page needs.
    pub(super) fn read(&mut self, model: &mut Model, cx: &AppContext<'_>) {
        match model.page {
            Page::Processes => {
                learn_causes(model, cx);
                let cause =
                    |info: &ProcessInfo| model.cause_labels.get(&info.cause).cloned().unwrap_or_default();
                let rows = objects::processes(&model.processes, &model.cpu_percent, &cause);
                let total = rows.len() as u64;
                model.sheet_mut(SheetId::Processes).receive(rows, total);
            }
            Page::Mounts => match call(model, cx, ListMounts {}) {
                Ok(mounts) => {
                    let total = mounts.len() as u64;
                    model.sheet_mut(SheetId::Mounts).receive(objects::mounts(&mounts), total);
                }
                Err(why) => {
                    let problem = Problem::new("The mounts cannot be listed", &why);
                    model.sheet_mut(SheetId::Mounts).fail(problem);
                }
            },
            Page::Ipc => self.file(model, cx, "/proc/ipc"),
            Page::Descriptors => self.file(model, cx, "/proc/descriptors"),
            Page::Sockets => self.file(model, cx, "/proc/sockets"),
            Page::Connections => self.connections(model, cx),
            Page::Security => self.decisions(model, cx),
            Page::Journal => self.rows(model, cx),
            Page::Overview | Page::Events | Page::Syscalls | Page::Memory | Page::Why => {}
        }
    }

    fn file(&mut self, model: &mut Model, cx: &AppContext<'_>, path: &str) {
        if self.file.is_some() {
            return;
        }
        *model.own.entry("read").or_default() += 1;
        match cx.syscalls.submit(Read { path: path.into(), offset: 0, size: Some(MOST_BYTES) }) {
            Ok(pending) => self.file = Some((model.page, pending)),
            Err(why) => fail(model, model.page, &why),
        }
    }

    /// Connections of everything that runs.
    fn connections(&mut self, model: &mut Model, cx: &AppContext<'_>) {
        if self.connections.is_some() {
            return;
        }
        let now = call(model, cx, GetCurrentTime {}).map_or(0, |time| time.unix_millis);
        *model.own.entry("list_connections").or_default() += 1;
        match cx.syscalls.submit(ListConnections { pid: Some(Pid::KERNEL), ended: true }) {
            Ok(pending) => self.connections = Some((now, pending)),
            Err(why) => fail(model, Page::Connections, &why),
        }
    }

    /// Refusals and changes of rights, when rows were written since the last time.
    fn decisions(&mut self, model: &mut Model, cx: &AppContext<'_>) {
        let Some(metrics) = &model.metrics else { return };
        let changes = metrics.denied_total.wrapping_add(metrics.journal_rows);
        let now = changes.wrapping_add(metrics.decision_cache.epoch.wrapping_mul(1 << 32));
        if self.decisions_at == Some(now) || self.denials.is_some() || self.grants.is_some() {
            return;
        }
        let mut ask = |kind: &str| {
            *model.own.entry("query_journal").or_default() += 1;
            cx.syscalls.submit(QueryJournal {
                app: None,
                cause: None,
                kind: Some(kind.into()),
                path: None,
                pid: None,
                since_millis: None,
                before: None,
                limit: DECISIONS,
            })
        };
        let mut ask_all = |kinds: &[&str]| {
            let answers: SysResult<Vec<Answer>> =
                kinds.iter().map(|kind| ask(kind).map(Answer::Waiting)).collect();
            answers.map(Several)
        };
        match (ask_all(&DENIAL_KINDS), ask_all(&RIGHT_KINDS)) {
            (Ok(denials), Ok(grants)) => {
                self.denials = Some(denials);
                self.grants = Some(grants);
                self.decisions_at = Some(now);
            }
            (Err(why), _) | (_, Err(why)) => fail(model, Page::Security, &why),
        }
    }

    /// A page of the journal; the newest follows what is written, at most once a second.
    fn rows(&mut self, model: &mut Model, cx: &AppContext<'_>) {
        let written = model.metrics.as_ref().map_or(0, |metrics| metrics.journal_rows);
        let stands_still = self.journal_at.is_some() && model.journal.before.is_some();
        if self.journal.is_some() || self.journal_at == Some(written) || stands_still {
            return;
        }
        let now = call(model, cx, GetCurrentTime {}).map_or(0, |time| time.unix_millis);
        *model.own.entry("query_journal").or_default() += 1;
        match cx.syscalls.submit(model.journal.query(now)) {
            Ok(pending) => (self.journal, self.journal_at) = (Some(pending), Some(written)),
            Err(why) => fail(model, Page::Journal, &why),
        }
    }

    /// Takes what is there.
    pub(super) fn poll(&mut self, model: &mut Model) {
        if let Some((page, result)) =
            self.file.as_ref().and_then(|(page, pending)| Some((*page, pending.poll()?)))
        {
            self.file = None;
            take_file(model, page, result);
        }
        if let Some((now_millis, result)) =
            self.connections.as_ref().and_then(|(now, pending)| Some((*now, pending.poll()?)))
        {
            self.connections = None;
            match result {
                Ok(all) => {
                    let (owner, app) = (|pid| model.owner(pid), |pid| model.app_of(pid));
                    let known = connections::Known { owner: &owner, app: &app, now_millis };
                    let rows = connections::rows(&all, &known);
                    let total = rows.len() as u64;
                    model.sheet_mut(SheetId::Connections).receive(rows, total);
                }
                Err(why) => fail(model, Page::Connections, &why),
            }
        }
        if let Some(answers) = Several::take(&mut self.denials) {
            match answers.as_deref() {
                Ok([denied, counts]) => {
                    let rows = sentence::denials(denied, counts);
                    let total = rows.len() as u64;
                    model.sheet_mut(SheetId::Denials).receive(rows, total);
                }
                Ok(_) => {}
                Err(why) => fail(model, Page::Security, why),
            }
        }
        if let Some(answers) = Several::take(&mut self.grants) {
            match answers {
                Ok(answers) => {
                    let rows: Vec<_> = answers.iter().flat_map(|rows| sentence::grants(rows)).collect();
                    let total = rows.len() as u64;
                    model.sheet_mut(SheetId::Grants).receive(rows, total);
                }
                Err(why) => fail(model, Page::Security, &why),
            }
        }
        if let Some(result) = self.journal.as_ref().and_then(Pending::poll) {
            self.journal = None;
            match result {
                Ok(rows) => {
                    model.journal.oldest = rows.iter().map(|row| row.seq).min();
                    model.journal.has_more = rows.len() >= PAGE as usize;
                    let rows = sentence::journal(&rows);
                    let total = rows.len() as u64;
                    model.sheet_mut(SheetId::Journal).receive(rows, total);
                }
                Err(why) => fail(model, Page::Journal, &why),
            }
        }
        if let Some(result) = self.check.as_ref().and_then(Pending::poll) {
            self.check = None;
            model.journal.checked = match result {
                Ok(check) => Checked::Done(check),
                Err(why) => Checked::Failed(unreadable(&why)),
            };
        }
    }
}

fn unreadable(why: &SysError) -> Problem {
    Problem::new("The journal cannot be read.", why)
}

fn fail(model: &mut Model, page: Page, why: &SysError) {
    let title = match page {
        Page::Security | Page::Journal => "The journal cannot be read",
        _ => "This cannot be read",
    };
    for &sheet in page.sheets() {
        model.sheet_mut(sheet).fail(Problem::new(title, why));
    }
}

fn take_file(model: &mut Model, page: Page, result: SysResult<Bytes>) {
    let bytes = match result {
        Ok(bytes) => bytes,
        Err(why) => return fail(model, page, &why),
    };
    let taken = match page {
        Page::Ipc => take_ipc(model, &bytes.0),
        Page::Descriptors => serde_json::from_slice::<Descriptors>(&bytes.0).map(|open| {
            let rows = objects::descriptors(&open.descriptors, &|pid| model.owner(pid));
            model.sheet_mut(SheetId::Descriptors).receive(rows, open.total);
        }),
        _ => serde_json::from_slice::<Sockets>(&bytes.0).map(|open| {
            let rows = objects::sockets(&open.sockets, &|pid| model.owner(pid));
            model.sheet_mut(SheetId::Sockets).receive(rows, open.total);
        }),
    };
    if let Err(why) = taken {
        fail(model, page, &SysError::new(abi::Errno::EIO, why.to_string()));
    }
}

fn take_ipc(model: &mut Model, bytes: &[u8]) -> serde_json::Result<()> {
    let ipc: Ipc = serde_json::from_slice(bytes)?;
    let owner = |pid| model.owner(pid);
    let taken = [
        (SheetId::Pipes, "pipes", objects::pipes(&ipc.pipes, &owner)),
        (SheetId::Queues, "queues", objects::queues(&ipc.queues, &owner)),
        (SheetId::Segments, "shared_memory", objects::segments(&ipc.shared_memory, &owner)),
        (SheetId::Mappings, "mappings", objects::mappings(&ipc.mappings, &owner)),
    ];
    for (id, name, rows) in taken {
        model.sheet_mut(id).receive(rows, ipc.totals.get(name).copied().unwrap_or(0));
    }
    Ok(())
}

fn learn_causes(model: &mut Model, cx: &AppContext<'_>) {
    let unknown: Vec<_> = model
        .processes
        .iter()
        .map(|info| info.cause)
        .filter(|cause| !model.cause_labels.contains_key(cause))
        .take(CAUSES_AT_ONCE)
        .collect();
    for cause in unknown {
        if model.cause_labels.len() >= CAUSES {
            model.cause_labels.clear();
        }
        // A cause that is forgotten has no label; it is not asked for again.
        let chain = call(model, cx, Why { cause: Some(cause), pid: None, event: None }).unwrap_or_default();
        let label = chain.links.first().map(|link| link.cause.spec.label.clone()).unwrap_or_default();
        model.cause_labels.insert(cause, label);
    }
}
