//! Draws the Text Editor: the text with line numbers, a bar for what is asked, a status line.

use super::{
    large::{LINES, Large, Reach},
    model::{Command, Content, LIMIT, Model},
};
use crate::common::{
    format,
    pane::{self, STATUS, TOOLBAR},
    text,
};
use egui::{
    Align2, Frame, Id, Key, Label, Modifiers, Rect, RichText, ScrollArea, Sense, TextEdit, Ui, pos2,
    text::{CCursor, CCursorRange},
    text_edit::TextEditOutput,
    vec2,
};
use widgets::{
    controls::{Button, ControlSize, EmptyState, Spinner, TextField, author_id, error_box},
    fonts,
    icons::Icon,
    theme::{Theme, space, type_size},
};

/// Font size of the text, in points.
const FONT: f32 = 13.0;
/// Height of a line of a large file, in points.
const ROW: f32 = 18.0;
/// Most of one line of a large file that is drawn, bytes.
const LINE_BYTES: usize = 4_096;

/// What only the picture knows.
#[derive(Default)]
pub(super) struct View {
    /// Whether the window has the keyboard.
    pub(super) focused: bool,
    /// Place of the caret in characters, and its line and column, from 1.
    caret: Option<(usize, (usize, usize))>,
    /// Lines of the text, counted when it changed.
    lines: usize,
    counted: Option<usize>,
    /// The text got the keyboard once.
    begun: bool,
    /// The field for a path got the keyboard.
    naming: bool,
}

pub(super) fn draw(ui: &mut Ui, model: &mut Model, view: &mut View, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    if view.focused && ui.is_enabled() {
        ui.input_mut(|input| {
            if input.consume_key(Modifiers::COMMAND | Modifiers::SHIFT, Key::S) {
                commands.push(Command::AskName);
            } else if input.consume_key(Modifiers::COMMAND, Key::S) {
                commands.push(Command::Save);
            }
        });
    }
    let (rest, bottom) = pane::split_bottom(ui.max_rect(), STATUS);
    let (top, content) = pane::split_top(rest, TOOLBAR);
    pane::toolbar_back(ui, &theme, top);
    pane::bar(ui, top, "tools", space::M, |ui| toolbar(ui, &theme, model, view, commands));
    let content = notices(ui, content, model, commands);
    if model.content != Content::Text {
        (view.counted, view.caret) = (None, None);
    }
    match &model.content {
        Content::Text if model.large.is_some() => {
            if let Some(large) = &model.large {
                lines_ui(ui, &theme, content, large);
            }
        }
        Content::Text => text_ui(ui, &theme, content, model, view),
        Content::Loading => pane::pane(ui, content, "loading", vec2(0.0, content.height() * 0.4), |ui| {
            ui.vertical_centered(|ui| ui.add(Spinner::new("Reading the file").size(24.0)));
        }),
        Content::Binary { bytes } => {
            let size = if *bytes > LIMIT as u64 / 2 { "large".to_owned() } else { format::bytes(*bytes) };
            let words = format!("It holds bytes that are no text ({size}). Nothing was changed.");
            pane::pane(ui, content, "binary", vec2(space::L, 0.0), |ui| {
                EmptyState::new(Icon::FileDashed, "This is not a text file", &words).show(ui);
            });
        }
        Content::Failed(problem) => {
            let again = pane::pane(ui, content, "failed", vec2(space::L, 0.0), |ui| {
                EmptyState::new(Icon::WarningCircle, &problem.title, &problem.text)
                    .action("Try again")
                    .show(ui)
            });
            if again.is_some_and(|button| button.clicked()) {
                commands.push(Command::Load);
            }
        }
    }
    pane::status_back(ui, &theme, bottom);
    pane::bar(ui, bottom, "status", space::M, |ui| status(ui, &theme, model, view));
}

fn toolbar(ui: &mut Ui, theme: &Theme, model: &mut Model, view: &mut View, commands: &mut Vec<Command>) {
    if let Some(naming) = &mut model.naming {
        let field = TextField::new(naming, "Path to save as").width((ui.available_width() - 160.0).max(80.0));
        let field = ui.add(field);
        author_id(ui, field.id, "save-path");
        if !view.naming {
            view.naming = true;
            field.request_focus();
        }
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let escaped = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Escape));
        let save = ui.add(Button::primary("Save").loading(model.saving));
        if save.clicked() || entered {
            commands.push(Command::SaveAs(naming.clone()));
        }
        if ui.add(Button::new("Cancel")).clicked() || escaped {
            commands.push(Command::CancelName);
        }
        return;
    }
    view.naming = false;
    let path = model.path.clone().unwrap_or_else(|| "A new text, not saved yet".into());
    let room = ui.available_rect_before_wrap();
    let (left, right) = pane::split_right(room, 120.0);
    text::line(ui, left, &path, fonts::mono(type_size::LABEL), theme.text.secondary, Align2::LEFT_CENTER);
    text::label(ui, ui.scope_id().with("path"), left, &path);
    if model.content != Content::Text {
        return;
    }
    pane::bar(ui, right, "buttons", 0.0, |ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        let wrap = Button::icon(Icon::TextAlignLeft, "Wrap long lines").selected(model.wrap);
        let wrap = ui.add_enabled(!model.read_only(), wrap);
        if wrap.clicked() {
            commands.push(Command::ToggleWrap);
        }
        let enabled = !model.read_only() && (model.is_changed() || model.path.is_none());
        let save = Button::primary("Save").min_width(86.0).loading(model.saving);
        let save = ui.add_enabled(enabled, save);
        author_id(ui, save.id, "save");
        if save.clicked() {
            commands.push(Command::Save);
        }
    });
}

/// Boxes above the text; returns what room is left.
fn notices(ui: &mut Ui, area: Rect, model: &Model, commands: &mut Vec<Command>) -> Rect {
    let mut rest = area;
    if let Some(problem) = &model.problem {
        let bottom = pane::pane(ui, rest, "problem", vec2(space::M, space::S), |ui| {
            error_box(ui, &problem.title, &problem.text);
            if ui.add(Button::new("Dismiss").size(ControlSize::Small)).clicked() {
                commands.push(Command::DismissProblem);
            }
            ui.min_rect().bottom()
        });
        rest.min.y = (bottom + space::XS).min(rest.max.y);
    }
    if let Some(large) = model.large.as_ref().filter(|_| model.content == Content::Text) {
        let theme = Theme::of(ui);
        let (note, below) = pane::split_top(rest, 30.0);
        ui.painter().rect_filled(note, 0, theme.warning.soft);
        let words = large_words(large, model.size);
        if let (Reach::Reading, Some(size)) = (large.reach, model.size.filter(|&size| size > 0)) {
            let done = (large.bytes() as f32 / size as f32).min(1.0);
            let bar = note.with_min_y(note.bottom() - 3.0);
            ui.painter().rect_filled(bar.with_max_x(bar.left() + bar.width() * done), 0, theme.warning.text);
        }
        let font = fonts::regular(type_size::LABEL);
        let place = note.shrink2(vec2(space::M, 0.0));
        text::line(ui, place, &words, font, theme.warning.text, Align2::LEFT_CENTER);
        text::label(ui, ui.scope_id().with("large"), place, &words);
        rest = below;
    }
    rest
}

/// What is said above a large file, and how far it is.
fn large_words(large: &Large, size: Option<u64>) -> String {
    let there = format::bytes(large.bytes() as u64);
    match large.reach {
        Reach::Reading => {
            let of = size.map(|size| format!(" of {}", format::bytes(size))).unwrap_or_default();
            format!("This file is large. Reading: {there}{of}")
        }
        Reach::Whole => "This file is large: it cannot be changed here.".into(),
        Reach::Cut => {
            let what =
                if large.lines() == LINES { format!("{} lines", format::count(LINES as u64)) } else { there };
            format!("This file is large: only its first {what} are shown, and it cannot be changed here.")
        }
        Reach::Failed => format!("Only the first {there} of this file could be read."),
    }
}

/// The lines of a large file that are in view, and no others.
fn lines_ui(ui: &mut Ui, theme: &Theme, area: Rect, large: &Large) {
    ui.painter().rect_filled(area, 0, theme.surface.sunken);
    let gutter = large.lines().to_string().len().max(3) as f32 * 7.6 + 22.0;
    pane::pane(ui, area, "lines", vec2(0.0, 0.0), |ui| {
        ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
        // A line is no control: else it would be as high as one.
        ui.spacing_mut().interact_size.y = ROW;
        let scroll = ScrollArea::both().id_salt("lines").auto_shrink([false, false]);
        scroll.show_rows(ui, ROW, large.lines(), |ui, range| {
            for index in range {
                ui.horizontal(|ui| {
                    ui.set_height(ROW);
                    let (number, _) = ui.allocate_exact_size(vec2(gutter, ROW), Sense::hover());
                    let at = pos2(number.right() - 10.0, number.center().y);
                    let font = fonts::mono(FONT - 1.5);
                    ui.painter().text(
                        at,
                        Align2::RIGHT_CENTER,
                        (index + 1).to_string(),
                        font,
                        theme.text.muted,
                    );
                    let line = RichText::new(start_of(large.line(index))).font(fonts::mono(FONT));
                    ui.add(Label::new(line.color(theme.text.primary)).extend());
                });
            }
        });
    });
}

/// As much of a line as is laid out.
fn start_of(line: &str) -> &str {
    &line[..line.floor_char_boundary(LINE_BYTES)]
}

fn text_ui(ui: &mut Ui, theme: &Theme, area: Rect, model: &mut Model, view: &mut View) {
    if view.counted != Some(model.text.len()) {
        view.lines = model.text.bytes().filter(|&byte| byte == b'\n').count() + 1;
        view.counted = Some(model.text.len());
    }
    let digits = view.lines.to_string().len().max(3);
    let gutter = digits as f32 * 7.6 + 22.0;
    ui.painter().rect_filled(area, 0, theme.surface.sunken);
    let id = ui.scope_id().with("text");
    let wrap = model.wrap;
    let output = pane::pane(ui, area, "text", vec2(0.0, 0.0), |ui| {
        ui.visuals_mut().extreme_bg_color = theme.surface.sunken;
        let scroll = if wrap { ScrollArea::vertical() } else { ScrollArea::both() };
        scroll
            .id_salt("scroll")
            .auto_shrink([false, false])
            .show(ui, |ui| {
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = 0.0;
                    ui.add_space(gutter);
                    let output = edit(ui, id, &mut model.text, wrap, area.height());
                    if let Some(line) = model.go_to_line.take() {
                        go_to_line(ui, id, &output, &model.text, line);
                    }
                    numbers(ui, theme, &output, gutter);
                    output
                })
                .inner
            })
            .inner
    });
    author_id(ui, id, "text");
    if output.response.changed() {
        model.edited();
        view.counted = None;
    }
    if !view.begun && view.focused {
        view.begun = true;
        output.response.request_focus();
    }
    let at = output.cursor_range.map(|range| range.primary.index.0);
    if output.response.changed() || view.caret.map(|(at, _)| at) != at {
        view.caret = at.map(|at| (at, line_and_column(&model.text, at)));
    }
}

/// Puts the caret at the beginning of a line, from 1, and the line into the middle of what is seen.
fn go_to_line(ui: &Ui, id: Id, output: &TextEditOutput, text: &str, line: usize) {
    let before: usize =
        text.split_inclusive('\n').take(line.saturating_sub(1)).map(|line| line.chars().count()).sum();
    let caret = CCursor::new(before);
    let mut state = output.state.clone();
    state.cursor.set_char_range(Some(CCursorRange::one(caret)));
    state.store(ui.ctx(), id);
    let place = output.galley.pos_from_cursor(caret).translate(output.galley_pos.to_vec2());
    ui.scroll_to_rect(place, Some(egui::Align::Center));
}

fn edit(ui: &mut Ui, id: Id, content: &mut String, wrap: bool, height: f32) -> TextEditOutput {
    let width = if wrap { ui.available_width() - space::S } else { f32::INFINITY };
    let output = TextEdit::multiline(content)
        .id(id)
        .frame(Frame::NONE.inner_margin(egui::Margin { left: 2, right: 8, top: 8, bottom: 8 }))
        .font(fonts::mono(FONT))
        .text_color(Theme::of(ui).text.primary)
        .desired_width(width)
        .min_size(vec2(0.0, height))
        .lock_focus(true)
        // A text is read from its beginning.
        .cursor_at_end(false)
        .show(ui);
    let _ = output.response.response.clone().accessible_name("Text");
    output
}

/// Numbers beside the lines that are in view.
fn numbers(ui: &Ui, theme: &Theme, output: &TextEditOutput, gutter: f32) {
    let clip = ui.clip_rect();
    let right = output.response.rect.left() - 10.0;
    let font = fonts::mono(FONT - 1.5);
    let (mut number, mut begins) = (0_usize, true);
    for row in &output.galley.rows {
        if begins {
            number += 1;
        }
        let y = output.galley_pos.y + row.pos.y;
        if begins && y + row.size.y >= clip.top() && y <= clip.bottom() && gutter > 0.0 {
            let at = pos2(right, y + row.size.y / 2.0);
            ui.painter().text(at, Align2::RIGHT_CENTER, number.to_string(), font.clone(), theme.text.muted);
        }
        begins = row.ends_with_newline;
    }
}

fn line_and_column(text: &str, caret: usize) -> (usize, usize) {
    let (mut line, mut column) = (1, 1);
    for ch in text.chars().take(caret) {
        if ch == '\n' {
            (line, column) = (line + 1, 1);
        } else {
            column += 1;
        }
    }
    (line, column)
}

fn status(ui: &mut Ui, theme: &Theme, model: &Model, view: &View) {
    let font = fonts::regular(type_size::LABEL);
    let room = ui.available_rect_before_wrap();
    let state = match &model.content {
        Content::Text if model.saving => "Saving…",
        Content::Text if model.read_only() => "Read-only",
        Content::Text if model.is_changed() => "Not saved",
        Content::Text if model.path.is_some() => "Saved",
        _ => "",
    };
    text::line(ui, room, state, font.clone(), theme.text.secondary, Align2::LEFT_CENTER);
    text::label(ui, ui.scope_id().with("state"), room.with_max_x(room.center().x), state);
    if let Some(large) = model.large.as_ref().filter(|_| model.content == Content::Text) {
        let words = format::counted(large.lines(), "line", "lines");
        text::line(ui, room, &words, font, theme.text.muted, Align2::RIGHT_CENTER);
    } else if model.content == Content::Text {
        let caret = view
            .caret
            .map(|(_, (line, column))| format!("Line {line}, column {column}   "))
            .unwrap_or_default();
        let ends = if model.crlf { "   CRLF" } else { "" };
        let words = format!("{caret}{}{ends}", format::counted(view.lines, "line", "lines"));
        text::line(ui, room, &words, font, theme.text.muted, Align2::RIGHT_CENTER);
    }
}
