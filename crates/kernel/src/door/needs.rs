//! From what a row says it needs to what the gate is asked.

use crate::{
    caller::Caller,
    gate::Denial,
    network::Url,
    socket::{self, Right},
    vfs::{LastLink, VPath},
};
use abi::{
    Fd, SysResult,
    table::{Need, OpenMode, SocketType, Verb},
};

/// Checks one need of a call on the real object.
#[inline]
pub(super) fn check(caller: &Caller, need: Need<'_>) -> Result<(), Denial> {
    let (gate, process) = (&caller.core().gate, caller.process());
    match need {
        Need::Plain(verb) => gate.plain(process, verb),
        Need::Path(verb, path) | Need::PathIf(verb, path, true) => gate.path(process, verb, path),
        Need::Paths(verb, paths) => paths.iter().try_for_each(|path| gate.path(process, verb, path)),
        Need::PathIf(_, _, false) => Ok(()),
        Need::CreateUnlessThere(path) => create_unless_there(caller, path),
        Need::CreateParents(_, false) => Ok(()),
        Need::CreateParents(path, true) => create_parents(caller, path),
        Need::Open(path, mode) => open(caller, path, mode),
        Need::Descriptor(verb, fd) => match process.descriptors.get(fd) {
            // A bad number is the handler's to report, and streams are nobody else's.
            Err(_) => Ok(()),
            Ok(description) => match (description.path(), description.socket_of()) {
                (Some(path), _) => gate.path(process, verb, path.as_str()),
                (None, Ok(socket)) => all(caller, &socket.rights()),
                (None, Err(_)) => Ok(()),
            },
        },
        Need::Name(verb, name) | Need::Channel(verb, name) => gate.name(process, verb, name),
        Need::ChannelEither(name) => {
            let receive = gate.name(process, Verb::ReceiveMessage, name);
            receive.or_else(|denial| gate.name(process, Verb::SendMessage, name).map_err(|_| denial))
        }
        // A bad number is the handler's to report.
        Need::Queue(verb, queue) => match caller.core().queues.get(queue) {
            Err(_) => Ok(()),
            Ok(queue) => gate.name(process, verb, queue.name()),
        },
        Need::Mapping(verb, map) => match caller.core().mappings.get_own(process.pid(), map) {
            Err(_) => Ok(()),
            Ok(mapping) if verb == Verb::WriteFile && mapping.is_private() => Ok(()),
            Ok(mapping) => gate.path(process, verb, mapping.path().as_str()),
        },
        Need::Socket(fd) => match process.descriptors.get(fd).and_then(|found| found.socket_of()) {
            Ok(socket) => all(caller, &socket.rights()),
            Err(_) => Ok(()), // the handler reports it
        },
        Need::Connect(fd, address) => rights(caller, socket::rights_to_connect(address, kind(caller, fd))),
        Need::Bind(fd, address) => rights(caller, socket::rights_to_bind(address, kind(caller, fd))),
        // Strange URLs are the handler's to report.
        Need::Url(url) => Url::parse(url).map_or(Ok(()), |url| gate.network(process, &url.target())),
        // Bad numbers are the handler's to report.
        Need::Stream(fd) => match process.descriptors.get(fd) {
            Ok(description) => match description.transfer_of() {
                Ok(transfer) => {
                    let verb = if transfer.is_writing() { Verb::WriteFile } else { Verb::ReadFile };
                    gate.path(process, verb, transfer.path().as_str())
                }
                Err(_) => Ok(()),
            },
            Err(_) => Ok(()),
        },
        Need::Subscription(fd) => {
            let subject = process.descriptors.get(fd).and_then(|found| Ok(found.events_of()?.subject()));
            subject.map_or(Ok(()), |subject| check(caller, Need::Observe(subject)))
        }
        Need::Sandbox(None) => Ok(()),
        Need::Sandbox(Some(sandbox)) => crate::confine::check(caller, sandbox),
        Need::Process(_, None) => Ok(()),
        Need::Process(verb, Some(pid)) => match gate.plain(process, verb) {
            Err(_) if caller.core().processes.is_within(pid, process.pid()) => Ok(()),
            answer => answer,
        },
        Need::Observe(pid) => match gate.plain(process, Verb::Observe) {
            Ok(()) => Ok(()),
            Err(_) if pid == Some(process.pid()) => Ok(()),
            Err(denial) => {
                let other = pid.and_then(|pid| caller.core().processes.get(pid).ok());
                let app = other.as_ref().and_then(|other| other.identity().app.as_deref());
                app.map_or(Err(denial), |app| gate.name(process, Verb::Observe, app))
            }
        },
    }
}

/// An address that is none is the handler's to report.
fn rights(caller: &Caller, rights: SysResult<Vec<Right>>) -> Result<(), Denial> {
    rights.map_or(Ok(()), |rights| all(caller, &rights))
}

fn all(caller: &Caller, rights: &[Right]) -> Result<(), Denial> {
    rights.iter().try_for_each(|right| socket::check(&caller.core().gate, caller.process(), right))
}

/// A number that is no socket is judged as a stream: whoever may not reach a host learns nothing from it.
fn kind(caller: &Caller, fd: Fd) -> SocketType {
    let socket = caller.process().descriptors.get(fd).and_then(|found| found.socket_of());
    socket.map_or(SocketType::Stream, |socket| socket.kind())
}

/// `CreateFile` on every folder that is missing on the way: each of them is made, so each is asked about.
fn create_parents(caller: &Caller, path: &str) -> Result<(), Denial> {
    let mounts = &caller.core().mounts;
    let is_there =
        |path: &VPath| mounts.resolve(path, LastLink::Keep).and_then(|object| mounts.exists(&object));
    let Ok(path) = VPath::parse(path) else { return Ok(()) }; // the handler reports it
    let mut missing = Vec::new();
    let mut folder = path.parent();
    while let Some(parent) = folder {
        if matches!(is_there(&parent), Ok(true)) {
            break;
        }
        folder = parent.parent();
        missing.push(parent);
    }
    // From the outermost on, so that a denial names the first that could not be made.
    let ask = |path: &VPath| caller.core().gate.path(caller.process(), Verb::CreateFile, path.as_str());
    missing.iter().rev().try_for_each(ask)
}

fn open(caller: &Caller, path: &str, mode: OpenMode) -> Result<(), Denial> {
    let (gate, process) = (&caller.core().gate, caller.process());
    if mode.read {
        gate.path(process, Verb::ReadFile, path)?;
    }
    if mode.write || mode.append || mode.truncate {
        gate.path(process, Verb::WriteFile, path)?;
    }
    if mode.create {
        create_unless_there(caller, path)?;
    }
    if mode == OpenMode::default() {
        // The handler refuses it; whoever may not know of the file shall not learn from the answer.
        gate.path(process, Verb::ReadFile, path)?;
    }
    Ok(())
}

/// `CreateFile`, unless something is there: then nothing is made. Who loses the race against somebody
/// that removes the file in between has made it anew under a right to write it.
fn create_unless_there(caller: &Caller, path: &str) -> Result<(), Denial> {
    let denial = match caller.core().gate.path(caller.process(), Verb::CreateFile, path) {
        Ok(()) => return Ok(()),
        Err(denial) => denial,
    };
    let is_there = || -> SysResult<bool> {
        let mounts = &caller.core().mounts;
        mounts.exists(&mounts.resolve(&VPath::parse(path)?, LastLink::Keep)?)
    };
    if matches!(is_there(), Ok(true)) { Ok(()) } else { Err(denial) }
}
