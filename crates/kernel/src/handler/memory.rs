//! Rows about memory.

use super::subject;
use crate::caller::Caller;
use abi::{
    SysResult,
    table::{GcReport, GetMemoryStats, GetProcessMemoryStats, MemoryStats, ProcessMemoryStats, TriggerGc},
};

handlers! {
    GetMemoryStats => get_memory_stats;
    GetProcessMemoryStats => get_process_memory_stats;
    TriggerGc => trigger_gc;
}

fn get_memory_stats(caller: &Caller, _: GetMemoryStats) -> SysResult<MemoryStats> {
    Ok(caller.core().memory_stats())
}

fn get_process_memory_stats(caller: &Caller, call: GetProcessMemoryStats) -> SysResult<ProcessMemoryStats> {
    Ok(caller.core().process_memory(&*subject(caller, call.pid)?))
}

fn trigger_gc(caller: &Caller, _: TriggerGc) -> SysResult<GcReport> {
    let core = caller.core();
    let orphan = |process: &crate::process::Process| {
        let parent = process.identity().parent;
        !process.is_alive() && parent.is_some_and(|parent| !core.processes.is_alive(parent))
    };
    let mut zombies = 0;
    for process in core.processes.all() {
        if orphan(&process) {
            core.processes.reap(process.pid());
            zombies += 1;
        }
    }
    Ok(GcReport {
        tasks: core.tasks.sweep(),
        zombies,
        pipes: core.pipes.sweep(|pid| core.processes.is_alive(pid)),
    })
}
