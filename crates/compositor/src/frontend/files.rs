//! A file of the host that was dropped on the desktop.

use egui::{DroppedFile, DroppedFileHandle};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug)]
struct HostFile(PathBuf);

impl DroppedFile for HostFile {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// What egui's input carries for a path. Reading is up to who takes it.
pub(crate) fn dropped(path: PathBuf) -> DroppedFileHandle {
    Arc::new(HostFile(path))
}
