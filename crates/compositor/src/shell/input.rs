//! Input before the widgets see it: the shell's keys are taken out, dropped files become actions, modes of
//! the keyboard (leader, moving a window with arrows, the window switcher) are kept.

use super::{
    Action, Shell,
    keys::{self, Chord, LEADER, ShellAction},
};
use egui::{Event, Key, Modifiers, RawInput};
use windows::{Cycle, GestureKind, Op, Point, WindowId};

/// Points that one press of an arrow moves or resizes a window; with Shift a tenth of it.
const KEY_STEP: f32 = 20.0;

/// What the keyboard is in the middle of.
#[derive(Debug, Default)]
pub(crate) struct KeyState {
    super_held: bool,
    /// Super went down and nothing else has happened since.
    super_alone: bool,
    /// F12 was pressed, one more key is awaited.
    pub(crate) leader: bool,
    /// A window follows the arrows.
    pub(crate) arrows: Option<(WindowId, ArrowMode)>,
    /// The switcher ends when this modifier is released.
    switcher_holds: Modifiers,
    /// The text of a key that the shell took must not reach a field.
    swallow_text: bool,
    /// The menu bar gets the keyboard with the next frame.
    pub(crate) focus_menu_bar: bool,
}

/// What arrows do to a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ArrowMode {
    Move,
    Resize,
}

impl KeyState {
    pub(crate) fn begin_moving(&mut self, window: WindowId) {
        self.arrows = Some((window, ArrowMode::Move));
    }

    pub(crate) fn begin_resizing(&mut self, window: WindowId) {
        self.arrows = Some((window, ArrowMode::Resize));
    }
}

impl Shell {
    /// Takes what belongs to the shell out of the input.
    pub(crate) fn take_input(&mut self, input: &mut RawInput) {
        for file in std::mem::take(&mut input.dropped_files) {
            self.take_dropped(file);
        }
        if std::mem::take(&mut self.paste_wanted) {
            input.events.push(Event::Paste(self.clipboard.clone()));
        }
        let mut events = self.input_frames.next(std::mem::take(&mut input.events)).into_iter();
        while let Some(event) = events.next() {
            match &event {
                Event::Key { key, pressed, modifiers, .. } => {
                    let asked = self.actions.len();
                    if self.take_key(*key, *pressed, *modifiers) {
                        self.keys.swallow_text = *pressed;
                        if self.actions.len() > asked
                            && events.as_slice().iter().any(|next| !continues(*key, next))
                        {
                            self.input_frames.put_back(events);
                            return;
                        }
                        continue;
                    }
                    // The text of a key comes with its press: what follows a release belongs to another one, which may
                    // have no press of its own (`*`, `é`).
                    self.keys.swallow_text = false;
                }
                Event::Text(_) if self.keys.swallow_text => continue,
                Event::ModifiersChanged(modifiers) => self.modifiers_changed(*modifiers),
                Event::PointerButton { pressed: true, .. } => self.end_key_modes(),
                Event::WindowFocused(false) => {
                    self.keys.super_held = false;
                    self.end_key_modes();
                }
                _ => {}
            }
            input.events.push(event);
        }
    }

    fn end_key_modes(&mut self) {
        self.keys.leader = false;
        self.keys.arrows = None;
        self.keys.super_alone = false;
        if self.layout.cycle().is_some() {
            self.apply(Op::CycleFocus(Cycle::Commit));
        }
    }

    fn modifiers_changed(&mut self, modifiers: Modifiers) {
        let holds = self.keys.switcher_holds;
        let released = (holds.alt && !modifiers.alt) || (holds.ctrl && !modifiers.ctrl);
        if released && self.layout.cycle().is_some() {
            self.keys.switcher_holds = Modifiers::NONE;
            self.apply(Op::CycleFocus(Cycle::Commit));
        }
    }

    /// Whether the key was the shell's.
    fn take_key(&mut self, key: Key, pressed: bool, modifiers: Modifiers) -> bool {
        if matches!(key, Key::SuperLeft | Key::SuperRight) {
            if pressed {
                self.keys.super_held = true;
                self.keys.super_alone = true;
            } else {
                self.keys.super_held = false;
                if std::mem::take(&mut self.keys.super_alone) {
                    self.push(Action::Key(ShellAction::Launcher));
                }
            }
            return true;
        }
        if !pressed {
            return false;
        }
        self.keys.super_alone = false;
        if is_modifier(key) {
            return false; // part of the chord that follows
        }
        if self.take_mode_key(key, modifiers) {
            return true;
        }
        if key == LEADER && modifiers.is_none() {
            self.keys.leader = true;
            return true;
        }
        let terminal = self.focused_takes_keys();
        let chord = Chord::pressed(key, modifiers, self.keys.super_held);
        let Some(action) = keys::action_of(chord, terminal) else { return false };
        if matches!(action, ShellAction::SwitchNext | ShellAction::SwitchPrevious) {
            self.keys.switcher_holds =
                Modifiers { shift: false, command: false, mac_cmd: false, ..modifiers };
        }
        self.push(Action::Key(action));
        true
    }

    /// Keys of whatever the keyboard is in the middle of.
    fn take_mode_key(&mut self, key: Key, modifiers: Modifiers) -> bool {
        if self.keys.leader {
            self.keys.leader = false;
            if let Some(action) = keys::leader_action(key) {
                self.push(Action::Key(action));
            }
            return true;
        }
        if key == Key::Escape {
            return self.take_escape();
        }
        if let Some((window, mode)) = self.keys.arrows {
            return self.arrow_key(window, mode, key, modifiers);
        }
        if self.layout.cycle().is_some() {
            let cycle = match key {
                Key::ArrowRight | Key::ArrowDown => Cycle::Forward,
                Key::ArrowLeft | Key::ArrowUp => Cycle::Backward,
                Key::Enter | Key::Space => Cycle::Commit,
                _ => return false,
            };
            self.apply(Op::CycleFocus(cycle));
            return true;
        }
        false
    }

    fn take_escape(&mut self) -> bool {
        if self.keys.arrows.take().is_some() {
            return true;
        }
        if self.layout.cycle().is_some() {
            self.apply(Op::CycleFocus(Cycle::Cancel));
            return true;
        }
        if self.layout.gesture().is_some() {
            self.apply(Op::CancelDrag);
            return true;
        }
        if let Some(key) = self.approvals.top().map(|(top, _)| top.key).filter(|_| self.card_has_keyboard()) {
            self.push(Action::AnswerLater(key));
            return true;
        }
        if let Some((id, _)) = self.dialogs.top() {
            self.push(Action::Answer { dialog: id, yes: false });
            return true;
        }
        if self.details.take().is_some() {
            return true;
        }
        if self.approvals.inbox_open {
            self.push(Action::ToggleApprovals);
            return true;
        }
        if self.centre.is_open {
            self.push(Action::ToggleCentre);
            return true;
        }
        if self.key_sheet_open || self.about_open || self.launcher.is_open() {
            self.key_sheet_open = false;
            self.about_open = false;
            self.launcher.close();
            return true;
        }
        let full = self.layout.focused().filter(|window| window.state() == windows::WindowState::FullScreen);
        if let Some(window) = full.map(|window| window.id).filter(|_| !self.focused_takes_keys()) {
            self.apply(Op::LeaveFullScreen { window });
            return true;
        }
        false
    }

    fn arrow_key(&mut self, window: WindowId, mode: ArrowMode, key: Key, modifiers: Modifiers) -> bool {
        let step = if modifiers.shift { KEY_STEP / 10.0 } else { KEY_STEP };
        let (dx, dy) = match key {
            Key::ArrowLeft => (-step, 0.0),
            Key::ArrowRight => (step, 0.0),
            Key::ArrowUp => (0.0, -step),
            Key::ArrowDown => (0.0, step),
            _ => {
                self.keys.arrows = None;
                return key == Key::Enter;
            }
        };
        let Some(rect) = self.layout.window(window).map(|window| window.rect) else {
            self.keys.arrows = None;
            return true;
        };
        self.apply(match mode {
            ArrowMode::Move => Op::MoveTo { window, position: Point::new(rect.x + dx, rect.y + dy) },
            ArrowMode::Resize => {
                Op::ResizeTo { window, size: windows::Size::new(rect.width + dx, rect.height + dy) }
            }
        });
        true
    }

    /// Whether a program with the keyboard wants the control keys.
    pub(crate) fn focused_takes_keys(&self) -> bool {
        !self.launcher.is_open()
            && self
                .layout
                .focused()
                .and_then(|window| self.hosted.get(&window.id))
                .is_some_and(|hosted| hosted.ask(|app| app.takes_keys()) == Some(true))
    }

    fn take_dropped(&mut self, file: egui::DroppedFileHandle) {
        self.import_dropped(file.path());
    }

    /// A pointer that moves while the title bar or an edge is held.
    pub(crate) fn follow_gesture(&mut self, ui: &egui::Ui) {
        let Some((_, kind)) = self.layout.gesture() else { return };
        let (pointer, down, shift) =
            ui.input(|i| (i.pointer.latest_pos(), i.pointer.primary_down(), i.modifiers.shift));
        if let Some(pointer) = pointer {
            self.drag_to(pointer, shift && kind == GestureKind::Move);
        }
        if !down {
            self.push(Action::Layout(Op::EndDrag));
        }
    }
}

/// Whether an event belongs to the press of this key, its repetitions included: nothing that a frame of its
/// own could change.
fn continues(key: Key, event: &Event) -> bool {
    matches!(event, Event::Key { key: other, .. } if *other == key)
}

/// Keys that do nothing by themselves.
fn is_modifier(key: Key) -> bool {
    use Key::{AltLeft, AltRight, ControlLeft, ControlRight, ShiftLeft, ShiftRight};
    matches!(key, ShiftLeft | ShiftRight | ControlLeft | ControlRight | AltLeft | AltRight)
}
