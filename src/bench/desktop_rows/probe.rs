//! The program from outside: started again to answer one question about itself, so that nothing that was
//! measured before is in its memory or its caches.

use super::{SIZE, stage::Stage};
use crate::bench::{Budget, Meter, Samples, Spec, Unit, machine};
use anyhow::Context;
use compositor::{
    FirstRun, Scene,
    gpu::{AdapterChoice, AdapterKind, DamageTracking, Gpu, Picture, bench_support::TimedPainter},
};
use serde::{Deserialize, Serialize};
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// How often the program is started for its first frame.
const STARTS: usize = 7;

/// A question to the program about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Probe {
    /// When is the first frame there?
    FirstFrame,
    /// How much memory do an empty window's parts take?
    EmptyWindow,
    /// How much memory does a desktop with five apps take?
    FiveApps,
}

impl Probe {
    fn word(self) -> &'static str {
        match self {
            Probe::FirstFrame => "first-frame",
            Probe::EmptyWindow => "empty-window",
            Probe::FiveApps => "five-apps",
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    resident_bytes: u64,
    software: bool,
}

/// Answers with a line of JSON.
///
/// # Errors
/// The desktop does not start, or there is no graphics adapter.
pub fn answer(probe: Probe) -> anyhow::Result<String> {
    let gpu = Gpu::headless(AdapterChoice::Auto).context("a graphics adapter")?;
    let mut painter = TimedPainter::new(&gpu, DamageTracking::On);
    let mut stage = None;
    match probe {
        Probe::EmptyWindow => drop(painter.paint(empty_picture(), egui::TexturesDelta::default())?),
        Probe::FirstFrame => {
            let stage = stage.insert(Stage::first_run(FirstRun::Composed)?);
            paint(stage, &mut painter)?;
        }
        Probe::FiveApps => {
            let stage = stage.insert(Stage::with_windows(5)?);
            for _ in 0..30 {
                paint(stage, &mut painter)?;
            }
        }
    }
    let resident_bytes =
        machine::resident_bytes().context("this host does not say how much memory is in use")?;
    let answer = Answer { resident_bytes, software: gpu.kind() == AdapterKind::Software };
    Ok(serde_json::to_string(&answer)?)
}

fn paint(stage: &mut Stage, painter: &mut TimedPainter) -> anyhow::Result<()> {
    let output = stage.frame_with_pointer();
    let (picture, textures) = stage.picture(output);
    painter.paint(picture, textures)?;
    Ok(())
}

fn empty_picture() -> Picture {
    let scene = Scene { theme: widgets::ThemeChoice::Light, wallpaper: 0 };
    Picture { primitives: Vec::new(), size_pixels: SIZE, pixels_per_point: 1.0, scene }
}

pub(super) fn rows(meter: &mut dyn Meter, program: &Path) -> anyhow::Result<()> {
    let size = Spec::new("program/size of the binary").unit(Unit::Bytes).budget(Budget::Most(megabytes(60)));
    if meter.wants(&size.name) {
        let bytes = std::fs::metadata(program).context("the size of this program")?.len();
        meter.record(size, Samples::single(bytes as f64), None);
    }
    start(meter, program)?;
    memory(meter, program)
}

fn megabytes(count: u32) -> f64 {
    f64::from(count) * 1_000_000.0
}

fn start(meter: &mut dyn Meter, program: &Path) -> anyhow::Result<()> {
    let spec = Spec::new("program/start to the first frame with the dock");
    if !meter.wants(&spec.name) {
        return Ok(());
    }
    let mut samples = Samples::of_batches(1);
    let mut software = true;
    for warm in [false].into_iter().chain([true; STARTS]) {
        let (time, answer) = ask(program, Probe::FirstFrame)?;
        software = answer.software;
        if warm {
            samples.push_time(time);
        }
    }
    let most = Duration::from_millis(if software { 400 } else { 250 });
    let spec = spec
        .budget(Budget::Median(most))
        .note("a fresh data folder and a composed first run, drawn into a texture");
    meter.record(spec, samples, None);
    Ok(())
}

fn memory(meter: &mut dyn Meter, program: &Path) -> anyhow::Result<()> {
    let above = Spec::new("program/memory with five apps, above an empty window");
    let all = Spec::new("program/memory with five apps").unit(Unit::Bytes);
    if !meter.wants(&above.name) && !meter.wants(&all.name) {
        return Ok(());
    }
    let (_, empty) = ask(program, Probe::EmptyWindow)?;
    let (_, full) = ask(program, Probe::FiveApps)?;
    let bytes = full.resident_bytes as f64;
    meter.record(all, Samples::single(bytes), None);
    let above = above.unit(Unit::Bytes).budget(Budget::Most(megabytes(60)));
    meter.record(above, Samples::single(bytes - empty.resident_bytes as f64), None);
    Ok(())
}

/// Starts the program with a question; the time is until its answer.
fn ask(program: &Path, probe: Probe) -> anyhow::Result<(Duration, Answer)> {
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(["bench", "--probe", probe.word()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("this program cannot be started again")?;
    let line = first_line(&mut child);
    let time = start.elapsed();
    let status = child.wait().context("waiting for this program")?;
    let line = line?;
    anyhow::ensure!(status.success(), "this program failed as {}: {status}", probe.word());
    let answer = serde_json::from_str(&line)
        .with_context(|| format!("{} was answered with {line:?}", probe.word()))?;
    Ok((time, answer))
}

fn first_line(child: &mut Child) -> anyhow::Result<String> {
    let output = child.stdout.take().context("its output is piped")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).context("reading its answer")?;
    Ok(line)
}
