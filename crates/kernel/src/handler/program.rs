//! Rows that start programs of the host.

use super::{descriptor::most, inherit::Inheritance, review::begin_run};
use crate::{
    caller::Caller,
    confine::{self, Claim, Plan, told},
    core::Core,
    cow::{self, Run},
    fd::Description,
    held::Note,
    host::{HostProcess, HostStream, StreamKind, inherited_limits, quota, sandbox_limits},
    kernel::{prepare, tell_start, watch},
    lineage,
    process::{Birth, Initializing, NewProcess, Process},
    touched,
    vfs::{LastLink, VPath},
};
use abi::{
    Errno, Fd, RunId, SysError, SysResult, Syscalls,
    table::{
        ExecPty, Inherited, ProcessKind, ProcessState, PtyResize, PtyStarted, Sandbox, Sandboxed, Spawn,
        Spawned, Stdio,
    },
};
use sandbox::{HeldProcess, SpawnError, Spec, WindowSize};
use std::{collections::BTreeMap, os::fd::OwnedFd, path::PathBuf, sync::Arc};

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
    let asked = Asked {
        executable: &call.executable,
        args: call.args,
        env: call.env,
        cwd: call.cwd.as_deref(),
        sandbox: call.sandbox.as_deref(),
        inherit: &call.inherit,
        run: call.run,
        priority: NORMAL_PRIORITY,
    };
    let started = begin(caller, asked, |process, spec, claim, run| match &caller.core().held {
        Some(held) => {
            let keep = held.keep(process.identity(), run.map(Run::id), claim);
            let program = sandbox::spawn_held(spec, size, &keep)?;
            Ok(held_terminal(caller, program).0)
        }
        None => {
            let program = sandbox::spawn_pty(spec, size)?;
            let sandboxed = told(claim, program.child.enforced());
            let stream = stream(caller, program.master, StreamKind::Pty);
            Ok(Launched {
                host: HostProcess::new(program.child),
                streams: vec![stream],
                unheard: Vec::new(),
                sandboxed,
            })
        }
    })?;
    let held = started.host.held_id().map(str::to_owned);
    Ok(PtyStarted {
        pid: started.process.pid(),
        host_pid: started.host.host_pid(),
        fd: started.terminal(),
        held,
    })
}

/// Our side of a stream of a program.
fn stream(caller: &Caller, fd: OwnedFd, kind: StreamKind) -> HostStream {
    HostStream::new(fd, kind, caller.core().runtime(), caller.core().waker())
}

/// A program with a holder, and how much of its output was there before, bytes.
pub(super) fn held_terminal(caller: &Caller, program: HeldProcess) -> (Launched, u64) {
    let HeldProcess { master, held } = program;
    let (core, held) = (caller.core(), Arc::new(held));
    let last_output = held.last_output();
    let output_bytes = last_output.len() as u64;
    let stream = HostStream::held(master, held.clone(), last_output, core.runtime(), core.waker());
    let sandboxed = told(Note::of(held.info()).claim, held.info().enforced.as_deref());
    let host = HostProcess::held(held);
    (Launched { host, streams: vec![stream], unheard: Vec::new(), sandboxed }, output_bytes)
}

fn spawn(caller: &Caller, call: Spawn) -> SysResult<Spawned> {
    if call.priority > 9 {
        return Err(SysError::new(Errno::EINVAL, format!("a priority is 0 to 9, not {}", call.priority)));
    }
    let asked = Asked {
        executable: &call.executable,
        args: call.args,
        env: call.env,
        cwd: call.cwd.as_deref(),
        sandbox: call.sandbox.as_deref(),
        inherit: &call.inherit,
        run: call.run,
        priority: call.priority,
    };
    let started = begin(caller, asked, |_, spec, claim, _| {
        let program = sandbox::spawn_piped(spec)?;
        let sandboxed = told(claim, program.child.enforced());
        Ok(match call.stdio {
            // Its input is dropped here, so it reads the end of a file.
            Stdio::Null => Launched {
                host: HostProcess::new(program.child),
                streams: Vec::new(),
                unheard: vec![program.stdout, program.stderr],
                sandboxed,
            },
            Stdio::Piped => Launched {
                host: HostProcess::new(program.child),
                streams: vec![
                    stream(caller, program.stdin, StreamKind::Input),
                    stream(caller, program.stdout, StreamKind::Output),
                    stream(caller, program.stderr, StreamKind::Output),
                ],
                unheard: Vec::new(),
                sandboxed,
            },
        })
    })?;
    let stream = |index: usize| started.streams.get(index).copied();
    let host_pid = started.host.host_pid();
    Ok(Spawned {
        pid: started.process.pid(),
        host_pid,
        stdin: stream(0),
        stdout: stream(1),
        stderr: stream(2),
    })
}

fn pty_resize(caller: &Caller, call: PtyResize) -> SysResult<()> {
    caller.process().descriptors.get(call.fd)?.stream_of()?.resize(call.rows, call.cols)
}

/// A program that runs, before it is tied to anything. Dropped, it ends.
pub(super) struct Launched {
    host: HostProcess,
    /// They become descriptors of the caller, in this order.
    streams: Vec<HostStream>,
    /// Nobody hears them; they are read and forgotten so that the program does not wait.
    unheard: Vec<OwnedFd>,
    /// What holds it.
    sandboxed: Sandboxed,
}

pub(super) struct Started {
    pub(super) process: Arc<Process>,
    pub(super) host: Arc<HostProcess>,
    streams: Vec<Fd>,
}

impl Started {
    /// The descriptor of its terminal.
    pub(super) fn terminal(&self) -> Fd {
        match self.streams[..] {
            [fd] => fd,
            _ => unreachable!("one stream was handed in, and each gets a descriptor"),
        }
    }
}

/// The one way in which a program starts: in the run that it belongs to, with what it inherits. `launch` is told of
/// the process, of what the helper is asked for, of what the program may claim, and of the run.
fn begin(
    caller: &Caller,
    asked: Asked<'_>,
    launch: impl FnOnce(&Process, &Spec, Option<Claim>, Option<&Run>) -> Result<Launched, SpawnError>,
) -> SysResult<Started> {
    let run = run_for(caller, asked.run, asked.sandbox)?;
    let run = run.as_deref();
    let begun = || {
        let inheritance = Inheritance::of(caller, asked.inherit)?;
        let (executable, priority) = (asked.executable, asked.priority);
        let mut program = program(caller, asked, run)?;
        program.spec.inherit.clone_from(&inheritance.descriptors);
        let launch = |process: &Process, spec: &Spec, claim| launch(process, spec, claim, run);
        let started = start(caller, executable, priority, program, launch)?;
        inheritance.begin(caller);
        if let Some(run) = run {
            work_in(caller.core(), run, &started.process);
        }
        Ok(started)
    };
    begun().inspect_err(|_| give_up(caller, run))
}

/// Makes the process, starts the program, ties them together. Whatever fails undoes what was before it.
fn start(
    caller: &Caller,
    executable: &str,
    priority: u8,
    program: Program,
    launch: impl FnOnce(&Process, &Spec, Option<Claim>) -> Result<Launched, SpawnError>,
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
    let Program { mut spec, plan } = program;
    let (argv, mut claim) = (argv(&spec), plan.map(|plan| plan.claim));
    if let Some(claim) = &mut claim {
        let pid = birth.process().pid();
        let undo = move || {
            core.proxies.release(pid, false);
        };
        let tied = birth.initialise(|process| confine::tie(core, own, process, &claim.asked), undo)?;
        claim.place = tied.place.clone();
        tied.give(&mut spec);
    }
    let launched = launch(birth.process(), &spec, claim).map_err(spawn_error)?;
    let (host, descriptors, unheard) = tie(caller, &mut birth, launched)?;
    let undo = descriptors.clone();
    birth.initialise(|process| process.set_priority(priority), move || forget(own, &undo))?;
    let started = publish(caller, birth, host, descriptors)?;
    for fd in unheard {
        core.runtime().spawn(crate::host::drain(fd));
    }
    tell_start(core, &started.process, argv);
    watch(core, started.process.clone())?;
    lineage::look_later(core, &started.process);
    touched::follow(core, &started.process);
    Ok(started)
}

/// The run that a program works in: the one that is named, else a new one for what its sandbox keeps apart.
fn run_for(caller: &Caller, named: Option<RunId>, sandbox: Option<&Sandbox>) -> SysResult<Option<Arc<Run>>> {
    match (named, sandbox) {
        (Some(named), _) => own_run(caller, named).map(Some),
        (None, Some(sandbox)) if !sandbox.copy_on_write.is_empty() => {
            let mounts = &caller.core().mounts;
            let folders = sandbox.copy_on_write.iter().map(|path| {
                let path = VPath::parse(path)?;
                let object = mounts.resolve(&path, LastLink::Follow)?;
                if *object.path() == path {
                    return Ok(object);
                }
                let detail = format!("{path}: a link leads to {}; name that", object.path());
                Err(SysError::new(Errno::ELOOP, detail))
            });
            let folders = folders.collect::<SysResult<Vec<_>>>()?;
            begin_run(caller, None, &folders, true).map(Some)
        }
        (None, _) => Ok(None),
    }
}

/// A run that the caller's app has begun and nothing works in yet.
fn own_run(caller: &Caller, id: RunId) -> SysResult<Arc<Run>> {
    let run = caller.core().runs.get(id)?;
    if run.app() != caller.process().identity().app.as_deref() {
        return Err(SysError::new(Errno::EPERM, format!("run {id} was begun by another app")));
    }
    if run.pid().is_some() || run.has_ended() {
        return Err(SysError::new(Errno::EBUSY, format!("run {id} has had its program")));
    }
    Ok(run)
}

/// A run whose program did not start.
fn give_up(caller: &Caller, run: Option<&Run>) {
    if let Some(run) = run {
        run.end(caller.core().now_millis());
        cow::settle(caller.core(), run);
    }
}

/// Ties a run to the process that works in it.
pub(super) fn work_in(core: &Core, run: &Run, process: &Process) {
    run.attach(process.pid());
    if !process.is_alive() {
        // It ended before anybody could know that it worked in this.
        run.end(core.now_millis());
        cow::settle(core, run);
    }
}

fn argv(spec: &Spec) -> Vec<String> {
    std::iter::once(&spec.executable).chain(&spec.args).cloned().collect()
}

/// Gives a program to the process that is being made, and its streams to the caller.
pub(super) fn tie(
    caller: &Caller,
    birth: &mut Birth<'_, Initializing>,
    launched: Launched,
) -> SysResult<(Arc<HostProcess>, Vec<Fd>, Vec<OwnedFd>)> {
    let Launched { host, streams, unheard, sandboxed } = launched;
    let (own, host) = (caller.process(), Arc::new(host));
    // From here on the process owns the program: a birth that fails drops it, and that kills it.
    birth.process().set_host(host.clone());
    birth.process().set_sandboxed(sandboxed);
    birth.process().set_limits(inherited_limits(&own.limits()));
    let mut descriptors = Vec::new();
    for stream in streams {
        let inserted = own.descriptors.insert(Description::stream(stream), 0, most(caller));
        descriptors.push(inserted.inspect_err(|_| forget(own, &descriptors))?);
    }
    Ok((host, descriptors, unheard))
}

/// Shows the process to others; from now on what is written to its streams is input of it.
pub(super) fn publish(
    caller: &Caller,
    birth: Birth<'_, Initializing>,
    host: Arc<HostProcess>,
    streams: Vec<Fd>,
) -> SysResult<Started> {
    let process = birth.publish()?;
    process.set_state(ProcessState::Running);
    for fd in &streams {
        if let Ok(description) = caller.process().descriptors.get(*fd) {
            description.set_feeds(&process);
        }
    }
    Ok(Started { process, host, streams })
}

pub(super) fn forget(process: &Process, descriptors: &[Fd]) {
    for fd in descriptors {
        // Another thread of the process may have closed it already.
        let _ = process.descriptors.remove(*fd);
    }
}

pub(super) fn check_count(caller: &Caller) -> SysResult<()> {
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

/// What a call says about the program.
struct Asked<'a> {
    executable: &'a str,
    args: Vec<String>,
    env: BTreeMap<String, String>,
    cwd: Option<&'a str>,
    sandbox: Option<&'a Sandbox>,
    inherit: &'a [Inherited],
    /// The run that it is to work in, where one is named.
    run: Option<RunId>,
    priority: u8,
}

/// What the helper is asked for, and how the program is held.
struct Program {
    spec: Spec,
    plan: Option<Plan>,
}

/// Arguments as a vector, an environment from nothing; in a sandbox both speak of the program's view.
fn program(caller: &Caller, asked: Asked<'_>, run: Option<&Run>) -> SysResult<Program> {
    let (core, own) = (caller.core(), caller.process());
    let plan = confine::plan(caller, asked.sandbox, run)?;
    let home = core.host_path(&VPath::parse("/home")?)?;
    let working_dir: PathBuf = match (&plan, asked.cwd) {
        (Some(plan), cwd) => plan.working_dir(caller, cwd)?,
        (None, None) => home.clone(),
        (None, Some(cwd)) => {
            let folder = own.working_dir().join(cwd)?;
            let folder = core.mounts.resolve(&folder, LastLink::Follow)?.path().clone();
            match run.and_then(|run| run.in_place_of(&folder)) {
                Some(copy) => copy,
                None => core.host_path(&folder)?,
            }
        }
    };
    let mut variables: BTreeMap<String, String> = sandbox::base_environment(&home).into_iter().collect();
    // What the process set itself; what the kernel gave it speaks of virtual paths.
    let own_variables = own.environment();
    variables
        .extend(own_variables.into_iter().filter(|(name, value)| core.environment.get(name) != Some(value)));
    if let Some(plan) = &plan {
        plan.environment(&mut variables, &working_dir);
    }
    variables.extend(asked.env);
    let limits = own.limits();
    let isolation = plan.as_ref().map(|plan| {
        let mut isolation = plan.isolation.clone();
        isolation.quota = quota(&limits, &isolation.quota);
        isolation
    });
    // In a sandbox memory is counted, and what is only reserved does not count.
    let address_space_bytes = if isolation.is_some() { None } else { limits.memory_bytes };
    let spec = Spec {
        args: asked.args,
        env: variables.into_iter().collect(),
        working_dir,
        limits: sandbox::Limits { address_space_bytes, ..sandbox_limits(&limits) },
        isolation,
        ..Spec::new(asked.executable)
    };
    Ok(Program { spec, plan })
}

fn spawn_error(why: SpawnError) -> SysError {
    let errno = Errno::from_raw(why.raw_os_error()).unwrap_or(Errno::EIO);
    SysError::new(errno, why.to_string())
}
