//! After a menu the keyboard is where it was before: what is typed next goes to the document, not into nothing.
//!
//! A click on a menu takes the keyboard from the widget that had it. This remembers which one that was, and gives it
//! back when the menu is gone and nobody else has asked for it.

use super::Shell;
use egui::{Context, Id, Popup};
use windows::WindowId;

/// See the module documentation.
#[derive(Debug, Default)]
pub(super) struct MenuFocus {
    before: Option<(WindowId, Id)>,
    menu_was_open: bool,
}

impl Shell {
    /// To be called when everything is drawn.
    pub(super) fn follow_menus(&mut self) {
        let (open, focus) = (Popup::is_any_open(&self.ctx), self.ctx.memory(egui::Memory::focused));
        let window = self.layout.focused().map(|window| window.id);
        let closed = std::mem::replace(&mut self.menu_focus.menu_was_open, open) && !open;
        match (focus, self.menu_focus.before, window) {
            (Some(focus), _, Some(window)) if !open && !is_in_menu_bar(&self.ctx, focus) => {
                self.menu_focus.before = Some((window, focus));
            }
            (None, Some((had, id)), Some(window)) if closed && had == window => {
                self.ctx.memory_mut(|memory| memory.request_focus(id));
                self.ctx.request_repaint();
            }
            _ => {}
        }
    }
}

fn is_in_menu_bar(ctx: &Context, id: Id) -> bool {
    ctx.read_response(id).is_some_and(|response| response.rect.bottom() <= windows::MENU_BAR_HEIGHT)
}
