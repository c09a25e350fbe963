//! Push buttons: with text, with a symbol, or both.

use super::touch::{Touch, focus_ring, place};
use crate::fonts;
use crate::icons::{Icon, paint_icon};
use crate::theme::{Theme, alpha, radius, space, type_size};
use egui::{
    Color32, CornerRadius, FontId, Galley, Id, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2,
    Widget, WidgetInfo, pos2, vec2,
};
use std::borrow::Cow;
use std::sync::Arc;

/// What a button is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// One of several things to do.
    #[default]
    Secondary,
    /// The thing to do here; at most one in view.
    Primary,
    /// Destroys something.
    Danger,
    /// Only an outline.
    Outline,
    /// No background until it is pointed at.
    Ghost,
}

/// Height and text size of a control.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ControlSize {
    /// 24 points high.
    Small,
    /// 30 points high.
    #[default]
    Medium,
    /// 38 points high.
    Large,
}

impl ControlSize {
    /// Height in points.
    #[must_use]
    pub fn height(self) -> f32 {
        match self {
            ControlSize::Small => space::CONTROL_SMALL,
            ControlSize::Medium => space::CONTROL,
            ControlSize::Large => space::CONTROL_LARGE,
        }
    }

    /// Font size in points.
    #[must_use]
    pub fn font_size(self) -> f32 {
        match self {
            ControlSize::Small => type_size::LABEL,
            ControlSize::Medium => type_size::BODY,
            ControlSize::Large => type_size::H3,
        }
    }

    fn padding(self) -> f32 {
        match self {
            ControlSize::Small => 10.0,
            ControlSize::Medium => 14.0,
            ControlSize::Large => 18.0,
        }
    }
}

/// Colours and shape of a button; Blueprint apps may change parts of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ButtonLook {
    /// Fill at rest.
    pub fill: Color32,
    /// Fill under the pointer.
    pub hover: Color32,
    /// Fill while pressed.
    pub pressed: Color32,
    /// Text and symbol.
    pub text: Color32,
    /// Outline.
    pub stroke: Stroke,
    /// Corner radius in points.
    pub corner: u8,
    /// Of the text.
    pub font: FontId,
}

impl ButtonLook {
    /// The look of a kind and size in a theme.
    #[must_use]
    pub fn new(theme: &Theme, kind: ButtonKind, size: ControlSize) -> Self {
        let control = &theme.control;
        let thin = Stroke::new(1.0, control.stroke);
        let (fill, hover, pressed, text, stroke) = match kind {
            ButtonKind::Secondary => (control.fill, control.hover, control.pressed, theme.text.primary, thin),
            ButtonKind::Primary => {
                let accent = &theme.accent;
                (accent.fill, accent.hover, accent.pressed, accent.on, Stroke::NONE)
            }
            ButtonKind::Danger => {
                let danger = &theme.danger;
                let pressed = crate::theme::darken(danger.fill, 0.16);
                (danger.fill, crate::theme::darken(danger.fill, 0.08), pressed, danger.on, Stroke::NONE)
            }
            ButtonKind::Outline => {
                let line = Stroke::new(1.0, control.strong_stroke);
                (Color32::TRANSPARENT, control.ghost_hover, control.hover, theme.text.primary, line)
            }
            ButtonKind::Ghost => {
                (Color32::TRANSPARENT, control.ghost_hover, control.hover, theme.text.primary, Stroke::NONE)
            }
        };
        let font = fonts::medium(size.font_size());
        ButtonLook { fill, hover, pressed, text, stroke, corner: radius::CONTROL, font }
    }
}

/// A push button.
#[must_use = "add it to a Ui"]
pub struct Button<'a> {
    text: Cow<'a, str>,
    icon: Option<Icon>,
    name: Option<Cow<'a, str>>,
    kind: ButtonKind,
    size: ControlSize,
    look: Option<ButtonLook>,
    min_width: f32,
    fill_width: bool,
    held: bool,
    selected: bool,
    loading: bool,
    id: Option<Id>,
}

impl<'a> Button<'a> {
    /// A secondary button with a text.
    pub fn new(text: impl Into<Cow<'a, str>>) -> Self {
        Button {
            text: text.into(),
            icon: None,
            name: None,
            kind: ButtonKind::Secondary,
            size: ControlSize::Medium,
            look: None,
            min_width: 0.0,
            fill_width: false,
            held: false,
            selected: false,
            loading: false,
            id: None,
        }
    }

    /// The button for the thing to do here.
    pub fn primary(text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(text).kind(ButtonKind::Primary)
    }

    /// A button without background.
    pub fn ghost(text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(text).kind(ButtonKind::Ghost)
    }

    /// A button that destroys something.
    pub fn danger(text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(text).kind(ButtonKind::Danger)
    }

    /// A button that shows only a symbol; the name is read out and shown on hover.
    pub fn icon(icon: Icon, name: impl Into<Cow<'a, str>>) -> Self {
        Self { icon: Some(icon), name: Some(name.into()), ..Self::new("").kind(ButtonKind::Ghost) }
    }

    /// What it is for.
    pub fn kind(mut self, kind: ButtonKind) -> Self {
        self.kind = kind;
        self
    }

    /// Puts a symbol before the text.
    pub fn with_icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// Height and text size.
    pub fn size(mut self, size: ControlSize) -> Self {
        self.size = size;
        self
    }

    /// Another look than that of its kind.
    pub fn look(mut self, look: ButtonLook) -> Self {
        self.look = Some(look);
        self
    }

    /// Accessible name where it is not the text.
    pub fn name(mut self, name: impl Into<Cow<'a, str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// At least this wide, in points.
    pub fn min_width(mut self, points: f32) -> Self {
        self.min_width = points;
        self
    }

    /// As wide as there is room.
    pub fn fill_width(mut self) -> Self {
        self.fill_width = true;
        self
    }

    /// Looks pressed, as while its key is held.
    pub fn held(mut self, held: bool) -> Self {
        self.held = held;
        self
    }

    /// Looks switched on.
    pub fn selected(mut self, selected: bool) -> Self {
        self.selected = selected;
        self
    }

    /// Shows that its work is under way, and cannot be pressed meanwhile.
    pub fn loading(mut self, loading: bool) -> Self {
        self.loading = loading;
        self
    }

    /// A fixed id instead of one by place.
    pub fn id(mut self, id: Id) -> Self {
        self.id = Some(id);
        self
    }

    /// Size in points that its content wants.
    pub fn desired_size(&self, ui: &Ui) -> Vec2 {
        let theme = Theme::of(ui);
        let look = self.look.clone().unwrap_or_else(|| ButtonLook::new(&theme, self.kind, self.size));
        let content = self.content_width(&self.galley(ui, &look), &look);
        let height = self.size.height().max(look.font.size * 1.2 + 6.0);
        let padding =
            if self.text.is_empty() { (height - content).max(8.0) / 2.0 } else { self.size.padding() };
        vec2((content + 2.0 * padding).max(self.min_width).max(height), height)
    }

    fn galley(&self, ui: &Ui, look: &ButtonLook) -> Arc<Galley> {
        ui.painter().layout_no_wrap(self.text.clone().into_owned(), look.font.clone(), Color32::PLACEHOLDER)
    }

    fn has_mark(&self) -> bool {
        self.icon.is_some() || self.loading
    }

    fn content_width(&self, galley: &Galley, look: &ButtonLook) -> f32 {
        let mark = if self.has_mark() { icon_size(look) } else { 0.0 };
        let gap = if self.has_mark() && !self.text.is_empty() { 7.0 } else { 0.0 };
        mark + gap + galley.size().x
    }

    /// Draws it in a given rectangle.
    pub fn show_at(self, ui: &mut Ui, rect: Rect) -> Response {
        let id = self.id.unwrap_or_else(|| ui.next_auto_id());
        self.show(ui, id, rect)
    }

    fn show(self, ui: &mut Ui, id: Id, rect: Rect) -> Response {
        let theme = Theme::of(ui);
        let sense = if self.loading { Sense::hover() } else { Sense::click() };
        let response = ui.interact(rect, id, sense);
        let look = self.look.clone().unwrap_or_else(|| ButtonLook::new(&theme, self.kind, self.size));
        let enabled = ui.is_enabled();
        response.widget_info(|| {
            let name = self.name.as_deref().unwrap_or(&self.text);
            let mut info = WidgetInfo::labeled(Role::Button, enabled, name);
            if self.selected {
                info.selected = Some(true);
            }
            info
        });
        if ui.is_rect_visible(rect) {
            self.paint(ui, &theme, &look, &response, rect);
        }
        match &self.name {
            Some(name) if self.text.is_empty() => super::tooltip(response, name),
            _ => response,
        }
    }

    fn paint(&self, ui: &Ui, theme: &Theme, look: &ButtonLook, response: &Response, rect: Rect) {
        let mut touch = Touch::of(ui, theme, response);
        touch.pressed |= self.held;
        let rest = if self.selected { theme.control.selected } else { look.fill };
        let fill = touch.fill(rest, look.hover, look.pressed);
        let corner = CornerRadius::same(look.corner);
        let painter = ui.painter();
        painter.rect(rect, corner, fill, look.stroke, StrokeKind::Inside);
        focus_ring(ui, theme, response, rect, look.corner);

        let galley = self.galley(ui, look);
        let width = self.content_width(&galley, look);
        let mut x = rect.center().x - width / 2.0;
        let y = rect.center().y;
        let text = if self.selected { theme.accent.text } else { look.text };
        if self.has_mark() {
            let size = icon_size(look);
            let centre = pos2(x + size / 2.0, y);
            match self.icon {
                _ if self.loading => super::progress::paint_spinner(ui, theme, centre, size, text),
                Some(icon) => paint_icon(painter, centre, icon, size, text),
                None => {}
            }
            x += size + if self.text.is_empty() { 0.0 } else { 7.0 };
        }
        let clipped = painter.with_clip_rect(painter.clip_rect().intersect(rect));
        let text = if self.loading { alpha(text, 160) } else { text };
        let at = pos2(x, y - galley.size().y / 2.0);
        clipped.galley_with_override_text_color(at, galley, text);
    }
}

fn icon_size(look: &ButtonLook) -> f32 {
    (look.font.size * 1.22).round()
}

impl Widget for Button<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let mut size = self.desired_size(ui);
        if self.fill_width {
            size.x = size.x.max(ui.available_width());
        }
        let (id, rect) = place(ui, self.id, size);
        self.show(ui, id, rect)
    }
}
