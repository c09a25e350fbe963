//! What the program has asked of keyboard, pointer and clipboard.

use alacritty_terminal::term::TermMode;

/// Which pointer events the program wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MouseTracking {
    /// None: the pointer selects text.
    #[default]
    Off,
    /// Presses only (X10, DECSET 9).
    Press,
    /// Presses and releases (1000).
    Click,
    /// And motion while a button is down (1002).
    Drag,
    /// And all motion (1003).
    Motion,
}

/// How pointer events are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MouseEncoding {
    /// One byte each; positions beyond 223 cannot be said.
    #[default]
    Bytes,
    /// As UTF-8 (1005); positions beyond 2015 cannot be said.
    Utf8,
    /// As decimal numbers (1006).
    Sgr,
}

/// Modes that change what input turns into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Modes {
    /// Arrow keys send `ESC O` instead of `ESC [` (DECCKM).
    pub application_cursor: bool,
    /// Return sends carriage return and line feed (LNM).
    pub newline: bool,
    /// Pasted text is put between marks (2004).
    pub bracketed_paste: bool,
    /// The program wants to know about focus (1004).
    pub focus_events: bool,
    /// The alternate screen, which has no scrollback, is shown.
    pub alternate_screen: bool,
    /// On the alternate screen the wheel sends arrow keys (1007).
    pub alternate_scroll: bool,
    /// Pointer events.
    pub mouse_tracking: MouseTracking,
    /// Their form.
    pub mouse_encoding: MouseEncoding,
    /// What the program wants of kitty's keyboard protocol.
    pub keyboard: KeyboardProtocol,
}

/// Which parts of kitty's keyboard protocol are in force
/// (<https://sw.kovidgoyal.net/kitty/keyboard-protocol/>, "Progressive enhancement").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyboardProtocol {
    /// Keys that look like others get a sequence of their own (1).
    pub disambiguate: bool,
    /// Repetitions and releases are told (2).
    pub event_types: bool,
    /// What the key types with shift, and where it is, are told (4).
    pub alternate_keys: bool,
    /// Keys that type something are told as keys too (8).
    pub all_keys: bool,
    /// And what they type is told with them (16).
    pub text: bool,
}

impl KeyboardProtocol {
    /// Whether any part is in force.
    #[must_use]
    pub fn is_on(self) -> bool {
        self != KeyboardProtocol::default()
    }
}

impl Modes {
    pub(crate) fn new(mode: TermMode, x10_mouse: bool) -> Modes {
        let has = |flag| mode.contains(flag);
        let mouse_tracking = match () {
            () if x10_mouse => MouseTracking::Press,
            () if has(TermMode::MOUSE_MOTION) => MouseTracking::Motion,
            () if has(TermMode::MOUSE_DRAG) => MouseTracking::Drag,
            () if has(TermMode::MOUSE_REPORT_CLICK) => MouseTracking::Click,
            () => MouseTracking::Off,
        };
        let mouse_encoding = match () {
            () if has(TermMode::SGR_MOUSE) => MouseEncoding::Sgr,
            () if has(TermMode::UTF8_MOUSE) => MouseEncoding::Utf8,
            () => MouseEncoding::Bytes,
        };
        Modes {
            application_cursor: has(TermMode::APP_CURSOR),
            newline: has(TermMode::LINE_FEED_NEW_LINE),
            bracketed_paste: has(TermMode::BRACKETED_PASTE),
            focus_events: has(TermMode::FOCUS_IN_OUT),
            alternate_screen: has(TermMode::ALT_SCREEN),
            alternate_scroll: has(TermMode::ALTERNATE_SCROLL),
            mouse_tracking,
            mouse_encoding,
            keyboard: KeyboardProtocol {
                disambiguate: has(TermMode::DISAMBIGUATE_ESC_CODES),
                event_types: has(TermMode::REPORT_EVENT_TYPES),
                alternate_keys: has(TermMode::REPORT_ALTERNATE_KEYS),
                all_keys: has(TermMode::REPORT_ALL_KEYS_AS_ESC),
                text: has(TermMode::REPORT_ASSOCIATED_TEXT),
            },
        }
    }
}
