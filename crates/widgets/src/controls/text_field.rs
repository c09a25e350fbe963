//! A field to write one line in.

use super::touch::{CORNER, place};
use crate::fonts;
use crate::icons::{Icon, paint_icon};
use crate::theme::{Theme, mix, space};
use egui::{
    Align, Align2, FontId, Frame, Id, Layout, Rect, Response, Role, Sense, Stroke, StrokeKind, TextEdit, Ui,
    UiBuilder, Vec2, Widget, WidgetInfo, pos2, vec2,
};
use std::borrow::Cow;

/// One line of text.
#[must_use = "add it to a Ui"]
pub struct TextField<'a> {
    text: &'a mut String,
    placeholder: Cow<'a, str>,
    name: Cow<'a, str>,
    icon: Option<Icon>,
    clearable: bool,
    password: bool,
    invalid: bool,
    read_only: bool,
    width: f32,
    height: f32,
    font: FontId,
    id: Option<Id>,
}

impl<'a> TextField<'a> {
    /// A field with an accessible name.
    pub fn new(text: &'a mut String, name: impl Into<Cow<'a, str>>) -> Self {
        TextField {
            text,
            placeholder: "".into(),
            name: name.into(),
            icon: None,
            clearable: false,
            password: false,
            invalid: false,
            read_only: false,
            width: 220.0,
            height: space::CONTROL,
            font: fonts::body(),
            id: None,
        }
    }

    /// A field to search with: a lens, and a button that clears it.
    pub fn search(text: &'a mut String, name: impl Into<Cow<'a, str>>) -> Self {
        let name = name.into();
        Self { placeholder: name.clone(), ..Self::new(text, name).icon(Icon::MagnifyingGlass).clearable() }
    }

    /// Shown while it is empty.
    pub fn placeholder(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.placeholder = text.into();
        self
    }

    /// A symbol at its start.
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// Adds a button that empties it.
    pub fn clearable(mut self) -> Self {
        self.clearable = true;
        self
    }

    /// Shows dots.
    pub fn password(mut self, hidden: bool) -> Self {
        self.password = hidden;
        self
    }

    /// Shows that the text is not accepted.
    pub fn invalid(mut self, invalid: bool) -> Self {
        self.invalid = invalid;
        self
    }

    /// Can be selected and copied, not changed.
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// Width in points.
    pub fn width(mut self, points: f32) -> Self {
        self.width = points;
        self
    }

    /// Height in points and font of a field of another size.
    pub fn sized(mut self, height: f32, font: FontId) -> Self {
        (self.height, self.font) = (height, font);
        self
    }

    /// A fixed id instead of one by place.
    pub fn id(mut self, id: Id) -> Self {
        self.id = Some(id);
        self
    }

    /// Size in points.
    #[must_use]
    pub fn desired_size(&self) -> Vec2 {
        vec2(self.width, self.height)
    }

    /// Draws it in a given rectangle. `changed`, `has_focus`, `lost_focus` tell what happened.
    pub fn show_at(self, ui: &mut Ui, rect: Rect) -> Response {
        let id = self.id.unwrap_or_else(|| ui.next_auto_id());
        self.show(ui, id, rect)
    }

    fn show(self, ui: &mut Ui, id: Id, rect: Rect) -> Response {
        let theme = Theme::of(ui);
        let focused = ui.memory(|memory| memory.has_focus(id));
        paint_field(ui, &theme, id, rect, focused, self.invalid);
        let mut inner = rect.shrink2(vec2(9.0, 0.0));
        if let Some(icon) = self.icon {
            let centre = pos2(inner.left() + 7.0, rect.center().y);
            paint_icon(ui.painter(), centre, icon, 15.0, theme.text.muted);
            inner.min.x += 22.0;
        }
        let clear = self.clearable && !self.text.is_empty() && ui.is_enabled();
        let clear_rect = Rect::from_center_size(pos2(rect.right() - 15.0, rect.center().y), vec2(20.0, 20.0));
        if clear {
            inner.max.x -= 18.0;
        }
        let cleared = clear && clear_button(ui, &theme, id.with("clear"), clear_rect);
        if cleared {
            self.text.clear();
        }
        let mut response = edit(
            ui,
            &theme,
            id,
            inner,
            EditSpec {
                text: if self.read_only {
                    Buffer::Fixed(self.text.as_str())
                } else {
                    Buffer::Free(self.text)
                },
                placeholder: &self.placeholder,
                password: self.password,
                font: self.font,
            },
        );
        response.rect = rect;
        if cleared {
            response.mark_changed();
            response.request_focus();
        }
        response.accessible_name(self.name)
    }
}

enum Buffer<'a> {
    Free(&'a mut String),
    Fixed(&'a str),
}

struct EditSpec<'a> {
    text: Buffer<'a>,
    placeholder: &'a str,
    password: bool,
    font: FontId,
}

fn edit(ui: &mut Ui, theme: &Theme, id: Id, inner: Rect, spec: EditSpec<'_>) -> Response {
    let builder = UiBuilder::new()
        .max_rect(inner)
        .layout(Layout::left_to_right(Align::Center))
        .id_salt(id.with("line"));
    let mut line = ui.new_child(builder);
    line.visuals_mut().weak_text_color = Some(theme.text.muted);
    let mut fixed;
    let editor = match spec.text {
        Buffer::Free(text) => TextEdit::singleline(text),
        Buffer::Fixed(text) => {
            fixed = text;
            TextEdit::singleline(&mut fixed)
        }
    };
    let hint = egui::RichText::new(spec.placeholder).font(spec.font.clone()).color(theme.text.muted);
    let editor = editor
        .id(id)
        .frame(Frame::NONE)
        .font(spec.font)
        .text_color(theme.text.primary)
        .hint_text(hint)
        .password(spec.password)
        .desired_width(inner.width())
        .min_size(vec2(inner.width(), inner.height()))
        .align(Align2::LEFT_CENTER);
    editor.show(&mut line).response.response
}

/// Paints the box of a field.
pub(super) fn paint_field(ui: &Ui, theme: &Theme, id: Id, rect: Rect, focused: bool, invalid: bool) {
    let hovered = ui.is_enabled() && ui.rect_contains_pointer(rect);
    let seconds = theme.motion(crate::theme::duration::QUICK);
    let hover = ui.ctx().animate_bool_with_time(id.with("hover"), hovered, seconds);
    let rest = theme.control.strong_stroke.gamma_multiply(0.75 + 0.25 * hover);
    let stroke = match (invalid, focused) {
        (true, _) => Stroke::new(if focused { 2.0 } else { 1.0 }, theme.danger.text),
        (false, true) => theme.focus_ring(),
        (false, false) => Stroke::new(1.0, rest),
    };
    let fill = mix(theme.control.field, theme.control.field.gamma_multiply(0.85), hover);
    ui.painter().rect(rect, CORNER, fill, stroke, StrokeKind::Inside);
}

fn clear_button(ui: &Ui, theme: &Theme, id: Id, rect: Rect) -> bool {
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Clear"));
    let colour = if response.hovered() { theme.text.primary } else { theme.text.muted };
    paint_icon(ui.painter(), rect.center(), Icon::XCircle, 15.0, colour);
    super::focus_ring(ui, theme, &response, rect, 10);
    response.clicked()
}

impl Widget for TextField<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let size = vec2(self.width.min(ui.available_width().max(40.0)), self.height);
        let (id, rect) = place(ui, self.id, size);
        self.show(ui, id, rect)
    }
}
