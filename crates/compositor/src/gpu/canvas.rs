//! The picture itself: a texture that keeps the last frame, and the pipelines that draw into it.

use super::batch::Kind;
use super::device::Gpu;
use super::pixels::PixelRect;

/// The texture that is drawn into and then copied to a window or read back.
#[derive(Debug)]
pub(crate) struct Canvas {
    pub(crate) texture: wgpu::Texture,
    pub(crate) view: wgpu::TextureView,
}

impl Canvas {
    /// Undefined content; the first frame on it has to be whole.
    pub(crate) fn new(gpu: &Gpu, size: [u32; 2], format: wgpu::TextureFormat) -> Self {
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("canvas"),
            size: wgpu::Extent3d { width: size[0], height: size[1], depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT
                | wgpu::TextureUsages::COPY_SRC
                | wgpu::TextureUsages::COPY_DST
                | wgpu::TextureUsages::TEXTURE_BINDING,
            view_formats: &[],
        });
        let view = texture.create_view(&Default::default());
        Canvas { texture, view }
    }

    pub(crate) fn size(&self) -> [u32; 2] {
        [self.texture.width(), self.texture.height()]
    }
}

/// The state that all drawing shares.
pub(crate) struct Pipelines {
    /// egui's triangles: colour times texel.
    paint: wgpu::RenderPipeline,
    /// The same where the texel is white.
    fill: wgpu::RenderPipeline,
    /// The same where the colour is white and the texel opaque.
    opaque: wgpu::RenderPipeline,
    /// Black under a part that is drawn again.
    pub(crate) under: wgpu::RenderPipeline,
    /// Canvas to a surface that cannot be copied to.
    pub(crate) blit: wgpu::RenderPipeline,
    screen: wgpu::Buffer,
    pub(crate) screen_bind_group: wgpu::BindGroup,
}

impl Pipelines {
    /// `format` is that of the canvas and of the surface.
    pub(crate) fn new(
        gpu: &Gpu,
        format: wgpu::TextureFormat,
        texture_layout: &wgpu::BindGroupLayout,
    ) -> Self {
        let device = &gpu.device;
        let module = device.create_shader_module(wgpu::include_wgsl!("paint.wgsl"));
        let blit_module = device.create_shader_module(wgpu::include_wgsl!("blit.wgsl"));
        let screen_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("screen"),
            entries: &[wgpu::BindGroupLayoutEntry {
                binding: 0,
                visibility: wgpu::ShaderStages::VERTEX,
                ty: wgpu::BindingType::Buffer {
                    ty: wgpu::BufferBindingType::Uniform,
                    has_dynamic_offset: false,
                    min_binding_size: None,
                },
                count: None,
            }],
        });
        let screen = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("screen"),
            size: 16,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let screen_bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("screen"),
            layout: &screen_layout,
            entries: &[wgpu::BindGroupEntry { binding: 0, resource: screen.as_entire_binding() }],
        });
        let vertex = wgpu::VertexBufferLayout {
            array_stride: size_of::<egui::epaint::Vertex>() as u64,
            step_mode: wgpu::VertexStepMode::Vertex,
            attributes: &wgpu::vertex_attr_array![0 => Float32x2, 1 => Float32x2, 2 => Unorm8x4],
        };
        let over = Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING);
        let triangles = |label, fragment, blend| {
            Stage {
                label,
                module: &module,
                entry_points: ["corner", fragment],
                groups: &[Some(&screen_layout), Some(texture_layout)],
                vertex: Some(vertex.clone()),
                blend,
            }
            .build(device, format)
        };
        let under = Stage {
            label: "under",
            module: &module,
            entry_points: ["everywhere", "black"],
            groups: &[],
            vertex: None,
            blend: None,
        };
        let blit = Stage {
            label: "blit",
            module: &blit_module,
            entry_points: ["everywhere", "texel"],
            groups: &[Some(texture_layout)],
            vertex: None,
            blend: None,
        };
        Pipelines {
            paint: triangles("paint", "pixel", over),
            fill: triangles("fill", "fill", over),
            opaque: triangles("opaque", "opaque", None),
            under: under.build(device, format),
            blit: blit.build(device, format),
            screen,
            screen_bind_group,
        }
    }

    /// What draws triangles of this kind.
    pub(crate) fn of(&self, kind: Kind) -> &wgpu::RenderPipeline {
        match kind {
            Kind::Any => &self.paint,
            Kind::Fill => &self.fill,
            Kind::Opaque => &self.opaque,
        }
    }

    /// Sets the size of the desktop in points.
    pub(crate) fn set_screen(&self, queue: &wgpu::Queue, size_points: [f32; 2]) {
        queue.write_buffer(&self.screen, 0, bytemuck::bytes_of(&[size_points[0], size_points[1], 0.0, 0.0]));
    }
}

/// What one render pipeline is made of.
pub(crate) struct Stage<'a> {
    pub(crate) label: &'a str,
    pub(crate) module: &'a wgpu::ShaderModule,
    /// Vertex, fragment.
    pub(crate) entry_points: [&'a str; 2],
    pub(crate) groups: &'a [Option<&'a wgpu::BindGroupLayout>],
    pub(crate) vertex: Option<wgpu::VertexBufferLayout<'a>>,
    pub(crate) blend: Option<wgpu::BlendState>,
}

impl Stage<'_> {
    pub(crate) fn build(self, device: &wgpu::Device, format: wgpu::TextureFormat) -> wgpu::RenderPipeline {
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(self.label),
            bind_group_layouts: self.groups,
            immediate_size: 0,
        });
        device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some(self.label),
            layout: Some(&layout),
            vertex: wgpu::VertexState {
                module: self.module,
                entry_point: Some(self.entry_points[0]),
                compilation_options: Default::default(),
                buffers: if self.vertex.is_some() { std::slice::from_ref(&self.vertex) } else { &[] },
            },
            fragment: Some(wgpu::FragmentState {
                module: self.module,
                entry_point: Some(self.entry_points[1]),
                compilation_options: Default::default(),
                targets: &[Some(wgpu::ColorTargetState {
                    format,
                    blend: self.blend,
                    write_mask: wgpu::ColorWrites::ALL,
                })],
            }),
            primitive: wgpu::PrimitiveState::default(),
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            multiview_mask: None,
            cache: None,
        })
    }
}

/// Starts a pass over `view`.
pub(crate) fn pass<'a>(
    encoder: &'a mut wgpu::CommandEncoder,
    view: &wgpu::TextureView,
    load: wgpu::LoadOp<wgpu::Color>,
) -> wgpu::RenderPass<'a> {
    encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: None,
        color_attachments: &[Some(wgpu::RenderPassColorAttachment {
            view,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations { load, store: wgpu::StoreOp::Store },
        })],
        ..Default::default()
    })
}

/// Restricts drawing to a rectangle that is not empty.
pub(crate) fn set_scissor(pass: &mut wgpu::RenderPass<'_>, rect: &PixelRect) {
    pass.set_scissor_rect(rect.min[0], rect.min[1], rect.width(), rect.height());
}
