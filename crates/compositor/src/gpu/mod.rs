//! Draws what the shell produced: one device, one painter, our own shaders.
//!
//! [`Gpu`] chooses an adapter (a GPU, else software rendering). [`Painter`] keeps the picture of the
//! last frame in a texture, works out what changed ([`damage`]), and draws only that: the wallpaper
//! and its blur ([`wallpaper`]) once per size and [`Scene`](crate::Scene), the triangles of egui by
//! a fragment shader that is one multiplication. It knows neither windows nor the shell.

mod batch;
pub mod bench_support;
mod buffers;
mod canvas;
mod damage;
mod device;
mod diff;
mod error;
mod painter;
mod pending;
mod pixels;
mod shot;
#[cfg(any(test, feature = "stock-renderer"))]
mod stock;
mod textures;
mod wallpaper;

#[cfg(test)]
pub(crate) mod tests;

pub use device::{AdapterChoice, AdapterKind, Gpu};
pub use error::GpuError;
pub use painter::{DamageTracking, Painted, Painter, Picture, WallpaperFit};
pub use pending::PendingTextures;
pub use pixels::PixelRect;
pub use shot::Shot;

/// The sharp wallpaper. UV (0,0)…(1,1) is the whole desktop.
pub const WALLPAPER: egui::TextureId = egui::TextureId::User(0);

/// The blurred wallpaper, the brush for glass: for a panel at `rect`, UV is `rect / size of the desktop`.
pub const BACKDROP: egui::TextureId = egui::TextureId::User(1);

/// How many wallpapers there are; [`Scene::wallpaper`](crate::Scene::wallpaper) counts round.
pub const WALLPAPERS: u8 = wallpaper::COUNT;
