//! The strip at the foot of a program's window: how it ended or why it does not run, and what can be done about it.

use super::{farewell::Farewell, launch::Failure};
use egui::{Align, CornerRadius, Frame, Label, Layout, Margin, Rect, RichText, Ui, UiBuilder, vec2};
use widgets::{
    controls::{Button, ControlSize, EmptyState},
    fonts,
    icons::Icon,
    theme::{Theme, radius, space},
};

/// Its height in points.
pub(super) const HEIGHT: f32 = 44.0;
/// Room that buttons take from the sentence, points each.
const BUTTON_ROOM: f32 = 104.0;

const NOT_RUNNING: &str = "It does not run";
/// What can be done where nothing was started.
const AGAIN: &[(&str, Chosen)] = &[("Try again", Chosen::Again), ("Close", Chosen::Close)];
/// The same where its manifest is the reason.
const EDIT: &[(&str, Chosen)] =
    &[("Try again", Chosen::Again), ("Edit manifest", Chosen::EditManifest), ("Close", Chosen::Close)];

/// What it tells.
pub(super) enum Status<'a> {
    /// Nothing runs, and nothing went wrong.
    Waits(&'a str),
    Ended(&'a Farewell),
    Failed(&'a Failure),
    /// As above, and the reason stands where its output would be ([`failure_ui`]).
    Explained(&'a Failure),
    /// A person is asked.
    Asks(&'a str),
    /// It runs, but nothing can be read from it or written to it.
    Silent(&'a str),
}

/// What was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chosen {
    Again,
    Close,
    EditManifest,
}

/// Draws it at the foot of a window, in the corners of that.
pub(super) fn status_ui(ui: &mut Ui, theme: &Theme, place: Rect, status: &Status<'_>) -> Option<Chosen> {
    ui.scope_builder(UiBuilder::new().max_rect(place), |ui| strip_ui(ui, theme, status)).inner
}

/// Why a program does not run, where its output would be.
pub(super) fn failure_ui(ui: &mut Ui, theme: &Theme, place: Rect, failure: &Failure) {
    ui.painter().rect_filled(place, 0, theme.surface.window);
    let words = place.shrink2(vec2((place.width() * 0.12).max(space::L), 0.0));
    ui.scope_builder(UiBuilder::new().max_rect(words), |ui| {
        let title = if failure.by_manifest { "It cannot be started as it is" } else { "It was not started" };
        EmptyState::new(Icon::WarningCircle, title, &failure.text).show(ui);
    });
}

fn strip_ui(ui: &mut Ui, theme: &Theme, status: &Status<'_>) -> Option<Chosen> {
    let (text, colour, buttons): (&str, _, &[(&str, Chosen)]) = match status {
        Status::Explained(why) if why.by_manifest => (NOT_RUNNING, theme.text.secondary, EDIT),
        Status::Explained(_) => (NOT_RUNNING, theme.text.secondary, AGAIN),
        Status::Waits(why) => {
            (why, theme.text.secondary, &[("Run again", Chosen::Again), ("Close", Chosen::Close)])
        }
        Status::Ended(end) => (
            &end.text,
            if end.good { theme.text.secondary } else { theme.danger.text },
            &[("Run again", Chosen::Again), ("Close", Chosen::Close)],
        ),
        Status::Failed(why) if why.by_manifest => (&why.text, theme.danger.text, EDIT),
        Status::Failed(why) => (&why.text, theme.danger.text, AGAIN),
        Status::Asks(what) => (what, theme.text.secondary, &[("Close", Chosen::Close)]),
        Status::Silent(what) => (what, theme.text.secondary, &[("End it", Chosen::Close)]),
    };
    let round = radius::WINDOW - 1;
    let corner = CornerRadius { nw: 0, ne: 0, sw: round, se: round };
    let mut chosen = None;
    Frame::new().fill(theme.surface.panel).corner_radius(corner).inner_margin(Margin::symmetric(12, 7)).show(
        ui,
        |ui| {
            ui.horizontal(|ui| {
                let width = ui.available_width();
                ui.set_width(width);
                // In a narrow window the words give way to what can be done, and can be read by pointing at them.
                let room = (width - BUTTON_ROOM * buttons.len() as f32).max(24.0);
                let words =
                    Label::new(RichText::new(text).font(fonts::regular(12.5)).color(colour)).truncate();
                ui.scope(|ui| {
                    ui.set_max_width(room);
                    ui.set_min_height(space::CONTROL_SMALL);
                    ui.add(words).on_hover_text(text);
                });
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    for (index, (word, meaning)) in buttons.iter().enumerate().rev() {
                        let button = if index == 0 { Button::primary(*word) } else { Button::new(*word) };
                        if ui.add(button.size(ControlSize::Small)).clicked() {
                            chosen = Some(*meaning);
                        }
                    }
                });
            });
        },
    );
    chosen
}
