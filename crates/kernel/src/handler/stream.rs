//! Rows about files in parts.

use super::descriptor::most;
use crate::{
    caller::Caller,
    fd::{Description, MAX_PART, Transfer},
    vfs::{OpenOptions, Resolved},
};
use abi::{
    Bytes, Errno, Fd, SysError, SysResult,
    table::{StreamClose, StreamNext, StreamOpenRead, StreamOpenWrite, StreamPush},
};

handlers! {
    StreamOpenRead(follow path) => open_read;
    StreamOpenWrite(follow path) => open_write;
    StreamNext => next;
    StreamPush => push;
    StreamClose => close;
}

fn insert(caller: &Caller, transfer: Transfer) -> SysResult<Fd> {
    caller.process().descriptors.insert(Description::transfer(transfer), 0, most(caller))
}

fn open_read(caller: &Caller, call: StreamOpenRead, object: &Resolved) -> SysResult<Fd> {
    if !(1..=MAX_PART).contains(&call.chunk) {
        let detail = format!("a part has 1 to {MAX_PART} bytes, not {}", call.chunk);
        return Err(SysError::new(Errno::EINVAL, detail));
    }
    let file = caller.core().mounts.open(object, OpenOptions { read: true, ..OpenOptions::default() })?;
    // At most 1 MiB.
    insert(caller, Transfer::reading(file, usize::try_from(call.chunk).unwrap_or(usize::MAX)))
}

fn open_write(caller: &Caller, _: StreamOpenWrite, object: &Resolved) -> SysResult<Fd> {
    let content = caller.core().mounts.replace(object)?;
    insert(caller, Transfer::writing(object.path().clone(), content))
}

fn next(caller: &Caller, call: StreamNext) -> SysResult<Bytes> {
    caller.process().descriptors.get(call.fd)?.transfer_of()?.next().map(Bytes)
}

fn push(caller: &Caller, call: StreamPush) -> SysResult<u64> {
    caller.process().descriptors.get(call.fd)?.transfer_of()?.push(&call.data)
}

fn close(caller: &Caller, call: StreamClose) -> SysResult<()> {
    let descriptors = &caller.process().descriptors;
    descriptors.get(call.fd)?.transfer_of()?;
    // The number is free also when the content cannot take its place.
    descriptors.remove(call.fd)?.transfer_of()?.close(call.discard)
}
