//! Rows of the sheets, made of what the kernel says: processes, IPC, descriptors, sockets, mounts. Pure.

use super::sheet::{SheetRow, Value};
use crate::common::{facts::Fact, format, grid::Look};
use abi::{
    Pid,
    table::{
        MapSharing, MapStats, MemoryAccess, MountInfo, PipeStats, ProcessInfo, ProcessState, QueueKind,
        QueueOverflow, QueueStats, ShmStats, SocketDomain, SocketInfo, SocketType,
    },
};
use serde::Deserialize;
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};
use widgets::Subject;

/// Names of processes, for owners.
pub(super) type Owners<'a> = &'a dyn Fn(Pid) -> String;

/// `/proc/ipc`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Ipc {
    pub(super) totals: HashMap<String, u64>,
    pub(super) pipes: Vec<PipeStats>,
    pub(super) shared_memory: Vec<ShmStats>,
    pub(super) mappings: Vec<MapStats>,
    pub(super) queues: Vec<QueueStats>,
}

/// `/proc/descriptors`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Descriptors {
    pub(super) total: u64,
    pub(super) descriptors: Vec<Descriptor>,
}

/// An open descriptor.
#[derive(Deserialize)]
pub(super) struct Descriptor {
    pid: Pid,
    fd: u32,
    kind: String,
    path: Option<String>,
    offset: u64,
    buffered: u64,
    readable: bool,
    writable: bool,
    close_on_exec: bool,
}

/// `/proc/sockets`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Sockets {
    pub(super) total: u64,
    pub(super) sockets: Vec<Socket>,
}

/// An open socket and whose it is.
#[derive(Deserialize)]
pub(super) struct Socket {
    pid: Pid,
    #[serde(flatten)]
    info: SocketInfo,
}

/// A key of a thing that has no number of its own.
fn key_of(what: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

fn bytes(count: u64) -> Value {
    Value::figure(count as f64, format::bytes(count))
}

fn count(number: u64) -> Value {
    Value::figure(number as f64, format::count(number))
}

fn filled(now: u64, most: u64) -> Value {
    let share = now as f64 * 100.0 / most.max(1) as f64;
    let look = if share >= 90.0 { Look::Warning } else { Look::Quiet };
    Value::figure(share, format::percent(share)).look(look)
}

fn access(readable: bool, writable: bool) -> &'static str {
    match (readable, writable) {
        (true, true) => "read, write",
        (false, true) => "write",
        (true, false) => "read",
        (false, false) => "nothing",
    }
}

fn access_of(access: MemoryAccess) -> &'static str {
    match access {
        MemoryAccess::ReadOnly => "read",
        MemoryAccess::ReadWrite => "read, write",
    }
}

pub(super) fn processes(
    processes: &[ProcessInfo],
    cpu_percent: &HashMap<Pid, f64>,
    cause_of: &dyn Fn(&ProcessInfo) -> String,
) -> Vec<SheetRow> {
    let row = |info: &ProcessInfo| {
        let cpu = cpu_percent.get(&info.pid).copied();
        let state = match info.state {
            ProcessState::Creating | ProcessState::Initializing => "Starting",
            ProcessState::Ready => "Ready",
            ProcessState::Running => "Running",
            ProcessState::Blocked => "Waiting",
            ProcessState::Stopped => "Stopped",
            ProcessState::Zombie | ProcessState::Terminated => "Ended",
        };
        let cause = cause_of(info);
        let mut facts: Vec<Fact> = vec![
            ("Process", info.pid.to_string()),
            ("App", info.app.clone().unwrap_or_else(|| "–".into())),
            ("Kind", format!("{:?}", info.kind)),
            ("Parent", info.parent.map_or_else(|| "–".into(), |parent| parent.to_string())),
            ("Priority", info.priority.to_string()),
            ("CPU time", format::cpu_time(info.cpu_time_micros)),
            ("Started", format::date_time(info.started_millis)),
            ("Because of", cause.clone()),
        ];
        if let Some(number) = info.host_pid {
            facts.push(("Host number", number.to_string()));
        }
        SheetRow {
            key: info.pid.0,
            name: info.name.clone(),
            values: vec![
                Value::strong(info.name.clone()),
                Value::figure(info.pid.0 as f64, info.pid.to_string()),
                Value::word(state),
                Value::figure(cpu.unwrap_or(0.0), cpu.map_or_else(|| "–".into(), format::percent)),
                bytes(info.memory_bytes),
                count(info.syscalls),
                Value::figure(info.started_millis as f64, format::clock(info.started_millis)),
                Value::word(cause),
            ],
            facts,
            subject: Some(Subject::Process(info.pid)),
            process: Some(info.pid),
            offer: None,
            connection: None,
        }
    };
    processes.iter().map(row).collect()
}

pub(super) fn pipes(pipes: &[PipeStats], owner: Owners<'_>) -> Vec<SheetRow> {
    let end = |pid: Pid, open: bool| {
        let name = owner(pid);
        if open { Value::word(name) } else { Value::word(format!("{name}, gone")).look(Look::Warning) }
    };
    let row = |pipe: &PipeStats| SheetRow {
        key: pipe.pipe.0,
        name: format!("Pipe {}", pipe.pipe),
        values: vec![
            Value::figure(pipe.pipe.0 as f64, pipe.pipe.to_string()),
            Value::strong(owner(pipe.owner)),
            end(pipe.reader, pipe.reader_open),
            end(pipe.writer, pipe.writer_open),
            filled(pipe.buffered, pipe.capacity),
            bytes(pipe.buffered),
            bytes(pipe.bytes_written),
            bytes(pipe.bytes_read),
        ],
        facts: vec![
            ("Owner", owner(pipe.owner)),
            ("Reader", owner(pipe.reader)),
            ("Writer", owner(pipe.writer)),
            ("Holds", format::bytes(pipe.capacity)),
            ("Waiting", format::bytes(pipe.buffered)),
            ("Written", format::bytes(pipe.bytes_written)),
            ("Read", format::bytes(pipe.bytes_read)),
        ],
        subject: Some(Subject::Process(pipe.owner)),
        process: Some(pipe.owner),
        offer: None,
        connection: None,
    };
    pipes.iter().map(row).collect()
}

pub(super) fn queues(queues: &[QueueStats], owner: Owners<'_>) -> Vec<SheetRow> {
    let row = |queue: &QueueStats| {
        let kind = match queue.kind {
            QueueKind::Fifo => "in order",
            QueueKind::Priority => "by priority",
            QueueKind::PubSub => "pub/sub",
        };
        let places = u64::from(queue.capacity) * (queue.subscribers.len() as u64).max(1);
        let mut facts: Vec<Fact> = vec![
            ("Owner", owner(queue.owner)),
            ("Kind", kind.to_owned()),
            ("Holds", format!("{} messages", format::count(queue.capacity.into()))),
            ("Waiting", format::counted(queue.queued as usize, "message", "messages")),
            ("Open", if queue.closed { "closed for senders".into() } else { "for senders".into() }),
        ];
        for one in &queue.subscribers {
            let full = match one.overflow {
                QueueOverflow::Refuse => "refuses when full",
                QueueOverflow::DropOldest => "drops the oldest when full",
            };
            let (waiting, most) = (format::count(one.queued.into()), format::count(one.capacity.into()));
            facts.push(("Subscriber", format!("{}: {waiting} of {most} wait, {full}", owner(one.pid))));
        }
        SheetRow {
            key: queue.queue.0,
            name: format!("Queue {}", queue.name),
            values: vec![
                Value::strong(queue.name.clone()),
                Value::word(owner(queue.owner)),
                Value::word(kind),
                filled(queue.queued.into(), places),
                count(queue.queued.into()),
                bytes(queue.queued_bytes),
                count(queue.sent),
                count(queue.received),
                count(queue.dropped).look(if queue.dropped > 0 { Look::Warning } else { Look::Quiet }),
            ],
            facts,
            subject: Some(Subject::Process(queue.owner)),
            process: Some(queue.owner),
            offer: None,
            connection: None,
        }
    };
    queues.iter().map(row).collect()
}

pub(super) fn segments(segments: &[ShmStats], owner: Owners<'_>) -> Vec<SheetRow> {
    let row = |segment: &ShmStats| {
        let attached: Vec<String> = segment
            .attached
            .iter()
            .map(|one| format!("{} to {}", owner(one.pid), access_of(one.access)))
            .collect();
        let nobody = || "nobody".to_owned();
        SheetRow {
            key: segment.shm.0,
            name: format!("Segment {}", segment.shm),
            values: vec![
                Value::figure(segment.shm.0 as f64, segment.shm.to_string()),
                Value::strong(owner(segment.owner)),
                bytes(segment.size),
                Value::word(if attached.is_empty() { nobody() } else { attached.join("; ") }),
                bytes(segment.bytes_written),
                bytes(segment.bytes_read),
                Value::word(if segment.exported { "shared" } else { "" }),
            ],
            facts: vec![
                ("Owner", owner(segment.owner)),
                ("Size", format::bytes(segment.size)),
                ("Attached", if attached.is_empty() { nobody() } else { attached.join("; ") }),
                ("Views", segment.loans.to_string()),
                (
                    "Host",
                    if segment.exported { "a program has it".into() } else { "no program has it".into() },
                ),
            ],
            subject: Some(Subject::Process(segment.owner)),
            process: Some(segment.owner),
            offer: None,
            connection: None,
        }
    };
    segments.iter().map(row).collect()
}

pub(super) fn mappings(mappings: &[MapStats], owner: Owners<'_>) -> Vec<SheetRow> {
    let row = |map: &MapStats| {
        let sharing = if map.sharing == MapSharing::Shared { "shared" } else { "private" };
        SheetRow {
            key: key_of((map.owner, map.map)),
            name: format!("Mapping {} of {}", map.map, map.path),
            values: vec![
                Value::figure(map.map.0 as f64, map.map.to_string()),
                Value::strong(owner(map.owner)),
                Value::code(map.path.clone()),
                bytes(map.length),
                Value::word(access_of(map.access)),
                Value::word(sharing),
                bytes(map.private_bytes),
                bytes(map.bytes_written),
            ],
            facts: vec![
                ("Owner", owner(map.owner)),
                ("File", map.path.clone()),
                ("From byte", format::count(map.offset)),
                ("Length", format::bytes(map.length)),
                ("Sharing", sharing.to_owned()),
                ("Read", format::bytes(map.bytes_read)),
                ("Written", format::bytes(map.bytes_written)),
            ],
            subject: Some(Subject::Path(map.path.clone())),
            process: Some(map.owner),
            offer: None,
            connection: None,
        }
    };
    mappings.iter().map(row).collect()
}

pub(super) fn descriptors(descriptors: &[Descriptor], owner: Owners<'_>) -> Vec<SheetRow> {
    let row = |open: &Descriptor| {
        let path = open.path.clone().unwrap_or_default();
        SheetRow {
            key: key_of((open.pid, open.fd)),
            name: format!("Descriptor {} of {}", open.fd, owner(open.pid)),
            values: vec![
                Value::strong(owner(open.pid)),
                Value::figure(open.fd.into(), open.fd.to_string()),
                Value::word(open.kind.clone()),
                Value::code(path.clone()),
                Value::word(access(open.readable, open.writable)),
                Value::figure(
                    open.offset as f64,
                    if open.path.is_some() { format::count(open.offset) } else { String::new() },
                ),
            ],
            facts: vec![
                ("Process", owner(open.pid)),
                ("Kind", open.kind.clone()),
                ("Path", if path.is_empty() { "–".into() } else { path.clone() }),
                ("For", access(open.readable, open.writable).to_owned()),
                ("At byte", format::count(open.offset)),
                ("Unread", format::bytes(open.buffered)),
                ("On exec", if open.close_on_exec { "closed".into() } else { "stays open".into() }),
            ],
            subject: Some(if path.is_empty() { Subject::Process(open.pid) } else { Subject::Path(path) }),
            process: Some(open.pid),
            offer: None,
            connection: None,
        }
    };
    descriptors.iter().map(row).collect()
}

pub(super) fn sockets(sockets: &[Socket], owner: Owners<'_>) -> Vec<SheetRow> {
    let row = |socket: &Socket| {
        let info = &socket.info;
        let protocol = match (info.domain, info.kind) {
            (SocketDomain::Unix, SocketType::Stream) => "Unix stream",
            (SocketDomain::Unix, SocketType::Datagram) => "Unix datagram",
            (_, SocketType::Stream) => "TCP",
            (_, SocketType::Datagram) => "UDP",
        };
        let place = |address: &Option<abi::table::SocketAddress>| {
            address.as_ref().map_or_else(|| "–".to_owned(), ToString::to_string)
        };
        let wrong = info.state == "failed";
        SheetRow {
            key: key_of((socket.pid, info.fd)),
            name: format!("{protocol} socket {} of {}", info.fd, owner(socket.pid)),
            values: vec![
                Value::strong(owner(socket.pid)),
                Value::figure(info.fd.0.into(), info.fd.to_string()),
                Value::word(protocol),
                Value::word(info.state.clone()).look(if wrong { Look::Danger } else { Look::Quiet }),
                Value::code(place(&info.local)),
                Value::code(place(&info.peer)),
                bytes(info.sent_bytes),
                bytes(info.received_bytes),
            ],
            facts: vec![
                ("Process", owner(socket.pid)),
                ("Protocol", protocol.to_owned()),
                ("State", info.state.clone()),
                ("Local", place(&info.local)),
                ("Remote", place(&info.peer)),
                ("Sent", format::bytes(info.sent_bytes)),
                ("Received", format::bytes(info.received_bytes)),
            ],
            subject: Some(Subject::Process(socket.pid)),
            process: Some(socket.pid),
            offer: None,
            connection: None,
        }
    };
    sockets.iter().map(row).collect()
}

pub(super) fn mounts(mounts: &[MountInfo]) -> Vec<SheetRow> {
    let row = |mount: &MountInfo| {
        let (kind, changes) = (&mount.kind, if mount.read_only { "read only" } else { "allowed" });
        let used = mount.used_bytes;
        let known =
            |bytes: Option<u64>, unknown: &str| bytes.map_or_else(|| unknown.to_owned(), format::bytes);
        SheetRow {
            key: key_of(&mount.path),
            name: mount.path.clone(),
            values: vec![
                Value::code(mount.path.clone()),
                Value::word(kind.clone()),
                Value::word(changes),
                Value::figure(used.unwrap_or(0) as f64, known(used, "–")),
                Value::figure(
                    mount.limit_bytes.unwrap_or(u64::MAX) as f64,
                    known(mount.limit_bytes, "the host's"),
                ),
            ],
            facts: vec![
                ("Place", mount.path.clone()),
                ("Kind", kind.clone()),
                ("Changes", changes.to_owned()),
                ("Used", known(used, "not known")),
                ("Room", known(mount.limit_bytes, "as the host has")),
            ],
            subject: Some(Subject::Path(mount.path.clone())),
            process: None,
            offer: None,
            connection: None,
        }
    };
    mounts.iter().map(row).collect()
}

#[cfg(test)]
mod tests;
