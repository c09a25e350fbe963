//! Rows: of lists, and of the side bar of a window.

use super::touch::{Touch, focus_ring, place};
use crate::fonts;
use crate::icons::{Icon, IconFace, paint_icon_face};
use crate::theme::{Theme, mix, radius, space, type_size};
use egui::{
    Align2, Color32, CornerRadius, Id, Rect, Response, Role, Sense, Ui, Widget, WidgetInfo, pos2,
    text::LayoutJob, text::TextWrapping, vec2,
};
use std::borrow::Cow;

/// A symbol, an emoji, or nothing at the start of a row.
#[derive(Clone, Debug)]
enum Mark<'a> {
    None,
    Icon(Icon),
    Emoji(Cow<'a, str>),
}

/// A row of a list: mark, title, second line, something at its end.
#[must_use = "add it to a Ui"]
pub struct ListRow<'a> {
    mark: Mark<'a>,
    title: Cow<'a, str>,
    subtitle: Cow<'a, str>,
    trailing: Cow<'a, str>,
    selected: bool,
    interactive: bool,
    id: Option<Id>,
}

impl<'a> ListRow<'a> {
    /// A row with a title, which is its name.
    pub fn new(title: impl Into<Cow<'a, str>>) -> Self {
        ListRow {
            mark: Mark::None,
            title: title.into(),
            subtitle: "".into(),
            trailing: "".into(),
            selected: false,
            interactive: true,
            id: None,
        }
    }

    /// A symbol at its start.
    pub fn icon(mut self, icon: Icon) -> Self {
        self.mark = Mark::Icon(icon);
        self
    }

    /// An emoji at its start.
    pub fn emoji(mut self, emoji: impl Into<Cow<'a, str>>) -> Self {
        self.mark = Mark::Emoji(emoji.into());
        self
    }

    /// A second line below the title.
    pub fn subtitle(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.subtitle = text.into();
        self
    }

    /// A quiet text at its end.
    pub fn trailing(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.trailing = text.into();
        self
    }

    /// Marks it as the selected one.
    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }

    /// Whether it can be clicked and focused; it can unless told otherwise.
    pub fn interactive(mut self, interactive: bool) -> Self {
        self.interactive = interactive;
        self
    }

    /// A fixed id instead of one by place.
    pub fn id(mut self, id: Id) -> Self {
        self.id = Some(id);
        self
    }

    /// Height in points.
    #[must_use]
    pub fn height(&self) -> f32 {
        if self.subtitle.is_empty() { space::ROW + 2.0 } else { 48.0 }
    }

    /// Draws it in a given rectangle.
    pub fn show_at(self, ui: &mut Ui, rect: Rect) -> Response {
        let id = self.id.unwrap_or_else(|| ui.next_auto_id());
        self.show(ui, id, rect)
    }

    fn show(self, ui: &mut Ui, id: Id, rect: Rect) -> Response {
        let theme = Theme::of(ui);
        let sense = if self.interactive { Sense::click() } else { Sense::empty() };
        let response = ui.interact(rect, id, sense);
        let (enabled, selected) = (ui.is_enabled(), self.selected);
        response.widget_info(|| WidgetInfo::selected(Role::ListItem, enabled, selected, &self.title));
        if !ui.is_rect_visible(rect) {
            return response;
        }
        let touch = Touch::of(ui, &theme, &response);
        let (fill, colours) = row_colours(&theme, touch, selected);
        ui.painter().rect_filled(rect, CornerRadius::same(radius::CONTROL), fill);
        focus_ring(ui, &theme, &response, rect.shrink(1.0), radius::CONTROL - 1);
        let mut left = rect.left() + 10.0;
        let y = rect.center().y;
        paint_mark(ui, &self.mark, pos2(left + 9.0, y), colours.mark, 18.0);
        if !matches!(self.mark, Mark::None) {
            left += 28.0;
        }
        let mut right = rect.right() - 10.0;
        if !self.trailing.is_empty() {
            let font = fonts::regular(type_size::LABEL);
            let shown =
                ui.painter().text(pos2(right, y), Align2::RIGHT_CENTER, &self.trailing, font, colours.quiet);
            right = shown.left() - 8.0;
        }
        let width = (right - left).max(0.0);
        let title_y = if self.subtitle.is_empty() { y } else { y - 9.0 };
        line(ui, &self.title, fonts::control(), colours.text, left, title_y, width);
        if !self.subtitle.is_empty() {
            line(ui, &self.subtitle, fonts::regular(type_size::LABEL), colours.quiet, left, y + 10.0, width);
        }
        response
    }
}

struct RowColours {
    text: Color32,
    quiet: Color32,
    mark: Color32,
}

fn row_colours(theme: &Theme, touch: Touch, selected: bool) -> (Color32, RowColours) {
    if selected {
        let on = theme.accent.on;
        let fill = touch.fill(theme.accent.fill, theme.accent.hover, theme.accent.pressed);
        return (fill, RowColours { text: on, quiet: on, mark: on });
    }
    let fill = touch.fill(Color32::TRANSPARENT, theme.control.ghost_hover, theme.control.hover);
    let mark = mix(theme.text.secondary, theme.text.primary, touch.hover);
    (fill, RowColours { text: theme.text.primary, quiet: theme.text.muted, mark })
}

fn paint_mark(ui: &Ui, mark: &Mark<'_>, centre: egui::Pos2, colour: Color32, size: f32) {
    match mark {
        Mark::None => {}
        Mark::Icon(icon) => paint_icon_face(ui.painter(), centre, *icon, IconFace::Outline, size, colour),
        Mark::Emoji(emoji) => {
            ui.painter().text(centre, Align2::CENTER_CENTER, emoji, fonts::emoji(size - 2.0), Color32::WHITE);
        }
    }
}

/// One line of text, cut with an ellipsis at `width`.
fn line(ui: &Ui, text: &str, font: egui::FontId, colour: Color32, left: f32, centre_y: f32, width: f32) {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, colour);
    job.wrap = TextWrapping::truncate_at_width(width);
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(pos2(left, centre_y - galley.size().y / 2.0), galley, colour);
}

impl Widget for ListRow<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let (id, rect) = place(ui, self.id, vec2(ui.available_width(), self.height()));
        self.show(ui, id, rect)
    }
}

/// An entry of the side bar of a window.
#[must_use = "add it to a Ui"]
pub struct SidebarItem<'a> {
    mark: Mark<'a>,
    label: Cow<'a, str>,
    count: Option<usize>,
    selected: bool,
}

impl<'a> SidebarItem<'a> {
    /// An entry with a symbol.
    pub fn new(icon: Icon, label: impl Into<Cow<'a, str>>) -> Self {
        SidebarItem { mark: Mark::Icon(icon), label: label.into(), count: None, selected: false }
    }

    /// An entry with an emoji.
    pub fn emoji(emoji: impl Into<Cow<'a, str>>, label: impl Into<Cow<'a, str>>) -> Self {
        SidebarItem { mark: Mark::Emoji(emoji.into()), label: label.into(), count: None, selected: false }
    }

    /// A number at its end.
    pub fn count(mut self, count: usize) -> Self {
        self.count = Some(count);
        self
    }

    /// Marks it as the shown one.
    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }
}

impl Widget for SidebarItem<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let row = ListRow {
            mark: self.mark,
            title: self.label,
            subtitle: "".into(),
            trailing: self.count.map_or("".into(), |count| count.to_string().into()),
            selected: self.selected,
            interactive: true,
            id: None,
        };
        let (id, rect) = place(ui, None, vec2(ui.available_width(), space::ROW));
        row.show(ui, id, rect)
    }
}

/// A small heading above a group of rows.
pub fn section_header(ui: &mut Ui, text: &str) -> Response {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    let at = pos2(rect.left() + 10.0, rect.bottom() - 7.0);
    let font = fonts::semibold(type_size::CAPTION);
    ui.painter().text(at, Align2::LEFT_BOTTOM, text.to_uppercase(), font, theme.text.muted);
    response
}
