//! The menu bar: system menu, the focused app's name and menus; what stands at its right end is in [`super::status`].
//! Where the window is narrow, the last menus share one.

use super::{Action, Shell, glass, layer, layer_ui};
use crate::shell::keys::{self, ShellAction};
use egui::{
    Color32, CornerRadius, Id, Order, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
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

/// Menus of an app that are shown.
const MOST_MENUS: usize = 8;
/// Points beside a title, both sides together.
const BESIDE: f32 = 20.0;
/// What holds the menus that find no room.
const MORE: &str = "»";
const NAME: Weight = Weight::Name;
const MENU: Weight = Weight::Menu;

/// How a title is set.
#[derive(Clone, Copy, PartialEq)]
enum Weight {
    Name,
    Menu,
}

impl Weight {
    fn at(self) -> egui::FontId {
        match self {
            Weight::Name => fonts::semibold(13.5),
            Weight::Menu => fonts::medium(13.5),
        }
    }
}

/// Whose menu it is.
enum Owner {
    /// Under the name of this app.
    Name(String),
    /// The app's own.
    App,
    Window,
}

/// A menu in the bar.
struct BarMenu {
    title: String,
    /// For assistive technology and scripts.
    name: String,
    weight: Weight,
    entries: Vec<MenuEntry>,
    owner: Owner,
}

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
            let right = self.status_left(ui, bar);
            self.draw_app_menus(ui, theme, bar, &mut x, right);
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

    /// The menus of the focused app, up to `right`; those that find no room there are in one of their own.
    fn draw_app_menus(&mut self, ui: &mut Ui, theme: &Theme, bar: Rect, x: &mut f32, right: f32) {
        let Some((window, menus)) = self.bar_menus() else {
            let name = fitting(ui, "Desktop", NAME, right - *x);
            bar_button(ui, theme, bar, x, &name, "Desktop", NAME.at());
            return;
        };
        let shown = fitting_menus(ui, &menus, *x, right);
        for menu in &menus[..shown] {
            let title = fitting(ui, &menu.title, menu.weight, right - *x);
            let button = bar_button(ui, theme, bar, x, &title, &menu.name, menu.weight.at());
            if let Some(chosen) = menu_popup(&button, &menu.entries) {
                self.choose_from_bar(window, &menu.owner, &chosen);
            }
        }
        if shown < menus.len() {
            let button = bar_button(ui, theme, bar, x, MORE, "More menus", MENU.at());
            let entries: Vec<MenuEntry> = (shown..menus.len()).map(|at| submenu(at, &menus[at])).collect();
            if let Some(chosen) = menu_popup(&button, &entries)
                && let Some((at, id)) = chosen.split_once(':')
                && let Some(menu) = at.parse().ok().and_then(|at: usize| menus.get(at))
            {
                self.choose_from_bar(window, &menu.owner, id);
            }
        }
    }

    /// The focused window's menus from left to right: its app's name, the app's own, the window's.
    fn bar_menus(&self) -> Option<(WindowId, Vec<BarMenu>)> {
        let (id, app) = self.layout.focused().map(|window| (window.id, window.app.clone()))?;
        let name = self.registry.get(&app).map_or_else(|| app.clone(), |entry| entry.name.clone());
        let mut menus = vec![BarMenu {
            name: format!("{name} menu"),
            entries: vec![
                MenuEntry::item("new", "New window").with_keys(&keys::shown(ShellAction::NewWindow)),
                MenuEntry::item("close", "Close window").with_keys(&keys::shown(ShellAction::CloseWindow)),
                MenuEntry::Separator,
                MenuEntry::item("quit", &format!("Quit {name}"))
                    .with_keys(&keys::shown(ShellAction::QuitApp)),
            ],
            title: name,
            weight: NAME,
            owner: Owner::Name(app),
        }];
        let own = self.hosted.get(&id).and_then(|hosted| hosted.ask(|app| app.menus())).unwrap_or_default();
        menus.extend(own.into_iter().take(MOST_MENUS).map(|menu| BarMenu {
            name: menu.title.clone(),
            entries: menu.items.iter().map(MenuEntry::from).collect(),
            title: menu.title,
            weight: MENU,
            owner: Owner::App,
        }));
        let mut entries = vec![
            MenuEntry::item("minimise", "Minimise").with_keys(&keys::shown(ShellAction::Minimise)),
            MenuEntry::item("zoom", "Zoom").with_keys(&keys::shown(ShellAction::Zoom)),
            MenuEntry::item("full", "Full screen").with_keys(&keys::shown(ShellAction::FullScreen)),
            MenuEntry::Submenu { label: "Move to zone".into(), icon: None, entries: zone_entries() },
            MenuEntry::Separator,
            MenuEntry::item("why", "Why?"),
        ];
        entries.extend(self.details_entry(id));
        entries.push(MenuEntry::Separator);
        entries.extend(self.layout.windows().rev().map(|open| {
            MenuEntry::item(&format!("focus:{}", open.id.0), &open.title).checked_if(open.id == id)
        }));
        let window = "Window".to_owned();
        menus.push(BarMenu {
            name: window.clone(),
            entries,
            title: window,
            weight: MENU,
            owner: Owner::Window,
        });
        Some((id, menus))
    }

    fn choose_from_bar(&mut self, window: WindowId, owner: &Owner, chosen: &str) {
        match (owner, chosen) {
            (Owner::Name(app), "new") => self.push(Action::OpenNew(app.clone())),
            (Owner::Name(_), "close") => self.push(Action::Close(window)),
            (Owner::Name(app), _) => self.push(Action::QuitApp(app.clone())),
            (Owner::App, chosen) => self.push(Action::AppMenu(window, chosen.to_owned())),
            (Owner::Window, chosen) => self.choose_window_entry(window, chosen),
        }
    }

    /// What leads to *What can this program do?*, where there is a program.
    pub(super) fn details_entry(&self, window: WindowId) -> Option<MenuEntry> {
        let hosted = self.hosted.get(&window)?;
        let is_program = hosted.kind == services::AppKind::Process;
        is_program.then(|| MenuEntry::item("details", "What can this program do?"))
    }

    /// Carries out an entry of a window's menu.
    pub(super) fn choose_window_entry(&mut self, window: WindowId, chosen: &str) {
        let op = match chosen {
            "minimise" => Op::Minimise { window },
            "zoom" => Op::ToggleZoom { window },
            "full" => Op::ToggleFullScreen { window },
            "close" => return self.push(Action::Close(window)),
            "why" => return self.push(Action::Why(Subject::Window(window.0))),
            "details" => return self.push(Action::Details(window)),
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
}

/// How many menus find room between `left` and `right`; at least the first, whose name is cut where it must be.
fn fitting_menus(ui: &Ui, menus: &[BarMenu], left: f32, right: f32) -> usize {
    let widths: Vec<f32> = menus.iter().map(|menu| width_of(ui, &menu.title, menu.weight)).collect();
    if left + widths.iter().sum::<f32>() <= right {
        return menus.len();
    }
    let room = right - left - width_of(ui, MORE, MENU);
    let mut used = 0.0;
    let fit = widths.iter().take_while(|width| {
        used += **width;
        used <= room
    });
    fit.count().max(1)
}

/// A menu among those that found no room.
fn submenu(at: usize, menu: &BarMenu) -> MenuEntry {
    let entries = menu.entries.iter().map(|entry| numbered(entry, at)).collect();
    MenuEntry::Submenu { label: menu.title.clone(), icon: None, entries }
}

/// The entry with the number of its menu before its id.
fn numbered(entry: &MenuEntry, at: usize) -> MenuEntry {
    let mut entry = entry.clone();
    match &mut entry {
        MenuEntry::Item { id, .. } => *id = format!("{at}:{id}"),
        MenuEntry::Submenu { entries, .. } => {
            *entries = entries.iter().map(|entry| numbered(entry, at)).collect();
        }
        _ => {}
    }
    entry
}

fn width_of(ui: &Ui, text: &str, weight: Weight) -> f32 {
    ui.painter().layout_no_wrap(text.to_owned(), weight.at(), Color32::PLACEHOLDER).size().x + BESIDE
}

/// The text, cut with an ellipsis where it is wider than `room`.
fn fitting(ui: &Ui, text: &str, weight: Weight, room: f32) -> String {
    if width_of(ui, text, weight) <= room {
        return text.to_owned();
    }
    let mut cut: Vec<char> = text.chars().collect();
    while cut.pop().is_some() {
        let shorter: String = cut.iter().collect::<String>().trim_end().to_owned() + "…";
        if width_of(ui, &shorter, weight) <= room {
            return shorter;
        }
    }
    "…".to_owned()
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
        Rect::from_min_size(pos2(*x, bar.top() + 3.0), vec2(galley.size().x + BESIDE, bar.height() - 6.0));
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
