//! Lines at the bottom: what goes on, what was done, questions about names, and the status.

use super::{
    super::{
        history::Way,
        model::{Command, Listing, Model, Offer},
    },
    View, sheets,
};
use crate::common::{format, pane, text};
use egui::{Align2, Rect, Ui, vec2};
use widgets::{
    controls::{Button, ControlSize, ProgressBar},
    fonts,
    icons::Icon,
    theme::{Theme, space, type_size},
};

/// Height of a line in points.
const LINE: f32 = 40.0;

/// Cuts the lines off the bottom of the content and draws them; what is left is returned.
pub(super) fn draw(
    ui: &mut Ui,
    theme: &Theme,
    content: Rect,
    model: &Model,
    view: &mut View,
    commands: &mut Vec<Command>,
) -> Rect {
    let mut rest = content;
    // While something goes on that is what matters.
    if let Some(notice) = model.notice.as_ref().filter(|_| model.activity.is_none()) {
        let (above, line) = pane::split_bottom(rest, LINE);
        rest = above;
        back(ui, theme, line);
        pane::bar(ui, line, "notice", space::M, |ui| {
            let (label, command) = match notice.offer {
                Offer::Nothing => ("", None),
                Offer::Undo => ("Undo", Some(Command::TakeBack(Way::Undo))),
                Offer::Redo => ("Redo", Some(Command::TakeBack(Way::Redo))),
            };
            let room = ui.available_rect_before_wrap();
            let (words, buttons) = pane::split_right(room, if command.is_some() { 92.0 } else { 28.0 });
            let font = fonts::regular(type_size::LABEL);
            text::line(ui, words, &notice.text, font, theme.text.primary, Align2::LEFT_CENTER);
            text::label(ui, ui.scope_id().with("words"), words, &notice.text);
            let (offer, close) = pane::split_right(buttons, 28.0);
            if let Some(command) = command {
                let place = Rect::from_center_size(offer.center() - vec2(4.0, 0.0), vec2(56.0, 24.0));
                let id = ui.scope_id().with("offer");
                let button = Button::new(label).size(ControlSize::Small).id(id);
                if button.show_at(ui, place).clicked() {
                    commands.push(command);
                    commands.push(Command::DismissNotice);
                }
            }
            let place = Rect::from_center_size(close.center() + vec2(2.0, 0.0), vec2(24.0, 24.0));
            let id = ui.scope_id().with("close");
            let button = Button::icon(Icon::X, "Dismiss message").size(ControlSize::Small).id(id);
            if button.show_at(ui, place).clicked() {
                commands.push(Command::DismissNotice);
            }
        });
    }
    if let Some(activity) = &model.activity {
        let (above, line) = pane::split_bottom(rest, LINE);
        rest = above;
        back(ui, theme, line);
        pane::bar(ui, line, "activity", space::M, |ui| {
            let room = ui.available_rect_before_wrap();
            let (left, button) = pane::split_right(room, 74.0);
            let (words, bar) = pane::split_left(left, (left.width() * 0.5).min(220.0));
            let font = fonts::regular(type_size::LABEL);
            text::line(ui, words, &activity.words, font, theme.text.primary, Align2::LEFT_CENTER);
            text::label(ui, ui.scope_id().with("words"), words, &activity.words);
            let bar = bar.shrink2(vec2(space::S, 0.0));
            let id = ui.scope_id().with("progress");
            ProgressBar::new(activity.share, activity.words.as_str()).id(id).show_at(ui, bar);
            let place = Rect::from_center_size(button.center() + vec2(3.0, 0.0), vec2(66.0, 24.0));
            let id = ui.scope_id().with("cancel");
            let cancel = Button::new("Cancel").size(ControlSize::Small).loading(activity.stopping).id(id);
            if cancel.show_at(ui, place).clicked() {
                commands.push(Command::StopJob);
            }
        });
    }
    if let Some((clash, others)) = model.activity.as_ref().and_then(|activity| activity.clash.as_ref()) {
        rest = sheets::clash(ui, theme, rest, clash, *others, view, commands);
        return rest;
    }
    view.asked = None;
    if let Some(obstacles) = &model.obstacles {
        rest = sheets::obstacles(ui, theme, rest, obstacles, commands);
    }
    rest
}

/// Background of a line or a sheet.
pub(super) fn back(ui: &Ui, theme: &Theme, rect: Rect) {
    ui.painter().rect_filled(rect, 0, theme.surface.raised);
    pane::status_back(ui, theme, rect);
}

pub(super) fn status_ui(ui: &mut Ui, theme: &Theme, model: &Model, commands: &mut Vec<Command>) {
    let words = words(model);
    let button = match &model.found {
        Some(found) if found.running => Some(("Stop", Command::StopSearch)),
        Some(_) => Some(("Leave search", Command::Filter(String::new()))),
        None if !model.filter.trim().is_empty() && !model.in_trash() && !model.shown.is_empty() => {
            Some(("Search in subfolders", Command::Search))
        }
        None => None,
    };
    let room = ui.available_rect_before_wrap();
    let (left, right) = pane::split_right(room, if button.is_some() { 150.0 } else { 0.0 });
    text::line(ui, left, &words, fonts::regular(type_size::LABEL), theme.text.secondary, Align2::LEFT_CENTER);
    text::label(ui, ui.scope_id().with("words"), left, &words);
    if let Some((label, command)) = button {
        let id = ui.scope_id().with("button");
        let button = Button::ghost(label).size(ControlSize::Small).id(id);
        let size = button.desired_size(ui);
        let place = Rect::from_min_size(
            egui::pos2(right.right() - size.x, right.center().y - 12.0),
            vec2(size.x, 24.0),
        );
        if button.show_at(ui, place).clicked() {
            commands.push(command);
        }
    }
}

fn words(model: &Model) -> String {
    let items = format::counted(model.shown.len(), "item", "items");
    match &model.listing {
        Listing::Failed(_) => return String::new(),
        Listing::Loading => return "Reading…".into(),
        Listing::Ready => {}
    }
    if let Some(found) = &model.found
        && model.selection.is_empty()
    {
        let unread = match found.unread {
            0 => String::new(),
            n => format!(", {} could not be read", format::counted(n, "folder", "folders")),
        };
        let more = if found.cut { ", there may be more" } else { "" };
        let looked = format::counted(found.looked, "folder", "folders");
        return if found.running {
            format!("{items} found, {looked} looked through…")
        } else {
            format!("{items} found in {looked}{unread}{more}")
        };
    }
    if model.selection.is_empty() {
        let hidden = model.entries.len() - model.shown.len();
        return if hidden > 0 && model.filter.is_empty() {
            format!("{items}, {} hidden", format::count(hidden as u64))
        } else {
            items
        };
    }
    let size: u64 = model.selection.iter().filter_map(|&i| model.entries.get(i)).map(|e| e.size).sum();
    let of = format::count(model.shown.len() as u64);
    let size = if size > 0 { format!(", {}", format::bytes(size)) } else { String::new() };
    format!("{} of {of} selected{size}", format::count(model.selection.len() as u64))
}
