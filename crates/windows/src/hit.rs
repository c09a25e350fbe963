//! What is under a point: which window, and which part of it.

use crate::desktop::{Desktop, TITLE_BAR_HEIGHT};
use crate::geometry::Point;
use crate::op::ResizeEdge;
use crate::window::{Window, WindowId};

/// How far outside of a window its edges can be grabbed, in points.
pub const GRIP_OUTSIDE: f32 = 6.0;
/// How far inside of a window its edges can be grabbed, in points.
pub const GRIP_INSIDE: f32 = 4.0;
/// How far along an edge its corner reaches, in points.
const CORNER_REACH: f32 = 16.0;

/// A part of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HitPart {
    Title,
    Body,
    Edge(ResizeEdge),
}

/// A window and the part of it that is under a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    pub window: WindowId,
    pub part: HitPart,
}

impl Desktop {
    /// The topmost window under `point` and its part there; menu bar and dock are the caller's to
    /// test first.
    pub fn hit_test(&self, point: Point) -> Option<Hit> {
        let point = point.sane();
        self.visible().rev().find_map(|window| {
            let part = part_at(window, point)?;
            Some(Hit { window: window.id, part })
        })
    }
}

fn part_at(window: &Window, point: Point) -> Option<HitPart> {
    if window.is_resizable()
        && let Some(edge) = edge_at(window, point)
    {
        return Some(HitPart::Edge(edge));
    }
    if !window.rect.contains(point) {
        return None;
    }
    let in_title = !window.full_screen && point.y < window.rect.y + TITLE_BAR_HEIGHT;
    Some(if in_title { HitPart::Title } else { HitPart::Body })
}

fn edge_at(window: &Window, point: Point) -> Option<ResizeEdge> {
    let rect = window.rect;
    if !rect.expanded(GRIP_OUTSIDE).contains(point) || rect.expanded(-GRIP_INSIDE).contains(point) {
        return None;
    }
    // Within the grip: near a corner both axes count, elsewhere the one whose edge is grabbed.
    let near = |distance: f32| distance < CORNER_REACH;
    let left = near(point.x - rect.x);
    let right = !left && near(rect.right() - point.x);
    let top = near(point.y - rect.y);
    let bottom = !top && near(rect.bottom() - point.y);
    Some(match (left, right, top, bottom) {
        (true, _, true, _) => ResizeEdge::TopLeft,
        (true, _, _, true) => ResizeEdge::BottomLeft,
        (_, true, true, _) => ResizeEdge::TopRight,
        (_, true, _, true) => ResizeEdge::BottomRight,
        (true, ..) => ResizeEdge::Left,
        (_, true, ..) => ResizeEdge::Right,
        (_, _, true, _) => ResizeEdge::Top,
        _ => ResizeEdge::Bottom,
    })
}
