//! The desktop's side: opens terminal or pipes, starts the helper, hands it the request and waits
//! until it has become the program or says why not.

use crate::{
    Child, Group, NetworkKind, SpawnError, Spec, Stage, Tier, WindowSize, available, enforce,
    error::Asked,
    isolated::{self, NotStarted},
    limiter,
    pty::{self, set_nonblocking},
    spawner::{self, Waiting},
    wire::{self, Answer, Failure, Request},
};
use nix::{fcntl::OFlag, unistd::pipe2};
use std::{
    io,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::net::UnixStream,
    },
    time::Duration,
};

/// How long the helper may take. It needs about a millisecond; a working folder on a dead network
/// drive is what makes it longer.
const HELPER_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a helper that has done its part takes to end: it has already.
pub(crate) const HELPER_END: Duration = Duration::from_secs(2);

/// A program with a terminal of its own.
#[derive(Debug)]
pub struct PtyProcess {
    /// Our end of the terminal: non-blocking, close-on-exec. Reads answer `EIO` once every program
    /// on it has ended; dropping it sends them `SIGHUP`.
    pub master: OwnedFd,
    /// The program.
    pub child: Child,
}

/// A program with pipes.
#[derive(Debug)]
pub struct PipedProcess {
    /// What it reads. Non-blocking, close-on-exec.
    pub stdin: OwnedFd,
    /// What it writes. Non-blocking, close-on-exec.
    pub stdout: OwnedFd,
    /// What it complains. Non-blocking, close-on-exec.
    pub stderr: OwnedFd,
    /// The program.
    pub child: Child,
}

/// Starts a program as leader of a session of its own on a new terminal.
/// Takes about two milliseconds, at most ten seconds; not for the thread that draws.
///
/// # Errors
/// [`SpawnError`]; nothing is left running then.
pub fn spawn_pty(spec: &Spec, size: WindowSize) -> Result<PtyProcess, SpawnError> {
    spec.check()?;
    let tier = tier_for(spec)?;
    let mut request = request(spec, tier, true);
    if request.is_inside() {
        request.size = Some(size);
        let (child, master) = start_isolated(spec, &request, &[])?;
        let master = master.ok_or(io::ErrorKind::InvalidData).asked("terminal")?;
        return Ok(PtyProcess { master, child });
    }
    let (master, slave) = pty::open(size)?;
    let child = start(spec, &request, [slave.as_fd(); 3])?;
    Ok(PtyProcess { master, child })
}

/// Starts a program as leader of a session of its own without a terminal, on three pipes.
/// Takes about two milliseconds, at most ten seconds; not for the thread that draws.
///
/// # Errors
/// [`SpawnError`]; nothing is left running then.
pub fn spawn_piped(spec: &Spec) -> Result<PipedProcess, SpawnError> {
    spec.check()?;
    spawn_piped_in(spec, tier_for(spec)?)
}

/// The same in a tier, whatever the host is known to give.
pub(crate) fn spawn_piped_in(spec: &Spec, tier: Tier) -> Result<PipedProcess, SpawnError> {
    let pipe = || pipe2(OFlag::O_CLOEXEC).asked("pipe");
    let ((theirs_in, stdin), (stdout, theirs_out), (stderr, theirs_err)) = (pipe()?, pipe()?, pipe()?);
    for ours in [&stdin, &stdout, &stderr] {
        set_nonblocking(ours).asked("pipe")?;
    }
    let request = request(spec, tier, false);
    let child = start(spec, &request, [theirs_in.as_fd(), theirs_out.as_fd(), theirs_err.as_fd()])?;
    Ok(PipedProcess { stdin, stdout, stderr, child })
}

/// By how much a program is held: the most that the host gives and the program may use.
///
/// # Errors
/// The host gives less than is required.
pub(crate) fn tier_for(spec: &Spec) -> Result<Tier, SpawnError> {
    let Some(isolation) = &spec.isolation else { return Ok(Tier::default()) };
    let available = available();
    match (available.tier, available.missing_for(isolation)) {
        (Some(tier), None) => Ok(tier.min(isolation.at_most)),
        (_, missing) => Err(SpawnError::Sandbox {
            asked: isolation.at_least,
            missing: missing.unwrap_or_else(|| "neither namespaces nor Landlock can be used".into()),
        }),
    }
}

fn start(spec: &Spec, request: &Request, stdio: [BorrowedFd<'_>; 3]) -> Result<Child, SpawnError> {
    if request.isolation.is_some() {
        return Ok(start_isolated(spec, request, &stdio)?.0);
    }
    let Launched { child, control, sent } = launch(spec, request, &stdio)?;
    let helper = |detail: String| SpawnError::Helper { path: spec.helper.path().to_owned(), detail };
    let answer = wire::receive_answer(&control).map_err(|error| helper(error.to_string()))?;
    match (answer, sent) {
        (Answer::Runs, _) => {
            spawner::keep_ready(&spec.helper);
            Ok(child)
        }
        (Answer::Failed(failure), _) => Err(explain(spec, &failure)),
        (Answer::NotAHelper, Err(error)) => Err(helper(error.to_string())),
        (Answer::NotAHelper, Ok(())) => Err(helper("it is not a helper or was killed".into())),
    }
}

/// With the terminal, when that is made inside.
fn start_isolated(
    spec: &Spec,
    request: &Request,
    stdio: &[BorrowedFd<'_>],
) -> Result<(Child, Option<OwnedFd>), SpawnError> {
    let group = group(spec, request)?;
    let request = Request { group: group.clone(), ..request.clone() };
    let remove = || group.iter().for_each(Group::remove);
    let Launched { child, control, sent } = launch(spec, &request, stdio).inspect_err(|_| remove())?;
    let isolation = request.isolation.as_ref().ok_or(io::ErrorKind::InvalidInput).asked("isolation")?;
    match isolated::receive(&control, isolation, group.clone()) {
        Ok(mut program) => {
            let master = program.master.take();
            spawner::keep_ready(&spec.helper);
            let quota = isolation.quota;
            Ok((Child::isolated(child, program, group, &quota), master))
        }
        Err(why) => {
            // Ended, before its groups can go.
            drop(child);
            remove();
            Err(match (why, sent) {
                (NotStarted::NotAHelper(_), Err(error)) => NotStarted::NotAHelper(error).explain(spec),
                (why, _) => why.explain(spec),
            })
        }
    }
}

/// The control groups that hold the program's limits, with the helper in them.
pub(crate) fn group(spec: &Spec, request: &Request) -> Result<Option<Group>, SpawnError> {
    let Some(isolation) = &spec.isolation else { return Ok(None) };
    let of_relay = if isolation.network.kind() == NetworkKind::Relay { enforce::RELAY_PROCESSES } else { 0 };
    let of_init = u64::from(request.tier == Tier::Namespaces);
    limiter::group_for(&isolation.quota, of_relay + of_init + 1).asked("control group")
}

pub(crate) fn request(spec: &Spec, tier: Tier, terminal: bool) -> Request {
    Request {
        executable: spec.executable.clone(),
        args: spec.args.clone(),
        env: spec.env.clone(),
        working_dir: spec.working_dir.to_string_lossy().into_owned(),
        limits: spec.limits,
        terminal,
        parent: std::process::id().cast_signed(),
        inherit: spec.inherit.iter().map(|(number, _)| *number).collect(),
        isolation: spec.isolation.clone(),
        tier,
        group: None,
        limit_tier: limiter::places().tier(),
        size: None,
        hold: None,
    }
}

/// A helper that was started.
pub(crate) struct Launched {
    /// Dropped before it became something, it is ended and reaped.
    pub(crate) child: Child,
    pub(crate) control: UnixStream,
    /// Whether it took the request.
    pub(crate) sent: io::Result<()>,
}

/// Takes a helper and sends it the request; `own` are the descriptors before the inherited ones.
pub(crate) fn launch(spec: &Spec, request: &Request, own: &[BorrowedFd<'_>]) -> Result<Launched, SpawnError> {
    let Waiting { child, mut control } = spawner::helper(&spec.helper)?;
    control.set_read_timeout(Some(HELPER_TIMEOUT)).asked("socket")?;
    control.set_write_timeout(Some(HELPER_TIMEOUT)).asked("socket")?;
    if request.isolation.is_some() && request.hold.is_none() {
        wire::hear_who_speaks(&control).asked("socket")?;
    }
    let mut descriptors = own.to_vec();
    descriptors.extend(spec.inherit.iter().map(|(_, fd)| fd.as_fd()));
    let sent = wire::send_request(&mut control, request, &descriptors);
    Ok(Launched { child, control, sent })
}

/// The failure in the caller's words.
pub(crate) fn explain(spec: &Spec, failure: &Failure) -> SpawnError {
    let source = io::Error::from_raw_os_error(failure.errno);
    match (failure.stage, source.kind()) {
        (Stage::Exec, io::ErrorKind::NotFound) => {
            SpawnError::NotFound { executable: spec.executable.clone() }
        }
        (Stage::Exec, _) => SpawnError::NotExecutable { executable: spec.executable.clone(), source },
        (Stage::WorkingDir, _) => SpawnError::WorkingDir { path: spec.working_dir.clone(), source },
        (stage, _) => SpawnError::Stage { stage, about: failure.about.clone(), source },
    }
}
