//! A call that is handed to the kernel's pool, and its result.

use super::{super::runner::each, Fixture};
use crate::bench::{Meter, Spec};
use abi::{
    TaskId,
    table::{GetUptime, Stat},
};
use anyhow::Context;
use std::{
    sync::mpsc::sync_channel,
    thread,
    time::{Duration, Instant},
};

/// Longest wait for one result.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn rows(meter: &mut dyn Meter, fixture: &Fixture) {
    let name = "kernel/submit to result";
    if !meter.wants(name) {
        return;
    }
    fixture.wake_this_thread();
    let mut ours = each(|| {
        let task = fixture.system.submit(GetUptime {}.into())?;
        collect(fixture, task)
    });
    let (orders, taken) = sync_channel::<()>(1);
    let (done, results) = sync_channel::<()>(1);
    let hop = thread::Builder::new()
        .name("bench-hop".into())
        .spawn(move || while taken.recv().is_ok() && done.send(()).is_ok() {});
    let mut peer = each(|| -> anyhow::Result<()> {
        orders.send(()).context("the other thread has ended")?;
        results.recv().context("the other thread has ended")
    });
    let spec = Spec::new(name).note("submitted, run on the pool, woken, polled");
    meter.compare(spec, &mut ours, Some(("to a thread and back", &mut peer)));
    drop(peer);
    drop(orders);
    if let Ok(hop) = hop {
        let _ = hop.join();
    }

    let spec = Spec::new("kernel/submit, on the caller's side")
        .note("what the UI thread pays for a stat that touches the disk: submit and the poll that finds it");
    let mut submit = super::super::runner::timed(|| -> anyhow::Result<Duration> {
        let start = Instant::now();
        let task = fixture.system.submit(Stat { path: "/home".into(), follow: true }.into())?;
        let submitted = start.elapsed();
        wait(fixture, task)?;
        let start = Instant::now();
        fixture.system.poll(task).context("the result is gone")??;
        Ok(submitted + start.elapsed())
    });
    meter.compare(spec, &mut submit, None);
}

fn collect(fixture: &Fixture, task: TaskId) -> anyhow::Result<()> {
    let began = Instant::now();
    loop {
        if let Some(result) = fixture.system.poll(task) {
            result?;
            return Ok(());
        }
        anyhow::ensure!(began.elapsed() < PATIENCE, "no result in {} s", PATIENCE.as_secs());
        thread::park_timeout(PATIENCE);
    }
}

/// Until the task is done, without taking its result.
fn wait(fixture: &Fixture, task: TaskId) -> anyhow::Result<()> {
    use abi::table::{GetTaskStatus, TaskState};
    let began = Instant::now();
    loop {
        let status = fixture.system.call(GetTaskStatus { task })?;
        if !matches!(status.state, TaskState::Pending | TaskState::Running) {
            return Ok(());
        }
        anyhow::ensure!(began.elapsed() < PATIENCE, "no result in {} s", PATIENCE.as_secs());
        thread::park_timeout(Duration::from_millis(1));
    }
}
