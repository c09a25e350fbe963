//! The menu bar: system menu, the focused app's name and menus, status, clock.

use super::{Action, Shell, clock, glass, layer, layer_ui};
use crate::shell::keys::{self, ShellAction};
use egui::{
    Align2, Color32, CornerRadius, Id, Order, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};
use std::sync::Arc;
use widgets::{
    Subject,
    controls::{MenuEntry, menu_popup},
    fonts,
    theme::Theme,
};
use windows::{MENU_BAR_HEIGHT, Op, WindowId, Zone};

const ZONES: [(&str, Zone); 9] = [
    ("Left half", Zone::Left),
    ("Right half", Zone::Right),
    ("Top half", Zone::Top),
    ("Bottom half", Zone::Bottom),
    ("Top left", Zone::TopLeft),
    ("Top right", Zone::TopRight),
    ("Bottom left", Zone::BottomLeft),
    ("Bottom right", Zone::BottomRight),
    ("Full", Zone::Full),
];

/// Entries of *Move to zone*.
pub(super) fn zone_entries() -> Vec<MenuEntry> {
    ZONES.iter().map(|(label, _)| MenuEntry::item(&format!("zone:{label}"), label)).collect()
}

impl Shell {
    pub(super) fn draw_menu_bar(&mut self, ui: &mut Ui, theme: &Arc<Theme>, screen: Rect) {
        let bar = Rect::from_min_size(screen.min, vec2(screen.width(), MENU_BAR_HEIGHT));
        let layer = layer(ui, Order::Foreground, "menu bar", bar);
        layer_ui(ui, layer, Id::unique("menu bar"), bar, |ui| {
            let painter = ui.painter();
            glass(painter, screen, bar, CornerRadius::ZERO, theme.glass.bar, Color32::TRANSPARENT);
            painter.hline(bar.x_range(), bar.bottom() - 0.5, Stroke::new(1.0, Color32::from_black_alpha(60)));
            let mut x = bar.left() + 8.0;
            self.draw_system_menu(ui, theme, bar, &mut x);
            self.draw_app_menus(ui, theme, bar, &mut x);
            self.draw_status(ui, theme, bar);
        });
    }

    fn draw_system_menu(&mut self, ui: &mut Ui, theme: &Theme, bar: Rect, x: &mut f32) {
        let button = bar_button(ui, theme, bar, x, "◆", "System", fonts::semibold(13.5));
        if std::mem::take(&mut self.keys.focus_menu_bar) {
            button.request_focus();
        }
        let entries = [
            MenuEntry::item("about", "About AgentOS"),
            MenuEntry::item("settings", "Settings…").with_keys(&keys::shown(ShellAction::Settings)),
            MenuEntry::Separator,
            MenuEntry::item("launcher", "Launcher").with_keys(&keys::shown(ShellAction::Launcher)),
            MenuEntry::item("task-manager", "Task Manager").with_keys(&keys::shown(ShellAction::TaskManager)),
            MenuEntry::item("system-monitor", "System Monitor"),
            MenuEntry::item("approvals", "Approvals").with_keys(&keys::shown(ShellAction::Approvals)),
            MenuEntry::item("keys", "Keyboard").with_keys(&keys::shown(ShellAction::KeySheet)),
            MenuEntry::Separator,
            MenuEntry::item("quit", "Quit AgentOS"),
        ];
        match menu_popup(&button, &entries).as_deref() {
            Some("about") => self.push(Action::ToggleAbout),
            Some("launcher") => self.push(Action::ToggleLauncher),
            Some("keys") => self.push(Action::ToggleKeySheet),
            Some("approvals") => self.push(Action::ToggleApprovals),
            Some("quit") => self.push(Action::Quit),
            Some(app) => self.push(Action::Open(app.to_owned())),
            None => {}
        }
    }

    fn draw_app_menus(&mut self, ui: &mut Ui, theme: &Theme, bar: Rect, x: &mut f32) {
        let Some(window) = self.layout.focused().map(|window| (window.id, window.app.clone())) else {
            bar_button(ui, theme, bar, x, "Desktop", "Desktop", fonts::semibold(13.5));
            return;
        };
        let (id, app) = window;
        let name = self.registry.get(&app).map_or_else(|| app.clone(), |entry| entry.name.clone());
        let button = bar_button(ui, theme, bar, x, &name, &format!("{name} menu"), fonts::semibold(13.5));
        let quit = format!("Quit {name}");
        let entries = [
            MenuEntry::item("new", "New window").with_keys(&keys::shown(ShellAction::NewWindow)),
            MenuEntry::item("close", "Close window").with_keys(&keys::shown(ShellAction::CloseWindow)),
            MenuEntry::Separator,
            MenuEntry::item("quit", &quit).with_keys(&keys::shown(ShellAction::QuitApp)),
        ];
        match menu_popup(&button, &entries).as_deref() {
            Some("new") => self.push(Action::OpenNew(app.clone())),
            Some("close") => self.push(Action::Close(id)),
            Some(_) => self.push(Action::QuitApp(app)),
            None => {}
        }
        let menus = self.hosted.get(&id).and_then(|hosted| hosted.ask(|app| app.menus())).unwrap_or_default();
        for menu in menus.iter().take(8) {
            let button = bar_button(ui, theme, bar, x, &menu.title, &menu.title, fonts::medium(13.5));
            let entries: Vec<MenuEntry> = menu.items.iter().map(MenuEntry::from).collect();
            if let Some(chosen) = menu_popup(&button, &entries) {
                self.push(Action::AppMenu(id, chosen));
            }
        }
        let button = bar_button(ui, theme, bar, x, "Window", "Window", fonts::medium(13.5));
        let mut entries = vec![
            MenuEntry::item("minimise", "Minimise").with_keys(&keys::shown(ShellAction::Minimise)),
            MenuEntry::item("zoom", "Zoom").with_keys(&keys::shown(ShellAction::Zoom)),
            MenuEntry::item("full", "Full screen").with_keys(&keys::shown(ShellAction::FullScreen)),
            MenuEntry::Submenu { label: "Move to zone".into(), icon: None, entries: zone_entries() },
            MenuEntry::Separator,
            MenuEntry::item("why", "Why?"),
            MenuEntry::Separator,
        ];
        for open in self.layout.windows().rev() {
            entries.push(
                MenuEntry::item(&format!("focus:{}", open.id.0), &open.title).checked_if(open.id == id),
            );
        }
        if let Some(chosen) = menu_popup(&button, &entries) {
            self.choose_window_entry(id, &chosen);
        }
    }

    /// Carries out an entry of a window's menu.
    pub(super) fn choose_window_entry(&mut self, window: WindowId, chosen: &str) {
        let op = match chosen {
            "minimise" => Op::Minimise { window },
            "zoom" => Op::ToggleZoom { window },
            "full" => Op::ToggleFullScreen { window },
            "close" => return self.push(Action::Close(window)),
            "why" => return self.push(Action::Why(Subject::Window(window.0))),
            _ => {
                if let Some(id) = chosen.strip_prefix("focus:").and_then(|id| id.parse().ok()) {
                    return self.push(Action::Layout(Op::Focus { window: WindowId(id) }));
                }
                let zone = chosen
                    .strip_prefix("zone:")
                    .and_then(|name| ZONES.iter().find(|(label, _)| *label == name));
                let Some((_, zone)) = zone else { return };
                Op::Snap { window, zone: *zone }
            }
        };
        self.push(Action::Layout(op));
    }

    fn draw_status(&mut self, ui: &mut Ui, theme: &Theme, bar: Rect) {
        let text = clock::clock_text(self.wall_clock.at(self.now));
        let clock = ui.painter().layout_no_wrap(text.clone(), fonts::medium(13.5), theme.glass.text);
        let at = pos2(bar.right() - 16.0 - clock.size().x, bar.center().y - clock.size().y / 2.0);
        let place = Rect::from_min_size(at, clock.size());
        ui.painter().galley(at, clock, theme.glass.text);
        let response = ui.interact(place, Id::unique("clock"), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));

        let mut right = at.x - 14.0;
        let search =
            status_button(ui, theme, bar, &mut right, widgets::icons::Icon::MagnifyingGlass, "Search");
        if search.clicked() {
            self.push(Action::ToggleLauncher);
        }
        widgets::controls::tooltip_with_keys(search, "Launcher", &keys::shown(ShellAction::Launcher));
        self.draw_approvals_button(ui, theme, bar, &mut right);
        let load = status_button(ui, theme, bar, &mut right, widgets::icons::Icon::Gauge, "System load");
        if load.clicked() {
            self.push(Action::Open("system-monitor".into()));
        }
        if load.hovered() {
            let figures = self.load_figures();
            widgets::controls::tooltip(load, &figures);
        }
    }

    /// The shield: how many prompts wait.
    fn draw_approvals_button(&mut self, ui: &mut Ui, theme: &Theme, bar: Rect, right: &mut f32) {
        let waiting = self.approvals.waiting().len();
        let name = match waiting {
            0 => "Approvals".to_owned(),
            count => format!("Approvals, {count} waiting"),
        };
        let (icon, width) = match waiting {
            0 => (widgets::icons::Icon::ShieldCheck, 0.0),
            _ => (widgets::icons::Icon::ShieldWarning, 20.0),
        };
        let count_place =
            Rect::from_center_size(pos2(*right - width / 2.0, bar.center().y), vec2(width - 2.0, 16.0));
        *right -= width;
        let button = status_button(ui, theme, bar, right, icon, &name);
        if waiting > 0 {
            ui.painter().rect_filled(count_place, CornerRadius::same(8), theme.accent.fill);
            let text = if waiting > 99 { "99".to_owned() } else { waiting.to_string() };
            let font = fonts::semibold(11.0);
            ui.painter().text(count_place.center(), Align2::CENTER_CENTER, text, font, theme.accent.on);
        }
        if button.clicked() {
            self.push(Action::ToggleApprovals);
        }
        widgets::controls::tooltip_with_keys(button, &name, &keys::shown(ShellAction::Approvals));
    }

    fn load_figures(&self) -> String {
        match self.processes.system().call(abi::table::GetMetrics {}) {
            Ok(metrics) => format!(
                "{} syscalls, {} processes, {} MiB in use",
                metrics.syscalls_total,
                metrics.processes,
                metrics.resident_bytes / (1024 * 1024)
            ),
            Err(why) => why.detail,
        }
    }
}

fn bar_button(
    ui: &mut Ui,
    theme: &Theme,
    bar: Rect,
    x: &mut f32,
    text: &str,
    name: &str,
    font: egui::FontId,
) -> Response {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, theme.glass.text);
    let place =
        Rect::from_min_size(pos2(*x, bar.top() + 3.0), vec2(galley.size().x + 20.0, bar.height() - 6.0));
    *x = place.right();
    let response = ui.interact(place, Id::unique(("bar", name)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::MenuItem, true, name));
    let popup = egui::Popup::default_response_id(&response);
    if response.has_focus() {
        // As everywhere: Down opens a menu, and where one is open its neighbour opens when the keyboard comes.
        let down = ui.input(|input| input.key_pressed(egui::Key::ArrowDown));
        let open = egui::Popup::is_id_open(ui.ctx(), popup);
        if !open && (down || egui::Popup::is_any_open(ui.ctx())) {
            egui::Popup::open_id(ui.ctx(), popup);
            ui.memory_mut(|memory| memory.move_focus(egui::FocusDirection::None));
        }
    }
    let open = egui::Popup::is_id_open(ui.ctx(), egui::Popup::default_response_id(&response));
    if response.hovered() || open {
        ui.painter().rect_filled(place, CornerRadius::same(6), theme.control.hover);
    }
    widgets::controls::focus_ring(ui, theme, &response, place, 6);
    ui.painter().galley(place.center() - galley.size() / 2.0, galley, theme.glass.text);
    response
}

fn status_button(
    ui: &mut Ui,
    theme: &Theme,
    bar: Rect,
    right: &mut f32,
    icon: widgets::icons::Icon,
    name: &str,
) -> Response {
    let place = Rect::from_center_size(pos2(*right - 13.0, bar.center().y), vec2(26.0, bar.height() - 6.0));
    *right = place.left() - 4.0;
    let response = ui.interact(place, Id::unique(("status", name)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    if response.hovered() {
        ui.painter().rect_filled(place, CornerRadius::same(6), theme.control.hover);
    }
    widgets::controls::focus_ring(ui, theme, &response, place, 6);
    widgets::icons::paint_icon(ui.painter(), place.center(), icon, 16.0, theme.glass.text);
    let _ = Align2::CENTER_CENTER;
    response
}
