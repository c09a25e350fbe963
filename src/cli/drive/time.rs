//! Frames and the passing of time: after a step the desktop comes to rest before the next one.

use super::{
    runner::{FRAME, Outcome, Runner},
    stage::{Busy, Frame, Reboot, Stage},
    steps::{Expectation, MAX_WAIT_MILLIS},
    tree::Tree,
};
use egui::{Event, Modifiers, Pos2};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Frames of animation that a step may take to come to rest.
const MAX_SETTLE_FRAMES: usize = 240;
/// Frames that a step gives to results and output that keep arriving.
const MAX_WOKEN_FRAMES: usize = 30;
/// Longest real time that a step waits for the host's files.
const SETTLE_LIMIT: Duration = Duration::from_secs(2);
/// Between two looks while waiting.
const POLL: Duration = Duration::from_millis(5);
/// What `wait` allows when the script says nothing, and longest time that a call of a script may take.
pub(super) const DEFAULT_WAIT_MILLIS: u64 = 5_000;

impl<S: Stage> Runner<S> {
    pub(super) fn frame(&mut self, events: Vec<Event>, step: Duration) -> Result<Frame, String> {
        let mut frame = self.stage.frame(events, step)?;
        if let Some(update) = frame.tree.take() {
            self.tree = Tree::new(&update);
        }
        Ok(frame)
    }

    /// Frames until nothing moves, nothing is under way and no result waits, seen twice: a result that
    /// arrived after the last frame is taken in by the next one, which may ask for more.
    pub(super) fn settle(&mut self) -> Outcome {
        let began = Instant::now();
        let (mut moving, mut woken, mut calm) = (0, 0, 0);
        loop {
            let frame = self.frame(Vec::new(), FRAME)?;
            if frame.repaint_after < FRAME && moving < MAX_SETTLE_FRAMES {
                moving += 1;
                continue;
            }
            match self.stage.busy()? {
                Busy::Calls if began.elapsed() < SETTLE_LIMIT => {
                    calm = 0;
                    pause(Duration::from_millis(1));
                }
                // A program that never stops writing is no reason to wait for ever.
                Busy::Woken if woken < MAX_WOKEN_FRAMES => {
                    calm = 0;
                    woken += 1;
                }
                _ => calm += 1,
            }
            if calm >= 2 {
                return Ok(Value::Null);
            }
        }
    }

    pub(super) fn pass_time(&mut self, time: Duration) -> Outcome {
        let began = Instant::now();
        while began.elapsed() < time {
            pause(POLL.min(time.saturating_sub(began.elapsed())));
            self.frame(Vec::new(), POLL)?;
        }
        self.settle()
    }

    pub(super) fn wait(&mut self, expectation: &Expectation) -> Outcome {
        let limit =
            Duration::from_millis(expectation.timeout_ms.unwrap_or(DEFAULT_WAIT_MILLIS).min(MAX_WAIT_MILLIS));
        let began = Instant::now();
        loop {
            match self.expect(expectation) {
                Ok(mut found) => {
                    if let Value::Object(object) = &mut found {
                        object.insert("waited_ms".into(), json!(began.elapsed().as_millis() as u64));
                    }
                    return Ok(found);
                }
                Err(why) if began.elapsed() >= limit => {
                    return Err(format!("after {} ms: {why}", limit.as_millis()));
                }
                Err(_) => self.pass_moment()?,
            }
        }
    }

    pub(super) fn reboot(&mut self, how: Reboot) -> Outcome {
        self.stage.reboot(how)?;
        self.pointer = Pos2::new(-1.0, -1.0);
        self.modifiers = Modifiers::NONE;
        self.dragging = false;
        self.held.clear();
        self.settle()
    }

    /// Lets a moment of real time pass, and a frame of it.
    pub(super) fn pass_moment(&mut self) -> Result<(), String> {
        pause(POLL);
        self.frame(Vec::new(), POLL)?;
        Ok(())
    }
}

/// The one place where a script waits for real time to pass.
fn pause(time: Duration) {
    std::thread::sleep(time);
}
