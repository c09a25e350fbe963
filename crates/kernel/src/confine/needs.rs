//! What a sandbox needs of the one that asks for it.

use crate::{
    caller::Caller,
    gate::{Denial, Gate},
    grant::Use,
    process::Process,
    vfs::{Kind, LastLink, VPath},
};
use abi::{
    Capability, Syscalls,
    table::{NetworkMode, ProcessKind, Sandbox, SandboxProfile, Verb},
    view::{Place, place_of},
};

/// Checks every folder and the network. Paths are taken as they stand; that none of them is a link is seen when they
/// are used.
pub(crate) fn check(caller: &Caller, sandbox: &Sandbox) -> Result<(), Denial> {
    let (gate, process) = (&caller.core().gate, caller.process());
    for path in sandbox.read.iter().chain(&sandbox.write).chain(&sandbox.copy_on_write) {
        // What is no path is the handler's to report.
        let Ok(path) = VPath::parse(path) else { continue };
        to_read(caller, &path)?;
    }
    // What is kept apart changes nothing until somebody with the right to has reviewed it.
    for path in &sandbox.write {
        let Ok(path) = VPath::parse(path) else { continue };
        if is_given(&path) && !is_kept_apart(&path, sandbox) {
            for verb in [Verb::WriteFile, Verb::CreateFile, Verb::DeleteFile] {
                gate.path(process, verb, path.as_str())?;
            }
        }
    }
    network(gate, process, sandbox.network)?;
    let nested = Capability::NestedSandbox;
    if sandbox.profile == SandboxProfile::Nested && !process.policy().has(&nested) {
        return Err(Denial::missing(process, nested));
    }
    note_uses(caller, sandbox);
    for forward in &sandbox.forward {
        gate.name(process, Verb::BindPort, &forward.host.to_string())?;
    }
    Ok(())
}

/// What a sandbox takes of rights that nobody uses later by a call: it is used with the start.
fn note_uses(caller: &Caller, sandbox: &Sandbox) {
    let process = caller.process();
    if !process.has_given() {
        return;
    }
    let core = caller.core();
    let of = Use { by: process.name(), cause: caller.cause(), now_millis: core.now_millis() };
    let takes = |right: &Capability| match right {
        Capability::NestedSandbox => sandbox.profile == SandboxProfile::Nested,
        Capability::NetworkNamespace => {
            matches!(sandbox.network, NetworkMode::Private | NetworkMode::Bridged)
        }
        Capability::BindPort(port) => sandbox.forward.iter().any(|forward| forward.host == *port),
        _ => false,
    };
    for right in process.policy().granted().iter().filter(|right| takes(right)) {
        core.ledger.used(process.pid(), |given| given == right, of);
    }
}

/// Whether what is changed there is kept apart, by a folder that the sandbox names.
pub(super) fn is_kept_apart(path: &VPath, sandbox: &Sandbox) -> bool {
    let folders = sandbox.copy_on_write.iter().filter_map(|folder| VPath::parse(folder).ok());
    folders.into_iter().any(|folder| *path == folder || path.is_beneath(&folder))
}

/// Whether it has to be given; the rest is in every view.
fn is_given(path: &VPath) -> bool {
    !matches!(place_of(path.as_str()), Place::Own | Place::Programs)
}

fn to_read(caller: &Caller, path: &VPath) -> Result<(), Denial> {
    let (gate, process) = (&caller.core().gate, caller.process());
    if !is_given(path) {
        return Ok(());
    }
    gate.path(process, Verb::ReadFile, path.as_str())?;
    if !is_file(caller, path) {
        gate.path(process, Verb::ListDirectory, path.as_str())?;
    }
    // The right to everything is one to everything of ours. A folder of the host is given by name.
    let by_name = |capability: &Capability| matches!(capability, Capability::ReadFile(scope) if scope.0 != "/" && scope.covers(path.as_str()));
    let is_ours = process.identity().kind == ProcessKind::System;
    if place_of(path.as_str()) == Place::Host && !is_ours && !process.policy().granted().iter().any(by_name) {
        return Err(Denial::new(process, Verb::ReadFile, Some(path.as_str())));
    }
    Ok(())
}

fn is_file(caller: &Caller, path: &VPath) -> bool {
    let mounts = &caller.core().mounts;
    let stat = mounts.resolve(path, LastLink::Keep).and_then(|object| mounts.stat(&object));
    stat.is_ok_and(|stat| stat.kind == Kind::File)
}

fn network(gate: &Gate, process: &Process, mode: NetworkMode) -> Result<(), Denial> {
    match mode {
        // Each connection is judged when it is made.
        NetworkMode::None | NetworkMode::Filtered => Ok(()),
        NetworkMode::Shared => everywhere(process),
        NetworkMode::Private => {
            gate.plain(process, Verb::NetworkNamespace)?;
            everywhere(process)
        }
        NetworkMode::Bridged => gate.plain(process, Verb::NetworkNamespace),
    }
}

/// Nobody judges single connections there, so all of them have to be allowed.
fn everywhere(process: &Process) -> Result<(), Denial> {
    let all = ["*", "loopback", "private", "link-local"].map(str::to_owned).to_vec();
    let everything = Capability::NetworkAccess(all);
    if process.policy().has(&everything) {
        return Ok(());
    }
    Err(Denial::missing(process, everything))
}
