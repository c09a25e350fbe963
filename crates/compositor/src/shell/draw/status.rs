//! The right end of the menu bar: load, approvals, search, and the clock, which opens the notifications. In a narrow
//! window the load goes, then the date.

use super::{Action, Shell, clock};
use crate::shell::keys::{self, ShellAction};
use egui::{
    Align2, Color32, CornerRadius, Id, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, text::LayoutJob,
    vec2,
};
use widgets::{
    controls::{focus_ring, tooltip, tooltip_with_keys},
    fonts,
    icons::{Icon, paint_icon},
    theme::Theme,
};

/// Width of a symbol with the space behind it, points.
const STATUS: f32 = 30.0;
/// Width of the count of waiting prompts.
const COUNT: f32 = 20.0;
/// Narrower bars have no load.
const ROOM_FOR_LOAD: f32 = 560.0;
/// Narrower bars have no date.
const ROOM_FOR_DATE: f32 = 560.0;
/// Room for the dot that says that something is new.
const DOT: f32 = 12.0;
/// Beside the clock's text.
const BESIDE: f32 = 8.0;

impl Shell {
    /// Where the status items begin, with some space before them.
    pub(super) fn status_left(&self, ui: &Ui, bar: Rect) -> f32 {
        let symbols = if bar.width() < ROOM_FOR_LOAD { 2.0 } else { 3.0 };
        let count = if self.approvals.waiting().is_empty() { 0.0 } else { COUNT };
        self.clock_place(ui, bar).left() - 6.0 - symbols * STATUS - count - 8.0
    }

    fn clock_text(&self, bar: Rect) -> String {
        clock::clock_text(self.wall_clock.at(self.now), bar.width() >= ROOM_FOR_DATE)
    }

    fn clock_place(&self, ui: &Ui, bar: Rect) -> Rect {
        let job =
            LayoutJob::simple_singleline(self.clock_text(bar), fonts::medium(13.5), Color32::PLACEHOLDER);
        let dot = if self.toasts.unseen() > 0 { DOT } else { 0.0 };
        let width = ui.painter().layout_job(job).size().x + 2.0 * BESIDE + dot;
        let size = vec2(width, bar.height() - 6.0);
        Rect::from_min_size(pos2(bar.right() - 8.0 - width, bar.center().y - size.y / 2.0), size)
    }

    pub(super) fn draw_status(&mut self, ui: &mut Ui, theme: &Theme, bar: Rect) {
        self.draw_clock(ui, theme, bar);
        let mut right = self.clock_place(ui, bar).left() - 6.0;
        let search = status_button(ui, theme, bar, &mut right, Icon::MagnifyingGlass, "Search");
        if search.clicked() {
            self.push(Action::ToggleLauncher);
        }
        tooltip_with_keys(search, "Launcher", &keys::shown(ShellAction::Launcher));
        self.draw_approvals_button(ui, theme, bar, &mut right);
        if bar.width() < ROOM_FOR_LOAD {
            return;
        }
        let load = status_button(ui, theme, bar, &mut right, Icon::Gauge, "System load");
        if load.clicked() {
            self.push(Action::Open("system-monitor".into()));
        }
        if load.hovered() {
            let figures = self.load_figures();
            tooltip(load, &figures);
        }
    }

    /// Time and date; a dot says that there is a notification that nobody has seen.
    fn draw_clock(&mut self, ui: &mut Ui, theme: &Theme, bar: Rect) {
        let place = self.clock_place(ui, bar);
        let text = self.clock_text(bar);
        let response = ui.interact(place, Id::unique("clock"), Sense::click());
        let unseen = self.toasts.unseen();
        let name = match unseen {
            0 => format!("{text}, notifications"),
            count => format!("{text}, notifications, {count} new"),
        };
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        if response.hovered() || self.centre.is_open {
            ui.painter().rect_filled(place, CornerRadius::same(6), theme.control.hover);
        }
        focus_ring(ui, theme, &response, place, 6);
        let at = pos2(place.right() - BESIDE, place.center().y);
        ui.painter().text(at, Align2::RIGHT_CENTER, &text, fonts::medium(13.5), theme.glass.text);
        if unseen > 0 {
            let at = pos2(place.left() + BESIDE, place.center().y);
            ui.painter().circle_filled(at, 3.5, theme.accent.text);
        }
        if response.clicked() {
            self.push(Action::ToggleCentre);
        }
        let what =
            if unseen > 0 { format!("Notifications, {unseen} new") } else { "Notifications".to_owned() };
        tooltip_with_keys(response, &what, &keys::shown(ShellAction::Notifications));
    }

    /// The shield: how many prompts wait.
    fn draw_approvals_button(&mut self, ui: &mut Ui, theme: &Theme, bar: Rect, right: &mut f32) {
        let waiting = self.approvals.waiting().len();
        let name = match waiting {
            0 => "Approvals".to_owned(),
            count => format!("Approvals, {count} waiting"),
        };
        let (icon, width) = match waiting {
            0 => (Icon::ShieldCheck, 0.0),
            _ => (Icon::ShieldWarning, COUNT),
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
        tooltip_with_keys(button, &name, &keys::shown(ShellAction::Approvals));
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

fn status_button(ui: &mut Ui, theme: &Theme, bar: Rect, right: &mut f32, icon: Icon, name: &str) -> Response {
    let size = vec2(STATUS - 4.0, bar.height() - 6.0);
    let place = Rect::from_center_size(pos2(*right - size.x / 2.0, bar.center().y), size);
    *right -= STATUS;
    let response = ui.interact(place, Id::unique(("status", name)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    if response.hovered() {
        ui.painter().rect_filled(place, CornerRadius::same(6), theme.control.hover);
    }
    focus_ring(ui, theme, &response, place, 6);
    paint_icon(ui.painter(), place.center(), icon, 16.0, theme.glass.text);
    response
}
