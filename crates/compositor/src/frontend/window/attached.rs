//! The desktop in a window as a [`Stage`]: what a script that attached to it sees.

use super::app::App;
use crate::Desktop;
use crate::frontend::files;
use crate::frontend::stage::{Stage, Stepped};
use crate::gpu::{GpuError, Shot};
use std::path::PathBuf;
use std::time::Duration;
use winit::dpi::LogicalSize;
use winit::event_loop::ActiveEventLoop;

pub(super) struct Attached<'a, D> {
    pub(super) app: &'a mut App<D>,
    pub(super) event_loop: &'a ActiveEventLoop,
}

impl<D: Desktop + 'static> Stage<D> for Attached<'_, D> {
    fn desktop(&mut self) -> &mut D {
        &mut self.app.desktop
    }

    fn now(&self) -> Duration {
        self.app.now()
    }

    fn frame(&mut self, events: Vec<egui::Event>) -> Stepped {
        self.app.want_tree();
        if let Some(view) = &mut self.app.view {
            view.input_mut().events.splice(0..0, events);
        }
        self.app.frame(self.event_loop)
    }

    fn is_woken(&self) -> bool {
        self.app.is_woken()
    }

    fn drop_files(&mut self, paths: Vec<PathBuf>) {
        if let Some(view) = &mut self.app.view {
            view.input_mut().dropped_files.extend(paths.into_iter().map(files::dropped));
        }
    }

    fn resize(&mut self, size_points: egui::Vec2) {
        if let Some(view) = &self.app.view {
            let size = LogicalSize::new(size_points.x, size_points.y);
            if let Some(size) = view.window.request_inner_size(size) {
                tracing::debug!(?size, "the window was resized at once");
            }
        }
    }

    fn tree(&self) -> Option<&accesskit::TreeUpdate> {
        self.app.tree.as_ref()
    }

    fn shot(&mut self) -> Result<Shot, GpuError> {
        match &mut self.app.view {
            Some(view) => view.shot(),
            None => Err(GpuError::ReadBack { detail: "the window is not open".to_owned() }),
        }
    }
}
