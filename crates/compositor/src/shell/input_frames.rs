//! Cuts input into frames where its order would be lost in one: slow frames (software rendering, a busy
//! machine) must not change what hands do.
//!
//! - egui looks for the widget under the *last* place of the pointer in a frame. A press and the movement that
//!   follows it arrive together, and the press would go to whatever lies at the end of the movement: a title
//!   bar that is dragged quickly would not follow. So a button event that is followed by movement ends a frame.
//! - A key of the shell changes who gets what is typed next. So it ends a frame, too ([`InputFrames::put_back`]).
//!
//! **Invariants**: no event is lost and none overtakes another; at most twice [`MAX_WAITING`] events wait.

use egui::{Event, Pos2};

/// More events than this are no person's; they are taken at once.
const MAX_WAITING: usize = 1000;
/// A pointer that moved less, in points, still is where the button was pressed.
const SAME_PLACE: f32 = 1.0;

/// Events that wait for their frame.
#[derive(Debug, Default)]
pub(crate) struct InputFrames {
    waiting: Vec<Event>,
}

impl InputFrames {
    /// The events of this frame: those that waited, then the new ones, up to the first cut.
    pub(crate) fn next(&mut self, new: Vec<Event>) -> Vec<Event> {
        let mut events = std::mem::take(&mut self.waiting);
        events.extend(new);
        if let Some(end) = cut(&events).filter(|end| events.len() - end <= MAX_WAITING) {
            self.waiting = events.split_off(end);
        }
        events
    }

    /// Leaves the rest of a frame's events to the next one.
    pub(crate) fn put_back(&mut self, rest: impl Iterator<Item = Event>) {
        let later = std::mem::take(&mut self.waiting);
        self.waiting = rest.chain(later).take(2 * MAX_WAITING).collect();
    }

    /// Whether the next frame is due at once.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }
}

/// Where the events of one frame end: after the first button event that the pointer moves away from.
fn cut(events: &[Event]) -> Option<usize> {
    let (mut end, mut place) = (None, Pos2::ZERO);
    for (index, event) in events.iter().enumerate() {
        match event {
            Event::PointerButton { pos, .. } if end.is_none() => (end, place) = (Some(index + 1), *pos),
            Event::PointerMoved(pos) | Event::PointerButton { pos, .. }
                if end.is_some() && pos.distance(place) > SAME_PLACE =>
            {
                return end;
            }
            Event::PointerGone if end.is_some() => return end,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{Modifiers, PointerButton, pos2};

    fn button(x: f32, pressed: bool) -> Event {
        Event::PointerButton {
            pos: pos2(x, 0.0),
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        }
    }

    fn moved(x: f32) -> Event {
        Event::PointerMoved(pos2(x, 0.0))
    }

    #[test]
    fn a_press_that_is_followed_by_movement_has_its_own_frame() {
        let mut frames = InputFrames::default();
        let all = vec![moved(1.0), button(1.0, true), moved(50.0), button(50.0, false), moved(90.0)];
        assert_eq!(frames.next(all.clone()), all[..2]);
        assert!(frames.is_waiting());
        assert_eq!(frames.next(vec![Event::PointerGone]), all[2..4]);
        assert_eq!(frames.next(Vec::new()), [all[4].clone(), Event::PointerGone]);
        assert!(!frames.is_waiting());
    }

    #[test]
    fn a_click_at_one_place_stays_whole() {
        let mut frames = InputFrames::default();
        let clicks =
            vec![button(1.0, true), button(1.0, false), button(1.0, true), moved(1.5), button(1.5, false)];
        assert_eq!(frames.next(clicks.clone()), clicks);
        assert!(!frames.is_waiting());
    }

    #[test]
    fn a_flood_is_taken_at_once() {
        let mut frames = InputFrames::default();
        let flood: Vec<Event> =
            (0..5000).map(|n| if n == 0 { button(0.0, true) } else { moved(n as f32) }).collect();
        assert_eq!(frames.next(flood).len(), 5000);
    }
}
