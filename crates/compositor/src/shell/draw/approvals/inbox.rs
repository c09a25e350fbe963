//! Draws the inbox: prompts that wait, what was refused lately, what was decided.

use super::super::{Action, Shell, glass, launcher::one_line, layer, layer_ui, local_time};
use crate::shell::approvals::{Prompt, PromptKey};
use abi::{
    Capability, Pid, rights_in_words,
    table::{DecisionKind, RightDecision},
};
use egui::{CornerRadius, Id, Order, Rect, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use std::sync::Arc;
use widgets::{
    controls::{Button, ControlSize, section_header},
    fonts,
    icons::{Icon, app_tile, paint_icon},
    theme::{Theme, radius},
};
use windows::MENU_BAR_HEIGHT;

const WIDTH: f32 = 440.0;
const HEIGHT: f32 = 560.0;
const HEAD: f32 = 52.0;
const ROW: f32 = 54.0;
/// Rows of each kind.
const MOST_ROWS: usize = 30;

/// What was chosen.
enum Chosen {
    Open(PromptKey),
    Allow(Pid, Option<String>, Capability),
    Unmute(String),
    End(Pid),
}

/// A row of the inbox.
struct Row<'a> {
    key: String,
    app: Option<&'a str>,
    title: String,
    text: String,
    tone: Option<Icon>,
    button: Option<(&'static str, Chosen)>,
}

impl Shell {
    /// Where the inbox begins, while it is open.
    pub(in super::super) fn inbox_left(&self, screen: Rect) -> Option<f32> {
        let width = WIDTH.min(screen.width() - 16.0);
        self.approvals.inbox_open.then_some(screen.right() - width - 8.0)
    }

    pub(in super::super) fn draw_inbox(&mut self, ui: &mut Ui, theme: &Arc<Theme>, screen: Rect) {
        if !self.approvals.inbox_open {
            return;
        }
        let width = WIDTH.min(screen.width() - 16.0);
        let height = HEIGHT.min(screen.height() - MENU_BAR_HEIGHT - 16.0);
        let corner = pos2(screen.right() - width - 8.0, screen.top() + MENU_BAR_HEIGHT + 8.0);
        let rect = Rect::from_min_size(corner, vec2(width, height));
        let layer = layer(ui, Order::Tooltip, "approvals", screen);
        if !self.card_has_keyboard() {
            self.tab_order.modal_layer = Some(layer);
        }
        layer_ui(ui, layer, Id::unique("approvals"), rect, |ui| {
            let outside = ui.interact(screen, Id::unique("approvals outside"), Sense::CLICK);
            let at = outside.interact_pointer_pos();
            if outside.clicked() && at.is_some_and(|at| !rect.contains(at)) {
                self.push(Action::ToggleApprovals);
            }
            let rounding = CornerRadius::same(16);
            ui.painter().add(theme.shadow.window_focused.as_shape(rect, rounding));
            glass(ui.painter(), screen, rect, rounding, theme.glass.window, theme.glass.edge);
            let builder = UiBuilder::new()
                .max_rect(rect)
                .scope_id(Id::unique("approvals box"))
                .accessibility_role(Role::Dialog)
                .accessibility_label("Approvals");
            ui.scope_builder(builder, |ui| self.inbox(ui, theme, rect));
        });
    }

    fn inbox(&mut self, ui: &mut Ui, theme: &Arc<Theme>, rect: Rect) {
        let head = Rect::from_min_size(rect.min, vec2(rect.width(), HEAD));
        paint_icon(
            ui.painter(),
            pos2(head.left() + 26.0, head.center().y),
            Icon::ShieldCheck,
            20.0,
            theme.accent.text,
        );
        ui.painter().text(
            pos2(head.left() + 46.0, head.center().y),
            egui::Align2::LEFT_CENTER,
            "Approvals",
            fonts::semibold(17.0),
            theme.text.primary,
        );
        let mut right = head.right() - 14.0;
        for (label, icon, action) in [
            ("Close", Icon::X, Action::ToggleApprovals),
            ("Apps & permissions", Icon::Gear, Action::OpenPermissions(None)),
        ] {
            let button = Button::icon(icon, label).kind(widgets::controls::ButtonKind::Ghost);
            let size = button.desired_size(ui);
            let place = Rect::from_min_size(pos2(right - size.x, head.center().y - size.y / 2.0), size);
            right = place.left() - 4.0;
            let id = Id::unique(("approvals head", label));
            let response = button.id(id).show_at(ui, place);
            let response = widgets::controls::tooltip(response, label);
            if label == "Close" && ui.memory(|memory| memory.focused().is_none()) {
                response.request_focus();
            }
            if response.clicked() {
                self.approvals.inbox_open = false;
                if action != Action::ToggleApprovals {
                    self.push(action);
                }
            }
        }
        let body = rect.with_min_y(head.bottom()).shrink2(vec2(8.0, 0.0)).with_max_y(rect.bottom() - 8.0);
        let chosen = ui
            .scope_builder(UiBuilder::new().max_rect(body).scope_id(Id::unique("approvals body")), |ui| {
                ScrollArea::vertical().auto_shrink(false).show(ui, |ui| self.inbox_rows(ui, theme)).inner
            })
            .inner;
        match chosen {
            Some(Chosen::Open(key)) => self.push(Action::OpenPrompt(key)),
            Some(Chosen::Allow(pid, app, capability)) => {
                self.approvals.inbox_open = false;
                self.push(Action::OfferRight { pid, app, capability });
            }
            Some(Chosen::End(pid)) => self.push(Action::EndProgram(pid)),
            Some(Chosen::Unmute(app)) => self.push(Action::MuteApp { app, muted: false }),
            None => {}
        }
    }

    fn inbox_rows(&self, ui: &mut Ui, theme: &Theme) -> Option<Chosen> {
        ui.spacing_mut().item_spacing.y = 2.0;
        let waiting: Vec<Row<'_>> = self.approvals.waiting().iter().map(waiting_row).collect();
        let (refused, decided): (Vec<&RightDecision>, Vec<&RightDecision>) =
            self.approvals.decisions().partition(|decision| decision.kind == DecisionKind::Denied);
        let is_own = |decision: &&RightDecision| {
            decision.app.as_deref().is_none_or(|app| {
                app == "shell"
                    || self.registry.get(app).is_some_and(|entry| entry.kind == services::AppKind::System)
            })
        };
        let refused: Vec<Row<'_>> =
            refused.into_iter().filter(|one| !is_own(one)).take(MOST_ROWS).map(denied_row).collect();
        let decided: Vec<Row<'_>> = decided.into_iter().take(MOST_ROWS).map(decided_row).collect();
        let mut chosen = None;
        if waiting.is_empty() {
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 64.0), Sense::hover());
            let text = "Nothing waits for you";
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
            ui.painter().text(
                rect.center(),
                egui::Align2::CENTER_CENTER,
                text,
                fonts::regular(13.0),
                theme.text.secondary,
            );
        }
        for (heading, rows) in [("Waiting", waiting), ("Refused by the rules", refused), ("Decided", decided)]
        {
            if rows.is_empty() {
                continue;
            }
            section_header(ui, heading);
            for row in rows {
                if let Some(done) = self.inbox_row(ui, theme, row) {
                    chosen = Some(done);
                }
            }
        }
        chosen
    }

    fn inbox_row(&self, ui: &mut Ui, theme: &Theme, row: Row<'_>) -> Option<Chosen> {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
        let spoken = format!("{}. {}", row.title, row.text);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
        if !ui.is_rect_visible(rect) {
            return None;
        }
        ui.painter().rect_filled(rect, CornerRadius::same(radius::TILE), theme.control.ghost_hover);
        let tile = Rect::from_center_size(pos2(rect.left() + 27.0, rect.center().y), vec2(30.0, 30.0));
        app_tile(ui.painter(), tile, &self.tile_of(row.app));
        if let Some(icon) = row.tone {
            let colour = match icon {
                Icon::Check => theme.success.text,
                Icon::Prohibit | Icon::SpeakerSlash => theme.danger.text,
                _ => theme.text.muted,
            };
            let at = tile.right_bottom();
            ui.painter().circle_filled(at, 8.5, theme.surface.popup);
            paint_icon(ui.painter(), at, icon, 12.0, colour);
        }
        let mut right = rect.right() - 10.0;
        let mut chosen = None;
        if let Some((label, does)) = row.button {
            let button = Button::new(label).size(ControlSize::Small).name(format!("{label} {}", row.title));
            let size = button.desired_size(ui);
            let place = Rect::from_min_size(pos2(right - size.x, rect.center().y - size.y / 2.0), size);
            right = place.left() - 10.0;
            if button.id(Id::unique(("inbox", &row.key))).show_at(ui, place).clicked() {
                chosen = Some(does);
            }
        }
        let left = rect.left() + 52.0;
        let title = one_line(&row.title, fonts::medium(13.0), theme.text.primary, right - left);
        let title = ui.painter().layout_job(title);
        ui.painter().galley(pos2(left, rect.top() + 9.0), title, theme.text.primary);
        let text = one_line(&row.text, fonts::regular(12.0), theme.text.secondary, right - left);
        let text = ui.painter().layout_job(text);
        ui.painter().galley(pos2(left, rect.top() + 29.0), text, theme.text.secondary);
        chosen
    }
}

fn waiting_row(prompt: &Prompt) -> Row<'_> {
    let text = prompt.because_in_words().unwrap_or_else(|| "Waits for your answer".into());
    let button = if prompt.is_offer() { "Decide…" } else { "Answer…" };
    Row {
        key: format!("{:?}", prompt.key),
        app: prompt.app.as_deref(),
        title: prompt.title(),
        text,
        tone: None,
        button: Some((button, Chosen::Open(prompt.key))),
    }
}

fn denied_row(denied: &RightDecision) -> Row<'_> {
    let times = if denied.times > 1 { format!(", {} times", denied.times) } else { String::new() };
    Row {
        key: format!("denied {}", denied.number),
        app: denied.app.as_deref(),
        title: format!("{} may not {}", denied.name, denied.capability.in_words()),
        text: format!("{}{times} · {}", rule_in_words(&denied.rule), at(denied.time_millis)),
        tone: Some(Icon::Prohibit),
        button: Some(("Allow…", Chosen::Allow(denied.pid, denied.app.clone(), denied.capability.clone()))),
    }
}

fn decided_row(decision: &RightDecision) -> Row<'_> {
    let (words, tone) = match decision.kind {
        DecisionKind::Granted => (granted_in_words(decision), Icon::Check),
        DecisionKind::Refused if decision.rule == "answer never" => {
            ("You said never".to_owned(), Icon::Prohibit)
        }
        DecisionKind::Refused => ("You said no".to_owned(), Icon::Prohibit),
        DecisionKind::Expired => ("Nobody answered in time, so it was refused".to_owned(), Icon::Clock),
        DecisionKind::Withdrawn => ("It does not wait for an answer any more".to_owned(), Icon::Clock),
        DecisionKind::Muted => ("Asked too often and is muted".to_owned(), Icon::SpeakerSlash),
        DecisionKind::Lingers => (left_in_words(decision), Icon::Clock),
        DecisionKind::Denied => (rule_in_words(&decision.rule), Icon::Prohibit),
    };
    let unmute = decision.app.clone().filter(|_| decision.kind == DecisionKind::Muted);
    Row {
        key: format!("decided {}", decision.number),
        app: decision.app.as_deref(),
        title: match decision.kind {
            DecisionKind::Muted => decision.name.clone(),
            _ => format!("{}: {}", decision.name, rights_in_words(decision.rights())),
        },
        text: format!("{words} · {}", at(decision.time_millis)),
        tone: Some(tone),
        button: unmute.map(|app| ("Unmute", Chosen::Unmute(app))).or_else(|| {
            (decision.kind == DecisionKind::Lingers).then_some(("End now", Chosen::End(decision.pid)))
        }),
    }
}

fn granted_in_words(decision: &RightDecision) -> String {
    match (decision.rule.as_str(), decision.until_millis) {
        (_, Some(until)) => format!("You allowed it until {}", at(until)),
        ("answer once", _) => "You allowed it once".into(),
        ("answer always", _) => "You allowed it always".into(),
        _ => "You allowed it while it runs".into(),
    }
}

/// What a program has of a right that was taken.
fn left_in_words(decision: &RightDecision) -> String {
    match decision.rule.as_str() {
        "what is open stays open" => "Taken; what it has open stays open".into(),
        _ => "Taken; its program has it until it ends".into(),
    }
}

/// Why the gate said no.
fn rule_in_words(rule: &str) -> String {
    match rule {
        "default-deny" => "Nobody has allowed it".into(),
        rule if rule.starts_with("revoked") => "It was taken from it".into(),
        "" => "Refused".into(),
        rule => format!("Refused by {rule}"),
    }
}

fn at(unix_millis: u64) -> String {
    local_time(unix_millis, "%H:%M")
}
