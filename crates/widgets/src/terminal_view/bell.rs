//! The bell as a flash, at most about one in a second: more would be a flicker that can hurt.

use crate::theme::Theme;
use egui::{CornerRadius, Painter, Rect, Stroke, StrokeKind};
use std::time::Duration;

/// How long it is seen.
const FLASH_SECONDS: f64 = 0.15;
/// Between two flashes.
const REST_SECONDS: f64 = 0.8;

/// The bell of a view.
#[derive(Debug, Default)]
pub(super) struct Bell {
    until: f64,
}

impl Bell {
    /// Rings, unless it just did.
    pub(super) fn ring(&mut self, now: f64) {
        if self.until == 0.0 || now > self.until + REST_SECONDS {
            self.until = now + FLASH_SECONDS;
        }
    }

    /// Shows it. Without motion it is a frame instead of a flash.
    pub(super) fn paint(&self, painter: &Painter, area: Rect, corner: CornerRadius, now: f64, theme: &Theme) {
        if now >= self.until {
            return;
        }
        if theme.reduce_motion {
            painter.rect_stroke(area, corner, Stroke::new(2.0, theme.accent.ring), StrokeKind::Inside);
        } else {
            painter.rect_filled(area, corner, theme.text.primary.gamma_multiply(0.08));
        }
        painter.ctx().request_repaint_after(Duration::from_secs_f64(self.until - now));
    }
}
