//! Menus: of the menu bar, of context, of buttons. Entries are data, so that a menu can come from an app.
//!
//! Arrow keys walk, Right opens a submenu, Left and Esc leave, Enter chooses (egui's menu keyboard).

use super::touch::place;
use crate::fonts;
use crate::icons::{Icon, paint_icon};
use crate::theme::{Theme, radius, space, type_size};
use egui::containers::menu::{MenuConfig, SubMenu};
use egui::{
    Align, Align2, Color32, CornerRadius, Frame, Layout, Margin, Popup, Rect, Response, Role, Sense, Stroke,
    Ui, WidgetInfo, pos2, vec2,
};

/// One line of a menu.
#[derive(Clone, Debug, PartialEq)]
pub enum MenuEntry {
    /// Can be chosen.
    Item {
        /// Comes back when it is chosen.
        id: String,
        /// What it does.
        label: String,
        /// A symbol before it.
        icon: Option<Icon>,
        /// Keys that do the same; empty for none.
        keys: String,
        /// Whether it can be chosen now.
        enabled: bool,
        /// Whether it is on.
        checked: bool,
        /// Whether it destroys something.
        danger: bool,
    },
    /// A line.
    Separator,
    /// A quiet heading.
    Header(String),
    /// Opens further entries.
    Submenu {
        /// What they are about.
        label: String,
        /// A symbol before it.
        icon: Option<Icon>,
        /// The further entries.
        entries: Vec<MenuEntry>,
    },
}

impl MenuEntry {
    /// An entry that can be chosen.
    #[must_use]
    pub fn item(id: &str, label: &str) -> Self {
        MenuEntry::Item {
            id: id.into(),
            label: label.into(),
            icon: None,
            keys: String::new(),
            enabled: true,
            checked: false,
            danger: false,
        }
    }

    /// Adds a symbol to an item or a submenu.
    #[must_use]
    pub fn with_icon(mut self, symbol: Icon) -> Self {
        if let MenuEntry::Item { icon, .. } | MenuEntry::Submenu { icon, .. } = &mut self {
            *icon = Some(symbol);
        }
        self
    }

    /// Adds the keys that do the same.
    #[must_use]
    pub fn with_keys(mut self, chord: &str) -> Self {
        if let MenuEntry::Item { keys, .. } = &mut self {
            chord.clone_into(keys);
        }
        self
    }

    /// Whether it can be chosen.
    #[must_use]
    pub fn enabled_if(mut self, condition: bool) -> Self {
        if let MenuEntry::Item { enabled, .. } = &mut self {
            *enabled = condition;
        }
        self
    }

    /// Whether it is on.
    #[must_use]
    pub fn checked_if(mut self, condition: bool) -> Self {
        if let MenuEntry::Item { checked, .. } = &mut self {
            *checked = condition;
        }
        self
    }

    /// Marks it as destroying something.
    #[must_use]
    pub fn dangerous(mut self) -> Self {
        if let MenuEntry::Item { danger, .. } = &mut self {
            *danger = true;
        }
        self
    }
}

impl From<&crate::MenuItem> for MenuEntry {
    fn from(item: &crate::MenuItem) -> Self {
        if item.label == "-" {
            return MenuEntry::Separator;
        }
        MenuEntry::item(&item.id, &item.label)
            .with_keys(&item.keys)
            .enabled_if(item.enabled)
            .checked_if(item.checked)
    }
}

/// Draws entries into a popup.
pub struct MenuList;

impl MenuList {
    /// Draws them; returns the id of the one that was chosen. Choosing closes the menu.
    pub fn show(ui: &mut Ui, entries: &[MenuEntry]) -> Option<String> {
        let theme = Theme::of(ui);
        let gutter = entries.iter().any(|entry| match entry {
            MenuEntry::Item { icon, checked, .. } => icon.is_some() || *checked,
            MenuEntry::Submenu { icon, .. } => icon.is_some(),
            _ => false,
        });
        let width = width_of(ui, entries, gutter);
        ui.vertical(|ui| {
            ui.set_width(width);
            ui.spacing_mut().item_spacing.y = 0.0;
            let mut chosen = None;
            for entry in entries {
                if let Some(id) = entry_ui(ui, &theme, entry, gutter) {
                    chosen = Some(id);
                }
            }
            if chosen.is_some() {
                ui.close();
            }
            chosen
        })
        .inner
    }
}

fn width_of(ui: &Ui, entries: &[MenuEntry], gutter: bool) -> f32 {
    let measure =
        |text: &str, font| ui.painter().layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER).size().x;
    let widest = entries.iter().map(|entry| match entry {
        MenuEntry::Item { label, keys, .. } => {
            let keys =
                if keys.is_empty() { 0.0 } else { 28.0 + measure(keys, fonts::regular(type_size::LABEL)) };
            measure(label, fonts::body()) + keys
        }
        MenuEntry::Submenu { label, .. } => measure(label, fonts::body()) + 32.0,
        MenuEntry::Header(text) => measure(text, fonts::semibold(type_size::CAPTION)) + 12.0,
        MenuEntry::Separator => 0.0,
    });
    (widest.fold(0.0, f32::max) + 24.0 + if gutter { 24.0 } else { 0.0 }).clamp(168.0, 420.0).ceil()
}

fn entry_ui(ui: &mut Ui, theme: &Theme, entry: &MenuEntry, gutter: bool) -> Option<String> {
    match entry {
        MenuEntry::Separator => {
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 9.0), Sense::hover());
            let line = rect.shrink2(vec2(8.0, 0.0)).x_range();
            ui.painter().hline(line, rect.center().y, Stroke::new(1.0, theme.surface.divider));
            None
        }
        MenuEntry::Header(text) => {
            super::section_header(ui, text);
            None
        }
        MenuEntry::Item { id, label, icon, keys, enabled, checked, danger } => {
            let line =
                Line { label, icon: *icon, keys, checked: *checked, danger: *danger, arrow: false, gutter };
            let response = ui.add_enabled_ui(*enabled, |ui| line_ui(ui, theme, &line, *enabled)).inner;
            response.clicked().then(|| id.clone())
        }
        MenuEntry::Submenu { label, icon, entries } => {
            let line =
                Line { label, icon: *icon, keys: "", checked: false, danger: false, arrow: true, gutter };
            let response = line_ui(ui, theme, &line, true);
            let dress = menu_frame(theme);
            let config = MenuConfig::new().style(move |style: &mut egui::Style| {
                style.visuals.window_fill = dress.fill;
                style.visuals.menu_corner_radius = dress.corner_radius;
                style.spacing.menu_margin = dress.inner_margin;
            });
            SubMenu::new()
                .config(config)
                .show(ui, &response, |ui| MenuList::show(ui, entries))
                .and_then(|shown| shown.inner)
        }
    }
}

struct Line<'a> {
    label: &'a str,
    icon: Option<Icon>,
    keys: &'a str,
    checked: bool,
    danger: bool,
    arrow: bool,
    gutter: bool,
}

fn line_ui(ui: &mut Ui, theme: &Theme, line: &Line<'_>, enabled: bool) -> Response {
    let (id, rect) = place(ui, None, vec2(ui.available_width(), space::ROW - 2.0));
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::MenuItem, enabled, line.label);
        info.selected = line.checked.then_some(true);
        info
    });
    let text = paint_row(ui, theme, &response, rect);
    let lit = text == theme.accent.on;
    let text = if line.danger && !lit { theme.danger.text } else { text };
    let y = rect.center().y;
    let mut left = rect.left() + 10.0;
    if line.gutter {
        let mark = if line.checked { Some(Icon::Check) } else { line.icon };
        if let Some(icon) = mark {
            paint_icon(ui.painter(), pos2(left + 7.0, y), icon, 16.0, text);
        }
        left += 24.0;
    }
    ui.painter().text(pos2(left, y), Align2::LEFT_CENTER, line.label, fonts::body(), text);
    if !line.keys.is_empty() {
        let quiet = if lit { text } else { theme.text.muted };
        let font = fonts::regular(type_size::LABEL);
        ui.painter().text(pos2(rect.right() - 10.0, y), Align2::RIGHT_CENTER, line.keys, font, quiet);
    }
    if line.arrow {
        paint_icon(ui.painter(), pos2(rect.right() - 14.0, y), Icon::CaretRight, 13.0, text);
    }
    response
}

/// Paints the background of a row under the pointer or the keyboard; returns the colour of its text.
pub(super) fn paint_row(ui: &Ui, theme: &Theme, response: &Response, rect: Rect) -> Color32 {
    let lit = response.enabled() && (response.hovered() || response.has_focus());
    if lit {
        ui.painter().rect_filled(rect, CornerRadius::same(radius::CONTROL - 2), theme.accent.fill);
    }
    if lit { theme.accent.on } else { theme.text.primary }
}

/// Frame of menus and lists that open.
pub fn menu_frame(theme: &Theme) -> Frame {
    Frame::new()
        .fill(theme.surface.popup)
        .stroke(theme.outline())
        .corner_radius(CornerRadius::same(radius::TILE))
        .shadow(theme.shadow.popup)
        .inner_margin(Margin::same(5))
}

/// Opens a menu below a button that was clicked; returns the id of the entry that was chosen.
pub fn menu_popup(button: &Response, entries: &[MenuEntry]) -> Option<String> {
    let theme = crate::theme::current(&button.ctx);
    show_popup(Popup::menu(button), &theme, entries)
}

/// Opens a menu at the pointer when a thing was clicked with the second button.
pub fn context_menu(response: &Response, entries: &[MenuEntry]) -> Option<String> {
    let theme = crate::theme::current(&response.ctx);
    show_popup(Popup::context_menu(response), &theme, entries)
}

fn show_popup(popup: Popup<'_>, theme: &Theme, entries: &[MenuEntry]) -> Option<String> {
    popup
        .frame(menu_frame(theme))
        .gap(4.0)
        .layout(Layout::top_down_justified(Align::Min))
        .show(|ui| MenuList::show(ui, entries))
        .and_then(|shown| shown.inner)
}
