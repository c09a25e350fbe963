//! Draws the prompt in view: who, what, why, and the answers. Deny comes first for the keyboard, and nothing but Deny
//! happens by Enter.
//!
//! It lies on the uppermost layer there is, where no app and no menu of an app is drawn, hangs on the menu bar, and
//! carries a shield in the accent colour: an app that draws the like in its window has neither.

use super::super::{Action, Shell, glass, launcher::one_line, layer, layer_named, layer_ui};
use crate::shell::approvals::{Choice, Prompt, PromptKey};
use abi::{Capability, PathScope};
use egui::{
    CornerRadius, Galley, Id, Key, LayerId, Order, Rect, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui,
    UiBuilder, WidgetInfo, pos2, text::LayoutJob, vec2,
};
use std::sync::Arc;
use widgets::{
    Subject,
    controls::{Button, ButtonKind, Checkbox, ControlSize, tooltip},
    fonts,
    icons::{Icon, app_tile, paint_icon},
    theme::Theme,
};
use windows::MENU_BAR_HEIGHT;

const WIDTH: f32 = 560.0;
const MARGIN: f32 = 20.0;
/// Width of the app's tile with the space behind it.
const TILE: f32 = 58.0;
const GAP: f32 = 8.0;
/// Height of a line that can be ticked.
const LINE: f32 = 30.0;
/// Lines in view; more are scrolled.
const MOST_LINES: usize = 7;

/// The layer of the card.
pub(super) fn card_layer() -> LayerId {
    layer_named(Order::Debug, "approval")
}

/// The texts of a card, laid out.
struct Texts {
    title: Arc<Galley>,
    facts: Arc<Galley>,
    details: Option<Arc<Galley>>,
    spoken: String,
}

/// Where everything is.
struct Plan {
    card: Rect,
    lines: Rect,
    answers: Vec<(Choice, Rect)>,
    small: Vec<(Small, Rect)>,
}

/// What can be done beside answering.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Small {
    Later,
    Details,
    Why,
}

impl Small {
    const ALL: [Small; 3] = [Small::Later, Small::Details, Small::Why];

    fn button(self, shows_details: bool) -> Button<'static> {
        match self {
            Small::Later => Button::ghost("Later"),
            Small::Details => Button::ghost("Details").selected(shows_details),
            Small::Why => Button::ghost("Why?"),
        }
    }
}

impl Shell {
    /// Whether the keyboard is in the card.
    pub(crate) fn card_has_keyboard(&self) -> bool {
        let focused = self.ctx.memory(egui::Memory::focused);
        self.approvals.top().is_some() && focused.and_then(|id| self.layer_of(id)) == Some(card_layer())
    }

    pub(in super::super) fn draw_approval(&mut self, ui: &mut Ui, theme: &Arc<Theme>, screen: Rect) {
        let Some((prompt, behind)) = self.approvals.top() else { return };
        let prompt = prompt.clone();
        let width = WIDTH.min(screen.width() - 24.0);
        let texts = texts(ui, theme, &prompt, width, self.approvals.shows_details);
        let plan = plan(ui, screen, width, &prompt, &texts);
        let layer = layer(ui, Order::Debug, "approval", plan.card);
        if self.card_has_keyboard() {
            self.tab_order.modal_layer = Some(layer);
        }
        layer_ui(ui, layer, Id::unique(("approval", prompt.key)), plan.card, |ui| {
            // Takes presses on the card, so that nothing beneath it acts.
            ui.interact(plan.card, Id::unique(("approval card", prompt.key)), Sense::CLICK | Sense::DRAG);
            let builder = UiBuilder::new()
                .max_rect(plan.card)
                .scope_id(Id::unique(("approval box", prompt.key)))
                .accessibility_role(Role::AlertDialog)
                .accessibility_label(prompt.title());
            ui.scope_builder(builder, |ui| {
                self.card_texts(ui, theme, screen, &prompt, &plan, &texts);
                self.card_answers(ui, &prompt, &plan);
                self.card_lines(ui, theme, &prompt, &plan);
                self.card_small(ui, theme, &prompt, &plan, behind);
            });
        });
    }

    fn card_texts(
        &self,
        ui: &mut Ui,
        theme: &Theme,
        screen: Rect,
        prompt: &Prompt,
        plan: &Plan,
        texts: &Texts,
    ) {
        let card = plan.card;
        let corner = CornerRadius { nw: 0, ne: 0, sw: 16, se: 16 };
        ui.painter().add(theme.shadow.window_focused.as_shape(card, corner));
        glass(ui.painter(), screen, card, corner, theme.surface.popup.gamma_multiply(0.94), theme.glass.edge);
        // It hangs on the bar by a strip in the accent colour.
        let strip = Rect::from_min_size(card.min, vec2(card.width(), 3.0));
        ui.painter().rect_filled(strip, CornerRadius::ZERO, theme.accent.fill);
        let tile = Rect::from_min_size(card.min + vec2(MARGIN, MARGIN + 2.0), vec2(44.0, 44.0));
        app_tile(ui.painter(), tile, &self.tile_of(prompt.app.as_deref()));
        let badge = tile.right_bottom() - vec2(3.0, 3.0);
        ui.painter().circle(badge, 11.0, theme.accent.fill, Stroke::new(2.0, theme.surface.popup));
        paint_icon(ui.painter(), badge, Icon::ShieldCheck, 13.0, theme.accent.on);
        let left = card.left() + MARGIN + TILE;
        let top = card.top() + MARGIN;
        let under = top + texts.title.size().y + 6.0;
        ui.painter().galley(pos2(left, top), texts.title.clone(), theme.text.primary);
        ui.painter().galley(pos2(left, under), texts.facts.clone(), theme.text.secondary);
        if let Some(details) = &texts.details {
            let at = pos2(left, under + texts.facts.size().y + 10.0);
            let back = Rect::from_min_size(at, details.size() + vec2(0.0, 12.0));
            let back = back.with_max_x(card.right() - MARGIN);
            ui.painter().rect_filled(back, CornerRadius::same(8), theme.surface.sunken);
            ui.painter().galley(at + vec2(10.0, 6.0), details.clone(), theme.text.secondary);
        }
        let label = ui.interact(card, Id::unique(("approval text", prompt.key)), Sense::hover());
        label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &texts.spoken));
    }

    fn card_answers(&mut self, ui: &mut Ui, prompt: &Prompt, plan: &Plan) {
        let answerable = prompt.is_answerable(self.now);
        if answerable && std::mem::take(&mut self.approvals.wants_keyboard) {
            self.approvals.keyboard_before = ui.memory(egui::Memory::focused);
            ui.memory_mut(|memory| memory.request_focus(answer_id(prompt.key, Choice::Deny)));
        }
        let mut answered = None;
        ui.scope(|ui| {
            if !answerable {
                ui.disable();
            }
            for (choice, place) in &plan.answers {
                let button = answer_button(*choice, prompt).id(answer_id(prompt.key, *choice));
                let nothing_ticked = choice.allows() && prompt.ticked() == 0;
                let response = ui
                    .scope(|ui| {
                        if nothing_ticked {
                            ui.disable();
                        }
                        button.show_at(ui, *place)
                    })
                    .inner;
                // Enter answers nothing but no.
                let by_enter = ui.input(|input| input.key_pressed(Key::Enter));
                if response.clicked() && !(choice.allows() && by_enter) {
                    answered = Some(*choice);
                }
                tooltip(response, choice.explanation());
            }
        });
        if let Some(choice) = answered {
            self.push(Action::AnswerRequest { prompt: prompt.key, choice });
        }
    }

    fn card_lines(&mut self, ui: &mut Ui, theme: &Theme, prompt: &Prompt, plan: &Plan) {
        if prompt.lines.len() < 2 {
            return;
        }
        let mut ticked = None;
        let builder =
            UiBuilder::new().max_rect(plan.lines).scope_id(Id::unique(("approval lines", prompt.key)));
        ui.scope_builder(builder, |ui| {
            ui.painter().rect(
                plan.lines,
                CornerRadius::same(10),
                theme.surface.sunken,
                Stroke::new(1.0, theme.surface.divider),
                StrokeKind::Inside,
            );
            ui.set_clip_rect(plan.lines.shrink(1.0).intersect(ui.clip_rect()));
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                for (at, line) in prompt.lines.iter().enumerate() {
                    let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::hover());
                    let mut checked = line.ticked;
                    let words = line.in_words();
                    let box_place = row.shrink2(vec2(12.0, 0.0));
                    let id = Id::unique(("approval line", prompt.key, line.request));
                    let response =
                        Checkbox::new(&mut checked, capitalised(&words)).id(id).show_at(ui, box_place);
                    if response.changed() {
                        ticked = Some((at, checked));
                    }
                    if !line.is_answerable(self.now) {
                        let at = pos2(row.right() - 12.0, row.center().y);
                        let font = fonts::medium(11.0);
                        ui.painter().text(at, egui::Align2::RIGHT_CENTER, "new", font, theme.accent.text);
                    }
                }
            });
        });
        if let Some((line, ticked)) = ticked {
            self.push(Action::TickRequest { prompt: prompt.key, line, ticked });
        }
    }

    fn card_small(&mut self, ui: &mut Ui, theme: &Theme, prompt: &Prompt, plan: &Plan, behind: usize) {
        for (small, place) in &plan.small {
            let button = small.button(self.approvals.shows_details).size(ControlSize::Small);
            let name = match small {
                Small::Later => "Later",
                Small::Details => "Details",
                Small::Why => "Why?",
            };
            let response = button.id(Id::unique(("approval small", prompt.key, name))).show_at(ui, *place);
            if !response.clicked() {
                continue;
            }
            match small {
                Small::Later => self.push(Action::AnswerLater(prompt.key)),
                Small::Details => self.push(Action::ToggleApprovalDetails),
                Small::Why => self.push(Action::Why(Subject::Cause(prompt.cause))),
            }
        }
        if behind > 0 {
            let last = plan.small.last().map_or(plan.card.left(), |(_, place)| place.right());
            let text = format!("{behind} more waiting");
            let row = plan.small.first().map_or(plan.card.bottom() - 30.0, |(_, place)| place.center().y);
            let room = plan.card.right() - MARGIN - last - GAP;
            let galley =
                ui.painter().layout_job(one_line(&text, fonts::medium(12.0), theme.text.secondary, room));
            let at = pos2(last + GAP + 4.0, row - galley.size().y / 2.0);
            let label = ui.interact(
                Rect::from_min_size(at, galley.size()),
                Id::unique(("approval behind", prompt.key)),
                Sense::click(),
            );
            label.widget_info(|| WidgetInfo::labeled(Role::Link, true, &text));
            ui.painter().galley(at, galley, theme.text.secondary);
            if label.clicked() {
                self.push(Action::ToggleApprovals);
            }
        }
    }
}

fn answer_id(key: PromptKey, choice: Choice) -> Id {
    Id::unique(("approval answer", key, choice.label()))
}

fn answer_button(choice: Choice, prompt: &Prompt) -> Button<'static> {
    let kind = if choice == Choice::Deny { ButtonKind::Primary } else { ButtonKind::Secondary };
    let label = if choice == Choice::Deny && prompt.is_offer() { "Leave it" } else { choice.label() };
    Button::new(label).kind(kind).min_width(84.0)
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn texts(ui: &Ui, theme: &Theme, prompt: &Prompt, width: f32, with_details: bool) -> Texts {
    let mut facts = Vec::new();
    facts.extend(prompt.because_in_words());
    facts.extend(prompt.remarks());
    facts.extend(prompt.parents_in_words());
    let room = width - 2.0 * MARGIN - TILE;
    let wrapped = |text: String, font, colour, rows| {
        let mut job = LayoutJob::simple(text, font, colour, room);
        job.wrap.max_rows = rows;
        ui.painter().layout_job(job)
    };
    let details = with_details.then(|| {
        let text = details(prompt).join("\n");
        let mut job = LayoutJob::simple(text, fonts::mono(11.5), theme.text.secondary, room - 12.0);
        job.wrap.max_rows = 14;
        ui.painter().layout_job(job)
    });
    let spoken = facts.join(". ");
    Texts {
        title: wrapped(prompt.title(), fonts::semibold(15.5), theme.text.primary, 3),
        facts: wrapped(facts.join("\n"), fonts::regular(12.5), theme.text.secondary, 8),
        details,
        spoken,
    }
}

/// Everything that is known about a prompt, exactly.
fn details(prompt: &Prompt) -> Vec<String> {
    let mut lines: Vec<String> =
        prompt.lines.iter().map(|line| format!("process {}", line.pid)).take(1).collect();
    for line in &prompt.lines {
        lines.extend(exactly(&line.rights));
    }
    if let Some(app) = &prompt.app {
        lines.push(format!("app {app}"));
    }
    lines.push(format!("cause {}", prompt.cause));
    lines.extend(prompt.because.iter().map(|because| format!("  ← {because}")));
    lines.push("rule: default-deny".into());
    lines
}

/// Rights by their names; those about one place in one line.
fn exactly(rights: &[Capability]) -> Vec<String> {
    let mut lines: Vec<(Option<&PathScope>, String)> = Vec::new();
    for right in rights {
        let json = serde_json::to_value(right).unwrap_or_default();
        let name = json.as_object().and_then(|parts| parts.keys().next().cloned());
        let scope = right.path_scope();
        match (lines.last_mut(), scope, name) {
            (Some((last, names)), Some(scope), Some(name)) if *last == Some(scope) => {
                names.push(' ');
                names.push_str(&name);
            }
            (_, Some(scope), Some(name)) => lines.push((Some(scope), name)),
            _ => lines.push((None, json.to_string())),
        }
    }
    let line = |(scope, names): (Option<&PathScope>, String)| match scope {
        Some(scope) => format!("{names} {scope}"),
        None => names,
    };
    lines.into_iter().map(line).collect()
}

/// Places the parts of a card from top to bottom.
fn plan(ui: &Ui, screen: Rect, width: f32, prompt: &Prompt, texts: &Texts) -> Plan {
    let corner = pos2(screen.center().x - width / 2.0, screen.top() + MENU_BAR_HEIGHT);
    let (left, right) = (corner.x + MARGIN, corner.x + width - MARGIN);
    let facts = if texts.spoken.is_empty() { 0.0 } else { 6.0 + texts.facts.size().y };
    let mut y = corner.y + MARGIN + (texts.title.size().y + facts).max(48.0);
    if let Some(details) = &texts.details {
        y += details.size().y + 24.0;
    }
    let shown = if prompt.lines.len() < 2 { 0 } else { prompt.lines.len().min(MOST_LINES) };
    y += if shown > 0 { 14.0 } else { 0.0 };
    // On a low screen the list gives way before the answers do.
    let room = (screen.bottom() - 140.0 - y).max(LINE);
    let lines = Rect::from_min_max(pos2(left, y), pos2(right, y + (shown as f32 * LINE).min(room)));
    y = lines.bottom() + 16.0;
    let allowing: Vec<Choice> = prompt.choices().filter(|choice| choice.allows()).collect();
    let sizes = |choices: &[Choice]| {
        choices.iter().map(|choice| answer_button(*choice, prompt).desired_size(ui)).collect::<Vec<_>>()
    };
    let places = flow(&sizes(&allowing), left, right, &mut y);
    let mut answers: Vec<(Choice, Rect)> = allowing.into_iter().zip(places).collect();
    y += GAP;
    let mut at = left - 8.0;
    let small: Vec<(Small, Rect)> = Small::ALL
        .into_iter()
        .map(|small| {
            let size = small.button(false).size(ControlSize::Small).desired_size(ui);
            let place = Rect::from_min_size(pos2(at, y + 2.0), size);
            at = place.right() + 2.0;
            (small, place)
        })
        .collect();
    let denying = [Choice::Never, Choice::Deny];
    let places = flow(&sizes(&denying), at.min(right - 100.0), right, &mut y);
    // First for the keyboard.
    let mut denying: Vec<(Choice, Rect)> = denying.into_iter().zip(places).collect();
    denying.reverse();
    denying.append(&mut answers);
    let card = Rect::from_min_max(corner, pos2(corner.x + width, y + 16.0));
    Plan { card, lines, answers: denying, small }
}

/// Places sizes from left to right, at the right end, in as many rows as it takes; `y` is below them then.
fn flow(sizes: &[egui::Vec2], left: f32, right: f32, y: &mut f32) -> Vec<Rect> {
    let mut rows: Vec<Vec<egui::Vec2>> = vec![Vec::new()];
    let mut used = 0.0;
    for size in sizes {
        if used > 0.0 && used + size.x > right - left {
            rows.push(Vec::new());
            used = 0.0;
        }
        used += size.x + GAP;
        if let Some(row) = rows.last_mut() {
            row.push(*size);
        }
    }
    let mut places = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        *y += if index > 0 { GAP } else { 0.0 };
        let total: f32 = row.iter().map(|size| size.x + GAP).sum::<f32>() - GAP;
        let mut x = right - total;
        let height = row.iter().map(|size| size.y).fold(0.0, f32::max);
        for size in row {
            places.push(Rect::from_min_size(pos2(x, *y), *size));
            x += size.x + GAP;
        }
        *y += height;
    }
    places
}
