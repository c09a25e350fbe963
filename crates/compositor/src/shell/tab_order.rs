//! Where Tab, Shift+Tab and the arrows take the keyboard: through the focused window, then the shell (dock,
//! menu bar), and round again; never into a window that does not have the keyboard. An open dialog or sheet
//! keeps it to itself; in an open menu egui's own keys apply. Escape in the shell goes back to where the
//! keyboard was in the window.
//!
//! egui walks through all widgets of the frame in the order in which they are drawn. It is left to decide
//! *whether* the keyboard moves, since only it knows which fields keep Tab for themselves; *where to* is decided
//! here, after the frame. Its own step takes effect up to one frame later, so a step is looked at twice.

use super::{Shell, draw};
use egui::{Event, Id, Key, LayerId, RawInput};

/// Which way the keyboard goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Forward,
    Backward,
    /// An arrow: egui looks for the nearest widget in that direction.
    Across,
}

/// What remains to be done about a step.
#[derive(Clone, Copy, Debug)]
enum Pending {
    /// Shift+Tab: the frame in which it shows whether the keyboard moves is still to come.
    Look { way: Way, before: Option<Id> },
    /// egui's own step may still overwrite this.
    Keep(Id),
}

/// The walk of the keyboard.
#[derive(Debug, Default)]
pub(crate) struct TabOrder {
    /// Layer of the focused window in this frame.
    pub(crate) window_layer: Option<LayerId>,
    /// Layer that has the keyboard for itself in this frame: a dialog, the launcher, a sheet.
    pub(crate) modal_layer: Option<LayerId>,
    /// Who had the keyboard in the window before the shell got it.
    home: Option<Id>,
    escaped: bool,
    /// The arrow that was pressed.
    across: Option<Key>,
    way: Option<Way>,
    before: Option<Id>,
    pending: Option<Pending>,
}

impl Shell {
    /// Before a frame: what was pressed, and who had the keyboard.
    pub(crate) fn begin_tab_order(&mut self, input: &RawInput) {
        let pressed = |event: &Event| match event {
            Event::Key { key: Key::Tab, pressed: true, modifiers, .. } if !modifiers.any() => {
                Some(Way::Forward)
            }
            Event::Key { key: Key::Tab, pressed: true, modifiers, .. } if modifiers.shift_only() => {
                Some(Way::Backward)
            }
            Event::Key { key, pressed: true, modifiers, .. } if !modifiers.any() && is_arrow(*key) => {
                Some(Way::Across)
            }
            _ => None,
        };
        self.tab_order.way = input.events.iter().find_map(pressed);
        self.tab_order.across = input.events.iter().find_map(|event| match event {
            Event::Key { key, pressed: true, .. } if is_arrow(*key) => Some(*key),
            _ => None,
        });
        self.tab_order.escaped = input
            .events
            .iter()
            .any(|event| matches!(event, Event::Key { key: Key::Escape, pressed: true, .. }));
        self.tab_order.before = self.ctx.memory(egui::Memory::focused);
        self.tab_order.window_layer = None;
        self.tab_order.modal_layer = None;
    }

    /// After a frame: puts the keyboard where it belongs.
    pub(crate) fn end_tab_order(&mut self) {
        let now = self.ctx.memory(egui::Memory::focused);
        self.remember_home(now);
        if egui::Popup::is_any_open(&self.ctx) {
            self.tab_order.pending = None;
            return self.walk_open_menus(now);
        }
        match self.tab_order.pending.take() {
            Some(Pending::Keep(id)) if now != Some(id) && self.is_drawn(id) => self.give_keyboard(id),
            Some(Pending::Look { way, before }) if now != before => self.step(way, before),
            _ => {}
        }
        let before = self.tab_order.before;
        match self.tab_order.way.take() {
            Some(Way::Backward) if before.is_some() => {
                self.tab_order.pending = Some(Pending::Look { way: Way::Backward, before });
                self.ctx.request_repaint();
            }
            Some(way) if now != before => self.step(way, before),
            _ => {}
        }
    }

    /// Notes who has the keyboard in the window, and gives it back when Escape left the shell.
    fn remember_home(&mut self, now: Option<Id>) {
        let window = self.tab_order.window_layer;
        match now {
            Some(id) if self.layer_of(id) == window => self.tab_order.home = Some(id),
            None if self.tab_order.escaped
                && self.tab_order.before.is_some_and(|id| self.layer_of(id) != window) =>
            {
                if let Some(home) = self.tab_order.home.filter(|home| self.layer_of(*home) == window) {
                    self.give_keyboard(home);
                }
            }
            _ => {}
        }
    }

    fn step(&mut self, way: Way, before: Option<Id>) {
        let ring = self.ring();
        let at = before.and_then(|before| ring.iter().position(|id| *id == before));
        let next = match (way, at, ring.len()) {
            (_, _, 0) => return,
            (Way::Across, None, _) => return,
            (Way::Across, Some(at), _) => match self.ctx.memory(egui::Memory::focused) {
                // Across the border of a layer is too far.
                Some(now) if self.layer_of(now) != self.layer_of(ring[at]) => ring[at],
                _ => return,
            },
            (Way::Forward, Some(at), count) => ring[(at + 1) % count],
            (Way::Backward, Some(at), count) => ring[(at + count - 1) % count],
            (Way::Forward, None, _) => ring[0],
            (Way::Backward, None, count) => ring[count - 1],
        };
        self.give_keyboard(next);
        self.tab_order.pending = Some(Pending::Keep(next));
    }

    fn give_keyboard(&self, id: Id) {
        self.ctx.memory_mut(|memory| memory.request_focus(id));
        self.ctx.request_repaint();
    }

    /// With a menu open and the keyboard on its button, Left and Right lead to the neighbours' buttons, which
    /// open when the keyboard comes.
    fn walk_open_menus(&mut self, now: Option<Id>) {
        let across = match self.tab_order.across {
            Some(Key::ArrowRight) => 1,
            Some(Key::ArrowLeft) => -1,
            _ => return,
        };
        let buttons = self.focusable(draw::menu_bar_layer());
        let at = now.and_then(|now| buttons.iter().position(|id| *id == now));
        if let Some(at) = at.filter(|_| now == self.tab_order.before)
            && let Some(next) = at.checked_add_signed(across).and_then(|at| buttons.get(at))
        {
            self.give_keyboard(*next);
        }
    }

    fn focusable(&self, layer: LayerId) -> Vec<Id> {
        self.ctx.viewport(|viewport| {
            let widgets = viewport.prev_pass.widgets.get_layer(layer);
            widgets.filter(|w| w.enabled && w.sense.is_focusable()).map(|w| w.id).collect()
        })
    }

    /// Everything that can have the keyboard, in order.
    fn ring(&self) -> Vec<Id> {
        let order = &self.tab_order;
        let layers = match order.modal_layer {
            Some(layer) => vec![layer],
            None => {
                order.window_layer.into_iter().chain([draw::dock_layer(), draw::menu_bar_layer()]).collect()
            }
        };
        layers.into_iter().flat_map(|layer| self.focusable(layer)).collect()
    }

    pub(crate) fn layer_of(&self, id: Id) -> Option<LayerId> {
        self.ctx.viewport(|viewport| viewport.prev_pass.widgets.get(id).map(|widget| widget.layer_id))
    }

    fn is_drawn(&self, id: Id) -> bool {
        self.layer_of(id).is_some()
    }
}

fn is_arrow(key: Key) -> bool {
    matches!(key, Key::ArrowLeft | Key::ArrowRight | Key::ArrowUp | Key::ArrowDown)
}
