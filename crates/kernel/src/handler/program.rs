//! Rows that start programs of the host.

use super::descriptor::most;
use crate::{
    caller::Caller,
    fd::Description,
    host::{HostProcess, HostStream, StreamKind, sandbox_limits},
    kernel::{prepare, tell_start, watch},
    lineage,
    process::{NewProcess, Process},
    vfs::{LastLink, VPath},
};
use abi::{
    Errno, Fd, SysError, SysResult, Syscalls,
    table::{ExecPty, ProcessKind, ProcessState, PtyResize, PtyStarted, Spawn, Spawned, Stdio},
};
use sandbox::{SpawnError, Spec, WindowSize};
use std::{collections::BTreeMap, os::fd::OwnedFd, sync::Arc};

/// The middle of 0 to 9.
const NORMAL_PRIORITY: u8 = 5;

handlers! {
    Spawn => spawn;
    ExecPty => exec_pty;
    PtyResize => pty_resize;
}

fn exec_pty(caller: &Caller, call: ExecPty) -> SysResult<PtyStarted> {
    if call.rows == 0 || call.cols == 0 {
        return Err(SysError::new(Errno::EINVAL, "a terminal has at least one row and one column"));
    }
    let size = WindowSize { rows: call.rows, cols: call.cols };
    let spec = spec(caller, &call.executable, call.args, call.env, call.cwd.as_deref())?;
    let argv = argv(&spec);
    let started = start(caller, &call.executable, NORMAL_PRIORITY, argv, || {
        let program = sandbox::spawn_pty(&spec, size)?;
        Ok(Launched {
            child: program.child,
            streams: vec![(program.master, StreamKind::Pty)],
            unheard: Vec::new(),
        })
    })?;
    let Started { process, host_pid, streams } = started;
    match streams[..] {
        [fd] => Ok(PtyStarted { pid: process.pid(), host_pid, fd }),
        _ => unreachable!("one stream was handed in above, and each gets a descriptor"),
    }
}

fn spawn(caller: &Caller, call: Spawn) -> SysResult<Spawned> {
    if call.priority > 9 {
        return Err(SysError::new(Errno::EINVAL, format!("a priority is 0 to 9, not {}", call.priority)));
    }
    let spec = spec(caller, &call.executable, call.args, call.env, call.cwd.as_deref())?;
    let argv = argv(&spec);
    let Started { process, host_pid, streams } =
        start(caller, &call.executable, call.priority, argv, || {
            let program = sandbox::spawn_piped(&spec)?;
            Ok(match call.stdio {
                // Its input is dropped here, so it reads the end of a file.
                Stdio::Null => Launched {
                    child: program.child,
                    streams: Vec::new(),
                    unheard: vec![program.stdout, program.stderr],
                },
                Stdio::Piped => Launched {
                    child: program.child,
                    streams: vec![
                        (program.stdin, StreamKind::Input),
                        (program.stdout, StreamKind::Output),
                        (program.stderr, StreamKind::Output),
                    ],
                    unheard: Vec::new(),
                },
            })
        })?;
    let stream = |index: usize| streams.get(index).copied();
    Ok(Spawned { pid: process.pid(), host_pid, stdin: stream(0), stdout: stream(1), stderr: stream(2) })
}

fn pty_resize(caller: &Caller, call: PtyResize) -> SysResult<()> {
    caller.process().descriptors.get(call.fd)?.stream_of()?.resize(call.rows, call.cols)
}

/// A program that runs, before it is tied to anything.
struct Launched {
    child: sandbox::Child,
    /// They become descriptors of the caller, in this order.
    streams: Vec<(OwnedFd, StreamKind)>,
    /// Nobody hears them; they are read and forgotten so that the program does not wait.
    unheard: Vec<OwnedFd>,
}

struct Started {
    process: Arc<Process>,
    host_pid: i32,
    streams: Vec<Fd>,
}

/// Makes the process, starts the program, ties them together. Whatever fails undoes what was before it.
fn start(
    caller: &Caller,
    executable: &str,
    priority: u8,
    argv: Vec<String>,
    launch: impl FnOnce() -> Result<Launched, SpawnError>,
) -> SysResult<Started> {
    let (core, own) = (caller.core(), caller.process());
    core.need(|switches| switches.programs, "programs of the host")?;
    check_count(caller)?;
    let new = NewProcess {
        name: executable.rsplit('/').next().unwrap_or(executable).to_owned(),
        app: own.identity().app.clone(),
        kind: ProcessKind::Host,
        // It makes no calls of ours.
        capabilities: Vec::new(),
        parent: own.pid(),
        cause: caller.cause(),
    };
    let mut birth = prepare(core, &new)?;
    let Launched { child, streams, unheard } = launch().map_err(spawn_error)?;
    let host = Arc::new(HostProcess::new(child));
    let host_pid = host.host_pid();
    // From here on the process owns the program: a birth that fails drops it, and that kills it.
    birth.process().set_host(host);
    let mut descriptors = Vec::new();
    for (fd, kind) in streams {
        let stream = HostStream::new(fd, kind, core.runtime(), core.waker());
        let inserted = own.descriptors.insert(Description::stream(stream), 0, most(caller));
        let fd = inserted.inspect_err(|_| forget(own, &descriptors))?;
        descriptors.push(fd);
    }
    let undo = descriptors.clone();
    birth.initialise(|process| process.set_priority(priority), move || forget(own, &undo))?;
    let process = birth.publish()?;
    process.set_state(ProcessState::Running);
    for fd in unheard {
        core.runtime().spawn(crate::host::drain(fd));
    }
    for fd in &descriptors {
        if let Ok(description) = own.descriptors.get(*fd) {
            description.set_feeds(&process);
        }
    }
    tell_start(core, &process, argv);
    watch(core, process.clone())?;
    lineage::look_later(core, &process);
    Ok(Started { process, host_pid, streams: descriptors })
}

fn argv(spec: &Spec) -> Vec<String> {
    std::iter::once(&spec.executable).chain(&spec.args).cloned().collect()
}

fn forget(process: &Process, descriptors: &[Fd]) {
    for fd in descriptors {
        // Another thread of the process may have closed it already.
        let _ = process.descriptors.remove(*fd);
    }
}

fn check_count(caller: &Caller) -> SysResult<()> {
    let own = caller.process();
    let Some(most) = own.limits().processes else { return Ok(()) };
    let children = caller.core().processes.children(own.pid());
    let running = children.iter().filter(|child| child.is_alive() && child.host().is_some()).count();
    if running >= most as usize {
        return Err(SysError::new(
            Errno::EAGAIN,
            format!("process {} runs {running} programs already", own.pid()),
        ));
    }
    Ok(())
}

/// What the helper is asked for: arguments as a vector, an environment from nothing.
fn spec(
    caller: &Caller,
    executable: &str,
    args: Vec<String>,
    env: BTreeMap<String, String>,
    cwd: Option<&str>,
) -> SysResult<Spec> {
    let (core, own) = (caller.core(), caller.process());
    let home = core.host_path(&VPath::parse("/home")?)?;
    let working_dir = match cwd {
        None => home.clone(),
        Some(cwd) => {
            let folder = own.working_dir().join(cwd)?;
            core.host_path(core.mounts.resolve(&folder, LastLink::Follow)?.path())?
        }
    };
    let mut variables: BTreeMap<String, String> = sandbox::base_environment(&home).into_iter().collect();
    // What the process set itself; what the kernel gave it speaks of virtual paths.
    let own_variables = own.environment();
    variables
        .extend(own_variables.into_iter().filter(|(name, value)| core.environment.get(name) != Some(value)));
    variables.extend(env);
    Ok(Spec {
        args,
        env: variables.into_iter().collect(),
        working_dir,
        limits: sandbox_limits(&own.limits()),
        ..Spec::new(executable)
    })
}

fn spawn_error(why: SpawnError) -> SysError {
    let errno = Errno::from_raw(why.raw_os_error()).unwrap_or(Errno::EIO);
    SysError::new(errno, why.to_string())
}
