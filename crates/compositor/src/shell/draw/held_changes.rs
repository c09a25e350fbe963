//! The strip under the title bar of a program that has changed files: what it did is kept apart, and can be reviewed.
//! Drawn by the shell from what the kernel counts; the program has no part in it.

use super::{Action, Shell, launcher::one_line};
use crate::shell::{keys, keys::ShellAction, reviews::changes_in_words};
use egui::{Id, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use services::AppKind;
use widgets::{
    Subject,
    controls::{Button, ButtonKind, ControlSize, tooltip, tooltip_with_keys},
    fonts,
    icons::{Icon, paint_icon},
    theme::Theme,
};
use windows::WindowId;

/// Height of the strip, points.
pub(super) const HEIGHT: f32 = 38.0;
/// Lower windows have no room for it.
const LEAST_CONTENT: f32 = 140.0;

impl Shell {
    /// Draws the strip at the top of `content` where there is something to say; returns what is left for the app.
    pub(super) fn held_changes(&mut self, ui: &mut Ui, theme: &Theme, id: WindowId, content: Rect) -> Rect {
        let is_program = self.hosted.get(&id).is_some_and(|hosted| hosted.kind == AppKind::Process);
        if !is_program || content.height() < LEAST_CONTENT {
            return content;
        }
        let Some(app) = self.layout.window(id).map(|window| window.app.clone()) else { return content };
        let Some(run) = self.reviews.mentioned(&app) else { return content };
        let (number, cause) = (run.run, run.cause);
        let count = changes_in_words(run);
        let strip = Rect::from_min_size(content.min, vec2(content.width(), HEIGHT));
        ui.painter().rect_filled(strip.shrink2(vec2(1.0, 0.0)), 0, theme.surface.raised);
        ui.painter().rect_filled(strip.shrink2(vec2(1.0, 0.0)), 0, theme.accent.soft);
        let line = Stroke::new(1.0, theme.surface.divider);
        ui.painter().hline(strip.x_range().shrink(1.0), strip.bottom() - 0.5, line);

        let mut right = strip.right() - 8.0;
        let mut place = |ui: &Ui, button: &Button<'_>| {
            let size = button.desired_size(ui);
            let place = Rect::from_min_size(pos2(right - size.x, strip.center().y - size.y / 2.0), size);
            right = place.left() - 4.0;
            place
        };
        let unique = |name: &str| Id::unique(("held changes", id.0, name.to_owned()));
        // From right to left on the screen, from left to right for the keyboard.
        let hide = Button::icon(Icon::X, "Not now").kind(ButtonKind::Ghost).size(ControlSize::Small);
        let why = Button::ghost("Why?").size(ControlSize::Small);
        let review = Button::primary("Review").size(ControlSize::Small).name(format!("Review {count}"));
        let places = [place(ui, &hide), place(ui, &why), place(ui, &review)];
        let review = review.id(unique("review")).show_at(ui, places[2]);
        if review.clicked() {
            self.push(Action::Review(Some(app)));
        }
        tooltip_with_keys(review, "Look at each change, apply it or not", &keys::shown(ShellAction::Review));
        let why = why.id(unique("why")).show_at(ui, places[1]);
        if why.clicked() {
            self.push(Action::Why(Subject::Cause(cause)));
        }
        tooltip(why, "What this run did, and because of what");
        let hide = hide.id(unique("hide")).show_at(ui, places[0]);
        if hide.clicked() {
            self.push(Action::HideHeldChanges(number));
        }
        tooltip(hide, "Not now. Ctrl+Shift+R comes back to them");

        let icon = pos2(strip.left() + 22.0, strip.center().y);
        paint_icon(ui.painter(), icon, Icon::Stack, 17.0, theme.accent.text);
        let left = strip.left() + 38.0;
        let room = right - 8.0 - left;
        let whole = format!("{count} held back. Nothing is real until you apply it.");
        let short = format!("{count} held back");
        let font = fonts::medium(12.5);
        let fits =
            ui.painter().layout_no_wrap(whole.clone(), font.clone(), theme.text.primary).size().x <= room;
        // Who works with the keyboard reads the key, where there is room for it.
        let key = keys::shown(ShellAction::Review);
        let key = ui.painter().layout_no_wrap(key, fonts::regular(12.0), theme.text.muted);
        let words_end =
            left + ui.painter().layout_no_wrap(whole.clone(), font.clone(), theme.text.primary).size().x;
        let key_at = pos2(right - 8.0 - key.size().x, strip.center().y - key.size().y / 2.0);
        if key_at.x > words_end + 24.0 {
            ui.painter().galley(key_at, key, theme.text.muted);
        }
        let words = if fits { &whole } else { &short };
        let galley = ui.painter().layout_job(one_line(words, font, theme.text.primary, room));
        let at = pos2(left, strip.center().y - galley.size().y / 2.0);
        let text = Rect::from_min_size(at, galley.size());
        ui.painter().galley(at, galley, theme.text.primary);
        ui.interact(text, unique("text"), Sense::hover())
            .widget_info(|| WidgetInfo::labeled(Role::Label, true, &whole));
        content.with_min_y(strip.bottom())
    }
}
