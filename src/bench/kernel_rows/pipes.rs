//! Pipes beside the host's.

use super::{super::runner::each, Fixture};
use crate::bench::{Budget, Meter, Spec};
use abi::{
    Bytes, Errno, PipeId, SysError, SysResult,
    table::{PipeClose, PipeCreate, PipeRead, PipeReady, PipeWait, PipeWrite},
};
use anyhow::Context;
use kernel::Caller;
use std::{
    os::fd::OwnedFd,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::{self, JoinHandle},
    time::Instant,
};

const CHUNK: usize = 64 * 1024;
/// Of both kinds of pipe between two threads.
const CAPACITY: usize = 1024 * 1024;
/// Nothing here waits longer for its other half.
const PATIENCE_MILLIS: u64 = 10_000;
/// The byte that ends an echo.
const BYE: u8 = 0xff;

pub(super) fn rows(meter: &mut dyn Meter, fixture: &Fixture) -> anyhow::Result<()> {
    same_thread(meter, &fixture.typed)?;
    if meter.wants(TWO_THREADS) {
        two_threads(meter, &fixture.typed)?;
    }
    if meter.wants(ROUND_TRIP) {
        round_trip(meter, fixture)?;
    }
    Ok(())
}

const TWO_THREADS: &str = "kernel/pipe 64 KiB, two threads";
const ROUND_TRIP: &str = "kernel/pipe 1 B round trip, two threads";

fn create(caller: &Caller, capacity: usize) -> SysResult<PipeId> {
    caller.call(PipeCreate { capacity: capacity as u64, reader: None, writer: None })
}

fn same_thread(meter: &mut dyn Meter, caller: &Caller) -> anyhow::Result<()> {
    let pipe = create(caller, CHUNK)?;
    let payload: Bytes = vec![b'p'; CHUNK].into();
    let mut ours = each(|| {
        caller.call(PipeWrite { pipe, data: payload.clone() })?;
        let read = caller.call(PipeRead { pipe, size: CHUNK as u64 })?;
        anyhow::ensure!(read.len() == CHUNK, "only {} bytes came through", read.len());
        Ok(())
    });
    let (reader, writer) = nix::unistd::pipe()?;
    let mut buffer = vec![0; CHUNK];
    let mut host = each(|| {
        nix::unistd::write(&writer, &payload)?;
        nix::unistd::read(&reader, &mut buffer)
    });
    let spec = Spec::new("kernel/pipe 64 KiB, same thread")
        .budget(Budget::PeerRatio(0.3))
        .note("with the copy that makes the call's own bytes");
    meter.compare(spec, &mut ours, Some(("Linux pipe", &mut host)));
    caller.call(PipeClose { pipe })?;
    Ok(())
}

/// A thread that writes as many chunks as it is told to, until it is told no more.
struct Writer {
    orders: Option<SyncSender<u64>>,
    thread: Option<JoinHandle<anyhow::Result<()>>>,
}

impl Writer {
    fn start(mut write: impl FnMut() -> anyhow::Result<()> + Send + 'static) -> anyhow::Result<Self> {
        let (orders, taken): (SyncSender<u64>, Receiver<u64>) = sync_channel(1);
        let work = move || {
            while let Ok(count) = taken.recv() {
                for _ in 0..count {
                    write()?;
                }
            }
            Ok(())
        };
        let thread = thread::Builder::new().name("bench-writer".into()).spawn(work)?;
        Ok(Writer { orders: Some(orders), thread: Some(thread) })
    }

    fn order(&self, count: u64) -> anyhow::Result<()> {
        let orders = self.orders.as_ref().context("the writer was ended")?;
        orders.send(count).context("the writer has failed")
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // What went wrong in it was noticed at the other end.
            let _ = thread.join();
        }
    }
}

fn two_threads(meter: &mut dyn Meter, caller: &Caller) -> anyhow::Result<()> {
    let pipe = create(caller, CAPACITY)?;
    let writing = caller.clone();
    let payload: Bytes = vec![b'p'; CHUNK].into();
    let ours_writer = Writer::start(move || write_all(&writing, pipe, &payload))?;
    let mut ours = |count: u64| {
        let start = Instant::now();
        ours_writer.order(count)?;
        let mut left = count * CHUNK as u64;
        while left > 0 {
            left -= (read_some(caller, pipe, left.min(CHUNK as u64))?.len() as u64).min(left);
        }
        Ok(start.elapsed())
    };

    let (reader, writer) = nix::unistd::pipe()?;
    let capacity = i32::try_from(CAPACITY)?;
    nix::fcntl::fcntl(&writer, nix::fcntl::FcntlArg::F_SETPIPE_SZ(capacity)).context("a pipe of 1 MiB")?;
    let payload = vec![b'p'; CHUNK];
    let host_writer = Writer::start(move || host_write_all(&writer, &payload))?;
    let mut buffer = vec![0; CHUNK];
    let mut host = |count: u64| {
        let start = Instant::now();
        host_writer.order(count)?;
        let mut left = count * CHUNK as u64;
        while left > 0 {
            left -= (nix::unistd::read(&reader, &mut buffer)? as u64).min(left);
        }
        Ok(start.elapsed())
    };
    let spec = Spec::new(TWO_THREADS)
        .budget(Budget::PeerRatio(0.8))
        .least_batch(128)
        .note("1 MiB of room on both sides");
    meter.compare(spec, &mut ours, Some(("Linux pipe", &mut host)));
    drop(ours_writer);
    caller.call(PipeClose { pipe })?;
    Ok(())
}

fn host_write_all(writer: &OwnedFd, mut data: &[u8]) -> anyhow::Result<()> {
    while !data.is_empty() {
        let written = nix::unistd::write(writer, data)?;
        data = &data[written.min(data.len())..];
    }
    Ok(())
}

fn wait(caller: &Caller, pipe: PipeId, ready: PipeReady) -> SysResult<()> {
    caller.call(PipeWait { pipe, ready, timeout_millis: Some(PATIENCE_MILLIS) })
}

fn write_all(caller: &Caller, pipe: PipeId, data: &Bytes) -> anyhow::Result<()> {
    let mut rest = data.clone();
    loop {
        let len = rest.len();
        let keep = rest.0.clone();
        match caller.call(PipeWrite { pipe, data: rest }) {
            Ok(written) if written as usize >= len => return Ok(()),
            Ok(written) => rest = keep[written as usize..].to_vec().into(),
            Err(SysError { errno: Errno::EAGAIN, .. }) => {
                wait(caller, pipe, PipeReady::Writable)?;
                rest = keep.into();
            }
            Err(why) => return Err(why.into()),
        }
    }
}

fn read_some(caller: &Caller, pipe: PipeId, size: u64) -> SysResult<Bytes> {
    loop {
        match caller.call(PipeRead { pipe, size }) {
            Err(SysError { errno: Errno::EAGAIN, .. }) => wait(caller, pipe, PipeReady::Readable)?,
            result => return result,
        }
    }
}

/// Two processes of ours, two threads; the peer is two pipes of the host between two threads.
fn round_trip(meter: &mut dyn Meter, fixture: &Fixture) -> anyhow::Result<()> {
    let caller = &fixture.typed;
    let (there, back) = (create(caller, CHUNK)?, create(caller, CHUNK)?);
    let echoing = caller.clone();
    let echo = thread::Builder::new().name("bench-echo".into()).spawn(move || -> SysResult<()> {
        loop {
            let heard = read_some(&echoing, there, 1)?;
            if heard.first().is_none_or(|byte| *byte == BYE) {
                return Ok(());
            }
            echoing.call(PipeWrite { pipe: back, data: heard })?;
        }
    })?;
    let mut ours = each(|| {
        caller.call(PipeWrite { pipe: there, data: vec![1].into() })?;
        read_some(caller, back, 1)
    });

    let (host_in, host_there) = nix::unistd::pipe()?;
    let (host_back, host_out) = nix::unistd::pipe()?;
    let host_echo = thread::Builder::new().name("bench-echo".into()).spawn(move || -> nix::Result<()> {
        let mut byte = [0];
        while nix::unistd::read(&host_in, &mut byte)? == 1 {
            nix::unistd::write(&host_out, &byte)?;
        }
        Ok(())
    })?;
    let mut byte = [1];
    let mut host = each(move || {
        nix::unistd::write(&host_there, &byte)?;
        nix::unistd::read(&host_back, &mut byte)
    });
    let spec = Spec::new(ROUND_TRIP).budget(Budget::PeerRatio(0.6));
    meter.compare(spec, &mut ours, Some(("Linux pipe", &mut host)));

    caller.call(PipeWrite { pipe: there, data: vec![BYE].into() })?;
    let _ = echo.join();
    // Closes its end of the pipe, which ends the echo.
    drop(host);
    let _ = host_echo.join();
    for pipe in [there, back] {
        caller.call(PipeClose { pipe })?;
    }
    Ok(())
}
