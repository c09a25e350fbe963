//! Figures that come from several parts of the kernel.

use crate::{
    core::Core,
    host::{machine_memory, own_resident_bytes},
    process::Process,
    vfs::Access,
};
use abi::{
    Pid,
    table::{MemoryStats, Metrics, MountInfo, ProcessInfo, ProcessMemoryStats, ProcessStats},
};
use std::{collections::HashMap, sync::Arc};

impl Core {
    pub(crate) fn uptime_nanos(&self) -> u64 {
        let clock = self.observer.clock();
        clock.nanos_since_start(clock.raw())
    }

    /// Bytes that the kernel holds for a process.
    fn held_bytes(&self, process: &Process) -> u64 {
        let memory = self.process_memory(process);
        memory.total_bytes - memory.host_bytes
    }

    pub(crate) fn process_info(&self, process: &Process) -> ProcessInfo {
        if process.host().is_some() {
            self.usage_wanted.notify_one();
        }
        process.info(self.held_bytes(process))
    }

    /// The same of all processes. Goes through what they own once, not once for each of them.
    pub(crate) fn process_infos(&self) -> Vec<ProcessInfo> {
        let mut held: HashMap<Pid, u64> = HashMap::new();
        let mut add = |(owner, bytes): (Pid, u64)| *held.entry(owner).or_default() += bytes;
        self.pipes.owned_bytes().into_iter().for_each(&mut add);
        self.segments.owned_bytes().into_iter().for_each(&mut add);
        self.mappings.owned_bytes().into_iter().for_each(&mut add);
        self.queues.owned_bytes().into_iter().for_each(&mut add);
        let all = self.processes.all();
        if all.iter().any(|process| process.host().is_some()) {
            self.usage_wanted.notify_one();
        }
        let info = |process: &Arc<Process>| {
            let pid = process.pid();
            let own = process.descriptors.buffered_bytes() + self.tasks.result_bytes(pid);
            process.info(own + held.get(&pid).copied().unwrap_or(0))
        };
        all.iter().map(info).collect()
    }

    pub(crate) fn process_stats(&self, process: &Process) -> ProcessStats {
        if process.host().is_some() {
            self.usage_wanted.notify_one();
        }
        let held = self.ipc_census(process.pid());
        ProcessStats {
            pipes: held.pipes,
            shared_segments: held.shared_segments,
            mappings: held.mappings,
            queues: held.queues,
            ..process.stats(self.held_bytes(process))
        }
    }

    pub(crate) fn process_memory(&self, process: &Process) -> ProcessMemoryStats {
        let pid = process.pid();
        let pipe_bytes = self.pipes.usage(pid).1;
        let shared_bytes = self.segments.usage(pid).1;
        let mapping_bytes = self.mappings.usage(pid).1;
        let queue_bytes = self.queues.usage(pid).1;
        let pty_bytes = process.descriptors.buffered_bytes();
        let task_bytes = self.tasks.result_bytes(pid);
        let own = pipe_bytes + shared_bytes + mapping_bytes + queue_bytes + pty_bytes + task_bytes;
        let host_bytes = process.host().map_or(0, |host| host.usage().memory_bytes);
        ProcessMemoryStats {
            pid,
            total_bytes: own + host_bytes,
            pipe_bytes,
            shared_bytes,
            mapping_bytes,
            queue_bytes,
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
            shared_bytes: self.segments.totals().1,
            mapping_bytes: self.mappings.totals().1,
            queue_bytes: self.queues.totals().1,
            pty_bytes: all.iter().map(|process| process.descriptors.buffered_bytes()).sum(),
            observe_bytes: self.ring_bytes,
        }
    }

    pub(crate) fn metrics(&self) -> Metrics {
        let all = self.processes.all();
        Metrics {
            decisions: self.gate.decisions(),
            decision_cache: self.gate.metrics(),
            processes: count(all.iter().filter(|process| process.is_alive()).count()),
            descriptors: all.iter().map(|process| process.descriptors.count()).sum(),
            pipes: self.pipes.totals().0,
            shared_segments: self.segments.totals().0,
            mappings: self.mappings.totals().0,
            queues: self.queues.totals().0,
            sockets: self.sockets.count(),
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
