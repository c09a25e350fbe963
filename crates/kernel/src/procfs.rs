//! `/proc`: the kernel's own state as files, one JSON document each. What the monitor shows can be read with
//! `read` and `list` alone.

use crate::{
    core::Core,
    process::Process,
    vfs::{Kind, ProcSource, VPath},
};
use abi::{Pid, table::ROWS};
use serde_json::{Value, json};
use std::sync::{Arc, Weak};

/// Files in `/proc` itself.
const FILES: [&str; 9] =
    ["syscalls", "mounts", "metrics", "memory", "uptime", "ipc", "descriptors", "sockets", "cleanup"];
/// Files in `/proc/<pid>`.
const OF_PROCESS: [&str; 8] =
    ["info", "stats", "limits", "capabilities", "sockets", "signals", "descriptors", "sandbox"];
/// Objects of a kind in one file; `totals` says how many there are.
const MOST: usize = 1_000;

/// What `/proc` is generated from.
pub(crate) struct KernelSource {
    core: Weak<Core>,
}

impl KernelSource {
    pub(crate) fn new(core: Weak<Core>) -> Self {
        KernelSource { core }
    }

    fn process(&self, name: &str) -> Option<(Arc<Core>, Arc<Process>)> {
        let core = self.core.upgrade()?;
        let process = core.processes.get(Pid(name.parse().ok()?)).ok()?;
        // Only the usual spelling, so that one process is not two folders.
        (process.pid().to_string() == name).then_some((core, process))
    }

    fn value(&self, path: &[&str]) -> Option<Value> {
        let core = self.core.upgrade()?;
        Some(match path {
            ["syscalls"] => json!(ROWS.iter().map(|row| row.name).collect::<Vec<_>>()),
            ["mounts"] => json!(core.mount_infos()),
            ["metrics"] => json!(core.metrics()),
            ["memory"] => json!(core.memory_stats()),
            ["ipc"] => ipc(&core),
            ["descriptors"] => {
                let processes = core.processes.all();
                let open = processes.iter().flat_map(|process| descriptors(process));
                json!({
                    "total": processes.iter().map(|process| u64::from(process.descriptors.count())).sum::<u64>(),
                    "descriptors": open.take(MOST).collect::<Vec<_>>(),
                })
            }
            ["sockets"] => {
                let sockets: Vec<Value> =
                    core.processes.all().iter().flat_map(|process| sockets(process)).collect();
                json!({ "total": sockets.len(), "sockets": &sockets[..sockets.len().min(MOST)] })
            }
            ["cleanup"] => Value::Object(
                core.released.all().map(|(kind, count)| (kind.to_owned(), json!(count))).collect(),
            ),
            ["uptime"] => json!(core.uptime_nanos()),
            [pid, file] => {
                let (core, process) = self.process(pid)?;
                match *file {
                    "info" => json!(core.process_info(&process)),
                    "stats" => json!(core.process_stats(&process)),
                    "limits" => json!(process.limits()),
                    "sandbox" => json!(process.sandboxed_now()),
                    "capabilities" => json!(process.policy().granted()),
                    "sockets" => json!(sockets(&process)),
                    "descriptors" => json!(descriptors(&process)),
                    "signals" => json!({
                        "state": process.signals.state(),
                        "pending": process.signals.pending(),
                        "stats": process.signals.stats(),
                    }),
                    _ => return None,
                }
            }
            _ => return None,
        })
    }
}

fn ipc(core: &Core) -> Value {
    fn some<T: serde::Serialize>(all: &[T]) -> Value {
        json!(&all[..all.len().min(MOST)])
    }
    let (pipes, segments) = (core.pipes.list(), core.segments.list());
    let (mappings, queues) = (core.mappings.list(), core.queues.list());
    json!({
        "totals": {
            "pipes": pipes.len(),
            "shared_memory": segments.len(),
            "mappings": mappings.len(),
            "queues": queues.len(),
        },
        "pipes": some(&pipes),
        "shared_memory": some(&segments),
        "mappings": some(&mappings),
        "queues": some(&queues),
    })
}

/// What a process has open.
fn descriptors(process: &Process) -> Vec<Value> {
    let open = process.descriptors.open().into_iter();
    open.map(|(fd, description, close_on_exec)| {
        let mode = description.mode();
        json!({
            "pid": process.pid(),
            "fd": fd,
            "kind": description.kind(),
            "path": description.path().map(VPath::as_str),
            "offset": description.offset(),
            "buffered": description.buffered_bytes(),
            "readable": mode.read,
            "writable": mode.write || mode.append,
            "close_on_exec": close_on_exec,
        })
    })
    .collect()
}

/// The sockets of a process, each with whose it is.
fn sockets(process: &Process) -> Vec<Value> {
    let open = process.descriptors.sockets().into_iter();
    open.map(|(fd, socket)| {
        let mut info = json!(socket.info(fd));
        info["pid"] = json!(process.pid());
        info
    })
    .collect()
}

impl ProcSource for KernelSource {
    fn kind(&self, path: &[&str]) -> Option<Kind> {
        match path {
            [] => Some(Kind::Directory),
            [file] if FILES.contains(file) => Some(Kind::File),
            [pid] => self.process(pid).map(|_| Kind::Directory),
            [pid, file] if OF_PROCESS.contains(file) => self.process(pid).map(|_| Kind::File),
            _ => None,
        }
    }

    fn entries(&self, path: &[&str]) -> Option<Vec<(String, Kind)>> {
        let files =
            |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), Kind::File)).collect::<Vec<_>>();
        match path {
            [] => {
                let mut entries = files(&FILES);
                let processes = self.core.upgrade().map(|core| core.processes.all()).unwrap_or_default();
                entries.extend(processes.iter().map(|process| (process.pid().to_string(), Kind::Directory)));
                Some(entries)
            }
            [pid] => self.process(pid).map(|_| files(&OF_PROCESS)),
            _ => None,
        }
    }

    fn read(&self, path: &[&str]) -> Option<Vec<u8>> {
        let mut text = serde_json::to_vec_pretty(&self.value(path)?).ok()?;
        text.push(b'\n');
        Some(text)
    }
}
