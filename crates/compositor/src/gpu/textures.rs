//! The textures egui refers to, on the GPU, with one bind group each.

use egui::epaint::ImageDelta;
use egui::epaint::textures::{TextureFilter, TextureOptions, TextureWrapMode};
use egui::{TextureId, TexturesDelta};
use std::collections::HashMap;

use super::diff::TextureChange;

/// Texels of egui's images: gamma-encoded, premultiplied, read as they are.
const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

struct Texture {
    /// None for a texture that somebody else owns.
    texture: Option<wgpu::Texture>,
    options: TextureOptions,
    bind_group: wgpu::BindGroup,
}

/// All textures of one painter.
pub(crate) struct Textures {
    layout: wgpu::BindGroupLayout,
    samplers: HashMap<TextureOptions, wgpu::Sampler>,
    textures: HashMap<TextureId, Texture>,
    changes: HashMap<TextureId, TextureChange>,
}

impl Textures {
    /// No textures.
    pub(crate) fn new(device: &wgpu::Device) -> Self {
        let entry = |binding, ty| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::FRAGMENT,
            ty,
            count: None,
        };
        let texture = wgpu::BindingType::Texture {
            sample_type: wgpu::TextureSampleType::Float { filterable: true },
            view_dimension: wgpu::TextureViewDimension::D2,
            multisampled: false,
        };
        let sampler = wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering);
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("texture and sampler"),
            entries: &[entry(0, texture), entry(1, sampler)],
        });
        Textures { layout, samplers: HashMap::new(), textures: HashMap::new(), changes: HashMap::new() }
    }

    /// Layout of every bind group: texture, sampler.
    pub(crate) fn layout(&self) -> &wgpu::BindGroupLayout {
        &self.layout
    }

    /// To draw with a texture; `None` when it does not exist.
    pub(crate) fn bind_group(&self, id: TextureId) -> Option<&wgpu::BindGroup> {
        self.textures.get(&id).map(|texture| &texture.bind_group)
    }

    /// What changed since this was last asked.
    pub(crate) fn take_changes(&mut self) -> HashMap<TextureId, TextureChange> {
        std::mem::take(&mut self.changes)
    }

    /// New and changed textures, taken out of `delta`.
    pub(crate) fn set(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, delta: &mut TexturesDelta) {
        for (id, changes) in delta.set.drain() {
            for change in &changes {
                match change.pos {
                    None => self.replace(device, queue, id, change),
                    Some(pos) => self.patch(device, queue, id, pos, change),
                }
            }
        }
    }

    /// Freed textures, taken out of `delta`, after the frame that freed them was drawn.
    pub(crate) fn free(&mut self, delta: &mut TexturesDelta) {
        for id in delta.free.drain() {
            self.textures.remove(&id);
            self.changes.insert(id, TextureChange::Whole);
        }
    }

    /// Makes a texture of ours known under `id`.
    pub(crate) fn register(
        &mut self,
        device: &wgpu::Device,
        id: TextureId,
        view: &wgpu::TextureView,
        options: TextureOptions,
    ) {
        let bind_group = self.bind(device, view, options);
        self.textures.insert(id, Texture { texture: None, options, bind_group });
        self.changes.insert(id, TextureChange::Whole);
    }

    /// A bind group for one use of a view that is not registered.
    pub(crate) fn bind_once(&self, device: &wgpu::Device, view: &wgpu::TextureView) -> wgpu::BindGroup {
        bind(device, &self.layout, view, &sampler(device, TextureOptions::NEAREST))
    }

    fn replace(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, id: TextureId, change: &ImageDelta) {
        let limit = device.limits().max_texture_dimension_2d as usize;
        let [width, height] = change.image.size();
        if width == 0 || height == 0 || width > limit || height > limit {
            tracing::warn!(?id, width, height, limit, "an image is too large to be drawn");
            self.textures.remove(&id);
            self.changes.insert(id, TextureChange::Whole);
            return;
        }
        let kept = self.textures.remove(&id).and_then(|old| {
            let texture = old.texture?;
            let same = [texture.width() as usize, texture.height() as usize] == [width, height];
            (same && old.options == change.options).then_some((texture, old.bind_group))
        });
        let (texture, bind_group) = kept.unwrap_or_else(|| {
            let texture = device.create_texture(&wgpu::TextureDescriptor {
                label: Some("image"),
                size: wgpu::Extent3d { width: width as u32, height: height as u32, depth_or_array_layers: 1 },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format: FORMAT,
                usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
                view_formats: &[],
            });
            let bind_group = self.bind(device, &texture.create_view(&Default::default()), change.options);
            (texture, bind_group)
        });
        write(queue, &texture, [0, 0], change);
        self.textures.insert(id, Texture { texture: Some(texture), options: change.options, bind_group });
        self.changes.insert(id, TextureChange::Whole);
    }

    fn patch(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        id: TextureId,
        pos: [usize; 2],
        change: &ImageDelta,
    ) {
        let Some(mut entry) = self.textures.remove(&id) else {
            tracing::warn!(?id, "a part of an unknown texture changed");
            return;
        };
        if let Some(texture) = &entry.texture {
            let whole = [texture.width() as usize, texture.height() as usize];
            let part = change.image.size();
            if pos[0] + part[0] <= whole[0] && pos[1] + part[1] <= whole[1] {
                write(queue, texture, pos, change);
                self.note_part(id, pos, part, whole);
            } else {
                tracing::warn!(?id, "a part outside of its texture changed");
            }
            if entry.options != change.options {
                entry.bind_group =
                    self.bind(device, &texture.create_view(&Default::default()), change.options);
                entry.options = change.options;
                self.changes.insert(id, TextureChange::Whole);
            }
        }
        self.textures.insert(id, entry);
    }

    /// Notes a changed part in UV, a texel wider on each side for filtering.
    fn note_part(&mut self, id: TextureId, pos: [usize; 2], part: [usize; 2], whole: [usize; 2]) {
        let uv = |texel: f32, side: usize| texel / whole[side] as f32;
        let changed = egui::Rect::from_min_max(
            egui::pos2(uv(pos[0] as f32 - 1.0, 0), uv(pos[1] as f32 - 1.0, 1)),
            egui::pos2(uv((pos[0] + part[0]) as f32 + 1.0, 0), uv((pos[1] + part[1]) as f32 + 1.0, 1)),
        );
        match self.changes.entry(id).or_insert_with(|| TextureChange::Parts(Vec::new())) {
            TextureChange::Whole => {}
            TextureChange::Parts(parts) => parts.push(changed),
        }
    }

    fn bind(
        &mut self,
        device: &wgpu::Device,
        view: &wgpu::TextureView,
        options: TextureOptions,
    ) -> wgpu::BindGroup {
        let sampler = self.samplers.entry(options).or_insert_with(|| sampler(device, options));
        bind(device, &self.layout, view, sampler)
    }
}

fn bind(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    view: &wgpu::TextureView,
    sampler: &wgpu::Sampler,
) -> wgpu::BindGroup {
    device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("texture and sampler"),
        layout,
        entries: &[
            wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::TextureView(view) },
            wgpu::BindGroupEntry { binding: 1, resource: wgpu::BindingResource::Sampler(sampler) },
        ],
    })
}

fn write(queue: &wgpu::Queue, texture: &wgpu::Texture, pos: [usize; 2], change: &ImageDelta) {
    let egui::epaint::ImageData::Color(image) = &change.image;
    let [width, height] = image.size.map(|side| side as u32);
    if width == 0 || height == 0 || image.pixels.len() != image.size[0] * image.size[1] {
        return;
    }
    queue.write_texture(
        wgpu::TexelCopyTextureInfo {
            texture,
            mip_level: 0,
            origin: wgpu::Origin3d { x: pos[0] as u32, y: pos[1] as u32, z: 0 },
            aspect: wgpu::TextureAspect::All,
        },
        bytemuck::cast_slice(&image.pixels),
        wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(4 * width),
            rows_per_image: Some(height),
        },
        wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
    );
}

fn sampler(device: &wgpu::Device, options: TextureOptions) -> wgpu::Sampler {
    let filter = |filter| match filter {
        TextureFilter::Nearest => wgpu::FilterMode::Nearest,
        TextureFilter::Linear => wgpu::FilterMode::Linear,
    };
    let wrap = match options.wrap_mode {
        TextureWrapMode::ClampToEdge => wgpu::AddressMode::ClampToEdge,
        TextureWrapMode::Repeat => wgpu::AddressMode::Repeat,
        TextureWrapMode::MirroredRepeat => wgpu::AddressMode::MirrorRepeat,
    };
    device.create_sampler(&wgpu::SamplerDescriptor {
        label: Some("egui"),
        address_mode_u: wrap,
        address_mode_v: wrap,
        mag_filter: filter(options.magnification),
        min_filter: filter(options.minification),
        // There is one level only; saying so keeps software rasterisers on their short path.
        lod_max_clamp: 0.0,
        ..Default::default()
    })
}
