//! A field to write several lines in.

use super::text_field::paint_field;
use super::touch::place;
use crate::fonts;
use crate::theme::Theme;
use egui::{Align, FontId, Frame, Id, Layout, Margin, Rect, Response, TextEdit, Ui, UiBuilder, Widget, vec2};
use std::borrow::Cow;

/// Several lines of text, with its own scrolling.
#[must_use = "add it to a Ui"]
pub struct TextArea<'a> {
    text: &'a mut String,
    placeholder: Cow<'a, str>,
    name: Cow<'a, str>,
    invalid: bool,
    bare: bool,
    read_only: bool,
    font: FontId,
    id: Option<Id>,
}

impl<'a> TextArea<'a> {
    /// A field with an accessible name.
    pub fn new(text: &'a mut String, name: impl Into<Cow<'a, str>>) -> Self {
        TextArea {
            text,
            placeholder: "".into(),
            name: name.into(),
            invalid: false,
            bare: false,
            read_only: false,
            font: fonts::body(),
            id: None,
        }
    }

    /// Shown while it is empty.
    pub fn placeholder(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.placeholder = text.into();
        self
    }

    /// Shows that the text is not accepted.
    pub fn invalid(mut self, invalid: bool) -> Self {
        self.invalid = invalid;
        self
    }

    /// Without box, where the text is the whole content of a window.
    pub fn bare(mut self) -> Self {
        self.bare = true;
        self
    }

    /// Can be selected and copied, not changed.
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// Another font.
    pub fn font(mut self, font: FontId) -> Self {
        self.font = font;
        self
    }

    /// A fixed id instead of one by place.
    pub fn id(mut self, id: Id) -> Self {
        self.id = Some(id);
        self
    }

    /// Draws it in a given rectangle.
    pub fn show_at(self, ui: &mut Ui, rect: Rect) -> Response {
        let theme = Theme::of(ui);
        let id = self.id.unwrap_or_else(|| ui.next_auto_id());
        let focused = ui.memory(|memory| memory.has_focus(id));
        if !self.bare {
            paint_field(ui, &theme, id, rect, focused, self.invalid);
        }
        let inner = if self.bare { rect } else { rect.shrink(1.0) };
        let builder =
            UiBuilder::new().max_rect(inner).layout(Layout::top_down(Align::Min)).id_salt(id.with("lines"));
        let mut child = ui.new_child(builder);
        child.shrink_clip_rect(inner);
        child.visuals_mut().weak_text_color = Some(theme.text.muted);
        let margin = if self.bare { Margin::ZERO } else { Margin::symmetric(9, 7) };
        let mut fixed;
        let editor = if self.read_only {
            fixed = self.text.as_str();
            TextEdit::multiline(&mut fixed)
        } else {
            TextEdit::multiline(self.text)
        };
        let hint =
            egui::RichText::new(self.placeholder.as_ref()).font(self.font.clone()).color(theme.text.muted);
        let editor = editor
            .id(id)
            .frame(Frame::NONE.inner_margin(margin))
            .font(self.font)
            .text_color(theme.text.primary)
            .hint_text(hint)
            .desired_width(inner.width())
            .desired_rows(1)
            .min_size(inner.size());
        let scroll = egui::ScrollArea::vertical().id_salt(id.with("scroll")).auto_shrink([false, false]);
        let mut response = scroll.show(&mut child, |ui| ui.add(editor)).inner;
        response.rect = rect;
        response.accessible_name(self.name)
    }
}

impl Widget for TextArea<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let size = vec2(ui.available_width(), ui.available_height().clamp(72.0, 4_000.0));
        let (id, rect) = place(ui, self.id, size);
        Self { id: Some(id), ..self }.show_at(ui, rect)
    }
}
