//! When the next frame is drawn: a state machine over the frame clock, without a window.
//!
//! *Idle*: nothing is due, the thread sleeps. *Queued*: a frame is due at a time, now included.
//! *Animating*: something moves, frames follow each other at the pace of the display.

use std::time::Duration;

/// While hidden, frames serve logic only (results of tasks), never motion: this far apart.
const HIDDEN_INTERVAL: Duration = Duration::from_millis(250);

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing.
    Idle,
    /// A frame at this time.
    Queued(Duration),
    /// A frame as soon as the display takes one.
    Animating,
}

/// What the event loop does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Sleep until an event.
    Sleep,
    /// Sleep until this time or an event.
    SleepUntil(Duration),
    /// Draw now.
    Draw,
}

/// Decides when frames are drawn.
#[derive(Debug)]
pub(crate) struct Repaint {
    state: State,
    /// When the last frame began.
    last: Option<Duration>,
    /// Least time between frames where presenting does not pace them.
    interval: Duration,
    hidden: bool,
}

impl Repaint {
    /// `interval` is the time between two pictures of the display.
    pub(crate) fn new(interval: Duration) -> Self {
        Repaint { state: State::Queued(Duration::ZERO), last: None, interval, hidden: false }
    }

    /// Input, a wake or an exposed window: a frame as soon as possible.
    pub(crate) fn request(&mut self) {
        self.state = match self.state {
            State::Animating => State::Animating,
            State::Idle | State::Queued(_) => State::Queued(Duration::ZERO),
        };
    }

    /// The window is minimised or wholly covered, or no longer.
    pub(crate) fn set_hidden(&mut self, hidden: bool) {
        if std::mem::replace(&mut self.hidden, hidden) && !hidden {
            self.state = State::Queued(Duration::ZERO);
        }
    }

    pub(crate) fn is_hidden(&self) -> bool {
        self.hidden
    }

    /// Whether nothing is due, or nothing before the clock turns.
    pub(crate) fn is_idle(&self, now: Duration) -> bool {
        match self.state {
            State::Idle => true,
            State::Queued(at) => at > now + Duration::from_millis(400),
            State::Animating => false,
        }
    }

    /// A frame begins; what is requested from here on belongs to the next.
    pub(crate) fn begin_frame(&mut self, now: Duration) {
        self.last = Some(now);
        self.state = State::Idle;
    }

    /// A frame ended and wants the next after this time.
    pub(crate) fn end_frame(&mut self, now: Duration, repaint_after: Duration) {
        let wanted = if repaint_after.is_zero() {
            State::Animating
        } else {
            now.checked_add(repaint_after).map_or(State::Idle, State::Queued)
        };
        self.state = match (self.state, wanted) {
            (State::Idle, wanted) => wanted,
            (State::Animating, _) | (_, State::Animating) => State::Animating,
            (State::Queued(one), State::Queued(other)) => State::Queued(one.min(other)),
            (state, State::Idle) => state,
        };
    }

    /// What to do at `now`. `paced` says that presenting waits for the display, so motion needs no timer.
    pub(crate) fn next(&self, now: Duration, paced: bool) -> Next {
        let earliest = |wait: Duration| self.last.map_or(Duration::ZERO, |last| last + wait);
        let due = match self.state {
            State::Idle => return Next::Sleep,
            State::Queued(at) if self.hidden => at.max(earliest(HIDDEN_INTERVAL)),
            State::Animating if self.hidden => earliest(HIDDEN_INTERVAL),
            State::Animating if paced => return Next::Draw,
            State::Animating => earliest(self.interval),
            State::Queued(at) => at,
        };
        if due <= now { Next::Draw } else { Next::SleepUntil(due) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn after_first_frame(repaint_after: Duration) -> Repaint {
        let mut repaint = Repaint::new(ms(16));
        assert_eq!(repaint.next(ms(0), false), Next::Draw);
        repaint.begin_frame(ms(0));
        repaint.end_frame(ms(3), repaint_after);
        repaint
    }

    #[test]
    fn idle_sleeps_until_asked() {
        let mut repaint = after_first_frame(Duration::MAX);
        assert_eq!(repaint.next(ms(1_000_000), false), Next::Sleep);
        repaint.request();
        assert_eq!(repaint.next(ms(1_000_000), false), Next::Draw);
    }

    #[test]
    fn a_timer_wakes_once() {
        let mut repaint = after_first_frame(ms(500));
        assert_eq!(repaint.next(ms(100), false), Next::SleepUntil(ms(503)));
        assert_eq!(repaint.next(ms(503), false), Next::Draw);
        repaint.begin_frame(ms(503));
        repaint.end_frame(ms(504), Duration::MAX);
        assert_eq!(repaint.next(ms(600), false), Next::Sleep);
    }

    #[test]
    fn motion_follows_the_display() {
        let repaint = after_first_frame(Duration::ZERO);
        assert_eq!(repaint.next(ms(5), true), Next::Draw);
        assert_eq!(repaint.next(ms(5), false), Next::SleepUntil(ms(16)));
        assert_eq!(repaint.next(ms(16), false), Next::Draw);
    }

    #[test]
    fn what_is_requested_during_a_frame_is_not_lost() {
        let mut repaint = Repaint::new(ms(16));
        repaint.begin_frame(ms(0));
        repaint.request();
        repaint.end_frame(ms(3), Duration::MAX);
        assert_eq!(repaint.next(ms(3), false), Next::Draw);
    }

    #[test]
    fn hidden_runs_slowly_and_shows_at_once() {
        let mut repaint = after_first_frame(Duration::ZERO);
        repaint.set_hidden(true);
        assert_eq!(repaint.next(ms(20), true), Next::SleepUntil(ms(250)));
        repaint.set_hidden(false);
        assert_eq!(repaint.next(ms(20), true), Next::Draw);
    }
}
