//! Keeps the theme in the egui context and dresses egui's own widgets in it.

use super::{Theme, metrics};
use crate::{Appearance, ThemeChoice, fonts};
use egui::style::{ScrollStyle, Selection, WidgetVisuals, Widgets};
use egui::{Color32, Context, CornerRadius, Id, Margin, Stroke, Style, TextStyle, Ui, Visuals, vec2};
use std::sync::{Arc, LazyLock};

static DEFAULT: LazyLock<Arc<Theme>> = LazyLock::new(|| Arc::new(Theme::new(&Appearance::default())));

fn slot() -> Id {
    Id::unique("agentos theme")
}

/// The theme that [`apply`] put into this context; the default one before that.
#[must_use]
pub fn current(ctx: &Context) -> Arc<Theme> {
    ctx.data(|data| data.get_temp::<Arc<Theme>>(slot())).unwrap_or_else(|| Arc::clone(&DEFAULT))
}

impl Theme {
    /// The theme in force here.
    #[must_use]
    pub fn of(ui: &Ui) -> Arc<Theme> {
        current(ui.ctx())
    }
}

/// Makes this appearance the one of the context. With nothing changed it costs a comparison, so the shell
/// may call it in every frame. `Appearance::scale` is the front-end's matter and not touched.
pub fn apply(ctx: &Context, appearance: &Appearance) {
    let theme = Theme::new(appearance);
    if ctx.data(|data| data.get_temp::<Arc<Theme>>(slot())).is_some_and(|now| *now == theme) {
        return;
    }
    let style = Arc::new(style_of(&theme));
    ctx.set_style_of(egui::Theme::Dark, Arc::clone(&style));
    ctx.set_style_of(egui::Theme::Light, style);
    ctx.set_theme(match theme.choice {
        ThemeChoice::Dark => egui::Theme::Dark,
        ThemeChoice::Light => egui::Theme::Light,
    });
    ctx.data_mut(|data| data.insert_temp(slot(), Arc::new(theme)));
}

fn style_of(theme: &Theme) -> Style {
    use metrics::{duration, space, type_size};
    let mut style = Style { visuals: visuals_of(theme), ..Style::default() };
    style.text_styles = [
        (TextStyle::Small, fonts::regular(type_size::CAPTION)),
        (TextStyle::Body, fonts::regular(type_size::BODY)),
        (TextStyle::Button, fonts::medium(type_size::BODY)),
        (TextStyle::Heading, fonts::semibold(type_size::H2)),
        (TextStyle::Monospace, fonts::mono(type_size::BODY)),
    ]
    .into();
    style.animation_time = theme.motion(duration::NORMAL);
    if theme.reduce_motion {
        style.scroll_animation = egui::style::ScrollAnimation::none();
    }
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.45;
    style.url_in_tooltip = true;
    style.compact_menu_style = true;
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(space::S, space::S);
    spacing.button_padding = vec2(space::M, 5.0);
    spacing.interact_size = vec2(40.0, space::CONTROL);
    spacing.menu_margin = Margin::same(5);
    spacing.window_margin = Margin::same(12);
    spacing.combo_width = 120.0;
    spacing.icon_width = 18.0;
    spacing.icon_width_inner = 10.0;
    spacing.icon_spacing = space::S;
    spacing.scroll = ScrollStyle {
        bar_width: 8.0,
        floating_width: 4.0,
        dormant_handle_opacity: 0.2,
        active_handle_opacity: 0.35,
        interact_handle_opacity: 0.6,
        ..ScrollStyle::floating()
    };
    style
}

fn visuals_of(theme: &Theme) -> Visuals {
    let mut visuals = if theme.is_dark() { Visuals::dark() } else { Visuals::light() };
    let radius = CornerRadius::same(metrics::radius::CONTROL);
    let widget = |fill: Color32, stroke: Color32, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, stroke),
        corner_radius: radius,
        fg_stroke: Stroke::new(1.5, text),
        expansion: 0.0,
    };
    let control = &theme.control;
    let text = &theme.text;
    visuals.widgets = Widgets {
        noninteractive: widget(theme.surface.raised, theme.surface.divider, text.primary),
        inactive: widget(control.fill, control.stroke, text.primary),
        hovered: widget(control.hover, control.stroke, text.primary),
        active: widget(control.pressed, theme.accent.ring, text.primary),
        open: widget(control.hover, control.stroke, text.primary),
    };
    // A knob must stand out from its rail: egui fills both with `bg_fill`.
    visuals.slider_trailing_fill = true;
    visuals.selection = Selection { bg_fill: theme.accent.soft, stroke: Stroke::new(1.5, theme.accent.text) };
    visuals.hyperlink_color = theme.accent.text;
    visuals.weak_text_color = Some(text.muted);
    visuals.faint_bg_color = control.ghost_hover;
    visuals.extreme_bg_color = theme.surface.sunken;
    visuals.text_edit_bg_color = Some(control.field);
    visuals.code_bg_color = control.fill;
    visuals.warn_fg_color = theme.warning.text;
    visuals.error_fg_color = theme.danger.text;
    visuals.window_corner_radius = CornerRadius::same(metrics::radius::WINDOW);
    visuals.window_shadow = theme.shadow.window_focused;
    visuals.window_fill = theme.surface.popup;
    visuals.window_stroke = theme.outline();
    visuals.menu_corner_radius = CornerRadius::same(metrics::radius::TILE);
    visuals.panel_fill = theme.surface.window;
    visuals.popup_shadow = theme.shadow.popup;
    visuals.text_cursor.stroke = Stroke::new(2.0, theme.accent.text);
    // A caret that blinks would keep an idle desktop drawing.
    visuals.text_cursor.blink = false;
    visuals.disabled_alpha = metrics::DISABLED_ALPHA;
    visuals
}
