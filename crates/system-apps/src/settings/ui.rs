//! Draws Settings: side bar and pages; and the parts that pages are made of.

use super::{
    about, appearance,
    model::{Command, Model, Page},
    permissions,
};
use crate::common::pane::{self, SIDEBAR};
use egui::{Frame, Label, Margin, RichText, ScrollArea, Stroke, Ui, vec2};
use widgets::{
    ThemeChoice,
    controls::{KeyCaps, SidebarItem, author_id, section_header},
    fonts,
    icons::Icon,
    theme::{Theme, radius, space, type_size},
};

/// What only the picture knows.
#[derive(Default)]
pub(super) struct View {
    /// Theme, accent and motion of the last frame, to notice a change from elsewhere.
    live: Option<(ThemeChoice, u8, bool)>,
}

pub(super) fn draw(ui: &mut Ui, model: &Model, view: &mut View, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let live = (theme.choice, theme.accent.index, theme.reduce_motion);
    if view.live.replace(live) != Some(live) {
        let (theme, accent, reduce_motion) = live;
        commands.push(Command::Seen { theme, accent, reduce_motion });
        // The command runs before the next frame.
        ui.ctx().request_repaint();
    }
    let whole = ui.max_rect();
    let (side, main) = pane::split_left(whole, SIDEBAR + 24.0);
    pane::sidebar_back(ui, &theme, side);
    pane::pane(ui, side, "side", vec2(space::S, space::S), |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        section_header(ui, "Settings");
        for page in Page::ALL {
            let icon = match page {
                Page::Appearance => Icon::Palette,
                Page::Permissions => Icon::ShieldCheck,
                Page::Keyboard => Icon::Keyboard,
                Page::About => Icon::Info,
            };
            let item = ui.add(SidebarItem::new(icon, page.name()).selected(model.page == page));
            author_id(ui, item.id, format!("page-{}", page.name().to_lowercase()));
            if item.clicked() {
                commands.push(Command::Show(page));
            }
        }
    });
    pane::pane(ui, main, "page", vec2(0.0, 0.0), |ui| {
        // Each app's page has a scroll position of its own.
        let place = (model.page.name(), model.permissions.chosen_id().unwrap_or_default());
        ScrollArea::vertical().id_salt(place).auto_shrink([false, false]).show(ui, |ui| {
            let margin = Margin { left: 20, right: 20, top: 16, bottom: 16 };
            Frame::new().inner_margin(margin).show(ui, |ui| {
                ui.set_max_width(ui.available_width().min(620.0));
                ui.spacing_mut().item_spacing.y = space::S;
                title(ui, model.page.name());
                match model.page {
                    Page::Appearance => appearance::draw(ui, model, commands),
                    Page::Permissions => permissions::draw(ui, &model.permissions, commands),
                    Page::Keyboard => keyboard(ui),
                    Page::About => about::draw(ui, model),
                }
                if let Some(note) = &model.note {
                    ui.add(Label::new(small(note, theme.warning.text)).wrap());
                }
            });
        });
    });
}

fn keyboard(ui: &mut Ui) {
    let theme = Theme::of(ui);
    card(ui, |ui| {
        row(
            ui,
            "Everything the keyboard does",
            "The sheet is shown over the desktop and lists all keys.",
            |ui| {
                ui.add(KeyCaps("F1"));
            },
        );
        divider(ui, &theme);
        row(ui, "The same where F1 is taken", "By the host's desktop or a remote connection.", |ui| {
            ui.add(KeyCaps("Ctrl+/"));
        });
        divider(ui, &theme);
        row(ui, "Leader key", "Then one letter; a sheet shows which.", |ui| {
            ui.add(KeyCaps("F12"));
        });
    });
    let text = "Changing keys is not possible in this version.";
    ui.add(Label::new(small(text, theme.text.muted)).wrap());
}

/// Heading of a page.
pub(super) fn title(ui: &mut Ui, text: &str) {
    let theme = Theme::of(ui);
    ui.add(Label::new(RichText::new(text).font(fonts::semibold(type_size::H2)).color(theme.text.primary)));
    ui.add_space(space::XS);
}

/// Heading of a group.
pub(super) fn group(ui: &mut Ui, text: &str) {
    let theme = Theme::of(ui);
    ui.add_space(space::S);
    ui.add(Label::new(
        RichText::new(text).font(fonts::semibold(type_size::BODY)).color(theme.text.secondary),
    ));
}

/// A box of rows.
pub(super) fn card<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    let theme = Theme::of(ui);
    Frame::new()
        .fill(theme.surface.raised)
        .stroke(Stroke::new(1.0, theme.surface.divider))
        .corner_radius(radius::TILE)
        .inner_margin(Margin::symmetric(14, 10))
        .show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = space::XS;
            add(ui)
        })
        .inner
}

/// A label with an explanation on the left, a control on the right.
pub(super) fn row(ui: &mut Ui, label: &str, explanation: &str, add: impl FnOnce(&mut Ui)) {
    let theme = Theme::of(ui);
    let explained = explanation.lines().count();
    let height = if explained == 0 { 32.0 } else { 26.0 + 16.0 * explained as f32 };
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), egui::Sense::hover());
    let control = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(rect)
            .layout(egui::Layout::right_to_left(egui::Align::Center))
            .id_salt(label),
    );
    let mut control = control;
    add(&mut control);
    let left = control.min_rect().left();
    let words = rect.with_max_x((left - space::M).max(rect.left()));
    pane::pane(ui, words, "words", vec2(0.0, 0.0), |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        ui.add_space(if explanation.is_empty() { (height - 18.0) / 2.0 } else { 3.0 });
        let name = RichText::new(label).font(fonts::body()).color(theme.text.primary);
        ui.add(Label::new(name).truncate());
        for line in explanation.lines() {
            ui.add(Label::new(small(line, theme.text.muted)).truncate());
        }
    });
}

/// A line between two rows.
pub(super) fn divider(ui: &mut Ui, theme: &Theme) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), egui::Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, Stroke::new(1.0, theme.surface.divider));
}

/// Small print.
pub(super) fn small(text: &str, colour: egui::Color32) -> RichText {
    RichText::new(text).font(fonts::regular(type_size::LABEL)).color(colour)
}
