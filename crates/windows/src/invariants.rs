//! The law, checked. Each check has a short name, which is what a failure shows.

use crate::desktop::{Desktop, MAX_WINDOWS, MIN_FRAME, TITLE_BAR_HEIGHT};
use crate::dock::MAX_PINNED;
use crate::placement::{GRAB_WIDTH, MAX_PLACES};
use crate::window::Window;

/// A part of the law that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The law's short name.
    pub law: &'static str,
    /// The desktop as a table, or the window.
    pub what: String,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.law, self.what)
    }
}

impl std::error::Error for Broken {}

impl Desktop {
    /// Checks the law of this crate.
    ///
    /// # Errors
    /// The first part of it that does not hold. That is always a bug here.
    pub fn verify_invariants(&self) -> Result<(), Broken> {
        self.verify_bounds()?;
        self.verify_order()?;
        for (index, window) in self.windows.iter().enumerate() {
            self.verify_window(index, window)?;
        }
        self.verify_dock()?;
        self.verify_gesture_and_cycle()
    }

    fn holds(&self, law: &'static str, holds: bool) -> Result<(), Broken> {
        if holds {
            return Ok(());
        }
        Err(Broken { law, what: self.to_string() })
    }

    fn verify_bounds(&self) -> Result<(), Broken> {
        self.holds("few enough windows", self.windows.len() <= MAX_WINDOWS)?;
        self.holds("few enough places", self.places.closed.len() <= MAX_PLACES)?;
        self.holds("frame is sane", self.frame == self.frame.sane().at_least(MIN_FRAME))?;
        self.holds("seams are sane", self.seams == self.seams.sane())
    }

    fn verify_order(&self) -> Result<(), Broken> {
        let minimised_first = self.windows.is_sorted_by_key(|window| !window.minimised);
        self.holds("minimised windows are at the bottom", minimised_first)?;
        let mut ids: Vec<_> = self.windows.iter().map(|window| window.id).collect();
        ids.sort_unstable();
        self.holds("ids are unique", ids.windows(2).all(|pair| pair[0] < pair[1]))?;
        let in_range = ids.iter().all(|id| (1..self.next_id).contains(&id.0));
        self.holds("ids were given out", in_range)
    }

    fn verify_window(&self, index: usize, window: &Window) -> Result<(), Broken> {
        let holds = |law: &'static str, holds: bool| {
            if holds {
                return Ok(());
            }
            Err(Broken { law, what: format!("{window:?}\n{self}") })
        };
        let rects_are_sane = window.rect.is_sane() && window.normal_rect.is_sane() && window.home.is_sane();
        holds("rectangles are sane", rects_are_sane)?;
        holds("rectangle follows the law", window.rect == self.rect_for(window))?;
        let limits_hold = window.full_screen || window.clamp_size(window.rect.size()) == window.rect.size();
        holds("size limits hold", limits_hold)?;
        if let Some(parent) = window.parent {
            let below = self.windows[..index].iter().find(|other| other.id == parent);
            holds("dialogs are above their parent", below.is_some())?;
            let together = below.is_some_and(|other| other.minimised == window.minimised);
            holds("dialogs are minimised with their parent", together)?;
        }
        if window.full_screen {
            return holds("full screen is the frame", window.rect == self.frame());
        }
        let (work, rect) = (self.work_area(), window.rect);
        let grab = GRAB_WIDTH.min(rect.width);
        let in_height = work.y <= rect.y && rect.y + TITLE_BAR_HEIGHT <= work.bottom();
        let in_width = rect.x <= work.right() - grab && work.x + grab <= rect.right();
        holds("title bar can be grabbed", in_height && in_width)
    }

    fn verify_dock(&self) -> Result<(), Broken> {
        let unique = |apps: &[String]| (1..apps.len()).all(|index| !apps[..index].contains(&apps[index]));
        let pinned = &self.dock.pinned;
        self.holds("pinned apps are unique", pinned.len() <= MAX_PINNED && unique(pinned))?;
        let running = &self.dock.running;
        let has_window = |app: &String| self.windows.iter().any(|window| window.app == *app);
        let right =
            running.iter().all(has_window) && self.windows.iter().all(|window| running.contains(&window.app));
        self.holds("running apps are those with windows", right && unique(running))
    }

    fn verify_gesture_and_cycle(&self) -> Result<(), Broken> {
        if let Some(gesture) = &self.gesture {
            let window = self.window(gesture.window);
            let grabbed = window.is_some_and(|window| !window.minimised && !window.full_screen);
            self.holds("a dragged window is on screen", grabbed)?;
        }
        if let Some(cycle) = &self.cycle {
            let exist = cycle.windows.iter().all(|id| self.window(*id).is_some());
            self.holds("the switcher shows open windows", exist && cycle.selected < cycle.windows.len())?;
        }
        Ok(())
    }
}
