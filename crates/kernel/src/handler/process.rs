//! Rows about processes.

use super::{MAX_WAIT_MILLIS, subject};
use crate::{
    caller::Caller,
    door::Wait as Waiting,
    end::{exceeded, is_end, refused_processes},
    fd::MAX_DESCRIPTORS,
    host::{HostProcess, changed_limits, given, inherited_limits, quota},
    process::Process,
};
use abi::{
    Errno, Pid, SysError, SysResult,
    table::{
        EndReason, Exited, GetChildren, GetLimits, GetProcessInfo, GetProcessState, GetProcessStats,
        GetSandbox, Kill, Limits, ListProcesses, ProcessInfo, ProcessState, ProcessStats, SandboxLevel,
        Sandboxed, SetLimits, SetProcessPriority, Wait,
    },
};
use nix::libc;
use std::time::Duration;
use tokio::time::Instant;

/// Longest grace before SIGKILL, milliseconds.
const MAX_GRACE_MILLIS: u64 = 60_000;
/// Signals as Linux numbers them.
const SIGNALS: std::ops::RangeInclusive<i32> = 0..=31;

handlers! {
    Kill => kill;
    GetProcessInfo => info;
    ListProcesses => list;
    SetProcessPriority => set_priority;
    GetProcessState => state;
    GetProcessStats => stats;
    Wait waits;
    GetSandbox => sandbox_of;
    GetChildren => children;
    SetLimits => set_limits;
    GetLimits => get_limits;
}

fn kill(caller: &Caller, call: Kill) -> SysResult<()> {
    if !SIGNALS.contains(&call.signal) {
        return Err(SysError::new(Errno::EINVAL, format!("{} is no signal", call.signal)));
    }
    let process = caller.core().processes.get(call.pid)?;
    if !process.is_alive() {
        return Err(SysError::new(Errno::ESRCH, format!("process {} has ended", call.pid)));
    }
    if call.signal == 0 {
        return Ok(());
    }
    if call.pid == Pid::KERNEL {
        return Err(SysError::new(Errno::EPERM, "the kernel ends with the desktop only"));
    }
    match call.signal {
        libc::SIGCHLD | libc::SIGURG | libc::SIGWINCH if process.host().is_none() => return Ok(()),
        libc::SIGCONT if process.host().is_none() => {
            caller.core().go_on(&process);
            return Ok(());
        }
        libc::SIGSTOP | libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU if process.host().is_none() => {
            return caller.core().stop(&process);
        }
        libc::SIGSTOP => process.set_state(ProcessState::Stopped),
        libc::SIGCONT => process.set_state(ProcessState::Running),
        _ => {}
    }
    let grace = Duration::from_millis(call.grace_millis.min(MAX_GRACE_MILLIS));
    if is_end(call.signal) {
        process.order_end(EndReason::Asked, Some(caller.process().name()));
    }
    caller.core().kill(&process, call.signal, grace);
    Ok(())
}

fn info(caller: &Caller, call: GetProcessInfo) -> SysResult<ProcessInfo> {
    let process = subject(caller, call.pid)?;
    let running = process.host().filter(|_| process.is_alive());
    let foreground_job = running.and_then(|host| sandbox::foreground_job(host.host_pid()));
    Ok(ProcessInfo { foreground_job, ..caller.core().process_info(&process) })
}

fn sandbox_of(caller: &Caller, call: GetSandbox) -> SysResult<Option<Sandboxed>> {
    Ok(subject(caller, call.pid)?.sandboxed_now())
}

fn list(caller: &Caller, _: ListProcesses) -> SysResult<Vec<ProcessInfo>> {
    Ok(caller.core().process_infos())
}

fn set_priority(caller: &Caller, call: SetProcessPriority) -> SysResult<()> {
    let process = subject(caller, call.pid)?;
    if process.pid() == Pid::KERNEL {
        return Err(SysError::new(Errno::EPERM, "the kernel's priority does not change"));
    }
    process.set_priority(call.priority)
}

fn state(caller: &Caller, call: GetProcessState) -> SysResult<ProcessState> {
    Ok(subject(caller, call.pid)?.state())
}

fn stats(caller: &Caller, call: GetProcessStats) -> SysResult<ProcessStats> {
    Ok(caller.core().process_stats(&*subject(caller, call.pid)?))
}

impl Waiting for Wait {
    async fn wait(self, caller: &Caller) -> SysResult<Exited> {
        let (core, own) = (caller.core(), caller.process());
        let deadline = self
            .timeout_millis
            .map(|millis| Instant::now() + Duration::from_millis(millis.min(MAX_WAIT_MILLIS)));
        loop {
            let ended = own.child_ended.notified();
            tokio::pin!(ended);
            // Registered before looking, so that an end in between is not missed.
            ended.as_mut().enable();
            let mut children = core.processes.children(own.pid());
            children.retain(|child| self.pid.is_none_or(|pid| pid == child.pid()));
            if children.is_empty() {
                let which = self.pid.map(|pid| format!(" {pid}")).unwrap_or_default();
                return Err(SysError::new(
                    Errno::ECHILD,
                    format!("process {} has no child{which}", own.pid()),
                ));
            }
            for child in &children {
                if let Some(exit) = core.collect(child) {
                    let host = child.host();
                    let holder_lost = host.is_some_and(|host| host.was_lost());
                    let peak_memory_bytes = host.and_then(|host| host.usage().peak_memory_bytes);
                    return Ok(Exited {
                        pid: child.pid(),
                        exit,
                        holder_lost,
                        peak_memory_bytes,
                        exceeded: exceeded(child),
                        refused_processes: refused_processes(child),
                    });
                }
            }
            match deadline {
                None => ended.await,
                Some(deadline) => {
                    if tokio::time::timeout_at(deadline, ended).await.is_err() {
                        return Err(SysError::new(Errno::ETIMEDOUT, "no child has ended in that time"));
                    }
                }
            }
        }
    }
}

fn children(caller: &Caller, call: GetChildren) -> SysResult<Vec<Pid>> {
    let process = subject(caller, call.pid)?;
    Ok(caller.core().processes.children(process.pid()).iter().map(|child| child.pid()).collect())
}

fn set_limits(caller: &Caller, call: SetLimits) -> SysResult<()> {
    if call.limits.descriptors.is_some_and(|most| most > MAX_DESCRIPTORS) {
        return Err(SysError::new(
            Errno::EINVAL,
            format!("descriptors are limited to {MAX_DESCRIPTORS} in any case"),
        ));
    }
    let (core, process) = (caller.core(), subject(caller, call.pid)?);
    if process.pid() == Pid::KERNEL {
        return Err(SysError::new(Errno::EPERM, "the kernel's limits do not change"));
    }
    let was = process.limits();
    let programs: Vec<_> = core.processes.descendants(process.pid());
    let programs: Vec<_> = programs.iter().filter(|program| program.is_alive()).collect();
    if of_tree(&call.limits) != of_tree(&was) {
        programs.iter().copied().chain([&process]).try_for_each(|program| check_tree(program))?;
    }
    if let Some(host) = process.host() {
        limit(&process, host, (&call.limits, &was), true)?;
    }
    for program in programs {
        let Some(host) = program.host() else { continue };
        limit(program, host, (&call.limits, &was), false)?;
        let inherited = inherited_limits(&call.limits);
        program.set_limits(Limits { descriptors: program.limits().descriptors, ..inherited });
    }
    process.set_limits(call.limits);
    Ok(())
}

/// Those that hold for all that a program started together.
fn of_tree(limits: &Limits) -> [Option<u64>; 3] {
    [limits.tree_processes, limits.cpu_percent, limits.disk_bytes]
}

/// They are a sandbox's.
fn check_tree(program: &Process) -> SysResult<()> {
    let is_held = program.sandboxed().is_some_and(|held| held.level != SandboxLevel::None);
    if program.host().is_none() || is_held {
        return Ok(());
    }
    Err(SysError::new(
        Errno::EOPNOTSUPP,
        format!(
            "{} is in no sandbox: nobody counts processes, processor time and files of all that it starts; limit each \
             of its processes instead (file_bytes, cpu_seconds)",
            program.name()
        ),
    ))
}

/// Limits a program of the host. One in a sandbox is held with all that it started, never to more than it began with;
/// others get so much address space each.
fn limit(
    program: &Process,
    host: &HostProcess,
    (limits, was): (&Limits, &Limits),
    own: bool,
) -> SysResult<()> {
    let (mut changed, mut before) = (changed_limits(limits, own), changed_limits(was, own));
    if let Some(held) = program.sandboxed().filter(|held| held.level != SandboxLevel::None) {
        (changed.address_space_bytes, before.address_space_bytes) = (None, None);
        let given = given(held);
        let (wanted, had) = (quota(limits, &given), quota(was, &given));
        if wanted != had {
            host.set_quota(&wanted, &had).map_err(|why| {
                let errno = Errno::from_raw(why.raw_os_error()).unwrap_or(Errno::EIO);
                SysError::new(errno, format!("{}: {why}", program.name()))
            })?;
        }
    }
    host.set_limits(&changed, &before).map_err(|why| {
        let errno = why.raw_os_error().and_then(Errno::from_raw).unwrap_or(Errno::EIO);
        SysError::new(errno, format!("the host does not change limits of what runs: {why}"))
    })
}

/// With those of its sandbox, where they are less.
fn get_limits(caller: &Caller, call: GetLimits) -> SysResult<Limits> {
    let process = subject(caller, call.pid)?;
    let limits = process.limits();
    let Some(held) = process.sandboxed().filter(|held| held.level != SandboxLevel::None) else {
        return Ok(limits);
    };
    let held = quota(&limits, &given(held));
    Ok(Limits {
        memory_bytes: held.memory_bytes,
        tree_processes: held.processes,
        cpu_percent: held.cpu_percent,
        disk_bytes: held.disk_bytes,
        ..limits
    })
}
