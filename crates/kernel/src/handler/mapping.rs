//! Rows about mappings of files.

use crate::{
    caller::Caller,
    mapping::{DEFAULT_PER_PROCESS, Mapping, Part},
    vfs::{OpenOptions, Resolved},
};
use abi::{
    Bytes, MapId, SysResult,
    table::{GetMapStats, MapSharing, MapStats, MemoryAccess, Mmap, MmapRead, MmapWrite, Msync, Munmap},
};
use std::sync::Arc;

handlers! {
    Mmap(follow path) => mmap;
    MmapRead => read;
    MmapWrite => write;
    Msync => sync;
    Munmap => munmap;
    GetMapStats => stats;
}

fn own(caller: &Caller, map: MapId) -> SysResult<Arc<Mapping>> {
    caller.core().mappings.get_own(caller.process().pid(), map)
}

fn mmap(caller: &Caller, call: Mmap, object: &Resolved) -> SysResult<MapId> {
    let Mmap { offset, length, access, sharing, .. } = call;
    let write = access == MemoryAccess::ReadWrite && sharing == MapSharing::Shared;
    let (core, process) = (caller.core(), caller.process());
    let file = core.mounts.open(object, OpenOptions { read: true, write, ..OpenOptions::default() })?;
    let part = Part { offset, length: 0, access, sharing };
    let most = process.limits().mappings.unwrap_or(DEFAULT_PER_PROCESS);
    core.mappings.create(process.pid(), file, length, part, most)
}

fn read(caller: &Caller, call: MmapRead) -> SysResult<Bytes> {
    own(caller, call.map)?.read(call.offset, call.size)
}

fn write(caller: &Caller, call: MmapWrite) -> SysResult<u64> {
    own(caller, call.map)?.write(call.offset, &call.data)
}

fn sync(caller: &Caller, call: Msync) -> SysResult<()> {
    let mapping = own(caller, call.map)?;
    mapping.sync()?;
    mapping.settle();
    Ok(())
}

fn munmap(caller: &Caller, call: Munmap) -> SysResult<()> {
    // Dropped here, without any lock: closing may touch the host.
    caller.core().mappings.remove(caller.process().pid(), call.map).map(drop)
}

fn stats(caller: &Caller, call: GetMapStats) -> SysResult<MapStats> {
    Ok(own(caller, call.map)?.stats())
}
