//! The first desktop: a few windows, well placed.

use super::super::{FirstRun, Shell};
use services::AppEntry;
use windows::{Op, Placement, Point, Size};

impl Shell {
    /// A few windows, placed for the size of the frame, so that the first look shows what this is.
    pub(crate) fn compose_first_run(&mut self) {
        let area = self.layout.work_area();
        // Left, top, width, height as parts of the work area; a size of 0 keeps the app's own.
        let places = [
            ("files", 0.03, 0.04, 0.52, 0.60),
            ("system-monitor", 0.555, 0.05, 0.42, 0.62),
            ("terminal", 0.335, 0.475, 0.52, 0.50),
            ("calculator", 0.075, f32::INFINITY, 0.0, 0.0),
        ];
        for (app, left, top, width, height) in places {
            if !self.registry.get(app).is_some_and(AppEntry::usable) {
                continue;
            }
            let window = match self.open_app(app, Placement::Auto) {
                Ok(window) => window,
                Err(why) => {
                    tracing::warn!(%app, %why, "not part of the first desktop");
                    continue;
                }
            };
            if width > 0.0 {
                let size = Size::new(width * area.width, height * area.height);
                self.apply(Op::ResizeTo { window, size });
            }
            let Some(size) = self.layout.window(window).map(|window| window.rect.size()) else { continue };
            // Nothing reaches beneath the dock or out of the frame.
            let most = |start: f32, room: f32, length: f32| start + (room - length - 16.0).max(0.0);
            let x = (area.x + left * area.width).min(most(area.x, area.width, size.width));
            let y = (area.y + top * area.height).min(most(area.y, area.height, size.height));
            self.apply(Op::MoveTo { window, position: Point::new(x, y) });
        }
        for hosted in self.hosted.values_mut() {
            hosted.motion.stop();
        }
    }

    pub(crate) fn open_nothing_or(&mut self, first_run: FirstRun) {
        self.open_first_run(first_run);
    }
}
