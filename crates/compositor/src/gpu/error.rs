//! What can go wrong between us and the graphics driver, in words for the user.

use thiserror::Error;

/// Why nothing can be drawn. Each message says what is missing and what helps.
#[derive(Debug, Error)]
pub enum GpuError {
    /// Neither a GPU nor a software renderer answered.
    #[error(
        "no graphics adapter found: neither a GPU driver nor software rendering is installed. \
         On Debian or Ubuntu: apt-get install mesa-vulkan-drivers libvulkan1 ({detail})"
    )]
    NoAdapter {
        /// What the backends said.
        detail: String,
    },
    /// An adapter is there, but it gave no device.
    #[error("the graphics adapter `{adapter}` refused to work: {detail}. Updating its driver may help")]
    NoDevice {
        /// Name of the adapter.
        adapter: String,
        /// What the driver said.
        detail: String,
    },
    /// The window system gave nothing to draw on.
    #[error("the window cannot be drawn to: {detail}")]
    NoSurface {
        /// What the driver said.
        detail: String,
    },
    /// The picture is larger than the adapter can hold, or empty.
    #[error("a picture of {width}×{height} pixels cannot be drawn; the largest side here is {limit}")]
    Size {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// Pixels of a side.
        limit: u32,
    },
    /// The picture could not be read back.
    #[error("the picture could not be read from the graphics adapter: {detail}")]
    ReadBack {
        /// What the driver said.
        detail: String,
    },
    /// The PNG could not be made or written.
    #[error("the picture could not be written: {0}")]
    Png(#[from] png::EncodingError),
    /// The file could not be written.
    #[error("the picture could not be written: {0}")]
    Io(#[from] std::io::Error),
}
