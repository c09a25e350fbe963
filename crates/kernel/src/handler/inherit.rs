//! What a program gets beside its standard streams, and pipes that are tied to those.

use crate::{
    bridge::{Bridge, Direction, direction},
    caller::Caller,
    fd::{Description, Object},
    host::{HostStream, StreamKind},
};
use abi::{
    Errno, PipeId, SysError, SysResult, Syscalls,
    table::{Inherited, MemoryAccess, PipeBridge},
};
use nix::{
    fcntl::{FcntlArg, OFlag, fcntl},
    unistd::pipe2,
};
use std::{os::fd::OwnedFd, sync::Arc};

handlers! {
    PipeBridge => bridge;
}

/// Descriptors for a program, and what moves bytes to and from them once it runs.
#[derive(Default)]
pub(super) struct Inheritance {
    pub(super) descriptors: Vec<(i32, Arc<OwnedFd>)>,
    bridges: Vec<Bridge>,
}

impl Inheritance {
    /// Makes what was asked for. Until [`Inheritance::begin`] nothing is taken from the caller.
    pub(super) fn of(caller: &Caller, wanted: &[Inherited]) -> SysResult<Self> {
        let mut inheritance = Inheritance::default();
        for one in wanted {
            let descriptor = match (one.shm, one.pipe, one.fd) {
                (Some(shm), None, None) => segment(caller, shm)?,
                (None, Some(pipe), None) => {
                    let (theirs, bridge) = pipe_end(caller, pipe)?;
                    inheritance.bridges.push(bridge);
                    theirs
                }
                (None, None, Some(fd)) => match caller.process().descriptors.get(fd)?.object() {
                    Object::File(file) => file.host_descriptor()?,
                    _ => return Err(SysError::new(Errno::EINVAL, format!("descriptor {fd} is no file"))),
                },
                _ => {
                    let detail = format!("give one of shm, pipe and fd for the program's {}", one.number);
                    return Err(SysError::new(Errno::EINVAL, detail));
                }
            };
            inheritance.descriptors.push((one.number, Arc::new(descriptor)));
        }
        Ok(inheritance)
    }

    /// The program runs.
    pub(super) fn begin(self, caller: &Caller) {
        for bridge in self.bridges {
            bridge.begin(caller.core());
        }
    }
}

/// A descriptor of a segment, for what the caller is attached for.
fn segment(caller: &Caller, shm: abi::ShmId) -> SysResult<OwnedFd> {
    let (pid, segment) = (caller.pid(), caller.core().segments.get(shm)?);
    let attached = segment.stats().attached.iter().find(|one| one.pid == pid).map(|one| one.access);
    segment.export(pid, attached.unwrap_or(MemoryAccess::ReadOnly))
}

/// The program's end of a pipe of the host, whose other end is tied to the caller's end of one of ours.
fn pipe_end(caller: &Caller, id: PipeId) -> SysResult<(OwnedFd, Bridge)> {
    let host = |why: nix::Error| {
        let errno = Errno::from_raw(why as i32).unwrap_or(Errno::EIO);
        SysError::new(errno, format!("the host gave no pipe: {why}"))
    };
    let pipe = caller.core().pipes.get(id)?;
    let (read, write) = pipe2(OFlag::O_CLOEXEC).map_err(host)?;
    let (ours, theirs, kind) = match direction(&pipe, caller.pid())? {
        Direction::FromProgram => (read, write, StreamKind::Output),
        Direction::ToProgram => (write, read, StreamKind::Input),
    };
    fcntl(&ours, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).map_err(host)?;
    let stream = HostStream::new(ours, kind, caller.core().runtime(), caller.core().waker());
    let bridge = Bridge::new((caller.pid(), caller.cause()), id, pipe, Description::stream(stream))?;
    Ok((theirs, bridge))
}

fn bridge(caller: &Caller, call: PipeBridge) -> SysResult<()> {
    let descriptors = &caller.process().descriptors;
    let pipe = caller.core().pipes.get(call.pipe)?;
    let stream = descriptors.get(call.fd)?;
    let bridge = Bridge::new((caller.pid(), caller.cause()), call.pipe, pipe, stream)?;
    // Closed for the caller: the last who holds it closes it for the program.
    drop(descriptors.remove(call.fd)?);
    bridge.begin(caller.core());
    Ok(())
}
