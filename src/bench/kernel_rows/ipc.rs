//! Queues, shared memory and mappings beside what a program has without a kernel, or the host for the same.

use super::{super::runner::each, Fixture};
use crate::bench::{Budget, Meter, Spec};
use abi::{
    Bytes, SharedBytes, ShmId,
    table::{
        MapSharing, MemoryAccess, Mmap, MmapRead, Munmap, QueueCreate, QueueDestroy, QueueKind,
        QueueOverflow, QueueReceive, QueueSend, ShmAttach, ShmCreate, ShmDestroy, ShmRead, ShmWrite, Write,
    },
};
use std::{fs::File, hint::black_box, os::unix::fs::FileExt, time::Duration};

const CHUNK: usize = 64 * 1024;
const PAGE: usize = 4_096;

pub(super) fn rows(meter: &mut dyn Meter, fixture: &Fixture) -> anyhow::Result<()> {
    queues(meter, fixture)?;
    shared_memory(meter, fixture)?;
    mappings(meter, fixture)
}

fn queues(meter: &mut dyn Meter, fixture: &Fixture) -> anyhow::Result<()> {
    let typed = &fixture.typed;
    let data = SharedBytes::from(vec![7_u8; 64]);
    for (name, kind) in [("FIFO", QueueKind::Fifo), ("priority", QueueKind::Priority)] {
        let queue = typed.call(QueueCreate {
            name: format!("bench {name}"),
            kind,
            capacity: 16,
            overflow: QueueOverflow::Refuse,
        })?;
        let mut ours = each(|| {
            typed.call(QueueSend { queue, data: data.clone(), priority: 3 })?;
            typed.call(QueueReceive { queue, timeout_millis: Some(0) })
        });
        let spec = Spec::new(format!("kernel/queue send+receive, {name}"));
        let spec = if kind == QueueKind::Fifo { spec.budget(Budget::PeerRatio(3.0)) } else { spec };
        let spec = spec.note("two calls through the door: right, owner, sender, cause, bounds, event");
        beside_array_queue(meter, spec, &mut ours, &data);
        typed.call(QueueDestroy { queue })?;
    }
    Ok(())
}

#[cfg(feature = "peers")]
fn beside_array_queue(
    meter: &mut dyn Meter,
    spec: Spec,
    ours: &mut dyn crate::bench::Operation,
    data: &SharedBytes,
) {
    let peer = crossbeam::queue::ArrayQueue::new(16);
    let mut peer = each(|| {
        let _ = peer.push(data.clone());
        peer.pop().ok_or_else(|| anyhow::anyhow!("what was pushed is gone"))
    });
    meter.compare(spec, ours, Some(("crossbeam ArrayQueue", &mut peer)));
}

#[cfg(not(feature = "peers"))]
fn beside_array_queue(
    meter: &mut dyn Meter,
    spec: Spec,
    ours: &mut dyn crate::bench::Operation,
    _data: &SharedBytes,
) {
    meter.compare(spec, ours, None);
}

fn shared_memory(meter: &mut dyn Meter, fixture: &Fixture) -> anyhow::Result<()> {
    let typed = &fixture.typed;
    let shm: ShmId =
        typed.call(ShmCreate { size: CHUNK as u64, readers: Vec::new(), writers: Vec::new() })?;
    typed.call(ShmAttach { shm, access: MemoryAccess::ReadWrite })?;
    let mut loan = each(|| typed.shm_view(shm).map(|view| black_box(view[CHUNK - 1])));
    let spec = Spec::new("kernel/shared memory 64 KiB loan")
        .budget(Budget::Median(Duration::from_micros(1)))
        .note("a slice of the segment, without a copy");
    meter.compare(spec, &mut loan, None);

    let payload = Bytes(vec![7; CHUNK]);
    let mut through = each(|| {
        typed.call(ShmWrite { shm, offset: 0, data: payload.clone() })?;
        typed.call(ShmRead { shm, offset: 0, size: CHUNK as u64 })
    });
    let mut buffer = vec![0_u8; CHUNK];
    let mut copies = each(|| -> Result<Vec<u8>, std::convert::Infallible> {
        let argument = payload.0.clone();
        buffer.copy_from_slice(black_box(&argument));
        Ok(black_box(&buffer).clone())
    });
    let spec = Spec::new("kernel/shared memory write+read 64 KiB").note("as calls, with their copies");
    meter.compare(spec, &mut through, Some(("the same copies", &mut copies)));
    typed.call(ShmDestroy { shm })?;
    Ok(())
}

fn mappings(meter: &mut dyn Meter, fixture: &Fixture) -> anyhow::Result<()> {
    let typed = &fixture.typed;
    let path = "/home/mapped.bin".to_owned();
    typed.call(Write { path: path.clone(), data: vec![7; CHUNK].into(), append: false })?;
    let file = File::open(fixture.home.join("mapped.bin"))?;
    let map = typed.call(Mmap {
        path,
        offset: 0,
        length: None,
        access: MemoryAccess::ReadOnly,
        sharing: MapSharing::Shared,
    })?;
    let mut ours = each(|| typed.call(MmapRead { map, offset: 0, size: PAGE as u64 }));
    let mut buffer = vec![0; PAGE];
    let mut host = each(|| file.read_at(&mut buffer, 0));
    meter.compare(Spec::new("kernel/mmap_read 4 KiB"), &mut ours, Some(("host pread", &mut host)));
    typed.call(Munmap { map })?;
    Ok(())
}
