//! A scrolling column of equally high rows of which only those in view are laid out, and the keyboard of a list.

use egui::{EventFilter, Id, PointerButton, Popup, Rect, Response, ScrollArea, Ui, pos2, vec2};

/// Draws the rows that are in view. `reveal` scrolls a row into view. Costs nothing for rows out of view, so
/// 100,000 of them scroll as ten do.
pub(crate) fn virtual_rows(
    ui: &mut Ui,
    salt: &'static str,
    row_height: f32,
    total: usize,
    reveal: Option<usize>,
    draw: impl FnMut(&mut Ui, usize, Rect),
) {
    scroll(ui, ScrollArea::vertical().id_salt(salt), row_height, total, reveal, draw);
}

/// The same for a stream: it stays at its end while the end is in view.
pub(crate) fn following_rows(
    ui: &mut Ui,
    salt: &'static str,
    row_height: f32,
    total: usize,
    reveal: Option<usize>,
    draw: impl FnMut(&mut Ui, usize, Rect),
) {
    scroll(ui, ScrollArea::vertical().id_salt(salt).stick_to_bottom(true), row_height, total, reveal, draw);
}

fn scroll(
    ui: &mut Ui,
    area: ScrollArea,
    row_height: f32,
    total: usize,
    reveal: Option<usize>,
    mut draw: impl FnMut(&mut Ui, usize, Rect),
) {
    area.auto_shrink([false, false]).show_viewport(ui, |ui, viewport| {
        ui.set_min_size(vec2(ui.available_width(), total as f32 * row_height));
        let area = ui.max_rect();
        let place = |index: usize| {
            let top = area.top() + index as f32 * row_height;
            Rect::from_min_max(pos2(area.left(), top), pos2(area.right(), top + row_height))
        };
        let first = (viewport.min.y / row_height).floor().max(0.0) as usize;
        let end = ((viewport.max.y / row_height).ceil().max(0.0) as usize).min(total);
        for index in first..end {
            draw(ui, index, place(index));
        }
        if let Some(index) = reveal.filter(|&index| index < total) {
            ui.scroll_to_rect(place(index), None);
        }
    });
}

/// The place of a list that the keyboard lands on.
pub(crate) struct ListKeyboard {
    /// For menus of the free area.
    pub(crate) response: Response,
    /// Whether keys are meant for the list now.
    pub(crate) has_keys: bool,
    /// The free area beside the rows was clicked.
    pub(crate) free_area_clicked: bool,
    /// The keyboard came here by Tab: something should be chosen, so that one sees where it is.
    pub(crate) arrived: bool,
}

/// The one tab stop of a list; its rows are chosen with arrows. Call before the rows, so that they lie above.
pub(crate) fn list_keyboard(
    ui: &mut Ui,
    id: Id,
    rect: Rect,
    name: &str,
    window_focused: bool,
) -> ListKeyboard {
    let response = ui.interact(rect, id, egui::Sense::FOCUSABLE | egui::Sense::CLICK);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::List, ui.is_enabled(), name));
    // Enter on what has the keyboard counts as a click for egui; here it opens the row that is chosen.
    let free_area_clicked = response.clicked_by(PointerButton::Primary);
    if free_area_clicked {
        response.request_focus();
    }
    let filter = EventFilter { vertical_arrows: true, horizontal_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
    let focused = ui.memory(egui::Memory::focused);
    // With nothing focused the list is what the keyboard is for; an open menu has it otherwise.
    let has_keys = window_focused
        && ui.is_enabled()
        && (focused == Some(id) || focused.is_none())
        && !Popup::is_any_open(ui.ctx());
    let arrived =
        response.gained_focus() && !free_area_clicked && !ui.input(|input| input.pointer.any_down());
    ListKeyboard { response, has_keys, free_area_clicked, arrived }
}

/// How far the keyboard moves the cursor of a list, in rows, with whether Shift is held; takes the keys.
/// `page` is the number of rows in view.
pub(crate) fn vertical_move(ui: &Ui, page: usize) -> Option<(isize, bool)> {
    use egui::{Key, Modifiers};
    let far = isize::MAX / 2;
    let page = page.max(1) as isize;
    let moves = [
        (Key::ArrowUp, -1),
        (Key::ArrowDown, 1),
        (Key::PageUp, -page),
        (Key::PageDown, page),
        (Key::Home, -far),
        (Key::End, far),
    ];
    ui.input_mut(|input| {
        for (key, by) in moves {
            if input.consume_key(Modifiers::SHIFT, key) {
                return Some((by, true));
            }
            if input.consume_key(Modifiers::NONE, key) {
                return Some((by, false));
            }
        }
        None
    })
}
