//! Pointer events as xterm reports them (ctlseqs.txt, "Mouse Tracking").

use crate::{Modes, Modifiers, MouseEncoding, MouseTracking};

/// A button, or a step of the wheel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MouseButton {
    /// Left.
    Left,
    /// Middle.
    Middle,
    /// Right.
    Right,
    /// Wheel away from the user.
    WheelUp,
    /// Wheel towards the user.
    WheelDown,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MouseAction {
    /// A button went down, or the wheel turned a step.
    Press(MouseButton),
    /// A button went up.
    Release(MouseButton),
    /// The pointer came to another cell, with this button down.
    Move(Option<MouseButton>),
}

/// A pointer event on a cell of the screen, counted from zero at the top left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MouseEvent {
    /// What happened.
    pub action: MouseAction,
    /// Where.
    pub row: usize,
    /// Where.
    pub col: usize,
    /// Keys held down.
    pub modifiers: Modifiers,
}

/// The bytes of a pointer event; `None` when the program does not want it or it cannot be said.
#[must_use]
pub fn encode_mouse(event: MouseEvent, modes: &Modes) -> Option<Vec<u8>> {
    if !is_wanted(event.action, modes.mouse_tracking) {
        return None;
    }
    let released = matches!(event.action, MouseAction::Release(_));
    let mut code = match event.action {
        // The older forms cannot say which button went up.
        MouseAction::Release(_) if modes.mouse_encoding != MouseEncoding::Sgr => 3,
        MouseAction::Press(button) | MouseAction::Release(button) => number(button),
        MouseAction::Move(button) => 32 + button.map_or(3, number),
    };
    if modes.mouse_tracking != MouseTracking::Press {
        let Modifiers { shift, alt, ctrl } = event.modifiers;
        code += 4 * u32::from(shift) + 8 * u32::from(alt) + 16 * u32::from(ctrl);
    }
    let (x, y) = (u32::try_from(event.col + 1).ok()?, u32::try_from(event.row + 1).ok()?);
    if modes.mouse_encoding == MouseEncoding::Sgr {
        let end = if released { 'm' } else { 'M' };
        return Some(format!("\x1b[<{code};{x};{y}{end}").into_bytes());
    }
    let mut bytes = b"\x1b[M".to_vec();
    for value in [code, x, y] {
        match modes.mouse_encoding {
            MouseEncoding::Bytes => bytes.push(u8::try_from(value + 32).ok()?),
            // Two bytes at most, whence the bound of the protocol.
            _ => {
                let character = char::from_u32(value + 32).filter(|character| character.len_utf8() <= 2)?;
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }
    Some(bytes)
}

fn is_wanted(action: MouseAction, tracking: MouseTracking) -> bool {
    let wheel = |button| matches!(button, MouseButton::WheelUp | MouseButton::WheelDown);
    match (tracking, action) {
        (MouseTracking::Off, _) => false,
        // The wheel is pressed but never released.
        (_, MouseAction::Release(button)) if wheel(button) => false,
        (MouseTracking::Press, MouseAction::Press(button)) => !wheel(button),
        (MouseTracking::Press, _) => false,
        (MouseTracking::Click, MouseAction::Move(_)) => false,
        (MouseTracking::Drag, MouseAction::Move(button)) => button.is_some(),
        _ => true,
    }
}

fn number(button: MouseButton) -> u32 {
    match button {
        MouseButton::Left => 0,
        MouseButton::Middle => 1,
        MouseButton::Right => 2,
        MouseButton::WheelUp => 64,
        MouseButton::WheelDown => 65,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MouseAction::{Move, Press, Release};
    use MouseButton::{Left, Right, WheelUp};

    fn bytes(
        tracking: MouseTracking,
        encoding: MouseEncoding,
        action: MouseAction,
        cell: (usize, usize),
    ) -> Option<String> {
        let modes = Modes { mouse_tracking: tracking, mouse_encoding: encoding, ..Modes::default() };
        let event = MouseEvent { action, row: cell.0, col: cell.1, modifiers: Modifiers::CTRL };
        encode_mouse(event, &modes).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    #[test]
    fn only_what_was_asked_for_is_reported() {
        let report = |tracking, action| bytes(tracking, MouseEncoding::Sgr, action, (1, 2)).is_some();
        assert!(!report(MouseTracking::Off, Press(Left)));
        assert!(report(MouseTracking::Press, Press(Left)) && !report(MouseTracking::Press, Release(Left)));
        assert!(
            report(MouseTracking::Click, Release(Left)) && !report(MouseTracking::Click, Move(Some(Left)))
        );
        assert!(report(MouseTracking::Drag, Move(Some(Left))) && !report(MouseTracking::Drag, Move(None)));
        assert!(
            report(MouseTracking::Motion, Move(None)) && !report(MouseTracking::Motion, Release(WheelUp))
        );
    }

    #[test]
    fn the_three_forms() {
        use MouseEncoding::{Bytes, Sgr, Utf8};
        let click = |encoding, action, cell| bytes(MouseTracking::Motion, encoding, action, cell);
        assert_eq!(click(Sgr, Press(Right), (0, 299)).as_deref(), Some("\x1b[<18;300;1M"));
        assert_eq!(click(Sgr, Release(Left), (0, 0)).as_deref(), Some("\x1b[<16;1;1m"));
        assert_eq!(click(Sgr, Press(WheelUp), (0, 0)).as_deref(), Some("\x1b[<80;1;1M"));
        assert_eq!(click(Sgr, Move(None), (0, 0)).as_deref(), Some("\x1b[<51;1;1M"));
        assert_eq!(click(Bytes, Release(Left), (1, 2)).as_deref(), Some("\x1b[M3#\""));
        assert_eq!(click(Bytes, Press(Left), (0, 223)), None);
        assert_eq!(click(Utf8, Press(Left), (0, 223)).as_deref(), Some("\x1b[M0\u{100}!"));
        assert_eq!(click(Utf8, Press(Left), (0, 2015)), None);
    }
}
