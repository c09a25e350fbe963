//! Texture changes that no painter has taken yet.
//!
//! A headless desktop makes frames without ever needing a GPU, yet each frame's changes build on the
//! ones before. They are kept here as whole images on the CPU: parts are copied in at once, so memory
//! is bounded by the textures that live, not by the number of frames.

use egui::epaint::{ColorImage, ImageData, ImageDelta};
use egui::{TextureId, TexturesDelta};
use std::collections::HashMap;
use std::sync::Arc;

/// The textures of a desktop that has not been drawn.
#[derive(Default)]
pub struct PendingTextures {
    images: HashMap<TextureId, ImageDelta>,
}

impl PendingTextures {
    /// Nothing pending.
    #[must_use]
    pub fn new() -> Self {
        PendingTextures::default()
    }

    /// Takes the new and changed textures of a frame. The freed ones are dropped by
    /// [`PendingTextures::free`], after the frame was, or could have been, drawn.
    pub fn set(&mut self, delta: &mut TexturesDelta) {
        for (id, changes) in delta.set.drain() {
            for change in changes {
                if change.is_whole() {
                    self.images.insert(id, change);
                } else if let Some(kept) = self.images.get_mut(&id) {
                    copy_part(kept, &change);
                }
            }
        }
    }

    /// Drops freed textures.
    pub fn free(&mut self, ids: impl IntoIterator<Item = TextureId>) {
        for id in ids {
            self.images.remove(&id);
        }
    }

    /// Everything at once, for a painter that has nothing yet.
    pub fn take(&mut self) -> TexturesDelta {
        let mut delta = TexturesDelta::default();
        for (id, image) in self.images.drain() {
            delta.push(id, image);
        }
        delta
    }

    /// The same, keeping everything (images are shared, not copied).
    pub fn copy(&self) -> TexturesDelta {
        let mut delta = TexturesDelta::default();
        for (id, image) in &self.images {
            delta.push(*id, image.clone());
        }
        delta
    }

    /// Bytes of the images held.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        self.images.values().map(|image| image.image.width() * image.image.height() * 4).sum()
    }
}

fn copy_part(kept: &mut ImageDelta, part: &ImageDelta) {
    let Some([left, top]) = part.pos else { return };
    let (ImageData::Color(whole), ImageData::Color(patch)) = (&mut kept.image, &part.image);
    let [width, height] = patch.size;
    // egui never sends a part that leaves its texture; should it, it is left out rather than half copied.
    if left + width > whole.size[0] || top + height > whole.size[1] {
        return;
    }
    let whole: &mut ColorImage = Arc::make_mut(whole);
    for row in 0..height {
        let to = (top + row) * whole.size[0] + left;
        whole.pixels[to..to + width].copy_from_slice(&patch.pixels[row * width..(row + 1) * width]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{Color32, TextureOptions};

    fn delta(id: u64, change: ImageDelta) -> TexturesDelta {
        let mut delta = TexturesDelta::default();
        delta.push(TextureId::Managed(id), change);
        delta
    }

    #[test]
    fn parts_are_merged_and_freed_textures_go() {
        let mut pending = PendingTextures::new();
        let image = |size, color| ColorImage::filled(size, color);
        let whole = ImageDelta::full(image([4, 4], Color32::BLACK), TextureOptions::LINEAR);
        pending.set(&mut delta(1, whole.clone()));
        pending.set(&mut delta(2, whole));
        let part = ImageDelta::partial([1, 2], image([2, 1], Color32::RED), TextureOptions::LINEAR);
        pending.set(&mut delta(1, part));
        let outside = ImageDelta::partial([3, 3], image([2, 2], Color32::BLUE), TextureOptions::LINEAR);
        pending.set(&mut delta(1, outside));
        pending.free([TextureId::Managed(2)]);
        assert_eq!(pending.len_bytes(), 64);
        let mut all = pending.take();
        let ImageData::Color(got) = &all.set[&TextureId::Managed(1)][0].image;
        let red: Vec<usize> = (0..16).filter(|at| got.pixels[*at] == Color32::RED).collect();
        assert_eq!(red, [9, 10]);
        assert!(!got.pixels.contains(&Color32::BLUE));
        all.clear();
    }
}
