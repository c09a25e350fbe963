//! The desktop as a small table: for logs, failing tests and text snapshots.

use std::fmt;

use crate::desktop::Desktop;

/// One line for the work area, then one per window from bottom to top; `*` marks the focus.
impl fmt::Display for Desktop {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let work = self.work_area();
        writeln!(out, "work {},{} {}×{}", work.x, work.y, work.width, work.height)?;
        for window in &self.windows {
            let mark = if self.is_focused(window.id) { '*' } else { ' ' };
            let (id, app, rect) = (window.id, &window.app, window.rect);
            write!(out, "{mark}{id} {app} {},{} {}×{}", rect.x, rect.y, rect.width, rect.height)?;
            if let Some(zone) = window.zone {
                write!(out, " {}", zone.name())?;
            }
            if window.state() != crate::WindowState::Normal {
                write!(out, " {}", window.state().name())?;
            }
            if let Some(parent) = window.parent {
                write!(out, " of {parent}")?;
            }
            writeln!(out)?;
        }
        if let Some((zone, rect)) = self.snap_preview() {
            let name = zone.name();
            writeln!(out, "preview {name} {},{} {}×{}", rect.x, rect.y, rect.width, rect.height)?;
        }
        Ok(())
    }
}
