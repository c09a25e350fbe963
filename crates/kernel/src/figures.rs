//! Figures that come from several parts of the kernel.

use crate::{
    core::Core,
    host::{machine_memory, own_resident_bytes},
    process::Process,
    vfs::Access,
};
use abi::table::{MemoryStats, Metrics, MountInfo, ProcessInfo, ProcessMemoryStats, ProcessStats};
use std::sync::Arc;

impl Core {
    pub(crate) fn uptime_nanos(&self) -> u64 {
        let clock = self.observer.clock();
        clock.nanos_since_start(clock.raw())
    }

    /// Bytes that the kernel holds for a process.
    fn held_bytes(&self, process: &Process) -> (u64, u64, u64) {
        let pipes = self.pipes.usage(process.pid()).1;
        (pipes, process.descriptors.buffered_bytes(), self.tasks.result_bytes(process.pid()))
    }

    pub(crate) fn process_info(&self, process: &Process) -> ProcessInfo {
        if process.host().is_some() {
            self.usage_wanted.notify_one();
        }
        let (pipes, streams, tasks) = self.held_bytes(process);
        process.info(pipes + streams + tasks)
    }

    pub(crate) fn process_stats(&self, process: &Process) -> ProcessStats {
        if process.host().is_some() {
            self.usage_wanted.notify_one();
        }
        let (pipes, streams, tasks) = self.held_bytes(process);
        process.stats(self.pipes.usage(process.pid()).0, pipes + streams + tasks)
    }

    pub(crate) fn process_memory(&self, process: &Process) -> ProcessMemoryStats {
        let (pipe_bytes, pty_bytes, task_bytes) = self.held_bytes(process);
        let host_bytes = process.host().map_or(0, |host| host.usage().memory_bytes);
        ProcessMemoryStats {
            pid: process.pid(),
            total_bytes: pipe_bytes + pty_bytes + task_bytes + host_bytes,
            pipe_bytes,
            pty_bytes,
            task_bytes,
            host_bytes,
            limit_bytes: process.limits().memory_bytes,
        }
    }

    pub(crate) fn memory_stats(&self) -> MemoryStats {
        let (machine_total_bytes, machine_available_bytes) = machine_memory();
        let all: Vec<Arc<Process>> = self.processes.all();
        MemoryStats {
            resident_bytes: own_resident_bytes(),
            machine_total_bytes,
            machine_available_bytes,
            mem_fs_bytes: self.tmp.used_bytes(),
            pipe_bytes: self.pipes.totals().1,
            pty_bytes: all.iter().map(|process| process.descriptors.buffered_bytes()).sum(),
            observe_bytes: self.ring_bytes,
        }
    }

    pub(crate) fn metrics(&self) -> Metrics {
        let all = self.processes.all();
        Metrics {
            decision_cache: self.gate.metrics(),
            processes: count(all.iter().filter(|process| process.is_alive()).count()),
            descriptors: all.iter().map(|process| process.descriptors.count()).sum(),
            pipes: self.pipes.totals().0,
            tasks: self.tasks.count(),
            resident_bytes: own_resident_bytes(),
            journal_rows: self.journal.rows_written(),
            ..self.observer.metrics()
        }
    }

    pub(crate) fn mount_infos(&self) -> Vec<MountInfo> {
        let mounts = self.mounts.list_mounts();
        mounts
            .into_iter()
            .map(|mount| {
                let bounded = mount.space.filter(|space| space.total_bytes > 0);
                MountInfo {
                    path: mount.at.as_str().to_owned(),
                    kind: mount.kind.to_owned(),
                    read_only: mount.access == Access::ReadOnly,
                    used_bytes: bounded.map(|space| space.total_bytes - space.free_bytes),
                    limit_bytes: bounded.map(|space| space.total_bytes),
                }
            })
            .collect()
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
