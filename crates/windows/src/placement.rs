//! Where windows go: from wish to rectangle, the cascade, and the places apps were closed at.
//!
//! A normal rectangle is a *wish*, made in some work area (its *home*). In the present work area
//! it keeps its size and place as far as that fits: it hangs out no further than it did at home,
//! and its title bar can be grabbed.

use serde::{Deserialize, Serialize};

use crate::desktop::{Desktop, TITLE_BAR_HEIGHT};
use crate::geometry::{Point, Rect, Size};
use crate::op::Placement;
use crate::window::{Window, WindowId};
use crate::zone::{Span, Zone};

/// Distance between windows that are opened one after another, in points, both ways.
pub const CASCADE_STEP: f32 = 30.0;
/// Width of title bar that stays inside the work area, in points.
pub const GRAB_WIDTH: f32 = 120.0;
/// Distance of the first cascade place from the work area's corner, in points.
const CASCADE_MARGIN: f32 = 30.0;
/// Apps whose last place is remembered; the one closed longest ago is forgotten.
pub(crate) const MAX_PLACES: usize = 256;

/// Where an app was last closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) app: String,
    pub(crate) rect: Rect,
    pub(crate) home: Rect,
    #[serde(default)]
    pub(crate) zone: Option<Zone>,
    #[serde(default)]
    pub(crate) zoomed: bool,
}

/// Cascade counter and remembered places, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    pub(crate) cascade: u32,
    pub(crate) closed: Vec<Place>,
}

impl Places {
    pub(crate) fn of(&self, app: &str) -> Option<&Place> {
        self.closed.iter().find(|place| place.app == app)
    }

    pub(crate) fn remember(&mut self, window: &Window) {
        self.closed.retain(|place| place.app != window.app);
        if self.closed.len() == MAX_PLACES {
            self.closed.remove(0);
        }
        self.closed.push(Place {
            app: window.app.clone(),
            rect: window.normal_rect,
            home: window.home,
            zone: window.zone,
            zoomed: window.zoomed,
        });
    }
}

impl Desktop {
    /// The rectangle that the law gives to `window` now.
    pub(crate) fn rect_for(&self, window: &Window) -> Rect {
        if window.full_screen {
            self.frame()
        } else if window.zoomed {
            self.zone_rect_for(window, Zone::Full)
        } else if let Some(zone) = window.zone {
            self.zone_rect_for(window, zone)
        } else {
            fit_wish(window, self.work_area())
        }
    }

    /// The rectangle of `zone`, as far as the window's size limits allow. A window that cannot
    /// fill the zone or is larger than it keeps to the zone's outer edges.
    pub(crate) fn zone_rect_for(&self, window: &Window, zone: Zone) -> Rect {
        let work = self.work_area();
        let room = zone.rect(work, self.seams);
        let size = window.clamp_size(room.size());
        let x = anchor(zone.horizontal(), room.x, room.right(), size.width);
        let y = anchor(zone.vertical(), room.y, room.bottom(), size.height);
        Rect::from_min_size(Point::new(x.max(work.x), y.max(work.y)).sane(), size)
    }

    pub(crate) fn refit(&mut self, id: WindowId) {
        let Some(index) = self.index_of(id) else { return };
        self.windows[index].rect = self.rect_for(&self.windows[index]);
    }

    pub(crate) fn refit_all(&mut self) {
        for index in 0..self.windows.len() {
            self.windows[index].rect = self.rect_for(&self.windows[index]);
        }
    }

    /// Takes `wish` as the window's normal rectangle, made in the present work area. What cannot
    /// be had is not remembered.
    pub(crate) fn set_wish(&mut self, id: WindowId, wish: Rect) {
        let work = self.work_area();
        let Some(index) = self.index_of(id) else { return };
        let window = &mut self.windows[index];
        window.home = work;
        window.normal_rect = wish.sane();
        window.normal_rect = fit_wish(window, work);
        self.refit(id);
    }

    /// Where a new window goes; a remembered place may also snap or zoom it.
    pub(crate) fn first_place(&mut self, window: &mut Window, placement: Placement, size: Size) -> Rect {
        match placement {
            Placement::Auto => {
                if let Some(parent) = window.parent.and_then(|id| self.window(id)) {
                    centred(parent.rect, size)
                } else if let Some(place) = self.remembered_place(window) {
                    place
                } else {
                    self.cascade_place(size)
                }
            }
            Placement::Cascade => self.cascade_place(size),
            Placement::Centred => centred(self.work_area(), size),
            Placement::At(corner) => Rect::from_min_size(corner.sane(), size),
            Placement::Snapped(zone) => {
                window.zone = Some(zone);
                self.cascade_place(size)
            }
        }
    }

    /// Where the app was last closed. A second window of it does not hide the first: it goes one
    /// cascade step further, and is not snapped.
    fn remembered_place(&self, window: &mut Window) -> Option<Rect> {
        let place = self.places.of(&window.app)?;
        window.home = place.home;
        window.normal_rect = place.rect;
        let mut rect = self.rect_for(window);
        let others: Vec<_> = self.windows.iter().filter(|other| other.app == window.app).collect();
        if others.is_empty() {
            window.zone = place.zone;
            window.zoomed = place.zoomed;
            return Some(rect);
        }
        // Each other window can be in the way once.
        for _ in 0..others.len() {
            if others.iter().all(|other| other.normal_rect.min() != rect.min()) {
                break;
            }
            rect.x += CASCADE_STEP;
            rect.y += CASCADE_STEP;
        }
        // Past the end of the work area the cascade takes over.
        self.work_area().encloses(rect).then_some(rect)
    }

    /// The next place of the cascade for a window of this size. Columns and rows wrap on their own,
    /// so a wide work area is used to its end; places that a window is already at are passed over. No new window is
    /// larger than the work area or begins so far in that it would hang out of it.
    fn cascade_place(&mut self, size: Size) -> Rect {
        let work = self.work_area();
        let size = Size::new(size.width.min(work.width), size.height.min(work.height));
        let (most_x, most_y) = (work.right() - size.width, work.bottom() - size.height);
        if self.windows.is_empty() {
            self.places.cascade = 0;
        }
        let columns = steps_that_fit(work.width, size.width);
        let rows = steps_that_fit(work.height, size.height);
        let mut place = Rect::default();
        for _ in 0..=self.windows.len() {
            let step = self.places.cascade;
            self.places.cascade = step.wrapping_add(1);
            let x = work.x + CASCADE_MARGIN + CASCADE_STEP * (step % columns) as f32;
            let y = work.y + CASCADE_MARGIN + CASCADE_STEP * (step % rows) as f32;
            place = Rect::from_min_size(Point::new(x.min(most_x), y.min(most_y)), size);
            if !self.windows.iter().any(|window| window.normal_rect.min() == place.min()) {
                break;
            }
        }
        place
    }
}

/// How many cascade places fit along one axis, at least one.
fn steps_that_fit(room: f32, length: f32) -> u32 {
    let steps = ((room - length - CASCADE_MARGIN) / CASCADE_STEP).floor();
    // Both numbers are sane, so the quotient is far below u32::MAX.
    steps.max(0.0) as u32 + 1
}

/// Centres `size` in `room`.
fn centred(room: Rect, size: Size) -> Rect {
    let centre = room.centre();
    Rect::from_min_size(Point::new(centre.x - size.width / 2.0, centre.y - size.height / 2.0), size)
}

fn anchor(span: Span, start: f32, end: f32, length: f32) -> f32 {
    match span {
        Span::Start => start,
        Span::Both => ((start + end - length) / 2.0).floor(),
        Span::End => end - length,
    }
}

/// The window's wish in `work`.
fn fit_wish(window: &Window, work: Rect) -> Rect {
    let (wish, home) = (window.normal_rect, window.home);
    let max = window.max_size.unwrap_or(Size::new(f32::MAX, f32::MAX));
    let (x, width) = fit_axis(
        [wish.x, wish.right()],
        [home.x, home.right()],
        [work.x, work.right()],
        [window.min_size.width, max.width],
    );
    let (y, height) = fit_axis(
        [wish.y, wish.bottom()],
        [home.y, home.bottom()],
        [work.y, work.bottom()],
        [window.min_size.height, max.height],
    );
    let grab = GRAB_WIDTH.min(width);
    let x = x.min(work.right() - grab).max(work.x + grab - width);
    let y = y.min(work.bottom() - TITLE_BAR_HEIGHT).max(work.y);
    Rect::new(x, y, width, height).sane()
}

/// Start and length on one axis; all arguments are pairs of low and high.
fn fit_axis(wish: [f32; 2], home: [f32; 2], work: [f32; 2], limits: [f32; 2]) -> (f32, f32) {
    let hangs_low = (home[0] - wish[0]).max(0.0);
    let hangs_high = (wish[1] - home[1]).max(0.0);
    let room = work[1] - work[0] + hangs_low + hangs_high;
    let length = (wish[1] - wish[0]).min(room).min(limits[1]).max(limits[0]);
    let start = wish[0].min(work[1] + hangs_high - length).max(work[0] - hangs_low);
    (start, length)
}
