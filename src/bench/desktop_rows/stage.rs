//! A desktop to be measured: booted as the product boots it, frames by hand.

use super::SIZE;
use crate::boot::{self, Boot, DataFolder};
use anyhow::Context;
use compositor::{
    Desktop, FirstRun, FrameOutput, Shell,
    gpu::{Picture, bench_support::PaintTimes},
};
use egui::{Event, Key, Modifiers, Pos2, RawInput, Rect, TexturesDelta, ViewportId, vec2};
use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

/// What opens, in turns, so that windows are of all kinds.
const MIX: [&str; 9] = [
    "files",
    "/apps/blueprint/utilities/calculator.bp",
    "terminal",
    "/apps/blueprint/productivity/notes.bp",
    "system-monitor",
    "/apps/blueprint/developer/gallery.bp",
    "settings",
    "task-manager",
    "text-editor",
];
const FRAME: Duration = Duration::from_nanos(16_666_667);
/// Frames and real time until a desktop that does not come to rest is measured as it is.
const MAX_SETTLE_FRAMES: usize = 200;
const MAX_SETTLE: Duration = Duration::from_secs(3);

pub(super) struct Stage {
    pub(super) shell: Shell,
    now: Duration,
    frames: u64,
    textures: TexturesDelta,
    // Dropped after the shell.
    _boot: Boot,
}

impl Stage {
    /// An empty desktop at rest.
    pub(super) fn empty() -> anyhow::Result<Self> {
        Self::first_run(FirstRun::Empty)
    }

    pub(super) fn first_run(first_run: FirstRun) -> anyhow::Result<Self> {
        let folder = Arc::new(DataFolder::given_or_temporary(None)?);
        let boot = boot::boot(folder, Arc::new(|| {}))?;
        let shell = boot.desktop(first_run);
        let textures = TexturesDelta::default();
        Ok(Stage { shell, now: Duration::ZERO, frames: 0, textures, _boot: boot })
    }

    /// A desktop at rest with so many windows of mixed apps.
    pub(super) fn with_windows(count: usize) -> anyhow::Result<Self> {
        let mut stage = Self::empty()?;
        stage.settle();
        for attempt in 0.. {
            let open = stage.shell.window_list().len();
            if open >= count {
                break;
            }
            anyhow::ensure!(attempt < count * 4 + MIX.len(), "only {open} of {count} windows opened");
            // An app that is there once does not open again, and one that is missing opens nowhere: the next
            // in turn does.
            if let Err(why) = stage.shell.open(MIX[attempt % MIX.len()]) {
                tracing::debug!(%why, "is not part of this desktop");
            }
            stage.frame(Vec::new());
        }
        stage.settle();
        Ok(stage)
    }

    /// One frame, a sixtieth of a second after the last. Its textures wait for [`Stage::picture`].
    pub(super) fn frame(&mut self, events: Vec<Event>) -> FrameOutput {
        self.now += FRAME;
        self.frames += 1;
        let size = vec2(SIZE[0] as f32, SIZE[1] as f32);
        let mut input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, size)),
            time: Some(self.now.as_secs_f64()),
            max_texture_side: Some(8_192),
            focused: true,
            events,
            ..RawInput::default()
        };
        input.viewports.entry(ViewportId::ROOT).or_default().native_pixels_per_point = Some(1.0);
        let mut output = self.shell.frame(input, self.now);
        self.textures.append(std::mem::take(&mut output.textures));
        output
    }

    /// A frame in which the pointer moves over the desktop.
    pub(super) fn frame_with_pointer(&mut self) -> FrameOutput {
        let at = self.frames as f32 * 7.0;
        let pos = egui::pos2(200.0 + at % 1_500.0, 150.0 + at % 700.0);
        self.frame(vec![Event::PointerMoved(pos)])
    }

    /// A frame's picture with the textures that it needs.
    pub(super) fn picture(&mut self, output: FrameOutput) -> (Picture, TexturesDelta) {
        let picture = Picture {
            primitives: output.primitives,
            size_pixels: SIZE,
            pixels_per_point: output.pixels_per_point,
            scene: output.scene,
        };
        (picture, std::mem::take(&mut self.textures))
    }

    /// Frames until nothing moves and no call is under way.
    pub(super) fn settle(&mut self) {
        let began = Instant::now();
        for _ in 0..MAX_SETTLE_FRAMES {
            let after = self.frame(Vec::new()).repaint_after;
            if began.elapsed() > MAX_SETTLE {
                break;
            }
            if self.shell.busy() {
                thread::sleep(Duration::from_millis(2));
            } else if after > FRAME {
                break;
            }
        }
    }

    /// Presses and releases a key, in a frame each.
    pub(super) fn press(&mut self, key: Key, modifiers: Modifiers) {
        for pressed in [true, false] {
            self.frame(vec![key_event(key, pressed, modifiers)]);
        }
    }

    /// The middle of what has this name, as a screen reader is told.
    pub(super) fn place_of(&mut self, name: &str) -> anyhow::Result<Pos2> {
        self.shell.set_accessibility(true);
        // The first frame only learns that somebody asks.
        self.frame(Vec::new());
        let output = self.frame(Vec::new());
        self.shell.set_accessibility(false);
        let tree = output.platform.accesskit_update.context("no accessibility tree")?;
        let node = tree.nodes.iter().find(|(_, node)| node.label() == Some(name));
        let bounds = node
            .and_then(|(_, node)| node.bounds())
            .with_context(|| format!("nothing is called \"{name}\""))?;
        Ok(egui::pos2((bounds.x0 + bounds.x1) as f32 / 2.0, (bounds.y0 + bounds.y1) as f32 / 2.0))
    }

    /// Presses the primary button at a place, and releases it.
    pub(super) fn click(&mut self, pos: Pos2) {
        self.frame(vec![Event::PointerMoved(pos)]);
        for pressed in [true, false] {
            self.frame(vec![button_event(pos, pressed)]);
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.shell.shutdown();
        // What was not drawn until now never is.
        self.textures.clear();
    }
}

pub(super) fn key_event(key: Key, pressed: bool, modifiers: Modifiers) -> Event {
    Event::Key { key, physical_key: None, pressed, repeat: false, modifiers }
}

pub(super) fn button_event(pos: Pos2, pressed: bool) -> Event {
    Event::PointerButton { pos, button: egui::PointerButton::Primary, pressed, modifiers: Modifiers::NONE }
}

/// A frame of the painter, all in.
pub(super) fn all_in(output: compositor::FrameTimes, painted: PaintTimes) -> Duration {
    output.total() + painted.total()
}
