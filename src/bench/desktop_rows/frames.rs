//! What a frame costs the processor before anything is drawn.

use super::{named, stage::Stage};
use crate::bench::{Budget, CpuTimer, Meter, Samples, timed};
use std::{
    convert::Infallible,
    time::{Duration, Instant},
};

/// Frames of one desktop at least.
const LEAST_FRAMES: usize = 60;

pub(super) fn rows(meter: &mut dyn Meter, windows: usize) -> anyhow::Result<()> {
    let name = |what: &str| named(windows, what).name;
    if !["logic", "layout", "tessellation", "frame CPU"].iter().any(|what| meter.wants(&name(what))) {
        return Ok(());
    }
    let mut stage = Stage::with_windows(windows)?;
    let [mut logic, mut layout, mut tessellation, mut whole] =
        std::array::from_fn(|_| Samples::of_batches(1));
    let began = Instant::now();
    while began.elapsed() < meter.slice() || whole.len() < LEAST_FRAMES {
        let timer = CpuTimer::start();
        let output = stage.frame_with_pointer();
        let cpu_time = timer.elapsed();
        let times = output.times;
        logic.push_time(times.logic);
        layout.push_time(times.layout);
        tessellation.push_time(times.tessellation);
        whole.push_time(cpu_time);
        if began.elapsed() > meter.slice() * 4 {
            break;
        }
    }
    meter.record(named(windows, "logic"), logic, None);
    meter.record(named(windows, "layout"), layout, None);
    meter.record(named(windows, "tessellation"), tessellation, None);
    let whole_name = named(windows, "frame CPU");
    let spec = match windows {
        10 => whole_name
            .budget(Budget::Median(Duration::from_millis(3)))
            .budget(Budget::P99(Duration::from_millis(6))),
        50 => whole_name
            .budget(Budget::P99(Duration::from_millis(8)))
            .note("the budget is that of 100 windows, 20 visible"),
        _ => whole_name,
    };
    meter.record(spec, whole, None);
    Ok(())
}

/// The frame as one operation.
pub(super) fn operation(meter: &mut dyn Meter, windows: usize) -> anyhow::Result<()> {
    let mut stage = Stage::with_windows(windows)?;
    let mut frame = timed(|| {
        let timer = CpuTimer::start();
        drop(stage.frame_with_pointer());
        Ok::<_, Infallible>(timer.elapsed())
    });
    meter.compare(named(windows, "frame CPU"), &mut frame, None);
    Ok(())
}
