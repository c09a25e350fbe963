//! Snap zones: their rectangles, which one a pointer asks for, and how the arrow keys walk.
//!
//! A zone is a part of the work area cut by two seams, one vertical and one horizontal. Zones know
//! nothing of windows.

use serde::{Deserialize, Serialize};

use crate::geometry::{Point, Rect};

/// How near to an edge of the work area the pointer asks for a zone, in points.
pub const SNAP_THRESHOLD: f32 = 20.0;
/// Part of an edge, at either end of it, that asks for the quarter in that corner.
const CORNER_PART: f32 = 1.0 / 6.0;
/// Seams stay this far from the edges, as a fraction of the work area.
const SEAM_MARGIN: f32 = 0.1;

/// A part of the work area that a window can fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Zone {
    Left,
    Right,
    Top,
    Bottom,
    TopLeft,
    TopRight,
    BottomLeft,
    BottomRight,
    Full,
}

/// An arrow key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Left,
    Right,
    Up,
    Down,
}

/// Where an arrow key leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    To(Zone),
    /// Back to the window's normal rectangle.
    Normal,
}

/// Positions of the seams as fractions of the work area's width and height.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seams {
    /// The vertical line between left and right.
    pub x: f32,
    /// The horizontal line between top and bottom.
    pub y: f32,
}

impl Default for Seams {
    fn default() -> Self {
        Self { x: 0.5, y: 0.5 }
    }
}

impl Seams {
    pub(crate) fn sane(self) -> Self {
        Self { x: sane_fraction(self.x), y: sane_fraction(self.y) }
    }

    /// The vertical seam's x in `work`, on a whole point so that both sides are crisp.
    pub fn x_in(self, work: Rect) -> f32 {
        (work.x + work.width * self.x).round()
    }

    /// The horizontal seam's y in `work`, on a whole point.
    pub fn y_in(self, work: Rect) -> f32 {
        (work.y + work.height * self.y).round()
    }
}

fn sane_fraction(value: f32) -> f32 {
    if value.is_nan() { 0.5 } else { value.clamp(SEAM_MARGIN, 1.0 - SEAM_MARGIN) }
}

/// Which part of one axis a zone takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    Start,
    Both,
    End,
}

impl Zone {
    pub const ALL: [Zone; 9] = [
        Zone::Left,
        Zone::Right,
        Zone::Top,
        Zone::Bottom,
        Zone::TopLeft,
        Zone::TopRight,
        Zone::BottomLeft,
        Zone::BottomRight,
        Zone::Full,
    ];

    /// The name used in scripts and snapshots, the same as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Zone::Left => "left",
            Zone::Right => "right",
            Zone::Top => "top",
            Zone::Bottom => "bottom",
            Zone::TopLeft => "top_left",
            Zone::TopRight => "top_right",
            Zone::BottomLeft => "bottom_left",
            Zone::BottomRight => "bottom_right",
            Zone::Full => "full",
        }
    }

    pub(crate) fn horizontal(self) -> Span {
        match self {
            Zone::Left | Zone::TopLeft | Zone::BottomLeft => Span::Start,
            Zone::Right | Zone::TopRight | Zone::BottomRight => Span::End,
            Zone::Top | Zone::Bottom | Zone::Full => Span::Both,
        }
    }

    pub(crate) fn vertical(self) -> Span {
        match self {
            Zone::Top | Zone::TopLeft | Zone::TopRight => Span::Start,
            Zone::Bottom | Zone::BottomLeft | Zone::BottomRight => Span::End,
            Zone::Left | Zone::Right | Zone::Full => Span::Both,
        }
    }

    /// The zone's rectangle in `work`.
    pub fn rect(self, work: Rect, seams: Seams) -> Rect {
        let (left, right) = cut(self.horizontal(), work.x, seams.x_in(work), work.right());
        let (top, bottom) = cut(self.vertical(), work.y, seams.y_in(work), work.bottom());
        Rect::from_edges(left, top, right, bottom)
    }

    /// The zone that a pointer dragging a window asks for, or none away from the edges.
    ///
    /// Left and right edges give halves, the top edge gives [`Zone::Full`]; the last sixth at the
    /// end of an edge gives the quarter. With `halves` (Shift held) the top edge gives the top
    /// half and the bottom edge, which otherwise gives nothing, the bottom half. A pointer beyond
    /// an edge counts as at the edge.
    pub fn at_pointer(pointer: Point, work: Rect, halves: bool) -> Option<Zone> {
        let x = part_of_edge(pointer.x - work.x, work.width);
        let y = part_of_edge(pointer.y - work.y, work.height);
        if pointer.x < work.x + SNAP_THRESHOLD {
            return Some(match y {
                Span::Start => Zone::TopLeft,
                Span::Both => Zone::Left,
                Span::End => Zone::BottomLeft,
            });
        }
        if pointer.x >= work.right() - SNAP_THRESHOLD {
            return Some(match y {
                Span::Start => Zone::TopRight,
                Span::Both => Zone::Right,
                Span::End => Zone::BottomRight,
            });
        }
        if pointer.y < work.y + SNAP_THRESHOLD {
            return Some(match x {
                Span::Start => Zone::TopLeft,
                Span::Both if halves => Zone::Top,
                Span::Both => Zone::Full,
                Span::End => Zone::TopRight,
            });
        }
        if halves && pointer.y >= work.bottom() - SNAP_THRESHOLD {
            return Some(match x {
                Span::Start => Zone::BottomLeft,
                Span::Both => Zone::Bottom,
                Span::End => Zone::BottomRight,
            });
        }
        None
    }
}

fn cut(span: Span, start: f32, seam: f32, end: f32) -> (f32, f32) {
    match span {
        Span::Start => (start, seam),
        Span::Both => (start, end),
        Span::End => (seam, end),
    }
}

fn part_of_edge(along: f32, length: f32) -> Span {
    if along < length * CORNER_PART {
        Span::Start
    } else if along >= length * (1.0 - CORNER_PART) {
        Span::End
    } else {
        Span::Both
    }
}

impl Direction {
    /// Where an arrow key leads from `zone` (`None` is a normal window; a zoomed one counts as full).
    ///
    /// The law: an arrow away from a half goes back to normal; an arrow along it goes to the quarter
    /// on that side; an arrow towards the edge it is already at walks half → quarter → half. From a
    /// quarter, an arrow across goes to the neighbouring quarter.
    ///
    /// | from | Left | Right | Up | Down |
    /// |---|---|---|---|---|
    /// | normal | left | right | full | bottom |
    /// | full | left | right | top | normal |
    /// | left | top left | normal | top left | bottom left |
    /// | right | normal | top right | top right | bottom right |
    /// | top | top left | top right | top left | normal |
    /// | bottom | bottom left | bottom right | normal | bottom left |
    /// | top left | left | top right | top | bottom left |
    /// | top right | top left | right | top | bottom right |
    /// | bottom left | left | bottom right | top left | bottom |
    /// | bottom right | bottom left | right | top right | bottom |
    pub fn step(self, zone: Option<Zone>) -> Step {
        use Step::{Normal, To};
        use Zone::{Bottom, BottomLeft, BottomRight, Full, Left, Right, Top, TopLeft, TopRight};
        let row = match zone {
            None => [To(Left), To(Right), To(Full), To(Bottom)],
            Some(Full) => [To(Left), To(Right), To(Top), Normal],
            Some(Left) => [To(TopLeft), Normal, To(TopLeft), To(BottomLeft)],
            Some(Right) => [Normal, To(TopRight), To(TopRight), To(BottomRight)],
            Some(Top) => [To(TopLeft), To(TopRight), To(TopLeft), Normal],
            Some(Bottom) => [To(BottomLeft), To(BottomRight), Normal, To(BottomLeft)],
            Some(TopLeft) => [To(Left), To(TopRight), To(Top), To(BottomLeft)],
            Some(TopRight) => [To(TopLeft), To(Right), To(Top), To(BottomRight)],
            Some(BottomLeft) => [To(Left), To(BottomRight), To(TopLeft), To(Bottom)],
            Some(BottomRight) => [To(BottomLeft), To(Right), To(TopRight), To(Bottom)],
        };
        match self {
            Direction::Left => row[0],
            Direction::Right => row[1],
            Direction::Up => row[2],
            Direction::Down => row[3],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORK: Rect = Rect::new(0.0, 30.0, 1200.0, 600.0);

    #[test]
    fn zones_tile_the_work_area() {
        let seams = Seams { x: 0.3, y: 0.71 };
        let area = |zone: Zone| {
            let rect = zone.rect(WORK, seams);
            rect.width * rect.height
        };
        let whole = area(Zone::Full);
        assert_eq!(whole, WORK.width * WORK.height);
        for parts in [
            &[Zone::Left, Zone::Right][..],
            &[Zone::Top, Zone::Bottom],
            &[Zone::TopLeft, Zone::TopRight, Zone::BottomLeft, Zone::BottomRight],
        ] {
            assert_eq!(parts.iter().map(|zone| area(*zone)).sum::<f32>(), whole);
        }
    }

    #[test]
    fn pointer_zones() {
        let at = |x, y| Zone::at_pointer(Point::new(x, y), WORK, false);
        let shift = |x, y| Zone::at_pointer(Point::new(x, y), WORK, true);
        assert_eq!(at(600.0, 300.0), None);
        assert_eq!(at(19.0, 300.0), Some(Zone::Left));
        assert_eq!(at(20.0, 300.0), None);
        assert_eq!(at(-400.0, 300.0), Some(Zone::Left));
        assert_eq!(at(1180.0, 300.0), Some(Zone::Right));
        assert_eq!(at(5.0, 129.0), Some(Zone::TopLeft));
        assert_eq!(at(5.0, 531.0), Some(Zone::BottomLeft));
        assert_eq!(at(1199.0, 40.0), Some(Zone::TopRight));
        assert_eq!(at(1199.0, 629.0), Some(Zone::BottomRight));
        assert_eq!(at(600.0, 0.0), Some(Zone::Full));
        assert_eq!(at(199.0, 35.0), Some(Zone::TopLeft));
        assert_eq!(at(1000.0, 35.0), Some(Zone::TopRight));
        assert_eq!(shift(600.0, 35.0), Some(Zone::Top));
        assert_eq!(at(600.0, 629.0), None);
        assert_eq!(shift(600.0, 629.0), Some(Zone::Bottom));
        assert_eq!(shift(100.0, 629.0), Some(Zone::BottomLeft));
    }

    #[test]
    fn arrows_walk_halves_and_quarters() {
        use Direction::{Down, Left, Right, Up};
        let walk = |keys: &[Direction]| {
            keys.iter().fold(None, |zone, key| match key.step(zone) {
                Step::To(zone) => Some(zone),
                Step::Normal => None,
            })
        };
        assert_eq!(walk(&[Left, Up]), Some(Zone::TopLeft));
        assert_eq!(walk(&[Left, Left]), Some(Zone::TopLeft));
        assert_eq!(walk(&[Left, Left, Left]), Some(Zone::Left));
        assert_eq!(walk(&[Right, Left]), None);
        assert_eq!(walk(&[Up]), Some(Zone::Full));
        assert_eq!(walk(&[Up, Down]), None);
        assert_eq!(walk(&[Up, Up]), Some(Zone::Top));
        assert_eq!(walk(&[Left, Down, Right]), Some(Zone::BottomRight));
    }

    #[test]
    fn arrows_are_symmetric_under_mirroring() {
        let mirror = |zone: Zone| match zone {
            Zone::Left => Zone::Right,
            Zone::Right => Zone::Left,
            Zone::TopLeft => Zone::TopRight,
            Zone::TopRight => Zone::TopLeft,
            Zone::BottomLeft => Zone::BottomRight,
            Zone::BottomRight => Zone::BottomLeft,
            other => other,
        };
        for zone in Zone::ALL.map(Some).into_iter().chain([None]) {
            let left = Direction::Left.step(zone);
            let right = Direction::Right.step(zone.map(mirror));
            let mirrored = match left {
                Step::To(zone) => Step::To(mirror(zone)),
                Step::Normal => Step::Normal,
            };
            assert_eq!(mirrored, right, "{zone:?}");
        }
    }
}
