//! What drawing costs: ours beside the stock renderer for the same triangles, and what people feel.

use super::{
    named,
    stage::{Stage, all_in, button_event, key_event},
};
use crate::bench::{Budget, Meter, Samples, Spec};
use anyhow::Context;
use compositor::gpu::{
    DamageTracking, Gpu,
    bench_support::{PaintTimes, TimedPainter},
};
use egui::{Event, Key, Modifiers, pos2};
use std::time::{Duration, Instant};

/// Frames of each painter at least.
const LEAST_FRAMES: usize = 8;
/// Painters get more time than other rows: a frame of theirs is slow in software rendering.
const SLICES: u32 = 2;

/// Everything changes in each frame, as in the worst animation.
pub(super) fn rows(meter: &mut dyn Meter, gpu: &Gpu, windows: usize) -> anyhow::Result<()> {
    let whole = named(windows, "painted, everything changed");
    let names = ["upload", "encode", "GPU"].map(|what| named(windows, what).name);
    if !names.iter().chain([&whole.name]).any(|name| meter.wants(name)) {
        return Ok(());
    }
    let mut stage = Stage::with_windows(windows)?;
    let mut ours = TimedPainter::new(gpu, DamageTracking::Off);
    #[cfg(feature = "peers")]
    let mut stock = compositor::gpu::bench_support::TimedStock::new(gpu);
    let [mut upload, mut encode, mut device, mut total] = std::array::from_fn(|_| Samples::of_batches(1));
    #[allow(unused_mut, reason = "without the feature there is no peer")]
    let mut peer = Samples::of_batches(1);
    let began = Instant::now();
    let mut frames = 0;
    while began.elapsed() < meter.slice() * SLICES || total.len() < LEAST_FRAMES {
        let output = stage.frame_with_pointer();
        let (mut picture, textures) = stage.picture(output);
        // The stock renderer has no wallpaper, so neither has ours here.
        picture.primitives.retain(|primitive| !is_wallpaper(primitive));
        #[cfg(feature = "peers")]
        let stock_times = stock.paint(&picture, &textures);
        let (times, _) = ours.paint(picture, textures)?;
        frames += 1;
        // The first frames make pipelines, buffers and the wallpaper.
        if frames <= 2 {
            continue;
        }
        #[cfg(feature = "peers")]
        peer.push_time(stock_times.total());
        upload.push_time(times.upload);
        encode.push_time(times.encode);
        device.push_time(times.gpu);
        total.push_time(times.total());
        if began.elapsed() > meter.slice() * SLICES * 3 {
            break;
        }
    }
    meter.record(named(windows, "upload"), upload, None);
    meter.record(named(windows, "encode"), encode, None);
    meter.record(named(windows, "GPU"), device, None);
    let whole = if windows == 10 { whole.budget(Budget::PeerRatio(0.25)) } else { whole };
    let peer = (!peer.is_empty()).then_some(("stock egui-wgpu", peer));
    meter.record(whole, total, peer);
    Ok(())
}

fn is_wallpaper(primitive: &egui::ClippedPrimitive) -> bool {
    match &primitive.primitive {
        egui::epaint::Primitive::Mesh(mesh) => {
            [compositor::gpu::WALLPAPER, compositor::gpu::BACKDROP].contains(&mesh.texture_id)
        }
        egui::epaint::Primitive::Callback(_) => false,
    }
}

/// Frames as people cause them, with damage tracking, all in: logic, layout, triangles, drawing.
pub(super) fn interaction(meter: &mut dyn Meter, gpu: &Gpu) -> anyhow::Result<()> {
    let idle = named(10, "nothing changed, all in")
        .note("the pointer rests; a window asks for a frame all the same");
    if meter.wants(&idle.name) {
        let mut scene = Scene::new(gpu, 10)?;
        let samples = scene.sample(meter.slice(), |_| Vec::new())?;
        meter.record(idle, samples, None);
    }
    drag(meter, gpu)?;
    keystroke(meter, gpu)
}

fn drag(meter: &mut dyn Meter, gpu: &Gpu) -> anyhow::Result<()> {
    let spec = named(10, "window dragged, all in").budget(Budget::Median(Duration::from_millis(16)));
    if !meter.wants(&spec.name) {
        return Ok(());
    }
    let mut scene = Scene::new(gpu, 10)?;
    let window = scene.stage.shell.window_list().pop().context("a window on top")?;
    let [x, y, width, _] = window.rect;
    // The middle of a title bar is free of buttons.
    let grip = pos2(x + width / 2.0, y + 12.0);
    scene.stage.frame(vec![Event::PointerMoved(grip)]);
    scene.stage.frame(vec![Event::PointerMoved(grip), button_event(grip, true)]);
    let samples = scene.sample(meter.slice() * SLICES, |frame| {
        let swing = (frame as f32 * 0.1).sin();
        vec![Event::PointerMoved(pos2(grip.x + swing * 200.0, grip.y + 60.0 + swing.abs() * 60.0))]
    })?;
    let moved = scene.stage.shell.window_list().pop().context("a window on top")?;
    anyhow::ensure!(
        moved.id == window.id && moved.rect != window.rect,
        "the window did not follow the pointer"
    );
    meter.record(spec, samples, None);
    Ok(())
}

fn keystroke(meter: &mut dyn Meter, gpu: &Gpu) -> anyhow::Result<()> {
    let painted = Spec::new("desktop/keystroke in a text field, painted")
        .budget(Budget::Median(Duration::from_millis(5)))
        .note("drawing alone, with damage only");
    let whole =
        Spec::new("desktop/keystroke in a text field, all in").budget(Budget::P99(Duration::from_millis(16)));
    if !meter.wants(&painted.name) && !meter.wants(&whole.name) {
        return Ok(());
    }
    let mut scene = Scene::new(gpu, 0)?;
    scene.stage.shell.open("notes").map_err(anyhow::Error::msg)?;
    scene.stage.settle();
    let field = scene.stage.place_of("Search notes")?;
    scene.stage.click(field);
    scene.stage.settle();
    let mut drawing = Samples::of_batches(1);
    let mut all = Samples::of_batches(1);
    let slice = meter.slice();
    scene.run(slice, type_and_delete, |times, painted| {
        drawing.push_time(painted.total());
        all.push_time(all_in(times, painted));
    })?;
    meter.record(painted, drawing, None);
    meter.record(whole, all, None);
    Ok(())
}

/// One character each frame, and after twenty of them as many are taken away.
fn type_and_delete(frame: u64) -> Vec<Event> {
    if (frame / 20).is_multiple_of(2) {
        vec![Event::Text("a".to_owned())]
    } else {
        [true, false].map(|pressed| key_event(Key::Backspace, pressed, Modifiers::NONE)).to_vec()
    }
}

struct Scene {
    stage: Stage,
    painter: TimedPainter,
}

impl Scene {
    fn new(gpu: &Gpu, windows: usize) -> anyhow::Result<Self> {
        let stage = Stage::with_windows(windows)?;
        Ok(Scene { stage, painter: TimedPainter::new(gpu, DamageTracking::On) })
    }

    fn sample(&mut self, slice: Duration, events: impl FnMut(u64) -> Vec<Event>) -> anyhow::Result<Samples> {
        let mut samples = Samples::of_batches(1);
        self.run(slice, events, |times, painted| samples.push_time(all_in(times, painted)))?;
        Ok(samples)
    }

    fn run(
        &mut self,
        slice: Duration,
        mut events: impl FnMut(u64) -> Vec<Event>,
        mut take: impl FnMut(compositor::FrameTimes, PaintTimes),
    ) -> anyhow::Result<()> {
        for _ in 0..2 {
            self.paint(Vec::new())?;
        }
        let began = Instant::now();
        let mut frame = 0;
        while began.elapsed() < slice || frame < LEAST_FRAMES as u64 {
            let (times, painted) = self.paint(events(frame))?;
            take(times, painted);
            frame += 1;
        }
        Ok(())
    }

    fn paint(&mut self, events: Vec<Event>) -> anyhow::Result<(compositor::FrameTimes, PaintTimes)> {
        let output = self.stage.frame(events);
        let times = output.times;
        let (picture, textures) = self.stage.picture(output);
        let (painted, _) = self.painter.paint(picture, textures)?;
        Ok((times, painted))
    }
}
