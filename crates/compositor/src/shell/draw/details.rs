//! "What can this program do?": what a click on the badge of a process app shows. Drawn by the shell, over everything,
//! from what the kernel said; the app and its program have no part in it.

use super::{Action, Shell, layer, layer_ui};
use egui::{
    Align2, CornerRadius, Id, Order, Rect, Role, Sense, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};
use std::sync::Arc;
use widgets::{
    Subject,
    controls::Button,
    fonts,
    icons::{Icon, paint_icon},
    sandbox::Section,
    theme::Theme,
};
use windows::WindowId;

/// Width of the sheet, points.
const WIDTH: f32 = 480.0;
/// Beside the text, points.
const MARGIN: f32 = 26.0;
/// Above the first section and below the last, points.
const HEAD: f32 = 74.0;
const FOOT: f32 = 62.0;
/// What stands beside a section's symbol stands in by this, points.
const INDENT: f32 = 30.0;

/// An open sheet: what was said when it was opened.
#[derive(Clone, Debug)]
pub(crate) struct Details {
    pub(crate) window: WindowId,
    pub(crate) title: String,
    pub(crate) badge: String,
    pub(crate) sections: Vec<Section>,
}

impl Shell {
    /// Opens the sheet about a window's program, or closes it.
    pub(crate) fn toggle_details(&mut self, window: WindowId) {
        if self.details.take().is_some_and(|open| open.window == window) {
            return;
        }
        let Some(hosted) = self.hosted.get(&window) else { return };
        let Some(sections) = hosted.details() else { return };
        let badge = hosted.ask(|app| app.badge()).flatten().map(|(word, _)| word).unwrap_or_default();
        self.details = Some(Details { window, title: hosted.title(), badge, sections });
    }

    pub(super) fn draw_details(&mut self, ui: &mut Ui, theme: &Arc<Theme>, screen: Rect) {
        let Some(details) = self.details.clone() else { return };
        let width = WIDTH.min(screen.width() - 24.0);
        let room = width - 2.0 * MARGIN;
        let text = |ui: &Ui, line: &str| {
            ui.painter().layout(
                line.to_owned(),
                fonts::regular(12.5),
                theme.text.secondary,
                room - 14.0 - INDENT,
            )
        };
        let mut height = 0.0;
        for section in &details.sections {
            height += 33.0;
            height += section.lines.iter().map(|line| text(ui, line).size().y + 6.0).sum::<f32>();
        }
        let height = (HEAD + height + FOOT).min(screen.height() - 80.0);
        let rect = Rect::from_center_size(screen.center(), vec2(width, height));
        let layer = layer(ui, Order::Tooltip, "details", screen);
        self.tab_order.modal_layer = Some(layer);
        layer_ui(ui, layer, Id::unique("details"), rect, |ui| {
            let outside = ui.interact(screen, Id::unique("details outside"), Sense::CLICK);
            if outside.clicked() && !ui.rect_contains_pointer(rect) {
                self.push(Action::Details(details.window));
            }
            let corner = CornerRadius::same(16);
            ui.painter().add(theme.shadow.window_focused.as_shape(rect, corner));
            ui.painter().rect(rect, corner, theme.surface.popup, theme.outline(), StrokeKind::Inside);
            let left = rect.left() + MARGIN;
            let title = "What can this program do?";
            let place = Rect::from_min_size(pos2(left, rect.top() + 18.0), vec2(room, 24.0));
            ui.painter().text(
                place.left_center(),
                Align2::LEFT_CENTER,
                title,
                fonts::semibold(18.0),
                theme.text.primary,
            );
            ui.interact(place, Id::unique("details title"), Sense::hover())
                .widget_info(|| WidgetInfo::labeled(Role::Label, true, title));
            ui.painter().text(
                pos2(left, rect.top() + 54.0),
                Align2::LEFT_CENTER,
                format!("{} · {}", details.title, details.badge),
                fonts::regular(12.5),
                theme.text.secondary,
            );
            let area = Rect::from_min_max(
                pos2(left, rect.top() + HEAD),
                pos2(rect.right() - MARGIN, rect.bottom() - FOOT),
            );
            ui.scope_builder(UiBuilder::new().max_rect(area), |ui| {
                ui.set_clip_rect(ui.clip_rect().intersect(area));
                egui::ScrollArea::vertical().id_salt("details").show(ui, |ui| {
                    ui.set_width(area.width());
                    ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
                    for section in &details.sections {
                        section_ui(ui, theme, section);
                    }
                });
            });
            self.details_buttons(ui, &details, rect);
        });
    }

    /// What can be done about it, from left to right; Close at the right end.
    fn details_buttons(&mut self, ui: &mut Ui, details: &Details, rect: Rect) {
        let middle = rect.bottom() - 32.0;
        let close = Button::primary("Close").min_width(84.0);
        let size = close.desired_size(ui);
        let place = Rect::from_min_size(pos2(rect.right() - MARGIN - size.x, middle - size.y / 2.0), size);
        let app = self.layout.window(details.window).map(|window| window.app.clone());
        let mut chosen = None;
        let mut left = rect.left() + MARGIN;
        let mut offers = vec![("Permissions…", Action::OpenPermissions(app.clone()))];
        if let Some(hosted) = self.hosted.get(&details.window) {
            offers.push(("Why?", Action::Why(Subject::Process(hosted.pid()))));
        }
        if app.as_deref().is_some_and(|app| self.reviews.of_app(app).next().is_some()) {
            offers.push(("Review changes", Action::Review(app)));
        }
        for (name, action) in offers {
            let button = Button::new(name);
            let size = button.desired_size(ui);
            if left + size.x > place.left() - 8.0 {
                break;
            }
            let at = Rect::from_min_size(pos2(left, middle - size.y / 2.0), size);
            left = at.right() + 8.0;
            if button.id(Id::unique(("details", name))).show_at(ui, at).clicked() {
                chosen = Some(action);
            }
        }
        let close = close.id(Id::unique("details close")).show_at(ui, place);
        if ui.memory(|memory| memory.focused().is_none()) {
            close.request_focus();
        }
        if close.clicked() || chosen.is_some() {
            self.push(Action::Details(details.window));
        }
        chosen.into_iter().for_each(|action| self.push(action));
    }
}

fn section_ui(ui: &mut Ui, theme: &Theme, section: &Section) {
    ui.add_space(12.0);
    let warns = section.title == "What does not hold";
    let (icon, colour) = match section.title {
        "Files" => (Icon::Folder, theme.text.secondary),
        "Network" => (Icon::Globe, theme.text.secondary),
        "Limits" => (Icon::Gauge, theme.text.secondary),
        _ if warns => (Icon::Warning, theme.warning.text),
        _ => (Icon::ShieldCheck, theme.success.text),
    };
    let at = ui.cursor().min;
    paint_icon(ui.painter(), at + vec2(9.0, 9.0), icon, 17.0, colour);
    let width = ui.available_width() - INDENT;
    ui.horizontal_top(|ui| {
        ui.add_space(INDENT);
        ui.vertical(|ui| {
            ui.set_width(width);
            let heading = if warns { theme.warning.text } else { theme.text.primary };
            ui.label(egui::RichText::new(section.title).font(fonts::semibold(13.0)).color(heading));
            ui.add_space(3.0);
            for line in &section.lines {
                let text = egui::RichText::new(line).font(fonts::regular(12.5)).color(theme.text.secondary);
                ui.add(egui::Label::new(text).wrap());
                ui.add_space(5.0);
            }
        });
    });
}
