//! Nothing that stays on screen asks for frames, and what moves stops.

use super::*;
use crate::shell::toast::Toast;
use widgets::Tone;

impl Stage {
    /// Frames as they are asked for, a sixtieth of a second apart, until none is due; how many there were.
    fn frames_until_idle(&mut self) -> usize {
        for count in 1..=200 {
            self.now += Duration::from_secs_f64(1.0 / 60.0);
            let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(1280.0, 800.0));
            let time = Some(self.now.as_secs_f64());
            let input = RawInput { screen_rect: Some(rect), time, ..RawInput::default() };
            let mut output = self.shell.frame(input, self.now);
            output.textures.clear();
            if output.repaint_after > Duration::from_millis(900) {
                return count;
            }
        }
        panic!("it never rests");
    }

    fn say(&mut self, title: &str) {
        self.shell.toasts.show(Toast::new(Tone::Info, title, "a text").staying(), self.now.as_secs_f64());
    }
}

#[test]
fn messages_notifications_and_the_month_rest_when_they_are_there() {
    let mut stage = Stage::new();
    stage.frames_until_idle();
    stage.say("it waits for an answer");
    let moving = stage.frames_until_idle();
    assert!((4..40).contains(&moving), "a message slides in for {moving} frames");
    stage.shell.push(Action::ToggleCentre);
    assert!(stage.frames_until_idle() < 40);
    stage.shell.push(Action::ShowMonth(-3));
    assert!(stage.frames_until_idle() < 10);
    stage.shell.push(Action::ToggleCentre);
    assert!(stage.frames_until_idle() < 40);
}

#[test]
fn nothing_moves_for_who_wants_less_motion() {
    let mut stage = Stage::new();
    stage.frames_until_idle();
    let appearance = Appearance { reduce_motion: true, ..stage.shell.appearance.clone() };
    stage.shell.set_appearance(appearance);
    stage.shell.toasts.forget_all();
    stage.frames_until_idle();
    stage.say("it is there at once");
    let moving = stage.frames_until_idle();
    assert!(moving <= 3, "{moving} frames");
}
