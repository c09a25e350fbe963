//! The panel of properties: what something is, and what made it.

use super::{
    super::{
        count::Content,
        kind, made_by,
        made_by::Made,
        model::{Command, Model},
        names::{last_name, parent},
        properties::{Details, permissions},
    },
    View,
};
use crate::common::{format, pane};
use abi::table::{DirEntry, FileKind, FileStat};
use egui::{Align, Color32, Label, Rect, RichText, ScrollArea, Sense, Ui, vec2};
use widgets::{
    controls::{Button, ControlSize, Spinner, author_id, error_box},
    fonts,
    icons::Icon,
    theme::{Theme, space, type_size},
};

/// Room for the names of the rows, in points.
const NAMES: f32 = 84.0;

pub(super) fn draw(
    ui: &mut Ui,
    theme: &Theme,
    rect: Rect,
    model: &Model,
    details: &Details,
    view: &mut View,
    commands: &mut Vec<Command>,
) {
    ui.painter().rect_filled(rect, 0, theme.surface.panel);
    let line = egui::Stroke::new(1.0, theme.surface.divider);
    ui.painter().vline(rect.left() + 0.5, rect.y_range(), line);
    pane::pane(ui, rect, "properties", vec2(space::M, space::S), |ui| {
        pane::bar(
            ui,
            Rect::from_min_size(ui.max_rect().min, vec2(ui.max_rect().width(), 28.0)),
            "head",
            0.0,
            |ui| {
                let (left, right) = pane::split_right(ui.available_rect_before_wrap(), 28.0);
                let font = fonts::semibold(type_size::BODY);
                crate::common::text::line(
                    ui,
                    left,
                    "Properties",
                    font,
                    theme.text.primary,
                    egui::Align2::LEFT_CENTER,
                );
                let id = ui.scope_id().with("close");
                let close = Button::icon(Icon::X, "Close properties").size(ControlSize::Small).id(id);
                let place = Rect::from_center_size(right.center(), vec2(24.0, 24.0));
                if close.show_at(ui, place).clicked() {
                    commands.push(Command::ToggleProperties);
                }
            },
        );
        let rest = ui.max_rect().with_min_y(ui.max_rect().top() + 32.0);
        pane::pane(ui, rest, "facts", vec2(0.0, 0.0), |ui| {
            ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
                ui.spacing_mut().item_spacing = vec2(space::S, space::XS);
                ui.set_max_width(ui.available_width() - space::S);
                if model.selection.len() > 1 {
                    several_ui(ui, theme, model);
                } else if details.path.is_empty() {
                    quiet(ui, theme, "Choose something to see what it is.");
                } else {
                    one_ui(ui, theme, details, view, commands);
                }
            });
        });
    });
}

fn several_ui(ui: &mut Ui, theme: &Theme, model: &Model) {
    let chosen: Vec<&DirEntry> =
        model.selection.iter().filter_map(|&index| model.entries.get(index)).collect();
    let folders = chosen.iter().filter(|entry| entry.kind == FileKind::Directory).count();
    let size = chosen.iter().map(|entry| entry.size).sum();
    title(ui, theme, "🗂️", &format::counted(chosen.len(), "item", "items"), "");
    fact(ui, theme, "Folders", &format::count(folders as u64));
    fact(ui, theme, "Files", &format::count((chosen.len() - folders) as u64));
    fact(ui, theme, "Size", &format!("{} without the folders", format::bytes(size)));
}

fn one_ui(ui: &mut Ui, theme: &Theme, details: &Details, view: &mut View, commands: &mut Vec<Command>) {
    let shown = details.original.as_deref().unwrap_or(&details.path);
    let name = if shown == "/" { "Computer" } else { last_name(shown) };
    match &details.stat {
        None => {
            title(ui, theme, "📄", name, "");
            ui.add(Spinner::new("Looking at it"));
        }
        Some(Err(problem)) => {
            title(ui, theme, "📄", name, "");
            error_box(ui, &problem.title, &problem.text);
        }
        Some(Ok(stat)) => {
            let entry = DirEntry {
                name: name.to_owned(),
                kind: stat.kind,
                size: stat.size,
                modified_millis: stat.modified_millis,
            };
            let (emoji, word) = kind::look(&entry);
            title(ui, theme, emoji, name, word);
            facts_ui(ui, theme, details, stat);
        }
    }
    ui.add_space(space::S);
    made_ui(ui, theme, details, view, commands);
}

fn facts_ui(ui: &mut Ui, theme: &Theme, details: &Details, stat: &FileStat) {
    let exact = |bytes: u64| match bytes {
        0..1_000 => format::counted(bytes as usize, "byte", "bytes"),
        _ => format!("{} ({} bytes)", format::bytes(bytes), format::count(bytes)),
    };
    match (stat.kind, details.content) {
        (FileKind::Directory, Some(content)) => {
            fact(ui, theme, "Size", &sized(content));
            let inside = format!(
                "{}, {}",
                format::counted(content.files, "file", "files"),
                format::counted(content.folders, "folder", "folders")
            );
            fact(ui, theme, "Holds", &inside);
        }
        (FileKind::Directory, None) => fact(ui, theme, "Size", "…"),
        _ => fact(ui, theme, "Size", &exact(stat.size)),
    }
    match &details.original {
        Some(original) => {
            fact(ui, theme, "Was in", &parent(original).unwrap_or_default());
            fact(ui, theme, "Now at", &details.path);
        }
        None => fact(ui, theme, "Where", &parent(&details.path).unwrap_or_else(|| "/".into())),
    }
    if let Some(link) = &details.link {
        fact(ui, theme, "Leads to", link);
    }
    fact(ui, theme, "Changed", &format::date_time(stat.modified_millis));
    if let Some(created) = stat.created_millis {
        fact(ui, theme, "Made", &format::date_time(created));
    }
    fact(ui, theme, "Permissions", &permissions(stat.mode));
    if stat.links > 1 && stat.kind == FileKind::File {
        fact(ui, theme, "Names", &format!("{}: it has more than this one", stat.links));
    }
    if stat.read_only {
        fact(ui, theme, "Place", "cannot be changed");
    }
}

fn sized(content: Content) -> String {
    let least = if content.partial { "more than " } else { "" };
    let dots = if content.counting { "…" } else { "" };
    format!("{least}{}{dots}", format::bytes(content.bytes))
}

fn made_ui(ui: &mut Ui, theme: &Theme, details: &Details, view: &mut View, commands: &mut Vec<Command>) {
    let (header, response) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, "What made it"));
    let font = fonts::semibold(type_size::CAPTION);
    let at = header.left_bottom() - vec2(0.0, 7.0);
    ui.painter().text(at, egui::Align2::LEFT_BOTTOM, "WHAT MADE IT", font, theme.text.muted);
    let id = ui.scope_id().with("why");
    let button = Button::ghost("Why?").with_icon(Icon::Question).size(ControlSize::Small).id(id);
    let size = vec2(button.desired_size(ui).x, 24.0);
    let place =
        Rect::from_min_size(egui::pos2(header.right() - size.x, header.bottom() - size.y - 1.0), size);
    let why = button.show_at(ui, place);
    author_id(ui, why.id, "why");
    if why.clicked() {
        commands.push(Command::Why);
    }
    match &details.made {
        None => drop(ui.add(Spinner::new("Asking the journal"))),
        Some(Err(why)) => quiet(ui, theme, why),
        Some(Ok(made)) if made.is_empty() => {
            quiet(ui, theme, "The journal knows of no change. It was here before, or came from outside.");
        }
        Some(Ok(made)) => {
            for (number, one) in made.iter().enumerate() {
                made_row(ui, theme, number, one, details.now_millis, view);
            }
        }
    }
}

/// One thing that was done, with its chain of causes when it is opened.
fn made_row(ui: &mut Ui, theme: &Theme, number: usize, made: &Made, now_millis: u64, view: &mut View) {
    let line = |ui: &mut Ui, text: &str, font, colour: Color32| {
        ui.add(Label::new(RichText::new(text).font(font).color(colour)).wrap().selectable(false));
    };
    let ago = made_by::ago(now_millis, made.at_millis);
    line(ui, &format!("{} {ago}", made.what), fonts::medium(type_size::LABEL), theme.text.primary);
    if !made.why.is_empty() {
        line(ui, &made.why, fonts::regular(type_size::LABEL), theme.text.secondary);
    }
    if made.chain.len() > 1 {
        let open = view.opened.contains(&number);
        let label = if open { "Hide the chain" } else { "Show the chain" };
        let icon = if open { Icon::CaretDown } else { Icon::CaretRight };
        let button = Button::ghost(label).with_icon(icon).size(ControlSize::Small);
        let id = ui.scope_id().with(("chain", number));
        let button = button.name(format!("{label} of change {}", number + 1)).id(id);
        let (place, _) = ui.allocate_exact_size(vec2(button.desired_size(ui).x, 24.0), Sense::hover());
        // Its text stands under the text above.
        if button.show_at(ui, place.translate(vec2(-space::S, 0.0))).clicked() {
            view.opened.retain(|opened| *opened != number);
            if !open {
                view.opened.push(number);
            }
        }
        if open {
            for (depth, link) in made.chain.iter().enumerate() {
                let indent = "    ".repeat(depth.min(6));
                let text = format!("{indent}← {link}");
                line(ui, &text, fonts::regular(type_size::CAPTION), theme.text.secondary);
            }
        }
    }
    ui.add_space(space::XS);
}

fn title(ui: &mut Ui, theme: &Theme, emoji: &str, name: &str, word: &str) {
    ui.with_layout(egui::Layout::top_down(Align::Center), |ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(64.0, 56.0), Sense::hover());
        ui.painter().text(
            rect.center(),
            egui::Align2::CENTER_CENTER,
            emoji,
            fonts::emoji(44.0),
            Color32::WHITE,
        );
        let text = RichText::new(name).font(fonts::semibold(type_size::BODY)).color(theme.text.primary);
        ui.add(Label::new(text).wrap().selectable(true));
        if !word.is_empty() {
            quiet(ui, theme, word);
        }
    });
    ui.add_space(space::S);
}

fn quiet(ui: &mut Ui, theme: &Theme, text: &str) {
    let text = RichText::new(text).font(fonts::regular(type_size::LABEL)).color(theme.text.secondary);
    ui.add(Label::new(text).wrap().selectable(false));
}

/// A row: what it is called, and what it is.
fn fact(ui: &mut Ui, theme: &Theme, name: &str, value: &str) {
    ui.horizontal_top(|ui| {
        let (place, _) = ui.allocate_exact_size(vec2(NAMES - space::S, 15.0), Sense::hover());
        let font = fonts::regular(type_size::LABEL);
        let name_rect = place;
        crate::common::text::line(
            ui,
            name_rect,
            name,
            font.clone(),
            theme.text.muted,
            egui::Align2::LEFT_CENTER,
        );
        let text = RichText::new(value).font(font).color(theme.text.primary);
        let response = ui.add(Label::new(text).wrap().selectable(true));
        response
            .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{name}: {value}")));
    });
}
