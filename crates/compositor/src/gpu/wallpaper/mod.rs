//! The wallpaper and its blur: two textures that are drawn once per size and [`Scene`], and then are
//! plain images to egui.
//!
//! The sharp one has the size of the desktop. The blurred one has a quarter of its sides: a blur of
//! this width holds no finer detail, and glass in software rendering reads a small texture faster.
//! Both have the format of the canvas, so that the sharp one can be copied to it; 8 bits are enough,
//! since both shaders add noise below one step.

mod recipes;

pub(crate) use recipes::COUNT;
use recipes::Motif;

use egui::epaint::textures::TextureOptions;

use super::canvas::{Stage, pass};
use super::device::Gpu;
use super::painter::WallpaperFit;
use super::textures::Textures;
use super::{BACKDROP, WALLPAPER};
use crate::Scene;

/// Halvings of the blur; the picture comes back up to the second.
const LEVELS: usize = 5;
const FINAL_LEVEL: usize = 2;

/// Keeps both textures up to date.
pub(crate) struct Wallpaper {
    module: wgpu::ShaderModule,
    /// The motif that is shown; made when it is.
    draw: Option<(Motif, wgpu::RenderPipeline)>,
    down: wgpu::RenderPipeline,
    up: wgpu::RenderPipeline,
    finish: wgpu::RenderPipeline,
    recipe_layout: wgpu::BindGroupLayout,
    image_layout: wgpu::BindGroupLayout,
    sampler: wgpu::Sampler,
    made: Option<([u32; 2], Scene)>,
    due: Option<Job>,
    format: wgpu::TextureFormat,
    sharp: Option<wgpu::Texture>,
}

/// Textures that exist and wait to be drawn.
struct Job {
    recipe: wgpu::BindGroup,
    sharp: wgpu::TextureView,
    /// The chain of halvings: what is drawn, and how to read it.
    levels: Vec<(wgpu::TextureView, wgpu::BindGroup)>,
    read_sharp: wgpu::BindGroup,
}

impl Wallpaper {
    /// Pipelines only.
    pub(crate) fn new(gpu: &Gpu, format: wgpu::TextureFormat) -> Self {
        let device = &gpu.device;
        let module = device.create_shader_module(wgpu::include_wgsl!("wallpaper.wgsl"));
        let blur = device.create_shader_module(wgpu::include_wgsl!("blur.wgsl"));
        let recipe_layout = layout(device, &[uniform_entry()]);
        let image_layout = layout(device, &image_entries());
        let build = |fragment| build(device, &blur, fragment, &image_layout, format);
        Wallpaper {
            draw: None,
            down: build("down"),
            up: build("up"),
            finish: build("finish"),
            module,
            sampler: device.create_sampler(&wgpu::SamplerDescriptor {
                mag_filter: wgpu::FilterMode::Linear,
                min_filter: wgpu::FilterMode::Linear,
                lod_max_clamp: 0.0,
                ..Default::default()
            }),
            recipe_layout,
            image_layout,
            made: None,
            due: None,
            format,
            sharp: None,
        }
    }

    /// Makes new textures when size or scene changed, and registers them. They are drawn by `encode`.
    /// With [`WallpaperFit::Stretched`] a change of size alone makes nothing new.
    pub(crate) fn prepare(
        &mut self,
        gpu: &Gpu,
        textures: &mut Textures,
        size: [u32; 2],
        scene: Scene,
        fit: WallpaperFit,
    ) {
        let same_scene = self.made.is_some_and(|(_, made)| made == scene);
        if same_scene && (fit == WallpaperFit::Stretched || self.fits(size)) {
            return;
        }
        let device = &gpu.device;
        let motif = recipes::motif(scene);
        if self.draw.as_ref().is_none_or(|(made, _)| *made != motif) {
            let entry_point = motif.entry_point();
            let pipeline = build(device, &self.module, entry_point, &self.recipe_layout, self.format);
            self.draw = Some((motif, pipeline));
        }
        let uniforms = recipes::uniforms(size, scene);
        let buffer = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("wallpaper"),
            size: size_of_val(&uniforms) as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        gpu.queue.write_buffer(&buffer, 0, bytemuck::cast_slice(&uniforms));
        let recipe = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("wallpaper"),
            layout: &self.recipe_layout,
            entries: &[wgpu::BindGroupEntry { binding: 0, resource: buffer.as_entire_binding() }],
        });
        let texture = target(device, size, self.format);
        let sharp = texture.create_view(&Default::default());
        self.sharp = Some(texture);
        let levels: Vec<_> = (1..=LEVELS)
            .map(|level| {
                let texture = target(device, size.map(|side| (side >> level).max(1)), self.format);
                let view = texture.create_view(&Default::default());
                let read = self.reader(device, &view);
                (view, read)
            })
            .collect();
        textures.register(device, WALLPAPER, &sharp, TextureOptions::LINEAR);
        textures.register(device, BACKDROP, &levels[FINAL_LEVEL - 1].0, TextureOptions::LINEAR);
        let read_sharp = self.reader(device, &sharp);
        self.due = Some(Job { recipe, sharp, levels, read_sharp });
        self.made = Some((size, scene));
    }

    /// Whether the wallpaper that exists is for this size.
    pub(crate) fn fits(&self, size: [u32; 2]) -> bool {
        self.made.is_some_and(|(made, _)| made == size)
    }

    /// The sharp wallpaper, of the size that was last prepared.
    pub(crate) fn sharp(&self) -> Option<&wgpu::Texture> {
        self.sharp.as_ref()
    }

    /// Draws what is due; usually nothing.
    pub(crate) fn encode(&mut self, encoder: &mut wgpu::CommandEncoder) {
        let Some(job) = self.due.take() else { return };
        let mut step = |pipeline: &wgpu::RenderPipeline, from: &wgpu::BindGroup, to: &wgpu::TextureView| {
            let mut pass = pass(encoder, to, wgpu::LoadOp::Clear(wgpu::Color::BLACK));
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, from, &[]);
            pass.draw(0..3, 0..1);
        };
        if let Some((_, draw)) = &self.draw {
            step(draw, &job.recipe, &job.sharp);
        }
        let mut from = &job.read_sharp;
        for (view, read) in &job.levels {
            step(&self.down, from, view);
            from = read;
        }
        for level in (FINAL_LEVEL..LEVELS).rev() {
            let pipeline = if level == FINAL_LEVEL { &self.finish } else { &self.up };
            let (view, read) = &job.levels[level - 1];
            step(pipeline, from, view);
            from = read;
        }
    }

    fn reader(&self, device: &wgpu::Device, view: &wgpu::TextureView) -> wgpu::BindGroup {
        device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("blur"),
            layout: &self.image_layout,
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::TextureView(view) },
                wgpu::BindGroupEntry { binding: 1, resource: wgpu::BindingResource::Sampler(&self.sampler) },
            ],
        })
    }
}

fn build(
    device: &wgpu::Device,
    module: &wgpu::ShaderModule,
    fragment: &str,
    layout: &wgpu::BindGroupLayout,
    format: wgpu::TextureFormat,
) -> wgpu::RenderPipeline {
    let entry_points = ["everywhere", fragment];
    Stage { label: "wallpaper", module, entry_points, groups: &[Some(layout)], vertex: None, blend: None }
        .build(device, format)
}

fn target(device: &wgpu::Device, size: [u32; 2], format: wgpu::TextureFormat) -> wgpu::Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: Some("wallpaper"),
        size: wgpu::Extent3d { width: size[0], height: size[1], depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT
            | wgpu::TextureUsages::TEXTURE_BINDING
            | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    })
}

fn layout(device: &wgpu::Device, entries: &[wgpu::BindGroupLayoutEntry]) -> wgpu::BindGroupLayout {
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some("wallpaper"), entries })
}

fn uniform_entry() -> wgpu::BindGroupLayoutEntry {
    let ty = wgpu::BufferBindingType::Uniform;
    entry(0, wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None })
}

fn image_entries() -> [wgpu::BindGroupLayoutEntry; 2] {
    let texture = wgpu::BindingType::Texture {
        sample_type: wgpu::TextureSampleType::Float { filterable: true },
        view_dimension: wgpu::TextureViewDimension::D2,
        multisampled: false,
    };
    [entry(0, texture), entry(1, wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering))]
}

fn entry(binding: u32, ty: wgpu::BindingType) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry { binding, visibility: wgpu::ShaderStages::FRAGMENT, ty, count: None }
}
