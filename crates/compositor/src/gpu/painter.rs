//! The painter: takes frames, keeps the picture of the last one, draws what changed.
//!
//! A frame goes through [`Painter::apply_textures`], [`Painter::prepare`] (what changed, upload) and
//! [`Painter::render`] (encode, submit, copy to a window); [`Painter::paint`] is the last two.
//!
//! **Invariants** (checked in `verify_invariants`)
//! - The canvas has the size of the prepared frame, within the adapter's limit.
//! - The damage rectangles lie inside the canvas and do not overlap, so nothing is blended twice.
//! - Every draw's indices lie in the index buffer that was written.
//!
//! Paint callbacks of egui are not supported: our windows draw with shapes, and a callback would have to
//! know a renderer.

use egui::epaint::ClippedPrimitive;
use egui::epaint::textures::TextureOptions;
use egui::{TextureId, TexturesDelta};

use super::batch::{self, Batch, Item, Kind, Kinds, Wanted};
use super::buffers::GrowingBuffer;
use super::canvas::{Canvas, Pipelines, pass, set_scissor};
use super::damage::Damage;
use super::device::{AdapterKind, Gpu};
use super::diff;
use super::error::GpuError;
use super::pixels::PixelRect;
use super::shot::Shot;
use super::textures::Textures;
use super::wallpaper::Wallpaper;
use crate::Scene;

/// Whether only what changed is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DamageTracking {
    /// Draw what changed since the last frame.
    #[default]
    On,
    /// Draw everything each time; for comparison.
    Off,
}

/// What happens to the wallpaper at a new size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WallpaperFit {
    /// It is drawn for that size.
    #[default]
    Exact,
    /// The one of the size before is stretched, while sizes keep changing.
    Stretched,
}

/// A frame to draw.
#[derive(Debug)]
pub struct Picture {
    /// Back to front, in points.
    pub primitives: Vec<ClippedPrimitive>,
    /// Size of the target in physical pixels.
    pub size_pixels: [u32; 2],
    /// Physical pixels per point.
    pub pixels_per_point: f32,
    /// What is behind everything.
    pub scene: Scene,
}

/// What drawing a frame came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Painted {
    /// What was drawn again, without overlap; empty when the picture did not change.
    pub damage: Vec<PixelRect>,
    /// Draw calls.
    pub draws: usize,
    /// Vertices uploaded.
    pub vertices: usize,
}

impl Painted {
    /// Pixels drawn again.
    #[must_use]
    pub fn damaged_pixels(&self) -> u64 {
        self.damage.iter().map(PixelRect::area).sum()
    }
}

/// Draws frames into a texture of its own.
pub struct Painter {
    gpu: Gpu,
    format: wgpu::TextureFormat,
    tracking: DamageTracking,
    pipelines: Pipelines,
    textures: Textures,
    wallpaper: Wallpaper,
    canvas: Option<Canvas>,
    vertices: GrowingBuffer,
    indices: GrowingBuffer,
    batch: Batch,
    /// The frame that the canvas shows, or will show after `render`.
    shown: Vec<Item>,
    shown_scale: f32,
    damage: Vec<PixelRect>,
    /// The frame starts with the wallpaper on everything: it is copied, not drawn.
    on_wallpaper: bool,
    kinds: Kinds,
    fit: WallpaperFit,
    callbacks_seen: bool,
}

impl Painter {
    /// The best format for a picture that is not shown in a window, and for a window where there is a choice:
    /// lavapipe fills it in a quarter of the time that RGBA takes.
    pub const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Bgra8Unorm;

    /// A painter whose canvas has `format`: 8-bit RGBA or BGRA, not sRGB (egui blends in gamma space).
    #[must_use]
    pub fn new(gpu: &Gpu, format: wgpu::TextureFormat) -> Painter {
        let textures = Textures::new(&gpu.device);
        Painter {
            pipelines: Pipelines::new(gpu, format, textures.layout()),
            wallpaper: Wallpaper::new(gpu, format),
            textures,
            canvas: None,
            vertices: GrowingBuffer::new("vertices", wgpu::BufferUsages::VERTEX),
            indices: GrowingBuffer::new("indices", wgpu::BufferUsages::INDEX),
            batch: Batch::default(),
            shown: Vec::new(),
            shown_scale: 1.0,
            damage: Vec::new(),
            on_wallpaper: false,
            kinds: match gpu.kind() {
                AdapterKind::Gpu => Kinds::Same,
                AdapterKind::Software => Kinds::Apart,
            },
            fit: WallpaperFit::default(),
            callbacks_seen: false,
            tracking: DamageTracking::default(),
            gpu: gpu.clone(),
            format,
        }
    }

    /// Switches damage tracking. On by default.
    pub fn set_damage_tracking(&mut self, tracking: DamageTracking) {
        self.tracking = tracking;
    }

    /// What happens to the wallpaper when the next frames have other sizes.
    pub fn set_wallpaper(&mut self, fit: WallpaperFit) {
        self.fit = fit;
    }

    /// The device it draws with.
    #[must_use]
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// Takes new and changed textures. To be called for every frame in order, also for those that are not
    /// drawn; freed textures are left in `delta` for [`Painter::free_textures`] after drawing.
    pub fn apply_textures(&mut self, delta: &mut TexturesDelta) {
        self.textures.set(&self.gpu.device, &self.gpu.queue, delta);
    }

    /// Drops what a frame freed, after it was drawn.
    pub fn free_textures(&mut self, delta: &mut TexturesDelta) {
        self.textures.free(delta);
    }

    /// Makes a texture of the caller's known to egui. Ids 0 and 1 of [`TextureId::User`] are taken.
    pub fn register(&mut self, id: TextureId, view: &wgpu::TextureView, options: TextureOptions) {
        self.textures.register(&self.gpu.device, id, view, options);
    }

    /// Works out what changed and uploads what it takes to draw it.
    ///
    /// # Errors
    /// [`GpuError::Size`] when the picture is empty or larger than a texture can be; the canvas is as before.
    pub fn prepare(&mut self, picture: Picture) -> Result<(), GpuError> {
        let [width, height] = picture.size_pixels;
        let limit = self.gpu.max_texture_side();
        if width == 0 || height == 0 || width > limit || height > limit {
            return Err(GpuError::Size { width, height, limit });
        }
        let scale = if picture.pixels_per_point.is_finite() && picture.pixels_per_point > 0.0 {
            picture.pixels_per_point
        } else {
            1.0
        };
        let size = picture.size_pixels;
        let (items, callbacks) = batch::items(picture.primitives, scale, size);
        if callbacks > 0 && !std::mem::replace(&mut self.callbacks_seen, true) {
            tracing::debug!(callbacks, "paint callbacks are not drawn by this painter");
        }
        self.wallpaper.prepare(&self.gpu, &mut self.textures, size, picture.scene, self.fit);

        let mut damage = if self.tracking == DamageTracking::On
            && self.shown_scale == scale
            && self.canvas.as_ref().is_some_and(|canvas| canvas.size() == size)
        {
            Damage::none(size)
        } else {
            Damage::all(size)
        };
        // What an earlier `prepare` found and nobody rendered is still to be drawn.
        for rect in &self.damage {
            damage.mark(rect);
        }
        let changes = self.textures.take_changes();
        if !damage.is_all() {
            diff::mark_changes(&self.shown, &items, scale, &mut damage);
            if !changes.is_empty() {
                diff::mark_textures(&items, &changes, scale, &mut damage);
            }
        }
        if self.canvas.as_ref().is_none_or(|canvas| canvas.size() != size) {
            self.canvas = Some(Canvas::new(&self.gpu, size, self.format));
        }
        self.damage = damage.rects();
        self.shown = items;
        self.shown_scale = scale;
        self.upload(size, scale);
        if cfg!(debug_assertions) {
            self.verify_invariants();
        }
        Ok(())
    }

    /// Whether [`Painter::render`] has something to draw.
    #[must_use]
    pub fn has_damage(&self) -> bool {
        !self.damage.is_empty()
    }

    /// Draws what was prepared, and copies the picture to `present` (of the canvas's size and format).
    pub fn render(&mut self, present: Option<&wgpu::Texture>) -> Painted {
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        let painted = self.encode(&mut encoder);
        if let Some(target) = present {
            self.encode_copy(&mut encoder, target);
        }
        self.gpu.queue.submit([encoder.finish()]);
        painted
    }

    /// [`Painter::prepare`] and [`Painter::render`].
    ///
    /// # Errors
    /// As [`Painter::prepare`].
    pub fn paint(&mut self, picture: Picture) -> Result<Painted, GpuError> {
        self.prepare(picture)?;
        Ok(self.render(None))
    }

    /// The picture, for another renderer on the same device. It is another texture for each size; nothing
    /// before the first frame.
    #[must_use]
    pub fn view(&self) -> Option<&wgpu::TextureView> {
        self.canvas.as_ref().map(|canvas| &canvas.view)
    }

    /// Reads the picture. Waits for the GPU.
    ///
    /// # Errors
    /// [`GpuError::ReadBack`], also when nothing was painted yet.
    pub fn read(&self) -> Result<Shot, GpuError> {
        match &self.canvas {
            Some(canvas) => Shot::read(&self.gpu, &canvas.texture),
            None => Err(GpuError::ReadBack { detail: "nothing was painted yet".to_owned() }),
        }
    }

    fn upload(&mut self, size: [u32; 2], scale: f32) {
        // Half of the limit leaves room for the growth of the buffers.
        let most = self.gpu.device.limits().max_buffer_size / 2 / size_of::<egui::epaint::Vertex>() as u64;
        let most = usize::try_from(most).unwrap_or(usize::MAX).min(u32::MAX as usize);
        let wallpaper = self.shown.first().map(|item| batch::is_wallpaper_of_all(item, scale, size));
        self.on_wallpaper = wallpaper.unwrap_or(false) && self.wallpaper.fits(size);
        let wanted = Wanted {
            rects: &self.damage,
            whole: self.damage == [PixelRect::of_size(size)],
            pixels_per_point: scale,
            skip: usize::from(self.on_wallpaper),
            most_vertices: most,
            kinds: self.kinds,
        };
        let left_out = self.batch.collect(&self.shown, &wanted);
        if left_out > 0 {
            tracing::error!(left_out, "too many vertices in one frame; the last ones are not drawn");
        }
        let (device, queue) = (&self.gpu.device, &self.gpu.queue);
        self.pipelines.set_screen(queue, [size[0] as f32 / scale, size[1] as f32 / scale]);
        let indices = [bytemuck::cast_slice(&self.batch.indices)];
        self.indices.write(device, queue, self.batch.indices.len() as u64 * 4, indices);
        let vertices = self.batch.used.iter().map(|at| bytemuck::cast_slice(&self.shown[*at].mesh.vertices));
        let len = (self.batch.vertices * size_of::<egui::epaint::Vertex>()) as u64;
        self.vertices.write(device, queue, len, vertices);
    }

    /// Encodes the wallpaper if it is due, and the damaged parts. The damage is drawn after this.
    pub(super) fn encode(&mut self, encoder: &mut wgpu::CommandEncoder) -> Painted {
        self.wallpaper.encode(encoder);
        let damage = std::mem::take(&mut self.damage);
        let mut painted = Painted { damage, draws: 0, vertices: self.batch.vertices };
        let (Some(canvas), false) = (&self.canvas, painted.damage.is_empty()) else {
            return painted;
        };
        let whole = painted.damage == [PixelRect::of_size(canvas.size())];
        let wallpaper = self.wallpaper.sharp().filter(|_| self.on_wallpaper);
        let load = match wallpaper {
            Some(wallpaper) => {
                for rect in &painted.damage {
                    copy_part(encoder, wallpaper, &canvas.texture, rect);
                }
                wgpu::LoadOp::Load
            }
            None if whole => wgpu::LoadOp::Clear(wgpu::Color::BLACK),
            None => wgpu::LoadOp::Load,
        };
        let mut pass = pass(encoder, &canvas.view, load);
        for rect in &painted.damage {
            if !whole && wallpaper.is_none() {
                set_scissor(&mut pass, rect);
                pass.set_pipeline(&self.pipelines.under);
                pass.draw(0..3, 0..1);
            }
            painted.draws += self.draw(&mut pass, rect);
        }
        painted
    }

    /// Draws what touches `rect`, and returns the number of draw calls.
    fn draw(&self, pass: &mut wgpu::RenderPass<'_>, rect: &PixelRect) -> usize {
        let (Some(vertices), Some(indices)) = (self.vertices.get(), self.indices.get()) else {
            return 0;
        };
        pass.set_bind_group(0, &self.pipelines.screen_bind_group, &[]);
        pass.set_vertex_buffer(0, vertices.slice(..));
        pass.set_index_buffer(indices.slice(..), wgpu::IndexFormat::Uint32);
        let (mut draws, mut kind, mut texture, mut scissor) = (0, None, None, None);
        for draw in &self.batch.draws {
            let clip = draw.clip.intersect(rect);
            if draw.bounds.intersect(&clip).is_empty() {
                continue;
            }
            // A fill reads no texture; any that is bound does, and the first has to be.
            if texture != Some(draw.texture) && (draw.kind != Kind::Fill || texture.is_none()) {
                let Some(group) = self.textures.bind_group(draw.texture) else {
                    tracing::debug!(texture = ?draw.texture, "a texture that does not exist is not drawn");
                    continue;
                };
                pass.set_bind_group(1, group, &[]);
                texture = Some(draw.texture);
            }
            if kind != Some(draw.kind) {
                pass.set_pipeline(self.pipelines.of(draw.kind));
                kind = Some(draw.kind);
            }
            if scissor != Some(clip) {
                set_scissor(pass, &clip);
                scissor = Some(clip);
            }
            pass.draw_indexed(draw.indices.clone(), 0, 0..1);
            draws += 1;
        }
        draws
    }

    /// Encodes a copy of the picture to `target`; by a draw where the target cannot be copied to.
    pub(super) fn encode_copy(&self, encoder: &mut wgpu::CommandEncoder, target: &wgpu::Texture) {
        let Some(canvas) = &self.canvas else { return };
        if target.usage().contains(wgpu::TextureUsages::COPY_DST)
            && target.size() == canvas.texture.size()
            && target.format().remove_srgb_suffix() == canvas.texture.format()
        {
            encoder.copy_texture_to_texture(
                canvas.texture.as_image_copy(),
                target.as_image_copy(),
                canvas.texture.size(),
            );
            return;
        }
        let group = self.textures.bind_once(&self.gpu.device, &canvas.view);
        let view = target.create_view(&wgpu::TextureViewDescriptor {
            format: Some(canvas.texture.format()),
            ..Default::default()
        });
        let mut pass = pass(encoder, &view, wgpu::LoadOp::Clear(wgpu::Color::BLACK));
        pass.set_pipeline(&self.pipelines.blit);
        pass.set_bind_group(0, &group, &[]);
        pass.draw(0..3, 0..1);
    }

    /// Panics when an invariant of the module does not hold.
    fn verify_invariants(&self) {
        let size = self.canvas.as_ref().map_or([0, 0], Canvas::size);
        for (at, rect) in self.damage.iter().enumerate() {
            assert_eq!(rect.intersect(&PixelRect::of_size(size)), *rect, "damage leaves the canvas");
            let overlaps = |other: &PixelRect| !other.intersect(rect).is_empty();
            assert!(!self.damage[at + 1..].iter().any(overlaps), "damage overlaps");
        }
        for draw in &self.batch.draws {
            assert!(draw.indices.end as usize <= self.batch.indices.len(), "indices were not written");
        }
    }
}

fn copy_part(encoder: &mut wgpu::CommandEncoder, from: &wgpu::Texture, to: &wgpu::Texture, rect: &PixelRect) {
    let at = |texture| wgpu::TexelCopyTextureInfo {
        texture,
        mip_level: 0,
        origin: wgpu::Origin3d { x: rect.min[0], y: rect.min[1], z: 0 },
        aspect: wgpu::TextureAspect::All,
    };
    let size = wgpu::Extent3d { width: rect.width(), height: rect.height(), depth_or_array_layers: 1 };
    encoder.copy_texture_to_texture(at(from), at(to), size);
}
