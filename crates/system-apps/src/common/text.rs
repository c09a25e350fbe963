//! One line of text in a given place, cut with an ellipsis where it does not fit.

use egui::{Align2, Color32, FontId, Pos2, Rect, Ui, pos2, text::LayoutJob, text::TextWrapping};

/// Paints `text` in `rect`, vertically centred; says whether it had to be cut.
pub(crate) fn line(ui: &Ui, rect: Rect, text: &str, font: FontId, colour: Color32, align: Align2) -> bool {
    if !ui.is_rect_visible(rect) {
        return false;
    }
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, colour);
    job.wrap = TextWrapping::truncate_at_width(rect.width().max(0.0));
    let galley = ui.painter().layout_job(job);
    let cut = galley.elided;
    ui.painter().galley(place(rect, galley.size(), align), galley, colour);
    cut
}

fn place(rect: Rect, size: egui::Vec2, align: Align2) -> Pos2 {
    let x = match align.x() {
        egui::Align::Min => rect.left(),
        egui::Align::Center => rect.center().x - size.x / 2.0,
        egui::Align::Max => rect.right() - size.x,
    };
    let y = match align.y() {
        egui::Align::Min => rect.top(),
        egui::Align::Center => rect.center().y - size.y / 2.0,
        egui::Align::Max => rect.bottom() - size.y,
    };
    pos2(x, y)
}

/// What a label would be, for widgets that are painted by hand: role and text for the accessibility tree.
pub(crate) fn label(ui: &mut Ui, id: egui::Id, rect: Rect, text: &str) -> egui::Response {
    let response = ui.interact(rect, id, egui::Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, text));
    response
}
