//! The page Appearance.

use super::{
    model::{Command, Model},
    previews,
    ui::{card, divider, group, row},
};
use egui::{Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};
use widgets::{
    Appearance, ThemeChoice,
    controls::{Select, Switch, author_id, focus_ring, tooltip},
    fonts,
    icons::{Icon, paint_icon},
    theme::{ACCENTS, Theme, mix, readable_on, space, type_size},
};

/// Scales that can be chosen, in per cent.
const SCALES: [u16; 11] = [75, 90, 100, 110, 125, 150, 175, 200, 225, 250, 300];

pub(super) fn draw(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let now = &model.appearance;
    group(ui, "Theme");
    themes(ui, now, commands);
    group(ui, "Accent");
    accents(ui, now, commands);
    group(ui, "Wallpaper");
    wallpapers(ui, now, commands);
    ui.add_space(space::S);
    card(ui, |ui| {
        row(ui, "Reduce motion", "Windows and controls change without animation.", |ui| {
            let mut reduce = now.reduce_motion;
            let switch = ui.add(Switch::bare(&mut reduce, "Reduce motion"));
            author_id(ui, switch.id, "reduce-motion");
            if switch.changed() {
                commands.push(Command::ReduceMotion(reduce));
            }
        });
        divider(ui, &theme);
        row(
            ui,
            "Ligatures in terminals",
            "Arrows and comparisons of several signs are drawn as one.",
            |ui| {
                let mut on = now.terminal_ligatures;
                let switch = ui.add(Switch::bare(&mut on, "Ligatures in terminals"));
                author_id(ui, switch.id, "terminal-ligatures");
                if switch.changed() {
                    commands.push(Command::TerminalLigatures(on));
                }
            },
        );
        divider(ui, &theme);
        row(ui, "Scale", "Size of everything on the desktop.", |ui| {
            let percent = (now.scale * 100.0).round() as u16;
            let mut steps = SCALES.to_vec();
            if !steps.contains(&percent) {
                steps.push(percent);
                steps.sort_unstable();
            }
            let options: Vec<String> = steps.iter().map(|step| format!("{step} %")).collect();
            let mut chosen = steps.iter().position(|&step| step == percent);
            let select = ui.add(Select::new(&mut chosen, &options, "Scale").width(104.0));
            author_id(ui, select.id, "scale");
            if let (true, Some(&step)) = (select.changed(), chosen.and_then(|index| steps.get(index))) {
                commands.push(Command::Scale(f32::from(step) / 100.0));
            }
        });
    });
}

/// A picture that can be chosen, with its name below.
fn choice(
    ui: &mut Ui,
    size: egui::Vec2,
    selected: bool,
    name: &str,
    paint: impl FnOnce(&Ui, Rect),
) -> Response {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(size + vec2(0.0, 24.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, selected, name));
    let picture = Rect::from_min_size(rect.min, size);
    paint(ui, picture.shrink(4.0));
    let line = if selected {
        Stroke::new(2.0, theme.accent.text)
    } else if response.hovered() {
        Stroke::new(1.0, theme.control.strong_stroke)
    } else {
        Stroke::new(1.0, theme.surface.outline)
    };
    ui.painter().rect_stroke(picture.shrink(1.0), previews::CORNER + 3, line, StrokeKind::Inside);
    focus_ring(ui, &theme, &response, picture, previews::CORNER + 3);
    let colour = if selected { theme.text.primary } else { theme.text.secondary };
    let at = egui::pos2(rect.center().x, picture.bottom() + 13.0);
    let font = fonts::medium(type_size::LABEL);
    ui.painter().text(at, egui::Align2::CENTER_CENTER, name, font, colour);
    response
}

fn themes(ui: &mut Ui, now: &Appearance, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::M;
        for (choice_of, name) in [(ThemeChoice::Dark, "Dark"), (ThemeChoice::Light, "Light")] {
            let shown = Theme::new(&Appearance { theme: choice_of, ..now.clone() });
            let selected = now.theme == choice_of;
            let response = choice(ui, vec2(148.0, 88.0), selected, name, |ui, rect| {
                previews::desktop(ui.painter(), rect, &shown, now.wallpaper);
            });
            author_id(ui, response.id, format!("theme-{}", name.to_lowercase()));
            if response.clicked() && !selected {
                commands.push(Command::Theme(choice_of));
            }
        }
    });
}

fn accents(ui: &mut Ui, now: &Appearance, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        for (index, seed) in ACCENTS.iter().enumerate() {
            let index = index as u8; // there are eight
            let selected = now.accent == index;
            let (rect, response) = ui.allocate_exact_size(vec2(36.0, 36.0), Sense::click());
            response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, selected, seed.name));
            author_id(ui, response.id, format!("accent-{}", seed.name.to_lowercase()));
            let fill =
                if response.hovered() { mix(seed.fill, readable_on(seed.fill), 0.12) } else { seed.fill };
            ui.painter().circle_filled(rect.center(), 12.5, fill);
            if selected {
                ui.painter().circle_stroke(rect.center(), 16.0, Stroke::new(2.0, theme.accent.text));
                paint_icon(ui.painter(), rect.center(), Icon::Check, 14.0, readable_on(seed.fill));
            }
            focus_ring(ui, &theme, &response, rect, 18);
            let response = tooltip(response, seed.name);
            if response.clicked() && !selected {
                commands.push(Command::Accent(index));
            }
        }
    });
}

fn wallpapers(ui: &mut Ui, now: &Appearance, commands: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::M, space::S);
        for (index, name) in previews::WALLPAPERS.into_iter().enumerate() {
            let index = index as u8; // there are four
            let selected = now.wallpaper % previews::WALLPAPERS.len() as u8 == index;
            let response = choice(ui, vec2(104.0, 68.0), selected, name, |ui, rect| {
                previews::wallpaper(ui.painter(), rect, now.theme, index);
            });
            author_id(ui, response.id, format!("wallpaper-{}", name.to_lowercase()));
            if response.clicked() && !selected {
                commands.push(Command::Wallpaper(index));
            }
        }
    });
}
