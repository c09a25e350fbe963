//! The title bar of a window: its three buttons, icon and title with what stands beside it, and its menu.

use super::{super::actions::to_point, Action, Shell};
use egui::{
    Align2, Color32, CornerRadius, Id, PointerButton, Pos2, Rect, Response, Role, Sense, Stroke, StrokeKind,
    Ui, WidgetInfo, pos2, vec2,
};
use services::AppKind;
use std::sync::Arc;
use widgets::{fonts, theme::Theme};
use windows::{Op, WindowId, WindowState};

/// Radius of a title bar button's circle in points.
const LIGHT: f32 = 6.5;

/// One of the three buttons of a title bar.
#[derive(Clone, Copy, PartialEq)]
enum Light {
    Close,
    Minimise,
    Zoom,
}

impl Shell {
    #[allow(clippy::too_many_arguments)]
    pub(super) fn draw_title_bar(
        &mut self,
        ui: &mut Ui,
        theme: &Arc<Theme>,
        window: &windows::Window,
        bar: Rect,
        corner: CornerRadius,
        focused: bool,
        is_glass: bool,
    ) {
        let id = window.id;
        let top = CornerRadius { sw: 0, se: 0, ..corner };
        if !is_glass {
            ui.painter().rect_filled(
                bar.shrink2(vec2(1.0, 0.0)).with_min_y(bar.top() + 1.0),
                top,
                theme.surface.title_bar,
            );
            let line = Stroke::new(1.0, theme.surface.divider);
            ui.painter().hline(bar.x_range().shrink(1.0), bar.bottom() - 0.5, line);
        }
        let response = ui.interact(bar, Id::unique(("title", id.0)), Sense::CLICK | Sense::DRAG);
        response.widget_info(|| WidgetInfo::labeled(Role::TitleBar, true, &window.title));
        if response.drag_started_by(PointerButton::Primary)
            && let Some(pointer) = ui.input(|input| input.pointer.press_origin())
        {
            self.push(Action::Layout(Op::BeginDrag { window: id, pointer: to_point(pointer) }));
        }
        if response.double_clicked() {
            self.push(Action::Layout(Op::ToggleZoom { window: id }));
        }
        self.window_menu(&response, window);

        let hovered = ui.rect_contains_pointer(Rect::from_min_size(bar.min, vec2(76.0, bar.height())));
        for (place, light) in [Light::Close, Light::Minimise, Light::Zoom].into_iter().enumerate() {
            let centre = pos2(bar.left() + 18.0 + place as f32 * 20.0, bar.center().y);
            if light_button(ui, theme, id, light, centre, focused, hovered).clicked() {
                self.push(match light {
                    Light::Close => Action::Close(id),
                    Light::Minimise => Action::Layout(Op::Minimise { window: id }),
                    Light::Zoom => Action::Layout(Op::ToggleZoom { window: id }),
                });
            }
        }
        if self.draw_title(ui, theme, window, bar, focused) {
            self.push(Action::Details(id));
        }
    }

    /// The title, with what stands beside it; true when the badge was clicked.
    fn draw_title(
        &self,
        ui: &mut Ui,
        theme: &Theme,
        window: &windows::Window,
        bar: Rect,
        focused: bool,
    ) -> bool {
        let Some(hosted) = self.hosted.get(&window.id) else { return false };
        let mut asked = false;
        let colour = if focused { theme.text.primary } else { theme.text.muted };
        let badge = hosted.ask(|app| app.badge()).flatten().or_else(|| {
            let word = match hosted.kind {
                AppKind::System => return None,
                AppKind::Blueprint => "Blueprint",
                AppKind::Process => "Process",
            };
            Some((word.to_owned(), String::new()))
        });
        let mut right = bar.right() - 12.0;
        if let Some((word, why)) = badge {
            // What runs a program says what that can do.
            let leads = hosted.kind == AppKind::Process;
            let look = badge_look(theme, leads, &word);
            let galley = ui.painter().layout_no_wrap(word.clone(), fonts::medium(10.5), look.text);
            let symbol = if look.icon.is_some() { 14.0 } else { 0.0 };
            let size = vec2(galley.size().x + 14.0 + symbol, 18.0);
            let pill = Rect::from_min_size(pos2(right - size.x, bar.center().y - 9.0), size);
            // A narrow window needs its title more than its badge.
            if pill.left() > bar.center().x + 40.0 {
                ui.painter().rect_filled(pill, CornerRadius::same(9), look.fill);
                if let Some(icon) = look.icon {
                    let at = pos2(pill.left() + 12.0, pill.center().y);
                    widgets::icons::paint_icon(ui.painter(), at, icon, 12.0, look.text);
                }
                let at = pos2(pill.left() + 7.0 + symbol, pill.center().y - galley.size().y / 2.0);
                ui.painter().galley(at, galley, look.text);
                let sense = if leads { Sense::click() } else { Sense::hover() };
                let response = ui.interact(pill, Id::unique(("badge", window.id.0)), sense);
                let role = if leads { Role::Button } else { Role::Label };
                response.widget_info(|| WidgetInfo::labeled(role, true, &word));
                if leads && response.hovered() {
                    ui.painter().rect_stroke(
                        pill,
                        CornerRadius::same(9),
                        theme.outline(),
                        StrokeKind::Inside,
                    );
                }
                asked = response.clicked();
                if !why.is_empty() {
                    widgets::controls::tooltip(response, &why);
                }
                right = pill.left() - 8.0;
            }
        }
        let note = hosted.ask(|app| app.title_note()).flatten().unwrap_or_default();
        if let Some((word, good)) = &note.exit {
            right = exit_badge(ui, theme, window.id, bar, right, word, *good);
        }
        let room = ((right - bar.center().x).min(bar.width() / 2.0 - 84.0)).max(20.0) * 2.0;
        let folder = folder_note(ui, theme, &note.folder, &window.title, room * 0.4);
        let folder_width = folder.as_ref().map_or(0.0, |folder| folder.size().x + 10.0);
        let room = room - folder_width;
        let mut job =
            egui::text::LayoutJob::simple_singleline(window.title.clone(), fonts::semibold(13.0), colour);
        job.wrap = egui::text::TextWrapping::truncate_at_width(room - 22.0);
        let galley = ui.painter().layout_job(job);
        let icon = if hosted.icon.is_empty() { 0.0 } else { 20.0 };
        let left = bar.center().x - (galley.size().x + icon + folder_width) / 2.0;
        if icon > 0.0 {
            let place = Rect::from_center_size(pos2(left + 7.0, bar.center().y), vec2(15.0, 15.0));
            let style = widgets::icons::TileStyle::for_app(&window.app, &hosted.icon, &hosted.category);
            let mut painter = ui.painter().clone();
            painter.multiply_opacity(if focused { 1.0 } else { 0.55 });
            widgets::icons::app_tile(&painter, place, &style);
        }
        let end = left + icon + galley.size().x;
        ui.painter().galley(pos2(left + icon, bar.center().y - galley.size().y / 2.0), galley, colour);
        if let Some(folder) = folder {
            let at = pos2(end + 10.0, bar.center().y - folder.size().y / 2.0);
            ui.painter().galley(at, folder, theme.text.muted);
        }
        asked
    }

    /// The menu of a title bar.
    fn window_menu(&mut self, response: &Response, window: &windows::Window) {
        use widgets::controls::MenuEntry;
        let id = window.id;
        let zones = super::menu_bar::zone_entries();
        let mut entries = vec![
            MenuEntry::item("minimise", "Minimise"),
            MenuEntry::item("zoom", if window.state() == WindowState::Zoomed { "Restore" } else { "Zoom" }),
            MenuEntry::item("full", "Full screen"),
            MenuEntry::Submenu { label: "Move to zone".into(), icon: None, entries: zones },
            MenuEntry::Separator,
            MenuEntry::item("why", "Why?"),
        ];
        entries.extend(self.details_entry(id));
        entries.extend([MenuEntry::Separator, MenuEntry::item("close", "Close").dangerous()]);
        if let Some(chosen) = widgets::controls::context_menu(response, &entries) {
            self.choose_window_entry(id, &chosen);
        }
    }
}

/// How a badge is drawn.
struct BadgeLook {
    fill: Color32,
    text: Color32,
    icon: Option<widgets::icons::Icon>,
}

/// The badge of a program is quiet where the sandbox holds as it should, and not where it does not.
fn badge_look(theme: &Theme, is_program: bool, word: &str) -> BadgeLook {
    use abi::table::SandboxLevel::{Limited, None as Nothing};
    use widgets::{icons::Icon, sandbox::level_word};
    let quiet = BadgeLook { fill: theme.control.fill, text: theme.text.secondary, icon: None };
    match word {
        _ if !is_program || word == "Process" => quiet,
        _ if word == level_word(Nothing) => {
            BadgeLook { fill: theme.danger.soft, text: theme.danger.text, icon: Some(Icon::ShieldWarning) }
        }
        _ if word == level_word(Limited) => {
            BadgeLook { fill: theme.warning.soft, text: theme.warning.text, icon: Some(Icon::ShieldWarning) }
        }
        _ => BadgeLook { icon: Some(Icon::ShieldCheck), ..quiet },
    }
}

/// Where the program works, beside a title that does not say it already; nothing where there is no room.
fn folder_note(ui: &Ui, theme: &Theme, folder: &str, title: &str, room: f32) -> Option<Arc<egui::Galley>> {
    if folder.is_empty() || title.contains(folder) || room < 60.0 {
        return None;
    }
    let mut job =
        egui::text::LayoutJob::simple_singleline(folder.to_owned(), fonts::regular(12.0), theme.text.muted);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room);
    Some(ui.painter().layout_job(job))
}

/// How what ran last ended, right of the title; where the next thing may stand.
fn exit_badge(ui: &Ui, theme: &Theme, id: WindowId, bar: Rect, right: f32, word: &str, good: bool) -> f32 {
    let state = if good { &theme.success } else { &theme.danger };
    let galley = ui.painter().layout_no_wrap(word.to_owned(), fonts::medium(10.5), state.text);
    let size = vec2(galley.size().x + 14.0, 18.0);
    let pill = Rect::from_min_size(pos2(right - size.x, bar.center().y - 9.0), size);
    if pill.left() <= bar.center().x + 30.0 {
        return right;
    }
    ui.painter().rect_filled(pill, CornerRadius::same(9), state.soft);
    ui.painter().galley(pill.center() - galley.size() / 2.0, galley, state.text);
    let response = ui.interact(pill, Id::unique(("exit badge", id.0)), Sense::hover());
    let said = format!("ended: {word}");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
    widgets::controls::tooltip(
        response,
        if good { "What ran last ended well" } else { "How what ran last ended" },
    );
    pill.left() - 8.0
}

fn light_button(
    ui: &mut Ui,
    theme: &Theme,
    id: WindowId,
    light: Light,
    centre: Pos2,
    focused: bool,
    bar_hovered: bool,
) -> Response {
    let (name, fill, symbol) = match light {
        Light::Close => ("Close", theme.lights.close, "×"),
        Light::Minimise => ("Minimise", theme.lights.minimise, "−"),
        Light::Zoom => ("Zoom", theme.lights.zoom, "+"),
    };
    let place = Rect::from_center_size(centre, vec2(19.0, 22.0));
    let response = ui.interact(place, Id::unique(("light", id.0, light as u8)), Sense::CLICK);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let fill = if focused || bar_hovered { fill } else { theme.lights.idle };
    let fill = if response.is_pointer_button_down_on() { widgets::theme::darken(fill, 0.2) } else { fill };
    ui.painter().circle(centre, LIGHT, fill, Stroke::new(0.5, Color32::from_black_alpha(70)));
    if bar_hovered {
        ui.painter().text(
            centre,
            Align2::CENTER_CENTER,
            symbol,
            fonts::semibold(11.0),
            Color32::from_black_alpha(170),
        );
    }
    response
}
