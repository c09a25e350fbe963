//! `/proc`: the kernel's own state as files, one JSON document each. What the monitor shows can be read with
//! `read` and `list` alone.

use crate::{
    core::Core,
    vfs::{Kind, ProcSource},
};
use abi::{Pid, table::ROWS};
use serde_json::{Value, json};
use std::sync::{Arc, Weak};

/// Files in `/proc` itself.
const FILES: [&str; 7] = ["syscalls", "mounts", "metrics", "memory", "uptime", "ipc", "cleanup"];
/// Files in `/proc/<pid>`.
const OF_PROCESS: [&str; 6] = ["info", "stats", "limits", "capabilities", "sockets", "signals"];

/// What `/proc` is generated from.
pub(crate) struct KernelSource {
    core: Weak<Core>,
}

impl KernelSource {
    pub(crate) fn new(core: Weak<Core>) -> Self {
        KernelSource { core }
    }

    fn process(&self, name: &str) -> Option<(Arc<Core>, Arc<crate::process::Process>)> {
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
            ["ipc"] => json!({
                "pipes": core.pipes.list(),
                "shared_memory": core.segments.list(),
                "mappings": core.mappings.list(),
                "queues": core.queues.list(),
            }),
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
                    "capabilities" => json!(process.policy().granted()),
                    "sockets" => {
                        let sockets = process.descriptors.sockets();
                        json!(sockets.iter().map(|(fd, socket)| socket.info(*fd)).collect::<Vec<_>>())
                    }
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
