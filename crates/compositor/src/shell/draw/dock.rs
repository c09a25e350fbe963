//! The dock: pinned apps, running apps, minimised windows, launcher. Magnifies gently, names what is under
//! the pointer.

use super::{super::actions::to_egui, Action, Shell, glass, layer, layer_ui};
use egui::{
    Align2, Color32, CornerRadius, Id, Order, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2,
};
use std::sync::Arc;
use widgets::{
    Subject,
    controls::{MenuEntry, context_menu},
    fonts,
    icons::{TileStyle, app_tile},
    theme::Theme,
};
use windows::{DOCK_HEIGHT, DockItem, Op, WindowId};

/// A tile at rest, in points.
const TILE: f32 = 48.0;
const GAP: f32 = 10.0;
const PADDING: f32 = 12.0;
/// Between the panel and the sides of the screen, at least.
const MARGIN: f32 = 6.0;
/// Tiles are not made smaller than this part of their size.
const LEAST: f32 = 0.5;
/// How much larger the tile under the pointer is.
const MAGNIFY: f32 = 1.22;
/// Distance in tiles at which nothing grows any more.
const REACH: f32 = 2.2;

impl Shell {
    pub(super) fn draw_dock(&mut self, ui: &mut Ui, theme: &Arc<Theme>, screen: Rect) {
        let items = self.dock_items();
        let Sizes { tile: tile_size, gap } = Sizes::of(screen, items.len());
        let rest = dock_rect(screen, items.len());
        // Grown tiles stand out above the panel; the layer must catch the pointer there too.
        let reach = Rect::from_min_max(
            pos2(rest.left() - 20.0, rest.top()),
            pos2(rest.right() + 20.0, screen.bottom()),
        );
        let layer = layer(ui, Order::Foreground, "dock", reach);
        layer_ui(ui, layer, Id::unique("dock"), rest, |ui| {
            let pointer = ui.input(|input| input.pointer.hover_pos()).filter(|at| reach.contains(*at));
            let pointer =
                pointer.filter(|at| ui.ctx().layer_id_at(*at) == Some(layer) && !theme.reduce_motion);
            let step = tile_size + gap;
            let growth =
                |index| growth(rest.left() + PADDING + tile_size / 2.0, step, index, pointer.map(|at| at.x));
            let sizes: Vec<f32> = (0..items.len()).map(|index| tile_size * growth(index)).collect();
            let grown: f32 = sizes.iter().map(|size| size - tile_size).sum();
            let panel = Rect::from_center_size(rest.center(), vec2(rest.width() + grown, rest.height()));
            let corner = CornerRadius::same(20);
            ui.painter().add(theme.shadow.popup.as_shape(panel, corner));
            glass(ui.painter(), screen, panel, corner, theme.glass.dock, theme.glass.edge);
            let mut x = panel.left() + PADDING;
            for (item, size) in items.iter().zip(sizes) {
                let tile = Rect::from_min_size(pos2(x, panel.bottom() - 14.0 - size), vec2(size, size));
                x += size + gap;
                self.draw_dock_item(ui, theme, screen, item, tile, panel);
            }
        });
    }

    fn draw_dock_item(
        &mut self,
        ui: &mut Ui,
        theme: &Theme,
        screen: Rect,
        item: &DockItem,
        tile: Rect,
        panel: Rect,
    ) {
        let (label, style, id) = match item {
            DockItem::App { app, .. } => {
                let entry = self.registry.get(app);
                let name = entry.map_or_else(|| self.title_of(app), |entry| entry.name.clone());
                let icon = entry.map_or_else(|| self.icon_of(app), |entry| entry.icon.clone());
                let category = entry.map_or("", |entry| entry.category.as_str());
                (name, TileStyle::for_app(app, &icon, category), Id::unique(("dock app", app)))
            }
            DockItem::Window { window, app, title } => {
                let (icon, category) = self
                    .hosted
                    .get(window)
                    .map_or_else(Default::default, |hosted| (hosted.icon.clone(), hosted.category.clone()));
                (
                    title.clone(),
                    TileStyle::for_app(app, &icon, &category),
                    Id::unique(("dock window", window.0)),
                )
            }
            DockItem::Launcher => (
                "Launcher".to_owned(),
                TileStyle::for_app("launcher", "squares-four", "system"),
                Id::unique("dock launcher"),
            ),
        };
        let response = ui.interact(tile, id, Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
        let pressed = response.is_pointer_button_down_on();
        let drawn = if pressed { tile.shrink(2.0) } else { tile };
        app_tile(ui.painter(), drawn, &style);
        if let DockItem::Window { .. } = item {
            // A minimised window is the tile in a small frame.
            ui.painter().rect_stroke(
                tile.expand(2.0),
                CornerRadius::same(14),
                egui::Stroke::new(1.0, theme.glass.edge),
                egui::StrokeKind::Outside,
            );
        }
        if pressed {
            ui.painter().rect_filled(
                drawn,
                CornerRadius::same((drawn.width() * 0.25) as u8),
                Color32::from_black_alpha(60),
            );
        }
        let waits = self.dock_waits(item);
        if let Some(waits) = &waits {
            badge(ui, theme, drawn, waits.count);
            widgets::controls::describe(ui, response.id, &waits.words);
        }
        if let DockItem::App { app, windows, focused, .. } = item
            && (*windows > 0 || self.runs_in_background(app))
        {
            let dot = pos2(tile.center().x, panel.bottom() - 7.0);
            ui.painter().circle_filled(dot, if *focused { 2.6 } else { 2.0 }, theme.glass.text);
        }
        widgets::controls::focus_ring(ui, theme, &response, tile.expand(2.0), 14);
        if response.hovered() || response.has_focus() {
            let said = waits.map_or_else(|| label.clone(), |waits| format!("{label} – {}", waits.words));
            label_above(ui, theme, screen, tile, &said);
        }
        if response.clicked() {
            self.push(match item {
                DockItem::App { app, .. } => Action::DockClick(app.clone()),
                DockItem::Window { window, .. } => Action::Layout(Op::Restore { window: *window }),
                DockItem::Launcher => Action::ToggleLauncher,
            });
        }
        self.dock_menu(&response, item);
    }

    fn dock_menu(&mut self, response: &Response, item: &DockItem) {
        match item {
            DockItem::App { app, .. } if self.runs_in_background(app) => {
                let entries = [
                    MenuEntry::item("tasks", "Show in Task Manager"),
                    MenuEntry::Separator,
                    MenuEntry::item("end", "End").dangerous(),
                ];
                match context_menu(response, &entries).as_deref() {
                    Some("tasks") => self.push(Action::Open("task-manager".into())),
                    Some(_) => self.push(Action::EndBackground(app.clone())),
                    None => {}
                }
            }
            DockItem::App { app, pinned, windows, .. } => {
                let entries = [
                    MenuEntry::item("open", "Open"),
                    MenuEntry::item("new", "New window"),
                    MenuEntry::Separator,
                    MenuEntry::item("pin", if *pinned { "Remove from dock" } else { "Keep in dock" }),
                    MenuEntry::item("why", "Why?").enabled_if(*windows > 0),
                    MenuEntry::item("permissions", "Permissions"),
                    MenuEntry::Separator,
                    MenuEntry::item("quit", "Quit").enabled_if(*windows > 0),
                ];
                match context_menu(response, &entries).as_deref() {
                    Some("open") => self.push(Action::Open(app.clone())),
                    Some("new") => self.push(Action::OpenNew(app.clone())),
                    Some("pin") if *pinned => self.push(Action::Layout(Op::Unpin { app: app.clone() })),
                    Some("pin") => self.push(Action::Layout(Op::Pin { app: app.clone(), index: None })),
                    Some("permissions") => self.push(Action::OpenPermissions(Some(app.clone()))),
                    Some("why") => {
                        let window = self.layout.topmost_of(app).map(|window| window.id.0);
                        if let Some(window) = window {
                            self.push(Action::Why(Subject::Window(window)));
                        }
                    }
                    Some(_) => self.push(Action::QuitApp(app.clone())),
                    None => {}
                }
            }
            DockItem::Window { window, .. } => {
                let entries = [
                    MenuEntry::item("restore", "Restore"),
                    MenuEntry::item("why", "Why?"),
                    MenuEntry::item("close", "Close").dangerous(),
                ];
                match context_menu(response, &entries).as_deref() {
                    Some("restore") => self.push(Action::Layout(Op::Restore { window: *window })),
                    Some("why") => self.push(Action::Why(Subject::Window(window.0))),
                    Some(_) => self.push(Action::Close(*window)),
                    None => {}
                }
            }
            DockItem::Launcher => {}
        }
    }

    /// What is in the dock: pinned apps whose programs are there, what runs with and without windows, minimised
    /// windows, the launcher.
    fn dock_items(&self) -> Vec<DockItem> {
        let mut items = self.layout.dock_items();
        items.retain(|item| match item {
            DockItem::App { app, windows: 0, .. } => {
                self.registry.get(app).is_none_or(|entry| entry.missing().is_none())
            }
            _ => true,
        });
        let after_apps = items.iter().position(|item| !matches!(item, DockItem::App { .. }));
        let mut at = after_apps.unwrap_or(items.len());
        for running in &self.background {
            let there = |item: &DockItem| matches!(item, DockItem::App { app, .. } if *app == running.app);
            if !items.iter().any(there) {
                let app = running.app.clone();
                items.insert(at, DockItem::App { app, pinned: false, windows: 0, focused: false });
                at += 1;
            }
        }
        items
    }

    fn title_of(&self, app: &str) -> String {
        self.layout.topmost_of(app).map_or_else(|| app.to_owned(), |window| window.title.clone())
    }

    fn icon_of(&self, app: &str) -> String {
        let window = self.layout.topmost_of(app);
        window
            .and_then(|window| self.hosted.get(&window.id))
            .map_or_else(String::new, |hosted| hosted.icon.clone())
    }

    /// Where a minimised window flies to: its tile, or the middle of the dock.
    pub(crate) fn dock_rect_of(&self, window: WindowId) -> Rect {
        let screen = to_egui(self.layout.frame());
        let items = self.dock_items();
        let at = items
            .iter()
            .position(|item| matches!(item, DockItem::Window { window: id, .. } if *id == window));
        let panel = dock_rect(screen, items.len());
        let Sizes { tile, gap } = Sizes::of(screen, items.len());
        match at {
            None => Rect::from_center_size(panel.center(), vec2(tile, tile)),
            Some(at) => {
                let x = panel.left() + PADDING + at as f32 * (tile + gap);
                Rect::from_min_size(pos2(x, panel.bottom() - 14.0 - tile), vec2(tile, tile))
            }
        }
    }
}

/// Sizes of tiles and of the gaps between them: as large as the screen has room for them all.
struct Sizes {
    tile: f32,
    gap: f32,
}

impl Sizes {
    fn of(screen: Rect, count: usize) -> Self {
        let wanted = count as f32 * TILE + count.saturating_sub(1) as f32 * GAP;
        let room = screen.width() - 2.0 * PADDING - 2.0 * MARGIN;
        let part = (room / wanted.max(1.0)).clamp(LEAST, 1.0);
        Sizes { tile: (TILE * part).floor(), gap: (GAP * part).floor() }
    }
}

/// The panel at rest.
fn dock_rect(screen: Rect, count: usize) -> Rect {
    let Sizes { tile, gap } = Sizes::of(screen, count);
    let width = count as f32 * tile + (count.saturating_sub(1)) as f32 * gap + 2.0 * PADDING;
    let height = DOCK_HEIGHT - 12.0 - (TILE - tile);
    let top = screen.bottom() - DOCK_HEIGHT + 4.0 + (TILE - tile);
    Rect::from_min_size(pos2(screen.center().x - width / 2.0, top), vec2(width, height))
}

/// How much the tile at `index` grows for a pointer at `x`, where tiles begin at `first` and are a `step` apart.
fn growth(first: f32, step: f32, index: usize, x: Option<f32>) -> f32 {
    let Some(x) = x else { return 1.0 };
    let centre = first + index as f32 * step;
    let distance = ((x - centre).abs() / step / REACH).min(1.0);
    let bell = (1.0 - distance * distance).powi(2);
    1.0 + (MAGNIFY - 1.0) * bell
}

/// What waits for a person in an app.
struct Waits {
    count: usize,
    words: String,
}

impl Shell {
    fn dock_waits(&self, item: &DockItem) -> Option<Waits> {
        let DockItem::App { app, .. } = item else { return None };
        let prompts =
            self.approvals.waiting().iter().filter(|prompt| prompt.app.as_ref() == Some(app)).count();
        let runs = if app == "review" { self.reviews.count() } else { self.reviews.of_app(app).count() };
        let words = match (prompts, runs) {
            (0, 0) => return None,
            (1, _) => "a question waits".to_owned(),
            (0, 1) => "changes wait for a review".to_owned(),
            (0, runs) => format!("changes of {runs} runs wait for a review"),
            (prompts, _) => format!("{prompts} questions wait"),
        };
        Some(Waits { count: if prompts > 0 { prompts } else { runs }, words })
    }
}

/// A count at the corner of a tile.
fn badge(ui: &Ui, theme: &Theme, tile: Rect, count: usize) {
    let text = if count > 99 { "99".to_owned() } else { count.to_string() };
    let galley = ui.painter().layout_no_wrap(text, fonts::semibold(11.0), theme.accent.on);
    let size = vec2((galley.size().x + 10.0).max(18.0), 18.0);
    let place = Rect::from_center_size(tile.right_top() + vec2(-3.0, 3.0), size);
    let edge = egui::Stroke::new(1.5, theme.surface.popup);
    ui.painter().rect(place, CornerRadius::same(9), theme.accent.fill, edge, egui::StrokeKind::Outside);
    ui.painter().galley(place.center() - galley.size() / 2.0, galley, theme.accent.on);
}

fn label_above(ui: &Ui, theme: &Theme, screen: Rect, tile: Rect, text: &str) {
    let layer = egui::LayerId::new(Order::Tooltip, Id::unique("dock label"));
    let painter = ui.ctx().layer_painter(layer);
    let galley = painter.layout_no_wrap(text.to_owned(), fonts::medium(13.0), theme.text.primary);
    let size = galley.size() + vec2(20.0, 10.0);
    let centre = pos2(tile.center().x, tile.top() - 12.0 - size.y / 2.0);
    let mut rect = Rect::from_center_size(centre, size);
    rect = rect.translate(vec2(
        (screen.left() + 8.0 - rect.left()).max(0.0) - (rect.right() - screen.right() + 8.0).max(0.0),
        0.0,
    ));
    let corner = CornerRadius::same(9);
    painter.add(theme.shadow.popup.as_shape(rect, corner));
    glass(&painter, screen, rect, corner, theme.glass.popup, theme.glass.edge);
    painter.galley(rect.center() - galley.size() / 2.0, galley, theme.text.primary);
    let _ = Align2::CENTER_CENTER;
}
