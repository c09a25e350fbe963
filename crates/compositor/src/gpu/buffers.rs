//! Vertex and index buffers that grow and are written once per frame.

use std::num::NonZeroU64;

/// A GPU buffer that is filled anew each frame. It grows by half as much again and is never shrunk.
#[derive(Debug)]
pub(crate) struct GrowingBuffer {
    label: &'static str,
    usage: wgpu::BufferUsages,
    buffer: Option<wgpu::Buffer>,
}

impl GrowingBuffer {
    /// No memory yet.
    pub(crate) fn new(label: &'static str, usage: wgpu::BufferUsages) -> Self {
        GrowingBuffer { label, usage: usage | wgpu::BufferUsages::COPY_DST, buffer: None }
    }

    /// The buffer, once something was written.
    pub(crate) fn get(&self) -> Option<&wgpu::Buffer> {
        self.buffer.as_ref()
    }

    /// Writes `parts` one after the other, all together `len_bytes` (a multiple of 4).
    pub(crate) fn write<'a>(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        len_bytes: u64,
        parts: impl IntoIterator<Item = &'a [u8]>,
    ) {
        let Some(len) = NonZeroU64::new(len_bytes) else { return };
        if self.buffer.as_ref().is_none_or(|buffer| buffer.size() < len_bytes) {
            let size =
                (len_bytes + len_bytes / 2).next_multiple_of(4096).min(device.limits().max_buffer_size);
            self.buffer = Some(device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(self.label),
                size: size.max(len_bytes),
                usage: self.usage,
                mapped_at_creation: false,
            }));
        }
        let Some(buffer) = &self.buffer else { return };
        let Some(mut view) = queue.write_buffer_with(buffer, 0, len) else { return };
        let mut at = 0;
        for part in parts {
            view.slice(at..at + part.len()).copy_from_slice(part);
            at += part.len();
        }
    }
}
